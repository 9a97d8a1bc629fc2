"""Builds the mention of one number in its sentence: its value or range, type, unit and hedge."""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.facts import (
    change_phrases,
    hedges,
    lexer,
    mention_types,
    names,
    ranges,
    units,
    vocabulary,
)
from monitor.facts import (
    money as amounts,
)
from monitor.facts.context import Sentence
from monitor.facts.lexer import NumberToken
from monitor.facts.numerals import Numeral
from monitor.model import Mention, MentionType, Number

_ORDINAL_MARK = re.compile(
    r"(?:st|nd|rd|th|e|er|re|ère|ème|eme|ième|de|te|ste)\b(?!['’])|\.?[ºª]|°(?=\s[^\W\d_])", re.IGNORECASE
)
_ORDINAL_MARKS = frozenset("snrteèidSNRTEÈID.ºª°")
_DEGREE_ORDINALS = frozenset({"it", "es", "pt", "fr"})
_AND_ON = re.compile(r"\s?(?:,|and|&|et|und|y|e|en|of|de|von|van|di|من|/|-|–|to)\s?")
_PARTITIVE = re.compile(r"\s(?:of|de|di|du|des|del)\b|\sd['’]", re.IGNORECASE)
_ONWARD = frozenset({"-", "–", "/"})
_AND_ON_CHARS = 6
_TOTAL = 3
"""Minimum ratio of an end value to the difference that led to it."""
_LED_TO = frozenset({MentionType.DATE, MentionType.TIME})
_AND_DAYS = frozenset({", ", "., ", ".,"})
_UNTIL = frozenset("- – — bis to till until a à al alle tot and und et en e".split())
_DAY = re.compile(r"\d{1,2}(?!\d)")
_HOURS = 24
_HOUR, _CLOCK = 2, 5
"""Lengths of "17" and of "17.30", in characters."""
_DOTTED_DIGITS = 3
_WORDS_AWAY = 64
"""Characters before a number from which the words before it are taken."""
_BEFORE = 192
"""Characters before a number that are examined."""


def mention(
    here: Sentence, numeral: Numeral, following: Numeral | NumberToken | None, last: Mention | None
) -> Mention | None:
    """Return the mention of a number, or None if the number states nothing.

    Args:
        here: The sentence that contains the number.
        numeral: The number as written.
        following: The next numeral or token of the block; None if there is none.
        last: The preceding mention of the block; None if there is none.
    """
    text, tongue, start, end = here.text, here.page.tongue, numeral.start, numeral.end
    before = text[max(here.start, start - _BEFORE) : start]
    tail = before[-_WORDS_AWAY:].lower().split()
    value = here.value(numeral)
    day = None
    if tongue.noun_capitals and not numeral.plain and text.startswith(".", end):
        day = lexer.day_and_month(text, start)
    if day is not None:
        return _made(here, MentionType.DATE, day.value, None, start, day.end)
    if isinstance(following, NumberToken) and following.type in _LED_TO and not numeral.worded and value is not None:
        led = _first_of_several(text, numeral, value, following)
        if led is not None:
            return _made(here, following.type, led, None, start, end)
    onward = last is not None and last.type is MentionType.IDENTIFIER and text[last.end : start] in _ONWARD
    if value is None or onward or names.is_name(text, numeral, before, tail, tongue):
        return _made(here, MentionType.IDENTIFIER, value or 0, None, start, end)
    marked = 0 if numeral.worded else _ordinal_mark(here, numeral)
    if numeral.ordinal or marked:
        unit = units.behind(text, end + marked, here.end, tongue)
        stop = end + marked - (text[end + marked - 1] == "." if marked else 0)
        return _made(here, MentionType.ORDINAL, value, unit, start, stop, hedge=hedges.before(tail, tongue.code))
    currency = amounts.currency_before(before)
    if currency is not None and last is not None and last.end > start - len(before) + currency.start():
        # "1.18 USD 231 users": the currency belongs to the preceding amount.
        currency = None
    if currency is not None:
        before = before[: currency.start()]
        tail = before[-_WORDS_AWAY:].lower().split()
    amount = _amount(here, numeral, following, value, before, tail, money=currency is not None)
    if amount is None:
        # "3-1": a score.
        end = following.end if following is not None else end
        return _made(here, MentionType.IDENTIFIER, value, None, start, end)
    return _typed(here, numeral, amount, currency, before, tail, last)


def _first_of_several(text: str, numeral: Numeral, value: Number, claim: NumberToken) -> Number | None:
    """Return the value of a bare number that a date or a time of day continues: "14, 15 and 16 June", "8–18 Uhr", "9.00 en 17.00 uur"; otherwise None."""
    between, size = text[numeral.end : claim.start], numeral.end - numeral.start
    if claim.type is MentionType.TIME:
        clock = value <= _HOURS and size <= (_HOUR if numeral.plain else _CLOCK)
        return 0 if clock and between.strip().lower() in _UNTIL else None
    day = _DAY.match(text, claim.start)
    if day is None or not numeral.plain or between not in _AND_DAYS or not 0 < value < int(day.group()):
        return None
    return claim.value - int(day.group()) + value


class _Amount(NamedTuple):
    """A number with its magnitude, or a range of two.

    Attributes:
        value: The value, or the lower end of a range.
        upper: The upper end; None if it is not a range.
        end: The end offset in the text (exclusive).
        scaled: Whether a magnitude follows it.
        dash: Whether it is a range joined by a bare dash.
        bare: Whether neither a percent sign nor a currency can follow it.
        percent: Whether it is a percentage because of the percent sign after another number.
    """

    value: Number
    upper: Number | None
    end: int
    scaled: bool
    dash: bool = False
    bare: bool = False
    percent: bool = False


def _amount(
    here: Sentence,
    numeral: Numeral,
    following: Numeral | NumberToken | None,
    value: Number,
    before: str,
    tail: list[str],
    *,
    money: bool,
) -> _Amount | None:
    """Return the number together with a following magnitude or range end; None if it and the next number are a score."""
    text, table = here.text, here.page.tongue.magnitudes
    if isinstance(following, Numeral) and not following.ordinal:
        joint = ranges.joint(text[numeral.end : following.start], before, tail, table)
        upper = here.value(following) if joint is not None else None
        if joint is not None and upper is not None:
            scale, end = amounts.magnitude(text, following.end, table, money=money)
            low, high = amounts.times(value, joint.scale if joint.scale > 1 else scale), amounts.times(upper, scale)
            if (
                low < high
                and (not joint.percent or amounts.percent(text, end) is not None)
                and not _adds(before, low, high)
            ):
                return _Amount(low, high, end, scaled=scale > 1, dash=joint.dash)
            if joint.dash and scale == 1 and not money and amounts.percent(text, following.end) is None:
                return None
        elif change_phrases.is_from_to(before, text[numeral.end : following.start]):
            # "from 1.2 to 1.4 million", "von 14,2 auf 13,8 Prozent": the first number has the magnitude or percent sign of the second.
            scale, end = amounts.magnitude(text, following.end, table, money=money)
            percent = amounts.percent(text, end) is not None
            if scale > 1 or percent:
                return _Amount(amounts.times(value, scale), None, numeral.end, scaled=False, bare=True, percent=percent)
    if not amounts.may_follow(text, numeral.end):
        return _Amount(value, None, numeral.end, scaled=False, bare=True)
    scale, end = amounts.magnitude(text, numeral.end, table, money=money)
    whole = amounts.times(value, scale)
    if scale > 1 and (half := amounts.and_a_half(text, end)) is not None:
        whole, end = whole + scale // 2, half
    return _Amount(whole, None, end, scaled=scale > 1)


def _adds(before: str, low: Number, high: Number) -> bool:
    """Return whether the first of two numbers is the difference that led to the second: "rose by 12 to 98"; "by 5 to 10" is a range."""
    return high >= _TOTAL * low and change_phrases.is_no_value(before)


def _typed(
    here: Sentence,
    numeral: Numeral,
    amount: _Amount,
    currency: re.Match[str] | None,
    before: str,
    tail: list[str],
    last: Mention | None,
) -> Mention | None:
    text, tongue, start, end = here.text, here.page.tongue, numeral.start, amount.end
    hedge = hedges.before(tail, tongue.code)
    bare = amount.bare
    if text.startswith("+", end):
        hedge, end, bare = hedge or "+", end + 1, False
    if amount.percent:
        return _made(here, MentionType.PERCENT, amount.value, None, start, end, hedge=hedge)
    if not bare and (percent := amounts.percent(text, end)) is not None:
        unit = units.behind(text, percent, here.end, tongue, particles=True)
        return _made(here, MentionType.PERCENT, amount.value, unit, start, percent, hedge=hedge, upper=amount.upper)
    money = None if bare else amounts.currency_behind(text, end)
    if currency is not None:
        money = amounts.currency_code(currency), end
    if money is not None:
        start -= len(currency.group()) if currency is not None else 0
        return _made(here, MentionType.MONEY, amount.value, money[0], start, money[1], hedge=hedge, upper=amount.upper)
    label = units.label(before, tail, tongue)
    # In a row of labels and values, "Members: 87 | Partners: 24", a value belongs to the label before it.
    unit = (
        None
        if label and text.startswith(" | ", end)
        else units.behind(
            text,
            end,
            here.end,
            tongue,
            particles=amount.scaled,
            next_cell=not before or (bool(tail) and tail[-1][-1] == "|"),
        )
    )
    unit = unit or label or units.number_of(before, tail, tongue) or units.heading(text, before, start, tongue)
    if numeral.doubtful and _PARTITIVE.match(text, end):
        return None
    if unit is None and numeral.doubtful:
        return None
    if (unit is None or mention_types.is_singular(unit, tongue)) and _goes_on(here, numeral, amount, unit, tail, last):
        return _made(here, MentionType.IDENTIFIER, amount.value, None, start, end)
    if unit is None and amount.dash and numeral.plain and _are_years(numeral, amount):
        return _made(here, MentionType.YEAR, amount.value, None, start, end, upper=amount.upper)
    kind, end = mention_types.type_of(text, numeral, amount.value, end, unit, tail, tongue)
    if kind in (MentionType.YEAR, MentionType.TIME):
        unit = None
    return _made(here, kind, amount.value, unit, start, end, hedge=hedge, upper=amount.upper)


def _are_years(numeral: Numeral, amount: _Amount) -> bool:
    """Return whether a range without unit is a range of years: 1880-1914."""
    return numeral.end - numeral.start == 4 and amount.value >= 1_000 and (amount.upper or 0) <= 2_100


def _goes_on(
    here: Sentence, numeral: Numeral, amount: _Amount, unit: str | None, tail: list[str], last: Mention | None
) -> bool:
    """Return whether a number without unit continues an identifier, "Articles 5 and 7", "page 3 of 12", or is the score of a game."""
    if amount.dash and unit is None and not vocabulary.SCORES.isdisjoint(tail):
        return True
    if last is None or last.type is not MentionType.IDENTIFIER or not numeral.plain or last.start < here.start:
        return False
    return (
        numeral.start - last.end <= _AND_ON_CHARS and _AND_ON.fullmatch(here.text, last.end, numeral.start) is not None
    )


def _ordinal_mark(here: Sentence, numeral: Numeral) -> int:
    """Return the length of the ordinal mark after a numeral: "82nd", "3ème", "5º", "82."; 0 if there is none."""
    text, end, tongue = here.text, numeral.end, here.page.tongue
    if not numeral.plain or text[end : end + 1] not in _ORDINAL_MARKS or end >= len(text):
        return 0
    if mention_types.is_decade(text, numeral):
        return 0
    if text[end] == "." and text[end + 1 : end + 2] not in "ºª":
        dotted = tongue.noun_capitals and end + 1 < here.end and end - numeral.start <= _DOTTED_DIGITS
        return 1 if dotted and text[end + 1 : end + 2].isspace() else 0
    if text[end] == "°" and tongue.code not in _DEGREE_ORDINALS:
        return 0
    match = _ORDINAL_MARK.match(text, end)
    return match.end() - end if match else 0


def _made(
    here: Sentence,
    kind: MentionType,
    value: Number,
    unit: str | None,
    start: int,
    end: int,
    *,
    hedge: str | None = None,
    upper: Number | None = None,
) -> Mention:
    return Mention(
        kind, value, unit, here.text[start:end], hedge, here.index, start, end, here.start, here.end, upper=upper
    )
