"""Reads numbers in Thai text, which has no spaces between words: 1.2 ล้านคน · สามหมื่นสองพันคน · ร้อยละ 25 · ครั้งที่ 14 · 6 มิถุนายน 2554. Pure.

Numerals also begin words (สามารถ, ห้าม, ศูนย์). A numeral in words therefore counts only before a counter, a unit or a currency, or if it has a unit (ยี่สิบ) and
ends its word. Years of the Buddhist era are 543 ahead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from monitor.facts.number_words import month_names, quantities
from monitor.facts.number_words.han import HanNumeral
from monitor.facts.number_words.quantities import Grammar, Place
from monitor.facts.number_words.script_number import ScriptNumber, integers, words
from monitor.facts.numerals import parse_numeral
from monitor.model import MentionType, Number

SCRIPT = re.compile("[\u0e00-\u0e7f]")
_DIGITS, _SMALL, _LARGE = integers("thai.digits"), integers("thai.tens"), integers("thai.myriads")


def _either(names: dict[str, int]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


def _openings(topic: str) -> str:
    return "|".join(map(re.escape, words(f"quantities.{topic}", ("th",))))


_ARABIC = r"[0-9๐-๙](?:[0-9๐-๙,.]{0,38}[0-9๐-๙])?"
_TOKEN = re.compile(
    rf"(?P<arabic>{_ARABIC})|(?P<digit>{_either(_DIGITS)})|(?P<small>(?!ร้อยละ){_either(_SMALL)})|(?P<large>{_either(_LARGE)})|"
    rf"(?P<gap> (?=(?:{_either(_SMALL | _LARGE)})|[0-9๐-๙]{{1,3}} ?(?:{_either(_SMALL)})))"
)
_OPENING = re.compile(
    rf"(?P<time>[0-9๐-๙]{{1,2}}[.:][0-9๐-๙]{{2}} ?น\.)|(?P<year>(?:พ\.ศ\.|ปี(?: ?พ\.ศ\.)?) ?(?P<digits>[0-9๐-๙]{{4}})(?![0-9๐-๙]))|(?P<named>{_openings('name_openings')}) ?(?P<name>[0-9๐-๙]{{1,7}})|"
    rf"(?P<nth>{_openings('ordinal_openings')}) ?(?P<rank>[0-9๐-๙]{{1,7}})|(?:ร้อยละ ?)?(?:[0-9๐-๙]|{_either(_DIGITS)}|สิบ|ยี่)"
)
_PER_HUNDRED = "ร้อยละ"
_LONGEST = 60
_BUDDHIST = 543
_FIRST_BUDDHIST, _LAST_BUDDHIST = 2_300, 2_700
_MINUS = re.compile(r"(?:ติดลบ|ลบ)\s?$")
_NEVER = re.compile(r"(?!)")
_HOUR = re.compile(r"[.:][0-9๐-๙]{2} ?น\.|(?:นาฬิกา|โมง)(?:ครึ่ง)?")
_WORD_END = re.compile(r"$|[^\u0e01-\u0e4e]")


def gregorian(year: int) -> int:
    """Return a year in the Gregorian calendar: those of the Buddhist era are 543 ahead."""
    return year - _BUDDHIST if _FIRST_BUDDHIST <= year <= _LAST_BUDDHIST else year


def find(text: str) -> Iterator[ScriptNumber]:
    """Yield the dates, the years of the Buddhist era and the numbers that contain a numeral in words or precede a counter, in order."""
    end = 0
    for found in sorted(
        [*month_names.find(text, "th", gregorian), *_numbers(text)], key=lambda number: (number.start, -number.end)
    ):
        if found.start >= end:
            yield found
            end = found.end


def _numbers(text: str) -> Iterator[ScriptNumber]:
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        at = opening.end()
        if opening["year"]:
            year = int(opening["digits"])
            if gregorian(year) != year:
                yield ScriptNumber(opening.start("digits"), at, MentionType.YEAR, gregorian(year))
            continue
        if opening["time"]:
            yield ScriptNumber(opening.start(), at, MentionType.TIME, 0)
            continue
        if opening["nth"] or opening["named"]:
            group, kind = ("rank", MentionType.ORDINAL) if opening["nth"] else ("name", MentionType.IDENTIFIER)
            yield ScriptNumber(*opening.span(group), kind, int(opening[group]))
            continue
        percent = opening.group().startswith(_PER_HUNDRED)
        start = opening.start() + (
            len(opening.group()) - len(opening.group().removeprefix(_PER_HUNDRED).lstrip()) if percent else 0
        )
        numeral = numeral_at(text, start)
        if numeral is None or numeral.value is None:
            at = max(at, start + 1)
            continue
        at = max(at, numeral.end)
        if percent:
            yield ScriptNumber(opening.start(), numeral.end, MentionType.PERCENT, numeral.value)
        elif (found := quantities.read(Place(text, numeral, _GRAMMAR))) is not None:
            yield found
            at = max(at, found.end)


def numeral_at(text: str, start: int) -> HanNumeral | None:
    """Return the numeral that begins at an offset; None if none does."""
    tokens: list[tuple[str, str]] = []
    at = start
    while at - start < _LONGEST and (match := _TOKEN.match(text, at)) is not None:
        kind = str(match.lastgroup)
        if (kind == "gap" and not tokens) or (tokens and tokens[-1][0] == "arabic" and kind in ("arabic", "digit")):
            break
        tokens.append((kind, match.group()))
        at = match.end()
    read = [token for token in tokens if token[0] != "gap"]
    if not read:
        return None
    units = any(kind in ("small", "large") for kind, _ in read)
    return HanNumeral(start, at, _value(read), sum(kind != "arabic" for kind, _ in read), units)


def _value(tokens: list[tuple[str, str]]) -> Number | None:
    total, section, digit = Decimal(0), Decimal(0), None
    small = 10**30
    for kind, text in tokens:
        if kind in ("arabic", "digit"):
            value = parse_numeral(text, comma_decimal=False) if kind == "arabic" else _DIGITS[text]
            if digit is not None or value is None:
                return None
            digit = Decimal(str(value))
        elif kind == "small":
            unit = _SMALL[text]
            if unit >= small:
                return None
            section, digit, small = section + (1 if digit is None else digit) * unit, None, unit
        else:
            part = section + (digit or 0)
            if not part and not total:
                return None
            total = (total + part) * _LARGE[text] if part or total else total
            section, digit, small = Decimal(0), None, 10**30
    if digit is not None and digit >= small:
        return None
    whole = total + section + (digit or 0)
    return int(whole) if whole == whole.to_integral_value() else float(whole)


def _percentage(_place: Place, _value: Number, _end: int) -> None:
    """Return None: Thai has no word for tenths."""


def _unit(_text: str, _at: int, counter: str, _languages: tuple[str, ...]) -> str:
    return counter


def _is_number(place: Place, counter: str) -> bool:
    """Return whether a numeral before a counter is a number: digits are, and words before a counter of people or things."""
    numeral, text = place.numeral, place.text
    if any(character.isdecimal() for character in text[numeral.start : numeral.end]):
        return True
    if text[numeral.start : numeral.end] == "หนึ่ง":
        return False
    return numeral.units or counter in words("quantities.sole_counters", place.grammar.languages)


def _stands_alone(place: Place, end: int) -> bool:
    """Return whether a numeral without counter is no part of a word."""
    numeral, text = place.numeral, place.text
    if not numeral.han:
        return False
    if any(character.isdecimal() for character in text[numeral.start : end]):
        return True
    return numeral.units and numeral.han > 1 and _WORD_END.match(text, end) is not None


_GRAMMAR = Grammar(
    languages=("th",),
    parse=numeral_at,
    is_number=_is_number,
    stands_alone=_stands_alone,
    percentage=_percentage,
    minus=_MINUS,
    fraction=_NEVER,
    mixed=_NEVER,
    hour=_HOUR,
    day=_NEVER,
    ordinal="\x00",
    unit=_unit,
    large=_LARGE | _SMALL,
)
