"""Statements that claim deliveries and record the results of sending them. Each runs in the caller's transaction.

None of them reads deliveries that were sent already, of which there are many. Leases, pauses and retries use the database's clock.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    text,
    type_coerce,
    update,
)

from alerts.model import ChannelTrouble, Delivery, DeliveryState, DueChannel
from storage.archive import rows
from storage.database.columns import UtcDateTime
from storage.database.connection import database_now
from storage.database.dialect import upserting
from storage.outbox.holds import detach
from storage.schema import channel_states, deliveries

# Literals, because bound parameters would keep the partial indexes from being used.
_PENDING = text("deliveries.state = 'pending'")
_UNSENT = text("deliveries.state <> 'sent'")
_LEASED = text("deliveries.lease_until IS NOT NULL")

# Steps through the index from one channel name to the next: scanning all pending deliveries every second would take time proportional to their number.
_DUE_CHANNELS = text(
    """
    WITH RECURSIVE waiting(channel) AS (
        SELECT min(channel) FROM deliveries WHERE state = 'pending'
        UNION ALL
        SELECT (SELECT min(d.channel) FROM deliveries AS d WHERE d.state = 'pending' AND d.channel > waiting.channel)
        FROM waiting WHERE waiting.channel IS NOT NULL
    )
    SELECT waiting.channel AS name, coalesce(s.failures, 0) AS failures
    FROM waiting LEFT JOIN channel_states AS s ON s.channel = waiting.channel
    WHERE waiting.channel IS NOT NULL
      AND (s.not_before IS NULL OR s.not_before <= :clock)
      AND EXISTS (
        SELECT 1 FROM deliveries AS d
        WHERE d.state = 'pending' AND d.channel = waiting.channel AND d.next_try_at <= :clock
      )
      AND NOT EXISTS (
        SELECT 1 FROM deliveries AS d
        WHERE d.lease_until IS NOT NULL AND d.channel = waiting.channel AND d.lease_until > :clock
      )
    ORDER BY waiting.channel
    """
).bindparams(bindparam("clock", type_=UtcDateTime))

ERASED = "{}"
"""Payload, as text, of a delivery whose content was erased while it was being sent."""
_PAYLOAD = type_coerce(deliveries.c.payload, Text).label("payload")
_COLUMNS = tuple(_PAYLOAD if name == "payload" else deliveries.c[name] for name in Delivery.__slots__)


def due_channels(connection: Connection) -> list[DueChannel]:
    """See `alerts.ports.Outbox.due_channels`."""
    found = connection.execute(_DUE_CHANNELS, {"clock": database_now(connection)})
    return [DueChannel(row.name, row.failures) for row in found]


def claim(connection: Connection, owner: str, channel: str, *, lease: timedelta, limit: int) -> list[Delivery]:
    """See `alerts.ports.Outbox.claim`."""
    state = _locked_state(connection, channel)
    clock = database_now(connection)
    if _is_paused(state, clock) or _is_leased(connection, channel, clock):
        return []
    least_tried = (deliveries.c.attempts,) if state is not None and state.timed_out else ()
    due = (
        # Not next_try_at itself: its index would be used, and all due deliveries sorted each time.
        select(deliveries.c.id, (_PAYLOAD.element == ERASED).label("is_erased"))
        .where(_PENDING, deliveries.c.channel == channel, func.coalesce(deliveries.c.next_try_at, clock) <= clock)
        .order_by(*least_tried, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(due).all()
    while erased := [row.id for row in found if row.is_erased]:
        remove_unsent(connection, erased)
        found = connection.execute(due).all()
    claimed = [row.id for row in found]
    if not claimed:
        return []
    take = (
        update(deliveries)
        .where(deliveries.c.id.in_(claimed))
        .values(lease_owner=owner, lease_until=clock + lease, attempts=deliveries.c.attempts + 1)
        .returning(*_COLUMNS)
    )
    taken = [_delivery(row) for row in connection.execute(take)]
    return sorted(taken, key=lambda delivery: claimed.index(delivery.id))


def remove_unsent(connection: Connection, delivery_ids: Sequence[int]) -> None:
    """Remove deliveries whose content is erased or must not be sent any more; what else they contained goes out in a new one."""
    detach(connection, delivery_ids)
    connection.execute(delete(deliveries).where(deliveries.c.id.in_(delivery_ids)))


def renew(connection: Connection, delivery_ids: Sequence[int], owner: str, lease: timedelta) -> int:
    """See `alerts.ports.Outbox.renew`."""
    held = update(deliveries).where(_PENDING, deliveries.c.id.in_(delivery_ids), deliveries.c.lease_owner == owner)
    return _changed(connection.execute(held.values(lease_until=database_now(connection) + lease)))


def sent(connection: Connection, delivery_id: int, receipt: str) -> None:
    """See `alerts.ports.Outbox.sent`."""
    done = {"state": DeliveryState.SENT, "sent_at": database_now(connection), "receipt": receipt, "next_try_at": None}
    if _finish(connection, [delivery_id], None, done):
        channel = select(deliveries.c.channel).where(deliveries.c.id == delivery_id).scalar_subquery()
        well = {"failures": 0, "not_before": None, "timed_out": False}
        connection.execute(
            update(channel_states)
            .where(channel_states.c.channel == channel, channel_states.c.failures > 0)
            .values(well)
        )


def failed(
    connection: Connection,
    delivery_id: int,
    owner: str,
    error: str,
    retry_in: timedelta | None,
    trouble: ChannelTrouble | None,
) -> None:
    """See `alerts.ports.Outbox.failed`."""
    clock = database_now(connection)
    if retry_in is None:
        values: rows.Values = {"state": DeliveryState.DEAD, "next_try_at": None}
    else:
        values = {"next_try_at": clock + retry_in}
    held = _finish(connection, [delivery_id], owner, {**values, "last_error": error})
    if held and trouble is not None:
        channel = connection.execute(select(deliveries.c.channel).where(deliveries.c.id == delivery_id)).scalar_one()
        _note_trouble(connection, channel, trouble, clock)


def give_back(connection: Connection, delivery_ids: Sequence[int], owner: str) -> None:
    """See `alerts.ports.Outbox.give_back`."""
    _finish(connection, delivery_ids, owner, {"attempts": deliveries.c.attempts - 1})


def retry(connection: Connection, uids: Collection[str] | None) -> int:
    """See `alerts.ports.Outbox.retry`."""
    dead = update(deliveries).where(_UNSENT, deliveries.c.state == DeliveryState.DEAD)
    if uids is not None:
        dead = dead.where(deliveries.c.uid.in_(uids))
    return _changed(connection.execute(dead.values(state=DeliveryState.PENDING, next_try_at=database_now(connection))))


def release(connection: Connection, owner: str) -> int:
    """See `alerts.ports.Outbox.release`."""
    ended = update(deliveries).where(_LEASED, deliveries.c.lease_owner == owner)
    return _changed(connection.execute(ended.values(lease_owner=None, lease_until=None)))


def begin_anew(connection: Connection, channel: str) -> None:
    """Discard a channel's state and make its waiting deliveries due at once, because its definition has changed."""
    connection.execute(delete(channel_states).where(channel_states.c.channel == channel))
    clock = database_now(connection)
    connection.execute(
        update(deliveries)
        .where(_PENDING, deliveries.c.channel == channel, deliveries.c.next_try_at > clock)
        .values(next_try_at=clock)
    )


def _locked_state(connection: Connection, channel: str) -> rows.Row | None:
    """Return the channel's state, locked against other claims; None if there is none. On SQLite the whole database is locked already."""
    which = select(channel_states).where(channel_states.c.channel == channel)
    if connection.dialect.name != "postgresql":
        return connection.execute(which).one_or_none()
    found = connection.execute(which.with_for_update()).one_or_none()
    if found is None:
        new = upserting(connection, channel_states).values(channel=channel, failures=0, timed_out=False)
        connection.execute(new.on_conflict_do_nothing(index_elements=["channel"]))
        found = connection.execute(which.with_for_update()).one_or_none()
    return found


def _is_paused(state: rows.Row | None, clock: datetime) -> bool:
    return state is not None and state.not_before is not None and state.not_before > clock


def _is_leased(connection: Connection, channel: str, clock: datetime) -> bool:
    leased = exists().where(_LEASED, deliveries.c.channel == channel, deliveries.c.lease_until > clock)
    return bool(connection.execute(select(leased)).scalar())


def _note_trouble(connection: Connection, channel: str, trouble: ChannelTrouble, clock: datetime) -> None:
    paused = {"not_before": clock + trouble.pause, "timed_out": trouble.timed_out}
    new = upserting(connection, channel_states).values(channel=channel, failures=1, **paused)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["channel"], set_={"failures": channel_states.c.failures + 1, **paused}
        )
    )


def _finish(connection: Connection, delivery_ids: Sequence[int], owner: str | None, values: rows.Values) -> bool:
    """End an attempt of pending deliveries, and its lease; return whether any changed. With an owner, only deliveries that it holds."""
    which = and_(_PENDING, deliveries.c.id.in_(delivery_ids))
    if owner is not None:
        which = and_(which, deliveries.c.lease_owner == owner)
    done = connection.execute(update(deliveries).where(which).values(lease_owner=None, lease_until=None, **values))
    return _changed(done) > 0


def _changed(result: CursorResult[Any]) -> int:
    return result.rowcount


def _delivery(row: rows.Row) -> Delivery:
    return Delivery(**{**row._mapping, "payload": _payload(row.payload)})  # noqa: SLF001


def _payload(kept: object) -> dict[str, Any]:
    """Decode the payload; empty if it is damaged: its channel then reports an error, and other deliveries are not affected."""
    try:
        payload = json.loads(kept) if isinstance(kept, str) else None
    except (ValueError, RecursionError):
        payload = None
    return payload if isinstance(payload, dict) else {}
