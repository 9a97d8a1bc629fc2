"""Converts powers of ten to values, and separates them from numbers with a reference to a note: "10⁶" · "3.2 × 10⁸" · "10^4", but "87¹²" is 87."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from monitor.facts.lexer import NumberToken
from monitor.facts.number_words.script_number import ScriptNumber
from monitor.facts.numerals import Numeral
from monitor.model import MentionType, Number

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
OPENINGS = frozenset(f"{_SUPERSCRIPTS}⁺⁻^")
"""Characters with which an exponent begins."""
NOTE_SIGNS = frozenset(_SUPERSCRIPTS)
_EXPONENT = re.compile(
    rf"(?:\^\s?(?P<plain>[-−+]?\d{{1,3}})|(?P<raised>[⁺⁻]?[{_SUPERSCRIPTS}]{{1,3}}))(?![\d{_SUPERSCRIPTS}])"
)
_TO_DIGITS = str.maketrans(f"{_SUPERSCRIPTS}⁺⁻−", "0123456789+--")
_MANTISSA = re.compile(r"(?<![\d.,])(\d{1,9}(?:[.,]\d{1,9})?)\s?[×x·*]\s?$")
_THOUSANDS = re.compile(r"\d{1,3}[.,]\d{3}")
_OPERATOR = re.compile(r"\s?[=×·*^<>≤≥≈]")
_RELATION = re.compile(r"[=<>≤≥≈~×·*^]\s?$")
_NOTE = re.compile(
    rf"(?:[^\W\d_]{{4}}|[.,;:!?)”\"»]|(?<!\d)(?!10[{_SUPERSCRIPTS}])\d\d{{1,8}})[{_SUPERSCRIPTS}]|^[{_SUPERSCRIPTS}] ?[^\W\d_]"
)
_MOST = 15
"""Largest exponent that is evaluated; pages state no larger numbers as counts."""
_BEFORE = 24


def with_exponent(
    text: str, start: int, end: int, has_notes: Callable[[], bool]
) -> Numeral | NumberToken | ScriptNumber | None:
    """Return a number together with the exponent after it; None if what follows is a reference to a note.

    tests/monitor/facts/test_powers.py

    Args:
        text: The text of the block.
        start: Start of the number before the exponent.
        end: Its end.
        has_notes: Returns whether the page refers to notes with superscripts.

    Returns:
        A numeral with its value for a power of ten, which includes a factor before it; an identifier for any other power, which is not evaluated; a number
        that is not readable for a bare "10³" on a page with notes, where it can be ten with a note.
    """
    exponent = _EXPONENT.match(text, end)
    if exponent is None:
        return None
    base, before = text[start:end], text[max(start - _BEFORE, 0) : start]
    factor = _MANTISSA.search(before)
    if base != "10":
        formula = len(base) == 1 or exponent["plain"] or base.endswith("10") or not exponent["raised"][0].isalnum()
        if not formula and not factor and not _OPERATOR.match(text, exponent.end()):
            return None
        return NumberToken(start, exponent.end(), MentionType.IDENTIFIER, 0)
    if factor is None and is_bare(text[start : exponent.end()]) and not _RELATION.search(before) and has_notes():
        return ScriptNumber(start, exponent.end(), MentionType.COUNT, None)
    start = start if factor is None else start - (len(before) - factor.start())
    value = _value(factor, int((exponent["plain"] or exponent["raised"]).translate(_TO_DIGITS)))
    if value is None:
        return NumberToken(start, exponent.end(), MentionType.IDENTIFIER, 0)
    return Numeral(start, exponent.end(), value)


def is_bare(quote: str) -> bool:
    """Return whether a quote is a power of ten in superscripts without a factor or sign, "10³", which can also be ten with a note."""
    return len(quote) > len("10") and quote.startswith("10") and NOTE_SIGNS.issuperset(quote[2:])


def has_notes(texts: Iterable[str]) -> bool:
    """Return whether superscripts in texts refer to notes: after a word, a punctuation mark, or a number other than ten; units ("m²") are none."""
    return any(_NOTE.search(text) is not None for text in texts if not text.isascii())


def _value(factor: re.Match[str] | None, exponent: int) -> Number | None:
    """Return the value of a power of ten with its factor; None if the factor is ambiguous ("1,234") or the exponent too large."""
    if abs(exponent) > _MOST or (factor is not None and _THOUSANDS.fullmatch(factor.group(1))):
        return None
    value = Decimal(factor.group(1).replace(",", ".") if factor is not None else "1").scaleb(exponent)
    return int(value) if value == value.to_integral_value() else float(value)
