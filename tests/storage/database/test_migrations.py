from __future__ import annotations

from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from storage import schema
from storage.database.connection import connect
from storage.database.engine import Database, _config
from storage.search import terms


def test_the_newest_migration_is_the_version_that_the_code_names():
    assert ScriptDirectory.from_config(_config()).get_current_head() == schema.VERSION


def test_migrated_is_declared(database: Database):
    with database.read() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_name": _is_declared}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def _is_declared(name: str | None, kind: str, _parents: object) -> bool:
    """The full-text index differs between the databases, and FTS5 keeps it in tables of its own."""
    return kind != "table" or not (name or "").startswith(terms.NAME)


def test_migrated_holds_the_same_constraints_and_indexes_as_declared(database: Database, empty_twin: str):
    with closing(connect(empty_twin)) as declared:
        with declared.begin() as connection:
            schema.metadata.create_all(connection)
        with database.read() as ours, declared.read() as theirs:
            for table in schema.metadata.tables:
                assert _shape(ours, table) == _shape(theirs, table), table


@pytest.fixture
def empty_twin(database_url: str, tmp_path, request) -> str:
    """An empty database of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'twin.db'}"
        return
    with request.getfixturevalue("postgres_server").cloned("template_empty") as url:
        yield url


def test_every_table_and_column_says_what_it_holds():
    for table in schema.metadata.tables.values():
        assert table.comment, table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"


def test_every_nullable_column_says_what_null_means():
    for table in schema.metadata.tables.values():
        for column in table.columns:
            says = any(word in column.comment for word in ("null", "nullable"))
            assert says or not column.nullable, f"{table.name}.{column.name}"


def test_due_and_unprocessed_queries_use_their_indexes_on_sqlite(sqlite_template):
    queries = {
        "SELECT page_id FROM page_checks WHERE next_check_at <= '2021'": "ix_page_checks_due",
        "SELECT page_id FROM page_checks WHERE host = 'a' AND next_check_at <= '2021'": "ix_page_checks_due_by_host",
        "SELECT 1 FROM snapshots WHERE page_id = 1 AND read_at IS NULL": "ix_snapshots_unread",
        "SELECT id FROM events WHERE events.planned_at IS NULL AND events.origin = 'live' ORDER BY id": "ix_events_unplanned",
        "SELECT 1 FROM deliveries WHERE deliveries.state = 'pending' AND channel = 'desk' AND next_try_at < '2021'": "ix_deliveries_due",
        "SELECT id FROM deliveries WHERE deliveries.state = 'pending' AND channel = 'desk' ORDER BY id": "ix_deliveries_pending",
        "SELECT 1 FROM deliveries WHERE lease_until IS NOT NULL AND channel = 'desk' AND lease_until > '2021'": "ix_deliveries_leased",
        "SELECT * FROM snapshots WHERE page_id = 1 AND taken_at <= '2021' ORDER BY taken_at DESC": "ix_snapshots_page_id_taken_at",
        "SELECT * FROM events ORDER BY at, id": "ix_events_at_id",
    }
    engine = create_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as connection:
        for query, index in queries.items():
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
            assert index in str(plan), plan
    engine.dispose()


def _shape(connection: Connection, table: str):
    inspector = inspect(connection)
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], column["default"], column.get("comment"))
            for column in inspector.get_columns(table)
        },
        "key": inspector.get_pk_constraint(table),
        "checks": sorted((item["name"], item["sqltext"]) for item in inspector.get_check_constraints(table)),
        "foreign": sorted(inspector.get_foreign_keys(table), key=str),
        "unique": sorted(inspector.get_unique_constraints(table), key=str),
        "indexes": sorted(_index(item) for item in inspector.get_indexes(table)),
        "sql": _autoincrement(connection, table),
    }


def _index(item):
    where = [str(value) for name, value in sorted(item.get("dialect_options", {}).items()) if name.endswith("_where")]
    return item["name"], item["column_names"], item["unique"], where


def _autoincrement(connection: Connection, table: str) -> bool | None:
    if connection.dialect.name != "sqlite":
        return None
    sql = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table}).scalar_one()
    return "AUTOINCREMENT" in sql
