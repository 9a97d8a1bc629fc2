"""Visits on real sites and real databases: robots.txt, politeness, leases, retries."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from monitor.fetching.conditional import Revalidation
from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import Outcome, PageSource, RequestSettings, Schedule, Verdict
from monitor.pipeline.process import Processing
from monitor.urls import host_of
from pagewitness.service.health_sweep import sweep_once
from pagewitness.service.host_visits import PAGES_A_VISIT, AdaptSchedule, Visitor
from pagewitness.service.page_processor import PageProcessor
from storage.queries.history import History
from storage.schema import events, hosts, page_results, pages
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from storage.watched.robots import robots_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.sites import Answer

HOUR = timedelta(hours=1)
MEMBERS = (
    "<html lang=en><title>Us</title><p>Our coalition of many has {} members in all the world, and grows.</p></html>"
)


class Observed:
    def __init__(self):
        self.checks, self.disallowed_pages, self.faults = [], [], []

    def checked(self, page, checked):
        self.checks.append(checked)

    def on_disallowed(self, page, reason):
        self.disallowed_pages.append((page.url, reason))

    def on_error(self, page, error):
        self.faults.append(error)


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """SQLite is enough here: what the databases differ in is tested in tests/storage."""
    path = tmp_path / "visits.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


class Round:
    """A visitor of its own, under a clock that is set."""

    def __init__(self, store: SqlStore, clock, **more) -> None:
        self.store, self.clock = store, clock
        parts = {"owner": "me", "lease": timedelta(seconds=30), "interval": timedelta(0), **more}
        self.visitor = Visitor(
            store=store,
            fetcher=lambda: Fetcher(FetchLimits(), "Pagewitness/test"),
            clock=clock,
            stopping=threading.Event(),
            processor=PageProcessor(store, Processing(store, clock, adapt=AdaptSchedule(lambda: 0.0)), owner="me"),
            chance=lambda: 0.0,
            **parts,
        )

    def go(self) -> Observed:
        """Visit every host that is due, once."""
        observer = Observed()
        due = self.store.due_hosts(self.clock(), 10)
        begun = self.store.begin_visits(
            due, self.clock(), self.visitor.owner, self.visitor.lease, pages_a_visit=PAGES_A_VISIT
        )
        assert [visit.host for visit in begun] == due
        for visit in begun:
            self.visitor.visit_due(visit, observer)
        assert observer.faults == []
        return observer

    def add(self, url: str, **more):
        requested = {"schedule": Schedule(every=HOUR), "allow_private": True, "source": PageSource.ADDED, **more}
        return self.store.add_page(url, now=self.clock(), **requested)


@pytest.fixture
def rounds(store, clock) -> Round:
    return Round(store, clock)


@pytest.fixture
def public(monkeypatch) -> None:
    """Names under .example lead to 127.0.0.1, and that counts as a public address: politeness holds as it does in the world."""
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        return real("127.0.0.1" if str(host).endswith(".example") else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("monitor.transport.connection.refused", lambda address: address != "127.0.0.1")


def reloaded(rounds, page):
    return rounds.store.page(page.id)


def robots(site, text, status=200):
    site.serve("/robots.txt", text, status=status, content_type="text/plain")


def kinds(store):
    with store.database.read() as connection:
        return [kind.value for kind in connection.execute(select(events.c.kind).order_by(events.c.id)).scalars()]


# --- robots.txt ---


def test_robots_txt_is_requested_once_and_before_the_page(rounds, site, clock):
    robots(site, "User-agent: *\nDisallow: /secret\n")
    for path in ("/", "/two"):
        site.serve(path, MEMBERS.format(80))
        rounds.add(site.url(path))
    assert len(rounds.go().checks) == 2
    clock.advance(hours=2)
    assert len(rounds.go().checks) == 2
    assert [request.path for request in site.requests][:2] == ["/robots.txt", "/"]
    assert len(site.requests_for("/robots.txt")) == 1


def test_a_disallowed_page_is_not_checked_and_reported_once(rounds, site, clock, store):
    robots(site, "User-agent: Pagewitness\nDisallow: /secret\n")
    page = rounds.add(site.serve("/secret", MEMBERS.format(80)))
    for _ in range(3):
        observer = rounds.go()
        assert observer.checks == []
        assert observer.disallowed_pages == [(page.url, f"robots.txt of {site.url('')} disallows it")]
        assert clock() < reloaded(rounds, page).next_check_at <= clock() + 1.5 * HOUR
        clock.advance(hours=2)
    assert site.requests_for("/secret") == []
    assert kinds(store) == ["page_blocked"]
    assert store.schedule_reason(page.id).startswith("robots.txt of")


def test_a_page_that_is_allowed_again_is_checked_and_reported_as_back(rounds, site, clock, store):
    robots(site, "User-agent: *\nDisallow: /\n")
    page = rounds.add(site.serve("/", MEMBERS.format(80)))
    rounds.go()
    robots(site, "")
    forget_robots(store)
    clock.advance(hours=2)
    assert len(rounds.go().checks) == 1
    assert kinds(store) == ["page_blocked", "page_back"]
    assert store.schedule_reason(page.id) == ""
    clock.advance(hours=2)
    rounds.go()
    assert kinds(store) == ["page_blocked", "page_back"]


def test_ignoring_robots_txt_is_recorded_only_where_it_disallows_the_page(rounds, site, store, clock):
    robots(site, "User-agent: *\nDisallow: /secret\n")
    for path in ("/secret", "/open"):
        rounds.add(site.serve(path, MEMBERS.format(80)))
    with store.database.begin() as connection:
        connection.execute(update(pages).values(obey_robots=False))
    checks = rounds.go().checks
    assert {result.snapshot.final_url: result.snapshot.robots_overruled for result in checks} == {
        site.url("/secret"): True,
        site.url("/open"): False,
    }
    assert [snapshot.robots_overruled for snapshot in [store.latest(checks[0].snapshot.page_id)]] == [True]


@pytest.mark.parametrize("status", [404, 403])
def test_without_a_robots_txt_everything_is_allowed(rounds, site, status):
    robots(site, "User-agent: *\nDisallow: /", status)
    rounds.add(site.serve("/", MEMBERS.format(80)))
    assert len(rounds.go().checks) == 1


def test_an_unreachable_robots_txt_is_a_failed_check_and_the_page_is_not_requested(rounds, site, store):
    robots(site, "broken", 500)
    page = rounds.add(site.serve("/", MEMBERS.format(80)))
    (checked,) = rounds.go().checks
    assert checked.snapshot.outcome is Outcome.FAILED
    assert "robots.txt could not be fetched" in checked.fetch_result.failure.message
    assert site.requests_for("/") == []
    assert reloaded(rounds, page).failures == 1


def test_an_unreachable_host_is_not_reported_as_disallowing_the_page(rounds, site, clock, store):
    robots(site, "")
    page = rounds.add(site.serve("/", MEMBERS.format(80)))
    rounds.go()
    site.stop()
    clock.advance(hours=2)
    (checked,) = rounds.go().checks
    assert checked.snapshot.outcome is Outcome.FAILED
    assert kinds(store) == []
    assert reloaded(rounds, page).next_check_at == clock() + timedelta(minutes=10)


def test_robots_txt_is_followed_to_another_host_but_never_to_a_private_one(rounds, site, sites):
    other = sites("127.0.0.2")
    robots(other, "User-agent: *\nDisallow: /")
    site.redirect("/robots.txt", other.url("/robots.txt"))
    rounds.add(site.serve("/", MEMBERS.format(80)))
    (checked,) = rounds.go().checks
    assert "127.0.0.2, a private or reserved address" in checked.fetch_result.failure.message
    assert (other.connections, site.requests_for("/")) == (0, [])


def test_more_than_five_redirects_count_as_no_robots_txt(rounds, site):
    robots_url = site.redirect_chain("/robots.txt", 6, end="/rules")
    site.serve("/rules", "User-agent: *\nDisallow: /", content_type="text/plain")
    rounds.add(site.serve("/", MEMBERS.format(80)))
    assert rounds.go().checks[0].snapshot.outcome is Outcome.FULL
    assert robots_url
    assert site.requests_for("/rules") == []


def test_a_fetched_robots_txt_is_stored_for_other_processes(rounds, site, store):
    robots(site, "User-agent: *\nCrawl-delay: 3\nDisallow: /x\n")
    rounds.add(site.serve("/", MEMBERS.format(80)))
    rounds.go()
    with store.database.read() as connection:
        (file,) = robots_of(connection, [site.url("")]).values()
    assert (file.status, file.body, file.unreachable_since) == (
        200,
        "User-agent: *\nCrawl-delay: 3\nDisallow: /x\n",
        None,
    )
    assert file.expires_at - file.fetched_at == timedelta(hours=24)
    assert store.host_facts(host_of(site.url())).spacing == timedelta(seconds=3)


def forget_robots(store):
    """As if a day had gone by on the database's clock."""
    with store.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM robots")


# --- politeness ---


def test_requests_keep_their_distance_within_a_visit_and_across_visits(store, clock, site, public):
    rounds = Round(store, clock, interval=timedelta(seconds=0.15))
    robots(site, "")
    for path in ("/a", "/b"):
        site.serve(path, MEMBERS.format(80))
        rounds.add(site.url(path, "news.example"), allow_private=False)
    rounds.go()
    clock.advance(hours=2)
    rounds.go()
    times = [request.at for request in site.requests]
    assert len(times) == 5
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.14


def test_the_interval_of_a_host_is_kept_by_its_pages_private_ones_too(store, clock, site, public):
    rounds = Round(store, clock)
    robots(site, "")
    site.serve("/a", MEMBERS.format(80))
    site.serve("/b", MEMBERS.format(80))
    spaced = RequestSettings(interval=timedelta(seconds=0.2))
    declared = [
        DeclaredPage(site.url(path, host), "", Schedule(every=HOUR), (), host == "127.0.0.1", request=spaced)
        for path in ("/a", "/b")
        for host in ("127.0.0.1", "news.example")
    ]
    store.apply_declared(declared, [], [], [], now=clock())
    rounds.go()
    by_host = {}
    for request in site.requests:
        by_host.setdefault(request.header("Host"), []).append(request.at)
    assert [len(times) for times in by_host.values()] == [3, 3]
    assert all(later - earlier >= 0.19 for times in by_host.values() for earlier, later in pairwise(times))


def test_a_crawl_delay_is_respected_and_a_page_with_allow_private_does_not_wait(store, clock, site, public):
    rounds = Round(store, clock)

    def rules(request):
        # So long that a test would time out if it waited for it.
        delay = 0.3 if "news.example" in request.header("Host") else 1000
        return Answer(f"User-agent: *\nCrawl-delay: {delay}\n", content_type="text/plain")

    site.route("/robots.txt", rules)
    for path in ("/a", "/b"):
        site.serve(path, MEMBERS.format(80))
    rounds.add(site.url("/a", "news.example"), allow_private=False)
    rounds.add(site.url("/b"))
    rounds.go()
    by_host = {}
    for request in site.requests:
        by_host.setdefault(request.header("Host"), []).append(request.at)
    slow, fast = by_host[f"news.example:{site.port}"], by_host[f"127.0.0.1:{site.port}"]
    assert slow[1] - slow[0] >= 0.29
    assert fast[1] - fast[0] < PATIENCE_SECONDS


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_requests_a_pause_is_paused(rounds, site, clock, store, status):
    robots(site, "")
    site.route("/a", lambda _: Answer("busy", status=status, headers=[("Retry-After", "120")]))
    for path in ("/a", "/b", "/c"):
        rounds.add(site.url(path))
        clock.advance(seconds=1)
    assert len(rounds.go().checks) == 1
    assert site.requests_for("/b") == []
    clock.advance(hours=5)
    assert store.due_hosts(clock(), 10) == []
    with store.database.read() as connection:
        row = connection.execute(select(hosts)).one()
        now = store.host_facts(row.host).now
    assert 100 < (row.not_before - now).total_seconds() <= 120
    assert row.not_before_why == f"{site.url('/a')} answered {status}, Retry-After: 120"
    store.clear_host_pauses()
    assert store.due_hosts(clock(), 10) == [host_of(site.url())]


def test_a_check_by_hand_goes_ahead(rounds, site, store, clock):
    robots(site, "")
    site.serve("/", "busy", status=503)
    page = rounds.add(site.url())
    rounds.go()
    site.serve("/", MEMBERS.format(80))
    observer = Observed()
    assert rounds.visitor.visit_pages(page.host, [page], observer) == 1
    assert observer.checks[0].snapshot.status == 200


def test_a_visit_ends_at_its_byte_limit_and_the_other_pages_stay_due(store, clock, site):
    rounds = Round(store, clock, max_bytes=2000)
    robots(site, "")
    for number in range(5):
        rounds.add(site.serve(f"/{number}", MEMBERS.format(80) + "x" * 1000))
    counts = []
    while checks := rounds.go().checks:
        counts.append(len(checks))
    assert counts == [2, 2, 1]


def test_a_visit_ends_at_its_time_limit_but_checks_at_least_one_page(store, clock, site):
    rounds = Round(store, clock, max_seconds=0.0)
    robots(site, "")
    for number in range(3):
        rounds.add(site.serve(f"/{number}", MEMBERS.format(80)))
    counts = []
    while checks := rounds.go().checks:
        counts.append(len(checks))
    assert counts == [1, 1, 1]


# --- leases ---


def test_a_visit_that_lost_its_lease_ends_before_its_next_check(store, clock, site):
    rounds = Round(store, clock, lease=timedelta(0))
    robots(site, "")

    def stolen(_):
        # As if this process had been asleep: the lease has run out and another took it.
        assert store.claim_host(host, "somebody else", timedelta(seconds=30))
        return Answer(MEMBERS.format(80))

    site.route("/a", stolen)
    for path in ("/a", "/b"):
        page = rounds.add(site.url(path))
        clock.advance(seconds=1)
    host = page.host
    assert len(rounds.go().checks) == 1
    assert site.requests_for("/b") == []
    assert not store.claim_host(host, "a third", timedelta(seconds=30))


def test_nothing_is_begun_once_the_service_is_stopping(rounds, site):
    rounds.add(site.serve("/", MEMBERS.format(80)))
    rounds.visitor.stopping.set()
    assert rounds.go().checks == []
    assert site.requests == []


# --- schedules ---


def test_a_failing_page_is_retried_with_increasing_delays_until_a_check_succeeds(rounds, site, clock, store):
    robots(site, "")
    page = rounds.add(site.hang_up("/"), schedule=Schedule(every=6 * HOUR))
    waits = []
    for _ in range(4):
        rounds.go()
        now = reloaded(rounds, page)
        waits.append((now.next_check_at - clock()) / timedelta(minutes=1))
        clock.now = now.next_check_at
    assert waits[:3] == [10, 20, 40]
    assert reloaded(rounds, page).failures == 4
    assert store.schedule_reason(page.id).startswith("4 checks in a row failed")
    site.serve("/", MEMBERS.format(80))
    rounds.go()
    good = reloaded(rounds, page)
    assert (good.failures, store.schedule_reason(page.id)) == (0, "")
    assert good.next_check_at - clock() >= 3 * HOUR


def test_an_adaptive_page_is_checked_more_often_while_it_changes(rounds, site, clock, store):
    robots(site, "")
    page = rounds.add(
        site.serve("/", MEMBERS.format(80)), schedule=Schedule(every=8 * HOUR, adaptive=(2 * HOUR, 12 * HOUR))
    )
    found = []
    for members in (80, 81, 82, 82, 82, 82, 82, 82):
        site.serve("/", MEMBERS.format(members))
        rounds.go()
        now = reloaded(rounds, page)
        found.append(now.interval / HOUR)
        clock.now = now.next_check_at
    assert found == [8, 4, 2, 3, 4.5, 6.75, 10.125, 12]
    assert store.schedule_reason(page.id) == (
        "it had not changed at the last check, so it is checked every 12 h (between 2 h and 12 h)"
    )


def test_after_a_long_suspend_each_page_is_checked_once(rounds, site, clock):
    robots(site, "")
    for number in range(3):
        rounds.add(site.serve(f"/{number}", MEMBERS.format(80)))
    rounds.go()
    clock.advance(days=40)
    assert len(rounds.go().checks) == 3
    assert rounds.go().checks == []


def test_a_check_stores_when_the_certificate_expires(store, clock, tls_site):
    rounds = Round(store, clock)
    robots(tls_site, "")
    rounds.add(tls_site.serve("/", MEMBERS.format(80)))
    object.__setattr__(rounds.visitor, "fetcher", lambda: Fetcher(FetchLimits(), "x", ca_bundle=tls_site.ca_bundle))
    (checked,) = rounds.go().checks
    (exchange,) = History(store.database).exchanges(checked.snapshot.id)
    assert exchange.certificate_expires_at is not None
    assert exchange.certificate_expires_at > checked.snapshot.taken_at
    assert checked.outcomes[0].verdict is Verdict.OK


def test_a_clock_that_was_set_back_delays_no_page(rounds, site, clock, store):
    from pagewitness.scheduling.clock_skew import ClockSkew

    robots(site, "")
    page = rounds.add(site.serve("/", MEMBERS.format(80)))
    clock_skew = ClockSkew(store)
    assert clock_skew.detect(clock()) == 0
    clock.advance(days=300)
    assert clock_skew.detect(clock()) == 0
    rounds.go()
    clock.advance(days=-300)
    assert clock_skew.detect(clock()) == 1
    assert reloaded(rounds, page).next_check_at <= clock() + 1.5 * HOUR
    assert store.schedule_reason(page.id) == "the clock was set back"
    assert ClockSkew(store).detect(clock()) == 0


# --- servers that answer 304 ---


def test_a_server_that_always_answers_304_is_sometimes_requested_unconditionally(store, clock, site):
    rounds = Round(store, clock, revalidation=Revalidation(checks=4))

    def broken(request):
        if request.header("If-None-Match"):
            return Answer(status=304, content_type=None)
        return Answer(MEMBERS.format(80 + len(site.requests_for("/"))), headers=[("ETag", '"x"')])

    rounds.add(site.route("/", broken))
    outcomes = []
    for _ in range(9):
        outcomes += [checked.snapshot.outcome.value for checked in rounds.go().checks]
        clock.advance(hours=2)
    assert outcomes == ["full", *["not_modified"] * 3] * 2 + ["full"]
    assert kinds(store) == ["number_changed"] * 2
    clock.advance(days=7)
    assert [checked.snapshot.outcome.value for checked in rounds.go().checks] == ["full"]


def test_a_server_that_answers_304_to_everything_makes_its_page_stale_in_the_end(store, clock, site):
    rounds = Round(store, clock, revalidation=Revalidation(checks=4))
    rounds.add(site.serve("/", MEMBERS.format(80), etag='"x"'))
    rounds.go()
    site.route("/", lambda request: Answer(status=304, content_type=None))
    verdicts = []
    for _ in range(10):
        clock.advance(hours=2)
        verdicts += [checked.snapshot.verdict for checked in rounds.go().checks]
        sweep_once(store, store.database, clock())
    assert kinds(store) == ["page_stale"]
    with store.database.read() as connection:
        [detail] = connection.execute(select(events.c.detail)).scalars()
    assert detail["evidence"] == "the server answers 304 Not Modified even to unconditional requests"
    assert [request.header("If-None-Match") for request in site.requests_for("/")] == [None, *['"x"'] * 3, *[None] * 7]


def test_a_304_to_the_first_request_of_all_is_an_error(rounds, site):
    rounds.add(site.route("/", lambda request: Answer(status=304, content_type=None)))
    [checked] = rounds.go().checks
    assert (checked.outcomes[-1].verdict, checked.snapshot.outcome) == ("error", "full")


def test_unusable_validators_stored_by_an_earlier_release_are_not_sent(rounds, site, store, clock):
    page = rounds.add(site.serve("/", MEMBERS.format(80), etag='"x"'))
    rounds.go()
    with store.database.begin() as connection:
        connection.execute(update(page_results).values(etag='"a\ufffdb"', last_modified="a\r\nb: c"))
    clock.advance(hours=2)
    [checked] = rounds.go().checks
    assert checked.snapshot.outcome == "same_body"
    assert store.validators(page.id) is not None
