"""Check that the search index agrees with the versions of the pages, and the full-text index with the texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, select, text

from monitor.errors import DerivedDataCorrupt
from monitor.search.blocks import search_blocks as texts_of
from storage.archive.versions import load_blocks
from storage.database.connection import Database
from storage.maintenance.verify.damage import Damage, Outcome
from storage.schema import pages, search_absences, search_backlog, search_blocks
from storage.search.indexing import WITH_VERSION
from storage.search.presence import MOST_ABSENCES
from storage.search.terms import NAME, IndexedText, terms_of, vector

_ROWS_AT_ONCE = 500
_REPAIR = "`pagewitness reprocess --search-index` makes it again"
_TERM = re.compile(r"'([^']*)':([\d,]+)")

_Row = tuple[datetime | int | None, ...]
"""Times and snapshots of a text, in the order of the columns."""

_WAITS = exists().where(search_backlog.c.page_id == bindparam("page"))
_blocks, _absences = search_blocks.c, search_absences.c
_STORED = select(
    *(_blocks[name] for name in ("id", "digest", "first_at", "first_snapshot_id", "last_at", "last_snapshot_id")),
    *(_blocks[name] for name in ("gone_at", "gone_snapshot_id", "returns")),
).where(_blocks.page_id == bindparam("page"))
_STORED_ABSENCES = (
    select(*_absences)
    .join(search_blocks, _blocks.id == _absences.block_id)
    .where(_blocks.page_id == bindparam("page"))
    .order_by(_absences.block_id, _absences.n)
)


@dataclass(slots=True)
class _Presence:
    """When a text was on its page, as its versions show it."""

    first: tuple[datetime, int]
    last: tuple[datetime | None, int | None] = (None, None)
    gone: tuple[datetime | None, int | None] = (None, None)
    returns: int = 0
    absences: list[_Row] = field(default_factory=list)

    def row(self) -> _Row:
        return (*self.first, *self.last, *self.gone, self.returns)


def page_ids_after(connection: Connection, after: int, limit: int) -> list[int]:
    """Return the ids of pages with snapshots after a key, in order."""
    query = select(pages.c.id).where(pages.c.id > after).order_by(pages.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def check_presences(database: Database, page_ids: Sequence[int]) -> Outcome:
    """Compare the recorded texts of pages with those of their versions; pages that wait to be indexed are left out."""
    damages = []
    for page_id in page_ids:
        with database.read() as connection:
            if connection.execute(select(_WAITS), {"page": page_id}).scalar():
                continue
            try:
                expected = _expected(connection, page_id)
            except DerivedDataCorrupt:
                continue  # the check of versions reports it
            if expected != _stored(connection, page_id):
                url = connection.execute(select(pages.c.url).where(pages.c.id == page_id)).scalar() or ""
                reason = f"the search index differs from the page's versions; {_REPAIR}"
                damages.append(Damage("row", reason, table=search_blocks.name, key=f"page {page_id}", url=url))
    return Outcome(damages=tuple(damages))


def _expected(connection: Connection, page_id: int) -> dict[bytes, tuple[_Row, list[_Row]]]:
    """Return the times of each text, as the page's versions show them in the order of time."""
    found: dict[bytes, _Presence] = {}
    present: set[bytes] = set()
    previous: tuple[datetime, int] | None = None
    version_id = None
    for row in connection.execute(WITH_VERSION, {"page": page_id}):
        if row.version_id != version_id:
            version_id = row.version_id
            shown = texts_of(load_blocks(connection, version_id))
            at = row.taken_at, row.id
            for digest in present - shown.keys():
                found[digest].last, found[digest].gone = previous or at, at
            for digest in shown.keys() - present:
                _appear(found, digest, at)
            present = set(shown)
        previous = row.taken_at, row.id
    return {digest: (item.row(), item.absences) for digest, item in found.items()}


def _appear(found: dict[bytes, _Presence], digest: bytes, at: tuple[datetime, int]) -> None:
    known = found.get(digest)
    if known is None:
        found[digest] = _Presence(at)
        return
    if known.returns < MOST_ABSENCES:
        known.absences.append((*known.last, *known.gone, *at))
    known.returns += 1
    known.last = known.gone = (None, None)


def _stored(connection: Connection, page_id: int) -> dict[bytes, tuple[_Row, list[_Row]]]:
    absences: dict[int, list[_Row]] = {}
    for row in connection.execute(_STORED_ABSENCES, {"page": page_id}):
        absences.setdefault(row.block_id, []).append(tuple(row[2:]))
    rows = connection.execute(_STORED, {"page": page_id})
    return {bytes(row.digest): (tuple(row[2:]), absences.get(row.id, [])) for row in rows}


def check_terms(database: Database) -> Outcome:
    """Compare the full-text index with the terms of the texts."""
    with database.read() as connection:
        is_same = _fts5_is_right(connection) if connection.dialect.name == "sqlite" else _vectors_are_right(connection)
    if is_same:
        return Outcome()
    return Outcome(damages=(Damage("row", f"its terms differ from those of the texts; {_REPAIR}", table=NAME),))


def _texts(connection: Connection) -> Iterator[IndexedText]:
    after = -1
    query = select(_blocks.id, _blocks.page_id, _blocks.body).order_by(_blocks.id).limit(_ROWS_AT_ONCE)
    while rows := connection.execute(query.where(_blocks.id > after)).all():
        yield from (IndexedText(*row) for row in rows)
        after = rows[-1].id


def _fts5_is_right(connection: Connection) -> bool:
    """Compare the sums of hashes of all (term, text, position): the index lists them by term, the texts by text."""
    expected = sum(hash((term, row.id, n)) for row in _texts(connection) for n, term in enumerate(terms_of(row)))
    was_read_only = connection.exec_driver_sql("PRAGMA query_only").scalar()
    # A temporary table is not in the file.
    connection.exec_driver_sql("PRAGMA query_only=OFF")
    try:
        connection.exec_driver_sql(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.instances USING fts5vocab(main, {NAME}, 'instance')"
        )
    finally:
        connection.exec_driver_sql(f"PRAGMA query_only={was_read_only}")
    listed = connection.exec_driver_sql("SELECT term, doc, offset FROM temp.instances")
    return expected == sum(hash(tuple(row)) for row in listed)


def _vectors_are_right(connection: Connection) -> bool:
    query = text(f"SELECT terms::text FROM {NAME} WHERE block_id = :id")  # noqa: S608 (our own table's name)
    for row in _texts(connection):
        stored = connection.execute(query, {"id": row.id}).scalar()
        if stored is None or dict(_TERM.findall(stored)) != dict(_TERM.findall(vector(terms_of(row)))):
            return False
    return True
