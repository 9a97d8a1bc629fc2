"""The versions around a snapshot: found by index, however long the history is."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.model import AnalysisOutcome, Snapshot, Verdict
from storage.database.engine import open_database
from storage.queries.history import History, VersionNeighbours
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, check, failed, full, same_body
from tests.storage.steps import steps_of

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def times(found: VersionNeighbours) -> tuple[float | None, ...]:
    """Hours at which first, previous, own, following and last version begin."""
    steps = (found.first, found.previous, found.own, found.following, found.last)
    return tuple(None if step is None else (step.taken_at - NOON) / timedelta(hours=1) for step in steps)


@pytest.fixture
def snapshots(store: SqlStore, history: History) -> list[Snapshot]:
    """Snapshots at hours 0 to 9: versions begin at 1, 3 and 7; 2 repeats, 0 and 5 are blocked, 6 failed, 4, 8 and 9 are unchanged or unprocessed."""
    page = add_page(store, at(0))
    made = [archive(store, page, full(at(0), b"denied"), at(0))]
    store.record(made[0], AnalysisOutcome(Verdict.BLOCKED, ""), now=at(0))
    made.append(check(store, page, b"<p>83</p>", 83, at(1)))
    made.append(archive(store, page, same_body(at(2), made[1], b"<p>83</p>"), at(2)))
    made.append(check(store, page, b"<p>84</p>", 84, at(3)))
    made.append(archive(store, page, same_body(at(4), made[3], b"<p>84</p>"), at(4)))
    made.append(archive(store, page, full(at(5), b"denied again"), at(5)))
    store.record(made[5], AnalysisOutcome(Verdict.BLOCKED, ""), now=at(5))
    made.append(archive(store, page, failed(at(6)), at(6)))
    made.append(check(store, page, b"<p>83</p>", 83, at(7)))
    made.append(archive(store, page, same_body(at(8), made[7], b"<p>83</p>"), at(8)))
    made.append(archive(store, page, full(at(9), b"<p>86</p>"), at(9)))
    return [history.snapshot(one.id) for one in made]


def test_repeats_are_skipped(history: History, snapshots: list[Snapshot]):
    expected = {
        1: (1, None, 1, 3, 7),
        2: (1, None, 1, 3, 7),
        3: (1, 1, 3, 7, 7),
        4: (1, 1, 3, 7, 7),
        8: (1, 3, 7, None, 7),
    }
    assert {hour: times(history.version_neighbours(snapshots[hour])) for hour in expected} == expected


def test_a_snapshot_without_version_is_between_two(history: History, snapshots: list[Snapshot]):
    expected = {0: (1, None, None, 1, 7), 5: (1, 3, None, 7, 7), 6: (1, 3, None, 7, 7), 9: (1, 7, None, None, 7)}
    assert {hour: times(history.version_neighbours(snapshots[hour])) for hour in expected} == expected


def test_a_page_without_versions_has_none(store: SqlStore, history: History):
    snapshot = archive(store, add_page(store, at(0)), full(at(1), b"x"), at(1))
    assert history.version_neighbours(snapshot) == VersionNeighbours()


def test_each_step_knows_the_next_snapshot(history: History, snapshots: list[Snapshot]):
    found = history.version_neighbours(snapshots[4])
    assert found.own is not None
    assert found.following is not None
    assert (found.own.following_at, found.following.following_at) == (at(4), at(8))
    assert found.own.version_id == snapshots[3].version_id


def prolong(database, count: int) -> None:
    """Add `count` snapshots with a version each after the first one, and one blocked snapshot after each."""
    with database.begin() as connection:
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= {count}) "
        moment = "strftime('%Y-%m-%d %H:%M:%f000', '2021-03-01 12:00:00', '+' || {} || ' minutes')"
        for table, values in (
            ("snapshots", {"id": "i * 2", "seq": "i * 2", "version_id": "i", "taken_at": moment.format("(i * 2)")}),
            ("snapshots", {"id": "i * 2 + 1", "seq": "i * 2 + 1", "version_id": "NULL", "verdict": "'blocked'", "taken_at": moment.format("(i * 2 + 1)")}),
            ("versions", {"id": "i", "seq": "i", "snapshot_id": "i * 2"}),
        ):  # fmt: skip
            names = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
            chosen = ", ".join(values.get(name, f"{table}.{name}") for name in names)
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.execute(
                text(f"INSERT INTO {table} ({', '.join(names)}) {numbers} SELECT {chosen} FROM {table}, n WHERE id = 1")
            )


def test_five_thousand_versions_take_as_many_steps_as_twenty_on_sqlite(sqlite_template: Path, tmp_path: Path):
    taken: dict[tuple[int, int], int] = {}
    for count in (20, 5_000):
        path = shutil.copy(sqlite_template, tmp_path / f"{count}.db")
        with closing(open_database(f"sqlite:///{path}")) as database:
            store, history = SqlStore(database), History(database)
            page = add_page(store, at(0))
            check(store, page, b"<p>83</p>", 83, at(0))
            prolong(database, count)
            middle = history.snapshots(page.id, newest_first=False)[count]
            for snapshot in (middle, history.snapshot(middle.id + 1)):
                kind = int(snapshot.version_id is None)
                taken[count, kind] = steps_of(database, partial(history.version_neighbours, snapshot))
                found = history.version_neighbours(snapshot)
                assert found.previous is not None
                assert found.following is not None
                distance = found.following.seq - found.previous.seq
                assert distance == (1 if snapshot.version_id is None else 2)
    assert taken[5_000, 0] == taken[20, 0] > 0
    # Bisection: 12.3 instead of 4.4 halvings.
    assert taken[5_000, 1] < 3 * taken[20, 1]
