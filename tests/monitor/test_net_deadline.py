"""A deadline ends whatever the other side does, and leaves alone what it does not concern."""

from __future__ import annotations

import contextlib
import socket
import time

import pytest
import requests

from monitor.net import Deadline, Guard, guarded_session
from monitor.net_deadline import _watchdog, current_deadline


def session(*endpoints):
    return guarded_session(Guard(frozenset(endpoints)), user_agent="test/1")


@pytest.mark.parametrize("misbehave", ["drip_headers", "drip_body", "silent"])
def test_a_deadline_ends_whatever_drips(site, misbehave):
    url = getattr(site, misbehave)("/slow")
    began = time.monotonic()
    with session(site.endpoint) as web, Deadline(0.3) as deadline:
        with contextlib.suppress(requests.RequestException):
            web.get(url, timeout=(5, 5))
        assert deadline.expired
    assert 0.28 < time.monotonic() - began < 0.8


def test_a_deadline_ends_a_handshake_that_never_comes(site):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        began = time.monotonic()
        with session(("127.0.0.1", port)) as web, Deadline(0.3), pytest.raises(requests.RequestException):
            web.get(f"https://127.0.0.1:{port}/", timeout=(5, 5))
    assert time.monotonic() - began < 0.8


def test_a_deadline_holds_on_a_connection_opened_before_it(site):
    site.serve("/", "hello")
    url = site.drip_headers("/slow")
    with session(site.endpoint) as web:
        web.get(site.url())
        began = time.monotonic()
        with Deadline(0.3) as deadline, pytest.raises(requests.RequestException):
            web.get(url, timeout=(5, 5))
    assert time.monotonic() - began < 0.8
    assert deadline.line.reused


def test_a_connection_outlives_the_deadline_that_it_was_used_under(site):
    site.serve("/", "hello")
    with session(site.endpoint) as web:
        with Deadline(0.1):
            web.get(site.url())
        time.sleep(0.15)
        assert web.get(site.url()).text == "hello"
    assert site.connections == 1


def test_a_deadline_that_is_over_lets_nothing_begin(site):
    with session(site.endpoint) as web, Deadline(0), pytest.raises(requests.RequestException):
        web.get(site.url())
    assert site.connections == 0


def test_a_deadline_knows_the_line_in_use_and_forgets_its_thread(site):
    site.serve("/", "hello")
    with session(site.endpoint) as web, Deadline(5) as deadline:
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
    pairs = [socket.socketpair() for _ in range(20)]
    deadlines = [Deadline(0.05 + 0.01 * (number * 7 % 20)) for number in range(20)]
    for deadline, (ours, _) in zip(deadlines, pairs, strict=True):
        deadline.__enter__()
        deadline.watch(ours)
    for deadline, (ours, _) in zip(deadlines, pairs, strict=True):
        ours.settimeout(2)
        assert ours.recv(1) == b""
        assert deadline.expired
    for deadline, pair in zip(reversed(deadlines), reversed(pairs), strict=True):
        deadline.__exit__(None, None, None)
        for sock in pair:
            sock.close()
