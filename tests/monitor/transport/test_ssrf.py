"""No way leads to a private address that was not allowed by name: not by how it is written, by redirects, by robots.txt, by names that change."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest

from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import FailureKind, FetchRequest
from monitor.transport.session import Guard, guarded_session

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

LOOPBACK_IN_DISGUISE = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "\N{FULLWIDTH DIGIT ONE}27.0.0.1",
    "127\N{IDEOGRAPHIC FULL STOP}0.0.1",
]
ELSEWHERE = [
    "10.0.0.1",
    "0xa000001",
    "172.16.0.1",
    "192.168.1.1",
    "3232235777",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "224.0.0.1",
    "255.255.255.255",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::10.0.0.1]",
]
# What the resolver does not take for a number, or this machine has no route to, is no way through either.
NO_WAY = {FailureKind.REFUSED_ADDRESS, FailureKind.DNS, FailureKind.BAD_URL}


@pytest.fixture
def fetcher():
    with Fetcher(FetchLimits(), "test") as fetcher:
        yield fetcher


def looked(fetcher, url, **more):
    return fetcher(FetchRequest(url, **more), NOW)


@pytest.mark.parametrize("host", LOOPBACK_IN_DISGUISE)
def test_loopback_is_refused_however_it_is_written(fetcher, site, host):
    look = looked(fetcher, f"http://{host}:{site.port}/")
    assert look.failure.kind in NO_WAY
    assert site.connections == 0


@pytest.mark.parametrize("host", ELSEWHERE)
def test_other_private_addresses_are_refused_however_they_are_written(fetcher, host):
    assert looked(fetcher, f"http://{host}/").failure.kind in NO_WAY


@pytest.mark.parametrize("host", LOOPBACK_IN_DISGUISE[1:])
def test_a_redirect_is_judged_like_any_other_request(fetcher, site, sites, host):
    other = sites()
    site.redirect("/", f"http://{host}:{other.port}/".encode().decode("latin-1"))  # raw UTF-8, as servers send it
    look = looked(fetcher, site.url(), allow_private=True)
    assert look.failure.kind in NO_WAY
    assert other.connections == 0


def test_every_hop_is_judged_also_the_last_of_many(fetcher, site, sites):
    other = sites("127.0.0.2")
    site.redirect_chain("/", 5, end="/end")
    site.redirect("/end", other.url("/metadata"))
    look = looked(fetcher, site.url(), allow_private=True)
    assert look.failure.kind is FailureKind.REFUSED_ADDRESS
    assert len(look.exchanges) == 7
    assert other.connections == 0


def test_what_is_allowed_is_one_host_and_port_and_nothing_beside_it(fetcher, site, sites):
    other = sites()
    site.redirect("/", other.url())
    assert looked(fetcher, site.url(), allow_private=True).failure.kind is FailureKind.REFUSED_ADDRESS
    assert other.connections == 0


def test_robots_txt_is_under_the_same_guard_with_every_redirect(fetcher, site, sites):
    other = sites("127.0.0.2")
    assert fetcher.robots(site.url("/robots.txt"), NOW, allow_private=False).failure.kind is FailureKind.REFUSED_ADDRESS
    site.redirect("/robots.txt", "/rules")
    site.redirect("/rules", other.url("/robots.txt"))
    look = fetcher.robots(site.url("/robots.txt"), NOW, allow_private=True)
    assert (look.failure.kind, len(look.exchanges)) == (FailureKind.REFUSED_ADDRESS, 3)
    assert other.connections == 0


def test_robots_txt_is_cut_at_500_kib_and_after_five_redirects(fetcher, site):
    site.serve("/robots.txt", b"#" * 700_000, content_type="text/plain")
    look = fetcher.robots(site.url("/robots.txt"), NOW, allow_private=True)
    assert len(look.final.body) == 500 * 1024
    site.redirect_chain("/robots.txt", 6, end="/end")
    look = fetcher.robots(site.url("/robots.txt"), NOW, allow_private=True)
    assert (look.failure.kind, len(site.requests_for("/end"))) == (FailureKind.TOO_MANY_REDIRECTS, 0)
    site.redirect_chain("/robots.txt", 5, end="/end")
    assert fetcher.robots(site.url("/robots.txt"), NOW, allow_private=True).final.status == 404


def test_a_name_that_leads_elsewhere_the_second_time_is_judged_where_it_is_connected_to(fetcher, site, monkeypatch):
    """A rebinding name: public when first asked, loopback for the redirect's connection."""
    answers = iter(["127.0.0.1", "127.0.0.2"])
    monkeypatch.setattr("monitor.transport.connection.refused", lambda address: address != "127.0.0.1")

    def look_up(host, port, *args, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    site.route("/", lambda request: close_after(request, site))
    look = looked(fetcher, site.url(host="rebind.example"))
    assert look.failure.kind is FailureKind.REFUSED_ADDRESS
    assert "127.0.0.2" in look.failure.message
    assert site.connections == 1


def close_after(request, site):
    """A redirect to itself under another path, on a connection that ends: the name is looked up again."""
    head = f"HTTP/1.1 302 Found\r\nLocation: {site.url('/again', 'rebind.example')}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    request.socket.sendall(head.encode())


# --- a proxy, which only a setting brings in ---


def test_a_proxy_that_was_set_carries_every_request_and_judges_by_itself(site):
    seen = []

    def proxied(request):
        seen.append((request.path, request.header("Host")))
        request.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    site.route("http://news.example/", proxied)
    with Fetcher(FetchLimits(), "test", proxy=site.url("")) as fetcher:
        look = looked(fetcher, "http://news.example/")
    assert (look.final.status, look.final.body) == (200, b"hello")
    assert seen == [("http://news.example/", "news.example")]
    assert look.final.peer == f"127.0.0.1:{site.port}"


def test_a_session_takes_no_proxy_but_its_own(site, sites):
    other = sites()
    with (
        guarded_session(Guard(), user_agent="x", proxy=site.url("")) as web,
        pytest.raises(OSError, match="no proxy but its own"),
    ):
        web.get("http://news.example/", proxies={"http": other.url("")})
    assert (site.connections, other.connections) == (0, 0)
