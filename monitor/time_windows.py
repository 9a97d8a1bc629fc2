"""Time windows: the hours of the week in which checks are allowed, such as "mon-fri 08:00-18:00", on the wall clock of a time zone.

A window is open whenever the zone's wall clock shows a time in it. If clocks go back, it therefore lasts an hour longer or opens again; if they go
forward, the skipped time does not occur. A window that ends before it begins spans midnight and belongs to the day on which it begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"
_WINDOW = re.compile(rf"(?P<days>[a-z,-]+)?\s*+(?:(?P<start>{_TIME})\s*-\s*(?P<end>{_TIME}))?")
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES
_MINUTE = timedelta(minutes=1)
_TAKES = 'it takes days, a range of hours or both, such as "mon-fri 08:00-18:00", "sat,sun" or "22:00-02:00"'


@dataclass(frozen=True, slots=True)
class Window:
    """A range of hours on some days of the week.

    Attributes:
        days: The days on which it begins, 0 (Monday) to 6 (Sunday).
        start: Minutes after midnight, 0 to 1439.
        length: Minutes, 1 to 1440, on the wall clock.
    """

    days: frozenset[int]
    start: int
    length: int

    def contains(self, wall: datetime) -> bool:
        """Return whether a wall-clock time is in the window."""
        minute = wall.hour * 60 + wall.minute
        since = minute - self.start
        if 0 <= since < self.length:
            return wall.weekday() in self.days
        # It began the day before.
        return since + _DAY_MINUTES < self.length and (wall.weekday() - 1) % 7 in self.days


@lru_cache(maxsize=1024)
def parse_window(text: str) -> Window:
    """Parse a window.

    Raises:
        ValueError: The text is malformed, or the window is empty.
    """
    match = _WINDOW.fullmatch(text.strip().lower())
    if match is None or not (match["days"] or match["start"]):
        raise ValueError(f'found "{text}"; {_TAKES}')
    days = _days(match["days"], text) if match["days"] else frozenset(range(7))
    if match["start"] is None:
        return Window(days, 0, _DAY_MINUTES)
    start, end = _minutes(match["start"]), _minutes(match["end"])
    if start in (end, _DAY_MINUTES):
        raise ValueError(f'found "{text}", which lasts no time; a whole day is "00:00-24:00"')
    return Window(days, start, end - start if end > start else end - start + _DAY_MINUTES)


def is_open(windows: Sequence[str], time_zone: ZoneInfo, now: datetime) -> bool:
    """Return whether checks are allowed at `now`; without windows they always are."""
    wall = now.astimezone(time_zone)
    return not windows or any(parse_window(text).contains(wall) for text in windows)


def cover_the_week(windows: Sequence[str]) -> bool:
    """Return whether windows contain every minute of the week."""
    minutes = bytearray(_WEEK_MINUTES + _DAY_MINUTES)  # a window of Sunday may end on Monday
    for window in map(parse_window, windows):
        for day in window.days:
            start = day * _DAY_MINUTES + window.start
            minutes[start : start + window.length] = b"\1" * window.length
    after = minutes[_WEEK_MINUTES:]
    return all(minutes[_DAY_MINUTES:_WEEK_MINUTES]) and all(map(max, minutes[:_DAY_MINUTES], after))


def next_open(windows: Sequence[str], time_zone: ZoneInfo, now: datetime) -> datetime:
    """Return the first moment from `now` on at which checks are allowed, in UTC.

    Raises:
        ValueError: No window opens in the next weeks, because they lie in hours skipped by clock changes.
    """
    if is_open(windows, time_zone, now):
        return now.astimezone(UTC)
    begins = (
        start for start in _starts(windows, time_zone, now) if start >= now and is_open(windows, time_zone, start)
    )
    first = min(begins, default=None)
    if first is None:
        raise ValueError(f"the windows {', '.join(windows)} never open in {time_zone.key}")
    return first


def open_for(windows: Sequence[str], time_zone: ZoneInfo, now: datetime, longest: timedelta) -> timedelta:
    """Return how long checks stay allowed from `now` on, to the minute, at most `longest`; zero if they are not allowed."""
    if not windows:
        return longest
    end = now
    while end - now < longest and is_open(windows, time_zone, end):
        end = end.replace(second=0, microsecond=0) + _MINUTE
    return min(end - now, longest)


def _starts(windows: Sequence[str], time_zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """Yield when windows may open: at their first minute, both times if it repeats, after the gap if it is skipped; and where clocks go back."""
    today = now.astimezone(time_zone).date()
    for ahead in range(-1, 16):
        day = today + timedelta(days=ahead)
        yield from _set_back(day, time_zone)
        for window in map(parse_window, windows):
            if day.weekday() in window.days:
                wall = datetime.combine(day, time(window.start // 60, window.start % 60), tzinfo=time_zone)
                early, late = sorted(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
                # For a skipped time, the two interpretations enclose the gap, so its end lies between them.
                skipped = early.astimezone(time_zone).replace(tzinfo=None) != wall.replace(tzinfo=None)
                yield from _minutes_between(early, late) if skipped else (early, late)


def _set_back(day: date, time_zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moment of a day at which clocks go back, if there is one."""
    first, last = (
        datetime.combine(day + timedelta(days=ahead), time(), tzinfo=time_zone).astimezone(UTC) for ahead in (0, 1)
    )
    if last - first > timedelta(days=1):
        offset = first.astimezone(time_zone).utcoffset()
        yield next(
            moment for moment in _minutes_between(first, last) if moment.astimezone(time_zone).utcoffset() != offset
        )


def _minutes_between(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += _MINUTE


def _days(text: str, window: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        names = (first, last) if dash else (first,)
        if any(name not in DAYS for name in names):
            raise ValueError(f'found "{window}"; days are {", ".join(DAYS)}, as lists (sat,sun) and ranges (mon-fri)')
        begin, end = DAYS.index(first), DAYS.index(names[-1])
        days.update(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
    return frozenset(days)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
