"""When a channel's messages are sent, as declared: digests, quiet hours, rate limit, pause. Pure values; `alerts.holding` applies them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.time_windows import DAYS
from monitor.time_zones import zone

PER_HOUR = 20
"""Default number of messages that a channel sends in an hour."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZES = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_EVERY = re.compile(r"(?P<number>[1-9]\d{0,4})\s?(?P<unit>[mhd])")
_AT = re.compile(
    r"(?:daily|weekly\s+(?P<day>[a-z]{3}))\s+(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?:\s+(?P<zone>[a-z0-9_+/-]{1,60}))?",
    re.IGNORECASE,
)
_TAKES = 'it takes an interval such as "1h", "daily 08:00", or "weekly mon 08:00", these two with a time zone if wanted: "daily 08:00 Europe/Berlin"'
_LONGEST = timedelta(days=31)
_WEEK_AND_MORE = 9  # days: the time of the first may be over, and a clock change may move the last


@dataclass(frozen=True, slots=True)
class Digest:
    """When a digest is sent.

    Attributes:
        every: The interval, counted from 1970-01-01 00:00 UTC, so that all processes send at the same times; None where `at` is given.
        at: Time of day on the wall clock; None where `every` is given.
        day: Day of the week, 0 (Monday) to 6; None for every day.
        timezone: IANA name; None for the channel's time zone.
    """

    every: timedelta | None = None
    at: time | None = None
    day: int | None = None
    timezone: str | None = None

    def __str__(self) -> str:
        """Return it as `parse_digest` takes it."""
        if self.every is not None:
            return f"{int(self.every / timedelta(minutes=1))}m"
        day = "daily" if self.day is None else f"weekly {DAYS[self.day]}"
        return " ".join([day, f"{self.at:%H:%M}", *([self.timezone] if self.timezone else [])])

    def next(self, now: datetime, timezone: str) -> datetime:
        """Return the first time after `now` at which it is sent, in UTC; a wall-clock time that a change of clocks skips is moved on by the length of the gap.

        Args:
            now: An aware time.
            timezone: IANA name of the channel's time zone, used where the digest names none.
        """
        if self.every is not None:
            return now + self.every - (now.astimezone(UTC) - _EPOCH) % self.every
        assert self.at is not None
        time_zone = zone(self.timezone or timezone)
        today = now.astimezone(time_zone).date()
        for ahead in range(_WEEK_AND_MORE):
            day = today + timedelta(days=ahead)
            if self.day is None or day.weekday() == self.day:
                moment = _on_wall_clock(day, self.at, time_zone)
                if moment > now:
                    return moment
        raise AssertionError("a week contains every day")


def _on_wall_clock(day: date, at: time, time_zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, at, tzinfo=time_zone)
    return wall.astimezone(
        UTC
    )  # fold=0: the first of a repeated time; a skipped time is moved on by the length of the gap


def parse_digest(text: str) -> Digest:
    """Parse "1h", "daily 08:00 Europe/Berlin" or "weekly mon 08:00".

    Raises:
        ValueError: The text is malformed, or names an unknown time zone.
    """
    every = _EVERY.fullmatch(text.strip())
    if every is not None:
        interval = int(every["number"]) * _SIZES[every["unit"]]
        if interval > _LONGEST:
            raise ValueError(f'found "{text}"; a digest is sent at least every 31 days')
        return Digest(every=interval)
    found = _AT.fullmatch(" ".join(text.split()))
    if found is None:
        raise ValueError(f'found "{text}"; {_TAKES}')
    day = None
    if found["day"] is not None:
        if found["day"].lower() not in DAYS:
            raise ValueError(f'found "{text}"; days are {", ".join(DAYS)}')
        day = DAYS.index(found["day"].lower())
    if found["zone"] is not None:
        zone(found["zone"])
    return Digest(at=time(int(found["hour"]), int(found["minute"])), day=day, timezone=found["zone"])


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """When a channel's messages are sent.

    Attributes:
        digest: Collects everything until its times; None sends at once.
        quiet_hours: Time windows on the wall clock of `timezone` in which nothing but changes of facts is sent, "22:00-07:00", "sat,sun".
        timezone: IANA name. Messages give times in it, with UTC.
        per_hour: Maximum number of messages in an hour; None for no limit.
        paused_until: Nothing is sent before; None: not paused.
    """

    digest: Digest | None = None
    quiet_hours: tuple[str, ...] = ()
    timezone: str = "UTC"
    per_hour: int | None = PER_HOUR
    paused_until: datetime | None = None


DEFAULT_POLICY = DeliveryPolicy()
