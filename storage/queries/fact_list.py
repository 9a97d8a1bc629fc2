"""The list of facts that pages have stated: how many pages state which values now, those with contradictions first. Each slice takes four queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, String, Text, and_, case, func, or_, select, tuple_, type_coerce

from monitor.model import JsonValue
from storage.archive.rows import Row
from storage.database.columns import Damaged, DerivedJson
from storage.database.connection import ReadDatabase
from storage.queries.fact_timeline import FactPage
from storage.queries.paging import Query
from storage.schema import fact_states, page_results, pages, readings, snapshots, versions

VALUES = 3
"""Different values of a fact in the list, those of the most pages."""
VERSIONS = 200
"""Versions of a page, the newest, whose statements a sparkline has."""


@dataclass(frozen=True, slots=True)
class StatedValue:
    """A value that pages state now.

    Attributes:
        value: The value, JSON; None if the stored state is damaged.
        quote: The characters of one of the pages; None if they are not stored.
        sentence: The sentence that contained them; None if it is not stored.
        pages: Number of pages that state it.
    """

    value: JsonValue
    quote: str | None
    sentence: str | None
    pages: int


@dataclass(frozen=True, slots=True)
class FactSummary:
    """A fact that at least one page has stated.

    Attributes:
        fact: Its name.
        pages: Number of pages that have stated it.
        values: Number of different values that they state.
        contradicting: Number of pages that state several values.
        absent: Number of pages that state it no longer.
        stated: The values of the most pages, at most `VALUES`.
        newest: The page whose value is the newest; None if none has a time.
        since: When that page first stated its value; None as `newest`.
        recent: What that page stated in its newest versions, in order of time: time and value, None where it stated none.
    """

    fact: str
    pages: int
    values: int
    contradicting: int
    absent: int
    stated: Sequence[StatedValue]
    newest: FactPage | None
    since: datetime | None
    recent: Sequence[tuple[datetime, JsonValue]]


_value = type_coerce(fact_states.c.value, Text)
_STATED = fact_states.c.value.is_not(None)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_contradicting = _count(type_coerce(fact_states.c.contradiction, String) != "[]").label("contradicting")
_values = func.count(_value.distinct()).label("values")
_FACTS = (
    select(
        fact_states.c.fact,
        func.count().label("pages"),
        _values,
        _contradicting,
        _count(fact_states.c.absent_since_id.is_not(None)).label("absent"),
    )
    .where(_STATED)
    .group_by(fact_states.c.fact)
    .order_by(case((_contradicting > 0, 0), (_values > 1, 1), else_=2), fact_states.c.fact)
)
_current = versions.alias("current")


def fact_summaries(database: ReadDatabase, offset: int, limit: int) -> list[FactSummary]:
    """Return a part of the list of facts: those on which a page contradicts itself, then those on which pages differ, then the others, by name.

    Args:
        database: The database.
        offset: Number of facts that are left out at its beginning.
        limit: Maximum number of facts.
    """
    with database.read() as connection:
        facts = connection.execute(_FACTS.offset(offset).limit(limit)).all()
        names = [row.fact for row in facts]
        stated = _stated_values(connection, names)
        newest = {row.fact: row for row in connection.execute(_newest(names))}
        recent = _recent(connection, {name: row.id for name, row in newest.items()})
    return [_summary(row, stated.get(row.fact, ()), newest.get(row.fact), recent.get(row.fact, ())) for row in facts]


def _summary(
    row: Row, stated: Sequence[StatedValue], newest: Row | None, recent: Sequence[tuple[datetime, JsonValue]]
) -> FactSummary:
    page = None if newest is None else FactPage(newest.id, newest.url, newest.label, newest.title)
    since = None if newest is None else newest.since_at
    return FactSummary(row.fact, row.pages, row[2], row.contradicting, row.absent, stated, page, since, recent)


def _stated_values(connection: Connection, names: Collection[str]) -> dict[str, list[StatedValue]]:
    """Return the values of the most pages of each fact; of one page each the quote and sentence."""
    counted = (
        select(
            fact_states.c.fact,
            _value.label("value"),
            func.count().label("pages"),
            func.min(fact_states.c.page_id).label("page_id"),
            func.row_number()
            .over(
                partition_by=fact_states.c.fact, order_by=(func.count().desc(), func.max(fact_states.c.since_at).desc())
            )
            .label("number"),
        )
        .where(_STATED, fact_states.c.fact.in_(names))
        .group_by(fact_states.c.fact, _value)
        .subquery()
    )
    query = (
        select(
            *(counted.c.fact, counted.c.pages, type_coerce(counted.c.value, DerivedJson).label("value")),
            *(fact_states.c.quote, fact_states.c.sentence),
        )
        .join(fact_states, and_(fact_states.c.page_id == counted.c.page_id, fact_states.c.fact == counted.c.fact))
        .where(counted.c.number <= VALUES)
        .order_by(counted.c.fact, counted.c.number)
    )
    found: dict[str, list[StatedValue]] = {}
    for row in connection.execute(query):
        value = None if isinstance(row.value, Damaged) else row.value
        found.setdefault(row.fact, []).append(StatedValue(value, row.quote, row.sentence, row.pages))
    return found


def _newest(names: Collection[str]) -> Query:
    """Return the query for the page of each fact whose value is the newest."""
    order = fact_states.c.since_at.desc(), fact_states.c.page_id
    ranked = (
        select(
            *(fact_states.c.fact, fact_states.c.page_id, fact_states.c.since_at),
            func.row_number().over(partition_by=fact_states.c.fact, order_by=order).label("number"),
        )
        .where(_STATED, fact_states.c.since_at.is_not(None), fact_states.c.fact.in_(names))
        .subquery()
    )
    return (
        select(
            *(ranked.c.fact, ranked.c.since_at, pages.c.id, pages.c.url, pages.c.label),
            func.coalesce(_current.c.title, "").label("title"),
        )
        .join(pages, pages.c.id == ranked.c.page_id)
        .outerjoin(page_results, page_results.c.page_id == pages.c.id)
        .outerjoin(_current, _current.c.id == page_results.c.version_id)
        .where(ranked.c.number == 1)
    )


def _recent(connection: Connection, on: dict[str, int]) -> dict[str, list[tuple[datetime, JsonValue]]]:
    """Return what a page of each fact stated in its newest versions; other values and damaged ones are left out."""
    if not on:
        return {}
    last = (
        select(versions.c.page_id, func.max(versions.c.seq).label("seq"))
        .where(versions.c.page_id.in_(set(on.values())))
        .group_by(versions.c.page_id)
        .subquery()
    )
    query = (
        select(readings.c.fact, snapshots.c.taken_at, readings.c.value)
        .select_from(last)
        .join(versions, and_(versions.c.page_id == last.c.page_id, versions.c.seq > last.c.seq - VERSIONS))
        .join(readings, readings.c.version_id == versions.c.id)
        .join(snapshots, snapshots.c.id == versions.c.snapshot_id)
        .where(or_(*(tuple_(versions.c.page_id, readings.c.fact) == (page, fact) for fact, page in on.items())))
        .order_by(snapshots.c.taken_at, snapshots.c.id)
    )
    found: dict[str, list[tuple[datetime, JsonValue]]] = {}
    for row in connection.execute(query):
        if not isinstance(row.value, Damaged):
            found.setdefault(row.fact, []).append((row.taken_at, row.value))
    return found
