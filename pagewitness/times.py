"""Parsing of times that users enter."""

from __future__ import annotations

from datetime import UTC, datetime

from pagewitness.validation_messages import render_value

_TAKES = "write it like 2024-10-01 or 2024-10-01T12:30:00Z"


def utc_time(text: str) -> datetime:
    """Parse an ISO 8601 time and return it in UTC; a time without a zone is taken as UTC.

    Raises:
        ValueError: The text is not a time, or is outside the years 1 to 9999 in UTC.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{render_value(text)} is no time; {_TAKES}") from None
    try:
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{render_value(text)} lies outside the years 1 to 9999 in UTC; {_TAKES}") from None
