"""Times and durations as text. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def day(time: datetime) -> str:
    """Return an aware time as "1 March 2021", in UTC."""
    utc = time.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y}"


def minute(time: datetime) -> str:
    """Return an aware time as "1 March 2021 12:00 UTC"."""
    return f"{day(time)} {time.astimezone(UTC):%H:%M} UTC"


def in_zone(time: datetime, timezone: str) -> str:
    """Return an aware time to the second in UTC, "2021-03-01 12:00:00 UTC", or in another zone with UTC, "2021-03-01 13:00:00 Europe/Berlin (12:00:00 UTC)".

    Args:
        time: The time.
        timezone: IANA name.
    """
    utc = time.astimezone(UTC)
    if timezone == "UTC":
        return f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    wall = time.astimezone(ZoneInfo(timezone))
    day = "" if wall.date() == utc.date() else f"{utc:%Y-%m-%d} "
    return f"{wall:%Y-%m-%d %H:%M:%S} {timezone} ({day}{utc:%H:%M:%S} UTC)"


def duration(seconds: int) -> str:
    """Return a duration in its largest whole unit: "12 days"."""
    for unit, size in _UNITS:
        if seconds >= size:
            return counted(seconds // size, unit)
    return counted(0, "second")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 check", "1,200 checks"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
