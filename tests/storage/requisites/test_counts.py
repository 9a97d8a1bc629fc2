"""Counting the requisites of a snapshot takes as long as it has requisites, however many its page has."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Requisite, RequisiteKind
from storage.database.engine import open_database
from storage.queries.history import History
from storage.requisites.counts import RequisiteCounts
from storage.store import SqlStore
from tests.storage.snapshots import add_page, check
from tests.storage.steps import steps_of

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)
VERSIONS = (5, 40)


def filled(store: SqlStore, versions: int) -> list[int]:
    """Archive versions of a page that refer to three requisites each; return its snapshots."""
    page = add_page(store, NOON)
    found = []
    for number in range(versions):
        when = NOON + timedelta(hours=number)
        found.append(check(store, page, b"<p>%d" % number, number, when).id)
        urls = [f"https://cdn.example/{number}/{place}.png" for place in range(3)]
        discovery = store.next_discovery(when)
        assert discovery is not None
        store.store_discovery(discovery, [Requisite(url, RequisiteKind.IMAGE) for url in urls], when, 500)
    return found


@pytest.mark.parametrize("place", [-1, -2, -3])
def test_the_newest_snapshots_take_as_many_steps_however_many_requisites_are_older(
    sqlite_template: Path, tmp_path: Path, place: int
):
    steps = []
    for versions in VERSIONS:
        path = shutil.copy(sqlite_template, tmp_path / f"{versions}.db")
        with closing(open_database(f"sqlite:///{path}")) as database:
            snapshot = filled(SqlStore(database), versions)[place]
            history = History(database)
            assert history.count_requisites(1, snapshot) == RequisiteCounts(3, 0, 3)
            steps.append(steps_of(database, lambda: history.count_requisites(1, snapshot)))  # noqa: B023 (called at once)
    assert steps[0] == steps[1] > 0


def test_every_snapshot_has_its_own_requisites(store: SqlStore, history: History):
    for snapshot in filled(store, 4):
        assert history.count_requisites(1, snapshot).found == 3
