"""Statements of planning (T3): what waits to be planned, and storing deliveries and held alerts. Each runs in the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from alerts.delivery_policy import DeliveryPolicy
from alerts.holding import HOUR, Held, revised
from alerts.model import (
    DeliveryState,
    DueHold,
    HeldAlerts,
    Hold,
    PlannedAlert,
    PlannedDelivery,
    RecordedEvent,
    Rule,
    StoryEvent,
    WaitingVisit,
)
from monitor.model import FACT_KINDS
from storage.archive import event_rows, rows
from storage.database.columns import DerivedJson, UtcDateTime
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.schema import alerts, deliveries, events, page_results, pages, snapshots, versions

EVENTS_CONSIDERED = 5_000
"""Maximum number of unplanned events, the oldest, among which visits are looked for."""
_SENT_CONSIDERED = 10_000
_HOLDS_AT_ONCE = 100

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
_HELD = text("alerts.delivery_id IS NULL")

_IS_OF_FACT = case((events.c.kind.in_(FACT_KINDS), 1), else_=0)

_visit = func.coalesce(snapshots.c.visit_id, snapshots.c.id).label("visit_id")
EVENTS_OF_VISITS = EVENTS.add_columns(_visit).outerjoin(snapshots, snapshots.c.id == events.c.read_snapshot_id)
"""Events with the visit that they were recorded in: the columns that `event_of_visit` reads."""
_EVENTS_TO_PLAN = (
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

_rule = case((alerts.c.hold == Hold.DEBOUNCE, alerts.c.rule), else_=null())
_page = case((alerts.c.hold == Hold.DEBOUNCE, events.c.page_id), else_=null())
_ALL_AT_ONCE = frozenset({Hold.DEBOUNCE, Hold.RATE_LIMIT, Hold.QUIET_HOURS})
"""Holds that end for all alerts when they end for the first."""

_INSERT_DELIVERY = CompiledStatement(insert(deliveries).returning(deliveries.c.id))
_INSERT_ALERT = CompiledStatement(insert(alerts))


class AlreadyPlanned(Exception):
    """Another process has planned one of the alerts meanwhile."""


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
    query = _EVENTS_TO_PLAN.where(_UNPLANNED)
    order: tuple[ColumnElement[Any], ...] = (events.c.id,)
    if visits is not None:
        order = (_IS_OF_FACT.desc(), events.c.id)
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
    return [_recorded(row) for row in connection.execute(query)]


def event_of_visit(row: rows.Row) -> RecordedEvent:
    """Convert a row of `EVENTS_OF_VISITS`."""
    return replace(event_rows.recorded_event(row), check_id=row.read_snapshot_id, visit_id=row.visit_id)


def _recorded(row: rows.Row) -> RecordedEvent:
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


def due_holds(connection: Connection, now: datetime) -> list[DueHold]:
    """See `alerts.ports.Outbox.due_holds`."""
    columns = (alerts.c.channel, alerts.c.hold, _rule.label("rule"), _page.label("page_id"))
    groups = (
        select(*columns)
        .join(events, events.c.id == alerts.c.event_id)
        .where(_HELD, _is_due(now))
        .group_by(*(column.element if hasattr(column, "element") else column for column in columns))
        .order_by(func.min(alerts.c.id))
        .limit(_HOLDS_AT_ONCE)
    )
    return [DueHold(row.channel, row.hold, row.rule, row.page_id) for row in connection.execute(groups)]


def held(connection: Connection, due: DueHold, limit: int, now: datetime) -> list[StoryEvent]:
    """See `alerts.ports.Outbox.held`."""
    query = (
        _EVENTS_TO_PLAN.add_columns(alerts.c.rule.label("selecting_rule"))
        .join(alerts, alerts.c.event_id == events.c.id)
        .where(_of_hold(due, now))
        .order_by(_IS_OF_FACT.desc(), alerts.c.id)
        .limit(limit)
    )
    return [StoryEvent(_recorded(row), row.selecting_rule) for row in connection.execute(query)]


def revise_holds(
    connection: Connection, rules: Mapping[str, Rule], policies: Mapping[str, DeliveryPolicy], now: datetime
) -> None:
    """Change until when alerts are held, after rules, channels or pages were declared differently; those of rules or channels that are gone stay as they are.

    Args:
        connection: The database connection.
        rules: The declared rules by name.
        policies: The delivery policies of the declared channels by name.
        now: On the observing clock.
    """
    kinds = (alerts.c.channel, alerts.c.rule, alerts.c.hold, alerts.c.held_until)
    pause = case((alerts.c.hold == Hold.PAUSED, pages.c.paused_until), else_=null())
    paused = select(*kinds, type_coerce(pause, UtcDateTime).label("page_paused_until")).select_from(
        alerts.join(events).outerjoin(pages, pages.c.id == events.c.page_id)
    )
    for row in connection.execute(paused.where(_HELD).distinct()).all():
        rule, policy = rules.get(row.rule), policies.get(row.channel)
        if rule is None or policy is None:
            continue
        until = revised(Held(row.hold, row.held_until), rule, policy, now, row.page_paused_until)
        if until != row.held_until:
            which = [column == getattr(row, column.name) for column in kinds]
            if row.hold is Hold.PAUSED:
                which.append(alerts.c.event_id.in_(_events_of_pages_paused_until(row.page_paused_until)))
            connection.execute(update(alerts).where(_HELD, *which).values(held_until=until))


def _events_of_pages_paused_until(end: datetime | None) -> Select[int]:
    """Return the query of the events of pages with this pause; None: pages without one, and no page."""
    of_pages = select(events.c.id).outerjoin(pages, pages.c.id == events.c.page_id)
    return of_pages.where(pages.c.paused_until.is_(None) if end is None else pages.c.paused_until == end)


def hold_longer(connection: Connection, due: DueHold, hold: Hold, until: datetime, now: datetime) -> None:
    """See `alerts.ports.Outbox.hold_longer`."""
    page = select(events.c.id).where(events.c.id == alerts.c.event_id, events.c.page_id == due.page_id)
    mine = _of_hold(replace(due, page_id=None), now)
    which = and_(mine, page.exists()) if due.page_id is not None else mine
    connection.execute(update(alerts).where(which).values(hold=hold, held_until=until))


def store_held(connection: Connection, delivery: PlannedDelivery, now: datetime) -> None:
    """Store a delivery of held alerts.

    Raises:
        AlreadyPlanned: One of them is no longer held. The transaction is to be rolled back.
    """
    created_at = database_now(connection)
    key = _insert_delivery(connection, delivery, created_at, now)
    by_rule: Mapping[str, list[int]] = defaultdict(list)
    for alert in delivery.alerts:
        by_rule[alert.rule].append(alert.event_id)
    released = 0
    for rule, event_ids in by_rule.items():
        mine = (alerts.c.channel == delivery.channel, alerts.c.rule == rule, alerts.c.event_id.in_(event_ids))
        released += connection.execute(update(alerts).where(_HELD, *mine).values(delivery_id=key)).rowcount
    if released != len(delivery.alerts):
        raise AlreadyPlanned


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Whether the hold is over; also where the clock was set back since it was decided, which must not delay an alert."""
    return or_(alerts.c.held_until <= now, alerts.c.planned_at > now + HOUR)


def _of_hold(due: DueHold, now: datetime) -> ColumnElement[bool]:
    which: list[ColumnElement[bool]] = [alerts.c.channel == due.channel, alerts.c.hold == due.hold]
    if due.hold not in _ALL_AT_ONCE:
        which.append(_is_due(now))
    if due.rule is not None:
        which.append(alerts.c.rule == due.rule)
    if due.page_id is not None:
        which.append(events.c.page_id == due.page_id)
    return and_(_HELD, *which)


def _lock_unplanned(connection: Connection, event_ids: Sequence[int]) -> bool:
    """Lock the events in a fixed order, so that a second planner of the same events waits; return whether all are still unplanned."""
    which = select(events.c.id, events.c.planned_at).where(events.c.id.in_(sorted(event_ids))).order_by(events.c.id)
    # On SQLite the whole database is locked already.
    locked = which.with_for_update() if connection.dialect.name == "postgresql" else which
    found = connection.execute(locked).all()
    return len(found) == len(set(event_ids)) and all(row.planned_at is None for row in found)


def _existing(connection: Connection, event_ids: Sequence[int]) -> set[tuple[int, str, str]]:
    """Return the alerts that these events already have: where another page of their message was erased, they are planned again for the other channels."""
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
    key = _insert_delivery(connection, delivery, created_at, now)
    for alert in new:
        values = {"hold": None, "held_until": None}
        _INSERT_ALERT.run(connection, _alert_values(alert, delivery.channel, key, now) | values)


def _insert_delivery(connection: Connection, delivery: PlannedDelivery, created_at: datetime, now: datetime) -> int:
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
