"""`pagewitness status`, on both databases."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from monitor.model import HealthStatus
from pagewitness.cli import app
from pagewitness.clock import system_clock
from storage import schema
from storage.database.connection import database_now
from storage.database.engine import Database, open_database
from storage.database.locks import hold_exclusive
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.soak.faults import disk_full, small_disk
from tests.storage.snapshots import add_page, archive, fact_changed, failed, full, ok

Status = Callable[..., Result]


@pytest.fixture
def status(database_url: str) -> Status:
    def run(*options: str) -> Result:
        return CliRunner().invoke(app, ["status", "--db", database_url, *options])

    return run


def unfolded(done: Result) -> str:
    """What was said, on one line: where a line is folded depends on how long the place of the database is."""
    return " ".join(done.output.split())


def test_a_database_without_problems_needs_no_action(store: SqlStore, status: Status):
    now = system_clock()
    page = add_page(store, now)
    snapshot = archive(store, page, full(now, b"body"), now)
    store.record(snapshot, ok(), now=now)
    archive(store, page, failed(now), now)
    done = status()
    assert done.exit_code == 0, done.output
    shown = unfolded(done)
    for text in ("1 active", "1 full ok", "1 failed", f"schema {schema.VERSION}"):
        assert text in shown
    assert "needs you" not in shown


def test_everything_that_needs_action_is_listed(store: SqlStore, outbox: SqlOutbox, database: Database, status: Status):
    early = system_clock() - timedelta(hours=2)
    page = add_page(store, early)
    snapshot = archive(store, page, full(early, b"body"), early)
    store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=early)
    archive(store, page, full(early, b"another body"), early, next_check_at=early)
    (event,) = History(database).events()
    outbox.plan([event.id], [one_alert(event.id, "key facts", "desk", "msg_1", {"body": "x"})], now=early)
    (delivery,) = outbox.claim("me", "desk", lease=timedelta(seconds=30), limit=1)
    outbox.failed(delivery.id, "me", "refused", retry_in=None)
    with database.begin() as connection:
        health = {"page_id": page.id, "status": HealthStatus.BLOCKED, "candidate_seen": 0, "stale_since": early}
        connection.execute(schema.page_health.insert().values(health))
        resting = {"host": "resting.example", "not_before": database_now(connection) + timedelta(hours=1)}
        connection.execute(schema.hosts.insert().values(**resting, not_before_why="429"))
    done = status("--json")
    assert done.exit_code == 1
    report = json.loads(done.output)
    assert [word in " ".join(report["needs"]) for word in ("refused", "unprocessed", "due", "no ok check")] == [
        True
    ] * 4
    assert (report["pages"], report["health"], report["stale"]) == ({"active": 1}, {"blocked": 1}, 1)
    assert (report["due"], report["unprocessed"]) == (1, 1)
    assert 7000 < report["lag_seconds"] < 7400
    assert {(check["outcome"], check["verdict"]): check["count"] for check in report["checks"]} == {
        ("full", "ok"): 1,
        ("full", None): 1,
    }
    assert [(one["channel"], one["state"], one["count"]) for one in report["deliveries"]] == [("desk", "dead", 1)]
    assert [(host["host"], host["why"]) for host in report["hosts_paused"]] == [("resting.example", "429")]
    assert report["schema"] == schema.VERSION
    assert report["database_bytes"] > 0
    shown = unfolded(status())
    assert shown.count("needs you") == 4
    assert "resting.example until" in shown


def test_a_database_that_cannot_be_written_needs_a_person(tmp_path: Path):
    disk = tmp_path / "disk"
    with small_disk(disk, 3 * 1024**2) as made:
        if not made:
            pytest.skip("this machine lets nobody mount a small disk")
        url = f"sqlite:///{disk / 'd.db'}"
        with closing(open_database(url)):
            with disk_full(disk).applied():
                status = needs(url)
            assert status.exit_code == 1
            assert "0 MB left" in status.output
            assert re.search(r"nothing can be written: .*(full|disk failed)", unfolded(status)), status.output
            assert "nothing can be written" not in unfolded(needs(url))


def test_low_disk_space_and_a_service_that_cannot_write_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    with closing(open_database(url)) as database, hold_exclusive(database) as hold:
        assert needs(url).exit_code == 0
        hold.note("sqlite:///d.db: the disk or quota is full")
        status = needs(url)
        assert status.exit_code == 1
        assert f"the service (process {os.getpid()}) could not write: sqlite:///d.db: the disk" in unfolded(status)
        hold.note()
        monkeypatch.setattr("storage.database.free_space.LOW_BYTES", 10**18)
        status = needs(url, "--json")
        assert status.exit_code == 1
        assert "MB left: make room" in json.loads(status.output)["needs"][0]


def test_a_read_only_database_needs_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    open_database(url).close()
    # Root may write everywhere: what the system would answer anybody else.
    monkeypatch.setattr("storage.database.free_space.os.access", lambda _path, _mode: False)
    status = needs(url)
    assert status.exit_code == 1
    assert re.search("nothing can be written: .*d.db is read-only", unfolded(status)), status.output


def needs(url: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["status", "--db", url, *options])
