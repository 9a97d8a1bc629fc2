"""When a channel counts as failing, and what is told of it then: once for each outage. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.model import Outage
from alerts.rendering.text_safety import one_line
from monitor.model import Change, EventKind, Level

TRIES = 5
"""Failed tries in a row after which a channel is told failing."""

PATIENCE = timedelta(hours=1)
"""How long a channel may fail before that is told, however few tries there were."""

_ERROR_LIMIT = 200


def channel_failing(outage: Outage) -> Change | None:
    """What is to be told of a channel that takes nothing; None while it may be a hiccup, and where it was told already."""
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
