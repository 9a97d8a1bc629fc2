"""One fact on some pages over time, for charts and tables: each change of what a page states, and the periods in which it could not be checked.

Reads what stored versions state, of snapshots of every origin: an import that adds a snapshot between two others has its page reprocessed. Each query
returns a bounded number of rows. Sentences are read for the rows that are shown only (`statements`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from monitor.model import JsonValue, Outcome, Verdict
from storage.archive.rows import Row
from storage.database.connection import ReadDatabase
from storage.queries import fact_history
from storage.queries.fact_history import FactHistoryRow, Key
from storage.queries.paging import Query
from storage.queries.snapshot_list import FOLLOWING_AT
from storage.schema import fact_states, page_checks, page_results, pages, readings, snapshots, versions

POINTS = 10_000
"""Statements of a timeline, and periods without an ok check: the newest of them."""
CHECKS = 100_000
"""Snapshots of a page, the newest, among which periods without an ok check are found: eleven years of hourly checks."""

FAILED = "failed"
"""Status of a check without a response; all others are verdicts."""


@dataclass(frozen=True, slots=True)
class FactPage:
    """A page that has stated a fact.

    Attributes:
        id: Its id.
        url: Its URL.
        label: Its display name; "" if it has none.
        title: Title of its current version; "" if it has none.
    """

    id: int
    url: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class FactPoint:
    """What a page states of a fact from one snapshot on. Satisfies `monitor.tracking.fact_history.Statement`.

    Attributes:
        key: Key of the stored reading.
        fact: The fact's name.
        page_url: The page's URL.
        at: taken_at of the snapshot that first shows it.
        snapshot_id: That snapshot.
        value: The value, JSON; None where the page does not state it, or not in a readable form.
        contradicts: Other values on the same page, as {"value", "quote", "sentence"}.
        unreadable: Whether the page states the fact, but only in a form that is not readable.
        damaged: Whether the stored row cannot be decoded; `value` is then None.
    """

    key: Key
    fact: str
    page_url: str
    at: datetime
    snapshot_id: int
    value: JsonValue
    contradicts: tuple[dict[str, JsonValue], ...] = ()
    unreadable: bool = False
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Consecutive checks of a page without an ok result.

    Attributes:
        page_url: The page's URL.
        begin: Time of the first of them.
        end: Time of the next check with another result; None if there is none.
        status: `FAILED` or the verdict of all of them.
        checks: Their number; None if it is not known, as `end`.
    """

    page_url: str
    begin: datetime
    end: datetime | None
    status: str
    checks: int | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A fact on some pages.

    Attributes:
        points: Statements in order of time, of each page first the one in force at the beginning; a point's stored text differs from that of the page's
            previous one, which need not be another statement (`monitor.tracking.fact_history.statement_changes`).
        troubles: The periods without an ok check, in order of time.
        until: By page URL, the time of the last snapshot that is known to show the page's last statement.
        checked: By page URL, the time of the last check.
        is_complete: Whether these are known to be all statements in the range.
    """

    points: Sequence[FactPoint]
    troubles: Sequence[Trouble]
    until: dict[str, datetime]
    checked: dict[str, datetime]
    is_complete: bool


_current = versions.alias("current")
_PAGES = (
    select(pages.c.id, pages.c.url, pages.c.label, func.coalesce(_current.c.title, "").label("title"))
    .select_from(pages)
    .outerjoin(page_results, page_results.c.page_id == pages.c.id)
    .outerjoin(_current, _current.c.id == page_results.c.version_id)
)
_value, _others = type_coerce(readings.c.value, Text), type_coerce(readings.c.contradicts, Text)


class FactTimelines:
    """Queries of the history of one fact. Each method sees the database as of one moment."""

    def __init__(self, database: ReadDatabase) -> None:
        self.database = database

    def pages(self, fact: str, limit: int, after: int = 0) -> list[FactPage]:
        """Return the pages that have stated a fact, by id.

        Args:
            fact: Its name.
            limit: Maximum number of pages.
            after: Only pages with a greater id.
        """
        stated = select(fact_states.c.page_id).where(fact_states.c.fact == fact, fact_states.c.value.is_not(None))
        query = _PAGES.where(pages.c.id.in_(stated), pages.c.id > after).order_by(pages.c.id).limit(limit)
        with self.database.read() as connection:
            return [FactPage(*row) for row in connection.execute(query)]

    def pages_at(self, urls: Collection[str]) -> list[FactPage]:
        """Return the pages with these normalised URLs, by id; unknown ones are left out."""
        with self.database.read() as connection:
            query = _PAGES.where(pages.c.url.in_(urls)).order_by(pages.c.id)
            return [FactPage(*row) for row in connection.execute(query)]

    def page_count(self, fact: str) -> int:
        """Return the number of pages that have stated a fact."""
        stated = fact_states.c.fact == fact, fact_states.c.value.is_not(None)
        with self.database.read() as connection:
            return connection.execute(select(func.count()).select_from(fact_states).where(*stated)).scalar_one()

    def timeline(
        self,
        fact: str,
        on: Sequence[FactPage],
        begin: datetime | None = None,
        end: datetime | None = None,
        limit: int = POINTS,
    ) -> Timeline:
        """Return what pages stated of a fact, and when they could not be checked.

        Args:
            fact: Its name.
            on: The pages.
            begin: Only statements in force at this time or later; None: from the first.
            end: Only statements before this time; None: to the last.
            limit: Maximum number of statements, and of periods without an ok check; the newest are returned.
        """
        urls = {page.id: page.url for page in on}
        if not urls:
            return Timeline((), (), {}, {}, is_complete=True)
        with self.database.read() as connection:
            found = [*connection.execute(_points(fact, urls, end).limit(limit + 1))]
            troubled = connection.execute(_troubles(urls, end).limit(limit)).all()
            until = connection.execute(_until(fact, urls)).one()
            checked = connection.execute(_checked(urls)).one()
        points = [_point(row, fact, urls) for row in found[:limit][::-1]]
        in_range = points if begin is None else _in_force(points, begin)
        return Timeline(
            in_range,
            [trouble for trouble in _spans(troubled, urls) if begin is None or (trouble.end or trouble.begin) >= begin],
            _by_url(urls, until, end),
            _by_url(urls, checked, end),
            is_complete=len(found) <= limit or _reaches(points, begin, urls.values()),
        )

    def statements(self, keys: Sequence[Key]) -> list[FactHistoryRow]:
        """Return the rows of these keys with their sentences, in this order; a reading that is no longer stored is left out."""
        with self.database.read() as connection:
            return fact_history.rows_of(connection, keys) if keys else []

    def following(self, snapshot_ids: Collection[int]) -> dict[int, datetime | None]:
        """Return for each of these snapshots the time of its page's next replayable one, as `pagewitness.replay.replayed.stamp_of` needs it."""
        query = select(snapshots.c.id, FOLLOWING_AT.label("at")).where(snapshots.c.id.in_(snapshot_ids))
        with self.database.read() as connection:
            return {row.id: row.at for row in connection.execute(query)}


def _reaches(points: Sequence[FactPoint], begin: datetime | None, urls: Collection[str]) -> bool:
    """Return whether the points of each page are known to reach back to `begin`."""
    if begin is None:
        return False
    return {point.page_url for point in points if point.at <= begin} >= set(urls)


def _by_url(urls: dict[int, str], times: Row, end: datetime | None) -> dict[str, datetime]:
    """Return a row with a time for each page by the pages' URLs, none after `end`; pages without a time are left out."""
    pairs = zip(urls.values(), times, strict=True)
    return {url: at if end is None else min(at, end) for url, at in pairs if at is not None}


def _points(fact: str, page_ids: Collection[int], end: datetime | None) -> Query:
    """Return the query for the readings whose stored text differs from that of the page's previous version, the newest first."""
    order = snapshots.c.taken_at, snapshots.c.id

    def before(column: ColumnElement[str]) -> ColumnElement[str]:
        return func.lag(column).over(partition_by=versions.c.page_id, order_by=order)

    stated = (
        select(
            *(versions.c.page_id, readings.c.version_id, readings.c.position),
            *(snapshots.c.taken_at, snapshots.c.id.label("snapshot_id"), readings.c.quote.is_not(None).label("stated")),
            *(_value.label("value"), _others.label("others")),
            # `contradicts` is never null, so that null marks a page's first statement.
            *(before(_value).label("value_before"), before(_others).label("others_before")),
        )
        .select_from(versions)
        .join(readings, and_(readings.c.version_id == versions.c.id, readings.c.fact == fact))
        .join(snapshots, snapshots.c.id == versions.c.snapshot_id)
        .where(versions.c.page_id.in_(page_ids))
    )
    if end is not None:
        stated = stated.where(snapshots.c.taken_at < end)
    each = stated.subquery()
    differs = or_(
        each.c.value.is_distinct_from(each.c.value_before), each.c.others.is_distinct_from(each.c.others_before)
    )
    columns = (
        *(each.c.page_id, each.c.version_id, each.c.position, each.c.taken_at, each.c.snapshot_id, each.c.stated),
        *(each.c.value, each.c.others),
    )
    return select(*columns).where(differs).order_by(each.c.taken_at.desc(), each.c.snapshot_id.desc())


def _point(row: Row, fact: str, urls: dict[int, str]) -> FactPoint:
    page_id, version_id, position, at, snapshot_id, stated, text, others_text = row
    key, url = (version_id, position), urls[page_id]
    try:
        value = None if text is None else _value_of(_decoded(text))
        others = () if others_text == "[]" else _others_of(_decoded(others_text))
    except (ValueError, RecursionError):
        return FactPoint(key, fact, url, at, snapshot_id, None, damaged=True)
    return FactPoint(key, fact, url, at, snapshot_id, value, others, value is None and bool(stated))


def _decoded(text: str) -> JsonValue:
    """Return a stored JSON value; whole numbers, which most are, by the quicker of two ways."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else json.loads(text)


def _value_of(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        raise ValueError("no value is an object")  # noqa: TRY004 – it is stored, not passed
    return value


def _others_of(value: JsonValue) -> tuple[dict[str, JsonValue], ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) and "value" in item for item in value):
        raise ValueError("other values are a list of objects")
    return tuple(value)


def _in_force(points: Sequence[FactPoint], begin: datetime) -> list[FactPoint]:
    """Return the points from `begin` on, and of each page the last one before it."""
    earlier = {point.page_url: point for point in points if point.at < begin}
    kept = {point.key for point in earlier.values()}
    return [point for point in points if point.at >= begin or point.key in kept]


def _troubles(page_ids: Collection[int], end: datetime | None) -> Query:
    """Return the query for the checks whose status differs from that of the page's previous check, the newest first; ok ones end a period."""
    status = case(
        (snapshots.c.outcome == Outcome.FAILED, literal(FAILED)), else_=type_coerce(snapshots.c.verdict, Text)
    )
    order = snapshots.c.taken_at, snapshots.c.id
    checks = (
        select(
            *(snapshots.c.page_id, snapshots.c.taken_at, snapshots.c.id, status.label("status")),
            func.lag(status).over(partition_by=snapshots.c.page_id, order_by=order).label("status_before"),
            func.row_number().over(partition_by=snapshots.c.page_id, order_by=order).label("number"),
        )
        .join(page_checks, page_checks.c.page_id == snapshots.c.page_id)
        # A snapshot that is not processed has no status yet.
        .where(
            snapshots.c.page_id.in_(page_ids), status.is_not(None), snapshots.c.seq > page_checks.c.last_seq - CHECKS
        )
    )
    if end is not None:
        checks = checks.where(snapshots.c.taken_at < end)
    each = checks.subquery()
    return (
        select(each.c.page_id, each.c.taken_at, each.c.status, each.c.number)
        .where(each.c.status.is_distinct_from(each.c.status_before))
        .order_by(each.c.taken_at.desc(), each.c.id.desc())
    )


def _spans(newest_first: Sequence[Row], urls: dict[int, str]) -> list[Trouble]:
    """Return the periods without an ok check, in order of time, from the rows of `_troubles`."""
    following: dict[int, Row] = {}
    found = []
    for row in newest_first:
        after = following.get(row.page_id)
        following[row.page_id] = row
        if row.status != Verdict.OK:
            end, checks = (None, None) if after is None else (after.taken_at, after.number - row.number)
            found.append(Trouble(urls[row.page_id], row.taken_at, end, row.status, checks))
    return found[::-1]


def _until(fact: str, page_ids: Collection[int]) -> Query:
    """Return the query for the last snapshot of each page that shows its last version with this fact; a column for each page."""

    def last_known(page_id: int) -> ScalarSelect[datetime]:
        own = versions.alias()
        version = (
            select(own.c.id)
            .join(readings, and_(readings.c.version_id == own.c.id, readings.c.fact == fact))
            .where(own.c.page_id == page_id)
            .order_by(own.c.seq.desc())
            .limit(1)
            .scalar_subquery()
        )
        shown = snapshots.alias()
        query = select(shown.c.taken_at).where(shown.c.page_id == page_id, shown.c.version_id == version)
        return query.order_by(shown.c.taken_at.desc()).limit(1).scalar_subquery()

    columns: list[ColumnElement[Any]] = [last_known(page_id).label(f"until_{page_id}") for page_id in page_ids]
    return select(*columns)


def _checked(page_ids: Collection[int]) -> Query:
    """Return the query for the time of the last check of each page; a column for each page."""
    columns: list[ColumnElement[Any]] = [
        select(func.max(snapshots.c.taken_at)).where(snapshots.c.page_id == page_id).scalar_subquery()
        for page_id in page_ids
    ]
    return select(*(column.label(f"checked_{page_id}") for page_id, column in zip(page_ids, columns, strict=True)))
