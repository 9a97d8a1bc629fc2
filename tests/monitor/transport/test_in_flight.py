"""Many large bodies at once: room is shared, waited for, and always enough for one to come to its end."""

from __future__ import annotations

import gzip
import threading
from datetime import UTC, datetime

import pytest

from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import FetchRequest, Truncation
from monitor.transport.in_flight import FREE_BYTES, Held, InFlight
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.sites import Site

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)


def test_the_allowance_of_each_fetch_needs_no_room():
    room = InFlight(0)
    assert all(Held(room).grow(FREE_BYTES, 0) for _ in range(1_000))


def test_one_fetch_may_exceed_the_room_and_the_others_wait_for_it():
    room = InFlight(100)
    first, second, third = Held(room), Held(room), Held(room)
    assert first.grow(FREE_BYTES + 60, 0)
    assert second.grow(FREE_BYTES + 60, 0), "one may"
    assert not third.grow(FREE_BYTES + 60, 0)
    assert not first.grow(FREE_BYTES + 61, 0)
    assert first.grow(FREE_BYTES + 60, 0), "what it holds it holds"
    assert second.grow(FREE_BYTES + 10_000, 0)
    second.release()
    assert third.grow(FREE_BYTES + 40, 0)


def test_released_bytes_make_room():
    room = InFlight(100)
    first, second, third = Held(room), Held(room), Held(room)
    assert first.grow(FREE_BYTES + 100, 0)
    assert second.grow(FREE_BYTES + 100, 0)
    assert not third.grow(FREE_BYTES + 50, 0)
    first.shrink(FREE_BYTES + 10)
    second.shrink(FREE_BYTES + 10)
    assert third.grow(FREE_BYTES + 80, 0)
    assert first.grow(FREE_BYTES + 100, 0), "one may go beyond the room again"


def test_a_waiting_fetch_continues_once_there_is_room():
    room = InFlight(0)
    first, second = Held(room), Held(room)
    assert first.grow(FREE_BYTES + 1, 0)
    waiting = threading.Thread(target=second.grow, args=(FREE_BYTES + 1, PATIENCE_SECONDS))
    waiting.start()
    first.release()
    waiting.join(PATIENCE_SECONDS)
    assert not waiting.is_alive()
    assert not Held(room).grow(FREE_BYTES + 1, 0), "the second holds it now"


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_body_waits_for_room_and_releases_it_at_the_next_fetch(site: Site, coding: str):
    body = b"x" * 4 * FREE_BYTES
    url = (
        site.serve("/", gzip.compress(body), headers=[("Content-Encoding", "gzip")])
        if coding
        else site.serve("/", body)
    )
    small = site.serve("/small", "x")
    room = InFlight(0)
    other = Held(room)
    other.grow(FREE_BYTES + 1)
    with Fetcher(FetchLimits(), "x", in_flight=room) as fetcher:
        looks: list[object] = []
        fetching = threading.Thread(
            target=lambda: looks.append(fetcher(FetchRequest(url, allow_private=True), NOW).final.body)
        )
        fetching.start()
        assert soon(lambda: site.requests)
        assert looks == []
        other.release()
        fetching.join(PATIENCE_SECONDS)
        assert looks == [body]
        assert not other.grow(FREE_BYTES + 1, 0), "it is still worked with"
        fetcher(FetchRequest(small, allow_private=True), NOW)
        assert other.grow(FREE_BYTES + 1, 0)


def test_a_body_that_finds_no_room_in_time_is_cut_off_and_says_so(site: Site):
    room = InFlight(0)
    Held(room).grow(FREE_BYTES + 1)
    url = site.serve("/", b"x" * 4 * FREE_BYTES)
    with Fetcher(FetchLimits(total_seconds=1), "x", in_flight=room) as fetcher:
        exchange = fetcher(FetchRequest(url, allow_private=True), NOW).final
    assert exchange.truncated is Truncation.TIME or exchange.failure is not None, "on a slow machine not even the head"
    assert len(exchange.body or b"") < 4 * FREE_BYTES
