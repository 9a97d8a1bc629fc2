from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from alerts.model import DeliveryState, RecordedEvent
from alerts.planned import PlannedDelivery
from alerts.ports import Outbox
from monitor.model import Origin, Snapshot
from storage.database.engine import Database, database_now
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import URL, add_page, archive, fact_changed, full, ok, version

LEASE = timedelta(seconds=30)


@pytest.fixture
def make_events(store: SqlStore, clock):
    def make(count: int, origin: Origin = Origin.LIVE) -> list[RecordedEvent]:
        page = add_page(store, clock(), label="Home")
        snapshot: Snapshot = archive(store, page, full(clock(), b"body"), clock(), origin=origin)
        store.record(snapshot, ok(events=(fact_changed(snapshot, origin=origin),) * count), now=clock())
        return list(History(store.database).events())

    return make


def planned(
    event: RecordedEvent, uid: str = "msg_1", rule: str = "key facts", channel: str = "desk"
) -> PlannedDelivery:
    return one_alert(event.id, rule, channel, uid, {"subject": f"event {event.id} — ünïcödé", "text": "…"})


def plan(outbox: SqlOutbox, events: list[RecordedEvent], clock) -> None:
    """One delivery for each event, msg_0, msg_1 …"""
    alerts = [planned(event, f"msg_{n}") for n, event in enumerate(events)]
    assert outbox.plan([event.id for event in events], alerts, now=clock()) == len(events)


def test_it_is_an_outbox(outbox: SqlOutbox):
    used: Outbox = outbox
    assert (used.rules(), used.channels(), used.unplanned(5)) == ([], [], [])
    assert used.claim("me", "desk", lease=LEASE, limit=5) == []
    assert used.plan([], [], now=datetime(2021, 3, 1, tzinfo=UTC)) == 0


def test_live_events_wait_to_be_planned_the_oldest_first(outbox: SqlOutbox, make_events):
    events = make_events(3)
    assert outbox.unplanned(10) == events
    assert outbox.unplanned(2) == events[:2]
    assert (events[0].page_url, events[0].page_label) == (URL, "Home")


def test_the_text_of_a_snapshot_is_that_of_its_version(outbox: SqlOutbox, store: SqlStore, clock):
    page = add_page(store, clock())
    shown = archive(store, page, full(clock(), b"body"), clock())
    store.record(shown, ok(version(83)), now=clock())
    unprocessed = archive(store, page, full(clock(), b"other"), clock())
    assert outbox.text_of(shown.id) == version(83).text != ""
    assert outbox.text_of(unprocessed.id) is None
    assert outbox.text_of(10**9) is None
    with store.database.begin() as connection:
        connection.execute(text("UPDATE versions SET blob = :junk"), {"junk": b"junk"})
    assert outbox.text_of(shown.id) is None


@pytest.mark.parametrize("origin", [Origin.IMPORT, Origin.BACKFILL])
def test_only_live_events_alert(outbox: SqlOutbox, make_events, origin: Origin):
    make_events(2, origin)
    assert outbox.unplanned(10) == []


def test_planning_marks_events_also_those_that_no_rule_selected(outbox: SqlOutbox, make_events, clock):
    events = make_events(3)
    assert outbox.plan([event.id for event in events[:2]], [planned(events[0])], now=clock()) == 1
    assert outbox.unplanned(10) == events[2:]


def test_an_event_that_is_planned_already_is_not_planned_again(outbox: SqlOutbox, history: History, make_events, clock):
    first, second = make_events(2)
    assert outbox.plan([first.id], [planned(first, "msg_first")], now=clock()) == 1
    again = [planned(first, "msg_second"), planned(second, "msg_other", channel="hook")]
    assert outbox.plan([first.id, second.id], again, now=clock()) == 0, "the story of another process may have both"
    assert [event.id for event in outbox.unplanned(9)] == [second.id]
    assert [delivery.uid for delivery in outbox.claim("me", "desk", lease=LEASE, limit=9)] == ["msg_first"]
    assert (history.counts()["alerts"], history.counts()["deliveries"]) == (1, 1)


def test_an_alert_that_exists_stays_when_its_event_is_planned_anew(outbox: SqlOutbox, history, make_events, clock):
    (event,) = make_events(1)
    assert outbox.plan([event.id], [planned(event, "msg_first")], now=clock()) == 1
    with outbox.database.begin() as connection:
        connection.execute(text("UPDATE events SET planned_at = NULL"))
    again = [planned(event, "msg_second"), planned(event, "msg_other", channel="hook"), planned(event, "msg_third")]
    assert outbox.plan([event.id], again, now=clock()) == 1
    claimed = [outbox.claim("me", name, lease=LEASE, limit=9)[0] for name in ("desk", "hook")]
    assert [delivery.uid for delivery in claimed] == ["msg_first", "msg_other"]
    assert (history.counts()["alerts"], history.counts()["deliveries"]) == (2, 2)


def test_of_many_planners_of_one_event_each_alert_is_planned_once(outbox: SqlOutbox, history, make_events, clock):
    (event,) = make_events(1)

    def plan_it(n: int) -> int:
        return outbox.plan([event.id], [planned(event, f"msg_{n}")], now=clock())

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(plan_it, range(4))) == [0, 0, 0, 1]
    assert history.counts()["deliveries"] == 1


def test_a_claimed_delivery_is_counted_lent_and_frozen(outbox: SqlOutbox, database: Database, make_events, clock):
    events = make_events(3)
    plan(outbox, events, clock)
    first, second = outbox.claim("me", "desk", lease=LEASE, limit=2)
    assert (first.uid, second.uid) == ("msg_0", "msg_1")
    assert first.payload == {"subject": f"event {events[0].id} — ünïcödé", "text": "…"}
    assert (first.state, first.attempts, first.channel) == (DeliveryState.PENDING, 1, "desk")
    assert (first.sent_at, first.receipt, first.last_error) == (None, "", "")
    with database.begin() as connection:
        assert first.created_at <= database_now(connection)
    assert outbox.claim("you", "desk", lease=LEASE, limit=9) == [], "a channel has one sender at a time"


def test_a_sent_delivery_is_done(outbox: SqlOutbox, history: History, make_events, clock):
    plan(outbox, make_events(1), clock)
    (delivery,) = outbox.claim("me", "desk", lease=timedelta(0), limit=1)
    outbox.sent(delivery.id, "me", "250 queued as 7")
    (row,) = history.alerts()
    assert (row.state, row.receipt, row.next_try_at, row.attempts) == (DeliveryState.SENT, "250 queued as 7", None, 1)
    assert row.sent_at >= row.created_at
    assert outbox.claim("me", "desk", lease=LEASE, limit=1) == []
    outbox.failed(delivery.id, "me", "too late", retry_in=None)
    outbox.sent(delivery.id, "me", "another receipt")
    assert history.alerts() == [row]


def test_a_failed_delivery_waits_for_its_next_try(outbox: SqlOutbox, history: History, make_events, clock):
    plan(outbox, make_events(1), clock)
    (delivery,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    outbox.failed(delivery.id, "me", "421 busy", retry_in=timedelta(hours=1))
    (row,) = history.alerts()
    assert (row.state, row.last_error, row.attempts) == (DeliveryState.PENDING, "421 busy", 1)
    assert row.next_try_at - row.created_at >= timedelta(hours=1)
    assert outbox.claim("me", "desk", lease=LEASE, limit=1) == []


def test_a_failed_delivery_that_is_due_again_is_claimed_with_the_same_uid(outbox: SqlOutbox, make_events, clock):
    plan(outbox, make_events(1), clock)
    (first,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    outbox.failed(first.id, "me", "421 busy", retry_in=timedelta(0))
    (again,) = outbox.claim("you", "desk", lease=LEASE, limit=1)
    assert (again.uid, again.payload, again.attempts, again.last_error) == (first.uid, first.payload, 2, "421 busy")


def test_a_delivery_that_is_given_back_is_due_at_once_and_was_never_tried(
    outbox: SqlOutbox, history: History, make_events, clock
):
    plan(outbox, make_events(1), clock)
    (claimed,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    outbox.give_back([claimed.id], "you")
    assert outbox.claim("you", "desk", lease=LEASE, limit=1) == [], "only who holds it can give it back"
    outbox.give_back([claimed.id], "me")
    (row,) = history.alerts()
    assert (row.state, row.last_error, row.attempts) == (DeliveryState.PENDING, "", 0)
    (again,) = outbox.claim("you", "desk", lease=LEASE, limit=1)
    assert again.attempts == 1


def test_a_delivery_refused_for_good_is_dead_and_stays(outbox: SqlOutbox, history: History, make_events, clock):
    plan(outbox, make_events(1), clock)
    (delivery,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    outbox.failed(delivery.id, "me", "550 no such user", retry_in=None)
    (row,) = history.alerts()
    assert (row.state, row.last_error, row.next_try_at) == (DeliveryState.DEAD, "550 no such user", None)
    assert outbox.claim("me", "desk", lease=LEASE, limit=1) == []


def test_who_lost_the_lease_cannot_fail_a_delivery_but_can_have_sent_it(outbox: SqlOutbox, history, make_events, clock):
    plan(outbox, make_events(1), clock)
    (slow,) = outbox.claim("slow", "desk", lease=timedelta(0), limit=1)
    (taken,) = outbox.claim("quick", "desk", lease=LEASE, limit=1)
    assert (taken.id, taken.attempts) == (slow.id, 2)
    outbox.failed(slow.id, "slow", "timed out", retry_in=None)
    assert history.alerts()[0].state is DeliveryState.PENDING
    outbox.sent(slow.id, "slow", "250 after all")
    assert history.alerts()[0].state is DeliveryState.SENT


def test_two_claimers_never_get_one_delivery_and_the_oldest_are_sent_first(outbox: SqlOutbox, make_events, clock):
    plan(outbox, make_events(40), clock)
    sent: list[int] = []

    def send_all(owner: str) -> int:
        mine = 0
        while len(sent) < 40:
            for delivery in outbox.claim(owner, "desk", lease=LEASE, limit=3):
                sent.append(delivery.id)
                outbox.sent(delivery.id, owner, "250 OK")
                mine += 1
        return mine

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send_all, "abcd")) == 40
    assert sent == sorted(set(sent))


def test_an_alert_planned_before_a_crash_is_sent_after_it(database: Database, outbox, make_events, clock):
    plan(outbox, make_events(1), clock)
    outbox.claim("died", "desk", lease=LEASE, limit=1)
    with database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET lease_until = created_at"))
    (delivery,) = SqlOutbox(database).claim("next", "desk", lease=LEASE, limit=1)
    assert (delivery.uid, delivery.attempts) == ("msg_0", 2)
