"""The service through outages of its database: it keeps ticking, complains once, and goes on by itself when the database is back."""

from __future__ import annotations

import secrets
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from monitor.errors import DatabaseFull
from monitor.model import EventKind, PageSource, Schedule, Verdict
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, open_app
from pagewitness.settings import Settings
from rendering import sentences
from tests.storage.snapshots import HOURLY
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.services import stepped, ticking
from tests.support.sites import Answer, Received, Site
from tests.support.stores import PostgresServer

HELD_SECONDS = 2.0
"""How long no visit begins after one that could not be recorded: as long as a lease."""
QUICK = {"tick_seconds": 0.05, "lease_seconds": HELD_SECONDS, "host_interval_seconds": 0.0}


def watch(app: AppContext, url: str, schedule: Schedule = HOURLY) -> int:
    return app.store.add_page(
        url, schedule=schedule, allow_private=True, source=PageSource.ADDED, now=system_clock()
    ).id


def failures(lines: list[dict[str, object]], step: str) -> list[dict[str, object]]:
    return [line for line in lines if line["event"] == "step failed, will be tried again" and line["step"] == step]


def test_a_full_database_stops_checks_and_a_freed_one_resumes_them(tmp_path: Path, site: Site):
    site.serve("/", "<p>87 members</p>")
    site.serve("/later", f"<p>88 members {secrets.token_hex(200_000)}</p>")
    full = False

    def limit(connection, *_: object) -> None:
        most = connection.execute("PRAGMA page_count").fetchone()[0] if full else 1_000_000
        connection.execute(f"PRAGMA max_page_count = {most}")

    settings = Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}", **QUICK)
    with open_app(settings) as app, capture_logs() as lines:
        event.listen(app.database.engine, "checkout", limit)
        watch(app, site.url("/"))
        with ticking(app) as service:
            assert soon(lambda: app.history.page(site.url("/")).next_check_at > system_clock())
            with app.database.begin() as connection:
                connection.exec_driver_sql("CREATE TABLE filler (data TEXT)")
            full = True
            fill(app)
            later = watch(app, site.url("/later"))
            assert soon(lambda: [line for line in lines if line["event"] == "visit ended early"])
            assert (service.fetching.liveness.stopped(), service.fetching.liveness.idle()) == ([], [])
            service.fetching.liveness.limit_seconds = 1.0
            for reported in (
                "no tick has succeeded",
                "could not be recorded",
            ):  # while it holds still; once it has tried again
                assert soon(
                    lambda reported=reported: any(reported in reason for reason in service.fetching.liveness.idle())
                )
            full = False
            with app.database.begin() as connection:
                connection.exec_driver_sql("DROP TABLE filler")
            assert soon(lambda: [one for one in app.history.snapshots(later) if one.read_at])
            assert soon(lambda: service.fetching.liveness.idle() == [])
    requested = [request.at for request in site.requests_for("/later")]
    assert len(requested) > 2
    assert min(later - earlier for earlier, later in pairwise(requested)) >= HELD_SECONDS, "not asked again and again"
    message, *_ = [line for line in lines if line["event"] == "visit ended early"]
    assert "the disk or quota is full" in message["error"]


def fill(app: AppContext) -> None:
    """Use up what is free, so that no body fits any more."""
    for size in (100_000, 10_000):
        with pytest.raises(DatabaseFull):
            insert_for_ever(app, "x" * size)


def insert_for_ever(app: AppContext, data: str) -> None:
    while True:
        with app.database.begin() as connection:
            connection.exec_driver_sql("INSERT INTO filler VALUES (?)", (data,))


def test_a_restarted_postgresql_is_found_again(postgres_server: PostgresServer, site: Site):
    site.serve("/", "<p>87 members</p>")
    with postgres_server.cloned("template_built") as url, open_app(Settings(database_url=url, **QUICK)) as app:
        watch(app, site.url("/"))
        with capture_logs() as lines, ticking(app) as service:
            assert soon(lambda: site.requests)
            service.fetching.settle()
            with postgres_server.down():
                assert soon(lambda: failures(lines, "tick"))
                time.sleep(0.5)  # many ticks
                assert service.fetching.liveness.stopped() == []
            assert soon(lambda: [one for one in lines if one["event"] == "step works again" and one["step"] == "tick"])
            site.serve("/later", "<p>88 members</p>")
            later = watch(app, site.url("/later"))
            assert soon(lambda: [one for one in app.history.snapshots(later) if one.read_at])
        assert len(failures(lines, "tick")) <= 2, "once for each kind of fault, not once a tick"


def test_closing_waits_for_a_check_under_way_and_gives_its_lease_back(tmp_path: Path, site: Site):
    requested, answer = threading.Event(), threading.Event()

    def slow(request: Received) -> Answer:
        requested.set()
        answer.wait(PATIENCE_SECONDS)
        return Answer("<p>87 members</p>")

    site.route("/", slow)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}", **QUICK)
    with open_app(settings) as app:
        page = watch(app, site.url("/"))
        with ticking(app) as service:
            assert requested.wait(PATIENCE_SECONDS)
            service.fetching.stop()
            assert service.fetching.active() == [f"127.0.0.1:{site.port}"]
            answer.set()
        (snapshot,) = app.history.snapshots(page)
        assert snapshot.read_at is not None, "what was under way was finished"
        assert app.store.claim_host(f"127.0.0.1:{site.port}", "somebody", service.fetching.lease)


def test_what_kills_its_parser_is_given_up_after_three_attempts_and_reported_once(tmp_path: Path, site: Site):
    site.serve("/", "<p>The Coalition has 87 members.</p>" * 5_000)
    limits = {"parse_seconds": 0.001}  # no machine extracts from it in that
    with open_app(Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}", **QUICK, **limits)) as app:
        page = watch(app, site.url("/"))
        with stepped(app, system_clock) as service, capture_logs() as lines:
            for _ in range(3):
                app.store.set_next_check(page, system_clock())
                service.tick()
                service.settle()
        kept = app.history.snapshots(page, newest_first=False)
        reported = [item.event.change for item in app.history.events()]
    assert [(one.seq, one.verdict, one.read_at is None) for one in kept] == [
        (seq, Verdict.UNREADABLE, False) for seq in (1, 2, 3)
    ]
    attempts = [line["attempt"] for line in lines if line["event"] == "extraction failed"]
    assert attempts == [1, 2, 3], "repeats of it are not tried again"
    assert [change.kind for change in reported] == [EventKind.PAGE_UNREADABLE]
    assert "longer than 0.001 s" in sentences.summary(reported[0])


def test_newer_snapshots_of_an_unreadable_page_are_processed_and_report_it_back(tmp_path: Path, site: Site):
    site.serve("/", "<p>The Coalition has 87 members.</p>" * 5_000)
    url = f"sqlite:///{tmp_path / 'p.db'}"
    with open_app(Settings(database_url=url, parse_seconds=0.001)) as app:
        page = watch(app, site.url("/"))
        with stepped(app, system_clock) as service:
            service.tick()
            service.settle()
    site.serve("/", "<p>The Coalition has 85 members.</p>")
    with open_app(Settings(database_url=url)) as app:
        app.store.set_next_check(page, system_clock())
        with stepped(app, system_clock) as service:
            service.tick()
            service.settle()
        kept = app.history.snapshots(page, newest_first=False)
        reported = [item.event.change.kind for item in app.history.events()]
    assert [one.verdict for one in kept] == [Verdict.UNREADABLE, Verdict.OK]
    assert reported == [EventKind.PAGE_UNREADABLE, EventKind.PAGE_BACK]
