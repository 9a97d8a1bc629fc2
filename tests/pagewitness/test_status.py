"""`pagewitness status`, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from typer.testing import CliRunner

from alerts.model import PlannedAlert
from monitor.model import Standing
from pagewitness.cli import app
from pagewitness.clock import system_clock
from storage import schema
from storage.connection import database_now
from storage.engine import Database
from storage.history import History
from storage.outbox import SqlOutbox
from storage.store import SqlStore
from tests.storage.looks import add_page, archive, fact_changed, failed, full, ok

Status = Callable[..., Result]


@pytest.fixture
def status(database_url: str) -> Status:
    def run(*options: str) -> Result:
        return CliRunner().invoke(app, ["status", "--db", database_url, *options])

    return run


def unfolded(done: Result) -> str:
    """What was said, on one line: where a line is folded depends on how long the place of the database is."""
    return " ".join(done.output.split())


def test_a_calm_database_needs_nobody(store: SqlStore, status: Status):
    now = system_clock()
    page = add_page(store, now)
    snapshot = archive(store, page, full(now, b"body"), now)
    store.record(snapshot, ok(), now=now)
    archive(store, page, failed(now), now)
    done = status()
    assert done.exit_code == 0, done.output
    shown = unfolded(done)
    for said in ("1 active", "1 full ok", "1 failed", f"schema {schema.VERSION}"):
        assert said in shown
    assert "needs you" not in shown


def test_everything_that_needs_a_person_is_told(store: SqlStore, outbox: SqlOutbox, database: Database, status: Status):
    early = system_clock() - timedelta(hours=2)
    page = add_page(store, early)
    snapshot = archive(store, page, full(early, b"body"), early)
    store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=early)
    archive(store, page, full(early, b"another body"), early, next_check_at=early)
    (event,) = History(database).events()
    outbox.plan([event.id], [PlannedAlert(event.id, "key facts", "desk", "msg_1", {})], now=early)
    (delivery,) = outbox.claim("me", "desk", lease=timedelta(seconds=30), limit=1)
    outbox.failed(delivery.id, "me", "refused", retry_in=None)
    with database.begin() as connection:
        health = {"page_id": page.id, "standing": Standing.BLOCKED, "candidate_seen": 0, "stale_since": early}
        connection.execute(schema.page_health.insert().values(health))
        resting = {"host": "resting.example", "not_before": database_now(connection) + timedelta(hours=1)}
        connection.execute(schema.hosts.insert().values(**resting, not_before_why="429"))
    done = status("--json")
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert [word in " ".join(told["needs"]) for word in ("refused", "unread", "due", "seen well")] == [True] * 4
    assert (told["pages"], told["standings"], told["stale"]) == ({"active": 1}, {"blocked": 1}, 1)
    assert (told["due"], told["unread"]) == (1, 1)
    assert 7000 < told["lag_seconds"] < 7400
    assert {(look["outcome"], look["verdict"]): look["count"] for look in told["looks"]} == {
        ("full", "ok"): 1,
        ("full", None): 1,
    }
    assert [(one["channel"], one["state"], one["count"]) for one in told["deliveries"]] == [("desk", "dead", 1)]
    assert [(host["host"], host["why"]) for host in told["hosts_paused"]] == [("resting.example", "429")]
    assert told["schema"] == schema.VERSION
    assert told["database_bytes"] > 0
    shown = unfolded(status())
    assert shown.count("needs you") == 4
    assert "resting.example until" in shown
