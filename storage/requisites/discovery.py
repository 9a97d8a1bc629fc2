"""Discovery of requisites: which archived bodies are to be searched for them, and what was found.

A body is leased for `DISCOVERY_LEASE` and searched at most `DISCOVERY_ATTEMPTS` times, so that one that ends its process delays no other. Times are on the observing clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, exists, func, insert, select, update

from monitor.model import PageState, Requisite, RequisiteKind, RequisiteMode, RequisiteState
from monitor.urls import host_of
from storage.archive.archived_urls import lock_urls
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.archive.rows import Row
from storage.database.slices import slices
from storage.requisites.keys import is_requisite
from storage.schema import bodies, exchanges, page_checks, page_results, pages, requisites, snapshots

DISCOVERY_ATTEMPTS = 3
"""Attempts to discover the requisites of one body, after which it is left alone."""

DISCOVERY_LEASE = timedelta(minutes=2)
"""After this an unfinished attempt is made again."""

REFRESH_EVERY = timedelta(days=1)
"""Interval between requests for a requisite of a page whose requisites are archived on a schedule of their own."""

REFRESH_AFTER = timedelta(days=7)
"""A requisite that was archived longer ago than this is requested again, conditionally, when a new version still refers to it."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """A body whose requisites are to be discovered.

    Attributes:
        page_id: The page.
        snapshot_id: The snapshot of the page that shows it, or whose requisite it is.
        url_id: The requisite with this body; None: it is the page's own.
        kind: How the page uses that requisite; None with `url_id`.
        url: URL of the response with the body.
        body_sha256: SHA-256 of the body.
        content_type: The Content-Type field as received; None if there was none.
    """

    page_id: int
    snapshot_id: int
    url_id: int | None
    kind: RequisiteKind | None
    url: str
    body_sha256: str
    content_type: str | None


def is_due(connection: Connection, now: datetime) -> bool:
    """Return whether a body is to be searched."""
    tables = (page_results, requisites)
    due = (
        select(table.c.page_id).where(table.c.discovery_due_at.is_not(None), table.c.discovery_due_at <= now).limit(1)
        for table in tables
    )
    return any(connection.execute(query).first() is not None for query in due)


def next_discovery(connection: Connection, now: datetime) -> Discovery | None:
    """Return a body whose requisites are to be discovered, after counting this as an attempt; None if there is none."""
    return _next(connection, page_results, _page_body, now) or _next(connection, requisites, _requisite_body, now)


def _next(
    connection: Connection, table: Table, body_of: Callable[[Connection, Row], Discovery | None], now: datetime
) -> Discovery | None:
    """Return the body of the row of a table that waits longest; rows without a body, or with too many attempts, wait no longer."""
    columns, key = table.c, list(table.primary_key.columns)
    due = (
        select(table)
        .where(columns.discovery_due_at.is_not(None), columns.discovery_due_at <= now)
        .order_by(columns.discovery_due_at, *key)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (row := connection.execute(due).first()) is not None:
        found = None if row.discovery_attempts >= DISCOVERY_ATTEMPTS else body_of(connection, row)
        values = _attempted(row.discovery_attempts, now) if found is not None else _DISCOVERED
        connection.execute(update(table).where(*(column == getattr(row, column.name) for column in key)).values(values))
        if found is not None:
            return found
    return None


def _page_body(connection: Connection, result: Row) -> Discovery | None:
    """Return the page's newest ok snapshot; None if it has none, or its requisites are not archived."""
    query = (
        select(snapshots.c.id, snapshots.c.final_url, snapshots.c.content_type, bodies.c.sha256)
        .select_from(page_checks)
        .join(pages, pages.c.id == page_checks.c.page_id)
        .join(snapshots, snapshots.c.id == page_checks.c.ok_snapshot_id)
        .join(bodies, bodies.c.id == snapshots.c.body_id)
        .where(page_checks.c.page_id == result.page_id, pages.c.requisites != RequisiteMode.OFF)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return Discovery(result.page_id, row.id, None, None, row.final_url, row.sha256, row.content_type)


def _requisite_body(connection: Connection, row: Row) -> Discovery | None:
    found = connection.execute(EXCHANGES_WITH_BODIES.where(exchanges.c.id == row.exchange_id)).first()
    if found is None or found.body_sha256 is None:
        return None
    content_type = exchange_of(found).header("Content-Type")
    return Discovery(
        row.page_id, row.last_snapshot_id, row.url_id, row.kind, found.url, found.body_sha256, content_type
    )


_REPLACED = "newer versions of the page refer to others, and too many were waiting"
_DISCOVERED: Mapping[str, object] = {"discovery_due_at": None, "discovery_attempts": 0}


def _attempted(attempts: int, now: datetime) -> Mapping[str, object]:
    return {"discovery_due_at": now + DISCOVERY_LEASE, "discovery_attempts": attempts + 1}


def store_discovery(
    connection: Connection, discovery: Discovery, found: Sequence[Requisite], now: datetime, most: int
) -> int:
    """Store what was discovered: new requisites become due, known ones if they were archived too long ago.

    Args:
        connection: In a writing transaction.
        discovery: The body that was searched.
        found: Its requisites, in order of priority.
        now: On the observing clock.
        most: Maximum number of requisites of the page's current version; what is beyond is left out.

    Returns:
        The number of requisites that are new.
    """
    locked = select(pages.c.state, pages.c.requisites).where(pages.c.id == discovery.page_id).with_for_update()
    page = connection.execute(locked).first()
    if page is None:
        return 0  # it was erased
    discovery = replace(discovery, snapshot_id=_snapshot_now(connection, discovery))
    is_requested = page.state is PageState.ACTIVE and page.requisites is not RequisiteMode.OFF
    urls = lock_urls(connection, [item.url for item in found])
    url_ids = {urls[item.url].id for item in found}
    known = _known(connection, discovery.page_id, url_ids)
    count = _count(connection, discovery)
    added: list[Mapping[str, object]] = []
    for item in found:
        url_id = urls[item.url].id
        if url_id not in known and count + len(added) < most:
            added.append(_new(discovery, url_id, item, count + len(added), now if is_requested else None))
    if added:
        connection.execute(insert(requisites), added)
    for some in slices(sorted(_with_children(connection, discovery.page_id, known))):
        _found_again(connection, discovery, some)
        if is_requested:
            _request_again(connection, discovery, some, now, page.requisites)
    if discovery.url_id is None:
        _supersede(connection, discovery, most)
    # Not if a newer body was queued in the meantime, which has no attempt yet.
    done = update(page_results).where(
        page_results.c.page_id == discovery.page_id, page_results.c.discovery_attempts > 0
    )
    if discovery.url_id is not None:
        done = update(requisites).where(
            *is_requisite(discovery.page_id, discovery.url_id), requisites.c.discovery_attempts > 0
        )
    connection.execute(done.values(_DISCOVERED))
    return len(added)


def _snapshot_now(connection: Connection, discovery: Discovery) -> int:
    """Return the newest snapshot known to show the body: the page may have been searched again since the body of a requisite was queued."""
    if discovery.url_id is None:
        return discovery.snapshot_id
    newest = select(requisites.c.last_snapshot_id).where(*is_requisite(discovery.page_id, discovery.url_id))
    found: int | None = connection.execute(newest).scalar()
    return discovery.snapshot_id if found is None else max(found, discovery.snapshot_id)


def _known(connection: Connection, page_id: int, url_ids: Collection[int]) -> set[int]:
    """Return those of the URLs that are requisites of the page already."""
    known: set[int] = set()
    for some in slices(sorted(url_ids)):
        rows = select(requisites.c.url_id).where(requisites.c.page_id == page_id, requisites.c.url_id.in_(some))
        known.update(connection.execute(rows).scalars())
    return known


def _count(connection: Connection, discovery: Discovery) -> int:
    """Return the number of requisites that are known of the version."""
    of_version = (
        requisites.c.page_id == discovery.page_id,
        requisites.c.last_snapshot_id == discovery.snapshot_id,
    )
    count: int = connection.execute(select(func.count()).select_from(requisites).where(*of_version)).scalar_one()
    return count


def _new(
    discovery: Discovery, url_id: int, item: Requisite, position: int, due: datetime | None
) -> Mapping[str, object]:
    return {
        "page_id": discovery.page_id,
        "url_id": url_id,
        "parent_url_id": discovery.url_id,
        "kind": item.kind,
        "host": host_of(item.url),
        "position": position,
        "first_snapshot_id": discovery.snapshot_id,
        "last_snapshot_id": discovery.snapshot_id,
        "state": RequisiteState.WAITING,
        "reason": "",
        "due_at": due,
        "attempts": 0,
    }


def _found_again(connection: Connection, discovery: Discovery, url_ids: Sequence[int]) -> None:
    """Record that requisites were found in a newer snapshot."""
    rows = (
        requisites.c.page_id == discovery.page_id,
        requisites.c.url_id.in_(url_ids),
        requisites.c.last_snapshot_id < discovery.snapshot_id,
    )
    connection.execute(update(requisites).where(*rows).values(last_snapshot_id=discovery.snapshot_id))


def _with_children(connection: Connection, page_id: int, found: Collection[int]) -> set[int]:
    """Return requisites and those that were found in them, however deep."""
    if not found:
        return set()
    children: dict[int, list[int]] = {}
    query = select(requisites.c.url_id, requisites.c.parent_url_id)
    for url_id, parent in connection.execute(
        query.where(requisites.c.page_id == page_id, requisites.c.parent_url_id.is_not(None))
    ):
        children.setdefault(parent, []).append(url_id)
    reached: set[int] = set()
    waiting = list(found)
    while waiting:
        url_id = waiting.pop()
        if url_id not in reached:
            reached.add(url_id)
            waiting.extend(children.get(url_id, ()))
    return reached


def _request_again(
    connection: Connection, discovery: Discovery, url_ids: Sequence[int], now: datetime, mode: RequisiteMode
) -> None:
    """Make those of the requisites due that are missing or were archived too long ago; others when their schedule says so."""
    columns = requisites.c
    idle = (columns.page_id == discovery.page_id, columns.url_id.in_(url_ids), columns.due_at.is_(None))
    every = REFRESH_EVERY if mode is RequisiteMode.ON else REFRESH_AFTER
    recent = exists().where(exchanges.c.id == columns.exchange_id, exchanges.c.started_at > now - every)
    connection.execute(update(requisites).where(*idle, ~recent).values(due_at=now, attempts=0))
    if mode is RequisiteMode.ON:
        connection.execute(update(requisites).where(*idle).values(due_at=now + REFRESH_EVERY))


def _supersede(connection: Connection, discovery: Discovery, most: int) -> None:
    """Stop the requests for requisites of earlier versions only: those that are archived, and the older ones of more than `most` that are not.

    So a page that refers to other requisites at every check has at most twice `most` of them due.
    """
    columns = requisites.c
    earlier = (
        columns.page_id == discovery.page_id,
        columns.last_snapshot_id < discovery.snapshot_id,
        columns.due_at.is_not(None),
    )
    connection.execute(update(requisites).where(*earlier, columns.exchange_id.is_not(None)).values(due_at=None))
    newest_first = (columns.last_snapshot_id.desc(), columns.position, columns.url_id)
    waiting = connection.execute(select(columns.url_id).where(*earlier).order_by(*newest_first)).scalars().all()
    given_up = {"state": RequisiteState.FAILED, "reason": _REPLACED, "due_at": None}
    for some in slices(waiting[most:]):
        connection.execute(update(requisites).where(*earlier, columns.url_id.in_(some)).values(given_up))
