"""Statements that every check runs: compiled to SQL once per kind of database, then executed by the driver directly.

Executing a statement through SQLAlchemy takes several times as long as the database needs for it, even if it is in SQLAlchemy's cache. SQLAlchemy still
defines and compiles the statements (tables, types, SQL of either kind). Statements that run rarely, or whose shape varies, are executed by it as well.
With every statement executed through SQLAlchemy, a whole check answered with 304 takes at least half as much processor time again (measured in turns on SQLite, 60 pages).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from storage.database.dialect import upsert_of
from storage.database.sqlalchemy_internals import Convert, Result, compile_statement, results_of

Values = Mapping[str, Any]
"""Values by the names of a statement's parameters, or of an INSERT's columns."""

_Names = tuple[str, ...]


class _Ready(NamedTuple):
    """A statement compiled for one kind of database.

    Attributes:
        sql: Its text.
        bound: Name and default value of each parameter, in the driver's order.
        processed: Positions of the parameters to convert, and the conversion.
        by_name: Whether the driver takes parameters by name.
        row: Converts a row of the driver.
    """

    sql: str
    bound: Sequence[tuple[str, Any]]
    processed: Sequence[tuple[int, Convert]]
    by_name: bool
    row: Callable[[Sequence[Any]], Any]


class CompiledStatement:
    """A statement of fixed shape. Rows have the columns' names as attributes."""

    def __init__(self, statement: Executable | Callable[[Any], Executable]) -> None:
        """Store the statement; it is compiled at first use.

        Args:
            statement: A select, insert or update, in which each value of an IN is a parameter of its own. Or a function that returns an
                INSERT … ON CONFLICT, given the function that creates an INSERT into a table in the database's own dialect.
        """
        self._statement = statement
        # Which columns an insert fills is known only from the values.
        self._by_names = not isinstance(statement, Executable) or bool(getattr(statement, "is_insert", False))
        self._ready: dict[tuple[str, _Names], _Ready] = {}

    def all(self, connection: Connection, values: Values) -> list[Any]:
        """Run it and return all rows."""
        ready = self._for(connection, values)
        return [ready.row(row) for row in _run(connection, ready, values).fetchall()]

    def first(self, connection: Connection, values: Values) -> Any:
        """Run it and return the first row; None if there is none."""
        ready = self._for(connection, values)
        row = _run(connection, ready, values).fetchone()
        return None if row is None else ready.row(row)

    def scalar(self, connection: Connection, values: Values) -> Any:
        """Run it and return the first column of the first row; None if there is none."""
        row = self.first(connection, values)
        return None if row is None else row[0]

    def run(self, connection: Connection, *values: Values) -> None:
        """Run it once for each of `values`, which all have the same names."""
        for each in values:
            _run(connection, self._for(connection, each), each)

    def _for(self, connection: Connection, values: Values) -> _Ready:
        dialect = connection.dialect
        key = (dialect.name, tuple(values) if self._by_names else ())
        ready = self._ready.get(key)
        if ready is None:
            made = self._statement
            statement = made if isinstance(made, Executable) else made(upsert_of(dialect.name))
            ready = self._ready[key] = _make_ready(statement, dialect, key[1])
        return ready


def _run(connection: Connection, ready: _Ready, values: Values) -> Any:
    """Run a statement and return the driver's cursor.

    Raises:
        DBAPIError: The driver's own error, wrapped as SQLAlchemy does it.
    """
    given: Any = [values.get(name, own) for name, own in ready.bound]
    for place, process in ready.processed:
        value = given[place]
        if value is not None:
            given[place] = process(value)
    if ready.by_name:
        given = {name: value for (name, _), value in zip(ready.bound, given, strict=True)}
    driver = connection.connection.dbapi_connection
    assert driver is not None
    try:
        return driver.execute(ready.sql, given)
    except connection.dialect.loaded_dbapi.Error as error:
        lost = connection.dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError(None, None, error, connection_invalidated=lost) from error


def _make_ready(statement: Executable, dialect: Dialect, names: _Names) -> _Ready:
    compiled = compile_statement(statement, dialect, names)
    return _Ready(
        compiled.sql,
        [(parameter.name, parameter.default) for parameter in compiled.parameters],
        _converted([parameter.convert for parameter in compiled.parameters]),
        compiled.by_name,
        _row_maker(results_of(statement, dialect)),
    )


def _converted(converts: Sequence[Convert | None]) -> list[tuple[int, Convert]]:
    """Return the positions that need conversion, and the conversion."""
    return [(place, convert) for place, convert in enumerate(converts) if convert is not None]


def _row_maker(results: Sequence[Result]) -> Callable[[Sequence[Any]], Any]:
    row: Any = namedtuple("Row", [result.name for result in results])  # type: ignore[misc]  # noqa: PYI024 (its fields follow from the statement)
    converted = _converted([result.convert for result in results])
    if not converted:
        return row._make

    def make(raw: Sequence[Any]) -> Any:
        values = list(raw)
        for place, convert in converted:
            value = values[place]
            if value is not None:
                values[place] = convert(value)
        return row._make(values)

    return make
