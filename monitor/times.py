"""Text form of times in events and JSON output. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def iso_utc(time: datetime) -> str:
    """Return an aware time as "2021-03-01T12:00:00.000000Z"."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def iso_offset(time: datetime) -> str:
    """Return an aware time as "2021-03-01T12:00:00+00:00", the form of times in the details of page health events; they are stored."""
    return time.astimezone(UTC).isoformat()
