"""The numbers of monitoring, on both databases."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text, update

from alerts.model import DeliveryState
from monitor.errors import DatabaseUnavailable, SchemaMismatch
from monitor.model import HealthStatus, Outcome, PageState, Verdict
from storage import schema
from storage.database.connection import database_now
from storage.database.engine import Database, open_database
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.gauges import check_ready, gauges, paused_hosts, recent_checks, stored_bytes
from storage.queries.history import History
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import add_page, archive, fact_changed, failed, full, ok

HOUR = timedelta(hours=1)


def pause(database: Database, host: str, why: str = "503, Retry-After: 3600") -> None:
    with database.begin() as connection:
        until = database_now(connection) + HOUR
        connection.execute(schema.hosts.insert().values(host=host, not_before=until, not_before_why=why))


def test_an_empty_database_has_nothing_to_report(database: Database, clock):
    now = gauges(database, clock())
    assert (now.due, now.lag_seconds, now.unprocessed, now.unprocessed_seconds, now.leases, now.paused_hosts) == (
        0,
        0,
        0,
        0,
        0,
        0,
    )
    assert (now.pages, now.health, now.stale, now.waiting) == ({}, {}, 0, ())
    assert stored_bytes(database) == (0, 0)
    assert recent_checks(database, clock()) == {}


def test_lag_is_how_long_the_longest_waiting_page_has_been_due(store: SqlStore, database: Database, clock):
    add_page(store, clock())
    add_page(store, clock.advance(minutes=5), "https://other.example/")
    later = add_page(store, clock(), "https://later.example/")
    store.set_next_check(later.id, clock() + HOUR)
    now = gauges(database, clock.advance(minutes=1))
    assert (now.due, now.lag_seconds) == (2, 360)


def test_a_host_that_asked_for_a_pause_makes_no_lag(store: SqlStore, database: Database, clock):
    add_page(store, clock(), "https://resting.example/")
    pause(database, "resting.example")
    now = gauges(database, clock.advance(hours=2))
    assert (now.due, now.lag_seconds, now.paused_hosts) == (0, 0, 1)
    (host,) = paused_hosts(database)
    assert (host.host, host.reason) == ("resting.example", "503, Retry-After: 3600")


def test_unprocessed_snapshots_are_counted_until_they_are_processed(store: SqlStore, database: Database, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), b"one"), clock())
    archive(store, page, failed(clock()), clock.advance(minutes=1))
    now = gauges(database, clock.advance(minutes=9))
    assert (now.unprocessed, now.unprocessed_seconds) == (1, 600)
    store.record(snapshot, ok(), now=clock())
    assert gauges(database, clock()).unprocessed == 0


def test_pages_are_counted_by_state_and_health(store: SqlStore, database: Database, clock):
    pages = [add_page(store, clock(), f"https://{name}.example/") for name in ("a", "b", "c")]
    with database.begin() as connection:
        rows = [
            {"page_id": pages[0].id, "status": HealthStatus.GONE, "candidate_seen": 0, "stale_since": clock()},
            {"page_id": pages[2].id, "status": HealthStatus.BLOCKED, "candidate_seen": 0, "stale_since": clock()},
        ]
        connection.execute(schema.page_health.insert(), rows)
        retire = update(schema.pages).where(schema.pages.c.id == pages[2].id).values(state=PageState.RETIRED)
        connection.execute(retire)
    now = gauges(database, clock())
    assert now.pages == {PageState.ACTIVE: 2, PageState.RETIRED: 1}
    assert now.health == {HealthStatus.GONE: 1, None: 1}
    assert now.stale == 1
    store.record(archive(store, pages[1], full(clock(), b"one"), clock()), ok(), now=clock())
    assert gauges(database, clock()).health == {HealthStatus.GONE: 1, HealthStatus.OK: 1}


def test_leases_count_while_they_hold(store: SqlStore, database: Database, clock):
    store.claim_host("a.example", "me", timedelta(seconds=30))
    store.claim_host("b.example", "me", timedelta(seconds=30))
    store.release_host("b.example", "me")
    assert gauges(database, clock()).leases == 1


def test_deliveries_wait_by_channel_and_state_until_they_arrive(
    store: SqlStore, outbox: SqlOutbox, database: Database, clock
):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), b"body"), clock())
    store.record(snapshot, ok(events=(fact_changed(snapshot),) * 4), now=clock())
    events = list(History(database).events())
    planned = [
        one_alert(event.id, "key facts", channel, f"msg_{n}", {"body": "x"})
        for n, (event, channel) in enumerate(zip(events, ("desk", "desk", "hook", "hook"), strict=True))
    ]
    outbox.plan([event.id for event in events], planned, now=clock())
    for delivery in [
        one for name in ("desk", "hook") for one in outbox.claim("me", name, lease=timedelta(seconds=30), limit=9)
    ]:
        if delivery.uid == "msg_0":
            outbox.sent(delivery.id, "me", "taken")
        elif delivery.uid == "msg_3":
            outbox.failed(delivery.id, "me", "refused", retry_in=None)
    waiting = gauges(database, clock()).waiting
    assert [(one.channel, one.state, one.count) for one in waiting] == [
        ("desk", DeliveryState.PENDING, 1),
        ("hook", DeliveryState.DEAD, 1),
        ("hook", DeliveryState.PENDING, 1),
    ]
    assert all(0 <= one.oldest_seconds < 60 for one in waiting)


def test_recent_checks_are_counted_by_outcome_and_verdict(store: SqlStore, database: Database, clock):
    page = add_page(store, clock())
    archive(store, page, full(clock(), b"old"), clock())
    since = clock.advance(hours=1)
    snapshot = archive(store, page, full(since, b"new"), since)
    store.record(snapshot, ok(), now=since)
    archive(store, page, full(since, b"newer"), since)
    archive(store, page, failed(since), since)
    assert recent_checks(database, since) == {
        (Outcome.FULL, Verdict.OK): 1,
        (Outcome.FULL, None): 1,
        (Outcome.FAILED, None): 1,
    }


def test_stored_bytes_go_on_from_the_last_body(store: SqlStore, database: Database, clock):
    page = add_page(store, clock())
    archive(store, page, full(clock(), b"one " * 100), clock())
    last, size = stored_bytes(database)
    assert size > 0
    assert stored_bytes(database, last) == (last, 0)
    archive(store, page, full(clock(), b"two " * 100), clock())
    newest, more = stored_bytes(database, last)
    assert (newest > last, more > 0) == (True, True)
    assert stored_bytes(database) == (newest, size + more)


def test_a_database_is_ready_while_its_schema_is_ours(database: Database):
    assert check_ready(database) == schema.VERSION
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="9999"):
        check_ready(database)


def test_a_file_that_was_taken_away_is_noticed_though_it_can_still_be_written(sqlite_template: Path, tmp_path: Path):
    path = tmp_path / "here.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(open_database(f"sqlite:///{path}")) as database:
        assert check_ready(database) == schema.VERSION
        path.rename(tmp_path / "elsewhere.db")
        with pytest.raises(DatabaseUnavailable, match="the file is gone"):
            check_ready(database)


def test_counting_needs_no_more_statements_with_more_pages(store: SqlStore, database: Database, clock):
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    gauges(database, clock())
    few = len(statements)
    for number in range(20):
        add_page(store, clock(), f"https://host{number}.example/")
    statements.clear()
    gauges(database, clock())
    assert len(statements) == few
