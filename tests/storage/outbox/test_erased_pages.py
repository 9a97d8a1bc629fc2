"""Erasing a page whose alerts share messages with other pages, at every state of a delivery: the others are sent, once, without the page, by their rule."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from alerts.delivery_policy import parse_digest
from alerts.model import Delivery, DeliveryState, Hold
from alerts.plan import plan_once
from monitor.model import EventKind
from rendering.links import Links
from storage.database.connection import Database
from storage.maintenance.erasure import forget
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.alert_history import AlertHistory
from storage.queries.history import History
from storage.schema import deliveries
from storage.store import SqlStore
from tests.storage.site import HOST, HOUR, LEASE, RULE, Site, post
from tests.storage.snapshots import fact_changed

ERASED = f"{HOST}/0"


@pytest.fixture
def site(store: SqlStore, outbox: SqlOutbox, history: History, clock) -> Site:
    return Site(store, outbox, history, clock)


@pytest.fixture
def shared(site: Site) -> Site:
    """One message about the same change on three pages waits to be sent."""
    site.declare()
    for snapshot in site.visit(site.pages(3)):
        site.process(snapshot, post)
    assert site.plan() == 1
    return site


def claim(site: Site, limit: int = 9) -> list[Delivery]:
    return list(site.outbox.claim("me", "desk", lease=LEASE, limit=limit))


def erase(site: Site, database: Database) -> None:
    forget(database, ERASED, reason="", now=site.clock())


def end_leases(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(update(deliveries).values(lease_owner=None, lease_until=None))


def pages_in(delivery: Delivery) -> list[int]:
    return [number for number in range(3) if f"{HOST}/{number}" in str(delivery.payload)]


def test_the_other_pages_are_sent_without_it_in_a_new_delivery(shared: Site, database: Database):
    (before,) = {row.uid for row in shared.history.alerts()}
    erase(shared, database)
    assert claim(shared) == []
    assert [(row.state, row.uid, row.hold) for row in shared.history.alerts()] == [(None, None, None)] * 2
    assert shared.plan() == 1
    assert shared.plan() == 0
    (delivery,) = claim(shared)
    assert delivery.payload["subject"].startswith("coalition.example, 2 pages · text changed")
    assert pages_in(delivery) == [1, 2]
    assert delivery.uid != before
    shared.outbox.sent(delivery.id, "me", "250 ok")
    rows = shared.history.alerts()
    assert [(row.state, row.uid, row.held_until) for row in rows] == [(DeliveryState.SENT, delivery.uid, None)] * 2


@pytest.mark.parametrize("gone", ["rule", "rule and channel", "rule selects other events"])
def test_they_keep_rule_and_channel_whatever_is_declared_now(shared: Site, database: Database, gone: str):
    if gone == "rule and channel":
        shared.store.apply_declared([], [], [], [], now=shared.clock())
    elif gone == "rule selects other events":
        shared.declare(replace(RULE, events=frozenset({EventKind.PAGE_GONE})))
    else:
        shared.declare(replace(RULE, name="another"))
    erase(shared, database)
    assert shared.plan() == 1
    assert [(row.rule, row.channel, row.state) for row in shared.history.alerts()] == [
        ("all", "desk", DeliveryState.PENDING)
    ] * 2


def test_a_delivery_that_is_being_sent_is_the_receipt_of_the_others_if_it_arrives(shared: Site, database: Database):
    (sending,) = claim(shared)
    erase(shared, database)
    assert (shared.plan(), claim(shared)) == (0, [])
    shared.outbox.sent(sending.id, "me", "250 ok")
    assert (shared.plan(), claim(shared)) == (0, [])
    rows = shared.history.alerts()
    assert [(row.state, row.uid) for row in rows] == [(DeliveryState.SENT, sending.uid)] * 2
    assert AlertHistory(database).delivery(sending.uid).receipt == "250 ok"
    with database.read() as connection:
        assert connection.execute(deliveries.select()).one().payload == {}


@pytest.mark.parametrize("end", ["failed", "killed", "given back", "refused"])
def test_one_that_did_not_arrive_is_replaced_and_its_content_never_sent(shared: Site, database: Database, end: str):
    (sending,) = claim(shared)
    erase(shared, database)
    if end == "failed":
        shared.outbox.failed(sending.id, "me", "451 later", retry_in=timedelta(0))
    elif end == "refused":
        shared.outbox.failed(sending.id, "me", "550 never", retry_in=None)
        assert shared.outbox.retry(None) == 1
    elif end == "given back":
        shared.outbox.give_back([sending.id], "me")
    else:
        end_leases(database)
    assert [due.name for due in shared.outbox.due_channels()] == ["desk"]
    assert claim(shared) == []
    assert shared.outbox.due_channels() == []
    assert shared.plan() == 1
    (delivery,) = claim(shared)
    assert pages_in(delivery) == [1, 2]
    assert delivery.uid != sending.uid


def test_erased_deliveries_hide_no_others_from_a_claim(shared: Site, database: Database, clock):
    claim(shared)
    erase(shared, database)
    end_leases(database)
    (snapshot,) = shared.visit([shared.store.page_by_url(f"{HOST}/1")])
    shared.process(snapshot, fact_changed)
    shared.plan()
    (delivery,) = claim(shared, limit=1)
    assert delivery.payload["subject"] == "Page 1 · members 83 → 85 (+2)"


def test_a_dead_delivery_is_replaced_too(shared: Site, database: Database):
    (dead,) = claim(shared)
    shared.outbox.failed(dead.id, "me", "550", retry_in=None)
    erase(shared, database)
    assert shared.outbox.retry(None) == 0, "its content is gone"
    assert shared.plan() == 1
    assert [pages_in(delivery) for delivery in claim(shared)] == [[1, 2]]


def test_a_delivery_about_the_page_alone_is_removed(site: Site, database: Database):
    site.declare()
    (snapshot,) = site.visit(site.pages(1))
    site.process(snapshot, fact_changed)
    site.plan()
    (sending,) = claim(site)
    erase(site, database)
    site.outbox.sent(sending.id, "me", "250 ok")
    assert site.history.counts()["deliveries"] == site.history.counts()["alerts"] == 0


def test_each_check_of_the_others_is_a_message_of_its_own_again(site: Site, database: Database, clock):
    """A message collected over time is a collection again; alerts that were not held are grouped as they were."""
    clock.now = clock().replace(hour=7, minute=0)
    site.declare(digest=parse_digest("daily 08:00"))
    for snapshot in site.visit(site.pages(3)):
        site.process(snapshot, fact_changed)
    site.plan()
    clock.now += HOUR
    assert site.plan() == 1
    erase(site, database)
    assert {row.hold for row in site.history.alerts()} == {Hold.DIGEST}
    assert site.plan() == 1
    assert site.subjects()[0].startswith("Digest: 1 change on 2 pages")


def test_the_alerts_of_several_messages_are_not_mixed(site: Site, database: Database):
    site.declare()
    pages = site.pages(3)
    for number in range(2):
        for snapshot in site.visit(pages):
            site.process(snapshot, lambda snapshot, number=number: post(snapshot, f"Text {number}"))
        site.plan()
    erase(site, database)
    assert site.plan() == 2
    assert [subject.split(" · ")[0] for subject in site.subjects()] == ["coalition.example, 2 pages"] * 2


def test_a_pause_of_the_channel_holds_them_further(shared: Site, database: Database, clock):
    erase(shared, database)
    shared.declare(paused_until=clock() + HOUR)
    assert shared.plan() == 0
    assert {row.hold for row in shared.history.alerts()} == {Hold.PAUSED}
    clock.now += HOUR
    assert shared.plan() == 1


def test_erased_while_it_is_planned_the_others_are_sent_without_it(site: Site, database: Database, clock):
    """A digest whose delivery is stored at the same time never contains the erased page afterwards."""
    site.declare(digest=parse_digest("1h"))
    for snapshot in site.visit(site.pages(3)):
        site.process(snapshot, fact_changed)
    site.plan()
    clock.now += HOUR
    start = threading.Barrier(4)

    def planner(_: int) -> int:
        start.wait(10)
        return plan_once(SqlOutbox(database), Links(None), site.clock(), site.new_uid)

    def eraser() -> None:
        start.wait(10)
        erase(site, database)

    with ThreadPoolExecutor(4) as pool:
        erasing = pool.submit(eraser)
        for planning in [pool.submit(planner, number) for number in range(3)]:
            planning.result()
        erasing.result()
    site.plan()
    sent = claim(site)
    assert [pages_in(delivery) for delivery in sent] == [[1, 2]]


def test_erased_while_messages_are_sent_each_alert_of_other_pages_arrives_once(site: Site, database: Database):
    site.declare(per_hour=None)
    pages = site.pages(3)
    for number in range(8):
        for snapshot in site.visit(pages):
            site.process(snapshot, lambda snapshot, number=number: post(snapshot, f"Text {number}"))
        site.plan()
    received: list[Delivery] = []
    erased = threading.Event()

    def send(owner: str) -> None:
        while not erased.is_set():
            for delivery in site.outbox.claim(owner, "desk", lease=LEASE, limit=1):
                received.append(delivery)
                site.outbox.sent(delivery.id, owner, "250 ok")

    with ThreadPoolExecutor(3) as pool:
        senders = [pool.submit(send, f"sender {number}") for number in range(2)]
        erase(site, database)
        erased.set()
        for sender in senders:
            sender.result()
    site.plan()
    for _ in range(2):
        for delivery in claim(site):
            received.append(delivery)
            site.outbox.sent(delivery.id, "me", "250 ok")
        site.plan()
    arrived = Counter(
        (page, text)
        for delivery in received
        for page in pages_in(delivery)
        for text in range(8)
        if f"Text {text}" in str(delivery.payload)
    )
    assert {key: count for key, count in arrived.items() if key[0]} == {
        (page, text): 1 for page in (1, 2) for text in range(8)
    }
    assert {row.state for row in site.history.alerts()} == {DeliveryState.SENT}
