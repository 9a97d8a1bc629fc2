"""Reads the numbers of scripts with a grammar of their own, each by its reader. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.facts.number_words import arabic, east_asian, indic, korean, thai
from monitor.facts.number_words.script_number import ScriptNumber
from monitor.facts.numerals import Numeral

_SCRIPTS = re.compile(
    "(?P<arabic>[\u0621-\u064a])|(?P<devanagari>[\u0900-\u097f])|(?P<thai>[\u0e00-\u0e7f])|(?P<hangul>[\uac00-\ud7a3])|(?P<han>[\u3007\u3040-\u30ff\u4e00-\u9fff\uff10-\uff19])"
)
_BEYOND = re.compile("[\u0600-\u1fff\u2e80-\uffef]")
"""A character of any of these scripts, and of some others; quick to exclude a text."""
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAN_LANGUAGES = frozenset({"ja", "zh"})
_ARABIC = frozenset({"ar", ""})
_HINDI = frozenset({"hi", ""})


def find(text: str, code: str) -> Sequence[ScriptNumber | Numeral]:
    """Return the numbers of a text that readers of its scripts recognise, in order and without overlaps.

    Args:
        text: The block's text.
        code: The primary subtag of the page's language; "" if unknown.
    """
    if text.isascii() or (first := _BEYOND.search(text)) is None:
        return []
    script = _SCRIPTS.search(text, first.start())
    if script is None:
        return []
    if script.lastgroup == "arabic":
        return list(arabic.find(text)) if code in _ARABIC else []
    if script.lastgroup == "thai":
        return list(thai.find(text))
    if script.lastgroup == "devanagari":
        return list(indic.find(text)) if code in _HINDI else []
    if code == "ko" or (code not in _HAN_LANGUAGES and _HANGUL.search(text) is not None):
        return list(korean.find(text))
    return list(east_asian.find(text, code))
