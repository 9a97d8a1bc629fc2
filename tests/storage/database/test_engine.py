from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import StatementError

from monitor.errors import (
    ConfigurationError,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    SchemaMismatch,
    StorageError,
)
from storage import schema
from storage.database.engine import Database, database_now, migrate, open_database
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, full
from tests.support.stores import backend_of

NOW = datetime(2021, 3, 1, tzinfo=UTC)


def run(url: str, sql: str) -> None:
    with closing(open_database(url)) as database, database.begin() as connection:
        connection.execute(text(sql))


def test_an_empty_database_is_built(empty_database_url: str):
    open_database(empty_database_url).close()
    with closing(open_database(empty_database_url, create=False)) as database:
        assert History(database).counts()["pages"] == 0


def test_a_missing_or_empty_database_is_refused_where_it_may_not_be_built(empty_database_url: str):
    with pytest.raises(DatabaseUnavailable, match=r"there is no database|is empty"):
        open_database(empty_database_url, create=False)


def test_two_processes_may_build_one_database_at_once(empty_database_url: str):
    code = f"from storage.database.engine import open_database; open_database({empty_database_url!r}).close()"
    builders = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(2)]
    complaints = [builder.communicate()[1].decode() for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0], complaints
    open_database(empty_database_url, create=False).close()


def test_another_schema_version_is_refused_by_name(database_url: str):
    run(database_url, "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(SchemaMismatch, match=rf"0000.*{schema.VERSION}.*pagewitness migrate"):
        open_database(database_url)


def test_a_newer_schema_version_is_not_migrated(database_url: str):
    run(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaMismatch, match=r"9999.*newer"):
        migrate(database_url)


def test_migrating_builds_an_empty_database_and_leaves_a_new_one_alone(empty_database_url: str):
    assert migrate(empty_database_url) == ("", schema.VERSION, None)
    assert migrate(empty_database_url) == (schema.VERSION, schema.VERSION, None)


def test_a_database_of_something_else_is_refused(empty_database_url: str):
    url = empty_database_url
    if backend_of(url) == "sqlite":
        sqlite3.connect(url.removeprefix("sqlite:///")).execute("CREATE TABLE theirs (id int)").connection.close()
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE theirs (id int)")
    with pytest.raises(ConfigurationError, match="something else"):
        open_database(url)


def test_a_transaction_that_raises_leaves_nothing(database: Database):
    store = SqlStore(database)
    with pytest.raises(ZeroDivisionError), database.begin() as connection:  # noqa: PT012
        connection.execute(insert(schema.hosts), {"host": "a.example"})
        raise ZeroDivisionError
    assert History(store.database).counts()["hosts"] == 0


def test_a_writer_that_waits_too_long_raises_database_locked(database: Database, database_url: str):
    page = add_page(SqlStore(database), NOW)
    with closing(open_database(database_url, busy_timeout=0.1)) as impatient, database.begin() as connection:
        connection.execute(text("UPDATE pages SET label = 'held'"))
        with pytest.raises(DatabaseLocked) as caught:
            SqlStore(impatient).set_next_check(page.id, NOW)
    assert caught.value.transient
    assert "UPDATE" not in str(caught.value)
    SqlStore(database).set_next_check(page.id, NOW)


def test_a_reader_does_not_wait_for_a_writer(database: Database, database_url: str):
    add_page(SqlStore(database), NOW)
    with closing(open_database(database_url, busy_timeout=0.1)) as impatient:
        with database.begin() as connection:
            connection.execute(text("UPDATE pages SET label = 'new'"))
            assert [summary.page.label for summary in History(impatient).pages()] == [""]
        assert [summary.page.label for summary in History(impatient).pages()] == ["new"]


def test_what_the_database_refuses_is_a_storage_error_without_sql(database: Database):
    with pytest.raises(StorageError) as caught, database.begin() as connection:
        connection.execute(text("INSERT INTO hosts (host) VALUES (NULL)"))
    assert "INSERT INTO" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_word_outside_its_closed_list_is_refused_by_the_database(database: Database):
    page = add_page(SqlStore(database), NOW)
    with pytest.raises(StorageError), database.begin() as connection:
        connection.execute(text("UPDATE pages SET state = 'sleeping' WHERE id = :page"), {"page": page.id})


def test_the_databases_clock_is_aware_and_moves_on(database: Database):
    with database.begin() as connection:
        first = database_now(connection)
    with database.begin() as connection:
        assert timedelta(0) <= database_now(connection) - first < timedelta(minutes=1)
    assert first.utcoffset() == timedelta(0)
    assert first.microsecond % 1000 == 0


def test_times_come_back_in_utc_to_the_microsecond(database: Database):
    store = SqlStore(database)
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    page = add_page(store, datetime(2021, 3, 1, 12, 0, 0, 123456, tzinfo=elsewhere))
    assert page.next_check_at == datetime(2021, 3, 1, 6, 30, 0, 123456, tzinfo=UTC)
    assert page.next_check_at.tzinfo is UTC


def test_a_naive_time_is_refused(database: Database):
    store = SqlStore(database)
    page = add_page(store, NOW)
    with pytest.raises(StatementError, match="naive"):
        store.set_next_check(page.id, datetime(2021, 3, 1))


def test_text_that_postgresql_cannot_hold_is_marked_on_both(database: Database):
    page = add_page(SqlStore(database), NOW, label="a\0b\ud800c")
    assert page.label == "a\ufffdb\ufffdc"


# --- SQLite alone ---


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'alone.db'}"


def test_sqlite_is_safe_against_power_cuts_and_checks_its_keys(sqlite_url: str):
    with closing(open_database(sqlite_url)) as database, database.read() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_full_disk_stores_nothing_by_halves(sqlite_url: str):
    with closing(open_database(sqlite_url)) as database:
        store = SqlStore(database)
        page = add_page(store, NOW)
        database.close()
        small = "PRAGMA max_page_count = 200"
        event.listen(database.engine, "connect", lambda connection, _: connection.execute(small))
        with pytest.raises(DatabaseFull, match="make room") as caught:
            archive(store, page, full(NOW, random.Random(1).randbytes(2_000_000)), NOW)
        assert not caught.value.transient
        counts = History(database).counts()
        assert (counts["snapshots"], counts["exchanges"], counts["bodies"], counts["body_links"]) == (0, 0, 0, 0)
        assert archive(store, page, full(NOW, b"<p>small</p>"), NOW).seq == 1


def test_a_file_that_cannot_be_written_says_so(sqlite_url: str):
    with closing(open_database(sqlite_url)) as database:
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
        database.engine.dispose()
        with pytest.raises(DatabaseFull, match="cannot be written"):
            add_page(SqlStore(database), NOW)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("members: 83\n" * 100)
    with pytest.raises(DatabaseUnavailable, match="not an SQLite database"):
        open_database(f"sqlite:///{path}")


def test_a_missing_directory_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"nowhere.*does not exist"):
        open_database(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("mysql://root@localhost/x", "mysql"),
        ("pagewitness.db", "sqlite:///pagewitness.db"),
        ("", "sqlite:///pagewitness.db"),
    ],
)
def test_a_url_that_cannot_be_used_says_what_could(url: str, message: str):
    with pytest.raises(ConfigurationError, match=message):
        open_database(url)


# --- PostgreSQL alone ---


def test_a_server_that_does_not_answer_is_unavailable_and_no_password_is_shown():
    with pytest.raises(DatabaseUnavailable, match="cannot be reached") as caught:
        open_database("postgresql://me:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


def test_a_database_that_the_server_does_not_have_is_unavailable(postgres_server):
    with pytest.raises(DatabaseUnavailable):
        open_database(postgres_server.url("no_such_database"))


def test_a_lost_connection_is_unavailable_and_the_next_call_reconnects(postgres_server):
    with postgres_server.cloned("template_built") as url, closing(open_database(url)) as database:
        with pytest.raises(DatabaseUnavailable) as caught, database.begin() as connection:  # noqa: PT012
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [backend])
            connection.execute(text("SELECT 1"))
        assert caught.value.transient
        assert History(database).counts()["pages"] == 0


def test_reading_cannot_write_on_postgresql(postgres_server):
    with (
        postgres_server.cloned("template_built") as url,
        closing(open_database(url)) as database,
        pytest.raises(StorageError),
        database.read() as connection,
    ):
        connection.execute(insert(schema.hosts), {"host": "a.example"})


def test_a_file_that_is_away_for_a_while_is_not_created_again(sqlite_url: str, tmp_path: Path):
    with closing(open_database(sqlite_url)) as database:
        file, away = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "away.db"
        with database.begin() as held:
            # A second connection is opened while the first one is in use.
            file.rename(away)
            with pytest.raises(DatabaseUnavailable), database.read():
                pass
            assert not file.exists()
            away.rename(file)
            assert held.execute(text("SELECT 1")).scalar() == 1
        with database.read() as one, database.read() as other:
            assert [c.execute(text("SELECT count(*) FROM pages")).scalar() for c in (one, other)] == [0, 0]
