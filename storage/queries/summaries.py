"""Lists for display: pages with statistics, and alerts with the state of their deliveries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, ScalarSelect, and_, case, func, literal, select, tuple_
from sqlalchemy.sql.expression import Tuple

from alerts.model import DeliveryState, Hold, RecordedEvent
from monitor.model import Change, FactDefinition, HealthStatus, Outcome, Page, Verdict
from storage.archive import event_rows
from storage.archive.rows import Row
from storage.outbox.planning import EVENTS_OF_VISITS, event_of_visit
from storage.queries.paging import Cursor, Query, Slice, read_slice
from storage.schema import alerts as alert_table
from storage.schema import deliveries, events, page_checks, page_health, page_results, snapshots, versions
from storage.schema import pages as page_table
from storage.watched.pages import PAGE_COLUMNS, all_facts, page_of, pages_of


@dataclass(frozen=True, slots=True)
class PageSummary:
    """A page with statistics.

    Attributes:
        page: The page.
        title: Title of its current version; "" if it has none, and before the first version.
        snapshots: Number of its snapshots, failed ones included.
        versions: Number of its versions.
        unprocessed: Number of its unprocessed snapshots.
        last_ok_at: taken_at of the latest processed snapshot with verdict ok; None before the first.
        last_at: taken_at of the newest snapshot; None before the first.
        last_outcome: Outcome of the newest snapshot; None before the first.
        last_verdict: Verdict of the newest snapshot; None before the first, while unprocessed and if the check failed.
        health: Its health status, as last reported; None before its first ok check, while nothing else was reported.
        stale_since: When it was reported stale; None while it is not.
        disallowed_since: When a check first found it disallowed by robots.txt; None while it is not.
        schedule_reason: Why it is due at its time; "" where its schedule alone explains it.
    """

    page: Page
    title: str
    snapshots: int
    versions: int
    unprocessed: int
    last_ok_at: datetime | None
    last_at: datetime | None
    last_outcome: Outcome | None
    last_verdict: Verdict | None
    health: HealthStatus | None
    stale_since: datetime | None
    disallowed_since: datetime | None
    schedule_reason: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert and the state of its delivery.

    Attributes:
        id: The alert's key.
        event_id: The event's key.
        change: The change of the event.
        page_url: None for channel_failing.
        rule: Name of the rule that selected it.
        channel: Name of the channel.
        uid: The delivery's id as sent to the receiver, the same for all attempts; alerts of one message share it. None while the alert is held.
        state: The delivery's state; None while the alert is held.
        attempts: Attempts begun so far.
        at: The event's time, on the observing clock.
        created_at: When the delivery was planned, real time; while the alert is held, when that was decided, on the observing clock.
        next_try_at: No attempt before this, real time; None once sent or dead.
        sent_at: When the receiver accepted it, real time; None before.
        receipt: The receiver's response, in one line; "" before.
        last_error: Why the last attempt failed; "" if none did.
        hold: Why it is held, or was; None where it was delivered at once.
        held_until: Until when, on the observing clock; None with `hold`.
    """

    id: int
    event_id: int
    change: Change
    page_url: str | None
    rule: str
    channel: str
    uid: str | None
    state: DeliveryState | None
    attempts: int
    at: datetime
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    receipt: str
    last_error: str
    hold: Hold | None = None
    held_until: datetime | None = None


EventKey = tuple[datetime, int]
"""Position of an event in the list of events: `at` and `id`."""

_event_key = tuple_(events.c.at, events.c.id)
_last = snapshots.alias("last")
_ok = snapshots.alias("ok")
_counted = versions.alias("counted")
_beside = events.alias("beside")

HEALTH = case(
    (page_health.c.status != HealthStatus.OK, page_health.c.status),
    (page_checks.c.ok_snapshot_id.is_not(None), literal(HealthStatus.OK, page_health.c.status.type)),
).label("health")
"""A page's health status, of `page_checks` outer-joined with `page_health`, which has a row only for pages that had a problem; null before the first ok check."""


def _count(of: FromClause, *more: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(of).where(of.c.page_id == page_table.c.id, *more).scalar_subquery()


_SUMMARIES = (
    PAGE_COLUMNS.add_columns(
        func.coalesce(versions.c.title, "").label("title"),
        _count(snapshots).label("snapshots"),
        _count(_counted).label("versions"),
        _count(snapshots, snapshots.c.read_at.is_(None)).label("unprocessed"),
        _ok.c.taken_at.label("last_ok_at"),
        _last.c.taken_at.label("last_at"),
        _last.c.outcome.label("last_outcome"),
        _last.c.verdict.label("last_verdict"),
        HEALTH,
        page_health.c.stale_since,
        page_health.c.disallowed_since,
        page_checks.c.schedule_reason,
    )
    .outerjoin(_last, and_(_last.c.page_id == page_table.c.id, _last.c.seq == page_checks.c.last_seq))
    .outerjoin(_ok, _ok.c.id == page_checks.c.ok_snapshot_id)
    .outerjoin(page_results, page_results.c.page_id == page_table.c.id)
    .outerjoin(versions, versions.c.id == page_results.c.version_id)
    .outerjoin(page_health, page_health.c.page_id == page_table.c.id)
)
_FIGURES = (
    *("title", "snapshots", "versions", "unprocessed", "last_ok_at", "last_at", "last_outcome", "last_verdict"),
    *("health", "stale_since", "disallowed_since", "schedule_reason"),
)

_ALERT_FIELDS = tuple(name for name in AlertRow.__slots__ if name != "change")
_ALERTS = (
    select(
        *(alert_table.c[name] for name in ("id", "event_id", "rule", "channel", "hold", "held_until")),
        *(events.c[name] for name in event_rows.CHANGE_COLUMNS),
        page_table.c.url.label("page_url"),
        *(deliveries.c[name] for name in ("uid", "state", "next_try_at", "sent_at")),
        func.coalesce(deliveries.c.created_at, alert_table.c.planned_at).label("created_at"),
        func.coalesce(deliveries.c.attempts, 0).label("attempts"),
        *(func.coalesce(deliveries.c[name], "").label(name) for name in ("receipt", "last_error")),
    )
    .join(events, events.c.id == alert_table.c.event_id)
    .outerjoin(deliveries, deliveries.c.id == alert_table.c.delivery_id)
    .outerjoin(page_table, page_table.c.id == events.c.page_id)
    .order_by(alert_table.c.id.desc())
)


def page_slice(connection: Connection, cursor: Cursor) -> Slice[PageSummary]:
    """See `storage.queries.history.History.page_slice`."""
    key, definitions = page_table.c.id, _definitions(connection)

    def following(page_id: int | None) -> Query:
        query = _SUMMARIES.order_by(key)
        return query if page_id is None else query.where(key > page_id)

    def preceding(page_id: int) -> Query:
        return _SUMMARIES.where(key < page_id).order_by(key.desc())

    return read_slice(connection, cursor, following, preceding, lambda row: _summary(row, definitions))


def page_summary(connection: Connection, page_id: int) -> PageSummary | None:
    """Return a page with its statistics; None if no page has this id."""
    row = connection.execute(_SUMMARIES.where(page_table.c.id == page_id)).first()
    return None if row is None else _summary(row, _definitions(connection))


def page_count(connection: Connection) -> int:
    """Return the number of pages."""
    return connection.execute(select(func.count()).select_from(page_table)).scalar_one()


def titles(connection: Connection, page_ids: Collection[int]) -> dict[int, str]:
    """Return the titles of the pages' current versions; a page without a title is left out."""
    query = (
        select(page_table.c.id, versions.c.title)
        .join(page_results, page_results.c.page_id == page_table.c.id)
        .join(versions, versions.c.id == page_results.c.version_id)
        .where(page_table.c.id.in_(page_ids), versions.c.title != "")
    )
    return {row.id: row.title for row in connection.execute(query)}


def pages_near(connection: Connection, url: str, limit: int) -> list[Page]:
    """Return the pages next to `url` in the order of URLs, on both sides, at most `limit` on each; their URLs begin like it."""
    key = page_table.c.url
    sides = (
        PAGE_COLUMNS.where(key <= url).order_by(key.desc()).limit(limit),
        PAGE_COLUMNS.where(key > url).order_by(key).limit(limit),
    )
    return pages_of(connection, [row for side in sides for row in connection.execute(side)])


def event_slice(connection: Connection, cursor: Cursor) -> Slice[RecordedEvent]:
    """See `storage.queries.history.History.event_slice`."""
    current = EVENTS_OF_VISITS.where(events.c.superseded_at.is_(None))

    def of(event_id: int) -> Any:
        return select(_beside.c.at, _beside.c.id).where(_beside.c.id == event_id).scalar_subquery()

    def following(event_id: int | None) -> Query:
        query = current.order_by(events.c.at.desc(), events.c.id.desc())
        return query if event_id is None else query.where(_event_key < of(event_id))

    def preceding(event_id: int) -> Query:
        return current.where(_event_key > of(event_id)).order_by(events.c.at, events.c.id)

    return read_slice(connection, cursor, following, preceding, event_of_visit)


def event(connection: Connection, event_id: int) -> RecordedEvent | None:
    """See `storage.queries.history.History.event`."""
    query = EVENTS_OF_VISITS.where(events.c.id == event_id, events.c.superseded_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else event_of_visit(row)


def events_at(connection: Connection, page_id: int, snapshot_id: int, limit: int) -> list[RecordedEvent]:
    """See `storage.queries.history.History.changes_at`."""
    of_check = (events.c.page_id == page_id, events.c.snapshot_id == snapshot_id, events.c.superseded_at.is_(None))
    query = EVENTS_OF_VISITS.where(*of_check).order_by(events.c.id).limit(limit)
    return [event_of_visit(row) for row in connection.execute(query)]


def events_after(
    connection: Connection, query: Query, last: EventKey | None, limit: int
) -> list[tuple[EventKey, RecordedEvent]]:
    """Return the next events of a query for `EVENTS_OF_VISITS`, oldest first, each with its key.

    Args:
        connection: The database connection.
        query: The query.
        last: Only events after this one; None: from the oldest.
        limit: Maximum number of events.
    """
    return _events_from(connection, query if last is None else query.where(_event_key > _key(last)), limit)


def newest_events(connection: Connection, query: Query, count: int, limit: int) -> list[tuple[EventKey, RecordedEvent]]:
    """Return the first `limit` of the `count` newest events of a query for `EVENTS_OF_VISITS`, oldest first, each with its key."""
    newest_first = query.with_only_columns(events.c.at, events.c.id).order_by(events.c.at.desc(), events.c.id.desc())
    first = connection.execute(newest_first.offset(count - 1).limit(1)).first()
    if first is not None:
        query = query.where(_event_key >= _key((first.at, first.id)))
    return _events_from(connection, query, limit)


def _events_from(connection: Connection, query: Query, limit: int) -> list[tuple[EventKey, RecordedEvent]]:
    found = connection.execute(query.order_by(events.c.at, events.c.id).limit(limit))
    return [((row.at, row.id), event_of_visit(row)) for row in found]


def _key(key: EventKey) -> Tuple:
    return tuple_(literal(key[0], events.c.at.type), literal(key[1], events.c.id.type))


def alerts(connection: Connection, limit: int | None) -> list[AlertRow]:
    """See `storage.queries.history.History.alerts`."""
    return [
        AlertRow(change=event_rows.change(row), **{name: getattr(row, name) for name in _ALERT_FIELDS})
        for row in connection.execute(_ALERTS.limit(limit))
    ]


def _definitions(connection: Connection) -> dict[str, FactDefinition]:
    return {fact.name: fact for fact in all_facts(connection)}


def _summary(row: Row, definitions: Mapping[str, FactDefinition]) -> PageSummary:
    return PageSummary(page_of(row, definitions), **{name: getattr(row, name) for name in _FIGURES})
