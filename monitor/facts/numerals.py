"""Numerals and number words to values: "1,234" · "1.234.567" · "1 234" · "٨٧" · "eighty-seven" · "82nd" · "nearly eight million"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.facts import words
from monitor.model import Number

# Space, no-break space, thin space, narrow no-break space: all group thousands in some locale.
_GAP = " \u00a0\u2009\u202f'’"
NUMERAL = re.compile(rf"\d{{1,3}}(?:[{_GAP}]\d{{3}})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,٫٬]\d+)*")
_WORD = "|".join(sorted(words.NUMBERS))
NUMBER_WORDS = re.compile(
    rf"\b(?:(?:half )?a (?=hundred|dozen|thousand|million|billion|trillion))?(?:{_WORD})(?:(?:-|\s+(?:and\s+)?)(?:{_WORD}))*\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as written.

    Attributes:
        start: Where it begins.
        end: Where it ends (exclusive).
        value: Its value.
        ordinal: Whether it is an ordinal ("82nd", "third").
        worded: Whether it is written in words.
        plain: Whether it is a bare run of digits, without separators.
    """

    start: int
    end: int
    value: Number
    ordinal: bool = False
    worded: bool = False
    plain: bool = False


def parse_numeral(text: str, *, comma_decimal: bool) -> Number | None:
    """The value of digits with separators; None where they can be no number ("1.2.3").

    Args:
        text: What NUMERAL matched.
        comma_decimal: Whether the page's language writes 1.234,5 rather than 1,234.5. Decides only what the digits leave open.
    """
    if text.isdecimal():
        return int(text)
    squeezed = re.sub(rf"[{_GAP}]", "", text).replace("٫", ".").replace("٬", ",")
    commas, dots = squeezed.count(","), squeezed.count(".")
    if not commas and not dots:
        return int(squeezed)
    decimal: str | None
    if commas and dots:
        decimal = "," if squeezed.rindex(",") > squeezed.rindex(".") else "."
    elif commas + dots > 1:
        decimal = "" if _grouped(squeezed, "," if commas else ".") else None
    else:
        decimal = _single(squeezed, "," if commas else ".", comma_decimal=comma_decimal)
    if decimal is None:
        return None
    whole, _, fraction = squeezed.rpartition(decimal) if decimal else (squeezed, "", "")
    grouping = whole if decimal else squeezed
    if re.search(r"[.,]", grouping) and not _grouped(grouping, re.search(r"[.,]", grouping).group()):  # type: ignore[union-attr]
        return None
    digits = re.sub(r"[.,]", "", grouping)
    if not fraction:
        return int(digits)
    value = float(f"{int(digits)}.{''.join(str(int(digit)) for digit in fraction)}")
    return int(value) if value.is_integer() else value


def _grouped(text: str, separator: str) -> bool:
    """Whether the separators group digits by thousands (or the Indian way, 12,34,567)."""
    first, *rest = text.split(separator)
    if not rest or not first or not all(part.isdigit() for part in [first, *rest]):
        return False
    return len(rest[-1]) == 3 and len(first) <= 3 and all(len(part) in (2, 3) for part in rest)


def _single(text: str, separator: str, *, comma_decimal: bool) -> str | None:
    """Which sign is the decimal one where only one separator stands: "" where it groups thousands."""
    whole, _, fraction = text.partition(separator)
    groups = len(fraction) == 3 and 1 <= len(whole) <= 3 and whole.lstrip("0٠۰०") == whole and whole != ""
    if not groups:
        return separator
    thousands = "." if comma_decimal else ","
    return "" if separator == thousands else separator


def parse_words(text: str) -> tuple[Number, bool] | None:
    """The value of English number words and whether they are an ordinal; None where they form no number ("one two", a bare "hundred")."""
    total, current, ordinal, last = 0, 0, False, 10**15
    lowered = text.lower()
    tokens = [token for token in re.split(r"[\s-]+", lowered) if token not in ("and", "a", "half")]
    if lowered.startswith("half "):
        return (words.SCALES[tokens[0]] // 2, False) if len(tokens) == 1 else None
    if lowered.startswith("a "):
        current = 1
    elif tokens[0] in words.SCALES:
        return None
    for token in tokens:
        if ordinal:
            return None
        if token in words.SCALES:
            scale = words.SCALES[token]
            if scale == 100:
                current = (current or 1) * 100
            else:
                total += (current or 1) * scale
                current = 0
            last = 10**15 if scale > 100 else 100
            continue
        value = words.UNITS.get(token, words.TENS.get(token))
        if value is None:
            value, ordinal = words.ORDINAL_UNITS.get(token) or words.ORDINAL_TENS[token], True
        limit = 10 if last % 10 == 0 and 20 <= last < 100 else last
        if value >= limit or (last < 20):
            return None
        current += value
        last = value or 1
    return total + current, ordinal
