"""Search the texts of all pages: the newest ones first, by the time at which they first appeared.

A search with words reads the full-text index in that order until a slice is full. Where further conditions (time, page) are tested row by row, at most `CONSIDERED`
texts are read for one slice; it can then be short although the list goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from monitor.model import BlockKind
from monitor.search.query import Period, QueryError, SearchQuery
from monitor.urls import normalise
from storage.archive.rows import Row
from storage.database.slices import slices
from storage.queries.feed_events import has_tag
from storage.schema import page_checks, pages, search_absences, search_blocks, snapshots
from storage.search.presence import first_key_of, second_of
from storage.search.terms import NAME, condition_of

CONSIDERED = 20_000
"""Maximum number of texts with the words that are tested against further conditions for one slice."""
MOST_PAGE_TERMS = 50
"""Maximum number of pages that the index itself selects; more are tested row by row."""

_blocks, _absences = search_blocks.c, search_absences.c
_newest = snapshots.alias("newest")
_last_at = func.coalesce(_blocks.last_at, _newest.c.taken_at, _blocks.first_at, type_=_blocks.first_at.type)
_COLUMNS = ("id", "page_id", "kind", "body", "first_at", "gone_at", "returns")
_ROWS = (
    select(
        *(_blocks[name] for name in _COLUMNS),
        _last_at.label("last_at"),
        pages.c.url.label("page_url"),
        pages.c.label.label("page_label"),
    )
    .select_from(search_blocks)
    .join(pages, pages.c.id == _blocks.page_id)
    .outerjoin(page_checks, page_checks.c.page_id == pages.c.id)
    .outerjoin(_newest, _newest.c.id == page_checks.c.ok_snapshot_id)
)


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which a text was not on its page, before it returned.

    Attributes:
        last_at: Time of the last snapshot that had it before.
        gone_at: Time of the first snapshot without it.
        back_at: Time of the first snapshot that has it again.
    """

    last_at: datetime
    gone_at: datetime
    back_at: datetime


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A text of a page.

    Attributes:
        id: Its key.
        page_id: The page.
        page_url: The page's URL.
        page_label: The page's display name; "" if it has none.
        kind: Kind of the block that first had it.
        text: The text, possibly cut.
        first_at: taken_at of the first snapshot that has it.
        last_at: taken_at of the last ok snapshot that has it.
        gone_at: taken_at of the first ok snapshot without it after that; None if it is on the page.
        returns: How often it appeared again.
        absences: When it was absent between; at most `storage.search.presence.MOST_ABSENCES`.
    """

    id: int
    page_id: int
    page_url: str
    page_label: str
    kind: BlockKind
    text: str
    first_at: datetime
    last_at: datetime
    gone_at: datetime | None
    returns: int
    absences: tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class SearchSlice:
    """A slice of the results.

    Attributes:
        rows: The results, in order; can be empty although `next` is given.
        next: Where the list goes on: the key to continue after; None at its end.
        searched_to: Time down to which this slice is complete; None at the list's end.
    """

    rows: Sequence[SearchResult]
    next: int | None
    searched_to: datetime | None


def search(connection: Connection, query: SearchQuery, limit: int, after: int | None = None) -> SearchSlice:
    """Return a slice of the texts that a query finds.

    Args:
        connection: The database connection.
        query: The query.
        limit: Maximum number of rows.
        after: The slice begins after the text with this key; None: with the newest.

    Raises:
        QueryError: A filter names no page, tag or host; the message says how to correct it.
    """
    of_pages, few = _pages(connection, query)
    conditions = _conditions(query)
    if of_pages is not None and (few is None or not query.required):
        conditions.append(_blocks.page_id.in_(of_pages))
    if not query.required:
        # Without words, the texts themselves are read in the order of their keys.
        index = _Index(_blocks.id, None)
    else:
        index = _index_of(connection, query, few or ())
    matching = [*index.matching(), *_range(index.key, query, after)]
    bound = None
    if conditions:
        considered = select(index.key).where(*matching).order_by(index.key.desc())
        bound = connection.execute(considered.offset(CONSIDERED - 1).limit(1)).scalar()
    if bound is not None:
        conditions.append(index.key >= bound)
    found = index.joined(_ROWS).where(*matching, *conditions).order_by(index.key.desc()).limit(limit + 1)
    rows = connection.execute(found).all()
    return _slice(connection, rows, limit, bound)


class _Index(NamedTuple):
    """Where a search reads keys of texts in order.

    Attributes:
        key: The column with the keys.
        condition: Whether a text has the words; None: there are none.
    """

    key: ColumnElement[int]
    condition: ColumnElement[bool] | None

    def matching(self) -> list[ColumnElement[bool]]:
        return [] if self.condition is None else [self.condition]

    def joined(self, rows: Select[Any]) -> Select[Any]:
        """Add the full-text index to a query of texts."""
        return rows if self.condition is None else rows.where(self.key == _blocks.id)


def _index_of(connection: Connection, query: SearchQuery, page_ids: Sequence[int]) -> _Index:
    """Return the full-text index with the condition that a query's words and pages make."""
    dialect = connection.dialect.name
    words = bindparam("words", condition_of(dialect, query, page_ids), Text)
    if dialect == "postgresql":
        # The best plan differs between rare and frequent words; a prepared statement would keep one for all.
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    if dialect == "sqlite":
        terms = table(NAME, column("rowid", BigInteger), column(NAME, Text))
        return _Index(terms.c.rowid, terms.c[NAME].op("MATCH")(words))
    terms = table(NAME, column("block_id", BigInteger), column("terms", TSVECTOR))
    return _Index(terms.c.block_id, terms.c.terms.op("@@")(cast(words, TSQUERY)))


def _pages(connection: Connection, query: SearchQuery) -> tuple[Select[Any] | None, list[int] | None]:
    """Return which pages the filters select: a query of their ids, and the ids if they are few; (None, None) without such filters.

    Raises:
        QueryError: A filter selects none.
    """
    conditions = [*_page_conditions(query)]
    if not conditions:
        return None, None
    wanted = select(pages.c.id).where(*(condition for _, condition in conditions))
    ids = list(connection.execute(wanted.limit(MOST_PAGE_TERMS + 1)).scalars())
    if not ids:
        raise _no_pages(connection, conditions)
    return wanted, ids if len(ids) <= MOST_PAGE_TERMS else None


_Named = tuple[str, ColumnElement[bool]]


def _page_conditions(query: SearchQuery) -> list[_Named]:
    """Return the conditions of a query on pages, each with the filter as typed."""
    found = [(f"tag:{tag}", has_tag(tag)) for tag in query.tags]
    if query.pages:
        found.append((f"page:{' page:'.join(query.pages)}", or_(*map(_is_page, query.pages))))
    if query.hosts:
        names = [name for host in query.hosts for name in (host, f"www.{host}")]
        found.append((f"host:{' host:'.join(query.hosts)}", pages.c.host.in_(names)))
    return found


def _is_page(named: str) -> ColumnElement[bool]:
    urls = {named, *(url for text in (named, f"https://{named}") if (url := _normalised(text)))}
    return or_(pages.c.label == named, pages.c.url.in_(urls))


def _normalised(url: str) -> str | None:
    try:
        return normalise(url)
    except ValueError:
        return None


def _no_pages(connection: Connection, conditions: Sequence[_Named]) -> QueryError:
    for name, condition in conditions:
        if connection.execute(select(pages.c.id).where(condition).limit(1)).first() is None:
            what = {"tag": "tag", "page": "URL or label", "host": "host"}[name.partition(":")[0]]
            return QueryError(f"No page fits {name}; check the {what} in the list of pages.")
    return QueryError(f"No page fits all of {' '.join(name for name, _ in conditions)}; remove one of them.")


def _range(key: ColumnElement[int], query: SearchQuery, after: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions on keys: they are in the order of first_at, and what happens to a text happens after that."""
    periods = [period for period in (query.present, query.added, query.removed) if period is not None]
    ends = [first_key_of(period.end) for period in periods if period.end is not None]
    last = min([*ends, *([] if after is None else [after])], default=None)
    return [] if last is None else [key < last]


def _conditions(query: SearchQuery) -> list[ColumnElement[bool]]:
    """Return the conditions that each text is tested for; those that its key answers are left out."""
    found: list[ColumnElement[bool]] = []
    if query.present is not None and query.present.start is not None:
        found.append(_last_at >= query.present.start)
        if query.present.end is not None:
            found.append(~_has_absence(_absences.last_at < query.present.start, _absences.back_at >= query.present.end))
    if query.added is not None and query.added != Period():
        found.append(or_(_within(_blocks.first_at, query.added), _has_absence(_within(_absences.back_at, query.added))))
    if query.removed is not None:
        gone = and_(_blocks.gone_at.is_not(None), _within(_blocks.gone_at, query.removed))
        found.append(or_(gone, _has_absence(_within(_absences.gone_at, query.removed))))
    return found


def _has_absence(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(_blocks.returns > 0, exists().where(_absences.block_id == _blocks.id, *conditions))


def _within(at: ColumnElement[Any], period: Period) -> ColumnElement[bool]:
    return and_(
        *([at >= period.start] if period.start is not None else []),
        *([at < period.end] if period.end is not None else []),
        true(),
    )


def _slice(connection: Connection, rows: Sequence[Row], limit: int, bound: int | None) -> SearchSlice:
    part = rows[:limit]
    absences = _absences_of(connection, [row.id for row in part if row.returns])
    found = [_result(row, tuple(absences.get(row.id, ()))) for row in part]
    if len(rows) > limit:
        return SearchSlice(found, part[-1].id, part[-1].first_at)
    return SearchSlice(found, bound, None if bound is None else second_of(bound))


def _absences_of(connection: Connection, block_ids: Sequence[int]) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = {}
    query = select(_absences.block_id, _absences.last_at, _absences.gone_at, _absences.back_at)
    for some in slices(block_ids):
        for row in connection.execute(query.where(_absences.block_id.in_(some)).order_by(_absences.n)):
            found.setdefault(row.block_id, []).append(Absence(row.last_at, row.gone_at, row.back_at))
    return found


def _result(row: Row, absences: tuple[Absence, ...]) -> SearchResult:
    return SearchResult(
        id=row.id,
        page_id=row.page_id,
        page_url=row.page_url,
        page_label=row.page_label,
        kind=row.kind,
        text=row.body,
        first_at=row.first_at,
        last_at=row.last_at,
        gone_at=row.gone_at,
        returns=row.returns,
        absences=absences,
    )
