"""What a process left unread when it died is read without another look."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from monitor.fetch import Fetcher, FetchLimits
from monitor.model import PageSource, Schedule
from monitor.understand import understand
from pagewitness.visits import Visitor

MEMBERS = (
    "<html lang=en><title>Us</title><p>Our coalition of many has {} members in all the world, and grows.</p></html>"
)
LEASE = timedelta(seconds=30)


class Heard:
    def __init__(self):
        self.faults = []

    def checked(self, page, checked): ...

    def kept_out(self, page, why): ...

    def faulted(self, page, error):
        self.faults.append((page.url, error))


class Died(Exception):
    """Stands for the process's end between archiving and reading."""


def dies(*args, **more):
    raise Died


@pytest.fixture
def page(store, site, clock):
    first, _ = (
        store.add_page(
            site.url(path),
            schedule=Schedule(every=timedelta(hours=6)),
            allow_private=True,
            source=PageSource.ADDED,
            now=clock(),
        )
        for path in ("/a", "/b")
    )
    return first


def visitor(store, clock, read=understand):
    return Visitor(
        store=store,
        fetcher=lambda: Fetcher(FetchLimits(), "Pagewitness/test"),
        clock=clock,
        owner="me",
        lease=LEASE,
        interval=timedelta(0),
        absences_before_lost=3,
        stopping=threading.Event(),
        understand=read,
    )


@pytest.fixture
def left_unread(store, site, clock, page):
    """Both pages looked at twice, with a change between, and neither look read."""
    for members in (82, 83):
        site.serve("/a", MEMBERS.format(members))
        site.serve("/b", MEMBERS.format(members))
        assert store.claim_host(page.host, "me", LEASE)
        visitor(store, clock, dies).due(page.host, Heard())
        clock.advance(hours=13)
    assert [len(store.unread(row.id)) for row in store.behind(10)] == [2, 2]


def test_unread_looks_are_read_in_order_without_asking_the_server(left_unread, store, site, clock, history):
    asked = len(site.requests)
    assert visitor(store, clock).catch_up(Heard()) == 4
    assert len(site.requests) == asked
    assert store.behind(10) == []
    told = [
        (item.event.change.kind.value, item.event.change.before, item.event.change.after) for item in history.events()
    ]
    assert told == [("number_changed", 82, 83)] * 2


def test_a_host_that_somebody_visits_is_left_to_them(left_unread, store, clock, page):
    assert store.claim_host(page.host, "somebody else", LEASE)
    assert visitor(store, clock).catch_up(Heard()) == 0
    assert len(store.behind(10)) == 2


def test_a_page_whose_parser_dies_again_does_not_hold_up_the_others(left_unread, store, clock, page):
    def read(body, snapshot, facts, *, like=None):
        if snapshot.page_id == page.id:
            raise Died
        return understand(body, snapshot, facts, like=like)

    heard = Heard()
    assert visitor(store, clock, read).catch_up(heard) == 2
    assert [url for url, _ in heard.faults] == [page.url]
    assert [row.id for row in store.behind(10)] == [page.id]
