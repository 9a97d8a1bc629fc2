"""Backoff requested by a response: Retry-After and rate-limiting status codes. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Exchange

BUSY = frozenset({429, 503})
"""Too Many Requests (RFC 6585 §4) and Service Unavailable (RFC 9110 §15.6.4)."""

SHORTEST, LONGEST_UNASKED, LONGEST = timedelta(seconds=10), timedelta(hours=1), timedelta(hours=24)
_MOST_DOUBLINGS = 12
_LONGEST_DATE = 100


def is_rate_limited(exchange: Exchange) -> bool:
    """Return whether a response asks for a backoff."""
    return exchange.status in BUSY


def backoff_for(exchange: Exchange, failures: int) -> timedelta | None:
    """Return the backoff for a host after a response; None where it did not ask for one.

    The value of Retry-After, at least 10 seconds and at most 24 hours; without it 10 seconds, doubled with each consecutive failure, at most an hour.

    Args:
        exchange: The response.
        failures: Consecutive checks, this one included, without a response or with a rate-limiting one.
    """
    if not is_rate_limited(exchange):
        return None
    requested = retry_after(exchange)
    if requested is not None:
        return min(max(requested, SHORTEST), LONGEST)
    doublings = min(max(failures, 1) - 1, _MOST_DOUBLINGS)
    return min(timedelta(seconds=SHORTEST.total_seconds() * 2**doublings), LONGEST_UNASKED)


def retry_after(exchange: Exchange) -> timedelta | None:
    """Return the wait that the Retry-After field of an exchange's response asks for, as `parse_retry_after` does."""
    return parse_retry_after(exchange.header("Retry-After"), exchange.header("Date"), exchange.started_at)


def parse_retry_after(field: str | None, date: str | None, now: datetime) -> timedelta | None:
    """Return the wait that a Retry-After field asks for, at most 24 hours; None without the field, or where it cannot be parsed.

    Args:
        field: The value of Retry-After (RFC 9110 §10.2.3): a number of seconds, or a date.
        date: The value of the response's Date field. A date is compared with it, because the server's clock may be wrong.
        now: The time of the response; a date is compared with it where `date` is missing or not a valid date.
    """
    value = (field or "").strip()
    if value.isascii() and value.isdigit():
        digits = value.lstrip("0")
        return LONGEST if len(digits) > len("86400") else min(timedelta(seconds=int(digits or "0")), LONGEST)
    until = _date(value)
    return None if until is None else min(max(until - (_date(date or "") or now), timedelta(0)), LONGEST)


def requested_backoff(exchange: Exchange) -> str:
    """Return a response's request for backoff in one line for display; non-printable characters are replaced, because the server wrote part of it."""
    field = exchange.header("Retry-After")
    text = f"{exchange.url} answered {exchange.status}" + (f", Retry-After: {field[:_LONGEST_DATE]}" if field else "")
    return "".join(character if character.isprintable() else " " for character in text)


def _date(text: str) -> datetime | None:
    """Parse a date of a header field, in UTC; None where it is not a valid date."""
    if len(text) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(text.strip())
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
