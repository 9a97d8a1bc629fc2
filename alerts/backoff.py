"""When a failed delivery is tried again: after 10 s, doubling to an hour, for as long as it takes. Pure."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=10)
LONGEST = timedelta(hours=1)
LONGEST_ASKED = timedelta(days=1)
"""A longer Retry-After is cut to this: nobody may put an alert off for good by asking for years."""


def retry_in(attempts: int, retry_after: float | None = None) -> timedelta:
    """How long to wait after try number `attempts` (from 1) failed.

    Args:
        attempts: Tries so far.
        retry_after: Seconds that the other side asked for; kept where longer than the schedule.
    """
    doublings = min(max(attempts - 1, 0), 10)  # nine already go past the hour
    scheduled = min(FIRST * (1 << doublings), LONGEST)
    asked = timedelta(seconds=min(retry_after or 0.0, LONGEST_ASKED.total_seconds()))
    return max(scheduled, asked)
