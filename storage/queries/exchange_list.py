"""Lists of exchanges in the order of a CDX index: by SURT key, then time, read in slices so that a list of any length takes constant memory.

URLs are read by the index `(surt, id)`, the exchanges of each by the index `(url_id, started_at)`. Exchanges of many short URLs are read together: one
query for each URL would take most of the time of a long list.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.archive.rows import Row
from storage.database.connection import ReadDatabase
from storage.queries.exchange_lookup import is_self_redirect
from storage.queries.paging import Query
from storage.queries.url_ranges import ArchivedUrl, Selection, equivalent_urls, in_ranges, same_resource, urls_of
from storage.schema import archived_urls, bodies, exchanges, snapshots

_NOT_MODIFIED = 304
_URLS = 100  # read together
_ROWS = 2_000  # of these together; if there are more, each URL is read by itself
_SLICE = 500  # rows of one URL
_LEAST_SLICE = 20
_COUNTED_URLS = 5_000


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A position in a list: that of the exchange with these values."""

    surt: str
    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class ListedExchange:
    """An exchange with a response.

    Attributes:
        position: Its position in the list.
        url: The requested URL.
        replay_at: The time under which it is replayed: that of the snapshot for the page's own URL, otherwise that of the request.
        status: The status code.
        content_type: The Content-Type field; None if there is none.
        entity_bytes: Length of the body as sent.
        body_sha256: SHA-256 of the content-decoded body; of a revisit, of the body that it confirms. None if it has none.
        is_revisit: Whether it is a 304 that confirms an earlier exchange.
        is_self_redirect: Whether it redirects to an equivalent URL.
    """

    position: Position
    url: str
    replay_at: datetime
    status: int
    content_type: str | None
    entity_bytes: int
    body_sha256: str | None
    is_revisit: bool
    is_self_redirect: bool


def list_exchanges(
    database: ReadDatabase, wanted: Selection, after: Position | None = None
) -> Iterator[ListedExchange]:
    """Yield exchanges by SURT key, then time; those after a position, or all. Each slice is read in a transaction of its own."""
    for urls in _batches(_groups(urls_of(database, wanted, "" if after is None else after.surt))):
        rows = _together(database, wanted, [url for group in urls for url in group])
        if rows is not None:
            yield from _after(sorted(map(_listed, rows), key=lambda row: row.position), after)
            continue
        for group in urls:
            yield from _after(_merged(database, wanted, group, after), after)


def nearest_exchanges(database: ReadDatabase, wanted: Selection, when: datetime) -> Iterator[ListedExchange]:
    """Yield the exchanges of URLs equivalent to one by their distance from a time; of two equally near ones the earlier first."""
    urls = equivalent_urls(database, wanted.url)
    size = _slice_of(urls)
    before = (_stream(database, wanted, url, size, until=when, newest_first=True) for url in urls)
    later = (_stream(database, wanted, url, size, since=when) for url in urls)
    yield from heapq.merge(*before, *later, key=lambda row: (abs(row.position.at - when), row.position))


def newest_exchanges(database: ReadDatabase, wanted: Selection) -> Iterator[ListedExchange]:
    """Yield the exchanges of URLs equivalent to one, the newest first."""
    urls = equivalent_urls(database, wanted.url)
    streams = (_stream(database, wanted, url, _slice_of(urls), newest_first=True) for url in urls)
    yield from heapq.merge(*streams, key=lambda row: (row.position.at, row.position.id), reverse=True)


def mementos_of(database: ReadDatabase, url: str, *, since: datetime | None = None) -> Iterator[ListedExchange]:
    """Yield the exchanges that replay can show under a URL, in order of time; see `exchange_lookup.nearest_exchange` for which these are.

    Args:
        database: The archive.
        url: A normalised URL.
        since: Only those that were requested at this time or later; None: all.
    """
    wanted = Selection(url, since=since)
    urls = same_resource(database, url)
    streams = (_stream(database, wanted, one, _slice_of(urls)) for one in urls)
    return (row for row in heapq.merge(*streams, key=lambda row: row.position) if not row.is_self_redirect)


def mementos_before(database: ReadDatabase, url: str, until: datetime | None = None) -> Iterator[ListedExchange]:
    """Yield the exchanges of `mementos_of` that were requested before a time, the newest first; with None all."""
    wanted = Selection(url, until=until)
    urls = same_resource(database, url)
    streams = (_stream(database, wanted, one, _slice_of(urls), newest_first=True) for one in urls)
    merged = heapq.merge(*streams, key=lambda row: (row.position.at, row.position.id), reverse=True)
    return (row for row in merged if not row.is_self_redirect)


def count_exchanges(database: ReadDatabase, wanted: Selection, most: int) -> Iterator[tuple[str, int]]:
    """Yield the SURT keys of a list in its order, each with the number of its exchanges, without reading them.

    Args:
        database: The archive.
        wanted: Which exchanges.
        most: Maximum number of exchanges and of URLs that are examined, those with another status included; the rest of the list is left out.
    """
    for key, counts in groupby(_counts(database, wanted, most), lambda item: item[0]):
        if total := sum(count for _, count in counts):
            yield key, total


def _counts(database: ReadDatabase, wanted: Selection, most: int) -> Iterator[tuple[str, int]]:
    """Yield counts for `count_exchanges`; a key whose URLs are counted in two queries occurs twice."""
    keys = tuple_(archived_urls.c.surt, archived_urls.c.id)
    examined = (
        select(archived_urls.c.surt, exchanges.c.status)
        .join(exchanges, exchanges.c.url_id == archived_urls.c.id)
        .where(in_ranges(wanted), *_limits_of_time(wanted))
        .order_by(archived_urls.c.surt, archived_urls.c.id)
    )
    left = most
    for chunk in _chunks(islice(urls_of(database, wanted), most), _COUNTED_URLS):
        first, last = chunk[0], chunk[-1]
        inside = examined.where(
            archived_urls.c.surt >= first.surt,
            archived_urls.c.surt <= last.surt,
            keys >= tuple_(first.surt, first.id),
            keys <= tuple_(last.surt, last.id),
        )
        part = inside.limit(left).subquery()
        is_listed = part.c.status.is_not(None) if wanted.status is None else part.c.status == wanted.status
        query = (
            select(part.c.surt, func.count(), func.count().filter(is_listed))
            .group_by(part.c.surt)
            .order_by(part.c.surt)
        )
        with database.read() as connection:
            found = [tuple(row) for row in connection.execute(query)]
        for key, all_of_key, listed in found:
            left -= all_of_key
            yield key, listed
        if left <= 0:
            return


def _groups(urls: Iterable[ArchivedUrl]) -> Iterator[list[ArchivedUrl]]:
    """Yield the URLs of each key, at most `_URLS` together."""
    for _, group in groupby(urls, lambda url: url.surt):
        yield from _chunks(group, _URLS)


def _batches(groups: Iterable[list[ArchivedUrl]]) -> Iterator[list[list[ArchivedUrl]]]:
    batch: list[list[ArchivedUrl]] = []
    for group in groups:
        if batch and sum(map(len, batch)) + len(group) > _URLS:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def _chunks(urls: Iterable[ArchivedUrl], size: int) -> Iterator[list[ArchivedUrl]]:
    chunk: list[ArchivedUrl] = []
    for url in urls:
        chunk.append(url)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# --- exchanges of URLs

_confirmed = exchanges.alias("confirmed")
_confirmed_bodies = bodies.alias("confirmed_bodies")
_LISTED = (
    EXCHANGES_WITH_BODIES.add_columns(
        archived_urls.c.surt,
        _confirmed_bodies.c.sha256.label("confirmed_sha256"),
        snapshots.c.taken_at,
    )
    .outerjoin(snapshots, snapshots.c.id == exchanges.c.snapshot_id)
    .outerjoin(_confirmed, _confirmed.c.id == exchanges.c.repeats_id)
    .outerjoin(_confirmed_bodies, _confirmed_bodies.c.id == _confirmed.c.body_id)
)


def _conditions(wanted: Selection) -> Iterator[ColumnElement[bool]]:
    yield exchanges.c.status.is_not(None)
    if wanted.status is not None:
        yield exchanges.c.status == wanted.status
    yield from _limits_of_time(wanted)


def _limits_of_time(wanted: Selection) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield exchanges.c.started_at >= wanted.since
    if wanted.until is not None:
        yield exchanges.c.started_at < wanted.until


def _together(database: ReadDatabase, wanted: Selection, urls: Sequence[ArchivedUrl]) -> list[Row] | None:
    """Return the rows of several URLs in no order; None if there are too many."""
    query = _LISTED.where(exchanges.c.url_id.in_([url.id for url in urls]), *_conditions(wanted)).limit(_ROWS + 1)
    with database.read() as connection:
        found = list(connection.execute(query))
    return found if len(found) <= _ROWS else None


def _merged(
    database: ReadDatabase, wanted: Selection, urls: Sequence[ArchivedUrl], after: Position | None
) -> Iterator[ListedExchange]:
    """Yield the exchanges of equivalent URLs in order of time."""
    since = after.at if after is not None and after.surt == urls[0].surt else None
    streams = (_stream(database, wanted, url, _slice_of(urls), since=since) for url in urls)
    return heapq.merge(*streams, key=lambda row: row.position)


def _stream(
    database: ReadDatabase,
    wanted: Selection,
    url: ArchivedUrl,
    size: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    newest_first: bool = False,
) -> Iterator[ListedExchange]:
    """Yield the exchanges of one URL in order of time, within further limits of time (`until` exclusive)."""
    time, key = exchanges.c.started_at, exchanges.c.id
    query: Query = _LISTED.where(exchanges.c.url_id == url.id, *_conditions(wanted)).limit(size)
    if since is not None:
        query = query.where(time >= since)
    if until is not None:
        query = query.where(time < until)
    query = query.order_by(time.desc(), key.desc()) if newest_first else query.order_by(time, key)
    last: Position | None = None
    while True:
        part = query
        if last is not None and newest_first:
            part = part.where(time <= last.at, or_(time < last.at, key < last.id))
        elif last is not None:
            part = part.where(time >= last.at, or_(time > last.at, key > last.id))
        with database.read() as connection:
            found = [_listed(row) for row in connection.execute(part)]
        yield from found
        if len(found) < size:
            return
        last = found[-1].position


def _after(rows: Iterable[ListedExchange], after: Position | None) -> Iterator[ListedExchange]:
    return (row for row in rows if after is None or row.position > after)


def _listed(row: Row) -> ListedExchange:
    item = exchange_of(row)
    is_revisit = row.status == _NOT_MODIFIED and row.repeats_id is not None
    return ListedExchange(
        position=Position(row.surt, row.started_at, row.id),
        url=row.url,
        replay_at=row.taken_at if row.hop == 0 and row.taken_at is not None else row.started_at,
        status=row.status,
        content_type=item.header("Content-Type"),
        entity_bytes=row.entity_bytes or 0,
        body_sha256=row.confirmed_sha256 if is_revisit else row.body_sha256,
        is_revisit=is_revisit,
        is_self_redirect=is_self_redirect(item),
    )


def _slice_of(urls: Sequence[ArchivedUrl]) -> int:
    """Return how many rows of each of these URLs are held at a time."""
    return max(_SLICE // max(len(urls), 1), _LEAST_SLICE)
