"""The newest events of a page, tag, fact or level, for feeds."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, String, func, literal, or_, select, tuple_, type_coerce

from alerts.model import RecordedEvent
from monitor.model import Level
from storage.archive import event_rows
from storage.outbox.planning import EVENTS
from storage.queries.paging import Query
from storage.schema import events, page_results, versions
from storage.schema import pages as page_table

EVENTS_CONSIDERED = 100_000
"""Maximum number of events, the newest, among which those of a feed are searched; of a page's feed, among the page's events."""

_TITLED = (
    EVENTS.add_columns(versions.c.title.label("page_title"))
    .outerjoin(page_results, page_results.c.page_id == events.c.page_id)
    .outerjoin(versions, versions.c.id == page_results.c.version_id)
)
_key = tuple_(events.c.at, events.c.id)


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

    Events of every origin count; events that reprocessing has removed from the page history do not. An index is read in the order of time until
    `limit` events are found, and at most `EVENTS_CONSIDERED` events.
    """
    query = _newest_first(_TITLED, wanted.page_id)
    oldest = connection.execute(
        _newest_first(select(events.c.at, events.c.id), wanted.page_id).offset(EVENTS_CONSIDERED - 1).limit(1)
    ).first()
    if oldest is not None:
        query = query.where(_key >= tuple_(literal(oldest.at, events.c.at.type), literal(oldest.id, events.c.id.type)))
    found = connection.execute(query.where(*_conditions(wanted)).limit(limit))
    return [replace(event_rows.recorded_event(row), page_title=row.page_title or "") for row in found]


def _newest_first(query: Query, page_id: int | None) -> Query:
    ordered = query.order_by(events.c.at.desc(), events.c.id.desc())
    return ordered if page_id is None else ordered.where(events.c.page_id == page_id)


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    found = [
        events.c.superseded_at.is_(None),
        events.c.level != Level.NOISE if wanted.level is None else events.c.level == wanted.level,
    ]
    if wanted.fact is not None:
        found.append(events.c.fact == wanted.fact)
    if wanted.tag is not None:
        # The stored list contains the tag as a JSON string behind "[" or ",", which inside of another tag a backslash would separate from the quotation
        # mark. LIKE would ignore case on SQLite.
        stored = type_coerce(page_table.c.tags, String)
        found.append(or_(*(func.replace(stored, sign + json.dumps(wanted.tag), "") != stored for sign in "[,")))
    return found
