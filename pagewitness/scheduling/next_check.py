"""When a page is due next. Knows schedules and the calendar; no pages, no database, no clock (`now` is handed in)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from monitor.model import Schedule
from pagewitness.scheduling.cron import CronLine, parse_cron, zone
from pagewitness.scheduling.time_windows import is_open, next_open, open_for

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEADY_FROM = timedelta(minutes=1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
_FIRST_RETRY = timedelta(minutes=10)
_MOST_DOUBLINGS = 24  # 10 minutes, 24 times doubled, is longer than any interval
_GAPS = 15
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def phase_of(url: str) -> float:
    """Where in its interval a URL is looked at, from 0 up to (not including) 1.

    Stable over restarts and machines, and even over many URLs: a thousand hourly pages spread over the hour.
    """
    return int.from_bytes(hashlib.sha256(url.encode()).digest()[:6]) / 2**48


def next_time(
    schedule: Schedule,
    now: datetime,
    *,
    last: datetime | None = None,
    phase: float = 0.0,
    interval: timedelta | None = None,
    chance: float = 0.0,
) -> datetime:
    """When a page is due next: always after `now`, in UTC.

    However long ago the last look was (a laptop slept, a clock was put forward), it is due once and not once for each look that was missed.

    Args:
        schedule: An interval, or a cron line that `pagewitness.scheduling.cron.parse_cron` takes.
        now: The time of asking.
        last: The last look; None where that is `now`. An interval from 1 minute up comes no sooner than half of itself after it.
        phase: See `phase_of`; used by intervals from 1 minute up.
        interval: What an adaptive schedule has come to; None takes the schedule's own.
        chance: From 0 up to (not including) 1; how much of the jitter is used. Intervals below 1 minute have none.

    Raises:
        ValueError: The schedule has neither interval nor cron line, or the line can not be read.
    """
    if schedule.cron is not None:
        return _next_cron(schedule.cron, schedule.timezone, now) + schedule.jitter * chance
    every = interval or schedule.every
    if every is None:
        raise ValueError("a schedule needs an interval or a cron line")
    if every < _STEADY_FROM:
        return _in_window(schedule, now + every, now + every, every, phase)
    soonest = max(now + _MOMENT, (last or now) + every / 2)
    due = _in_window(schedule, _next_in_phase(every, now, last or now, phase), soonest, every, phase)
    if not schedule.jitter:
        return due
    # Less a moment: a product that is rounded up must not fall on the closing.
    return due + (open_for(schedule.windows, zone(schedule.timezone), due, schedule.jitter) - _MOMENT) * chance


def usual_interval(schedule: Schedule, interval: timedelta | None = None) -> timedelta:
    """How long it usually is from one look to the next; for a cron line the median of its next gaps.

    Args:
        schedule: As for `next_time`.
        interval: What an adaptive schedule has come to; None takes the schedule's own.

    Raises:
        ValueError: As `next_time`.
    """
    if schedule.cron is not None:
        return _usual_gap(schedule.cron, schedule.timezone)
    every = interval or schedule.every
    if every is None:
        raise ValueError("a schedule needs an interval or a cron line")
    return every


def adapt(interval: timedelta, changed: bool, bounds: tuple[timedelta, timedelta]) -> tuple[timedelta, str]:
    """The next interval of a page that is looked at often while it changes, and why, for people.

    Half of the present one after a look that brought a new version, half as much again after one that did not, within the bounds.

    Args:
        interval: The present interval.
        changed: Whether the last look brought a new version.
        bounds: The shortest and the longest interval.
    """
    shortest, longest = bounds
    wanted = min(max(interval / 2 if changed else interval * 1.5, shortest), longest)
    seen = "changed" if changed else "had not changed"
    limits = f"between {interval_text(shortest)} and {interval_text(longest)}"
    return wanted, f"it {seen} at the last check, so it is checked every {interval_text(wanted)} ({limits})"


def after_failure(
    schedule: Schedule, failures: int, chance: float = 0.0, interval: timedelta | None = None
) -> timedelta:
    """How long to wait after looks in a row that brought no response, or one that asks to be left alone.

    The first wait is the page's usual interval, 10 minutes at most; each further one is twice as long, up to the usual interval. A page that is
    looked at more often than every 10 minutes is asked less often while it fails, up to once an hour.

    Args:
        schedule: As for `next_time`.
        failures: How many looks in a row failed, from 1.
        chance: From 0 up to (not including) 1; takes off up to a tenth, so that pages that failed together do not come back together.
        interval: What an adaptive schedule has come to; None takes the schedule's own.

    Raises:
        ValueError: As `next_time`.
    """
    usual = usual_interval(schedule, interval)
    longest = usual if usual >= _FIRST_RETRY else _HOUR
    doublings = min(max(failures, 1) - 1, _MOST_DOUBLINGS)
    wait: timedelta = min(min(usual, _FIRST_RETRY) * 2**doublings, longest)
    return wait * (1 - chance / 10)


def next_try(
    schedule: Schedule,
    now: datetime,
    failures: int,
    *,
    phase: float = 0.0,
    chance: float = 0.0,
    interval: timedelta | None = None,
) -> datetime:
    """When a page that could not be had is due next: after `after_failure`, but within its windows, and no later than its schedule says.

    A page that is looked at more often than every 10 minutes may come later than that.
    """
    retry = now + after_failure(schedule, failures, chance, interval)
    if schedule.windows:
        retry = next_open(schedule.windows, zone(schedule.timezone), retry)
    if usual_interval(schedule, interval) < _FIRST_RETRY:
        return retry
    return min(retry, next_time(schedule, now, phase=phase, interval=interval, chance=chance))


def too_far(schedule: Schedule, due: datetime, now: datetime, *, interval: timedelta | None = None) -> bool:
    """Whether a page is due so late that only a clock that was put back can explain it.

    Later, that is, than it would be for reasons of its own by more than two usual intervals, its jitter and an hour (the longest wait after failures).
    """
    usual = usual_interval(schedule, interval)
    slack = 2 * usual + schedule.jitter + _HOUR
    return due - now > slack and due - next_time(schedule, now + slack, interval=interval) > slack


def interval_text(length: timedelta) -> str:
    """A length of time for people, its two largest parts: "1 h 30 min", "2 d", "45 s"."""
    seconds = round(length.total_seconds())
    parts: list[tuple[int, str]] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or f"{length.total_seconds():g} s"


def _next_in_phase(every: timedelta, now: datetime, last: datetime, phase: float) -> datetime:
    """The smallest time after `now` that lies at `phase` of the intervals since 1970, but not within half an interval after `last`."""
    offset = _EPOCH + every * phase
    due = offset + every * ((now - offset) // every + 1)
    return due if due - last >= every / 2 else due + every


def _in_window(schedule: Schedule, due: datetime, soonest: datetime, every: timedelta, phase: float) -> datetime:
    """`due` where looking is allowed then; otherwise a place of the page's own in the first window from `soonest` on.

    That is where its interval falls in that window; where it never does, anywhere in the window's first stretch: not all at the opening minute.
    """
    here = zone(schedule.timezone)
    if is_open(schedule.windows, here, due):
        return due
    opening = next_open(schedule.windows, here, soonest)
    length = open_for(schedule.windows, here, opening, min(every, _DAY))
    if every >= _STEADY_FROM:
        regular = _next_in_phase(every, opening, opening - every, phase)
        if regular - opening < length:
            return regular
    return opening + (length - _MOMENT) * phase


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


@lru_cache(maxsize=1024)
def _usual_gap(text: str, timezone: str) -> timedelta:
    times, now = [], _EPOCH.replace(year=2024)
    for _ in range(_GAPS + 1):
        now = _next_cron(text, timezone, now)
        times.append(now)
    return sorted(later - earlier for earlier, later in pairwise(times))[_GAPS // 2]


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
