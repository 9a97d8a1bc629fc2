"""Parses numerals in Han characters and digits: 三万二千 · 3万2,000 · 1億2000万 · 二〇二四 · 壹佰 · 三点一四. Pure.

A numeral is a sequence of sections before 万, 億, 兆; a section multiplies digits by 千, 百, 十. A sequence that this grammar does not accept has no value.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from monitor.facts.number_words.script_number import integers
from monitor.facts.numerals import parse_numeral
from monitor.model import Number

DIGITS = integers("han.digits")
SMALL = integers("han.tens")
LARGE = integers("han.myriads")
CHARACTERS = "".join([*DIGITS, *SMALL, *LARGE])
_LONGEST = 60
"""Maximum length of a numeral, in characters."""
_WIDE = str.maketrans("，．", ",.")
_ARABIC = r"(?:[0-9](?:[0-9,.]{0,38}[0-9])?|[０-９](?:[０-９,，.．]{0,38}[０-９])?)"
_MEASURED = "米克瓦卡赫帕焦伏字比欧歐像"
"""Characters before which 千 (after digits) and 兆 belong to a unit of measurement: 10千米, 兆赫."""
_TOKEN = re.compile(
    rf"(?P<arabic>{_ARABIC})|(?P<digit>[{''.join(DIGITS)}])|(?P<small>(?!(?<=[0-9０-９])千[{_MEASURED}])[{''.join(SMALL)}])|"
    rf"(?P<large>(?!兆[{_MEASURED}])[{''.join(LARGE)}])|"
    rf"(?P<filler>[多余餘]り?(?=[{''.join(LARGE)}]))|(?P<gap> (?=[0-9０-９{CHARACTERS}]|[余餘多][{''.join(LARGE)}]))"
)
_POINT = re.compile(
    rf" ?[点點] ?(?P<digits>[{''.join(DIGITS)}]{{1,20}})(?![{''.join(SMALL)}分刻])|・(?P<dotted>[{''.join(DIGITS)}]{{1,20}})"
)
_SHORT = frozenset({100, 1_000, 10**4, 10**8})
"""Units after which Chinese leaves out the next lower one: 两万五 is 25,000."""
_NOT_AFTER_TEN = frozenset("两兩")
"""Digits that cannot follow a ten: 三十两 is 30 of a unit of weight."""
_MULTIPLIED = frozenset({"万亿", "萬億", "万万", "萬萬", "百万"})
"""Sequences of two units of which the second multiplies the first."""


class HanNumeral(NamedTuple):
    """A numeral as written.

    Attributes:
        start: Its start offset.
        end: Its end offset (exclusive).
        value: Its value; None if its characters form no number.
        han: The number of Han characters in it.
        units: Whether it contains 十, 百, 千 or a larger unit.
        vague: Whether 多 or 余 in it makes it a lower bound: 五百余万.
    """

    start: int
    end: int
    value: Number | None
    han: int = 0
    units: bool = False
    vague: bool = False


def numeral_at(text: str, start: int, *, chinese: bool) -> HanNumeral | None:
    """Return the numeral that begins at an offset; None if none does.

    Args:
        text: The block's text.
        start: The offset.
        chinese: Whether a digit after a unit counts the next lower one (两万五), and 万亿 is 10¹².
    """
    tokens: list[tuple[str, str]] = []
    at = start
    while at - start < _LONGEST and (match := _TOKEN.match(text, at)) is not None:
        kind = str(match.lastgroup)
        if kind == "gap" and not _may_follow_gap(tokens, text[at + 1]):
            break
        if match.group() in _NOT_AFTER_TEN and tokens and tokens[-1][1] in "十拾廿卅":
            break
        tokens.append((kind, match.group()))
        at = match.end()
    if not tokens:
        return None
    vague = any(kind == "filler" for kind, _ in tokens)
    read = [token for token in tokens if token[0] not in ("gap", "filler")]
    units = any(kind in ("small", "large") for kind, _ in read)
    value = _value(read, chinese=chinese)
    point = _POINT.match(text, at) if value is not None and read[-1][0] != "arabic" else None
    if point is not None and value is not None:
        value, at = _with_fraction(value, point), point.end()
        if (large := LARGE.get(text[at : at + 1])) is not None:
            value, at, units = _times(value, large), at + 1, True
    return HanNumeral(start, at, value, sum(kind != "arabic" for kind, _ in read), units, vague)


def _may_follow_gap(tokens: list[tuple[str, str]], following: str) -> bool:
    """Return whether a space within a numeral may precede a character: after a unit, and before one; "2025 千代田" is no number."""
    if not tokens:
        return False
    return (
        tokens[-1][0] in ("small", "large") or following in LARGE or (following in SMALL and tokens[-1][0] == "digit")
    )


def _with_fraction(value: Number, point: re.Match[str]) -> Number:
    digits = "".join(str(DIGITS[digit]) for digit in point["digits"] or point["dotted"])
    return _plain(Decimal(str(value)) + Decimal(f"0.{digits}"))


def _times(value: Number, factor: int) -> Number:
    return _plain(Decimal(str(value)) * factor)


def _plain(value: Decimal) -> Number:
    return int(value) if value == value.to_integral_value() else float(value)


def _value(tokens: list[tuple[str, str]], *, chinese: bool) -> Number | None:
    """Return the value of a sequence of tokens; None if they form no number."""
    if all(kind == "digit" for kind, _ in tokens):
        return int("".join(str(DIGITS[text]) for _, text in tokens))
    total = _Sections(chinese=chinese)
    for place, (kind, text) in enumerate(tokens):
        if not total.add(kind, text, tokens[place - 1] if place else ("", "")):
            return None
    return total.value(tokens)


class _Sections:
    """A number of which part has been read.

    Attributes:
        settled: The sections before 万, 億, 兆, each with its unit.
        section: The sum within the current section.
        digit: The digits that no unit has multiplied yet; None if there are none.
        small: The last unit in the current section; larger than any before the first.
        large: The unit of the last section.
    """

    def __init__(self, *, chinese: bool) -> None:
        self.chinese = chinese
        self.settled: list[Decimal] = []
        self.section = Decimal(0)
        self.digit: Decimal | None = None
        self.small = self.large = 10**30

    def add(self, kind: str, text: str, before: tuple[str, str]) -> bool:
        """Add a token. Returns False if it does not continue the number."""
        if kind == "arabic":
            return self._arabic(text)
        if kind == "digit":
            value = DIGITS[text]
            if self.digit is not None and (self.digit or before[0] == "arabic"):
                return False
            self.digit = Decimal(value) if value or not self._begun() else None
            return True
        return self._small(SMALL[text]) if kind == "small" else self._large(text, before)

    def _begun(self) -> bool:
        return bool(self.settled) or bool(self.section)

    def _arabic(self, text: str) -> bool:
        value = parse_numeral(text.translate(_WIDE), comma_decimal=False)
        if self.digit is not None or value is None:
            return False
        self.digit = Decimal(str(value))
        return True

    def _small(self, unit: int) -> bool:
        if unit >= self.small or (self.digit is not None and (self.digit == 0 or self.digit >= 1_000)):
            return False
        self.section += (1 if self.digit is None else self.digit) * unit
        self.digit, self.small = None, unit
        return True

    def _large(self, text: str, before: tuple[str, str]) -> bool:
        unit, section = LARGE[text], self.section + (self.digit or 0)
        if not section:
            if not self.chinese or before[1] + text not in _MULTIPLIED or not self.settled:
                return False
            self.settled[-1] *= unit
            return True
        if unit >= self.large:
            # 三十一万五千亿: the last unit multiplies everything before it.
            if not self.chinese or unit == self.large or len(self.settled) > 1:
                return False
            self.settled = [(self.settled[0] + section) * unit]
        else:
            self.settled.append(section * unit)
        self.section, self.digit, self.small, self.large = Decimal(0), None, 10**30, unit
        return True

    def value(self, tokens: list[tuple[str, str]]) -> Number | None:
        rest = self.section + (self.digit or 0)
        if self.digit and self.chinese and len(tokens) > 1 and tokens[-1][0] == "digit":
            unit = {**SMALL, **LARGE}.get(tokens[-2][1])
            if unit in _SHORT:
                rest += self.digit * (unit // 10 - 1)
        if rest >= self.large:
            return None
        return _plain(sum(self.settled, rest))
