"""Read an SQLite file of unknown origin, such as a backup: no code in it runs, and no value is accepted that we would not have written.

A file is more than rows: views and triggers run when tables are read or written, generated columns and expression indexes when rows are
checked. So `accept` compares its schema with the one that our migrations build, before it reads a row; then SQLite checks the file, and each
value is checked against its column's type and maximum length. Sources: https://www.sqlite.org/security.html, "Untrusted SQLite Database Files".
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Double, Table

from monitor.errors import ConfigurationError, StorageError
from storage.database.connection import harden
from storage.database.engine import Item, schema_of
from storage.database.error_mapping import translated
from storage.limits import (
    MAX_BODY_BYTES,
    MAX_VERSION_BYTES,
    is_blob,
    is_digest,
    is_text,
    longest,
    longest_frame,
    longest_row,
)
from storage.maintenance.stored_values import add_functions, form_of
from storage.schema import bodies, metadata, versions
from storage.search.terms import NAME as SEARCH_TERMS

_LONGEST_VALUE = 2**29
_MOST_ITEMS = 1000
# Checking reads hundreds of megabytes a second; a file that takes longer than this was made to be slow.
_SECONDS, _BYTES_A_SECOND = 60.0, 2_000_000
_STEPS_BETWEEN_CHECKS = 50_000
# Every floating-point number is a duration; a longer one cannot be added to a date.
_LONGEST_SECONDS = 10**11
# Tables that ANALYZE creates: it may have been run on one of our databases.
_STATISTICS = {"sqlite_stat1", "sqlite_stat4"}
_LENGTHS: Mapping[str, tuple[str, str]] = {
    bodies.name: ("length_bytes", "data"),
    versions.name: ("blob_length", "blob"),
}


@contextmanager
def opened(file: Path, *, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """Open a connection that only reads `file`, distrusts it, and aborts queries that take longer than any file of ours would.

    Args:
        file: An SQLite file.
        mode: "ro" to copy it; "rw" to check it: in a file opened with "ro", SQLite (3.40) does not check CHECK constraints.
    """
    place = f"{file.absolute().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(place, uri=True, isolation_level=None)) as connection:
        harden(connection)
        connection.execute("PRAGMA query_only=ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        deadline = time.monotonic() + _SECONDS + file.stat().st_size / _BYTES_A_SECOND
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_CHECKS)
        yield connection


def accept(file: Path, place: str, *, max_body_bytes: int = MAX_BODY_BYTES, pages: bool = True) -> str:
    """Refuse a file that cannot be one of ours.

    Args:
        file: An SQLite file; it is only read.
        place: Its name in messages.
        max_body_bytes: The longest body that is accepted.
        pages: Whether to run SQLite's own checks too.

    Returns:
        Its schema version, one that this code knows.

    Raises:
        ConfigurationError: It belongs to another application.
        SchemaMismatch: A newer Pagewitness wrote it.
        StorageError: It is damaged, or holds content that Pagewitness does not write; the message says what and where.
    """
    with translated(place), opened(file) as connection:
        version = check_schema(connection, place)
        if pages:
            check_pages(connection, place)
        for table in metadata.sorted_tables:
            _check_values(connection, table, place, max_body_bytes)
        return version


def check_schema(connection: sqlite3.Connection, place: str) -> str:
    """Refuse a file whose tables and indexes differ from the ones that our migrations build; return its schema version.

    Raises:
        ConfigurationError: It belongs to another application.
        SchemaMismatch: A newer Pagewitness wrote it.
        StorageError: An item is unknown, differs or is missing.
    """
    found = _items(connection, place)
    if "alembic_version" not in found:
        raise ConfigurationError(f"{place} is no backup of Pagewitness")
    for name, item in found.items():
        is_virtual = item.sql.startswith("createvirtual") and name != SEARCH_TERMS
        if item.kind not in {"table", "index"} or is_virtual:
            kind = "virtual table" if item.kind == "table" else item.kind
            raise _refused(place, f"it has the {kind} {name!r}")
    version = _version(connection, place)
    ours = schema_of(version, place)
    for name in sorted(found.keys() | ours.keys()):
        _compare(place, name, found.get(name), ours.get(name))
    return version


def _items(connection: sqlite3.Connection, place: str) -> dict[str, Item]:
    rows = connection.execute("SELECT name, type, tbl_name, sql FROM sqlite_schema").fetchmany(_MOST_ITEMS + 1)
    if len(rows) > _MOST_ITEMS:
        raise _refused(place, f"it has more than {_MOST_ITEMS} tables and indexes")
    return {str(name): Item.of(*map(str, rest)) for name, *rest in rows if name not in _STATISTICS}


def _version(connection: sqlite3.Connection, place: str) -> str:
    """Return the schema version of a file in which `alembic_version` is an ordinary table."""
    rows = connection.execute("SELECT * FROM alembic_version LIMIT 2").fetchall()
    if len(rows) != 1 or len(rows[0]) != 1:
        raise _refused(place, f"its table alembic_version has {'no row' if not rows else 'more than one value'}")
    version = rows[0][0]
    if not isinstance(version, str) or len(version) > 32:
        raise _refused(place, "its schema version is none")
    return version


def _compare(place: str, name: str, found: Item | None, ours: Item | None) -> None:
    if ours is None and found is not None:
        raise _refused(place, f"it has the {found.kind} {name!r}")
    if found is None and ours is not None:
        raise _refused(place, f"it lacks the {ours.kind} {name!r}")
    if found != ours and ours is not None:
        raise _refused(place, f"its {ours.kind} {name!r} is made otherwise")


def _refused(place: str, why: str) -> StorageError:
    return StorageError(f"{place}: {why}, which no database of Pagewitness does; it is not used")


def check_pages(connection: sqlite3.Connection, place: str) -> None:
    """Run SQLite's own checks, on a schema that is known to be ours.

    Raises:
        StorageError: The file is damaged.
    """
    found = next((lines for lines in _checked(connection) if lines != ["ok"]), ["ok"])
    if found != ["ok"]:
        raise StorageError(f"{place} is damaged ({' '.join(str(found[0]).split())}); use another backup")
    if (lost := connection.execute("PRAGMA foreign_key_check").fetchone()) is not None:
        raise StorageError(
            f"{place} is damaged: row {lost[1]} of {lost[0]} refers to a row of {lost[2]} that does not exist; use another backup"
        )


def _checked(connection: sqlite3.Connection) -> Iterator[list[str]]:
    """Yield the results of SQLite's check of each table.

    The full-text index is left out: FTS5 would interpret it (since SQLite 3.44), and it is made anew wherever rows are copied to. The check of the schema
    includes the list of unused pages.
    """
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for name in ["sqlite_schema", *(name for (name,) in tables if not name.startswith(SEARCH_TERMS))]:
        yield [row[0] for row in connection.execute(f"PRAGMA integrity_check('{name}')")]


def _check_values(connection: sqlite3.Connection, table: Table, place: str, max_body_bytes: int) -> None:
    """Refuse a table with a value that is not of its column's type, or longer than we write it."""
    there = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info('{table.name}')")}
    columns = [column for column in table.columns if column.name in there]
    if not columns:
        return
    add_functions(connection)
    rules = [(column.name, _rule(column, there[column.name])) for column in columns]
    if table.name in _LENGTHS and {*_LENGTHS[table.name]} <= there.keys():
        rules.append(_length_rule(table.name, max_body_bytes))
    total = " + ".join(f"coalesce({_bytes(column.name)}, 0)" for column in columns if is_text(column)) or "0"
    rules.append(("*", f"{total} <= {longest_row(table.name)}"))
    cases = " ".join(f"WHEN NOT ({rule}) THEN '{name}'" for name, rule in rules)
    # The names are the schema's own, the numbers ours.
    query = f"SELECT rowid, CASE {cases} END AS wrong FROM {table.name} WHERE wrong IS NOT NULL LIMIT 1"  # noqa: S608
    if (bad := connection.execute(query).fetchone()) is not None:
        what = "is too long" if bad[1] == "*" else f"has no value that we write in {bad[1]!r}, or too long a one"
        raise _refused(place, f"row {bad[0]} of the table {table.name} {what}")


def _rule(column: Column[Any], declared: str) -> str:
    """Return the SQL condition that each of a column's values must satisfy; it is true for null.

    Args:
        column: The column in this code's schema.
        declared: Its type in the file, which may have an earlier schema.
    """
    name = f'"{column.name}"'
    if is_digest(column):
        hexadecimal = f"typeof({name}) = 'text' AND length({name}) = 64 AND {name} NOT GLOB '*[^0-9a-f]*'"
        binary = f"typeof({name}) = 'blob' AND length({name}) = 32"
        return f"{name} IS NULL OR ({hexadecimal if declared.startswith('VARCHAR') else binary})"
    if is_text(column):
        form = form_of(column)
        fits = f"typeof({name}) = 'text' AND {_bytes(column.name)} <= {longest(column)}"
        return f"{name} IS NULL OR ({fits}{f' AND {form}' if form else ''})"
    if is_blob(column):
        return f"{name} IS NULL OR typeof({name}) = 'blob'"
    if isinstance(column.type, Boolean):
        return f"{name} IS NULL OR {name} IN (0, 1)"
    if isinstance(column.type, Double):
        return f"{name} IS NULL OR (typeof({name}) IN ('real', 'integer') AND {name} BETWEEN 0 AND {_LONGEST_SECONDS})"
    return f"{name} IS NULL OR typeof({name}) = 'integer'"


def _bytes(name: str) -> str:
    # length() of a text stops at its first NUL.
    return f'length(CAST("{name}" AS BLOB))'


def _length_rule(table: str, max_body_bytes: int) -> tuple[str, str]:
    length, frame = _LENGTHS[table]
    most = max_body_bytes if table == bodies.name else MAX_VERSION_BYTES
    fits = f"length({frame}) <= {longest_frame(0)} + {length} + {length} / 64"
    return length, f"{length} BETWEEN 0 AND {most} AND {fits}"
