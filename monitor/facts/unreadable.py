"""Recognises numbers that are not readable: a numeral or magnitude follows the digits that no grammar parses. A wrong small value is worse than none."""

from __future__ import annotations

import re

from monitor.facts.number_words.script_number import by_first, longest
from monitor.lexicon import words

_TIGHT = frozenset("十拾百佰千仟万萬億亿兆십백천만억")
"""Numerals that multiply the digits directly before them."""
_APART = frozenset("万萬億亿兆만억조")
"""Of these, those that also do so after a space; "2025 千代田" is no number."""
_GAP = frozenset(" \u00a0\u202f")
_REST = re.compile("[0-9０-９,.，．一二三四五六七八九〇零两十拾百佰千仟万萬億亿兆십백천만억조]{1,40}")
_WORDS = by_first(sorted(words("quantities.unread_magnitudes"), key=len, reverse=True))
"""Magnitudes of languages whose numbers are not read."""


def end_of(text: str, end: int) -> int | None:
    """Return the end offset of an unparsed numeral that begins with the digits before `end`; None if nothing multiplies these digits.

    Args:
        text: The block's text.
        end: The end of the digits, as far as they were parsed.
    """
    # See tests/monitor/facts/test_unreadable.py::test_an_unknown_magnitude_leaves_no_value.
    at = end + (text[end : end + 1] in _GAP)
    following = text[at : at + 1]
    if following in _WORDS and (word := longest(text, at, _WORDS)):
        stop = at + len(word)
        return None if following.isascii() and text[stop : stop + 1].isalpha() else stop
    if following not in (_TIGHT if at == end else _APART):
        return None
    match = _REST.match(text, at)
    return at + 1 if match is None else match.end()
