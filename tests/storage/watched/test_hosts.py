"""Hosts on both databases: who is due, who asked to be left alone, what a visit must know; and schedules that are kept."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, select, update

from monitor.model import PageHealth, PageState, RobotsFile, Schedule
from storage.archive.recording import store_health
from storage.database.engine import open_database
from storage.schema import hosts, page_checks, pages
from storage.store import SqlStore
from tests.storage.page_edits import pause, resume
from tests.storage.snapshots import HOURLY, add_page, archive, exchange, failed, full, same_body

LEASE = timedelta(seconds=30)
HOUR = timedelta(hours=1)
HOST = "coalition.example"


def host_row(store: SqlStore, host: str = HOST):
    with store.database.read() as connection:
        return connection.execute(select(hosts).where(hosts.c.host == host)).one()


def set_host(store: SqlStore, **values):
    with store.database.begin() as connection:
        connection.execute(update(hosts).where(hosts.c.host == HOST).values(values))


# --- asked to be left alone ---


def test_a_host_that_asked_to_be_left_alone_is_not_due_until_then(store: SqlStore, clock):
    add_page(store, clock())
    other = add_page(store, clock(), url="https://b.example/")
    store.pause_host(HOST, HOUR, "it answered 503")
    assert store.due_hosts(clock.advance(days=30), 10) == [other.host]
    assert host_row(store).not_before_why == "it answered 503"
    store.pause_host(HOST, timedelta(0), "it answered 503")
    assert sorted(store.due_hosts(clock(), 10)) == sorted([HOST, other.host])


def test_the_wait_runs_on_the_databases_clock(store: SqlStore, clock):
    add_page(store, clock())
    store.pause_host(HOST, HOUR, "")
    left = host_row(store).not_before - store.host_facts(HOST).now
    assert timedelta(minutes=59) < left <= HOUR


def test_leases_and_pauses_from_before_a_clock_was_put_back_are_ignored(store: SqlStore, clock):
    add_page(store, clock())
    assert store.claim_host(HOST, "before", LEASE)
    now = store.host_facts(HOST).now
    set_host(store, lease_until=now + timedelta(days=300), not_before=now + timedelta(days=300))
    assert store.due_hosts(clock(), 10) == [HOST]
    assert store.claim_host(HOST, "after", LEASE)
    assert not store.claim_host(HOST, "third", LEASE)


def test_pauses_of_hosts_can_be_cleared(store: SqlStore, clock):
    add_page(store, clock())
    store.pause_host(HOST, HOUR, "busy")
    store.clear_host_pauses()
    assert store.due_hosts(clock(), 10) == [HOST]
    assert (host_row(store).not_before, host_row(store).not_before_why) == (None, "")


# --- due ---


def test_due_hosts_are_the_same_whichever_way_they_are_found(store: SqlStore, clock, monkeypatch):
    for number in range(6):
        add_page(store, clock() + timedelta(minutes=number % 3), url=f"https://{'abc'[number % 3]}.example/{number}")
    add_page(store, clock() + HOUR, url="https://d.example/")
    now = clock.advance(minutes=10)
    assert store.claim_host("b.example", "me", LEASE)
    assert store.due_hosts(now, 10) == ["a.example", "c.example"]
    monkeypatch.setattr("storage.watched.due_hosts._MANY_PAGES", 5)
    assert store.due_hosts(now, 10) == ["a.example", "c.example"]
    assert store.due_hosts(now, 1) == ["a.example"]


def test_pages_that_are_not_due_cost_a_tick_nothing_on_sqlite(sqlite_template):
    logged: list[tuple[str, object]] = []
    with closing(open_database(f"sqlite:///{sqlite_template}")) as database:
        event.listen(database.engine, "before_cursor_execute", lambda *args: logged.append((args[2], args[3])))
        SqlStore(database).due_hosts(datetime.now(UTC), 10)
        queries = [(query, values) for query, values in logged if "page_checks" in query]
        assert len(queries) == 2
        with database.read() as connection:
            for query, values in queries:
                plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all())
                assert "SEARCH page_checks USING" in plan
                assert "ix_page_checks_due " in plan
                assert "SCAN page_checks" not in plan


def test_a_host_that_is_never_done_does_not_keep_the_others_out(store: SqlStore):
    long_ago = datetime.now(UTC) - timedelta(days=9)
    for number in range(3):
        add_page(store, long_ago, url=f"https://{HOST}/{number}")
    add_page(store, long_ago + HOUR, url="https://b.example/")
    now = datetime.now(UTC)
    assert store.due_hosts(now, 1) == [HOST]
    assert store.claim_host(HOST, "me", LEASE)
    store.release_host(HOST, "me")
    assert store.due_hosts(now, 2) == ["b.example", HOST]


def test_a_host_with_more_due_pages_than_a_visit_takes_stays_due(store: SqlStore, clock):
    for number in range(5):
        add_page(store, clock(), url=f"https://{HOST}/{number}")
    taken = []
    while store.due_hosts(clock(), 10):
        (visit,) = store.begin_visits([HOST], clock(), "me", LEASE, pages_a_visit=2)
        for page in visit.pages:
            archive(store, page, full(clock(), b"<p>seen</p>"), clock())
            taken.append(page.url)
        store.release_host(HOST, "me")
    assert len(taken) == len(set(taken)) == 5


@pytest.mark.parametrize("due", [0, 20])
def test_pages_that_are_not_due_are_not_read_to_find_those_that_are(store: SqlStore, clock, due: int):
    """The index that leads to due pages is used, however many wait."""
    row = {"label": "", "timezone": "UTC", "facts": [], "allow_private": False, "state": "active", "source": "added"}
    fill = {**row, "every_seconds": 3600.0, "created_at": clock(), "windows": []}
    numbers = range(1, 3001)
    many = [{**fill, "id": n, "url": f"https://h{n % 50}.example/{n}", "host": f"h{n % 50}.example"} for n in numbers]
    checks = [{"page_id": n, "host": f"h{n % 50}.example", "next_check_at": clock() + n * HOUR} for n in numbers]
    with store.database.begin() as connection:
        connection.execute(insert(pages), many)
        connection.execute(insert(page_checks), checks)
        connection.exec_driver_sql("ANALYZE")
    plan = plan_of_due_hosts(store, clock() + due * HOUR)
    assert "ix_page_checks_due" in plan
    assert "SCAN page_checks" not in plan
    assert "Seq Scan on page_checks" not in plan
    assert len(store.due_hosts(clock() + due * HOUR, 100)) == due


def plan_of_due_hosts(store: SqlStore, now) -> str:
    """How the database goes about `due_hosts`."""
    sent = []
    engine = store.database.engine
    listen = (
        "before_cursor_execute",
        lambda _connection, _cursor, statement, values, *_: sent.append((statement, values)),
    )
    event.listen(engine, *listen)
    store.due_hosts(now, 8)
    event.remove(engine, *listen)
    statement, values = next((statement, values) for statement, values in sent if "next_check_at" in statement)
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with store.database.read() as connection:
        return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", values))


# --- what a visit must know ---


def test_a_visit_knows_what_is_known_of_its_host(store: SqlStore, clock):
    page = add_page(store, clock())
    facts = store.host_facts(HOST)
    assert (facts.last_visit_at, facts.spacing, facts.robots, facts.disallowed) == (None, None, {}, frozenset())
    file = RobotsFile(f"https://{HOST}", facts.now, facts.now + HOUR, 200, "User-agent: *\nCrawl-delay: 5\n")
    store.keep_robots(file, HOST, timedelta(seconds=5))
    with store.database.begin() as connection:
        store_health(connection, page.id, PageHealth(disallowed_since=clock()))
    assert store.claim_host(HOST, "me", LEASE)
    store.release_host(HOST, "me")
    facts = store.host_facts(HOST)
    assert facts.last_visit_at is not None
    assert timedelta(0) <= facts.now - facts.last_visit_at < timedelta(seconds=20)
    assert facts.spacing == timedelta(seconds=5)
    assert facts.robots == {f"https://{HOST}": file}
    assert facts.disallowed == {page.id}
    newer = replace(file, status=None, body="", unreachable_since=facts.now)
    store.keep_robots(newer, HOST, None)
    facts = store.host_facts(HOST)
    assert (facts.robots, facts.spacing) == ({f"https://{HOST}": newer}, None)
    assert store.host_facts("other.example").robots == {}


def test_a_visitor_who_died_may_have_asked_up_to_the_end_of_its_lease(store: SqlStore, clock):
    add_page(store, clock())
    assert store.claim_host(HOST, "dead", LEASE)
    ended = store.host_facts(HOST).now - timedelta(seconds=2)
    set_host(store, lease_until=ended, last_visit_at=ended - HOUR)
    assert store.claim_host(HOST, "heir", LEASE)
    assert store.host_facts(HOST).last_visit_at == ended
    store.release_host(HOST, "heir")
    finished = store.host_facts(HOST).last_visit_at
    assert store.claim_host(HOST, "third", LEASE)
    assert store.host_facts(HOST).last_visit_at == finished > ended


# --- schedules ---


def test_consecutive_failures_are_counted_until_a_good_check(store: SqlStore, clock):
    page = add_page(store, clock())
    archive(store, page, failed(clock()), clock())
    archive(store, page, failed(clock()), clock())
    assert store.page(page.id).failures == 2
    busy = exchange(clock(), b"busy", status=429)
    observation = full(clock(), b"busy")
    archive(
        store, page, replace(observation, fetch_result=replace(observation.fetch_result, exchanges=(busy,))), clock()
    )
    assert store.page(page.id).failures == 3
    good = archive(store, page, full(clock(), b"<p>hello</p>"), clock())
    assert store.page(page.id).failures == 0
    archive(store, page, failed(clock()), clock())
    archive(store, page, same_body(clock(), good, b"<p>hello</p>"), clock())
    assert store.page(page.id).failures == 0


def test_the_interval_and_reason_of_a_schedule_are_stored(store: SqlStore, clock):
    adaptive = Schedule(every=6 * HOUR, adaptive=(HOUR, 24 * HOUR), windows=("mon-fri",), jitter=timedelta(minutes=5))
    page = store.add_page("https://a.example/", schedule=adaptive, source="added", now=clock())
    assert (page.schedule, page.interval) == (adaptive, None)
    due = clock() + 3 * HOUR
    store.reschedule(page.id, due, interval=3 * HOUR, reason="it changed")
    again = store.page(page.id)
    assert (again.next_check_at, again.interval, store.schedule_reason(page.id)) == (due, 3 * HOUR, "it changed")
    assert store.latest_due() == [(adaptive, 3 * HOUR, due)]


def test_a_paused_page_is_not_due_until_it_is_resumed_at_once(store: SqlStore, clock):
    page = add_page(store, clock())
    store.reschedule(page.id, clock(), interval=None, reason="2 checks failed")
    pause(store, page.id)
    paused = store.page(page.id)
    assert (paused.state, paused.next_check_at, store.schedule_reason(page.id)) == (PageState.PAUSED, None, "")
    store.reschedule(page.id, clock(), interval=None, reason="late")
    assert store.page(page.id) == paused
    resume(store, page.id, clock.advance(days=1))
    assert (store.page(page.id).state, store.page(page.id).next_check_at) == (PageState.ACTIVE, clock())
    assert store.due_hosts(clock(), 10) == [HOST]


def test_pages_due_late_come_in_the_order_of_their_keys(store: SqlStore, clock):
    first, second = (add_page(store, clock(), url=f"https://{name}.example/") for name in ("b", "a"))
    store.set_next_check(first.id, clock() + 9 * HOUR)
    store.set_next_check(second.id, clock() + 8 * HOUR)
    found = store.due_after(clock() + HOUR, beyond=0)
    assert [page.id for page in found] == [first.id, second.id]
    assert store.due_after(clock() + HOUR, beyond=second.id) == []
    assert found[0].schedule == HOURLY
