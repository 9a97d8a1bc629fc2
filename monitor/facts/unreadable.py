"""Recognises numbers that are not readable: a numeral or magnitude follows the digits that no grammar parses. A wrong small value is worse than none."""

from __future__ import annotations

import re

_TIGHT = frozenset("十拾百佰千仟万萬億亿兆십백천만억")
"""Numerals that multiply the digits directly before them."""
_APART = frozenset("万萬億亿兆만억조")
"""Of these, those that also do so after a space; "2025 千代田" is no number."""
_GAP = frozenset(" \u00a0\u202f")
_REST = re.compile("[0-9０-９,.，．一二三四五六七八九〇零两十拾百佰千仟万萬億亿兆십백천만억조]{1,40}")


def end_of(text: str, end: int) -> int | None:
    """Return the end offset of an unparsed numeral that begins with the digits before `end`; None if nothing multiplies these digits.

    Args:
        text: The block's text.
        end: The end of the digits, as far as they were parsed.
    """
    # See tests/monitor/facts/test_unreadable.py::test_an_unknown_magnitude_leaves_no_value.
    following = text[end : end + 1]
    if following in _GAP and text[end + 1 : end + 2] in _APART:
        end += 1
    elif following not in _TIGHT:
        return None
    match = _REST.match(text, end)
    return end + 1 if match is None else match.end()
