"""Backoff of failed deliveries: 10 s, doubling up to one hour, without a limit on attempts. Pure."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=10)
LONGEST = timedelta(hours=1)
LONGEST_ASKED = timedelta(days=1)
"""Upper limit for Retry-After, so that a receiver cannot postpone an alert forever."""


def retry_in(attempts: int, retry_after: float | None = None) -> timedelta:
    """Return how long to wait after attempt number `attempts` (from 1) failed.

    Args:
        attempts: Attempts so far.
        retry_after: Seconds that the receiver asked for; used where longer than the schedule.
    """
    doublings = min(max(attempts - 1, 0), 10)  # nine already exceed the hour
    scheduled = min(FIRST * (1 << doublings), LONGEST)
    asked = timedelta(seconds=min(retry_after or 0.0, LONGEST_ASKED.total_seconds()))
    return max(scheduled, asked)
