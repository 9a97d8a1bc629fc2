"""Statements of planning (T3): what waits to be planned, and storing its alerts. Each runs in the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from alerts.model import DeliveryState, RecordedEvent
from alerts.planned import HeldAlerts, PlannedAlert, PlannedDelivery, WaitingVisit
from monitor.model import FACT_KINDS
from storage.archive import event_rows, rows
from storage.database.columns import DerivedJson, UtcDateTime
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.schema import alerts, deliveries, events, page_results, pages, snapshots, versions

EVENTS_CONSIDERED = 5_000
"""Maximum number of unplanned events, the oldest, among which visits are looked for."""
_SENT_CONSIDERED = 10_000

EVENTS = select(
    events,
    pages.c.url.label("page_url"),
    pages.c.label.label("page_label"),
    type_coerce(pages.c.tags, DerivedJson).label("page_tags"),
    pages.c.paused_until.label("page_paused_until"),
).outerjoin(pages, pages.c.id == events.c.page_id)
"""The columns that `storage.archive.event_rows.recorded_event` reads."""

# Literals, because bound parameters would keep the partial indexes from being used.
_UNPLANNED = text("events.planned_at IS NULL AND events.origin = 'live'")

IS_OF_FACT = case((events.c.kind.in_(FACT_KINDS), 1), else_=0)
"""1 for events of declared facts, 0 for others."""

_visit = func.coalesce(snapshots.c.visit_id, snapshots.c.id).label("visit_id")
EVENTS_OF_VISITS = EVENTS.add_columns(_visit).outerjoin(snapshots, snapshots.c.id == events.c.read_snapshot_id)
"""Events with the visit that they were recorded in: the columns that `event_of_visit` reads."""
EVENTS_TO_PLAN = (
    EVENTS_OF_VISITS.add_columns(versions.c.title.label("page_title"))
    .outerjoin(page_results, page_results.c.page_id == events.c.page_id)
    .outerjoin(versions, versions.c.id == page_results.c.version_id)
)
"""Events with the title of the page, and the visit that they were recorded in."""

# A visit is open while its host is leased: further pages may follow. If that lease is already another visit's, this one waits a little longer.
# None is where there may be more events than are considered: facts among them must not wait for those that do.
_WAITING = (
    text(
        """
    WITH oldest AS (
        SELECT id, page_id, read_snapshot_id, kind, recorded_at
        FROM events WHERE planned_at IS NULL AND origin = 'live' ORDER BY id LIMIT :considered
    ), visits AS (
        SELECT coalesce(s.visit_id, s.id) AS visit_id, min(o.id) AS first_event_id, max(o.id) AS last_event_id, count(*) AS size,
            min(o.recorded_at) AS began_at, min(CASE WHEN o.kind IN :fact_kinds THEN o.recorded_at END) AS fact_at, min(o.page_id) AS page_id
        FROM oldest AS o LEFT JOIN snapshots AS s ON s.id = o.read_snapshot_id
        GROUP BY coalesce(s.visit_id, s.id)
    )
    SELECT v.visit_id, v.first_event_id, v.last_event_id, v.size, v.began_at, v.fact_at,
        v.visit_id IS NOT NULL AND (SELECT count(*) FROM oldest) < :considered AND (
            EXISTS (SELECT 1 FROM snapshots AS f WHERE f.id = v.visit_id AND f.read_at IS NULL)
            OR EXISTS (SELECT 1 FROM snapshots AS u WHERE u.read_at IS NULL AND u.visit_id IS NOT NULL AND u.visit_id = v.visit_id)
            OR EXISTS (SELECT 1 FROM pages AS p JOIN hosts AS h ON h.host = p.host WHERE p.id = v.page_id AND h.lease_until > :clock)
        ) AS is_open
    FROM visits AS v ORDER BY v.first_event_id LIMIT :most
    """
    )
    .bindparams(
        bindparam("clock", type_=UtcDateTime),
        bindparam("fact_kinds", sorted(kind.value for kind in FACT_KINDS), expanding=True),
    )
    .columns(began_at=UtcDateTime, fact_at=UtcDateTime)
)

_INSERT_DELIVERY = CompiledStatement(insert(deliveries).returning(deliveries.c.id))
_INSERT_ALERT = CompiledStatement(insert(alerts))


def waiting_visits(connection: Connection, limit: int) -> list[WaitingVisit]:
    """See `alerts.ports.Outbox.waiting_visits`."""
    asked = {"considered": EVENTS_CONSIDERED, "clock": database_now(connection), "most": limit}
    return [
        WaitingVisit(
            row.visit_id,
            row.first_event_id,
            row.last_event_id,
            row.size,
            row.began_at,
            row.fact_at,
            is_open=bool(row.is_open),
        )
        for row in connection.execute(_WAITING, asked)
    ]


def unplanned(connection: Connection, limit: int, visits: Sequence[WaitingVisit] | None) -> list[RecordedEvent]:
    """See `alerts.ports.Outbox.unplanned`."""
    query = EVENTS_TO_PLAN.where(_UNPLANNED)
    order: tuple[ColumnElement[Any], ...] = (events.c.id,)
    if visits is not None:
        order = (IS_OF_FACT.desc(), events.c.id)
        keys = [visit.visit_id for visit in visits if visit.visit_id is not None]
        of_visit = or_(snapshots.c.id.in_(keys), snapshots.c.visit_id.in_(keys))
        without = events.c.read_snapshot_id.is_(None)
        query = query.where(
            events.c.id >= min(visit.first_event_id for visit in visits),
            events.c.id <= max(visit.last_event_id for visit in visits),
            or_(of_visit, without) if any(visit.visit_id is None for visit in visits) else of_visit,
        )
    return sorted(_read(connection, query.order_by(*order).limit(limit)), key=lambda recorded: recorded.id)


def _read(connection: Connection, query: Select[Any]) -> list[RecordedEvent]:
    return [event_to_plan(row) for row in connection.execute(query)]


def event_of_visit(row: rows.Row) -> RecordedEvent:
    """Convert a row of `EVENTS_OF_VISITS`."""
    return replace(event_rows.recorded_event(row), check_id=row.read_snapshot_id, visit_id=row.visit_id)


def event_to_plan(row: rows.Row) -> RecordedEvent:
    """Convert a row of `EVENTS_TO_PLAN`."""
    return replace(event_of_visit(row), page_title=row.page_title or "")


def sent_since(connection: Connection, since: datetime) -> dict[str, list[datetime]]:
    """See `alerts.ports.Outbox.sent_since`."""
    newest = (
        select(deliveries.c.channel, deliveries.c.planned_at)
        .where(deliveries.c.planned_at.is_not(None), deliveries.c.planned_at > since)
        .order_by(deliveries.c.planned_at.desc())
        .limit(_SENT_CONSIDERED)
    )
    sent: dict[str, list[datetime]] = defaultdict(list)
    for row in connection.execute(newest):
        sent[row.channel].append(row.planned_at)
    return sent


def store_plan(
    connection: Connection,
    event_ids: Sequence[int],
    planned: Sequence[PlannedDelivery],
    held: Sequence[HeldAlerts],
    now: datetime,
) -> int:
    """See `alerts.ports.Outbox.plan`."""
    if not _lock_unplanned(connection, event_ids):
        return 0
    taken = _existing(connection, event_ids)
    created_at = database_now(connection)
    count = 0
    for delivery in planned:
        new = _new(delivery.channel, delivery.alerts, taken)
        if new:
            _store_delivery(connection, delivery, new, created_at, now)
            count += 1
    for waiting in held:
        for alert in _new(waiting.channel, waiting.alerts, taken):
            values = {"hold": waiting.hold, "held_until": waiting.until}
            _INSERT_ALERT.run(connection, _alert_values(alert, waiting.channel, None, now) | values)
    connection.execute(update(events).where(events.c.id.in_(event_ids)).values(planned_at=now))
    return count


def _lock_unplanned(connection: Connection, event_ids: Sequence[int]) -> bool:
    """Lock the events in a fixed order, so that a second planner of the same events waits; return whether all are still unplanned."""
    which = select(events.c.id, events.c.planned_at).where(events.c.id.in_(sorted(event_ids))).order_by(events.c.id)
    # On SQLite the whole database is locked already.
    locked = which.with_for_update() if connection.dialect.name == "postgresql" else which
    found = connection.execute(locked).all()
    return len(found) == len(set(event_ids)) and all(row.planned_at is None for row in found)


def _existing(connection: Connection, event_ids: Sequence[int]) -> set[tuple[int, str, str]]:
    """Return the alerts that these events already have: an event can be marked unplanned again, as erasing another page of a message once did."""
    known = select(alerts.c.event_id, alerts.c.rule, alerts.c.channel).where(alerts.c.event_id.in_(event_ids))
    return {(row.event_id, row.rule, row.channel) for row in connection.execute(known)}


def _new(channel: str, wanted: Iterable[PlannedAlert], taken: set[tuple[int, str, str]]) -> list[PlannedAlert]:
    new = []
    for alert in wanted:
        key = (alert.event_id, alert.rule, channel)
        if key not in taken:
            taken.add(key)
            new.append(alert)
    return new


def _store_delivery(
    connection: Connection,
    delivery: PlannedDelivery,
    new: Sequence[PlannedAlert],
    created_at: datetime,
    now: datetime,
) -> None:
    key = insert_delivery(connection, delivery, created_at, now)
    for alert in new:
        values = {"hold": None, "held_until": None}
        _INSERT_ALERT.run(connection, _alert_values(alert, delivery.channel, key, now) | values)


def insert_delivery(connection: Connection, delivery: PlannedDelivery, created_at: datetime, now: datetime) -> int:
    """Store a delivery without its alerts, due at once, and return its key. `created_at` is on the database's clock, `now` on the observing one."""
    values = {
        "uid": delivery.uid,
        "channel": delivery.channel,
        "payload": dict(delivery.payload),
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": created_at,
        "planned_at": now,
        "next_try_at": created_at,
        "receipt": "",
        "last_error": "",
    }
    key: int = _INSERT_DELIVERY.scalar(connection, values)
    return key


def _alert_values(alert: PlannedAlert, channel: str, delivery_id: int | None, now: datetime) -> rows.Values:
    event = {"event_id": alert.event_id, "rule": alert.rule, "channel": channel}
    return {**event, "delivery_id": delivery_id, "planned_at": now}
