"""Check that all other rows and versions can be read, each value as its column's type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Select, Table, and_, or_, select, tuple_

from monitor.errors import DerivedDataCorrupt, PageDamaged, StorageError, UnknownName
from storage.archive.exchanges import EXCHANGES, exchange_of
from storage.archive.rows import Row
from storage.archive.versions import load_version
from storage.database.columns import Damaged
from storage.database.connection import Database
from storage.database.error_mapping import is_damage
from storage.limits import is_blob
from storage.maintenance.verify.damage import Damage, Outcome
from storage.schema import exchanges, pages, snapshots, versions

_AT_ONCE = 500
_VERSIONS_AT_ONCE = 20
# Raised while reading a value of the wrong type, or a text that is not JSON.
UNREADABLE = (PageDamaged, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


def check_rows(database: Database, table: Table) -> Outcome:
    """Read every row of a table except its binary columns, each value as its column's type."""
    columns = [column for column in table.columns if not is_blob(column)]
    key = list(table.primary_key.columns)
    outcome = Outcome()
    try:
        for keys in _keys(database, key):
            outcome = outcome.plus(_check(database, table, columns, key, keys))
    except UNREADABLE as error:
        return outcome.plus(Outcome(damages=(_unreadable(table, (), error),)))
    except StorageError as error:
        if not is_damage(error):
            raise
        return outcome.plus(Outcome(damages=(_unreadable(table, (), error),)))
    return outcome


def _keys(database: Database, key: Sequence[Column[Any]]) -> Iterator[Sequence[Row]]:
    """Yield all keys of a table in order, in batches, each read in a transaction of its own."""
    after: Row | None = None
    while True:
        query = select(*key).order_by(*key).limit(_AT_ONCE)
        if after is not None:
            query = query.where(_above(key, after))
        with database.read() as connection:
            rows = connection.execute(query).all()
        if rows:
            yield rows
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1]


def _above(key: Sequence[Column[Any]], row: Row) -> Any:
    """Return the condition for keys that come after a row's key."""
    return or_(
        *(and_(*(key[m] == row[m] for m in range(n)), column > row[n]) for n, column in enumerate(key)),
    )


def _check(
    database: Database, table: Table, columns: Sequence[Column[Any]], key: Sequence[Column[Any]], keys: Sequence[Row]
) -> Outcome:
    """Read rows together; if that fails, read them one by one to find the unreadable ones. Exchanges are read with complete headers."""
    query = EXCHANGES if table is exchanges else select(*columns)
    if _fails(database, query.where(_among(key, keys))) is None:
        return Outcome(rows=len(keys))
    tried = ((one, _fails(database, query.where(_among(key, [one])))) for one in keys)
    damages = tuple(_unreadable(table, one, error) for one, error in tried if error is not None)
    return Outcome(rows=len(keys), damages=damages)


def _among(key: Sequence[Column[Any]], keys: Sequence[Row]) -> Any:
    if len(key) == 1:
        return key[0].in_([row[0] for row in keys])
    return tuple_(*key).in_([tuple(row) for row in keys])


def _fails(database: Database, query: Select[Any]) -> Exception | None:
    """Return the exception that reading raises; None if it raises none."""
    try:
        with database.read() as connection:
            rows = connection.execute(query).all()
        if any(isinstance(value, Damaged) for row in rows for value in row):
            return DerivedDataCorrupt("a value of it cannot be decoded")
        for row in rows:
            if hasattr(row, "base_response_headers"):
                exchange_of(row)
    except UNREADABLE as error:
        return error
    except StorageError as error:
        if not is_damage(error):
            raise
        return error
    return None


def _unreadable(table: Table, key: Sequence[Any], error: Exception) -> Damage:
    why = f"cannot be read ({type(error).__name__})" if not isinstance(error, StorageError) else str(error)
    return Damage("row", why, table=table.name, key=", ".join(map(str, key)))


def check_versions(database: Database, keys: Sequence[int]) -> Outcome:
    """Decode the versions with these keys."""
    outcome = Outcome()
    for start in range(0, len(keys), _VERSIONS_AT_ONCE):
        for key in keys[start : start + _VERSIONS_AT_ONCE]:
            outcome = outcome.plus(_version(database, key))
    return outcome


def _version(database: Database, key: int) -> Outcome:
    try:
        with database.read() as connection:
            load_version(connection, key)
    except UnknownName:
        return Outcome()  # removed meanwhile
    except UNREADABLE as error:
        return Outcome(
            versions=1, damages=(_undecodable(database, key, f"cannot be decoded ({type(error).__name__})"),)
        )
    except StorageError as error:
        if not is_damage(error):
            raise
        return Outcome(versions=1, damages=(_undecodable(database, key, str(error)),))
    return Outcome(versions=1)


def _undecodable(database: Database, key: int, reason: str) -> Damage:
    shown = (
        select(pages.c.url, versions.c.snapshot_id, snapshots.c.taken_at)
        .join(pages, pages.c.id == versions.c.page_id)
        .outerjoin(snapshots, snapshots.c.id == versions.c.snapshot_id)
        .where(versions.c.id == key)
    )
    try:
        with database.read() as connection:
            row = connection.execute(shown).first()
    except (StorageError, *UNREADABLE):
        row = None
    where = {} if row is None else {"url": row.url, "snapshot_id": row.snapshot_id, "at": row.taken_at}
    return Damage("version", reason, table=versions.name, key=str(key), **where)
