"""Parsing of five-field cron lines, as defined by crontab(5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTH_NAMES = dict(
    zip(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), range(1, 13), strict=True)
)
_DAY_NAMES = dict(zip(("sun", "mon", "tue", "wed", "thu", "fri", "sat"), range(7), strict=True))
_LONGEST_MONTHS = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
_PART = re.compile(r"(?P<first>\*|\w{1,9})(?:-(?P<last>\w{1,9}))?(?:/(?P<step>\d{1,9}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CronLine:
    """A parsed cron line: the values of each field, ascending.

    Attributes:
        minutes: 0 to 59.
        hours: 0 to 23.
        days: Days of the month, 1 to 31.
        months: 1 to 12.
        weekdays: 0 (Sunday) to 6 (Saturday).
        either_day: Whether a matching day of the month or a matching weekday is enough; otherwise both must match.
        canonical: The line in the numbers above; a field that starts with "*" keeps its star, which decides `either_day`.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either_day: bool
    canonical: str

    @property
    def every_hour(self) -> bool:
        """Whether the line runs in all hours."""
        return len(self.hours) == 24


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int  # the largest value that may be written
    end: int  # the last value of "*" and "5/2": before weekday 7, which is 0 again
    names: dict[str, int]


_FIELDS = (
    _Field("minute", 0, 59, 59, {}),
    _Field("hour", 0, 23, 23, {}),
    _Field("day of month", 1, 31, 31, {}),
    _Field("month", 1, 12, 12, _MONTH_NAMES),
    _Field("day of week", 0, 7, 6, _DAY_NAMES),
)


def parse_cron(text: str) -> CronLine:
    """Parse a cron line: minute, hour, day of month, month, day of week.

    Raises:
        ValueError: The line is malformed, or names days that no month has. The message names the field and its allowed values.
    """
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"{text!r} has {len(fields)} fields; a cron line has five: minute hour day-of-month month day-of-week"
        )
    values = [_values(part, field) for part, field in zip(fields, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = values
    # crontab(5): one matching day field is enough if both are restricted, that is, if neither starts with "*".
    either_day = not fields[2].startswith("*") and not fields[4].startswith("*")
    if min(days) > max(_LONGEST_MONTHS[month] for month in months):
        raise ValueError(f"{text!r} names day {min(days)} (field day of month), which none of its months has")
    canonical = " ".join(_canonical(part, numbers) for part, numbers in zip(fields, values, strict=True))
    return CronLine(minutes, hours, days, months, weekdays, either_day, canonical)


def _values(text: str, field: _Field) -> tuple[int, ...]:
    """Return the values of a comma-separated field, ascending; of the weekday field, 0 to 6."""
    values: set[int] = set()
    for part in text.lower().split(","):
        values.update(_part(part, field))
    if field.names is _DAY_NAMES:
        values = {day % 7 for day in values}
    return tuple(sorted(values))


def _canonical(text: str, values: tuple[int, ...]) -> str:
    star = [text.split(",", maxsplit=1)[0]] if text.startswith("*") else []
    return ",".join(star if text in star else [*star, *map(str, values)])


def _part(part: str, field: _Field) -> range:
    match = _PART.fullmatch(part)
    if match is None or (match["first"] == "*" and match["last"] is not None):
        raise _wrong(part, field)
    step = int(match["step"]) if match["step"] else 1
    if step < 1:
        raise _wrong(part, field)
    if match["first"] == "*":
        return range(field.low, field.end + 1, step)
    first = _number(match["first"], part, field)
    if match["last"] is not None:
        last = _last(match["last"], first, part, field)
    else:
        last = max(first, field.end) if match["step"] else first  # "5/15" means "from 5 on, every 15"
    if first > last:
        raise _wrong(part, field)
    return range(first, last + 1, step)


def _last(text: str, first: int, part: str, field: _Field) -> int:
    last = _number(text, part, field)
    # "fri-sun" ends on the Sunday after Friday, which is 7.
    return 7 if last == 0 and first > 0 and text in _DAY_NAMES and field.names is _DAY_NAMES else last


def _number(text: str, part: str, field: _Field) -> int:
    value = field.names.get(text, int(text) if text.isdecimal() else -1)
    if not field.low <= value <= field.high:
        raise _wrong(part, field)
    return value


def _wrong(part: str, field: _Field) -> ValueError:
    names = f" or names ({', '.join(field.names)})" if field.names else ""
    return ValueError(
        f"{part!r} in the field {field.name} can not be read; it takes numbers from {field.low} to {field.high}{names}, "
        'as "*", lists (1,5), rising ranges (1-5) and steps (*/2)'
    )
