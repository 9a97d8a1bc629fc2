"""Recognises clocks, dates and durations that move with the time between two snapshots: they state when the page was fetched and nothing else. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from monitor.lexicon import words
from monitor.model import Mention, MentionType

_TIME_OF_DAY = re.compile(r"(\d{1,2})(?:\D(\d{2}))?(?:\D(\d{2}))?")
_WORD = re.compile(r"\w{1,40}")
_DAY_SECONDS = 86_400
_CLOCK_TOLERANCE = 180
"""Seconds by which a clock may deviate from the time between two snapshots: pages are cached for some time."""
_SCHEDULE_SECONDS = 900
"""Appointments begin at full quarters of an hour; a clock seldom shows one in both of two snapshots."""
_DATE_TOLERANCE = 1
"""Days by which a date may deviate: time zones, and pages that are generated at night."""
_UNITS = words("durations.units")
_TERMS = words("durations.terms")
_DAYS = words("durations.days")
_UNTIL = words("durations.until")
_SCALES = (1.0, 7.0, 365.25 / 12, 365.25)
"""Days of the units in which a time since a date is stated."""
_FIRST_ORDINAL = 1_300
"""A DATE value up to this is 100 * month + day: the date has no year."""


class SnapshotTimes(NamedTuple):
    """The times at which the two compared versions were fetched."""

    before: datetime
    after: datetime


def is_clock(previous: Mention, current: Mention, times: SnapshotTimes | None) -> bool:
    """Return whether a time of day moved by exactly the time between the two snapshots.

    See tests/monitor/diff/test_dates_and_identifiers.py::test_a_clock_that_moves_with_time_is_noise and
    tests/monitor/diff/test_dates_and_identifiers.py::test_an_appointment_that_moves_with_time_is_reported.
    """
    before, after = _second_of_day(previous.quote), _second_of_day(current.quote)
    if times is None or before is None or after is None:
        return False
    if before % _SCHEDULE_SECONDS == 0 and after % _SCHEDULE_SECONDS == 0:
        # A hearing that is moved from 12:00 to 13:00 between hourly checks.
        return False
    elapsed = (times.after - times.before).total_seconds()
    apart = (after - before - elapsed) % (_DAY_SECONDS / 2)
    return elapsed > 0 and min(apart, _DAY_SECONDS / 2 - apart) <= _CLOCK_TOLERANCE


def is_date_of_fetch(previous: Mention, current: Mention, times: SnapshotTimes | None) -> bool:
    """Return whether a date or year states when the page was fetched: it moved by the time between the two snapshots, or to the day of the later one.

    See tests/monitor/diff/test_dates_and_identifiers.py::test_a_date_that_moves_with_time_is_a_text_change.
    """
    if times is None:
        return False
    if current.type is MentionType.YEAR:
        return (previous.value, current.value) == (times.before.year, times.after.year)
    elapsed, step = (times.after.date() - times.before.date()).days, days_between(previous, current)
    today = abs(_ordinal(current.value) - times.after.date().toordinal()) <= _DATE_TOLERANCE
    return (elapsed > 0 and abs(step - elapsed) <= _DATE_TOLERANCE) or (step > 0 and today)


def moved_to_the_time_between(previous: Mention, current: Mention, times: SnapshotTimes) -> bool:
    """Return whether a date with a year that was not in the future at the earlier snapshot moved to a day between the two snapshots.

    See tests/monitor/diff/test_entry_dates.py::test_only_a_date_between_the_snapshots_is_the_time_of_an_edit.
    """
    if current.type is not MentionType.DATE or min(previous.value, current.value) <= _FIRST_ORDINAL:
        return False
    first, last = (time.date().toordinal() for time in times)
    if previous.value >= current.value or previous.value > first + _DATE_TOLERANCE:
        return False
    return bool(first - _DATE_TOLERANCE <= current.value <= last + _DATE_TOLERANCE)


def is_in_the_future(mention: Mention, times: SnapshotTimes | None) -> bool:
    """Return whether a date is after the later snapshot; False if it has no year, or if the time is unknown."""
    if times is None or mention.type is not MentionType.DATE or mention.value <= _FIRST_ORDINAL:
        return False
    return bool(mention.value > times.after.date().toordinal() + _DATE_TOLERANCE)


def counts_down(previous: Mention, current: Mention, sentence: str, times: SnapshotTimes | None) -> bool:
    """Return whether a number of days in a sentence about the time until an event fell by exactly the time between the two snapshots: "12 days left".

    See tests/monitor/diff/test_day_counters.py::test_the_days_until_an_event_are_noise.
    """
    if times is None or not (_has_value(previous) and _has_value(current)):
        return False
    if current.type is not MentionType.DURATION or _DAYS.isdisjoint(_WORD.findall((current.unit or "").lower())):
        return False
    passed = (times.after.date() - times.before.date()).days
    fell = previous.value - current.value == passed > 0
    return fell and not _UNTIL.isdisjoint(_WORD.findall(sentence.lower())) and not states_a_term(sentence)


def states_a_term(sentence: str) -> bool:
    """Return whether a sentence states a term ("valid for 90 days"), which equals the time since a date only by chance.

    See tests/monitor/diff/test_day_counters.py::test_a_term_that_equals_the_time_since_a_date_by_chance_is_reported.
    """
    return not _TERMS.isdisjoint(_WORD.findall(sentence.lower()))


def counts_time_since(
    previous: Mention, current: Mention, dates: Iterable[Mention], times: SnapshotTimes | None, heading: str | None
) -> bool:
    """Return whether a duration equals the time since a date beside it, on both sides: "Elapsed days: 212" beside "3 May 2020".

    A count of anything else never is such a duration, even if it rises by one a day.

    See tests/monitor/diff/test_day_counters.py::test_a_duration_equal_to_the_time_since_its_own_date_is_noise and
    tests/monitor/diff/test_day_counters.py::test_a_count_that_rises_by_one_a_day_is_reported.

    Args:
        previous: The earlier number.
        current: The later number.
        dates: The dates in the number's own sentence or row.
        times: The times of the snapshots; None if unknown.
        heading: The column heading or row label of the number; None without one.
    """
    if times is None or not (_is_duration(current, heading) and _has_value(previous) and _has_value(current)):
        return False
    return any(
        _is_time_since(previous, day.value, times.before.date(), scale)
        and _is_time_since(current, day.value, times.after.date(), scale)
        for day in dates
        if day.type is MentionType.DATE and day.value > _FIRST_ORDINAL
        for scale in _SCALES
    )


def _has_value(mention: Mention) -> bool:
    return isinstance(mention.value, int | float)


def _is_duration(mention: Mention, heading: str | None) -> bool:
    if mention.type is MentionType.DURATION:
        return True
    named = f"{mention.unit or ''} {heading or ''}".lower().split()
    return mention.type is MentionType.COUNT and any(word.strip(".,:()") in _UNITS for word in named)


def _is_time_since(mention: Mention, ordinal: int, today: date, scale: float) -> bool:
    """Return whether a number is the number of completed units between a date and today."""
    apart, value = abs(today.toordinal() - ordinal), abs(float(mention.value))
    return value * scale - _DATE_TOLERANCE <= apart <= (value + (scale > 1)) * scale + _DATE_TOLERANCE


def days_between(previous: Mention, current: Mention) -> int:
    """Return the days from one date to another; of a range, between the ends that differ."""
    if previous.value == current.value and previous.upper is not None and current.upper is not None:
        return _ordinal(int(current.upper)) - _ordinal(int(previous.upper))
    return _ordinal(current.value) - _ordinal(previous.value)


def iso_date(mention: Mention) -> str:
    """Return a date as ISO 8601 text: "2027-01-01"; "--01-01" if it has no year, "---01" if it has no month either, as XML Schema writes them."""
    if mention.value > _FIRST_ORDINAL:
        return date.fromordinal(mention.value).isoformat()
    month, day = divmod(mention.value, 100)
    return f"--{month:02}-{day:02}" if month else f"---{day:02}"


def _ordinal(value: int) -> int:
    """Return a date as days since 0001-01-01; one without a year or month as that of a leap year or of January."""
    if value > _FIRST_ORDINAL:
        return value
    # See tests/monitor/diff/test_dates_and_identifiers.py::test_a_day_without_a_month_is_compared.
    month, day = min(max(value // 100, 1), 12), max(value % 100, 1)
    return date(2000, month, min(day, calendar.monthrange(2000, month)[1])).toordinal()


def _second_of_day(quote: str) -> int | None:
    match = _TIME_OF_DAY.search(quote)
    if match is None:
        return None
    hour, minute, second = (int(group or 0) for group in match.groups())
    return hour * 3600 + minute * 60 + second
