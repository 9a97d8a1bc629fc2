"""A page's health through the store: looks are archived, read and told as a check does, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerts.model import RecordedEvent
from monitor.model import (
    EventKind,
    Exchange,
    Failure,
    FailureKind,
    FetchResult,
    HealthStatus,
    Origin,
    Page,
    PageHealth,
    Validators,
)
from monitor.tracking import page_health
from pagewitness.service.health_sweep import SweepResult, sweep_once
from rendering import sentences
from storage.database.connection import Database
from storage.queries.history import History
from storage.store import SqlStore
from storage.watched.health import PageChecks
from tests.storage.snapshots import URL, add_page
from tests.support.checks import take
from tests.support.clocks import Clock

HOUR = timedelta(hours=1)
GOOD = b"<p>The Coalition counts 83 members, and this sentence makes it a page that can be read.</p>"
Answers = Callable[[datetime], FetchResult]


def answers(status: int, body: bytes = GOOD, *, url: str = URL, hops: tuple[Exchange, ...] = (), **more) -> Answers:
    return lambda now: FetchResult((*hops, _exchange(now, status, body, url, **more)))


def _exchange(now: datetime, status: int, body: bytes, url: str, **more) -> Exchange:
    return Exchange(
        url, (), now, 5, status=status, body=body, response_headers=(("Content-Type", "text/html"),), **more
    )


def refused(now: datetime) -> FetchResult:
    return FetchResult(
        (Exchange(URL, (), now, 5, failure=Failure(FailureKind.CONNECT, "connection refused", transient=True)),)
    )


def not_modified(now: datetime) -> FetchResult:
    return FetchResult((Exchange(URL, (("If-None-Match", '"1"'),), now, 5, status=304, body=b""),))


OK = answers(200)
GONE = answers(404, b"<p>Not Found</p>")
BLOCKED = answers(403, b"<p>No entry</p>")
THERE = answers(200, url="https://alliance.example/en/")


class Watch:
    """A page that is looked at every hour, as the service does it."""

    def __init__(self, store: SqlStore, database: Database, history: History, clock: Clock) -> None:
        self.store, self.database, self.history, self.clock = store, database, history, clock
        self.page: Page = add_page(store, clock())

    def check(self, *checks: Answers, origin: Origin = Origin.LIVE) -> None:
        for answer in checks:
            now = self.clock.advance(hours=1)
            fetched = answer(now)
            known: Validators | None = None
            if fetched.final.status == 304:
                latest = self.store.latest(self.page.id)
                known = Validators(URL, '"1"', None, latest.repeats_id or latest.id, latest.body_sha256)
            take(
                self.page,
                fetched,
                store=self.store,
                now=now,
                next_check_at=now + HOUR,
                validators=known,
                origin=origin,
            )

    def tidy(self) -> SweepResult:
        return sweep_once(self.store, self.database, self.clock())

    @property
    def reported(self) -> list[EventKind]:
        return [recorded.event.change.kind for recorded in self.events]

    @property
    def events(self) -> list[RecordedEvent]:
        return list(self.history.events())

    @property
    def health(self) -> PageHealth:
        return self.store.page_memory(self.page.id).health or PageHealth()

    @property
    def times(self) -> list[datetime]:
        return [row.taken_at for row in self.history.snapshots(self.page.id, newest_first=False)]


@pytest.fixture
def watch(store: SqlStore, database: Database, history: History, clock: Clock) -> Watch:
    return Watch(store, database, history, clock)


@pytest.mark.parametrize(
    ("checks", "reported"),
    [
        ([OK, GONE, GONE, GONE, OK], ["page_gone", "page_back"]),
        ([OK, BLOCKED, BLOCKED, BLOCKED, OK], ["page_blocked", "page_back"]),
        ([GONE, refused, GONE], ["page_gone"]),
        ([OK, THERE, THERE, THERE, OK], ["page_moved", "page_back"]),
        ([OK, GONE, OK, GONE, OK, not_modified], []),
    ],
    ids=["gone", "blocked", "gone-from-the-first", "moved", "flickering"],
)
def test_checks_and_the_events_they_cause(watch: Watch, checks, reported):
    watch.check(*checks)
    assert watch.reported == reported


def test_a_health_change_is_dated_at_the_check_that_first_found_it(watch: Watch):
    watch.check(OK, GONE, GONE)
    [gone] = watch.events
    assert (gone.event.before.taken_at, gone.event.snapshot.taken_at) == (watch.times[0], watch.times[1])
    assert watch.health.status is HealthStatus.GONE
    assert watch.history.pages()[0].health is HealthStatus.GONE


def test_an_import_does_not_change_the_health_of_a_page(watch: Watch):
    watch.check(GONE, GONE, origin=Origin.IMPORT)
    assert watch.reported == []


def test_a_permanent_redirect_to_another_page_is_a_move(watch: Watch):
    def moved(now: datetime) -> FetchResult:
        hop = Exchange(URL, (), now, 5, status=301, body=b"")
        return answers(200, url=f"{URL}new", hops=(hop,))(now)

    watch.check(OK, moved, moved)
    [reported] = watch.events
    assert (reported.event.change.before, reported.event.change.after) == (URL, f"{URL}new")


def test_a_change_names_the_check_before_it_and_counts_inconclusive_checks(watch: Watch):
    fewer = GOOD.replace(b"83", b"85")
    watch.check(OK, BLOCKED, refused, OK, BLOCKED, refused, BLOCKED, answers(200, fewer))
    changed = next(event for event in watch.events if event.event.change.kind is EventKind.NUMBER_CHANGED)
    between = changed.event.change.detail["between"]
    assert between["missed"] == {"blocked": 2, "failed": 1}
    assert [datetime.fromisoformat(between[side]) for side in ("from", "to")] == [watch.times[3], watch.times[7]]


# --- the tidy job ----------------------------------------------------------------------------------------------------


def test_a_page_whose_checks_fail_for_three_intervals_is_stale_once_and_back_with_a_304(watch: Watch):
    watch.check(OK, not_modified)
    watch.check(refused, refused)
    assert watch.tidy() == SweepResult()
    watch.check(refused)
    assert watch.tidy() == SweepResult(stale=1)
    assert watch.tidy() == SweepResult()
    [stale] = watch.events
    assert sentences.summary(stale.event.change).endswith("3 checks failed: connection refused")
    assert stale.event.snapshot.id == 0
    assert (stale.event.snapshot.taken_at, stale.event.before.taken_at) == (watch.clock(), watch.times[1])
    watch.check(refused)
    assert watch.tidy() == SweepResult()
    watch.check(not_modified)
    assert watch.reported == ["page_stale", "page_back"]
    assert watch.health.stale_since is None
    watch.check(not_modified, not_modified)
    assert watch.reported == ["page_stale", "page_back"]


def test_a_page_that_never_answered_becomes_stale(watch: Watch):
    watch.check(refused, refused, refused)
    assert watch.tidy() == SweepResult(stale=1)


def test_a_page_that_is_due_is_late_and_not_stale(watch: Watch):
    watch.check(OK, refused, refused)
    watch.clock.advance(days=10)
    assert watch.tidy() == SweepResult()


def test_no_page_is_stale_at_once_after_the_service_was_stopped(watch: Watch):
    watch.check(OK)
    watch.clock.advance(days=10)
    watch.check(refused, refused)
    assert watch.tidy() == SweepResult()
    watch.check(refused)
    assert watch.tidy() == SweepResult(stale=1)


def test_a_gone_page_is_not_reported_as_stale_too(watch: Watch):
    watch.check(OK, GONE, GONE, GONE, GONE, GONE)
    assert watch.tidy() == SweepResult()
    assert watch.reported == ["page_gone"]


def test_a_page_that_only_errs_is_stale(watch: Watch):
    error = answers(500, b"<p>Sorry</p>")
    watch.check(OK, error, error, error)
    assert watch.tidy() == SweepResult(stale=1)
    assert "status 500" in sentences.summary(watch.events[0].event.change)


def test_two_processes_that_find_the_same_page_stale_report_it_once(watch: Watch):
    watch.check(OK, refused, refused, refused)
    [checks] = watch.store.unhealthy_pages(watch.clock())

    def decide(found: PageChecks):
        return page_health.stale(
            found.health,
            now=watch.clock(),
            usual=HOUR,
            watched_since=found.watched_since,
            last_ok=found.last_ok,
            missed=found.missed,
            missed_since=found.missed_since,
        )

    reported = [watch.store.update_health(checks.page.id, decide, now=watch.clock()) for _ in range(2)]
    assert reported == [1, 0]


def test_a_certificate_is_reported_once_and_the_next_one_again(watch: Watch):
    soon = watch.clock() + timedelta(days=10)
    watch.check(answers(200, certificate_expires_at=soon + timedelta(days=300)))
    assert watch.tidy() == SweepResult()
    watch.check(answers(200, certificate_expires_at=soon))
    assert [watch.tidy(), watch.tidy()] == [SweepResult(certificates=1), SweepResult()]
    watch.check(answers(200, certificate_expires_at=soon))
    assert watch.tidy() == SweepResult()
    watch.check(answers(200, certificate_expires_at=soon + timedelta(days=1)))
    assert watch.tidy() == SweepResult(certificates=1)
    assert watch.reported == ["certificate_expiring"] * 2
    assert watch.events[0].event.snapshot.taken_at == watch.times[1]


def test_robots_txt_closes_and_opens_a_page(watch: Watch):
    watch.check(OK)
    for _ in range(2):
        watch.store.update_health(
            watch.page.id, lambda checks: page_health.disallowed(checks.health, watch.clock()), now=watch.clock()
        )
    assert watch.history.pages()[0].disallowed_since is not None
    watch.clock.advance(days=3)
    for _ in range(2):
        watch.store.update_health(
            watch.page.id, lambda checks: page_health.allowed_again(checks.health, watch.clock()), now=watch.clock()
        )
    assert watch.reported == ["page_blocked", "page_back"]
    assert watch.events[0].event.before.taken_at == watch.times[0]
