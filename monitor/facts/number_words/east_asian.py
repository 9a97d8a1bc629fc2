"""Reads numbers in Chinese and Japanese text, where no space separates words: 3万2,000人 · 三百二十个 · 三割五分 · 百分之二十五 · 第三回 · 5～7台. Pure.

A numeral in Han characters can be a part of a word (一般, 統一, 三重県). It therefore counts only before a counter, a unit, a currency or a percent word, or if
it consists of several characters with a unit (三百) that no other Han character continues.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, partial

from monitor.facts.number_words import quantities
from monitor.facts.number_words.east_asian_dates import ERAS, date_at
from monitor.facts.number_words.han import CHARACTERS, numeral_at
from monitor.facts.number_words.quantities import Grammar, Place
from monitor.facts.number_words.script_number import ScriptNumber, words
from monitor.model import Number

_OPENING = re.compile(rf"[0-9０-９]|[{CHARACTERS}]|{ERAS}")
_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u3007\u4e00-\u9fff]")
_MINUS = re.compile(r"(?:[负負]|マイナス|零下|氷点下)\s?$")
_TENTHS = re.compile(
    r"割(?:(?P<ones>[1-9一二三四五六七八九])分)?(?:(?P<tenths>[1-9一二三四五六七八九])厘)?(?!る|り|れ|烹|愛)"
)
_CHENG = re.compile(
    r"成(?P<half>半)?(?:(?<=成)(?P<ones>[1-9一二三四五六七八九]))?(?=[多半以左的，,。、；\s）)]|$|[^\u4e00-\u9fff])"
)
_ZHE = re.compile(r"折(?![叠疊扣旧舊射腰断斷磨])")
_FRACTION = re.compile(r"\s?分\s?[之の]\s?")
_MIXED = re.compile(r"\s?(?:[又と]|また)\s?")
_HOUR = re.compile(
    r"(?:時(?!間|代|期|点)|时(?!间|代|期|候)|[点點](?=[钟鐘半整]|[0-9０-９一二三四五六七八九十]{1,3}分))"
    r"(?:半|(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})分)?"
)
_DAY = re.compile(r"日(?![間间])")
_VAGUE = frozenset("数數几幾何")
_MORE = frozenset("余餘多")
_OVER = frozenset("上成")
"""Characters before a bare unit that make it open: 上百, 成千."""
_BEFORE_VAGUE = re.compile("[\u30a0-\u30ff\u4e00-\u9fff]")
_ABOUT = frozenset("約约達达超有近每")
_FOLLOWERS = frozenset("的是和与與至到多余餘以左及、或为為")
"""Han characters that follow a number of two characters without being a part of the same word."""
_NOUN = re.compile(r"の?(?P<noun>[\u30a1-\u30fe\u4e00-\u9fff]{1,6})")
_GENERAL = frozenset("个個名家所项項件种種")
"""Counters after which a noun names what is counted."""
_ZERO = frozenset("零〇点點・")
_NO_START = frozenset("一壹壱万萬億亿兆零〇")
_WIDE_MARK = re.compile("[，．]")
_LARGE = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}
_RANGED = _LARGE | {"千": 1_000, "百": 100}
_POINTS = 10


def find(text: str, code: str) -> Iterator[ScriptNumber]:
    """Yield the numbers of a text that contain a Han numeral or precede a counter, in order. A number in digits alone is not among them.

    Args:
        text: The block's text.
        code: The primary subtag of the page's language; other languages than Japanese and Chinese are read as either.
    """
    languages = _languages(text, code)
    grammar, chinese = _grammar(languages), "zh" in languages
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        found = date_at(text, opening.start(), chinese=chinese)
        at = opening.end()
        if found is None and (numeral := numeral_at(text, opening.start(), chinese=chinese)) is not None:
            found, at = _read(Place(text, numeral, grammar)), numeral.end
        if found is not None:
            yield found
            at = max(at, found.end)


def _languages(text: str, code: str) -> tuple[str, ...]:
    if code in ("ja", "zh"):
        return (code,)
    return ("ja",) if _KANA.search(text) else ("zh", "ja")


def _read(place: Place) -> ScriptNumber | None:
    text, start, end = place.text, place.numeral.start, place.numeral.end
    if text[end : end + 1] in _MORE and end < len(text) and place.numeral.value is not None:
        # 一千二百余人
        found = quantities.quantity(place, place.numeral.value, end + 1)
        if found is not None and found.unit is not None:
            return found._replace(hedge=text[end])
    if not place.numeral.units:
        return quantities.read(place)
    after = text[end : end + 1] in _VAGUE and end < len(text)
    before = bool(place.previous) and (
        (place.previous in _VAGUE and _is_open(text, start - 1)) or (place.previous in _OVER and end - start == 1)
    )
    if after or before or place.numeral.value is None:
        # 数百人, 十几个, 3万億人
        return quantities.unreadable(place, start - before, end + after)
    return quantities.read(place)


def _is_open(text: str, at: int) -> bool:
    """Return whether 数 or 几 at an offset means "several"; in 会員数三百人 it means "number of"."""
    return text[at] in "几幾何" or not at or text[at - 1] in _ABOUT or _BEFORE_VAGUE.match(text[at - 1]) is None


def _percentage(place: Place, value: Number, end: int) -> tuple[Number, int] | None:
    """Return the percentage of 三割五分, 三成 and 八折 (the price that is left); None for any other number."""
    text, languages = place.text, place.grammar.languages
    at = end + text.startswith(" ", end)
    if "ja" in languages and (match := _TENTHS.match(text, at)):
        ones, tenths = (0 if match[name] is None else _digit(match[name]) for name in ("ones", "tenths"))
        return value * 10 + ones + tenths / 10, match.end()
    if "zh" in languages and (match := _CHENG.match(text, at)):
        ones = 5 if match["half"] else 0 if match["ones"] is None else _digit(match["ones"])
        return value * 10 + ones, match.end()
    if "zh" in languages and (match := _ZHE.match(text, at)):
        return value * 10 if value < _POINTS else value, match.end()
    return None


def _digit(text: str) -> int:
    numeral = numeral_at(text, 0, chinese=False)
    return int(numeral.value or 0) if numeral is not None else 0


def _unit(text: str, at: int, counter: str, languages: tuple[str, ...]) -> str:
    """Return the counter, and after a general one also the noun that follows, up to a word that cannot continue it."""
    end = at + len(counter)
    if counter not in _GENERAL and not text.startswith("の", end):
        return counter
    match = _NOUN.match(text, end)
    noun = "" if match is None else match["noun"]
    stops = (*words("numbers.own_stops", languages), *words("quantities.hedges_after", languages))
    noun = noun[: next((place for place in range(len(noun)) if noun.startswith(stops, place)), len(noun))]
    return f"{counter} {noun}" if noun else counter


def _is_number(place: Place, counter: str) -> bool:
    """Return whether a numeral before a counter is a number: digits and several characters are, 一 is not, and others before an unambiguous counter."""
    numeral = place.numeral
    if not numeral.han:
        return True
    if numeral.han > 1 or numeral.end - numeral.start > 1:
        return numeral.units or not _is_run(place)
    if place.text[numeral.start] in _NO_START:
        return False
    known = words("quantities.counters", place.grammar.languages)
    return counter not in known or counter in words("quantities.sole_counters", place.grammar.languages)


def _is_run(place: Place) -> bool:
    """Return whether digits in Han characters without unit are neither a code nor a decimal: 三三五五, and the approximate 七八."""
    text = place.text[place.numeral.start : place.numeral.end]
    return not any(character in _ZERO or character.isdecimal() for character in text)


def _goes_on(text: str, end: int) -> bool:
    """Return whether 点 or a noun follows a decimal, so that it may be a phrase: 一点一点, 三点一线."""
    return _HAN.match(text, end) is not None and text[end] not in _FOLLOWERS


def _stands_alone(place: Place, end: int) -> bool:
    """Return whether a numeral without counter is no part of a word."""
    numeral, text = place.numeral, place.text
    if not numeral.han:
        signed = _MINUS.search(text[max(numeral.start - 4, 0) : numeral.start])
        return signed is not None or _WIDE_MARK.search(text, numeral.start, numeral.end) is not None
    if not numeral.units:
        # 二〇二四
        return (numeral.han > 2 or isinstance(numeral.value, float)) and not _is_run(place) and not _goes_on(text, end)
    if numeral.end - numeral.start < 2:
        return len(text) == 1
    if any(character.isdecimal() for character in text[numeral.start : numeral.end]):
        return True
    following = text[end : end + 1]
    if not following or _HAN.match(following) is None or following in _FOLLOWERS:
        return text[numeral.start] not in _LARGE
    return numeral.han > 2


@cache
def _grammar(languages: tuple[str, ...]) -> Grammar:
    return Grammar(
        languages=languages,
        parse=partial(numeral_at, chinese="zh" in languages),
        is_number=_is_number,
        stands_alone=_stands_alone,
        percentage=_percentage,
        minus=_MINUS,
        fraction=_FRACTION,
        mixed=_MIXED,
        hour=_HOUR,
        day=_DAY,
        ordinal="第",
        unit=_unit,
        large=_RANGED,
    )
