"""The only module that reads attributes of SQLAlchemy that its documentation does not describe: what a compiled statement consists of.

A test (`tests/storage/database/test_sqlalchemy_internals.py`) fails, with the reason, if another release of SQLAlchemy is installed than the one that this
was written for, or if one of the attributes has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Double, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

TESTED_RELEASE = "2.1"
"""The release of SQLAlchemy, major and minor number, that this module was tested with."""

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a compiled statement.

    Attributes:
        name: Its name.
        default: The value used if none is given.
        convert: Converts a value to the driver's form; None if it is passed unchanged. Not called with None, which is NULL for every type we use.
    """

    name: str
    default: Any
    convert: Convert | None


@dataclass(frozen=True, slots=True)
class CompiledSql:
    """A statement compiled for one kind of database.

    Attributes:
        sql: Its text.
        parameters: Its parameters, in the driver's order.
        by_name: Whether the driver takes parameters by name.
    """

    sql: str
    parameters: Sequence[Parameter]
    by_name: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A column of a statement's rows.

    Attributes:
        name: Its name.
        convert: Converts a value of the driver; None if it is returned unchanged. Not called with None.
    """

    name: str
    convert: Convert | None


def compile_statement(statement: Executable, dialect: Dialect, columns: Collection[str]) -> CompiledSql:
    """Compile a statement of fixed shape.

    Args:
        statement: A select, insert, update or delete, in which each value of an IN is a parameter of its own.
        dialect: The database's dialect.
        columns: The columns that an INSERT fills; empty for all other statements.

    Raises:
        TypeError: The statement's text depends on its values.
    """
    compiled = cast("SQLCompiler", cast("Any", statement).compile(dialect=dialect, column_keys=list(columns) or None))
    if compiled.literal_execute_params or compiled.post_compile_params:
        raise TypeError(f"a statement whose shape varies cannot be compiled once: {compiled}")
    order: Iterable[str] = compiled.positiontup or list(compiled.binds)
    return CompiledSql(
        sql=str(compiled),
        parameters=tuple(_parameter(name, compiled.binds[name], dialect) for name in order),
        by_name=compiled.positiontup is None,
    )


def results_of(statement: Executable, dialect: Dialect) -> Sequence[Result]:
    """Return the columns of a statement's rows; empty if it returns none."""
    columns = cast("Any", statement).exported_columns
    return tuple(Result(name, _from_driver(column.type, dialect)) for name, column in columns.items())


def _parameter(name: str, bound: BindParameter[Any], dialect: Dialect) -> Parameter:
    return Parameter(name, bound.effective_value, bound.type.dialect_impl(dialect).bind_processor(dialect))


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Double):
        return None  # both drivers return a float; SQLAlchemy would request the column's type code first
    return kind.dialect_impl(dialect).result_processor(dialect, None)
