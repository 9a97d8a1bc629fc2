"""When a page is due next. Knows schedules and the calendar; no pages, no database, no clock (`now` is handed in)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from monitor.model import Schedule
from pagewitness.cron import CronLine, parse_cron, zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEADY_FROM = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def phase_of(url: str) -> float:
    """Where in its interval a URL is looked at, from 0 up to (not including) 1.

    Stable over restarts and machines, and even over many URLs: a thousand hourly pages spread over the hour.
    """
    return int.from_bytes(hashlib.sha256(url.encode()).digest()[:6]) / 2**48


def next_time(schedule: Schedule, now: datetime, *, last: datetime | None = None, phase: float = 0.0) -> datetime:
    """When a page is due next: always after `now`, in UTC.

    Args:
        schedule: An interval, or a cron line that `check_cron` takes.
        now: The time of asking.
        last: The last look; None where that is `now`. An interval from 1 minute up comes no sooner than half of itself after it.
        phase: See `phase_of`; used by intervals from 1 minute up.

    Raises:
        ValueError: The schedule has neither interval nor cron line, or the line can not be read.
    """
    if schedule.cron is not None:
        return _next_cron(schedule.cron, schedule.timezone, now)
    if schedule.every is None:
        raise ValueError("a schedule needs an interval or a cron line")
    if schedule.every < _STEADY_FROM:
        return now + schedule.every
    return _next_in_phase(schedule.every, now, last or now, phase)


def check_cron(text: str, timezone: str = "UTC") -> None:
    """Make sure that a cron line can be read and comes up at all.

    Raises:
        ValueError: It does not; the message names the field. Or no such time zone is known.
    """
    zone(timezone)
    parse_cron(text)


def _next_in_phase(every: timedelta, now: datetime, last: datetime, phase: float) -> datetime:
    """The smallest time after `now` that lies at `phase` of the intervals since 1970, but not within half an interval after `last`."""
    offset = _EPOCH + every * phase
    due = offset + every * ((now - offset) // every + 1)
    return due if due - last >= every / 2 else due + every


# --- cron ------------------------------------------------------------------------------------------------------------
# APScheduler's trigger is asked about wall-clock times, in UTC, where every day has 24 hours; the time zone is laid over its answers here.
# Asked in a zone of its own it loses an hour in each step over a spring change: "30 0 * * 1" in Berlin skipped Monday 30 March 2026 for a week.


def _next_cron(text: str, timezone: str, now: datetime) -> datetime:
    """The next real time at which the zone's clocks show what the line asks for.

    A wall-clock time that is skipped in spring counts by the old clock (02:30 comes at 03:30). One that comes twice in autumn counts once where
    the line names hours, and both times where it takes every hour, so that "*/15 * * * *" goes on through the change.
    """
    line, triggers = _triggers(text)
    here = zone(timezone)
    best: datetime | None = None
    for wall in _wall_times(triggers, _search_from(now, here)):
        first = _real(wall, here, fold=0)
        found = [first, _real(wall, here, fold=1)] if line.every_hour and _comes_twice(wall, here) else [first]
        best = min((time for time in (best, *found) if time is not None and time > now), default=None)
        if first > now:
            break
    if best is None:
        raise ValueError(f"cron line {text!r} never comes up")
    return best


def _search_from(now: datetime, here: ZoneInfo) -> datetime:
    """The earliest wall-clock time worth trying, tagged UTC: `now`, read by the clock of an hour ago, of now and of an hour on.

    They differ only around a change of clocks; there the earliest one makes sure that nothing just skipped or about to be repeated is missed.
    """
    readings = [(now.astimezone(UTC) + _offset(now + step, here)) for step in (-_HOUR, timedelta(), _HOUR)]
    return min(readings)


def _offset(time: datetime, here: ZoneInfo) -> timedelta:
    return time.astimezone(here).utcoffset() or timedelta()


def _real(wall: datetime, here: ZoneInfo, *, fold: int) -> datetime:
    return wall.replace(tzinfo=here, fold=fold).astimezone(UTC)


def _comes_twice(wall: datetime, here: ZoneInfo) -> bool:
    return _real(wall, here, fold=1) > _real(wall, here, fold=0)


def _wall_times(triggers: tuple[CronTrigger, ...], start: datetime) -> Iterator[datetime]:
    """The wall-clock times of any of the triggers after `start`, ascending, tagged UTC."""
    while True:
        start += timedelta(microseconds=1)
        times = [time for trigger in triggers if (time := trigger.get_next_fire_time(None, start)) is not None]
        if not times:
            return
        start = min(times)
        yield start


@lru_cache(maxsize=1024)
def _triggers(text: str) -> tuple[CronLine, tuple[CronTrigger, ...]]:
    """The line and its triggers: two where days of the month and of the week are both named, since either is enough then (crontab(5))."""
    line = parse_cron(text)
    if line.either_day:
        return line, (_trigger(line, leave_out="day_of_week"), _trigger(line, leave_out="day"))
    return line, (_trigger(line),)


def _trigger(line: CronLine, *, leave_out: str = "") -> CronTrigger:
    """APScheduler's trigger for a line, less one field. Weekdays go by name: it counts them from Monday, cron from Sunday."""
    fields = {
        "minute": [str(value) for value in line.minutes],
        "hour": [str(value) for value in line.hours],
        "day": [str(value) for value in line.days],
        "month": [_MONTHS[value - 1] for value in line.months],
        "day_of_week": [_WEEKDAYS[value] for value in line.weekdays],
    }
    texts = {name: ",".join(values) for name, values in fields.items() if name != leave_out}
    return CronTrigger(second=0, timezone=UTC, **texts)
