"""Lists are read in bounded slices, with indexes and a fixed number of queries."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from monitor.model import (
    AnalysisOutcome,
    FactDefinition,
    FactKind,
    FactState,
    HealthStatus,
    Page,
    PageHealth,
    Schedule,
    SnapshotRef,
    Verdict,
)
from storage import schema
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.queries.gauges import gauges
from storage.queries.history import CurrentFact, Cursor, History, NeverMatched
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from tests.storage.filled import HOME, fill
from tests.storage.snapshots import URL, add_page, archive, check, fact_changed, failed, full, ok, version

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def walked(read: Callable[[Cursor], object], key: Callable[[object], int], limit: int) -> tuple[list, list]:
    """All rows of a list, slice by slice from its beginning, and again from its end."""
    part = read(Cursor(limit))
    assert not part.has_previous
    forwards = [list(part.rows)]
    while part.has_next:
        part = read(Cursor(limit, after=key(part.rows[-1])))
        assert part.has_previous
        forwards.append(list(part.rows))
    backwards = [forwards[-1]]
    while part.has_previous:
        part = read(Cursor(limit, before=key(part.rows[0])))
        assert part.has_next
        backwards.insert(0, list(part.rows))
    assert all(len(rows) <= limit for rows in forwards + backwards)
    return [*chain(*forwards)], [*chain(*backwards)]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_are_walked_in_both_directions(
    store: SqlStore, history: History, limit: int, monkeypatch: pytest.MonkeyPatch
):
    urls = [add_page(store, at(0), url=f"https://{n}.example/").url for n in range(7)]
    forwards, backwards = walked(history.page_slice, lambda row: row.page.id, limit)
    assert [row.page.url for row in forwards] == [row.page.url for row in backwards] == urls
    assert history.page_count() == 7
    monkeypatch.setattr("storage.queries.history._BATCH", limit)
    assert [row.page.url for row in history.stream_pages()] == urls


@pytest.mark.parametrize("limit", [1, 3, 5, 6])
def test_snapshots_are_walked_newest_first(
    store: SqlStore, history: History, limit: int, monkeypatch: pytest.MonkeyPatch
):
    page, other = add_page(store, at(0)), add_page(store, at(0), url="https://other.example/")
    for n in range(5):
        archive(store, page, full(at(n), b"%d" % n), at(n))
        archive(store, other, full(at(n), b"%d" % n), at(n))
    forwards, backwards = walked(lambda cursor: history.snapshot_slice(page.id, cursor), lambda row: row.seq, limit)
    assert [row.seq for row in forwards] == [row.seq for row in backwards] == [5, 4, 3, 2, 1]
    monkeypatch.setattr("storage.queries.history._BATCH", limit)
    assert [row.seq for row in history.stream_snapshots(page.id)] == [5, 4, 3, 2, 1]
    assert history.snapshot_count(page.id) == 5


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_events_are_walked_by_time_even_where_times_are_equal(store: SqlStore, history: History, limit: int):
    page = add_page(store, at(0))
    for when, origin in ((30, "live"), (10, "import"), (20, "live")):
        snapshot = archive(store, page, full(at(when), b"%d" % when), at(when), origin=origin)
        events = (fact_changed(snapshot, origin=origin),) * (2 if when == 20 else 1)
        store.record(snapshot, ok(events=events), now=at(100))
    forwards, backwards = walked(history.event_slice, lambda row: row.id, limit)
    assert forwards == backwards == list(history.events())[::-1]
    assert [row.event.snapshot.taken_at for row in forwards] == [at(30), at(20), at(20), at(10)]


@pytest.fixture
def open_reads(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The reading transactions that are open; lists are read in slices of two rows."""
    opened: list[object] = []
    read = database.read

    @contextmanager
    def watched_read() -> Iterator[Connection]:
        with read() as connection:
            opened.append(connection)
            yield connection
            opened.remove(connection)

    monkeypatch.setattr(database, "read", watched_read)
    monkeypatch.setattr("storage.queries.history._BATCH", 2)
    return opened


@pytest.fixture
def history_of_seven(store: SqlStore) -> Page:
    """A page with seven versions and events, two of them each at the same time, and seven pages that never stated a fact."""
    page = add_page(store, at(0))
    for n in range(7):
        snapshot = archive(store, page, full(at(n // 2), b"%d" % n), at(n // 2))
        store.record(snapshot, ok(version(80 + n), events=(fact_changed(snapshot),)), now=at(n))
    tracked = ("member_count",)
    silent = [DeclaredPage(f"https://{n}.example/", "", Schedule(), tracked, allow_private=False) for n in range(7)]
    store.apply_declared(silent, [FactDefinition(*tracked, FactKind.COUNT_OF, ("members",))], [], [], now=at(9))
    for declared in silent:
        check(store, store.page_by_url(declared.url), b"A page", 83, at(9))
    return page


LISTS: dict[str, Callable[[History], Iterator[object]]] = {
    "pages": lambda history: history.stream_pages(),
    "snapshots": lambda history: history.stream_snapshots(1),
    "facts": lambda history: history.stream_statements("member_count"),
    "events": lambda history: history.events(),
    "events of a page": lambda history: history.events(url=URL),
    "newest events": lambda history: history.events(limit=6),
    "never matched": lambda history: history.never_matched(),
}


@pytest.mark.parametrize("name", LISTS)
def test_no_transaction_is_open_while_a_reader_of_a_list_waits(
    history: History, history_of_seven: Page, open_reads: list[object], name: str
):
    count = 0
    for _ in LISTS[name](history):
        assert open_reads == []
        count += 1
    assert count >= 6, "more than two slices"


def test_streamed_lists_are_whole_and_in_order_whatever_the_size_of_a_slice(
    history: History, history_of_seven: Page, monkeypatch: pytest.MonkeyPatch
):
    def contents() -> dict[str, list[object]]:
        return {name: list(read(history)) for name, read in LISTS.items()}

    whole = contents()
    assert [row.value for row in whole["facts"] if row.page_url == URL] == [*range(80, 87)]
    assert whole["newest events"] == whole["events"][-6:]
    for size in (1, 2, 3, 6, 7, 8):
        monkeypatch.setattr("storage.queries.history._BATCH", size)
        assert contents() == whole


def test_rows_that_are_added_or_removed_while_a_list_is_read_do_not_move_the_others(
    store: SqlStore, database: Database, history: History, history_of_seven: Page, open_reads: list[object]
):
    reading = history.events(), history.events(limit=6), history.stream_statements("member_count")
    first = [[next(rows), next(rows)] for rows in reading]
    earlier = archive(store, history_of_seven, full(at(-5), b"earlier"), at(-5))
    store.record(earlier, ok(version(1), events=(fact_changed(earlier),)), now=at(10))
    with database.begin() as connection:  # the last rows that were read
        connection.execute(schema.events.delete().where(schema.events.c.id.in_([rows[1].id for rows in first[:2]])))
        connection.execute(text("DELETE FROM readings WHERE value = '84'"))
    events, newest, statements = ([*part, *rows] for part, rows in zip(first, reading, strict=True))
    assert [row.id for row in events if row.page_url == URL] == [1, 2, *range(4 if first[1][1].id == 3 else 3, 8)]
    assert len(newest) == 6
    assert [row.value for row in statements if row.page_url == URL] == [80, 81, 82, 83, 85, 86]


def test_a_snapshot_in_a_list_knows_the_next_one_that_can_be_replayed(store: SqlStore, history: History):
    page = add_page(store, at(0))
    for when in (1, 1.5):
        archive(store, page, full(at(when), b"%f" % when), at(when))
    archive(store, page, failed(at(2)), at(2))
    archive(store, page, full(at(3), b"C"), at(3))
    rows = history.snapshot_slice(page.id, Cursor(9)).rows
    assert [(row.taken_at, row.following_at) for row in rows] == [
        (at(3), None),
        (at(2), None),
        (at(1.5), at(3)),
        (at(1), at(1.5)),
    ]
    assert [row.is_replayable for row in rows] == [True, False, True, True]
    assert history.newest_snapshots([page.id], 2) == {page.id: list(rows[:2])}


def test_neighbours_skip_failed_snapshots_and_equal_times(store: SqlStore, history: History):
    page = add_page(store, at(0))
    for when in (1, 2, 2, 5, 6):
        archive(store, page, full(at(when), b"%f" % when), at(when))
    for when in (0, 3, 4, 7):
        archive(store, page, failed(at(when)), at(when))
    near = history.neighbours(page.id, at(2))
    assert (near.first, near.second, near.previous) == (at(1), at(2), at(1))
    assert (near.following, near.after_following, near.last) == (at(5), at(6), at(6))
    alone = history.neighbours(page.id, at(6))
    assert (alone.following, alone.after_following, alone.previous) == (None, None, at(5))


def test_current_values_come_from_the_fact_states(store: SqlStore, history: History):
    page = add_page(store, at(0))
    snapshot = archive(store, page, full(at(1), b"A"), at(1))
    state = FactState(
        *("member_count", "reader", 87, "87", "87 members."),
        since=SnapshotRef(snapshot.id, at(1)),
        absent_since=SnapshotRef(snapshot.id, at(2)),
        contradiction=(87, 86),
    )
    silent = FactState("budget", "reader")
    store.record(snapshot, ok(version(87), states=(state, silent)), now=at(1))
    assert history.current_facts([page.id, 99]) == {
        page.id: [CurrentFact("member_count", 87, "87", "87 members.", at(1), at(2), (86,))]
    }


def test_a_fact_that_a_checked_page_never_stated_is_found(database: Database, history: History):
    fill(database)
    assert list(history.never_matched()) == []
    with database.begin() as connection:
        connection.execute(text("UPDATE fact_states SET value = NULL"))
    assert list(history.never_matched()) == [NeverMatched("member_count", HOME, "Home", "Coalition")]
    with database.begin() as connection:
        connection.execute(text("UPDATE facts SET retired_at = applied_at"))
    assert list(history.never_matched()) == []


def test_a_page_without_a_problem_has_the_same_status_in_lists_and_counts(store: SqlStore, history: History):
    check(store, add_page(store, at(0)), b"A", 83, at(1))
    add_page(store, at(0), url="https://new.example/")
    blocked = add_page(store, at(0), url="https://blocked.example/")
    denied = archive(store, blocked, full(at(1), b"no", blocked.url), at(1))
    health = PageHealth(status=HealthStatus.BLOCKED)
    store.record(denied, AnalysisOutcome(Verdict.BLOCKED, "", health=health), now=at(1))
    assert [row.health for row in history.pages()] == [HealthStatus.OK, None, HealthStatus.BLOCKED]
    counts = gauges(history.database, at(2)).health
    assert counts == {HealthStatus.OK: 1, None: 1, HealthStatus.BLOCKED: 1}


def test_pages_near_a_url_are_its_neighbours(store: SqlStore, history: History):
    for name in ("a", "b", "c", "d", "e"):
        add_page(store, at(0), url=f"https://x.example/{name}")
    near = {page.url for page in history.pages_near("https://x.example/bb", 1)}
    assert near == {"https://x.example/b", "https://x.example/c"}


@pytest.fixture
def statements(database: Database) -> list[tuple[str, object]]:
    """The statements that are run, and their parameters."""
    run: list[tuple[str, object]] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda _c, _u, sql, values, *_: run.append((sql, values)), named=False
    )
    return run


def test_a_slice_takes_as_many_queries_as_a_row(
    store: SqlStore, history: History, database: Database, statements: list[tuple[str, object]]
):
    def queries(limit: int) -> int:
        statements.clear()
        ids = [row.page.id for row in history.page_slice(Cursor(limit)).rows]
        history.current_facts(ids)
        history.newest_snapshots(ids, 20)
        history.snapshot_slice(ids[0], Cursor(limit))
        history.event_slice(Cursor(limit))
        return len([sql for sql, _ in statements if sql.lstrip().upper().startswith("SELECT")])

    for n in range(9):
        check(store, add_page(store, at(0), url=f"https://{n}.example/"), b"A", 83, at(1))
    assert queries(1) == queries(9) <= 6


def test_no_slice_scans_or_sorts_a_table_on_sqlite(sqlite_template: Path, tmp_path: Path):
    # PostgreSQL chooses by statistics, and scans small tables.
    path = shutil.copy(sqlite_template, tmp_path / "lists.db")
    statements: list[tuple[str, object]] = []
    with closing(open_database(f"sqlite:///{path}")) as database:
        store, history = SqlStore(database), History(database)
        page = add_page(store, at(0))
        snapshot = check(store, page, b"A", 83, at(1))
        event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
        history.page_slice(Cursor(5, after=0))
        history.page_slice(Cursor(5, before=9))
        history.current_facts([page.id])
        history.newest_snapshots([page.id], 5)
        history.snapshot_slice(page.id, Cursor(5, after=9))
        history.snapshot_slice(page.id, Cursor(5, before=0))
        history.event_slice(Cursor(5, after=1))
        history.event_slice(Cursor(5))
        history.neighbours(page.id, at(1))
        history.version_neighbours(snapshot)
        history.version_neighbours(replace(snapshot, version_id=None))
        history.pages_near("https://x.example/", 5)
        history.titles([page.id])
        queries = [item for item in statements if item[0].startswith("SELECT") and "FROM facts" not in item[0]]
        assert len(queries) >= 11
        with database.read() as connection:
            plans = {
                sql: [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
                for sql, values in queries
            }
    for sql, plan in plans.items():
        assert plan
        # A scan in the order of an index ends with the limit.
        wrong = [
            step
            for step in plan
            if "TEMP B-TREE" in step or (step.startswith("SCAN") and "INDEX" not in step and "ROW" not in step)
        ]
        assert not wrong, (sql, plan)
