"""What happened to a page on each day of a year, and what each of its snapshots changed; each with a fixed number of queries and a limit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, String, case, func, select, type_coerce

from alerts.model import RecordedEvent
from monitor.model import FACT_KINDS, Level, Outcome, Verdict
from storage.outbox.planning import EVENTS_OF_VISITS, event_of_visit
from storage.schema import events, snapshots, versions

CONSIDERED = 20_000
"""Snapshots, and events, of a year that a calendar counts, the newest: 54 a day."""

_ALL_WORDS = 1_000
_REPORTED = (Level.FACT, Level.NUMBER, Level.TEXT)
_RANK = case(
    (events.c.kind.in_(FACT_KINDS), 0), (events.c.level == Level.NUMBER, 1), (events.c.level == Level.TEXT, 2), else_=3
)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day (UTC) on which a page was checked or changed.

    Attributes:
        day: The day.
        checks: Number of snapshots, failed ones included.
        troubled: Number of those that failed or whose page status is not ok.
        changes: Number of changes at levels fact, number and text, by the day of the snapshot that first showed them.
        facts: Number of those about declared facts.
        noise: Number of changes at level noise.
        changed_permille: Words of a thousand that the versions of the day changed, at most 1,000; None if it is not known or there is none.
    """

    day: date
    checks: int = 0
    troubled: int = 0
    changes: int = 0
    facts: int = 0
    noise: int = 0
    changed_permille: int | None = None


@dataclass(frozen=True, slots=True)
class SnapshotChanges:
    """What a snapshot changed.

    Attributes:
        count: Number of changes at levels fact, number and text.
        first: The most important of them; of equally important ones, the first on the page.
    """

    count: int
    first: RecordedEvent


def calendar_of(connection: Connection, page_id: int, year: int) -> list[CalendarDay]:
    """See `storage.queries.history.History.calendar`."""
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    is_troubled = (snapshots.c.outcome == Outcome.FAILED) | (
        snapshots.c.verdict.is_not(None) & (snapshots.c.verdict != Verdict.OK)
    )
    checked = (
        select(
            snapshots.c.id,
            snapshots.c.version_id,
            snapshots.c.taken_at,
            case((is_troubled, 1), else_=0).label("is_troubled"),
        )
        .where(snapshots.c.page_id == page_id, snapshots.c.taken_at >= begin, snapshots.c.taken_at < end)
        .order_by(snapshots.c.taken_at.desc())
        .limit(CONSIDERED)
        .subquery()
    )
    changed = (
        select(events.c.at, events.c.level, events.c.kind)
        .where(events.c.page_id == page_id, events.c.at >= begin, events.c.at < end, events.c.superseded_at.is_(None))
        .order_by(events.c.at.desc())
        .limit(CONSIDERED)
        .subquery()
    )
    found: dict[date, dict[str, int | None]] = {}
    day = _day(connection, checked.c.taken_at)
    for row in connection.execute(select(day, func.count(), func.sum(checked.c.is_troubled)).group_by(day)):
        found.setdefault(date.fromisoformat(row[0]), {}).update(checks=row[1], troubled=row[2])
    for row in connection.execute(
        select(day, func.sum(versions.c.changed_permille))
        .join(versions, (versions.c.id == checked.c.version_id) & (versions.c.snapshot_id == checked.c.id))
        .where(versions.c.changed_permille.is_not(None))
        .group_by(day)
    ):
        found.setdefault(date.fromisoformat(row[0]), {})["changed_permille"] = min(int(row[1]), _ALL_WORDS)
    day = _day(connection, changed.c.at)
    counted = select(
        day,
        func.sum(case((changed.c.level.in_(_REPORTED), 1), else_=0)),
        func.sum(case((changed.c.level.in_(_REPORTED) & changed.c.kind.in_(FACT_KINDS), 1), else_=0)),
        func.sum(case((changed.c.level == Level.NOISE, 1), else_=0)),
    ).group_by(day)
    for row in connection.execute(counted):
        found.setdefault(date.fromisoformat(row[0]), {}).update(changes=row[1], facts=row[2], noise=row[3])
    return [CalendarDay(day, **cast("dict[str, Any]", values)) for day, values in sorted(found.items())]


def year_range(connection: Connection, page_id: int) -> tuple[int, int] | None:
    """See `storage.queries.history.History.years`."""
    first, last = (
        connection.execute(
            select(snapshots.c.taken_at).where(snapshots.c.page_id == page_id).order_by(order).limit(1)
        ).scalar_one_or_none()
        for order in (snapshots.c.taken_at, snapshots.c.taken_at.desc())
    )
    return None if first is None or last is None else (first.year, last.year)


def changes_of(connection: Connection, snapshot_ids: Collection[int]) -> dict[int, SnapshotChanges]:
    """See `storage.queries.history.History.changes_of`."""
    ranked = (
        select(
            events.c.id,
            events.c.snapshot_id,
            func.count().over(partition_by=events.c.snapshot_id).label("count"),
            func.row_number()
            .over(partition_by=events.c.snapshot_id, order_by=(_RANK, events.c.ordinal, events.c.id))
            .label("number"),
        )
        .where(events.c.snapshot_id.in_(snapshot_ids), events.c.level.in_(_REPORTED), events.c.superseded_at.is_(None))
        .subquery()
    )
    query = EVENTS_OF_VISITS.add_columns(ranked.c.snapshot_id.label("shown_by"), ranked.c.count.label("count_of")).join(
        ranked, (ranked.c.id == events.c.id) & (ranked.c.number == 1)
    )
    return {row.shown_by: SnapshotChanges(row.count_of, event_of_visit(row)) for row in connection.execute(query)}


def _day(connection: Connection, moment: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the day of a time in UTC, as "2021-03-01"."""
    if connection.dialect.name == "sqlite":
        return func.substr(type_coerce(moment, String), 1, 10)
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD")
