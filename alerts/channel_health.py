"""When a channel counts as failing, and the event that reports it, once per outage. Pure."""

from __future__ import annotations

from datetime import timedelta

from alerts.model import Outage
from monitor.limits import SUMMARY_CHARS, cut
from monitor.model import Change, EventKind, Level, Reason
from monitor.times import iso_offset

TRIES = 5
"""Consecutive failed attempts after which a channel is reported as failing."""

PATIENCE = timedelta(hours=1)
"""How long a channel may fail before it is reported, even with fewer attempts."""


def channel_failing(outage: Outage) -> Change | None:
    """Return the change to report for a channel that accepts nothing; None while the failure may be temporary, and where it was already reported."""
    hopeless = outage.tries > 1 or outage.refused
    long = outage.now - outage.since >= PATIENCE and hopeless
    if outage.reported or not (long or outage.tries >= TRIES):
        return None
    return Change(
        EventKind.CHANNEL_FAILING,
        Level.HEALTH,
        Reason.CHANNEL_FAILING,
        detail={
            "channel": outage.channel,
            "since": iso_offset(outage.since),
            "attempts": outage.tries,
            "last_error": cut(outage.last_error, SUMMARY_CHARS),
            "told_at": iso_offset(outage.now),
        },
    )
