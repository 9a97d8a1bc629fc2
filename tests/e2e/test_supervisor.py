"""The service as processes: a page stops only its extractor, whatever ends a process it is replaced, and nothing is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.model import EventKind, Page, PageSource, Schedule, Snapshot, Verdict
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, open_app
from pagewitness.settings import Settings
from storage.schema import hosts, page_claims
from tests.support.family import family
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.sites import Answer, Received, Site
from tests.support.supervised import supervised

HEALTHY = "<!doctype html><title>Coalition</title><p>The Coalition has {} members.</p>"
EVERY = timedelta(hours=1)


def watch(app: AppContext, url: str, every: timedelta = EVERY) -> Page:
    return app.store.add_page(
        url, schedule=Schedule(every=every), allow_private=True, source=PageSource.ADDED, now=system_clock()
    )


@pytest.fixture
def app(database_url: str) -> Iterator[AppContext]:
    with open_app(Settings(database_url=database_url)) as app:
        yield app


def first(app: AppContext, page: Page) -> Snapshot | None:
    kept = app.history.snapshots(page.id, newest_first=False)
    return kept[0] if kept else None


def processed(app: AppContext, page: Page) -> bool:
    snapshot = first(app, page)
    return snapshot is not None and snapshot.read_at is not None


def delays(app: AppContext, page: Page) -> int:
    with app.database.read() as connection:
        requested = select(page_claims.c.delays).where(page_claims.c.page_id == page.id)
        return connection.execute(requested).scalar() or 0


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.slow
def test_pages_that_hang_crash_or_exhaust_an_extractor_become_unreadable_and_others_continue(
    app: AppContext, database_url: str, tmp_path: Path, site: Site
):
    reasons = {
        "HANG": "it took ",
        "ALLOCATE": "it took too much memory",
        "ABORT": "it crashed with SIGABRT",
        "RAISE": "ValueError: a tag too far",
    }
    bad = {word: watch(app, site.serve(f"/{word}", f"<p>{word}</p>")) for word in reasons}
    outside = {word: watch(app, site.serve(f"/{word}", f"<p>{word}</p>")) for word in ("EXIT", "OUTSIDE")}
    good = watch(app, site.serve("/good", HEALTHY.format(83)), timedelta(seconds=1))
    limits = {"parse_seconds": 0.5, "parse_memory_bytes": 128 * 1024**2}
    with supervised(tmp_path, database_url, **limits) as service, service.web() as web:
        service.wait(lambda: processed(app, good))
        site.serve("/good", HEALTHY.format(85))
        service.wait(lambda: [item for item in app.history.events() if item.page_url == good.url])
        service.wait(lambda: all(processed(app, page) for page in bad.values()))
        service.wait(lambda: all(delays(app, page) for page in outside.values()))
        assert web.get("/readyz").status_code in (200, 503)
        assert web.get("/").status_code == 200
        # It goes on: none of them hangs it again.
        site.serve("/good", HEALTHY.format(87))
        service.wait(lambda: len([item for item in app.history.events() if item.page_url == good.url]) == 2)
        assert service.status()["processes"]
        assert service.terminate() == 0
    for word, reason in reasons.items():
        snapshot = first(app, bad[word])
        assert snapshot is not None
        assert (snapshot.verdict, reason in snapshot.verdict_reason) == (Verdict.UNREADABLE, True), (
            snapshot.verdict_reason
        )
        assert "3 times" in snapshot.verdict_reason
    reported = [item.page_url for item in app.history.events() if item.event.change.kind is EventKind.PAGE_UNREADABLE]
    assert sorted(reported) == sorted(page.url for page in bad.values()), "once each"
    for page in outside.values():
        assert not processed(app, page), "what came from outside is not the page's fault"


def test_a_killed_process_is_replaced_releases_its_leases_and_is_reported(
    app: AppContext, database_url: str, tmp_path: Path, site: Site
):
    page = watch(app, site.serve("/", HEALTHY.format(83)), timedelta(seconds=1))
    with supervised(tmp_path, database_url, lease_seconds=3600) as service, service.web() as web:
        service.wait_until_ready()
        for name in ("fetcher", "extractor-1", "extractor-2", "deliveries", "web"):
            before = service.pid(name)
            os.kill(before, signal.SIGKILL)
            service.wait(lambda name=name, before=before: service.pid(name) != before)
            rendered = service.process_status(name)
            assert (rendered["restarts"], rendered["last_end"]) == (1, "it was ended by SIGKILL")
        service.wait_until_ready()
        seen = len(app.history.snapshots(page.id))
        # With leases of an hour, this requires that those of the killed ones are released.
        service.wait(lambda: len(app.history.snapshots(page.id)) > seen)
        site.serve("/", HEALTHY.format(85))
        service.wait(app.history.events)
        assert web.get("/readyz").json() == {"status": "ok", "reasons": []}, "on the same address as before"
        reported = web.get("/metrics").text
        assert 'pagewitness_process_restarts{process="fetcher"} 1.0' in reported
        assert service.terminate() == 0


def test_with_a_killed_fork_server_all_processes_are_replaced_and_give_their_leases_back(
    app: AppContext, database_url: str, tmp_path: Path, site: Site
):
    page = watch(app, site.serve("/", HEALTHY.format(83)), timedelta(seconds=1))
    names = ("fetcher", "extractor-1", "extractor-2", "deliveries", "web")
    with supervised(tmp_path, database_url, lease_seconds=3600) as service, service.web() as web:
        service.wait_until_ready()
        before = {name: service.pid(name) for name in names}
        (fork_server,) = (
            pid for pid in family(service.process.pid) if Path(f"/proc/{pid}/comm").read_text().strip() == "fork-server"
        )
        os.kill(fork_server, signal.SIGKILL)
        service.wait(lambda: not {service.pid(name) for name in names} & set(before.values()))
        service.wait_until_ready()
        seen = len(app.history.snapshots(page.id))
        service.wait(lambda: len(app.history.snapshots(page.id)) > seen)
        site.serve("/", HEALTHY.format(85))
        service.wait(app.history.events)
        assert web.get("/readyz").status_code == 200, "on the same address as before"
        assert service.terminate() == 0


def test_with_a_killed_supervisor_all_processes_end(app: AppContext, database_url: str, tmp_path: Path, site: Site):
    watch(app, site.serve("/", "<p>HANG</p>"))
    with supervised(tmp_path, database_url, parse_seconds=1000) as service:
        names = ("fetcher", "extractor-1", "extractor-2", "deliveries", "web")
        numbers = [service.pid(name) for name in names]
        service.wait(lambda: any(one["snapshot"] for one in service.status()["processes"]))
        service.process.kill()
        service.process.wait()
        assert soon(lambda: not any(is_alive(number) for number in numbers)), "also the one that hangs"


def test_sigterm_ends_it_within_its_bound_whatever_a_process_does(
    app: AppContext, database_url: str, tmp_path: Path, site: Site
):
    answer = threading.Event()

    def never(_: Received) -> Answer:
        answer.wait(PATIENCE_SECONDS)
        return Answer("")

    watch(app, site.serve("/hang", "<p>HANG</p>"))
    watch(app, site.route("/slow", never))
    try:
        with supervised(tmp_path, database_url, parse_seconds=1000, shutdown_seconds=4) as service:
            service.wait(lambda: any(one["snapshot"] for one in service.status()["processes"]))
            began = time.monotonic()
            assert service.terminate() == 0
            took = time.monotonic() - began
            assert service.logged("stopped without waiting for what is under way")
    finally:
        answer.set()
    assert took < 4 + 10, "with room for a busy machine"


@pytest.mark.slow
def test_a_process_that_falls_silent_is_replaced(app: AppContext, database_url: str, tmp_path: Path):
    with supervised(tmp_path, database_url, silent_seconds=2) as service:
        before = service.pid("fetcher")
        os.kill(before, signal.SIGSTOP)
        service.wait(lambda: service.process_status("fetcher")["restarts"] == 1)
        assert "silent" in service.process_status("fetcher")["last_end"]
        service.wait_until_ready()


@pytest.mark.slow
def test_hosts_that_crash_the_fetcher_three_times_are_visited_alone_and_others_continue(
    app: AppContext, database_url: str, tmp_path: Path, sites: Callable[..., Site]
):
    bad, good = sites(), sites()
    watch(app, bad.serve("/crash-the-fetcher", HEALTHY.format(83)))
    page = watch(app, good.serve("/", HEALTHY.format(83)), timedelta(seconds=1))
    with supervised(tmp_path, database_url) as service:
        service.wait(lambda: crashes(app, bad) >= 3)
        seen = len(app.history.snapshots(page.id))
        service.wait(lambda: len(app.history.snapshots(page.id)) > seen + 2)
        restarts = service.process_status("fetcher")["restarts"]
        service.wait(lambda: crashes(app, bad) >= 4)
        assert service.process_status("fetcher")["restarts"] == restarts, "it was another process"
        assert "fetcher-alone" in [one["name"] for one in service.status()["processes"]]


def crashes(app: AppContext, site: Site) -> int:
    with app.database.read() as connection:
        requested = select(hosts.c.crashes).where(hosts.c.host == f"127.0.0.1:{site.port}")
        return connection.execute(requested).scalar() or 0
