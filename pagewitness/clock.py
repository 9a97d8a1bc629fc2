"""The wall clock: the one place that asks the machine what time it is. Everybody else is handed `now`."""

from __future__ import annotations

from datetime import UTC, datetime


def system_clock() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 (this is the clock)
