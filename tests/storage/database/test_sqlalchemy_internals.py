"""The undocumented attributes of SQLAlchemy that prepared statements rely on exist in the installed release, with the expected content."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from storage.database import sqlalchemy_internals
from storage.database.sqlalchemy_internals import TESTED_RELEASE, compile_statement, results_of
from storage.schema import hosts, page_checks

DIALECTS = [sqlite.dialect(), postgresql.psycopg.dialect()]
DUE = select(page_checks.c.page_id, page_checks.c.next_check_at).where(
    page_checks.c.host == bindparam("host"), page_checks.c.next_check_at <= bindparam("now")
)


def test_the_installed_release_of_sqlalchemy_is_the_one_that_was_tested():
    installed = ".".join(sqlalchemy.__version__.split(".")[:2])
    assert installed == TESTED_RELEASE, (
        f"SQLAlchemy {installed} is installed; {sqlalchemy_internals.__name__} reads attributes that are not documented and was tested with "
        f"{TESTED_RELEASE}. If all other tests in tests/storage/database pass with it, set TESTED_RELEASE to {installed}; if not, adapt that module."
    )


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_compiled_statement_has_the_attributes_that_are_read(dialect):
    compiled = DUE.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    expected = {
        "literal_execute_params": frozenset(),
        "post_compile_params": frozenset(),
        "positiontup": ["host", "now"] if dialect.name == "sqlite" else None,
    }
    found = {name: getattr(compiled, name, "missing: adapt storage.database.sqlalchemy_internals") for name in expected}
    assert found == expected
    assert list(compiled.binds) == ["host", "now"]
    assert compiled.binds["host"].effective_value is None


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_parameters_and_results_are_converted_as_their_columns_say(dialect):
    compiled = compile_statement(DUE, dialect, ())
    moment = datetime(2021, 3, 1, 12, tzinfo=UTC)
    assert [parameter.name for parameter in compiled.parameters] == ["host", "now"]
    assert compiled.by_name == (dialect.name == "postgresql")
    host, now = (parameter.convert for parameter in compiled.parameters)
    assert host("a\0b") == "a\ufffdb"
    key, due = results_of(DUE, dialect)
    assert (key.name, key.convert, due.name) == ("page_id", None, "next_check_at")
    assert due.convert(now(moment)) == moment


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_an_insert_fills_the_named_columns_and_a_literal_is_a_default(dialect):
    compiled = compile_statement(insert(hosts), dialect, ("host", "slow"))
    assert [parameter.name for parameter in compiled.parameters] == ["host", "slow"]
    changed = compile_statement(update(hosts).values(slow=True), dialect, ())
    assert ("slow", True) in [(parameter.name, parameter.default) for parameter in changed.parameters]
