"""A deadline ends whatever the other side does, and leaves alone what it does not concern."""

from __future__ import annotations

import contextlib
import socket
import time

import pytest
import requests

from monitor.transport.deadline import _watchdog, current_deadline
from monitor.transport.session import Deadline, Guard, guarded_session
from tests.support.patience import PATIENCE_SECONDS, given_time

# What the tests' own waits are bounded by; the deadlines in them end long before.
LONG = (PATIENCE_SECONDS, PATIENCE_SECONDS)


def session(*endpoints):
    return guarded_session(Guard(frozenset(endpoints)), user_agent="test/1")


@pytest.mark.parametrize("misbehave", ["drip_headers", "drip_body", "silent"])
def test_a_deadline_ends_whatever_drips(site, misbehave):
    url = getattr(site, misbehave)("/slow")
    began = time.monotonic()
    with session(site.endpoint) as web, Deadline(0.3) as deadline:
        with contextlib.suppress(requests.RequestException):
            web.get(url, timeout=LONG)
        assert deadline.expired
    assert 0.28 < time.monotonic() - began < PATIENCE_SECONDS / 2


def test_a_deadline_ends_a_handshake_that_never_comes(site):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        began = time.monotonic()
        with session(("127.0.0.1", port)) as web, Deadline(0.3), pytest.raises(requests.RequestException):
            web.get(f"https://127.0.0.1:{port}/", timeout=LONG)
    assert time.monotonic() - began < PATIENCE_SECONDS / 2


def test_a_deadline_holds_on_a_connection_opened_before_it(site):
    site.serve("/", "hello")
    url = site.drip_headers("/slow")

    def cut_after(seconds):
        with session(site.endpoint) as web:
            web.get(site.url())
            with Deadline(seconds) as deadline, pytest.raises(requests.RequestException):
                web.get(url, timeout=LONG)
        return deadline.line

    assert given_time(0.3, cut_after, enough=lambda line: line is not None).reused


def test_a_connection_outlives_the_deadline_that_it_was_used_under(site):
    site.serve("/", "hello")
    with session(site.endpoint) as web:
        with Deadline(PATIENCE_SECONDS) as deadline:
            web.get(site.url())
        deadline.fire()  # as if its time came now
        assert web.get(site.url()).text == "hello"
    assert site.connections == 1


def test_a_deadline_that_is_over_lets_nothing_begin(site):
    with session(site.endpoint) as web, Deadline(0), pytest.raises(requests.RequestException):
        web.get(site.url())
    assert site.connections == 0


def test_a_deadline_knows_the_line_in_use_and_forgets_its_thread(site):
    site.serve("/", "hello")
    with session(site.endpoint) as web, Deadline(PATIENCE_SECONDS) as deadline:
        assert current_deadline() is deadline
        assert deadline.line is None
        web.get(site.url())
        assert deadline.line.peer == f"127.0.0.1:{site.port}"
        assert deadline.line.tls_version is None
        assert ("Host", f"127.0.0.1:{site.port}") in deadline.line.request_headers
    assert current_deadline() is None


def test_deadlines_that_ended_in_time_are_not_kept():
    for _ in range(500):
        with Deadline(3600):
            pass
    assert len(_watchdog._heap) < 200


def test_many_deadlines_fire_in_time_whatever_their_order(site):
    with contextlib.ExitStack() as stack:
        watched = []
        for number in range(20):
            ours, theirs = (stack.enter_context(sock) for sock in socket.socketpair())
            deadline = stack.enter_context(Deadline(0.05 + 0.01 * (number * 7 % 20)))
            deadline.watch(ours)
            watched.append((deadline, ours, theirs))
        for deadline, ours, _ in watched:
            ours.settimeout(PATIENCE_SECONDS)
            assert ours.recv(1) == b""
            assert deadline.expired
