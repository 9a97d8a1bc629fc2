"""The inbox: messages and held alerts by state, channel, rule, page, fact and time, in bounded slices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from alerts.model import DeliveryState
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries import alert_list
from storage.queries.alert_list import AlertFilter, first_alerts, held_count, held_slice, message_slice, payload_of
from storage.store import SqlStore
from tests.storage.queries.test_alert_history import LEASE, planned
from tests.storage.snapshots import URL


def uids(store: SqlStore, **wanted: object) -> list[str]:
    return [row.uid for row in message_slice(store.database, AlertFilter(**wanted), 10).rows]


def test_messages_are_found_by_state(store: SqlStore, outbox: SqlOutbox):
    planned(store, outbox, 3)
    claimed = outbox.claim("me", "desk", lease=LEASE, limit=3)
    outbox.failed(claimed[1].id, "me", "550 refused", retry_in=None)
    outbox.sent(claimed[2].id, "me", "250 accepted")
    assert uids(store) == ["msg_2", "msg_1", "msg_0"]
    assert uids(store, state=DeliveryState.SENT) == ["msg_2"]
    assert uids(store, state=DeliveryState.DEAD) == ["msg_1"]
    assert uids(store, state=DeliveryState.PENDING) == ["msg_0"]


@pytest.mark.parametrize(
    ("field", "matching", "other"),
    [
        ("channel", "desk", "hook"),
        ("rule", "key facts", "other"),
        ("page", URL, "https://other.example/"),
        ("fact", "member_count", "staff"),
        ("since", datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)),
    ],
)
def test_each_filter_limits_messages_and_held_alerts(
    store: SqlStore, outbox: SqlOutbox, field: str, matching: object, other: object
):
    keys = planned(store, outbox, 2)
    assert uids(store, **{field: matching}) == ["msg_1", "msg_0"]
    assert uids(store, **{field: other}) == []
    with store.database.begin() as connection:
        connection.execute(
            text("UPDATE alerts SET delivery_id = NULL, hold = 'digest', held_until = planned_at WHERE id = :id"),
            {"id": keys[1]},
        )
    held = held_slice(store.database, AlertFilter(**{field: matching}), 10)
    assert [row.alert.id for row in held.rows] == [keys[1]]
    assert held_slice(store.database, AlertFilter(**{field: other}), 10).rows == ()
    assert held_count(store.database) == 1


def test_slices_lead_through_everything(store: SqlStore, outbox: SqlOutbox):
    planned(store, outbox, 5)
    found, after = [], None
    for _ in range(10):
        part = message_slice(store.database, AlertFilter(), 2, after)
        found += [row.uid for row in part.rows]
        after = part.next
        if after is None:
            break
    assert found == [f"msg_{n}" for n in (4, 3, 2, 1, 0)]


def test_a_slice_searches_a_bounded_part_and_says_where_it_continues(
    store: SqlStore, outbox: SqlOutbox, monkeypatch: pytest.MonkeyPatch
):
    planned(store, outbox, 5)
    monkeypatch.setattr(alert_list, "SCANNED", 2)
    none = AlertFilter(rule="other")
    first = message_slice(store.database, none, 10)
    second = message_slice(store.database, none, 10, first.next)
    third = message_slice(store.database, none, 10, second.next)
    assert [part.rows for part in (first, second, third)] == [(), (), ()]
    assert first.next is not None
    assert second.next is not None
    assert third.next is None


def test_content_and_first_alerts_of_a_message(store: SqlStore, outbox: SqlOutbox):
    keys = planned(store, outbox, 1)
    (row,) = message_slice(store.database, AlertFilter(), 1).rows
    assert payload_of(store.database, row.id) == {"body": ""}
    assert payload_of(store.database, row.id + 99) == {}
    assert [alert.id for alert in first_alerts(store.database, row.id, 5)] == keys
