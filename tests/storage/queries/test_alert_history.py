"""What was planned, sent and refused, by which rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from alerts.model import BrokenDeclaration, DeliveryState, Hold, Rule
from alerts.planned import HeldAlerts, PlannedAlert
from monitor.model import EventKind
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.alert_history import AlertHistory, EventPlanning
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import URL, add_page, archive, fact_changed, full, ok

LEASE = timedelta(seconds=30)


def at(seconds: float) -> datetime:
    return datetime(2021, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def planned(store: SqlStore, outbox: SqlOutbox, count: int = 2) -> list[int]:
    """Two events of one check, each an alert msg_0, msg_1 …; return the keys of the alerts."""
    page = add_page(store, at(0), label="Home")
    snapshot = archive(store, page, full(at(5), b"A"), at(5))
    store.record(snapshot, ok(events=(fact_changed(snapshot),) * count), now=at(6))
    events = outbox.unplanned(count)
    outbox.plan(
        [event.id for event in events],
        [one_alert(event.id, "key facts", "desk", f"msg_{n}", {"body": ""}) for n, event in enumerate(events)],
        now=at(7),
    )
    with store.database.read() as connection:
        return list(connection.execute(text("SELECT id FROM alerts ORDER BY id")).scalars())


def test_a_delivery_is_found_by_its_uid_and_by_the_number_of_an_alert(store: SqlStore, outbox: SqlOutbox):
    first, second = planned(store, outbox)
    alerts = AlertHistory(store.database)
    found = alerts.delivery("msg_1")
    assert found == alerts.delivery(str(second))
    assert (found.uid, found.channel, found.state, found.attempts) == ("msg_1", "desk", DeliveryState.PENDING, 0)
    assert (found.alerts, found.change.fact) == (1, "member_count")
    assert alerts.delivery(str(first)).uid == "msg_0"
    for unknown in ("msg_9", "0", "999999", "9" * 30, "-1", "", "٣"):
        assert alerts.delivery(unknown) is None


def test_the_alerts_of_a_delivery_have_their_events(store: SqlStore, outbox: SqlOutbox):
    first, second = planned(store, outbox)
    alerts = AlertHistory(store.database)
    with store.database.begin() as connection:
        connection.execute(text("UPDATE alerts SET delivery_id = (SELECT min(id) FROM deliveries)"))
    delivery = alerts.delivery("msg_0")
    found = list(alerts.alerts_of(delivery.id))
    assert delivery.alerts == 2
    assert [row.id for row in found] == [first, second]
    assert {(row.rule, row.planned_at) for row in found} == {("key facts", at(7))}
    assert {(row.recorded.page_url, row.recorded.page_label) for row in found} == {(URL, "Home")}
    assert found[0].recorded.id < found[1].recorded.id
    assert alerts.delivery("msg_1").alerts == 0


def test_dead_deliveries_are_listed_oldest_first(store: SqlStore, outbox: SqlOutbox):
    planned(store, outbox, 3)
    alerts = AlertHistory(store.database)
    assert list(alerts.dead()) == []
    claimed = outbox.claim("me", "desk", lease=LEASE, limit=3)
    for delivery in claimed[1:]:
        outbox.failed(delivery.id, "me", "550 refused", retry_in=None)
    assert [(row.uid, row.last_error, row.alerts) for row in alerts.dead()] == [
        ("msg_1", "550 refused", 1),
        ("msg_2", "550 refused", 1),
    ]


def test_what_was_planned_is_read_for_many_events_at_once(store: SqlStore, outbox: SqlOutbox):
    first, _ = planned(store, outbox)
    snapshot = archive(store, add_page(store, at(0)), full(at(8), b"B"), at(8))
    store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=at(9))
    (waiting,) = outbox.unplanned(5)
    alerts = AlertHistory(store.database)
    delivery = alerts.delivery("msg_0")
    (alert,) = alerts.alerts_of(delivery.id)
    (claimed,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    outbox.sent(claimed.id, "me", "250 ok")
    found = alerts.planning_of([alert.recorded.id, waiting.id, 10**9])
    assert found.keys() == {alert.recorded.id, waiting.id}
    assert found[waiting.id] == EventPlanning(None, ())
    planning = found[alert.recorded.id]
    assert planning.planned_at == at(7)
    (state,) = planning.alerts
    assert (state.id, state.uid, state.rule, state.channel) == (first, "msg_0", "key facts", "desk")
    assert (state.state, state.planned_at) == (DeliveryState.SENT, at(7))
    assert state.sent_at is not None


def test_a_held_alert_is_found_by_its_number(store: SqlStore, outbox: SqlOutbox):
    planned(store, outbox, 1)
    snapshot = archive(store, add_page(store, at(0)), full(at(8), b"B"), at(8))
    store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=at(9))
    (event,) = outbox.unplanned(5)
    held = HeldAlerts("desk", (PlannedAlert(event.id, "key facts"),), Hold.DIGEST, at(3600))
    outbox.plan([event.id], [], [held], now=at(10))
    alerts = AlertHistory(store.database)
    (state,) = alerts.planning_of([event.id])[event.id].alerts
    assert (state.uid, state.state, state.hold, state.held_until) == (None, None, Hold.DIGEST, at(3600))
    found = alerts.held(str(state.id))
    assert (found.alert.id, found.alert.rule, found.alert.planned_at) == (state.id, "key facts", at(10))
    assert found.alert.recorded.id == event.id
    assert (found.channel, found.hold, found.until) == ("desk", Hold.DIGEST, at(3600))
    assert alerts.delivery(str(state.id)) is None
    delivered = next(alerts.alerts_of(alerts.delivery("msg_0").id))
    for other in (str(delivered.id), "msg_0", "999999"):
        assert alerts.held(other) is None


def test_rules_are_listed_with_those_no_longer_declared(store: SqlStore):
    one, two = (Rule(name, frozenset({EventKind.FACT_LOST}), ("desk",)) for name in ("one", "two"))
    store.apply_declared([], [], [], [one, two], now=at(0))
    store.apply_declared([], [], [], [two], now=at(5))
    with store.database.begin() as connection:
        connection.execute(text("UPDATE rules SET definition = '{}' WHERE name = 'one'"))
    current, retired = AlertHistory(store.database).rules()
    assert (current.name, current.rule, current.applied_at, current.retired_at) == ("two", two, at(0), None)
    assert (retired.name, retired.retired_at) == ("one", at(5))
    assert isinstance(retired.rule, BrokenDeclaration)
