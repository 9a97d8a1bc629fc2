"""Statements that every check runs: compiled to SQL once per kind of database, then executed by the driver directly.

Executing a statement through SQLAlchemy takes several times as long as the database needs for it, even if it is in SQLAlchemy's cache. SQLAlchemy still
defines and compiles the statements (tables, types, SQL of either kind). Statements that run rarely, or whose shape varies, are executed by it as well.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Double, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from storage.database.dialect import upsert_of

Values = Mapping[str, Any]
"""Values by the names of a statement's parameters, or of an INSERT's columns."""

_Process = Callable[[Any], Any] | None
_Names = tuple[str, ...]


class _Ready(NamedTuple):
    """A statement compiled for one kind of database.

    Attributes:
        sql: Its text.
        bound: Name and default value of each parameter, in the driver's order.
        processed: Positions of the parameters to convert, and the conversion. None is passed unchanged: it is NULL for every type we use.
        by_name: Whether the driver takes parameters by name.
        row: Converts a row of the driver.
    """

    sql: str
    bound: Sequence[tuple[str, Any]]
    processed: Sequence[tuple[int, Callable[[Any], Any]]]
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


def _make_ready(statement: Any, dialect: Dialect, names: _Names) -> _Ready:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(names) or None)
    assert not compiled.literal_execute_params | compiled.post_compile_params, "its shape varies"
    order = compiled.positiontup or list(compiled.binds)
    bound = [(name, compiled.binds[name].effective_value) for name in order]
    processes = [_binder(compiled.binds[name].type, dialect) for name in order]
    return _Ready(
        str(compiled), bound, _wanted(processes), compiled.positiontup is None, _row_maker(statement, dialect)
    )


def _wanted(processes: Iterable[_Process]) -> list[tuple[int, Callable[[Any], Any]]]:
    """Return the positions that need conversion, and the conversion."""
    return [(place, process) for place, process in enumerate(processes) if process is not None]


def _binder(kind: Any, dialect: Dialect) -> _Process:
    process: _Process = kind.dialect_impl(dialect).bind_processor(dialect)
    return process


def _reader(kind: Any, dialect: Dialect) -> _Process:
    if isinstance(kind, Double):
        return None  # both drivers return a float; SQLAlchemy would request the column's type code first
    process: _Process = kind.dialect_impl(dialect).result_processor(dialect, None)
    return process


def _row_maker(statement: Any, dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    columns = statement.exported_columns
    row: Any = namedtuple("Row", columns.keys())  # type: ignore[misc]  # noqa: PYI024 (its fields follow from the statement)
    wanted = _wanted(_reader(column.type, dialect) for column in columns)
    if not wanted:
        return row._make

    def make(raw: Sequence[Any]) -> Any:
        values = list(raw)
        for place, process in wanted:
            value = values[place]
            if value is not None:
                values[place] = process(value)
        return row._make(values)

    return make
