from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text

from monitor.errors import ConfigurationError, DatabaseUnavailable, StorageError
from storage.archive.bodies import arrival, store_bodies
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.maintenance import table_copy
from storage.maintenance.move import move
from storage.maintenance.table_copy import counts
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.schema import bodies, events, metadata, snapshots
from storage.store import SqlStore
from tests.storage.filled import HOME, NOW, body, fill, holdings
from tests.storage.snapshots import add_page, archive, check, full
from tests.support.stores import backend_of

VERIFIED = "bodies and versions"


@pytest.fixture(params=["to the other kind", "to the same kind"])
def target_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Where nothing is yet."""
    if (backend_of(database_url) == "sqlite") == (request.param == "to the same kind"):
        yield f"sqlite:///{tmp_path / 'target.db'}"
        return
    with request.getfixturevalue("postgres_server").cloned("template_empty") as url:
        yield url


@pytest.fixture
def filled(database: Database) -> Database:
    """The archive, used by nobody any more."""
    fill(database)
    with database.begin() as connection:
        table_copy.clear_leases(connection)
    return database


def reopened(url: str) -> Database:
    return open_database(url, create=False)


def test_everything_arrives_as_it_was_and_the_source_stays_as_it_is(
    filled: Database, database_url: str, target_url: str
):
    before = holdings(filled)
    assert all(held.rows for name, held in before.items() if name != "tombstones"), (
        "a table that this test tells nothing of"
    )
    moved = move(database_url, target_url)
    with closing(reopened(target_url)) as target:
        assert holdings(target) == before == holdings(filled)
        assert moved == {name: held.rows for name, held in before.items()}
        ours, theirs = History(filled), History(target)
        assert list(theirs.events()) == list(ours.events())
        assert theirs.pages() == ours.pages()
        assert theirs.alerts() == ours.alerts()
        for summary in ours.pages():
            for snapshot in ours.snapshots(summary.page.id):
                assert theirs.snapshot(snapshot.id) == snapshot
                assert theirs.exchanges(snapshot.id) == ours.exchanges(snapshot.id)
                if snapshot.body_sha256 is not None:
                    assert theirs.body(snapshot.body_sha256) == ours.body(snapshot.body_sha256)
                if snapshot.version_id is not None:
                    assert theirs.version(snapshot.version_id) == ours.version(snapshot.version_id)


def test_work_goes_on_there_and_no_key_is_used_twice(filled: Database, database_url: str, target_url: str):
    with filled.begin() as connection:
        highest = connection.execute(select(func.max(events.c.id))).scalar_one()
        connection.execute(delete(events).where(events.c.id == highest))
    move(database_url, target_url)
    with closing(reopened(target_url)) as target:
        store = SqlStore(target)
        page = store.page_by_url(HOME)
        last = max(snapshot.id for snapshot in History(target).snapshots(page.id))
        assert check(store, page, body(99), 99, NOW + timedelta(days=1)).id > last
        with target.begin() as connection:
            row = connection.execute(select(events).limit(1)).one()._asdict()
            del row["id"]
            new = connection.execute(events.insert().values({**row, "ordinal": 77}).returning(events.c.id)).scalar_one()
        assert new > highest
        assert add_page(store, NOW, "https://new.example/").id
        assert SqlOutbox(target).claim("me", "hook", lease=timedelta(minutes=1), limit=5)[0].uid == f"msg_{1:032x}"


def test_a_database_with_rows_is_no_target(filled: Database, database_url: str, target_url: str):
    with closing(open_database(target_url)) as target:
        add_page(SqlStore(target), NOW)
        before = holdings(target)
        with pytest.raises(ConfigurationError, match=r"not empty \(1 pages, "):
            move(database_url, target_url)
        assert holdings(target) == before


def test_a_missing_source_is_not_built(tmp_path: Path):
    with pytest.raises(StorageError, match="no database at"):
        move(f"sqlite:///{tmp_path / 'none.db'}", f"sqlite:///{tmp_path / 'target.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_service_at_work_is_named_and_its_lease_is_not_taken_along(
    filled: Database, database_url: str, target_url: str
):
    SqlStore(filled).claim_host("a.example", "machine:7", timedelta(minutes=1))
    with pytest.raises(ConfigurationError, match=r"machine:7.*--force"):
        move(database_url, target_url)
    move(database_url, target_url, force=True)
    with closing(reopened(target_url)) as target:
        assert SqlStore(target).claim_host("a.example", "machine:8", timedelta(minutes=1))


def test_a_move_that_breaks_off_anywhere_leaves_nothing_and_can_be_done_again(
    filled: Database, database_url: str, target_url: str
):
    total = sum(History(filled).counts().values())
    for stop in (1, total // 2, total):

        def break_off(what: str, done: int, _of: int, stop: int = stop) -> None:
            if what != VERIFIED and done >= stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            move(database_url, target_url, progress=break_off)
        with closing(reopened(target_url)) as target:
            assert set(History(target).counts().values()) == {0}
    move(database_url, target_url)


def test_nothing_is_touched_before_all_of_it_was_verified(filled: Database, database_url: str, target_url: str):
    def break_off(what: str, done: int, of: int) -> None:
        if what == VERIFIED and done == of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(database_url, target_url, progress=break_off)
    with pytest.raises(DatabaseUnavailable, match=r"there is no database|is empty"):
        reopened(target_url)


def test_progress_counts_every_row_once(filled: Database, database_url: str, target_url: str):
    verified: list[tuple[str, int, int]] = []
    progress: list[tuple[str, int, int]] = []
    move(database_url, target_url, progress=lambda *step: (verified if step[0] == VERIFIED else progress).append(step))
    assert verified[-1][1] == verified[-1][2]
    done = [step[1] for step in progress]
    total = sum(History(filled).counts().values())
    assert done == sorted(done)
    assert done[-1] == total == progress[0][2]
    assert {step[0] for step in progress} == set(metadata.tables) - {"tombstones"}


def test_what_arrives_otherwise_is_noticed(filled: Database, database_url: str, target_url: str, monkeypatch):
    """As a disk or a driver might do it."""
    held = table_copy.holding
    monkeypatch.setattr(table_copy, "holding", lambda connection, table: held(connection, table).plus([(table.name,)]))
    with pytest.raises(StorageError, match="not what left"):
        move(database_url, target_url)
    with closing(reopened(target_url)) as target, target.read() as connection:
        assert set(counts(connection).values()) == {0}


def test_text_json_and_numbers_of_every_kind_survive(filled: Database, database_url: str, target_url: str):
    store = SqlStore(filled)
    page = add_page(store, NOW, "https://odd.example/?q=%C3%A4", label="tab\t, \u202e, 𝔉, '; DROP TABLE pages; --")
    odd = (("X-Odd", "\x00\x7f\u0080ÿ\ud800"), ("x-odd", ""), ("X-ODD", "a" * 70_000))
    archive(store, page, full(NOW, b"\x00\xff" * 50, headers=odd), NOW)
    with filled.begin() as connection:
        connection.execute(text("UPDATE pages SET every_seconds = 0.1, jitter_seconds = 1e-300"))
        connection.execute(text("UPDATE page_checks SET interval_seconds = 3600"))
    before = holdings(filled)
    move(database_url, target_url)
    with closing(reopened(target_url)) as target:
        assert holdings(target) == before
        assert SqlStore(target).page(page.id) == store.page(page.id)
        snapshot = SqlStore(target).latest(page.id)
        assert History(target).exchanges(snapshot.id)[0].response_headers[1:] == odd


def test_memory_does_not_grow_with_the_archive(tmp_path: Path):
    with closing(open_database(f"sqlite:///{tmp_path / 'source.db'}")) as source:
        chance = random.Random(3)
        with source.begin() as connection:
            for n in range(300):
                store_bodies(connection, [arrival(f"https://{n}.example/", chance.randbytes(60_000))], NOW)
            size = connection.execute(select(func.sum(func.length(bodies.c.data)))).scalar_one()
    tracemalloc.start()
    try:
        move(f"sqlite:///{tmp_path / 'source.db'}", f"sqlite:///{tmp_path / 'target.db'}")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 15_000_000
    assert peak < 9_000_000


def test_every_table_comes_after_those_it_points_at():
    place = {table.name: number for number, table in enumerate(table_copy.TABLES)}
    for table in table_copy.TABLES:
        for key in table.foreign_keys:
            assert key.column.table is table or place[key.column.table.name] < place[table.name]
    assert snapshots in table_copy._POINTS_BACK
