"""When a channel counts as failing, and the event that reports it, once per outage. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    if outage.reported or not is_failing(outage):
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


def is_failing(outage: Outage) -> bool:
    """Return whether an outage, reported or not, is more than a temporary failure."""
    hopeless = outage.tries > 1 or outage.refused
    long = outage.now - outage.since >= PATIENCE and hopeless
    return long or outage.tries >= TRIES


def recipients(change: Change, to: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """Return the names of the channels through which a rule sends a change.

    That a channel fails is sent through the rule's other channels; where the rule has no other, through all other channels; where there is no other at
    all, through the channel itself, so that it is at least listed, and sent once the channel accepts messages again.

    Args:
        change: The change.
        to: Names of channels as in the rule; duplicates count once.
        known: Names of the active channels, in the watchlist's order. Others are left out.
    """
    named = tuple(name for name in dict.fromkeys(to) if name in known)
    if change.kind is not EventKind.CHANNEL_FAILING or not named:
        return named
    failing = change.detail.get("channel")
    others = tuple(name for name in named if name != failing)
    return others or tuple(name for name in known if name != failing) or named
