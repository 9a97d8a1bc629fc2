"""Converts digits to values (ordinals are recognised in `ordinals`): "1,234" · "1.234.567" · "1 234" · "12,34,567" · "1'234" · "٨٧" · "१२,५००".

A single separator before three digits is ambiguous if it is the decimal sign of the page's language ("1.234" in English). Other numbers of the same
sentence decide it, then those of the page, then the language.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.model import Number

# Space, no-break space, thin space, narrow no-break space, the Arabic comma: each groups thousands in some locale.
_GAP = " \u00a0\u2009\u202f'’،"
NUMERAL = re.compile(rf"\d{{1,3}}(?:[{_GAP}]\d{{3}})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,٫٬]\d+)*")
SEPARATORS = frozenset(f"{_GAP}.,٫٬")
"""Characters that may separate the digits of one numeral."""
_LONGEST = 40
"""Maximum length of a numeral, in characters; pages do not state longer numbers."""
_GAPS = re.compile(rf"[{_GAP}]")
_OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
# "12,5", "1.234,56", "1.234.567" against "12.5", "1,234.56", "1,234,567".
_TELLING = re.compile(
    r"(?<![\d.,])(?:(?P<comma>\d+,\d{1,2}|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,})|"
    r"(?P<point>\d+\.\d{1,2}|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{2,3})*(?:,\d{3}){2}))(?![\d]|[.,/]\d|-\d)"
)


class Numeral(NamedTuple):
    """A number as written.

    Attributes:
        start: Its start offset.
        end: Its end offset (exclusive).
        value: Its value; None if it has yet to be parsed from the digits.
        ordinal: Whether it is an ordinal ("third").
        worded: Whether it is written in words.
        plain: Whether it is a bare run of digits, without separators.
        doubtful: Whether it is a number only if a noun follows it ("one").
        negative: Whether it begins with a minus sign.
        partial: Whether it is a fraction below one, "three quarters". What it is a part of is not what it counts.
    """

    start: int
    end: int
    value: Number | None
    ordinal: bool = False
    worded: bool = False
    plain: bool = False
    doubtful: bool = False
    partial: bool = False
    negative: bool = False


def is_open(text: str, *, comma_decimal: bool) -> bool:
    """Return whether a numeral that the page's language reads as a fraction can also be thousands: "1.234" in English, "1,234" in German."""
    sign = "," if comma_decimal else "."
    return sign in text and _OPEN.fullmatch(text) is not None


def decimal_comma(text: str) -> bool | None:
    """Return whether the numbers of a text show a decimal comma (True) or a decimal point (False); None if there is no evidence, or evidence of both."""
    signs = {match.lastgroup for match in _TELLING.finditer(text)}
    return "comma" in signs if len(signs) == 1 else None


def parse_numeral(text: str, *, comma_decimal: bool) -> Number | None:
    """Return the value of digits with separators; None if they cannot be a number ("1.2.3").

    Args:
        text: A match of `NUMERAL`.
        comma_decimal: Whether "1.234" is 1234. Used only if the digits are ambiguous.
    """
    if len(text) > _LONGEST:
        return None
    if text.isdecimal():
        return int(text)
    squeezed = _GAPS.sub("", text)
    if "٫" in squeezed or "٬" in squeezed:
        # The Arabic separators are unambiguous.
        squeezed, comma_decimal = squeezed.replace("٬", "").replace("٫", "."), False
        if squeezed.count(".") == 1 and "," not in squeezed:
            return _valued(*squeezed.split("."))
    decimal = _decimal_sign(squeezed, comma_decimal=comma_decimal)
    if decimal is None:
        return None
    whole, _, fraction = squeezed.rpartition(decimal) if decimal else (squeezed, "", "")
    separator = "," if "," in whole else "."
    if separator in whole and not _grouped(whole, separator):
        return None
    return _valued(whole.replace(separator, ""), fraction)


def _decimal_sign(text: str, *, comma_decimal: bool) -> str | None:
    """Return the decimal sign of a numeral without gaps; "" if it has none, None if its separators form no number."""
    commas, dots = text.count(","), text.count(".")
    if not commas and not dots:
        return ""
    if commas and dots:
        return "," if text.rindex(",") > text.rindex(".") else "."
    separator = "," if commas else "."
    if commas + dots > 1:
        return "" if _grouped(text, separator) else None
    return _single(text, separator, comma_decimal=comma_decimal)


def _valued(whole: str, fraction: str) -> Number:
    if not fraction:
        return int(whole)
    value = float(f"{int(whole)}.{''.join(str(int(digit)) for digit in fraction)}")
    return int(value) if value.is_integer() else value


def _grouped(text: str, separator: str) -> bool:
    """Return whether the separators group digits by thousands, or in the Indian way: 12,34,567."""
    first, *rest = text.split(separator)
    if not rest or not first or not all(part.isdigit() for part in [first, *rest]):
        return False
    return len(rest[-1]) == 3 and len(first) <= 3 and all(len(part) in (2, 3) for part in rest)


def _single(text: str, separator: str, *, comma_decimal: bool) -> str | None:
    """Return the decimal sign of a numeral with a single separator; "" if the separator groups thousands."""
    whole, _, fraction = text.partition(separator)
    groups = len(fraction) == 3 and 1 <= len(whole) <= 3 and whole.lstrip("0٠۰०") == whole and whole != ""
    if not groups:
        return separator
    thousands = "." if comma_decimal else ","
    return "" if separator == thousands else separator
