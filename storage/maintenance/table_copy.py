"""Copy every row of a database into an empty one, and compare the copy with the source.

Columns are copied in their stored form (JSON remains text), so that the copy can be compared with the source, by the count and a digest of
each table. Rows are streamed; memory does not grow with the archive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)

from monitor.errors import ConfigurationError, StorageError
from storage.database.columns import Key, UtcDateTime
from storage.database.connection import Database
from storage.limits import is_blob
from storage.maintenance.key_counters import copy_counter
from storage.maintenance.progress import Progress, ignore_progress
from storage.maintenance.verify.rows import UNREADABLE
from storage.schema import bodies, deliveries, hosts, metadata, page_claims, search_blocks, snapshots, versions
from storage.search.terms import IndexedText, add_terms

TABLES: Sequence[Table] = tuple(metadata.sorted_tables)
"""Every table, after the tables that it refers to."""

# A body may take megabytes, another row seldom a kilobyte. Even of the largest rows allowed, except tombstones, a batch takes less memory than one of bodies.
_BATCH, _BATCH_OF_BLOBS = 100, 16
_HEAVY = (bodies, versions)
# Tables whose rows refer to earlier rows of the same table.
_POINTS_BACK = (bodies, versions, snapshots)
LEASED = (hosts, deliveries, page_claims)
"""The tables that hold leases."""

_DIGEST_SIZE = 2**256


@dataclass(frozen=True, slots=True)
class Holding:
    """The content of a table, for comparison.

    Attributes:
        rows: Number of rows.
        digest: A sum over the SHA-256 of each row, which is independent of the order of the rows.
    """

    rows: int = 0
    digest: int = 0

    def plus(self, rows: Sequence[Sequence[Any]]) -> Holding:
        """Return this content with more rows added."""
        digest = self.digest + sum(_row_digest(row) for row in rows)
        return Holding(self.rows + len(rows), digest % _DIGEST_SIZE)


def copy_all(source: Database, target: Database, progress: Progress = ignore_progress) -> dict[str, int]:
    """Copy every row, in one transaction on each side, and compare the copy with the source. Leases are not copied.

    Raises:
        ConfigurationError: The target holds rows already.
        StorageError: The copy differs from the source, or a database operation failed.
    """
    with source.read() as leaving, target.begin() as arriving:
        _lock(arriving)
        refuse_rows(arriving, target.place)
        total = sum(counts(leaving).values())
        copy = _Copy(leaving, arriving, progress, total)
        moved = {table.name: copy.table(table).rows for table in TABLES}
        clear_leases(arriving)
        return moved


def counts(connection: Connection) -> dict[str, int]:
    """Return the rows per table."""
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES}


def holding(connection: Connection, table: Table) -> Holding:
    """Return the current content of a table."""
    found = Holding()
    for batch in _batches(connection, table):
        found = found.plus(batch)
    return found


def refuse_rows(connection: Connection, place: str) -> None:
    """Refuse a database that holds rows.

    Raises:
        ConfigurationError: It holds rows; the message gives the tables.
    """
    there = [f"{rows:,} {name}" for name, rows in counts(connection).items() if rows]
    if there:
        raise ConfigurationError(f"{place} is not empty ({', '.join(there)}); name an empty or a new database")


class _Copy:
    """One copy operation, table by table."""

    def __init__(self, source: Connection, target: Connection, progress: Progress, total: int) -> None:
        self._source = source
        self._target = target
        self._progress = progress
        self._total = total
        self._done = 0

    def table(self, table: Table) -> Holding:
        carried = _carrier(table)
        left = Holding()
        try:
            for batch in _batches(self._source, table):
                self._target.execute(insert(carried), [dict(row._mapping) for row in batch])  # noqa: SLF001
                if table is search_blocks:
                    # The full-text index is not copied: a file of unknown origin could hold a harmful one.
                    add_terms(self._target, [IndexedText(row.id, row.page_id, row.body) for row in batch])
                left = left.plus(batch)
                self._done += len(batch)
                self._progress(table.name, self._done, self._total)
        except UNREADABLE as error:
            raise StorageError(
                f"a row of the table {table.name} cannot be read ({type(error).__name__}); nothing was kept"
            ) from error
        if holding(self._target, table) != left:
            raise StorageError(f"what arrived in the table {table.name} is not what left; nothing was kept of it")
        copy_counter(self._source, self._target, table)
        return left


def _carrier(table: Table) -> Table:
    """Return the table with column types that pass stored values through, without parsing or converting them."""
    return Table(table.name, MetaData(), *(Column(column.name, _plain(column)) for column in table.columns))


def _plain(column: Column[Any]) -> Any:
    if is_blob(column):
        return LargeBinary()
    for kind in (UtcDateTime, Boolean, Double):
        if isinstance(column.type, kind):
            return kind()
    return Key if isinstance(column.type, Integer) else Text()


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    size = _BATCH_OF_BLOBS if table in _HEAVY else _BATCH
    with connection.execute(_all_of(table), execution_options={"yield_per": size}) as result:
        rows = iter(result)
        while batch := list(islice(rows, size)):
            yield batch


def _all_of(table: Table) -> Select[Any]:
    carried = _carrier(table)
    query = select(carried)
    return query.order_by(carried.c.id) if table in _POINTS_BACK else query


def _row_digest(row: Sequence[Any]) -> int:
    digest = hashlib.sha256()
    for value in row:
        kind, data = (b"b", value) if isinstance(value, bytes) else (b"v", _text_of(value))
        digest.update(b"%s%d:" % (kind, len(data)))
        digest.update(data)
    return int.from_bytes(digest.digest(), "big")


def _text_of(value: object) -> bytes:
    shown = value.isoformat() if isinstance(value, datetime) else repr(value)
    return shown.encode("utf-8", "surrogatepass")


def _lock(connection: Connection) -> None:
    """Block all other writers until the transaction ends. On SQLite, BEGIN IMMEDIATE has done so."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in TABLES)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def clear_leases(connection: Connection) -> None:
    """Clear all leases: their holders work on the other database."""
    for table in LEASED:
        connection.execute(update(table).values(lease_owner=None, lease_until=None))
