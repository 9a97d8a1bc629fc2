"""Reads the numbers of scripts with a grammar of their own, each by its reader. Pure."""

from __future__ import annotations

import re

from monitor.facts.number_words import east_asian, korean
from monitor.facts.number_words.script_number import ScriptNumber

_SCRIPTS = re.compile("[\u3007\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff10-\uff19]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAN_LANGUAGES = frozenset({"ja", "zh"})


def find(text: str, code: str) -> list[ScriptNumber]:
    """Return the numbers of a text that readers of its scripts recognise, in order and without overlaps.

    Args:
        text: The block's text.
        code: The primary subtag of the page's language; "" if unknown.
    """
    if text.isascii() or _SCRIPTS.search(text) is None:
        return []
    if code == "ko" or (code not in _HAN_LANGUAGES and _HANGUL.search(text) is not None):
        return list(korean.find(text))
    return list(east_asian.find(text, code))
