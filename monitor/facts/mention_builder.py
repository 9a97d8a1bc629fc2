"""Builds the mention of one number in its sentence: an ordinal, a share, a percentage, an amount of money, a count, a date or a name."""

from __future__ import annotations

import re

from monitor.facts import (
    amounts,
    counts,
    hedges,
    lexer,
    magnitudes,
    names,
    ordinals,
    prices,
    shares,
    units,
    vocabulary,
    words_before,
)
from monitor.facts.amounts import Amount
from monitor.facts.context import Sentence
from monitor.facts.lexer import NumberToken
from monitor.facts.number_in_context import BEFORE, WORDS_AWAY, NumberInContext, as_mention, text_start
from monitor.facts.numerals import Numeral
from monitor.lexicon import words
from monitor.model import Mention, MentionType, Number

_ONWARD = frozenset({"-", "–", "/"})
_LED_TO = frozenset({MentionType.DATE, MentionType.TIME})
_AND_DAYS = frozenset({", ", "., ", ".,"})
_UNTIL = frozenset("-–—") | words("times.until")
_DAY = re.compile(r"\d{1,2}(?!\d)")
_HOURS = 24
_HOUR, _CLOCK = 2, 5
"""Lengths of "17" and of "17.30", in characters."""
_YEAR_DIGITS = 4


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
    before = here.text[max(here.start, numeral.start - BEFORE) : numeral.start]
    number = NumberInContext(here, numeral, following, last, before, before[-WORDS_AWAY:].lower().split())
    value = here.value(numeral)
    if value is not None and number.tail and number.tail[-1] in words_before.MINUS_WORDS and not numeral.negative:
        number, value = words_before.negated(number, value)
        numeral, before = number.numeral, number.before
    if value is not None and number.tail and (led := words_before.with_leading_magnitude(number, value)) is not None:
        number, value = led
        numeral, before = number.numeral, number.before
    if value == 0 and numeral.worded and words_before.is_no_quantity(number):
        return None
    if numeral.end < here.end and (end := amounts.unreadable_end(number)) is not None:
        return as_mention(
            here, MentionType.COUNT, None, units.behind(here.text, end, here.end, here.page.locale), numeral.start, end
        )
    dated = _in_date(number, value)
    if dated is not None:
        return dated
    number = prices.with_currency(number)
    if value is None or (number.currency is None and _is_name(number)):
        return as_mention(here, MentionType.IDENTIFIER, value or 0, None, numeral.start, numeral.end)
    marked = 0 if numeral.worded else ordinals.mark_length(here, numeral)
    if numeral.ordinal or marked:
        return ordinals.ordinal(number, value, marked)
    share = _share(number, value)
    if share is not None:
        return share
    amount = amounts.amount_of(number, value)
    if amount is None:
        # "3-1": a score.
        end = following.end if following is not None else numeral.end
        return as_mention(here, MentionType.IDENTIFIER, value, None, numeral.start, end)
    return _typed(number, amount)


def _in_date(number: NumberInContext, value: Number | None) -> Mention | None:
    """Return the mention of a number that is a day or an hour: "24.12.", the first of "14, 15 and 16 June"; None for any other."""
    here, numeral, following = number.here, number.numeral, number.following
    if here.page.locale.noun_capitals and not numeral.plain and here.text.startswith(".", numeral.end):
        day = lexer.day_and_month(here.text, numeral.start)
        if day is not None:
            return as_mention(here, MentionType.DATE, day.value, None, numeral.start, day.end)
    if isinstance(following, NumberToken) and following.type in _LED_TO and not numeral.worded and value is not None:
        led = _first_of_several(here.text, numeral, value, following)
        if led is not None:
            return as_mention(here, following.type, led, None, numeral.start, numeral.end)
    return None


def _is_name(number: NumberInContext) -> bool:
    """Return whether a number names something, or continues an identifier: "12-34"."""
    here, numeral, last = number.here, number.numeral, number.last
    if last is not None and last.type is MentionType.IDENTIFIER and here.text[last.end : numeral.start] in _ONWARD:
        return True
    return names.is_name(here.text, numeral, number.before, number.tail, here.page.locale)


def _first_of_several(text: str, numeral: Numeral, value: Number, following: NumberToken) -> Number | None:
    """Return the value of a bare number that a date or a time of day continues: "14, 15 and 16 June", "8–18 Uhr", "9.00 en 17.00 uur"; otherwise None."""
    # See tests/monitor/facts/test_change_phrases.py::test_days_roads_and_telephones_count_nothing.
    between, size = text[numeral.end : following.start], numeral.end - numeral.start
    if following.type is MentionType.TIME:
        clock = value <= _HOURS and size <= (_HOUR if numeral.plain else _CLOCK)
        return 0 if clock and between.strip().lower() in _UNTIL else None
    day = _DAY.match(text, following.start)
    if day is None or not numeral.plain or between not in _AND_DAYS or not 0 < value < int(day.group()):
        return None
    return following.value - int(day.group()) + value


def _share(number: NumberInContext, value: Number) -> Mention | None:
    """Return the mention of a share, which counts nothing: "one in four", "3 out of 4", "uno de cada cuatro"; None if the number is none."""
    # See tests/monitor/facts/test_shares.py::test_a_share_is_no_count.
    here, numeral, following = number.here, number.numeral, number.following
    if number.currency is not None or not isinstance(value, int):
        return None
    if isinstance(following, Numeral) and not following.ordinal:
        between = " ".join(here.text[numeral.end : min(following.start, numeral.end + WORDS_AWAY)].lower().split())
        whole = here.value(following) if between in shares.BETWEEN else None
        if whole is not None and shares.is_share(between, value, whole) and not _is_dated(here, following):
            hedge = hedges.before(number.tail, here.page.locale.code)
            return as_mention(
                here, MentionType.COUNT, _part(value, whole), None, numeral.start, following.end, hedge=hedge
            )
    if not number.tail or number.tail[-1] not in shares.LAST:
        return None
    start = shares.one_before(number.before, here.page.locale.number_words.articles)
    if start is None or value <= 1 or numeral.ordinal:
        return None
    return as_mention(here, MentionType.COUNT, _part(1, value), None, text_start(number) + start, numeral.end)


def _is_dated(here: Sentence, numeral: Numeral) -> bool:
    """Return whether a number is a year or a span of time: "rose by 3 in 10 years"."""
    written = here.text[numeral.start : numeral.end]
    unit = units.behind(here.text, numeral.end, here.end, here.page.locale)
    if unit is not None and unit.partition(" ")[0] in vocabulary.DURATIONS:
        return True
    return numeral.plain and len(written) == _YEAR_DIGITS


def _part(value: Number, whole: Number) -> float:
    return float(f"{value / whole:.7g}")


def _typed(number: NumberInContext, amount: Amount) -> Mention | None:
    """Return the mention of a quantity, a year or a time; None if the number states nothing."""
    hedge = hedges.before(number.tail, number.here.page.locale.code)
    if number.here.text.startswith("+", amount.end):
        hedge, amount = hedge or "+", amount._replace(end=amount.end + 1, bare=False)
    return (
        _percentage(number, amount, hedge)
        or prices.money(number, amount, hedge)
        or counts.counted(number, amount, hedge)
    )


def _is_turkish(here: Sentence) -> bool:
    return here.page.locale.code == "tr"


def _percentage(number: NumberInContext, amount: Amount, hedge: str | None) -> Mention | None:
    """Return the mention of a percentage; None for any other number."""
    here, numeral, start = number.here, number.numeral, number.numeral.start
    if amount.percent:
        return as_mention(here, MentionType.PERCENT, amount.value, None, start, amount.end, hedge=hedge)
    end = None if amount.bare else magnitudes.percent(here.text, amount.end)
    if end is None:
        led = 0 if numeral.ordinal else magnitudes.percent_before(number.before, number.tail, apart=_is_turkish(here))
        # "%2F" is an encoded character.
        taken = number.last is not None and start - led < number.last.end
        if not led or taken or number.currency is not None or here.text[amount.end : amount.end + 1].isalpha():
            return None
        start, end = start - led, amount.end
    unit = units.behind(here.text, end, here.end, here.page.locale, particles=True)
    return as_mention(here, MentionType.PERCENT, amount.value, unit, start, end, hedge=hedge, upper=amount.upper)
