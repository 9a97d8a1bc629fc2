"""Channel outages: detected from failed deliveries, and reported once each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, insert, select, text

from alerts.model import DeliveryState, Outage
from monitor.model import Change, Event, EventKind, Origin, SnapshotRef
from storage.archive import event_rows
from storage.database.connection import Database, database_now
from storage.schema import channel_states, channels, deliveries, events

# A literal, because a bound parameter would keep the partial index from being used.
_UNSENT = text("deliveries.state <> 'sent'")
_NAMES = select(channels.c.name).where(channels.c.retired_at.is_(None)).order_by(channels.c.position)
_LAST_SENT = select(func.max(deliveries.c.sent_at)).where(deliveries.c.channel == bindparam("channel"))
_TRIED = (
    select(deliveries.c.created_at, deliveries.c.attempts, deliveries.c.state, deliveries.c.last_error)
    .where(
        and_(_UNSENT, deliveries.c.channel == bindparam("channel"), deliveries.c.created_at > bindparam("last_sent")),
        deliveries.c.last_error != "",
    )
    .order_by(deliveries.c.id)
)
_FAILURES = select(channel_states.c.failures).where(channel_states.c.channel == bindparam("channel"))
_REPORTED = select(events.c.detail).where(events.c.page_id.is_(None), events.c.kind == EventKind.CHANNEL_FAILING)
_LOCK = select(channels.c.name).where(channels.c.name == bindparam("channel")).with_for_update()
_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def outages(database: Database) -> Sequence[Outage]:
    """Return an outage, reported or not, for each current channel with failed deliveries that were planned after its last successful one."""
    with database.read() as connection:
        found = [_outage(connection, name) for name in connection.execute(_NAMES).scalars().all()]
    return [outage for outage in found if outage is not None]


def record_outage(
    database: Database, channel: str, decide: Callable[[Outage], Change | None], *, now: datetime
) -> bool:
    """Store the change that `decide` returns for a channel's outage as an event without a page. The channel's row is locked meanwhile.

    Args:
        database: The database with deliveries and events.
        channel: Its name.
        decide: Pure; None if there is nothing to report.
        now: On the observing clock.

    Returns:
        Whether an event was stored.
    """
    with database.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(_LOCK, {"channel": channel})
        outage = _outage(connection, channel)
        change = None if outage is None else decide(outage)
        if change is None:
            return False
        event = Event(change, SnapshotRef(0, now), None, Origin.LIVE)
        connection.execute(
            insert(events), event_rows.event_values(event, page_id=None, read_snapshot_id=None, ordinal=0, now=now)
        )
        return True


def _outage(connection: Connection, channel: str) -> Outage | None:
    last_sent = connection.execute(_LAST_SENT, {"channel": channel}).scalar() or _BEGINNING
    tried = connection.execute(_TRIED, {"channel": channel, "last_sent": last_sent}).all()
    if not tried:
        return None
    return Outage(
        channel=channel,
        since=tried[0].created_at,
        # Many waiting deliveries are tried at once: that counts as one failure.
        tries=max(
            *(row.attempts for row in tried),
            sum(row.state is DeliveryState.DEAD for row in tried),
            connection.execute(_FAILURES, {"channel": channel}).scalar() or 0,
        ),
        refused=any(row.state is DeliveryState.DEAD for row in tried),
        last_error=tried[-1].last_error,
        reported=_reported(connection, channel, last_sent),
        now=database_now(connection),
    )


def _reported(connection: Connection, channel: str, last_sent: datetime) -> bool:
    """Whether the current outage was reported. A successful delivery ends an outage; earlier reports belong to an earlier one."""
    return any(
        detail["channel"] == channel and datetime.fromisoformat(detail["told_at"]) > last_sent
        for detail in connection.execute(_REPORTED).scalars()
    )
