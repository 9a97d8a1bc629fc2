"""Joins a number with what belongs to its value: the magnitude after it, or the other end of a range or a change."""

from __future__ import annotations

from typing import NamedTuple

from monitor.facts import change_phrases, magnitudes, ranges, unreadable
from monitor.facts.number_in_context import NumberInContext
from monitor.facts.numerals import NUMERAL, Numeral, parse_numeral
from monitor.model import Number

_TOTAL = 3
"""Minimum ratio of an end value to the difference that led to it."""
_LEAST_SCALE = 100


class Amount(NamedTuple):
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


def amount_of(number: NumberInContext, value: Number) -> Amount | None:
    """Return the number together with a following magnitude or range end; None if it and the next number are a score."""
    here, numeral, following = number.here, number.numeral, number.following
    if isinstance(following, Numeral) and not following.ordinal:
        between = here.text[numeral.end : following.start]
        joint = ranges.joint(between, number.before, number.tail, here.page.locale.magnitudes)
        upper = here.value(following) if joint is not None else None
        if joint is not None and upper is not None:
            amount = _range(number, joint, value, upper)
            if amount is not None or _is_score(number, joint):
                return amount
        elif change_phrases.is_from_to(number.before, between):
            amount = _like_following(number, value, here.value(following))
            if amount is not None:
                return amount
    return _single(number, value)


def unreadable_end(number: NumberInContext) -> int | None:
    """Return the end offset of a number that is not readable, or of a range whose upper end is not: "3 to 5 miljun"; None for any other."""
    here, following = number.here, number.following
    known = here.page.locale.magnitudes
    if (end := unreadable.end_of(here.text, number.numeral.end, known)) is not None:
        # "99 elfu 12" in Swahili: the magnitude belongs to the next number.
        led = bool(magnitudes.leading(here.page.locale.code)) and here.text[end + 1 : end + 2].isdecimal()
        return None if led else end
    if not isinstance(following, Numeral) or following.ordinal or following.end >= here.end:
        return None
    end = unreadable.end_of(here.text, following.end, known)
    between = here.text[number.numeral.end : following.start]
    return None if end is None or ranges.joint(between, number.before, number.tail, known) is None else end


def _range(number: NumberInContext, joint: ranges.Joint, low: Number, high: Number) -> Amount | None:
    """Return the range of two joined numbers; None if they are separate."""
    scale, end = _following_magnitude(number)
    low, high = magnitudes.times(low, joint.scale if joint.scale > 1 else scale), magnitudes.times(high, scale)
    if joint.scale == scale == 1:
        low = magnitudes.times(low, _scale_within(number, low, high))
    if low >= high or (joint.percent and magnitudes.percent(number.here.text, end) is None):
        return None
    return None if _adds(number.before, low, high) else Amount(low, high, end, scaled=scale > 1, dash=joint.dash)


def _scale_within(number: NumberInContext, low: Number, high: Number) -> int:
    """Return the factor that the words of the following number contain and the first number lacks: 3 إلى 5 ملايين; 1 if there is none."""
    # See tests/monitor/facts/test_indic_and_thai.py::test_a_range_shares_the_magnitude_of_its_end.
    text, following = number.here.text, number.following
    if not isinstance(following, Numeral) or not following.worded or number.numeral.worded:
        return 1
    digits = NUMERAL.match(text, following.start, following.end)
    first = None if digits is None else parse_numeral(digits[0], comma_decimal=False)
    if not first:
        return 1
    ratio = high / first
    return int(ratio) if ratio == int(ratio) and ratio >= _LEAST_SCALE and low < first * _LEAST_SCALE else 1


def _is_score(number: NumberInContext, joint: ranges.Joint) -> bool:
    """Return whether two numbers that form no range are a score: joined by a dash, without magnitude, currency or percent sign."""
    if not joint.dash or number.currency is not None or number.following is None:
        return False
    scale, _ = _following_magnitude(number)
    return scale == 1 and magnitudes.percent(number.here.text, number.following.end) is None


def _like_following(number: NumberInContext, value: Number, second: Number | None) -> Amount | None:
    """Return the first number of a change with the magnitude or percent sign of the second, if it has one.

    "from 1.2 to 1.4 million", "von 14,2 auf 13,8 Prozent".
    """
    # See tests/monitor/facts/test_change_phrases.py::test_the_first_number_of_a_change_takes_the_magnitude_of_the_second.
    scale, end = _following_magnitude(number)
    percent = magnitudes.percent(number.here.text, end) is not None
    if scale == 1 and second is not None:
        scale = _scale_within(number, value, second)
    if scale == 1 and not percent:
        return None
    whole = magnitudes.times(value, scale)
    return Amount(whole, None, number.numeral.end, scaled=False, bare=True, percent=percent)


def _following_magnitude(number: NumberInContext) -> tuple[int, int]:
    """Return the factor after the following number, and its end offset; see `money.magnitude`."""
    here, following = number.here, number.following
    assert following is not None
    money = number.currency is not None
    locale = here.page.locale
    return magnitudes.magnitude(here.text, following.end, locale.magnitudes, money=money, language=locale.code)


def _single(number: NumberInContext, value: Number) -> Amount:
    """Return a number that is no range, together with its magnitude."""
    here, end = number.here, number.numeral.end
    if not magnitudes.may_follow(here.text, end):
        return Amount(value, None, end, scaled=False, bare=True)
    money, decimals = number.currency is not None, isinstance(value, float)
    locale = here.page.locale
    scale, end = magnitudes.magnitude(
        here.text, end, locale.magnitudes, money=money, decimals=decimals, language=locale.code
    )
    whole = magnitudes.times(value, scale)
    if scale > 1 and not decimals:
        joiners = locale.number_words.fraction_joiners
        added, end = magnitudes.further_parts(here.text, end, here.end, scale, locale.magnitudes, joiners)
        whole += added
    if scale > 1 and (half := magnitudes.and_a_half(here.text, end)) is not None:
        whole, end = whole + scale // 2, half
    return Amount(whole, None, end, scaled=scale > 1)


def _adds(before: str, low: Number, high: Number) -> bool:
    """Return whether the first of two numbers is the difference that led to the second: "rose by 12 to 98"; "by 5 to 10" is a range."""
    # See tests/monitor/facts/test_change_phrases_languages.py::test_a_percentage_and_an_amount_are_no_range.
    return high >= _TOTAL * low and change_phrases.is_no_value(before)
