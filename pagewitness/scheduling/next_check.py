"""Computation of a page's next due time from its schedule and the calendar, and of its adaptive interval. Pure: no database and no clock; `now` is a parameter."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim

from monitor.model import Schedule
from monitor.time_windows import is_open, next_open, open_for
from monitor.time_zones import zone
from pagewitness.scheduling.cron import CronLine, parse_cron

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEADY_FROM = timedelta(minutes=1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
_FIRST_RETRY = timedelta(minutes=10)
_MAX_DOUBLINGS = 24  # 10 minutes, 24 times doubled, is longer than any interval
_GAPS = 15


def phase_of(url: str) -> float:
    """Return the phase of a URL's checks within its interval, from 0 up to (not including) 1.

    The phase is stable across restarts and machines, and evenly distributed over URLs: a thousand hourly pages spread over the hour.
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
    """Return when a page is due next: always after `now`, in UTC.

    However long ago the last check was (a suspended machine, a clock set forward), the page is due once, not once for each missed check.

    Args:
        schedule: An interval, or a cron line that `pagewitness.scheduling.cron.parse_cron` accepts.
        now: The current time.
        last: The time of the last check; None means `now`. With an interval from 1 minute up, the next check is at least half an interval after it.
        phase: See `phase_of`; used by intervals from 1 minute up.
        interval: The current interval of an adaptive schedule; None uses the schedule's own.
        chance: From 0 up to (not including) 1; the fraction of the jitter to use. Intervals below 1 minute have none.

    Raises:
        ValueError: The schedule has neither an interval nor a cron line, or the line is malformed.
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
    # Subtract a moment, so that rounding up does not reach the closing time.
    return due + (open_for(schedule.windows, zone(schedule.timezone), due, schedule.jitter) - _MOMENT) * chance


def usual_interval(schedule: Schedule, interval: timedelta | None = None) -> timedelta:
    """Return the usual time between two checks; for a cron line, the median of its next gaps.

    Args:
        schedule: As for `next_time`.
        interval: The current interval of an adaptive schedule; None uses the schedule's own.

    Raises:
        ValueError: As for `next_time`.
    """
    if schedule.cron is not None:
        return _usual_gap(schedule.cron, schedule.timezone)
    every = interval or schedule.every
    if every is None:
        raise ValueError("a schedule needs an interval or a cron line")
    return every


def adapt(interval: timedelta, changed: bool, bounds: tuple[timedelta, timedelta]) -> tuple[timedelta, str]:
    """Return the next interval of a page with an adaptive schedule, and the reason as text.

    The interval is halved after a check with a new version and multiplied by 1.5 after one without, within the bounds.

    Args:
        interval: The current interval.
        changed: Whether the last check produced a new version.
        bounds: The shortest and the longest interval.
    """
    shortest, longest = bounds
    adapted = min(max(interval / 2 if changed else interval * 1.5, shortest), longest)
    result = "changed" if changed else "had not changed"
    limits = f"between {interval_text(shortest)} and {interval_text(longest)}"
    return adapted, f"it {result} at the last check, so it is checked every {interval_text(adapted)} ({limits})"


def after_failure(
    schedule: Schedule, failures: int, chance: float = 0.0, interval: timedelta | None = None
) -> timedelta:
    """Return how long to wait after consecutive checks without a response, or with a response that asks for backoff.

    The first wait is the page's usual interval, at most 10 minutes; each further one is twice as long, up to the usual interval. For a page that is
    checked more often than every 10 minutes, the wait grows up to one hour.

    Args:
        schedule: As for `next_time`.
        failures: The number of consecutive failed checks, from 1.
        chance: From 0 up to (not including) 1; shortens the wait by up to a tenth, so that pages that failed together are not retried together.
        interval: The current interval of an adaptive schedule; None uses the schedule's own.

    Raises:
        ValueError: As for `next_time`.
    """
    usual = usual_interval(schedule, interval)
    longest = usual if usual >= _FIRST_RETRY else _HOUR
    doublings = min(max(failures, 1) - 1, _MAX_DOUBLINGS)
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
    """Return when a page that could not be fetched is due next: after `after_failure`, within its windows, and no later than scheduled.

    A page that is checked more often than every 10 minutes may be due later than scheduled.
    """
    retry = now + after_failure(schedule, failures, chance, interval)
    if schedule.windows:
        retry = next_open(schedule.windows, zone(schedule.timezone), retry)
    if usual_interval(schedule, interval) < _FIRST_RETRY:
        return retry
    return min(retry, next_time(schedule, now, phase=phase, interval=interval, chance=chance))


def too_far(schedule: Schedule, due: datetime, now: datetime, *, interval: timedelta | None = None) -> bool:
    """Return whether a page is due so late that only a clock that was set back can explain it.

    That is the case if it is later than its schedule explains by more than two usual intervals, its jitter and an hour (the longest backoff).
    See tests/pagewitness/scheduling/test_next_check.py::test_a_planned_time_is_never_mistaken_for_a_clock_that_was_set_back.
    """
    usual = usual_interval(schedule, interval)
    slack = 2 * usual + schedule.jitter + _HOUR
    return due - now > slack and due - next_time(schedule, now + slack, interval=interval) > slack


def interval_text(length: timedelta) -> str:
    """Format a duration by its two largest units: "1 h 30 min", "2 d", "45 s"."""
    seconds = round(length.total_seconds())
    units: list[tuple[int, str]] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count or units:
            units.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in units[:2] if count) or f"{length.total_seconds():g} s"


def _next_in_phase(every: timedelta, now: datetime, last: datetime, phase: float) -> datetime:
    """Return the first time after `now` at `phase` of the intervals since 1970 that is at least half an interval after `last`."""
    offset = _EPOCH + every * phase
    due = offset + every * ((now - offset) // every + 1)
    return due if due - last >= every / 2 else due + every


def _in_window(schedule: Schedule, due: datetime, soonest: datetime, every: timedelta, phase: float) -> datetime:
    """Return `due` if checks are allowed then; otherwise a time of the page's own in the first window from `soonest` on.

    That is the page's phase if it falls into that window; otherwise a point in the window's first stretch, so that pages spread beyond the opening minute.
    """
    time_zone = zone(schedule.timezone)
    if is_open(schedule.windows, time_zone, due):
        return due
    opening = next_open(schedule.windows, time_zone, soonest)
    length = open_for(schedule.windows, time_zone, opening, min(every, _DAY))
    if every >= _STEADY_FROM:
        regular = _next_in_phase(every, opening, opening - every, phase)
        if regular - opening < length:
            return regular
    return opening + (length - _MOMENT) * phase


# --- cron ------------------------------------------------------------------------------------------------------------
# cronsim finds the wall-clock times, in UTC, where every day has 24 hours; the time zone is applied to its results here. Given the real zone, it skips
# the day of a spring change for "*/15 2 * * *" in Berlin, because hour 2 is missing on that day.
# See docs/decisions/0033-libraries-tried.md and tests/pagewitness/scheduling/test_next_check.py::test_no_day_is_lost_just_after_a_change_of_clocks.


def _next_cron(text: str, timezone: str, now: datetime) -> datetime:
    """Return the next real time at which the zone's wall clock matches the line.

    A wall-clock time skipped in spring uses the offset before the change (02:30 runs at 03:30). One that occurs twice in autumn runs once if
    the line names hours, and twice if it runs every hour, so that "*/15 * * * *" continues through the change.
    """
    line = _parsed(text)
    time_zone = zone(timezone)
    best: datetime | None = None
    for wall in CronSim(line.canonical, _search_from(now, time_zone)):
        first = _to_utc(wall, time_zone, fold=0)
        times = (
            [first, _to_utc(wall, time_zone, fold=1)] if line.every_hour and _is_repeated(wall, time_zone) else [first]
        )
        best = min((time for time in (best, *times) if time is not None and time > now), default=None)
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


def _search_from(now: datetime, time_zone: ZoneInfo) -> datetime:
    """Return the earliest wall-clock time to search from, tagged UTC: `now` with the offset of an hour ago, of now and of an hour ahead.

    The three differ only around a clock change; the earliest then ensures that no time just skipped or about to repeat is missed.
    """
    candidates = [(now.astimezone(UTC) + _offset(now + step, time_zone)) for step in (-_HOUR, timedelta(), _HOUR)]
    return min(candidates)


def _offset(time: datetime, time_zone: ZoneInfo) -> timedelta:
    return time.astimezone(time_zone).utcoffset() or timedelta()


def _to_utc(wall: datetime, time_zone: ZoneInfo, *, fold: int) -> datetime:
    return wall.replace(tzinfo=time_zone, fold=fold).astimezone(UTC)


def _is_repeated(wall: datetime, time_zone: ZoneInfo) -> bool:
    return _to_utc(wall, time_zone, fold=1) > _to_utc(wall, time_zone, fold=0)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> CronLine:
    return parse_cron(text)
