"""When a channel counts as failing, and the event that reports it, once per outage. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.model import Outage
from monitor.model import Change, EventKind, Level
from rendering.text_safety import one_line

TRIES = 5
"""Consecutive failed attempts after which a channel is reported as failing."""

PATIENCE = timedelta(hours=1)
"""How long a channel may fail before it is reported, even with fewer attempts."""

_ERROR_LIMIT = 200


def channel_failing(outage: Outage) -> Change | None:
    """Return the change to report for a channel that accepts nothing; None while the failure may be temporary, and where it was already reported."""
    hopeless = outage.tries > 1 or outage.refused
    long = outage.now - outage.since >= PATIENCE and hopeless
    if outage.told or not (long or outage.tries >= TRIES):
        return None
    tries = f"{outage.tries} {'try' if outage.tries == 1 else 'tries'}"
    return Change(
        EventKind.CHANNEL_FAILING,
        Level.HEALTH,
        f"nothing gets through {outage.channel} since {_minute(outage.since)}: {tries} failed,"
        f" the last: {one_line(outage.last_error, _ERROR_LIMIT)}",
        detail={"channel": outage.channel, "since": outage.since.isoformat(), "told_at": outage.now.isoformat()},
    )


def _minute(time: datetime) -> str:
    here = time.astimezone(UTC)
    return f"{here.day} {here:%B %Y %H:%M} UTC"
