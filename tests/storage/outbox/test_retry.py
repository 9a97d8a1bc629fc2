"""Dead deliveries that are sent again: the same id and content, and nothing else changes."""

from __future__ import annotations

from datetime import timedelta

from alerts.model import DeliveryState
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok

LEASE = timedelta(seconds=30)


def planned(store: SqlStore, outbox: SqlOutbox, clock, count: int) -> None:
    """Deliveries msg_0, msg_1 … through the channel desk."""
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), b"body"), clock())
    store.record(snapshot, ok(events=(fact_changed(snapshot),) * count), now=clock())
    events = outbox.unplanned(count)
    alerts = [
        one_alert(event.id, "key facts", "desk", f"msg_{n}", {"body": f"content {n}"}) for n, event in enumerate(events)
    ]
    outbox.plan([event.id for event in events], alerts, now=clock())


def states(history: History) -> dict[str, DeliveryState]:
    return {row.uid: row.state for row in history.alerts()}


def test_only_dead_deliveries_are_retried(store: SqlStore, outbox: SqlOutbox, history: History, clock):
    planned(store, outbox, clock, 4)
    claimed = outbox.claim("me", "desk", lease=LEASE, limit=3)
    outbox.failed(claimed[0].id, "me", "550 no such user", retry_in=None)
    outbox.failed(claimed[1].id, "me", "410 Gone", retry_in=None)
    outbox.sent(claimed[2].id, "me", "250 ok")
    assert outbox.retry(["msg_0", "msg_2", "msg_3", "msg_unknown"]) == 1
    assert states(history) == {
        "msg_0": DeliveryState.PENDING,
        "msg_1": DeliveryState.DEAD,
        "msg_2": DeliveryState.SENT,
        "msg_3": DeliveryState.PENDING,
    }
    assert outbox.retry([]) == 0
    assert outbox.retry(None) == 1
    assert outbox.retry(None) == 0


def test_a_retried_delivery_is_due_at_once_with_the_same_id_and_content(store: SqlStore, outbox: SqlOutbox, clock):
    planned(store, outbox, clock, 1)
    (first,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    outbox.failed(first.id, "me", "550 no such user", retry_in=None)
    assert outbox.claim("me", "desk", lease=LEASE, limit=1) == []
    assert outbox.retry(None) == 1
    (again,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    assert (again.id, again.uid, again.payload) == (first.id, first.uid, first.payload)
    assert (again.attempts, again.last_error) == (2, "550 no such user")
