"""Redirects wait for the response of their target, within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import Exchange
from pagewitness.importing.redirects import RedirectChains
from tests.storage.snapshots import exchange

NOW = datetime(2020, 1, 1, tzinfo=UTC)
A, B, C = (f"https://a.example/{name}" for name in "abc")


def redirect(url: str, target: str, at: datetime = NOW, body: bytes = b"") -> Exchange:
    return exchange(at, body, url, 302, (("Location", target),))


def test_a_chain_is_returned_once_for_its_target():
    dropped: list = []
    chains = RedirectChains(dropped.append)
    first, second = redirect(A, "/b"), redirect(B, C)
    assert chains.keep((first,))
    assert chains.keep((*chains.hops_to(second), second))
    assert chains.hops_to(exchange(NOW, b"end", C)) == (first, second)
    assert chains.hops_to(exchange(NOW, b"end", C)) == ()
    chains.end()
    assert dropped == []


def test_a_late_target_and_a_missing_one_drop_the_chain():
    dropped: list = []
    chains = RedirectChains(dropped.append)
    first, other = redirect(A, B), redirect(A, C)
    assert chains.keep((first,))
    assert chains.hops_to(exchange(NOW + timedelta(minutes=11), b"", B)) == ()
    assert chains.keep((other,))
    chains.end()
    assert dropped == [(first,), (other,)]


def test_what_leads_nowhere_is_complete():
    chains = RedirectChains(lambda _: None)
    assert not chains.keep((exchange(NOW, b"text", A),))
    assert not chains.keep((redirect(A, A),))
    assert not chains.keep((redirect(A, "http://[broken"),))
    assert not chains.keep((redirect(A, B, body=b"x" * 70_000),))


def test_the_oldest_of_many_is_dropped():
    dropped: list = []
    chains = RedirectChains(dropped.append)
    for number in range(1005):
        assert chains.keep((redirect(f"{A}{number}", f"{B}{number}"),))
    assert [chain[0].url for chain in dropped] == [f"{A}{number}" for number in range(5)]
