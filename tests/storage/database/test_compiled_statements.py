"""Statements run by the driver itself mean what SQLAlchemy would have made of them, on both databases."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import bindparam, func, insert, select, update

from monitor.errors import DatabaseLocked, StorageError
from monitor.model import HealthStatus
from storage.database.compiled_statements import CompiledStatement
from storage.database.engine import open_database
from storage.schema import hosts, page_health, robots, tombstones
from tests.support.stores import backend_of

NOW = datetime(2021, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

INSERT = CompiledStatement(insert(robots))
ONE = CompiledStatement(select(robots).where(robots.c.host == bindparam("origin")))
KEEP = CompiledStatement(
    lambda insert_into: (
        insert_into(robots)
        .on_conflict_do_update(index_elements=[robots.c.host], set_={"status": bindparam("now_status")})
        .returning(robots.c.host, robots.c.status)
    )
)
ROW = {
    "host": "https://a.example",
    "fetched_at": NOW,
    "expires_at": NOW + timedelta(days=1),
    "body": "a\0b \N{SNOWMAN} 100 %",
}


def test_values_go_in_and_come_out_as_their_columns_say(database):
    with database.begin() as connection:
        INSERT.run(connection, ROW, {**ROW, "host": "https://b.example", "status": 200})
        found = ONE.first(connection, {"origin": "https://a.example"})
        usual = connection.execute(select(robots).where(robots.c.host == "https://a.example")).one()
        assert tuple(found) == tuple(usual)
        assert (found.fetched_at, found.body, found.status) == (NOW, "a\ufffdb \N{SNOWMAN} 100 %", None)
        assert ONE.first(connection, {"origin": "https://b.example"}).status == 200
        assert ONE.first(connection, {"origin": "nobody"}) is None
        assert ONE.scalar(connection, {"origin": "nobody"}) is None
        assert ONE.all(connection, {"origin": "nobody"}) == []


def test_json_and_closed_words_are_translated(database, store, clock):
    entry = CompiledStatement(insert(tombstones).returning(tombstones.c.checks))
    status = CompiledStatement(select(page_health.c.status).where(page_health.c.status == bindparam("word")))
    with database.begin() as connection:
        checks = [{"at": "2021", "verdict": None}]
        row = {"url": "https://a.example/", "forgotten_at": NOW, "reason": "", "checks": checks}
        assert entry.scalar(connection, row) == checks
        assert status.all(connection, {"word": HealthStatus.GONE}) == []
        with pytest.raises(ValueError, match="gone away"):
            status.all(connection, {"word": "gone away"})


def test_an_upsert_is_of_the_databases_own_kind(database):
    with database.begin() as connection:
        assert tuple(KEEP.first(connection, {**ROW, "status": 404, "now_status": 1})) == ("https://a.example", 404)
        assert tuple(KEEP.first(connection, {**ROW, "status": 404, "now_status": 1})) == ("https://a.example", 1)


def test_an_update_counts_and_a_statement_has_values_of_its_own(database):
    raised = CompiledStatement(
        update(robots)
        .where(robots.c.host == bindparam("origin"))
        .values(status=func.coalesce(robots.c.status, 500))
        .returning(robots.c.status)
    )
    with database.begin() as connection:
        INSERT.run(connection, ROW)
        assert raised.scalar(connection, {"origin": ROW["host"]}) == 500
        assert raised.scalar(connection, {"origin": "nobody"}) is None


def test_an_error_of_the_driver_is_raised_as_usual_and_rolled_back(database):
    with pytest.raises(StorageError, match="refused"), database.begin() as connection:
        INSERT.run(connection, ROW, ROW)
    with database.read() as connection:
        assert ONE.first(connection, {"origin": ROW["host"]}) is None


def test_a_row_that_another_writer_locked_raises_database_locked(database_url):
    lock = CompiledStatement(select(hosts.c.host).where(hosts.c.host == bindparam("host")).with_for_update())
    with (
        closing(open_database(database_url, busy_timeout=0.05)) as first,
        closing(open_database(database_url, busy_timeout=0.05)) as second,
    ):
        with first.begin() as connection:
            connection.execute(insert(hosts).values(host="a.example"))
        with first.begin() as connection:
            assert lock.scalar(connection, {"host": "a.example"}) == "a.example"
            with pytest.raises(DatabaseLocked), second.begin() as other:
                lock.scalar(other, {"host": "a.example"})


def ask_over_a_dead_line(database):
    with database.read() as connection:
        connection.connection.dbapi_connection.close()
        ONE.all(connection, {"origin": "a"})


def test_a_lost_connection_raises_an_error_and_the_next_one_is_new(database, database_url):
    if backend_of(database_url) == "sqlite":
        assert database.engine.pool.checkedout() == 0
        return
    with pytest.raises(StorageError, match="server"):
        ask_over_a_dead_line(database)
    with database.read() as connection:
        assert ONE.all(connection, {"origin": "a"}) == []


def test_a_statement_whose_shape_varies_is_not_taken(database):
    varies = CompiledStatement(select(robots.c.host).where(robots.c.host.in_(bindparam("all", expanding=True))))
    with database.read() as connection, pytest.raises(TypeError, match="varies"):
        varies.all(connection, {"all": ["a"]})
