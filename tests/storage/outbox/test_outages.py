"""Channels that take nothing: told once for each outage, as an event of no page that rules select like any other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from alerts.channel_health import channel_failing
from alerts.model import ChannelTrouble, Delivery, EmailChannel, Rule, Security
from alerts.plan import plan_once
from monitor.model import EventKind, Level
from pagewitness.service.health_sweep import SweepResult, sweep_once
from rendering import sentences
from rendering.links import Links
from storage.database.connection import Database, database_now
from storage.outbox.outages import outages, record_outage
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.schema import deliveries
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok
from tests.support.clocks import Clock

DESK = EmailChannel("desk", "127.0.0.1", 25, Security.NONE, "monitor@example.org", ("desk@example.org",))
OTHER = EmailChannel("other", "127.0.0.1", 26, Security.NONE, "monitor@example.org", ("other@example.org",))
RULE = Rule("operations", frozenset({EventKind.CHANNEL_FAILING}), ("other",))
MINUTE = timedelta(minutes=1)


class Post:
    """Deliveries through two channels, of which one may fail."""

    def __init__(self, store: SqlStore, outbox: SqlOutbox, database: Database, clock: Clock) -> None:
        self.store, self.outbox, self.database, self.clock = store, outbox, database, clock
        store.apply_declared([], [], [DESK, OTHER], [RULE], now=clock())
        self._page = add_page(store, clock())
        self._number = 0

    def plan(self, channel: str = "desk") -> None:
        self._number += 1
        now = self.clock.advance(minutes=1)
        snapshot = archive(self.store, self._page, full(now, f"body {self._number}".encode()), now)
        self.store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=now)
        event = self.outbox.unplanned(1)[0]
        alert = one_alert(event.id, "key facts", channel, f"msg_{self._number}", {"text": "…"})
        self.outbox.plan([event.id], [alert], now=now)

    def fail(self, tries: int = 1, *, for_good: bool = False) -> None:
        """Every delivery that waits is tried so often in vain."""
        for _ in range(tries):
            for delivery in self._claim():
                self.outbox.failed(delivery.id, "me", "connection refused", retry_in=None if for_good else timedelta(0))

    def send(self) -> None:
        """Every delivery that waits goes out."""
        for delivery in self._claim():
            self.outbox.sent(delivery.id, "me", "250 OK")

    def _claim(self) -> list[Delivery]:
        due = self.outbox.due_channels()
        return [one for channel in due for one in self.outbox.claim("me", channel.name, lease=MINUTE, limit=50)]

    def age(self, by: timedelta) -> None:
        """All that was planned was planned so much earlier."""
        with self.database.begin() as connection:
            then = database_now(connection) - by
            connection.execute(update(deliveries).values(created_at=then))

    def tidy(self) -> SweepResult:
        return sweep_once(self.store, self.database, self.clock())


@pytest.fixture
def post(store: SqlStore, outbox: SqlOutbox, database: Database, clock: Clock) -> Post:
    return Post(store, outbox, database, clock)


def test_a_short_outage_is_not_reported(post: Post):
    post.plan()
    post.fail(4)
    assert post.tidy() == SweepResult()


def test_a_hiccup_that_many_deliveries_meet_at_once_is_one(post: Post):
    for _ in range(8):
        post.plan()
    post.fail(2)
    assert post.tidy() == SweepResult()
    post.fail(3)
    assert post.tidy() == SweepResult(channels=1)


def test_five_permanent_refusals_are_reported(post: Post):
    for _ in range(4):
        post.plan()
    post.fail(for_good=True)
    assert post.tidy() == SweepResult()
    post.plan()
    post.fail(for_good=True)
    assert post.tidy() == SweepResult(channels=1)


def test_five_consecutive_failures_are_reported_once_as_an_event_without_a_page(post: Post, history: History):
    post.plan()
    post.fail(5)
    assert [post.tidy(), post.tidy()] == [SweepResult(channels=1), SweepResult()]
    post.plan()
    post.fail(5)
    assert post.tidy() == SweepResult()
    [recorded] = [event for event in history.events() if event.event.change.kind is EventKind.CHANNEL_FAILING]
    change = recorded.event.change
    assert (recorded.page_id, change.level, change.detail["channel"]) == (None, Level.HEALTH, "desk")
    assert sentences.summary(change).startswith("channel desk fails since ")
    assert sentences.summary(change).endswith(": 5 attempts, last error: connection refused")
    assert (recorded.event.snapshot.id, recorded.event.snapshot.taken_at) == (0, recorded.recorded_at)


def test_rules_choose_the_channels_that_report_it(post: Post):
    post.plan()
    post.fail(5)
    post.tidy()
    uids = iter(("msg_a", "msg_b"))
    assert plan_once(post.outbox, Links(None), post.clock(), lambda: next(uids)) == 1
    [recorded] = post.outbox.claim("you", "other", lease=MINUTE, limit=50)
    assert recorded.payload["subject"].startswith("channel desk fails since ")


def test_an_hour_of_failures_is_reported_however_few_attempts_there_were(post: Post):
    post.plan()
    post.fail(2)
    post.age(timedelta(minutes=59))
    assert post.tidy() == SweepResult()
    post.age(timedelta(minutes=61))
    assert post.tidy() == SweepResult(channels=1)


def test_one_permanent_refusal_is_reported_after_an_hour(post: Post):
    post.plan()
    post.fail(for_good=True)
    post.age(timedelta(minutes=61))
    assert post.tidy() == SweepResult(channels=1)


def test_a_channel_that_fails_again_is_reported_again(post: Post):
    post.plan()
    post.fail(5)
    assert post.tidy() == SweepResult(channels=1)
    post.send()
    assert outages(post.database) == []
    post.plan()
    post.fail(5)
    assert post.tidy() == SweepResult(channels=1)


def test_an_outage_of_a_retired_channel_is_not_reported(post: Post):
    post.plan()
    post.fail(5)
    post.store.apply_declared([], [], [OTHER], [RULE], now=post.clock())
    assert post.tidy() == SweepResult()


def test_sends_that_fail_for_the_channels_sake_count_though_each_delivery_was_tried_once(post: Post):
    for _ in range(5):
        post.plan()
        (delivery,) = post.outbox.claim("me", "desk", lease=MINUTE, limit=1)
        trouble = ChannelTrouble(timedelta(0), timed_out=True)
        post.outbox.failed(delivery.id, "me", "no answer", retry_in=MINUTE, trouble=trouble)
    assert post.tidy() == SweepResult(channels=1)


def test_two_processes_report_an_outage_once(post: Post):
    post.plan()
    post.fail(5)
    recorded = [record_outage(post.database, "desk", channel_failing, now=post.clock()) for _ in range(2)]
    assert recorded == [True, False]
