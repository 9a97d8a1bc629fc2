"""Keep the search index up to date: with each new version, and for pages in the backlog by reading their versions again, in bounded steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, literal, or_, select, update

from monitor.errors import DerivedDataCorrupt
from monitor.model import SnapshotRef, Version
from monitor.search.blocks import search_blocks as texts_of
from storage.archive.rows import Row
from storage.archive.versions import load_blocks
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import Database
from storage.database.dialect import upserting
from storage.schema import search_backlog, snapshots
from storage.search.presence import apply_version, remove_page
from storage.watched.pages import lock_page

VERSIONS_AT_ONCE = 50
"""Versions that one step indexes; one takes a few milliseconds, the first one of a page up to 30."""
SNAPSHOTS_AT_ONCE = 2_000
"""Snapshots that one step reads at most: most only repeat the version of the one before."""

_IS_WAITING = CompiledStatement(select(search_backlog.c.page_id).where(search_backlog.c.page_id == bindparam("page")))
_NEWEST = CompiledStatement(
    select(snapshots.c.id, snapshots.c.taken_at)
    .where(
        snapshots.c.page_id == bindparam("page"),
        snapshots.c.version_id.is_not(None),
        snapshots.c.id != bindparam("own"),
    )
    .order_by(snapshots.c.taken_at.desc(), snapshots.c.seq.desc())
    .limit(1)
)
WITH_VERSION = (
    select(snapshots.c.id, snapshots.c.taken_at, snapshots.c.version_id)
    .where(snapshots.c.page_id == bindparam("page"), snapshots.c.version_id.is_not(None))
    .order_by(snapshots.c.taken_at, snapshots.c.seq)
)
"""The snapshots of `page` that have a version, in the order of time."""

_FIRST = select(search_backlog.c.page_id).order_by(search_backlog.c.page_id).limit(1)
_REACHED = select(search_backlog.c.reached_at, search_backlog.c.reached_snapshot_id).where(
    search_backlog.c.page_id == bindparam("page")
)


def index_new_version(connection: Connection, page_id: int, snapshot: SnapshotRef, version: Version) -> None:
    """Index a page's new version in T2; a page in the backlog is indexed later as a whole.

    Args:
        connection: In the transaction of T2; the page's row is locked.
        page_id: The page.
        snapshot: The snapshot that shows the version, not yet marked as processed.
        version: The version.
    """
    if _IS_WAITING.first(connection, {"page": page_id}) is not None:
        return
    row = _NEWEST.first(connection, {"page": page_id, "own": snapshot.id})
    if row is not None and row.taken_at > snapshot.taken_at:
        # A clock was put back: texts are recorded in the order of time.
        queue_page(connection, page_id)
        return
    previous = None if row is None else SnapshotRef(row.id, row.taken_at)
    apply_version(connection, page_id, snapshot, previous, texts_of(version.blocks))


def queue_page(connection: Connection, page_id: int) -> None:
    """Add a page to the backlog: its history was replaced. What is indexed stays searchable until the indexing begins."""
    upsert = upserting(connection, search_backlog).values(page_id=page_id)
    again = {"reached_at": None, "reached_snapshot_id": None}
    connection.execute(upsert.on_conflict_do_update(index_elements=["page_id"], set_=again))


def queue_all(connection: Connection) -> None:
    """Add every page with a version to the backlog."""
    connection.execute(delete(search_backlog))
    having = select(snapshots.c.page_id).where(snapshots.c.version_id.is_not(None)).distinct()
    connection.execute(insert(search_backlog).from_select(["page_id"], having))


def backlog_count(connection: Connection) -> int:
    """Return the number of pages whose versions are not all indexed."""
    return connection.execute(select(func.count()).select_from(search_backlog)).scalar_one()


def index_next(database: Database) -> bool:
    """Index some versions of the first page of the backlog; returns False if there is none, which takes no writing transaction.

    Raises:
        StorageError: A database operation failed; nothing was changed.
    """
    with database.read() as connection:
        page_id = connection.execute(_FIRST).scalar()
    if page_id is None:
        return False
    index_step(database, page_id)
    return True


def index_page(database: Database, page_id: int) -> None:
    """Index a page of the backlog completely, step by step; a no-op if it is not in the backlog.

    Raises:
        StorageError: A database operation failed; the next call continues after the last step.
    """
    while index_step(database, page_id):
        pass


def index_step(database: Database, page_id: int) -> bool:
    """Index the next versions of a page in one transaction.

    A version that cannot be decoded is left out, as if the page had shown the version before: reprocessing derives it again, and the index with it.

    Returns:
        Whether some remain.

    Raises:
        StorageError: A database operation failed; nothing was changed.
    """
    with database.begin() as connection:
        lock_page(connection, page_id)
        reached = connection.execute(_REACHED, {"page": page_id}).first()
        if reached is None:
            return False
        if reached.reached_at is None:
            remove_page(connection, page_id)
        return _index(connection, page_id, reached)


def _index(connection: Connection, page_id: int, reached: Row) -> bool:
    """Index the versions that begin after the reached snapshot, up to the limits of a step."""
    previous, version_id = _state(connection, reached)
    rows = connection.execute(_following(reached), {"page": page_id}).all()
    indexed = 0
    for row in rows:
        if row.version_id != version_id:
            if indexed == VERSIONS_AT_ONCE:
                break
            _apply(connection, page_id, row, previous)
            indexed += 1
        previous, version_id = SnapshotRef(row.id, row.taken_at), row.version_id
    else:
        if len(rows) < SNAPSHOTS_AT_ONCE:
            connection.execute(delete(search_backlog).where(search_backlog.c.page_id == page_id))
            return False
    assert previous is not None
    connection.execute(
        update(search_backlog)
        .where(search_backlog.c.page_id == page_id)
        .values(reached_at=previous.taken_at, reached_snapshot_id=previous.id)
    )
    return True


def _state(connection: Connection, reached: Row) -> tuple[SnapshotRef | None, int | None]:
    """Return the reached snapshot and its version; None where indexing has not begun."""
    if reached.reached_at is None:
        return None, None
    query = select(snapshots.c.version_id).where(snapshots.c.id == reached.reached_snapshot_id)
    previous = SnapshotRef(reached.reached_snapshot_id, reached.reached_at)
    return previous, connection.execute(query).scalar()


def _following(reached: Row) -> Select[Any]:
    query = WITH_VERSION.limit(SNAPSHOTS_AT_ONCE)
    if reached.reached_at is None:
        return query
    at: datetime = reached.reached_at
    moment = literal(at, snapshots.c.taken_at.type)
    later = or_(
        snapshots.c.taken_at > moment,
        and_(snapshots.c.taken_at == moment, snapshots.c.id > reached.reached_snapshot_id),
    )
    # The first condition alone finds the place in the index.
    return query.where(snapshots.c.taken_at >= moment, later)


def _apply(connection: Connection, page_id: int, row: Row, previous: SnapshotRef | None) -> None:
    try:
        blocks = load_blocks(connection, row.version_id)
    except DerivedDataCorrupt:
        return
    apply_version(connection, page_id, SnapshotRef(row.id, row.taken_at), previous, texts_of(blocks))
