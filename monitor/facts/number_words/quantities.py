"""Reads what follows a numeral in East Asian text: a counter, a currency, a percent word, a date mark, a second numeral. Pure.

The scripts differ in their numerals and in what distinguishes a number from a word; a `Grammar` provides both. The words are those of `monitor.lexicon`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from monitor.facts.currencies import before
from monitor.facts.number_words.han import HanNumeral
from monitor.facts.number_words.script_number import (
    ScriptNumber,
    currencies,
    currency_index,
    longest,
    topic_index,
    words,
)
from monitor.lexicon import by_language
from monitor.model import MentionType, Number

_PERCENT = re.compile(r"\s?(?:[%％]|パーセント|個百分點|个百分点|ポイント|퍼센트(?: ?포인트)?|프로(?![가-힣]{2}))")
_RANGE = re.compile(r"\s?(?P<dash>[~～〜\-－–—―至])\s?|(?P<word>から|到|에서 ?)")
_CHANGED = re.compile(
    r".{0,12}?(?:[増增減减升降涨漲跌]|上昇|低下|なっ|なり|変|变|變|늘|줄|증가|감소|상승|하락)|[にへ]|(?:으?로)"
)
_MINUS_SIGN = re.compile(r"(?<![0-9０-９A-Za-z])[-−－]$")
_CHANGED_CHARS = 16
_ATTACHED = frozenset(":/.,-−－_#")
_HEDGE_CHARS = 16
_POINTS = 100
_MINUS_CHARS = 8
_NOT_RANGED = frozenset({MentionType.DATE, MentionType.TIME, MentionType.IDENTIFIER})
_SIGNED = frozenset({MentionType.COUNT, MentionType.PERCENT, MentionType.MONEY})


@dataclass(frozen=True, slots=True)
class Grammar:
    """What differs between the scripts.

    Attributes:
        languages: The languages whose words apply.
        parse: Returns the numeral at an offset of a text; None if there is none.
        is_number: Whether a numeral before a counter ("" for other marks) is a number rather than a part of a word.
        stands_alone: Whether a numeral without counter, with its end, is a number.
        percentage: Returns the value and the end of a percentage in tenths (割, 成, 할) for the value and the end of a numeral; None if it is none.
        minus: A minus before a numeral.
        fraction: The text between denominator and numerator.
        mixed: The text between a whole number and a fraction.
        hour: What follows the hour of a time of day.
        day: What follows a day of the month.
        ordinal: The character before an ordinal.
        unit: Returns the unit for a text, the offset of a counter and the counter.
        large: Units by which the upper end of a range multiplies the lower end.
    """

    languages: tuple[str, ...]
    parse: Callable[[str, int], HanNumeral | None]
    is_number: Callable[[Place, str], bool]
    stands_alone: Callable[[Place, int], bool]
    percentage: Callable[[Place, Number, int], tuple[Number, int] | None]
    minus: re.Pattern[str]
    fraction: re.Pattern[str]
    mixed: re.Pattern[str]
    hour: re.Pattern[str]
    day: re.Pattern[str]
    ordinal: str
    unit: Callable[[str, int, str, tuple[str, ...]], str]
    large: dict[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A numeral in its text.

    Attributes:
        text: The block's text.
        numeral: The numeral.
        grammar: The grammar of its script.
    """

    text: str
    numeral: HanNumeral
    grammar: Grammar

    @property
    def previous(self) -> str:
        """The character before the numeral; "" at the beginning of the text."""
        return self.text[self.numeral.start - 1 : self.numeral.start] if self.numeral.start else ""

    def words(self, topic: str) -> tuple[str, ...]:
        """Return the words of a topic in the languages of the grammar, the longest first."""
        return words(topic, self.grammar.languages)

    def word_at(self, topic: str, at: int) -> str:
        """Return the longest word of a topic at an offset; "" if there is none."""
        return longest(self.text, at, topic_index(topic, self.grammar.languages))


def read(place: Place) -> ScriptNumber | None:
    """Return what a numeral with a value states; None if it states nothing, or is a number in digits alone that the general grammar reads."""
    numeral = place.numeral
    if _is_attached(place) or numeral.value is None or place.word_at("quantities.no_numbers", numeral.start):
        return None
    found = (
        _with_currency(place, numeral.value)
        or _fraction(place)
        or _range(place)
        or quantity(place, numeral.value, numeral.end)
    )
    if found is None:
        return None
    found = _with_sign(place, found)
    return found._replace(hedge=found.hedge or _hedge(place, found))


def unreadable(place: Place, start: int, end: int) -> ScriptNumber | None:
    """Return the mention of a number without a value, from `start` to `end`; None if nothing shows that it is a number."""
    counted = quantity(place, place.numeral.value or 0, end)
    written = any(character.isdecimal() for character in place.text[start:end])
    if counted is not None and counted.unit is None and not written:
        # 十四五规划: no counter shows that it is a number.
        return None
    if counted is not None and counted.type in (MentionType.COUNT, MentionType.MONEY, MentionType.DURATION):
        return ScriptNumber(start, end, counted.type, None, counted.unit)
    return ScriptNumber(start, end, MentionType.COUNT, None) if written else None


def _is_attached(place: Place) -> bool:
    """Return whether a letter or a mark makes digits a name: "B3人", "10:30時", "03-12号"; 会員数:87人 and -5万円 are numbers."""
    # See tests/monitor/facts/test_east_asian.py::test_a_mark_before_digits_is_a_sign_or_a_label.
    previous, start = place.previous, place.numeral.start
    if place.numeral.han and not place.text[start].isdecimal():
        return False
    if previous in _ATTACHED and previous:
        earlier = place.text[start - 2 : start - 1] if start > 1 else ""
        return previous in "#_" or (earlier.isascii() and earlier.isalnum()) or earlier.isdecimal()
    return previous.isascii() and previous.isalpha()


def _with_currency(place: Place, value: Number) -> ScriptNumber | None:
    """Return the amount of money before whose numeral a currency stands, "¥3万", "US$1.2億"; None if there is none, or the numeral is in digits alone."""
    if not place.numeral.units:
        return None
    start = max(place.numeral.start - _HEDGE_CHARS, 0)
    currency = before(place.text[start : place.numeral.start], place.grammar.languages[0])
    if currency is None:
        return None
    yuan = currency.code == "JPY" and place.grammar.languages[0] == "zh"
    code = "CNY" if yuan else currency.code
    return ScriptNumber(start + currency.at, place.numeral.end, MentionType.MONEY, value, code)


def _fraction(place: Place) -> ScriptNumber | None:
    """Return 百分之X as a percentage, and X分之Y and A又X分之Y as a number without unit; None if it is none of these."""
    text, numeral, grammar = place.text, place.numeral, place.grammar
    whole: Number = 0
    denominator = numeral
    mixed = grammar.mixed.match(text, numeral.end)
    if mixed is not None:
        second = grammar.parse(text, mixed.end())
        if second is not None and grammar.fraction.match(text, second.end):
            whole, denominator = numeral.value or 0, second
    line = grammar.fraction.match(text, denominator.end)
    if line is None or not denominator.value:
        return None
    numerator = grammar.parse(text, line.end())
    if numerator is None or numerator.value is None:
        return None
    if denominator.value == _POINTS and not whole:
        return ScriptNumber(numeral.start, numerator.end, MentionType.PERCENT, numerator.value)
    value = whole + numerator.value / denominator.value
    return ScriptNumber(numeral.start, numerator.end, MentionType.COUNT, _whole(value))


def _whole(value: Number) -> Number:
    return int(value) if value == int(value) else value


def _range(place: Place) -> ScriptNumber | None:
    """Return a range of two numbers before one unit: 5～7台, 3〜5万人, 二十至三十人; None if there is none."""
    text, numeral, grammar = place.text, place.numeral, place.grammar
    own = quantity(place, numeral.value or 0, numeral.end)
    # The unit of a count follows its quote.
    first = (
        numeral.end if own is None else own.end + len((own.unit or "").split(" ")[0]) * (own.type is MentionType.COUNT)
    )
    joint = _RANGE.match(text, first)
    second = grammar.parse(text, joint.end()) if joint is not None else None
    if joint is None or second is None or second.value is None:
        return None
    low, high = _scaled(place, second), second.value
    counted = quantity(Place(text, second, grammar), high, second.end)
    if counted is None or counted.type in _NOT_RANGED or low >= high:
        return None
    if joint["word"] and _CHANGED.match(text[: counted.end + _CHANGED_CHARS], counted.end):
        return None
    if own is not None and own.unit is not None and own.unit.split(" ")[0] != (counted.unit or "").split(" ")[0]:
        return None
    return counted._replace(start=numeral.start, value=low, upper=high)


def _scaled(place: Place, second: HanNumeral) -> Number:
    """Return the lower end of a range with the unit of the upper end, if it has none: 3～5万."""
    low, high = place.numeral.value or 0, second.value or 0
    written = place.text[second.start : second.end]
    unit = next((unit for name, unit in place.grammar.large.items() if written.endswith(name)), 1)
    return low * unit if not place.numeral.units and low * unit < high else low


def quantity(place: Place, value: Number, end: int) -> ScriptNumber | None:
    """Return a number with what follows it, ending at `end` without that; None if what follows does not make it a quantity."""
    text, start, grammar = place.text, place.numeral.start, place.grammar
    if place.previous == grammar.ordinal:
        return _ordinal(place, value, end)
    if sign := _PERCENT.match(text, end):
        return ScriptNumber(start, sign.end(), MentionType.PERCENT, value)
    if tenths := grammar.percentage(place, value, end):
        return ScriptNumber(start, tenths[1], MentionType.PERCENT, _whole(round(tenths[0], 9)))
    at = end + text.startswith(" ", end)
    if name := longest(text, at, currency_index(grammar.languages)):
        return ScriptNumber(start, at + len(name), MentionType.MONEY, value, currencies(grammar.languages)[name])
    if (hour := grammar.hour.match(text, at)) and grammar.is_number(place, hour.group()):
        return ScriptNumber(start, hour.end(), MentionType.TIME, value)
    if (mark := place.word_at("quantities.ordinal_marks", at)) and grammar.is_number(place, mark):
        return ScriptNumber(start, at + len(mark), MentionType.ORDINAL, value)
    if name := place.word_at("quantities.names", at):
        return (
            ScriptNumber(start, at + len(name), MentionType.IDENTIFIER, value) if grammar.is_number(place, "") else None
        )
    if (day := grammar.day.match(text, at)) and 1 <= value <= 31:
        return (
            ScriptNumber(start, day.end(), MentionType.DATE, value) if grammar.is_number(place, day.group()) else None
        )
    return _counted(place, value, end)


def _ordinal(place: Place, value: Number, end: int) -> ScriptNumber | None:
    """Return the mention of 第 and a number: a name before 章 or 条, otherwise an ordinal of what follows."""
    text, start = place.text, place.numeral.start - len(place.grammar.ordinal)
    at = end + text.startswith(" ", end)
    if name := place.word_at("quantities.ordinal_names", at):
        return ScriptNumber(start, at + len(name), MentionType.IDENTIFIER, value)
    counter = place.word_at("quantities.counters", at) or place.word_at("quantities.ordinal_marks", at)
    if not counter and place.numeral.han == 1 and not place.numeral.units and text[end : end + 1].isalpha():
        return None
    return ScriptNumber(start, at + len(counter) if counter else end, MentionType.ORDINAL, value, counter or None)


def _counted(place: Place, value: Number, end: int) -> ScriptNumber | None:
    """Return a number that counts what its counter says, or that stands alone; None if it is a part of a word, or in digits alone without counter."""
    text, start, grammar = place.text, place.numeral.start, place.grammar
    at = end + text.startswith(" ", end)
    hedge = "多" if place.numeral.vague else None
    if duration := place.word_at("durations.units", at):
        if not grammar.is_number(place, duration):
            return None
        return ScriptNumber(start, at + len(duration), MentionType.DURATION, value, duration, hedge)
    if counter := place.word_at("quantities.counters", at):
        if not grammar.is_number(place, counter):
            return None
        return ScriptNumber(
            start, end, MentionType.COUNT, value, grammar.unit(text, at, counter, grammar.languages), hedge
        )
    return ScriptNumber(start, end, MentionType.COUNT, value, hedge=hedge) if grammar.stands_alone(place, end) else None


def _with_sign(place: Place, found: ScriptNumber) -> ScriptNumber:
    """Return the number with the minus before it, if there is one."""
    start = place.numeral.start
    front = place.text[max(start - _MINUS_CHARS, 0) : start]
    sign = place.grammar.minus.search(front) or _MINUS_SIGN.search(front)
    if sign is None or found.value is None or found.type not in _SIGNED:
        return found
    return found._replace(start=start - len(sign.group()), value=-found.value)


def _hedge(place: Place, found: ScriptNumber) -> str | None:
    """Return the hedge directly before or after a number: 約, 超过, 以上, 左右; None if there is none."""
    front = place.text[max(found.start - _HEDGE_CHARS, 0) : found.start].rstrip()
    if front.endswith(place.words("quantities.no_hedges")):
        front = ""
    for language in place.grammar.languages:
        for hedge in by_language("numbers.hedges").get(language, "").splitlines():
            if front.endswith(hedge):
                return hedge
    at = found.end
    if found.type is MentionType.COUNT and found.unit is not None:
        at += place.text.startswith(" ", at) + len(found.unit.split()[0])
    return place.word_at("quantities.hedges_after", at + place.text.startswith(" ", at)) or None
