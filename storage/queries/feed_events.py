"""The newest events of a page, tag, fact or level, for feeds."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import nlargest
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, func, literal, or_, select, tuple_, type_coerce, union_all

from alerts.model import RecordedEvent
from monitor.model import Level
from storage.archive import event_rows
from storage.outbox.planning import EVENTS
from storage.queries.paging import Query
from storage.schema import events, page_results, versions
from storage.schema import pages as page_table

EVENTS_CONSIDERED = 100_000
"""Maximum number of events, the newest, among which those of a feed are searched: of the fact's events, the page's, or those of all pages with the tag."""
_PAGES_AT_ONCE = 100

_TITLED = (
    EVENTS.add_columns(versions.c.title.label("page_title"))
    .outerjoin(page_results, page_results.c.page_id == events.c.page_id)
    .outerjoin(versions, versions.c.id == page_results.c.version_id)
)
_key = tuple_(events.c.at, events.c.id)
_NEWEST_FIRST = (events.c.at.desc(), events.c.id.desc())


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to return.

    Attributes:
        page_id: Only events of this page; None: of all pages.
        tag: Only events of pages with this tag; None: of all pages.
        fact: Only events about this fact; None: all.
        level: Only events of this level; None: all but noise.
    """

    page_id: int | None = None
    tag: str | None = None
    fact: str | None = None
    level: Level | None = None


def newest_matching(connection: Connection, wanted: EventFilter, limit: int) -> list[RecordedEvent]:
    """Return the newest events that a filter accepts, with the titles of their pages, the newest first, at most `limit`.

    Events of every origin count; events that reprocessing has removed from the page history do not. An index, of the fact, the page or all events, is
    read in the order of time until `limit` events are found, and at most `EVENTS_CONSIDERED` events. Where these contain too few of a tag, the newest
    events of each of its pages are read: rare events of few pages must not drop out of a feed because others are frequent.
    """
    query = _newest_first(_TITLED, wanted).where(*_conditions(wanted)).limit(limit)
    oldest = connection.execute(
        _newest_first(select(events.c.at, events.c.id), wanted).offset(EVENTS_CONSIDERED - 1).limit(1)
    ).first()
    if oldest is None:
        return _read(connection, query)
    considered = _key >= tuple_(literal(oldest.at, events.c.at.type), literal(oldest.id, events.c.id.type))
    found = _read(connection, query.where(considered))
    if len(found) < limit and wanted.tag is not None and wanted.fact is None and wanted.page_id is None:
        keys = _newest_of_tag(connection, wanted, limit)
        return _read(connection, _TITLED.where(events.c.id.in_(keys)).order_by(*_NEWEST_FIRST))
    return found


def _read(connection: Connection, query: Query) -> list[RecordedEvent]:
    return [
        replace(event_rows.recorded_event(row), page_title=row.page_title or "") for row in connection.execute(query)
    ]


def _newest_first(query: Query, wanted: EventFilter) -> Query:
    ordered = query.order_by(*_NEWEST_FIRST)
    if wanted.fact is not None:
        ordered = ordered.where(events.c.fact == wanted.fact)
    return ordered if wanted.page_id is None else ordered.where(events.c.page_id == wanted.page_id)


def _newest_of_tag(connection: Connection, wanted: EventFilter, limit: int) -> list[int]:
    """Return the keys of the newest events that a filter accepts, from the newest events of each page with its tag."""
    ids = list(connection.execute(select(page_table.c.id).where(has_tag(wanted.tag or ""))).scalars())
    per_page = max(limit, EVENTS_CONSIDERED // max(len(ids), 1))
    newest: list[tuple[datetime, int]] = []
    for start in range(0, len(ids), _PAGES_AT_ONCE):
        pages = [
            select(events.c.at, events.c.id, events.c.superseded_at, events.c.level)
            .where(events.c.page_id == page_id)
            .order_by(*_NEWEST_FIRST)
            .limit(per_page)
            .subquery()
            for page_id in ids[start : start + _PAGES_AT_ONCE]
        ]
        accepted = [
            select(page.c.at, page.c.id).where(page.c.superseded_at.is_(None), _is_of_level(page.c.level, wanted.level))
            for page in pages
        ]
        rows = connection.execute(union_all(*accepted))
        newest = nlargest(limit, [*newest, *((row.at, row.id) for row in rows)])
    return [key for _, key in newest]


def _is_of_level(column: ColumnElement[Any], level: Level | None) -> ColumnElement[bool]:
    return column != Level.NOISE if level is None else column == level


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    found = [events.c.superseded_at.is_(None), _is_of_level(events.c.level, wanted.level)]
    if wanted.tag is not None:
        found.append(has_tag(wanted.tag))
    return found


def has_tag(tag: str) -> ColumnElement[bool]:
    """Whether a page has exactly this tag.

    The stored list contains the tag as a JSON string behind "[" or ",", which inside of another tag a backslash would separate from the quotation mark.
    LIKE would ignore case on SQLite.
    """
    stored = type_coerce(page_table.c.tags, String)
    return or_(*(func.replace(stored, sign + json.dumps(tag), "") != stored for sign in "[,"))
