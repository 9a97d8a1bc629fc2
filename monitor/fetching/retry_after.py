"""What a response asks of its guests: to be left alone for a while. Pure."""

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
    """Whether a response asks to be left alone."""
    return exchange.status in BUSY


def backoff_for(exchange: Exchange, failures: int) -> timedelta | None:
    """How long a host is to be left alone after a response; None where it did not ask for that.

    What Retry-After says, 10 seconds at least and 24 hours at most; without it 10 seconds, doubled with each failure in a row, an hour at most.

    Args:
        exchange: The response.
        failures: How many looks in a row, this one included, brought no response or such a one.
    """
    if not is_rate_limited(exchange):
        return None
    asked = retry_after(exchange)
    if asked is not None:
        return min(max(asked, SHORTEST), LONGEST)
    doublings = min(max(failures, 1) - 1, _MOST_DOUBLINGS)
    return min(timedelta(seconds=SHORTEST.total_seconds() * 2**doublings), LONGEST_UNASKED)


def retry_after(exchange: Exchange) -> timedelta | None:
    """What the Retry-After field asks for (RFC 9110 §10.2.3), in seconds or as a date; None without it, or where it can not be read.

    A date is held against the server's own, where it sent one: its clock may be wrong.
    """
    return wait_of(exchange.header("Retry-After") or "", _date(exchange.header("Date") or "") or exchange.started_at)


def wait_of(field: str, now: datetime) -> timedelta | None:
    """The wait that the value of a Retry-After field asks for, 24 hours at most; None where it can not be read.

    Args:
        field: A number of seconds, or a date.
        now: What a date is held against.
    """
    value = field.strip()
    if value.isascii() and value.isdigit():
        digits = value.lstrip("0")
        return LONGEST if len(digits) > len("86400") else min(timedelta(seconds=int(digits or "0")), LONGEST)
    until = _date(value)
    return None if until is None else min(max(until - now, timedelta(0)), LONGEST)


def requested_backoff(exchange: Exchange) -> str:
    """What a host said that asks to be left alone, in one line for people: strangers wrote part of it."""
    asked = exchange.header("Retry-After")
    said = f"{exchange.url} answered {exchange.status}" + (f", Retry-After: {asked[:_LONGEST_DATE]}" if asked else "")
    return "".join(character if character.isprintable() else " " for character in said)


def _date(text: str) -> datetime | None:
    """A date as in header fields, in UTC; None where it names none that there is."""
    if len(text) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(text.strip())
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
