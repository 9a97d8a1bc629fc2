"""`SqlOutbox`: the memory of telling, on SQLite or PostgreSQL. Each method is one transaction; leases and retries run on the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, or_, select, text, update

from alerts.model import ChannelConfig, Delivery, DeliveryState, PlannedAlert, RecordedEvent, Rule
from storage import rows
from storage.connection import Database, database_now
from storage.declared import channel_from_json, rule_from_json
from storage.prepared import Prepared
from storage.schema import alerts, channels, deliveries, events, pages, rules

EVENTS = select(events, pages.c.url.label("page_url"), pages.c.label.label("page_label")).outerjoin(
    pages, pages.c.id == events.c.page_id
)
"""What `storage.rows.recorded_event` reads."""

# In literals, or the partial indexes would not be used.
_UNPLANNED = text("events.planned_at IS NULL AND events.origin = 'live'")
_PENDING = text("deliveries.state = 'pending'")

_DELIVERY_COLUMNS = tuple(deliveries.c[name] for name in Delivery.__slots__)
_INSERT_DELIVERY = Prepared(insert(deliveries).returning(deliveries.c.id))
_INSERT_ALERT = Prepared(insert(alerts))
_MARK_PLANNED = (
    update(events)
    .where(events.c.id.in_(bindparam("events", expanding=True)), events.c.planned_at.is_(None))
    .values(planned_at=bindparam("now"))
)


class SqlOutbox:
    """Implements `alerts.interfaces.Outbox` and keeps its promises."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def rules(self) -> Sequence[Rule]:
        in_force = select(rules).where(rules.c.retired_at.is_(None)).order_by(rules.c.position)
        with self.database.read() as connection:
            return [rule_from_json(row.name, row.definition) for row in connection.execute(in_force)]

    def channels(self) -> Sequence[ChannelConfig]:
        in_force = select(channels).where(channels.c.retired_at.is_(None)).order_by(channels.c.position)
        with self.database.read() as connection:
            return [channel_from_json(row.name, row.definition) for row in connection.execute(in_force)]

    def unplanned(self, limit: int) -> Sequence[RecordedEvent]:
        oldest = EVENTS.where(_UNPLANNED).order_by(events.c.id).limit(limit)
        with self.database.read() as connection:
            return [rows.recorded_event(row) for row in connection.execute(oldest)]

    def plan(self, event_ids: Sequence[int], alerts: Sequence[PlannedAlert], *, now: datetime) -> int:
        if not event_ids and not alerts:
            return 0
        with self.database.begin() as connection:
            _lock_events(connection, {*event_ids, *(alert.event_id for alert in alerts)})
            new = _not_yet_planned(connection, alerts)
            created_at = database_now(connection)
            for alert in new:
                _store_alert(connection, alert, created_at, now)
            connection.execute(_MARK_PLANNED, {"events": list(event_ids), "now": now})
            return len(new)

    def claim(self, owner: str, *, lease: timedelta, limit: int) -> Sequence[Delivery]:
        with self.database.begin() as connection:
            clock = database_now(connection)
            free = or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until <= clock)
            due = (
                select(deliveries.c.id)
                .where(_PENDING, deliveries.c.next_try_at <= clock, free)
                .order_by(deliveries.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            claimed = list(connection.execute(due).scalars())
            take = (
                update(deliveries)
                .where(deliveries.c.id.in_(claimed))
                .values(lease_owner=owner, lease_until=clock + lease, attempts=deliveries.c.attempts + 1)
                .returning(*_DELIVERY_COLUMNS)
            )
            taken = connection.execute(take).all() if claimed else []
        return sorted((Delivery(**row._mapping) for row in taken), key=lambda delivery: delivery.id)  # noqa: SLF001

    def sent(self, delivery_id: int, owner: str, receipt: str) -> None:  # noqa: ARG002
        # Whoever sent it: a second sending would be worse than an owner that was thought lost.
        with self.database.begin() as connection:
            done = {"state": DeliveryState.SENT, "sent_at": database_now(connection), "receipt": receipt}
            _finish(connection, deliveries.c.id == delivery_id, {**done, "next_try_at": None})

    def failed(self, delivery_id: int, owner: str, error: str, *, retry_in: timedelta | None) -> None:
        held = and_(deliveries.c.id == delivery_id, deliveries.c.lease_owner == owner)
        with self.database.begin() as connection:
            if retry_in is None:
                _finish(connection, held, {"state": DeliveryState.DEAD, "next_try_at": None, "last_error": error})
            else:
                _finish(connection, held, {"next_try_at": database_now(connection) + retry_in, "last_error": error})

    def give_back(self, delivery_id: int, owner: str) -> None:
        held = and_(deliveries.c.id == delivery_id, deliveries.c.lease_owner == owner)
        with self.database.begin() as connection:
            _finish(connection, held, {"attempts": deliveries.c.attempts - 1})

    def release(self, owner: str) -> None:
        """End the leases of a process that is gone, so that another one sends what it was at, with the same id."""
        with self.database.begin() as connection:
            _finish(connection, deliveries.c.lease_owner == owner, {})


def _finish(connection: Connection, which: ColumnElement[bool], values: rows.Values) -> None:
    """End a try of a pending delivery, and its lease."""
    connection.execute(update(deliveries).where(which, _PENDING).values(lease_owner=None, lease_until=None, **values))


def _lock_events(connection: Connection, event_ids: set[int]) -> None:
    """Keep a second planner of the same events waiting, in a fixed order. On SQLite the whole database is locked already."""
    if connection.dialect.name == "postgresql":
        which = select(events.c.id).where(events.c.id.in_(sorted(event_ids))).order_by(events.c.id)
        connection.execute(which.with_for_update())


def _not_yet_planned(connection: Connection, planned: Sequence[PlannedAlert]) -> list[PlannedAlert]:
    known = select(alerts.c.event_id, alerts.c.rule, alerts.c.channel).where(
        alerts.c.event_id.in_({alert.event_id for alert in planned})
    )
    taken = {tuple(row) for row in connection.execute(known)}
    new = []
    for alert in planned:
        key = (alert.event_id, alert.rule, alert.channel)
        if key not in taken:
            taken.add(key)
            new.append(alert)
    return new


def _store_alert(connection: Connection, alert: PlannedAlert, created_at: datetime, now: datetime) -> None:
    delivery = {
        "uid": alert.delivery_uid,
        "channel": alert.channel,
        "payload": dict(alert.payload),
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": created_at,
        "next_try_at": created_at,
        "receipt": "",
        "last_error": "",
    }
    key = _INSERT_DELIVERY.scalar(connection, delivery)
    row = {"event_id": alert.event_id, "rule": alert.rule, "channel": alert.channel}
    _INSERT_ALERT.run(connection, {**row, "delivery_id": key, "planned_at": now})
