"""The SQL that differs visibly between the databases: INSERT … ON CONFLICT, the clock, and a list of keys as one parameter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement

from storage.database.columns import JsonText, UtcDateTime


def upserting(connection: Connection, table: Table) -> Any:
    """Return an INSERT in the database's own dialect, which has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return upsert_of(connection.dialect.name)(table)


def upsert_of(dialect: str) -> Any:
    """Return the function that creates an INSERT into a table in this dialect."""
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


class DatabaseClock(ColumnElement[datetime]):
    """The database's clock, to the millisecond, in the form in which a time is stored."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(DatabaseClock, "sqlite")
def _sqlite_clock(_element: DatabaseClock, _compiler: SQLCompiler, **_options: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(DatabaseClock, "postgresql")
def _postgresql_clock(_element: DatabaseClock, _compiler: SQLCompiler, **_options: Any) -> str:
    return "date_trunc('milliseconds', clock_timestamp())"


class NotIn(ColumnElement[bool]):
    """Whether a column is none of the keys in a parameter, a list of any length; the statement's text does not depend on that length."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[int], parameter: str) -> None:
        self.column = column
        self.keys: BindParameter[Any] = bindparam(parameter, type_=JsonText)


@compiles(NotIn, "sqlite")
def _not_in_sqlite(element: NotIn, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = (compiler.process(part, **options) for part in (element.column, element.keys))
    return f"{column} NOT IN (SELECT value FROM json_each({keys}))"  # noqa: S608 (compiled parts, no values)


@compiles(NotIn, "postgresql")
def _not_in_postgresql(element: NotIn, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = (compiler.process(part, **options) for part in (element.column, element.keys))
    listed = f"SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST({keys} AS JSON))"  # noqa: S608 (compiled parts, no values)
    return f"{column} NOT IN ({listed})"


class In(ColumnElement[bool]):
    """Whether a column is one of a list of keys of any length, which is one parameter: PostgreSQL accepts 65,535 of them."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[int], keys: Sequence[int]) -> None:
        self.column = column
        self.keys: BindParameter[Any] = bindparam(None, list(keys), type_=JsonText, unique=True)


@compiles(In, "sqlite")
def _in_sqlite(element: In, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = (compiler.process(part, **options) for part in (element.column, element.keys))
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 (compiled parts, no values)


@compiles(In, "postgresql")
def _in_postgresql(element: In, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = (compiler.process(part, **options) for part in (element.column, element.keys))
    listed = f"SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST({keys} AS JSON))"  # noqa: S608 (compiled parts, no values)
    return f"{column} IN ({listed})"
