"""Copy a whole database into another one, row by row: from SQLite to PostgreSQL, back, or from a backup.

Columns are copied in their stored form (JSON remains text), so that the copy can be compared with the source, by the count and a digest of
each table. Rows are streamed; memory does not grow with the archive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
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

from monitor.errors import ConfigurationError, DatabaseUnavailable, StorageError
from storage.database.columns import Key, UtcDateTime
from storage.database.connection import Database, connect, database_now, sqlite_path
from storage.database.engine import open_database
from storage.database.locks import holder_of
from storage.limits import MAX_BODY_BYTES
from storage.maintenance.untrusted import accept
from storage.maintenance.verify import Damage, verify
from storage.maintenance.verify.rows import UNREADABLE
from storage.schema import bodies, deliveries, hosts, metadata, page_claims, snapshots, versions

Progress = Callable[[str, int, int], None]
"""Called with the current step, the amount done and the total amount; both numbers count the same unit (rows, pages of a file)."""

TABLES: Sequence[Table] = tuple(metadata.sorted_tables)
"""Every table, after the tables that it refers to."""

# A body may take megabytes, another row seldom a kilobyte. Even of the largest rows allowed, except tombstones, a batch takes less memory than one of bodies.
_BATCH, _BATCH_OF_BLOBS = 100, 16
_HEAVY = (bodies, versions)
_LEASED = (hosts, deliveries, page_claims)
# Tables whose rows refer to earlier rows of the same table.
_POINTS_BACK = (bodies, versions, snapshots)
_DIGEST_SIZE = 2**256
_LONGEST_LEASE = timedelta(days=1)


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


Told = Callable[[Damage], None]
"""Called for each damaged item."""


def move(
    source: str,
    target: str,
    *,
    force: bool = False,
    allow_damage: bool = False,
    max_body_bytes: int = MAX_BODY_BYTES,
    progress: Progress | None = None,
    told: Told | None = None,
) -> dict[str, int]:
    """Copy everything from one database into an empty one. The source is only read, and verified before the target is changed.

    Args:
        source: The URL of a database of this code's schema version.
        target: The URL of a missing or empty database, or of one without rows.
        force: Whether to copy although a process is using the source; its later changes are not copied.
        allow_damage: Whether to copy despite damaged bodies, versions or references.
        max_body_bytes: The longest body that is accepted from an SQLite file.
        progress: Called with the number of verified bodies, then after each batch of rows.
        told: Called for each damaged item.

    Returns:
        Rows per table.

    Raises:
        ConfigurationError: A process is using the source, or the target holds rows already.
        StorageError: A database operation failed, or the copy differs from the source; the target is left without rows.
    """
    _refuse_strange(source, max_body_bytes)
    leaving = open_database(source, create=False)
    try:
        if not force:
            _refuse_busy(leaving)
        refuse_filled(target)
        is_file = leaving.engine.dialect.name == "sqlite"
        found = verify(source, own_check=not is_file, progress=progress, told=told or unheard)
        refuse_damage(leaving.place, found.damages, "moved", allow_damage=allow_damage)
        arriving = open_database(target)
        try:
            return copy_all(leaving, arriving, progress)
        finally:
            arriving.close()
    finally:
        leaving.close()


def _refuse_strange(source: str, max_body_bytes: int) -> None:
    """Refuse an SQLite file that cannot be one of ours, before it is opened for any other purpose."""
    database = connect(source, create=False, read_only=True)
    database.close()
    if database.engine.dialect.name == "sqlite":
        accept(sqlite_path(database.engine.url), database.place, max_body_bytes=max_body_bytes)


def refuse_filled(url: str) -> None:
    """Refuse a database that holds rows. It is only read; it may be missing or empty.

    Raises:
        ConfigurationError: It holds rows, or could not exist.
        SchemaMismatch: It has another schema version.
    """
    try:
        database = open_database(url, create=False, read_only=True)
    except DatabaseUnavailable:
        # Missing or empty; for one that cannot be reached, opening it for the copy raises the error.
        return
    with closing(database), database.read() as connection:
        refuse_rows(connection, database.place)


def refuse_damage(place: str, damages: Sequence[Damage], done: str, *, allow_damage: bool) -> None:
    """Refuse damage unless it is allowed.

    Raises:
        StorageError: There is damage; the message names the first item.
    """
    if damages and not allow_damage:
        raise StorageError(
            f"{place} is damaged in {len(damages):,} {'place' if len(damages) == 1 else 'places'}, the first: {damages[0]}; "
            f"nothing was {done}; use a sound copy, or say --allow-damage to have all of it as it is"
        )


def copy_all(source: Database, target: Database, progress: Progress | None = None) -> dict[str, int]:
    """Copy every row, in one transaction on each side, and compare the copy with the source. Leases are not copied.

    Raises:
        ConfigurationError: The target holds rows already.
        StorageError: The copy differs from the source, or a database operation failed.
    """
    with source.read() as leaving, target.begin() as arriving:
        _lock(arriving)
        refuse_rows(arriving, target.place)
        total = sum(counts(leaving).values())
        copy = _Copy(leaving, arriving, progress or _unheard, total)
        moved = {table.name: copy.table(table).rows for table in TABLES}
        _clear_leases(arriving)
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
                left = left.plus(batch)
                self._done += len(batch)
                self._progress(table.name, self._done, self._total)
        except UNREADABLE as error:
            raise StorageError(
                f"a row of the table {table.name} cannot be read ({type(error).__name__}); nothing was kept"
            ) from error
        if holding(self._target, table) != left:
            raise StorageError(f"what arrived in the table {table.name} is not what left; nothing was kept of it")
        _carry_on_counting(self._source, self._target, table)
        return left


def _unheard(_what: str, _done: int, _of: int) -> None:
    """Ignore the progress."""


def unheard(_damage: Damage) -> None:
    """Ignore the damage."""


def _carrier(table: Table) -> Table:
    """Return the table with column types that pass stored values through, without parsing or converting them."""
    return Table(table.name, MetaData(), *(Column(column.name, _plain(column)) for column in table.columns))


def _plain(column: Column[Any]) -> Any:
    for kind in (UtcDateTime, Boolean, Double, LargeBinary):
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


def _refuse_busy(database: Database) -> None:
    with database.read() as connection:
        now = database_now(connection)
        owners = {
            owner
            for table in _LEASED
            for owner in connection.execute(
                # A lease that ends later than that was written before a clock was put back.
                select(table.c.lease_owner).where(table.c.lease_until.between(now, now + _LONGEST_LEASE))
            ).scalars()
        }
    holder = holder_of(database)
    if holder is not None:
        owners.add(f"process {holder.pid}")
    if owners:
        raise ConfigurationError(
            f"{database.place} is in use by {', '.join(sorted(owners))}; stop the service first, or say --force to leave "
            "behind what it still does"
        )


def _lock(connection: Connection) -> None:
    """Block all other writers until the transaction ends. On SQLite, BEGIN IMMEDIATE has done so."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in TABLES)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _clear_leases(connection: Connection) -> None:
    """Clear all leases: their holders work on the other database."""
    for table in _LEASED:
        connection.execute(update(table).values(lease_owner=None, lease_until=None))


# --- key counters are copied: some keys must never be reused, not even after their row was deleted


def _carry_on_counting(source: Connection, target: Connection, table: Table) -> None:
    if not _counts_keys(table):
        return
    highest = target.execute(select(func.max(table.c.id))).scalar() or 0
    _set_counter(target, table, max(highest, _counter(source, table)))


def _counts_keys(table: Table) -> bool:
    key = table.autoincrement_column
    return key is not None and key.name == "id"


def _counter(connection: Connection, table: Table) -> int:
    """Return the last key that was assigned; 0 if there is none, or the database does not record it."""
    if connection.dialect.name == "postgresql":
        state = text("SELECT coalesce(pg_sequence_last_value(CAST(:sequence AS regclass)), 0)")
        last: int = connection.execute(state, {"sequence": _sequence(connection, table)}).scalar_one()
        return last
    found = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    return found.scalar() or 0


def _set_counter(connection: Connection, table: Table, last: int) -> None:
    if last == 0:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(:sequence, :last)"), {"sequence": _sequence(connection, table), "last": last}
        )
    elif table.dialect_options["sqlite"]["autoincrement"]:
        row = {"name": table.name, "last": last}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), row)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), row)


def _sequence(connection: Connection, table: Table) -> str:
    name: str = connection.execute(
        text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}
    ).scalar_one()
    return name
