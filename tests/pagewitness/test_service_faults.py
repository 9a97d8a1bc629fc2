"""The service through outages of its database: it keeps ticking, complains once, and goes on by itself when the database is back."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from monitor.errors import DatabaseFull
from monitor.model import PageSource, Schedule
from pagewitness.clock import system_clock
from pagewitness.service import Service
from pagewitness.settings import Settings
from pagewitness.wiring import Parts, opened
from tests.storage.looks import HOURLY
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.services import stepped
from tests.support.sites import Answer, Received, Site
from tests.support.stores import PostgresServer

HELD_SECONDS = 2.0
"""How long no visit begins after one that could not be recorded: as long as a lease."""
QUICK = {"tick_seconds": 0.05, "lease_seconds": HELD_SECONDS, "host_interval_seconds": 0.0}


def watch(parts: Parts, url: str, schedule: Schedule = HOURLY) -> int:
    return parts.store.add_page(
        url, schedule=schedule, allow_private=True, source=PageSource.ADDED, now=system_clock()
    ).id


@contextmanager
def running(parts: Parts) -> Iterator[Service]:
    service = Service(parts, clock=system_clock)
    service.start()
    try:
        yield service
    finally:
        ended = service.stop(PATIENCE_SECONDS)
    assert ended


def failures(lines: list[dict[str, object]], step: str) -> list[dict[str, object]]:
    return [line for line in lines if line["event"] == "step failed, will be tried again" and line["step"] == step]


def test_a_full_database_stops_looking_and_a_freed_one_goes_on(tmp_path: Path, site: Site):
    site.serve("/", "<p>87 members</p>")
    site.serve("/later", f"<p>88 members {secrets.token_hex(200_000)}</p>")
    full = False

    def limit(connection, *_: object) -> None:
        most = connection.execute("PRAGMA page_count").fetchone()[0] if full else 1_000_000
        connection.execute(f"PRAGMA max_page_count = {most}")

    settings = Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}", **QUICK)
    with opened(settings) as parts, capture_logs() as lines:
        event.listen(parts.database.engine, "checkout", limit)
        watch(parts, site.url("/"))
        with running(parts) as service:
            assert soon(lambda: parts.history.page(site.url("/")).next_check_at > system_clock())
            with parts.database.begin() as connection:
                connection.exec_driver_sql("CREATE TABLE filler (data TEXT)")
            full = True
            fill(parts)
            later = watch(parts, site.url("/later"))
            assert soon(lambda: [line for line in lines if line["event"] == "visit ended early"])
            assert (service.pulse.stopped(), service.pulse.idle()) == ([], [])
            service.pulse.limit_seconds = 1.0
            for told in (
                "no tick has gone well",
                "could not be recorded",
            ):  # while it holds still; once it has tried again
                assert soon(lambda told=told: any(told in reason for reason in service.pulse.idle()))
            full = False
            with parts.database.begin() as connection:
                connection.exec_driver_sql("DROP TABLE filler")
            assert soon(lambda: [one for one in parts.history.snapshots(later) if one.read_at])
            assert soon(lambda: service.pulse.idle() == [])
    asked = [request.at for request in site.requests_for("/later")]
    assert len(asked) > 2
    assert min(later - earlier for earlier, later in pairwise(asked)) >= HELD_SECONDS, "not asked again and again"
    said, *_ = [line for line in lines if line["event"] == "visit ended early"]
    assert "the disk or quota is full" in said["error"]


def fill(parts: Parts) -> None:
    """Use up what is free, so that no body fits any more."""
    for size in (100_000, 10_000):
        with pytest.raises(DatabaseFull):
            insert_for_ever(parts, "x" * size)


def insert_for_ever(parts: Parts, data: str) -> None:
    while True:
        with parts.database.begin() as connection:
            connection.exec_driver_sql("INSERT INTO filler VALUES (?)", (data,))


def test_a_restarted_postgresql_is_found_again(postgres_server: PostgresServer, site: Site):
    site.serve("/", "<p>87 members</p>")
    with postgres_server.cloned("template_built") as url, opened(Settings(database_url=url, **QUICK)) as parts:
        watch(parts, site.url("/"))
        with capture_logs() as lines, running(parts) as service:
            assert soon(lambda: site.requests)
            service.settle()
            with postgres_server.down():
                assert soon(lambda: failures(lines, "tick"))
                time.sleep(0.5)  # many ticks
                assert service.pulse.stopped() == []
            assert soon(lambda: [one for one in lines if one["event"] == "step works again" and one["step"] == "tick"])
            site.serve("/later", "<p>88 members</p>")
            later = watch(parts, site.url("/later"))
            assert soon(lambda: [one for one in parts.history.snapshots(later) if one.read_at])
        assert len(failures(lines, "tick")) <= 2, "once for each kind of fault, not once a tick"


def test_stopping_waits_for_a_look_under_way_and_then_no_longer(tmp_path: Path, site: Site):
    asked, answer = threading.Event(), threading.Event()

    def slow(request: Received) -> Answer:
        asked.set()
        answer.wait(PATIENCE_SECONDS)
        return Answer("<p>87 members</p>")

    site.route("/", slow)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}", **QUICK)
    with opened(settings) as parts, ExitStack() as stack:
        page = watch(parts, site.url("/"))
        service = Service(parts, clock=system_clock)
        stack.callback(service.stop, PATIENCE_SECONDS)
        stack.callback(answer.set)
        service.start()
        assert asked.wait(PATIENCE_SECONDS)
        began = time.monotonic()
        assert service.stop(0.2) is False
        assert time.monotonic() - began < PATIENCE_SECONDS / 2
        answer.set()
        assert service.stop(PATIENCE_SECONDS) is True
        (snapshot,) = parts.history.snapshots(page)
        assert snapshot.read_at is not None, "what was under way was finished"
        assert parts.store.claim_host(f"127.0.0.1:{site.port}", "somebody", service._lease), "its lease was given back"


def test_what_kills_its_parser_stays_unread_and_newer_looks_are_archived(tmp_path: Path, site: Site):
    site.serve("/", "<p>The Coalition has 87 members.</p>" * 5_000)
    limits = {"parse_inline_bytes": 1000, "parse_seconds": 0.001}  # no machine extracts from it in that
    with opened(Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}", **QUICK, **limits)) as parts:
        page = watch(parts, site.url("/"))
        with stepped(parts, system_clock) as service, capture_logs() as lines:
            for number in range(5):
                parts.store.set_next_check(page, system_clock())
                service.tick()
                service.settle()
                site.serve("/", f"<p>The Coalition has {number} members.</p>")
        unread = [one for one in parts.history.snapshots(page, newest_first=False) if one.read_at is None]
        assert [one.seq for one in unread] == [1, 2, 3, 4, 5]
    said = [line["error"] for line in lines if line["event"] == "page left unread"]
    assert len(said) == 5
    assert all("extraction failed: it took longer than 0.001 s" in error for error in said)
    # With room enough for it, all of them are read, in order.
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}", **QUICK)
    with opened(settings) as parts, stepped(parts, system_clock) as service:
        parts.store.set_next_check(page, system_clock())
        service.tick()
        service.settle()
        assert all(one.read_at for one in parts.history.snapshots(page))
