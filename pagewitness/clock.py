"""The system clock: the only module that reads the current time. All other code receives `now` as a parameter."""

from __future__ import annotations

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Return the current time as an aware datetime in UTC."""
    return datetime.now(UTC)  # noqa: TID251 (this is the clock)
