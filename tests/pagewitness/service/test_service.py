"""The service step by step, under a clock that is handed in: who is visited when, and what happens when things go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from alerts.model import EmailChannel, Rule, Security
from monitor.errors import DatabaseUnavailable, PagewitnessError
from monitor.model import (
    EventKind,
    FactDefinition,
    FactKind,
    Page,
    PageSource,
    PageState,
    Schedule,
)
from pagewitness.composition import AppContext, open_app
from pagewitness.service.host_visits import next_check
from pagewitness.service.in_process import InProcessService
from pagewitness.service.interval_jobs import JobClock
from pagewitness.service.metrics import Metrics
from pagewitness.settings import Settings
from storage.schema import channel_states, deliveries, hosts
from storage.watched.declarations import DeclaredPage
from tests.support.clocks import Clock
from tests.support.patience import PATIENCE_SECONDS
from tests.support.receivers import Mailbox
from tests.support.sites import Answer, Received, Site

FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
LEASE = timedelta(seconds=30)


def stating(count: int) -> str:
    return f"<!doctype html><title>Coalition</title><p>The Coalition has {count} members.</p>"


@pytest.fixture
def app(database_url: str) -> Iterator[AppContext]:
    with open_app(Settings(database_url=database_url)) as app:
        yield app


@pytest.fixture
def service(app: AppContext, clock: Clock) -> Iterator[InProcessService]:
    service = InProcessService(app, clock=clock)
    yield service
    service.close()


def watch(app: AppContext, clock: Clock, *urls: str, notify: Mailbox | None = None) -> None:
    pages = [
        DeclaredPage(url, "", Schedule(every=timedelta(hours=1)), (FACT.name,), allow_private=True) for url in urls
    ]
    channels, rules = [], []
    if notify is not None:
        sender, to = "from@example.org", ("to@example.org",)
        channels = [EmailChannel("desk", notify.host, notify.port, Security.NONE, sender, to)]
        rules = [Rule("facts", frozenset({EventKind.FACT_CHANGED}), ("desk",))]
    app.store.apply_declared(pages, [FACT], channels, rules, now=clock())


def check_times(app: AppContext, url: str) -> list[str]:
    """The times of a page's checks, hour and minute."""
    page = app.history.page(url)
    assert page is not None
    return [f"{snapshot.taken_at:%H:%M}" for snapshot in app.history.snapshots(page.id, newest_first=False)]


def test_a_tick_visits_hosts_with_due_pages_and_observes_on_the_clock_handed_in(
    app: AppContext, service: InProcessService, clock: Clock, sites: Callable[..., Site]
):
    one, other = sites(), sites()
    urls = [one.serve("/a", stating(83)), one.serve("/b", stating(83)), other.serve("/", stating(83))]
    watch(app, clock, *urls)
    assert service.tick() == 2
    service.settle()
    assert [check_times(app, url) for url in urls] == [["12:00"]] * 3
    assert service.tick() == 0, "nothing is due any more"
    clock.advance(hours=2)
    assert service.tick() == 2
    service.settle()
    assert [check_times(app, url) for url in urls] == [["12:00", "14:00"]] * 3


def test_a_host_that_another_process_visits_is_left_to_it(
    app: AppContext, service: InProcessService, clock: Clock, site: Site
):
    url = site.serve("/", stating(83))
    watch(app, clock, url)
    host = f"{site.host}:{site.port}"
    assert app.store.claim_host(host, "somebody else", LEASE)
    assert service.tick() == 0
    app.store.release_host(host, "somebody else")
    assert service.tick() == 1
    service.settle()
    assert check_times(app, url) == ["12:00"]
    assert app.store.claim_host(host, "somebody else", LEASE), "the lease was given back"


def test_there_are_no_more_visits_at_once_than_places(database_url: str, clock: Clock, sites: Callable[..., Site]):
    go_on = threading.Event()

    def held(_: Received) -> Answer:
        go_on.wait(PATIENCE_SECONDS)
        return Answer(stating(83))

    with open_app(Settings(database_url=database_url, visits=2)) as app, ExitStack() as stack:
        watch(app, clock, *(sites().route("/", held) for _ in range(3)))
        service = InProcessService(app, clock=clock)
        stack.callback(service.close)
        stack.callback(go_on.set)
        assert service.tick() == 2
        assert service.tick() == 0
        go_on.set()
        service.settle()
        assert service.tick() == 1
        service.settle()
        service.close()
        assert [row.snapshots for row in app.history.pages()] == [1, 1, 1]
        assert service.tick() == 0, "nothing is begun after the end"


def test_the_lease_is_renewed_during_a_long_check(app: AppContext, service: InProcessService, clock: Clock, site: Site):
    requested, go_on = threading.Event(), threading.Event()

    def held(_: Received) -> Answer:
        requested.set()
        go_on.wait(PATIENCE_SECONDS)
        return Answer(stating(83))

    def lease_end() -> object:
        with app.database.read() as connection:
            return connection.execute(select(hosts.c.lease_until)).scalar_one()

    watch(app, clock, site.route("/", held))
    service.tick()
    try:
        assert requested.wait(PATIENCE_SECONDS)
        before = lease_end()
        time.sleep(0.01)  # the database counts milliseconds
        service.renew()
        after = lease_end()
    finally:
        go_on.set()
        service.settle()
    assert after > before
    assert lease_end() is None


def test_a_changed_number_is_planned_once_and_sent_once(
    app: AppContext, service: InProcessService, clock: Clock, site: Site, mailbox: Mailbox
):
    watch(app, clock, site.serve("/", stating(83)), notify=mailbox)
    for count in (83, 85, 85):
        site.serve("/", stating(count))
        service.tick()
        service.settle()
        clock.advance(hours=2)
        service.plan()
        service.dispatch()
    assert (service.plan(), service.dispatch()) == (0, 0)
    assert [message["Subject"] for message in mailbox.messages] == ["Coalition · members 83 → 85 (+2)"]


def test_an_alert_waits_for_a_mail_server_that_is_down_and_then_arrives_once(
    app: AppContext, service: InProcessService, clock: Clock, site: Site, mailbox: Mailbox
):
    watch(app, clock, site.serve("/", stating(83)), notify=mailbox)
    service.tick()
    service.settle()
    site.serve("/", stating(85))
    clock.advance(hours=2)
    service.tick()
    service.settle()
    mailbox.stop()
    assert (service.plan(), service.dispatch()) == (1, 0)
    (waiting,) = app.history.alerts()
    assert (waiting.state, waiting.attempts, waiting.next_try_at is None) == ("pending", 1, False)
    mailbox.start()
    assert service.dispatch() == 0, "not before it is due"
    with app.database.begin() as connection:
        connection.execute(update(deliveries).values(next_try_at=waiting.created_at))
        connection.execute(update(channel_states).values(not_before=None))
    assert (service.dispatch(), service.dispatch()) == (1, 0)
    (mail,) = mailbox.messages
    assert mail["Message-ID"].startswith(f"<{waiting.uid}@")


def test_a_job_that_fails_is_called_again_at_its_next_time(database_url: str, clock: Clock):
    with open_app(Settings(database_url=database_url)) as app:
        jobs = JobClock(Metrics(app.database, clock=clock, version="test"))
        tried = threading.Semaphore(0)
        faults = [DatabaseUnavailable("the cable"), RuntimeError("the code")]

        def plan() -> int:
            tried.release()
            if faults:
                raise faults.pop()
            return 0

        jobs.add("plan", plan, 0.05)
        jobs.start()
        try:
            assert all(tried.acquire(timeout=PATIENCE_SECONDS) for _ in range(3))
        finally:
            jobs.stop()


def test_a_hurried_job_is_called_before_its_time(database_url: str, clock: Clock):
    with open_app(Settings(database_url=database_url)) as app:
        jobs, called = JobClock(Metrics(app.database, clock=clock, version="test")), threading.Semaphore(0)
        jobs.add("plan", called.release, 3600)
        jobs.start()
        try:
            assert called.acquire(timeout=PATIENCE_SECONDS), "at once, then once an hour"
            jobs.hurry("plan")
            assert called.acquire(timeout=PATIENCE_SECONDS)
        finally:
            jobs.stop()
        jobs.hurry("plan")


def test_a_visit_that_ends_early_leaves_its_place_and_its_lease(
    app: AppContext, service: InProcessService, clock: Clock, site: Site, monkeypatch: pytest.MonkeyPatch
):
    url = site.serve("/", stating(83))
    watch(app, clock, url)

    def gone(*_: object, **_more: object) -> None:
        raise PagewitnessError("a stumble")

    with monkeypatch.context() as patch:
        patch.setattr(type(app.store), "archive", gone)
        assert service.tick() == 1
        service.settle()
    assert service.tick() == 1
    service.settle()
    assert check_times(app, url) == ["12:00"]


def test_a_visit_that_could_not_be_recorded_leaves_its_lease_and_delays_further_visits(
    app: AppContext, service: InProcessService, clock: Clock, site: Site, monkeypatch: pytest.MonkeyPatch
):
    watch(app, clock, site.serve("/", stating(83)))

    def gone(*_: object, **_more: object) -> None:
        raise DatabaseUnavailable("the cable")

    with monkeypatch.context() as patch:
        patch.setattr(type(app.store), "archive", gone)
        assert service.tick() == 1
        service.settle()
    assert service.tick() == 0, "what cannot be kept is not to be asked for again and again"
    (host,) = app.store.due_hosts(clock(), 9)
    assert app.store.claim_host(host, "somebody else", LEASE), "others may go on"


def test_a_tick_that_had_begun_when_a_visit_could_not_be_recorded_begins_none_either(
    app: AppContext, service: InProcessService, clock: Clock, site: Site, monkeypatch: pytest.MonkeyPatch
):
    watch(app, clock, site.serve("/", stating(83)))
    fails = threading.Event()
    due_hosts = type(app.store).due_hosts

    def gone(*_: object, **_more: object) -> None:
        fails.wait(PATIENCE_SECONDS)
        raise DatabaseUnavailable("the cable")

    def requested_meanwhile(*args: object, **more: object) -> object:
        fails.set()
        service.settle()
        return due_hosts(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(type(app.store), "archive", gone)
        assert service.tick() == 1
        patch.setattr(type(app.store), "due_hosts", requested_meanwhile)
        assert service.tick() == 0


def test_when_a_page_is_due_next(clock: Clock):
    page = Page(
        id=1,
        url="https://example.org/",
        label="",
        host="example.org",
        schedule=Schedule(every=timedelta(seconds=2)),
        facts=(),
        allow_private=False,
        state=PageState.ACTIVE,
        source=PageSource.ADDED,
        next_check_at=None,
    )
    assert next_check(page, clock()) == clock() + timedelta(seconds=2)
    assert next_check(replace(page, state=PageState.PAUSED), clock()) is None
    assert next_check(replace(page, state=PageState.RETIRED), clock()) is None
    assert next_check(replace(page, schedule=Schedule()), clock()) is None
