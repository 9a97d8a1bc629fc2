"""`SqlOutbox`: planned alerts and deliveries, on SQLite or PostgreSQL. Each method is one transaction; leases and retries use the database's clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, Table, Text, bindparam, insert, select, text, type_coerce, update

from alerts.model import (
    BrokenDeclaration,
    ChannelConfig,
    ChannelTrouble,
    Delivery,
    DeliveryState,
    DueChannel,
    PlannedAlert,
    RecordedEvent,
    Rule,
)
from storage.archive import event_rows
from storage.database.columns import DerivedJson
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import Database, database_now
from storage.outbox import sending
from storage.schema import alerts, channels, deliveries, events, pages, rules
from storage.watched.stored_definitions import channel_of, rule_of

T = TypeVar("T")

EVENTS = select(
    events,
    pages.c.url.label("page_url"),
    pages.c.label.label("page_label"),
    type_coerce(pages.c.tags, DerivedJson).label("page_tags"),
).outerjoin(pages, pages.c.id == events.c.page_id)
"""The columns that `storage.archive.event_rows.recorded_event` reads."""

# A literal, because bound parameters would keep the partial index from being used.
_UNPLANNED = text("events.planned_at IS NULL AND events.origin = 'live'")

_INSERT_DELIVERY = CompiledStatement(insert(deliveries).returning(deliveries.c.id))
_INSERT_ALERT = CompiledStatement(insert(alerts))
_MARK_PLANNED = (
    update(events)
    .where(events.c.id.in_(bindparam("events", expanding=True)), events.c.planned_at.is_(None))
    .values(planned_at=bindparam("now"))
)


class SqlOutbox:
    """Implements `alerts.ports.Outbox`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def rules(self) -> Sequence[Rule]:
        return [rule for rule in self._declared(rules, rule_of) if isinstance(rule, Rule)]

    def channels(self) -> Sequence[ChannelConfig]:
        return [
            channel for channel in self._declared(channels, channel_of) if not isinstance(channel, BrokenDeclaration)
        ]

    def broken(self) -> Sequence[BrokenDeclaration]:
        found = [*self._declared(channels, channel_of), *self._declared(rules, rule_of)]
        return [declared for declared in found if isinstance(declared, BrokenDeclaration)]

    def _declared(self, table: Table, read: Callable[[str, object], T]) -> list[T]:
        # Selected as text, so that a damaged definition does not fail the whole query.
        as_kept = select(table.c.name, type_coerce(table.c.definition, Text).label("definition"))
        in_force = as_kept.where(table.c.retired_at.is_(None)).order_by(table.c.position)
        with self.database.read() as connection:
            return [read(row.name, row.definition) for row in connection.execute(in_force)]

    def unplanned(self, limit: int) -> Sequence[RecordedEvent]:
        oldest = EVENTS.where(_UNPLANNED).order_by(events.c.id).limit(limit)
        with self.database.read() as connection:
            return [event_rows.recorded_event(row) for row in connection.execute(oldest)]

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

    def due_channels(self) -> Sequence[DueChannel]:
        with self.database.read() as connection:
            return sending.due_channels(connection)

    def claim(self, owner: str, channel: str, *, lease: timedelta, limit: int) -> Sequence[Delivery]:
        with self.database.begin() as connection:
            return sending.claim(connection, owner, channel, lease=lease, limit=limit)

    def renew(self, delivery_ids: Sequence[int], owner: str, *, lease: timedelta) -> int:
        with self.database.begin() as connection:
            return sending.renew(connection, delivery_ids, owner, lease)

    def sent(self, delivery_id: int, owner: str, receipt: str) -> None:  # noqa: ARG002
        # For any owner: sending it twice would be worse than accepting the result of an owner whose lease has expired.
        with self.database.begin() as connection:
            sending.sent(connection, delivery_id, receipt)

    def failed(
        self,
        delivery_id: int,
        owner: str,
        error: str,
        *,
        retry_in: timedelta | None,
        trouble: ChannelTrouble | None = None,
    ) -> None:
        with self.database.begin() as connection:
            sending.failed(connection, delivery_id, owner, error, retry_in, trouble)

    def give_back(self, delivery_ids: Sequence[int], owner: str) -> None:
        with self.database.begin() as connection:
            sending.give_back(connection, delivery_ids, owner)

    def retry(self, uids: Collection[str] | None) -> int:
        with self.database.begin() as connection:
            return sending.retry(connection, uids)

    def release(self, owner: str) -> int:
        with self.database.begin() as connection:
            return sending.release(connection, owner)


def _lock_events(connection: Connection, event_ids: set[int]) -> None:
    """Lock the events in a fixed order, so that a second planner of the same events waits. On SQLite the whole database is locked already."""
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
