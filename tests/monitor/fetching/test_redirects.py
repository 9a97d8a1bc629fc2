"""Redirects, followed by hand: each hop is kept, none leads where it may not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import FailureKind, FetchRequest
from tests.support.patience import PATIENCE_SECONDS, given_time
from tests.support.sites import Answer

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def fetch():
    def look(url, *, allow_private=True, **limits):
        with Fetcher(FetchLimits(**{"total_seconds": PATIENCE_SECONDS, **limits}), "x") as fetcher:
            return fetcher(FetchRequest(url, allow_private=allow_private), NOW)

    return look


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_hop_is_an_exchange_with_its_own_body(site, fetch, status):
    site.serve("/new", "arrived")
    url = site.redirect("/old", "/new", status=status, body="moved")
    first, second = fetch(url).exchanges
    assert (first.url, first.status, first.body, first.header("location")) == (url, status, b"moved", "/new")
    assert (second.url, second.status, second.body) == (site.url("/new"), 200, b"arrived")
    assert [request.method for request in site.requests] == ["GET", "GET"]


@pytest.mark.parametrize("headers", [[], [("Location", "")], [("Location", "  ")]])
def test_a_redirect_to_nowhere_is_the_end(site, fetch, headers):
    look = fetch(site.serve("/", "x", status=302, headers=headers))
    assert (len(look.exchanges), look.final.status, look.failure) == (1, 302, None)


@pytest.mark.parametrize("status", [200, 201, 300, 304])
def test_a_location_beside_another_status_is_not_followed(site, fetch, status):
    assert len(fetch(site.redirect("/", "/new", status=status)).exchanges) == 1


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("sub?x=1#part", "/dir/sub?x=1"),
        ("?y=2", "/dir/page?y=2"),
        ("../up", "/up"),
        ("/a b", "/a%20b"),
        ("/caf\u00c3\u00a9", "/caf%C3%A9"),  # UTF-8 on the wire, as most servers send it
        ("/caf\u00e9", "/caf%E9"),  # latin-1 on the wire: bytes are escaped as they are
        ("/\u00ae\u00c3\u00a9?q=\u00ff", "/%AE%C3%A9?q=%FF"),  # both
        ("/already%20escaped%2F", "/already%20escaped%2F"),
    ],
)
def test_locations_are_resolved_as_browsers_do(site, fetch, location, asked):
    url = site.redirect("/dir/page", location)
    assert fetch(url).final.url == site.url(asked)
    assert site.requests[1].path == asked


@pytest.mark.parametrize(
    "location",
    ["ftp://127.0.0.1/x", "javascript:alert(1)", "http://[broken", "file:///etc/passwd"],
)
def test_a_location_that_cannot_be_followed_is_a_failure_after_the_hop(site, fetch, location):
    look = fetch(site.redirect("/", location))
    first, last = look.exchanges
    assert first.status == 302
    assert (last.url, last.failure.kind, last.failure.transient, last.request_headers) == (
        location,
        FailureKind.BAD_URL,
        False,
        (),
    )


@pytest.mark.parametrize(
    "location",
    [
        "http://user:secret@{host}/ok",
        "HTTP:\\\\user:secret@{host}/ok",
        "//user:secret@{host}/ok",
        "http:user:secret@{host}/ok",
        "https:///user:secret@{host}/ok",
        "http://user:sec@secret@{host}/ok",
        "http:/\t/user:sec\tret@{host}/ok",
        "\x01http://user:secret@{host}/ok",
        "http://user:secret@{host}:99999/",
        "http://user:se/secret@{host}/ok",
        "http://user:secret@[broken/",
        "ftp://user:secret@{host}/ok",
        "http://secret@{host}/ok",
    ],
)
def test_a_password_in_a_redirect_is_kept_nowhere(site, fetch, location):
    look = fetch(site.redirect("/", location.format(host=f"127.0.0.1:{site.port}"), headers=[("Server", "a@b")]))
    assert look.failure.kind is FailureKind.BAD_URL
    assert "secret" not in repr(look)
    assert "user" not in repr(look).replace("user name", "")
    assert "redacted@" in look.exchanges[0].header("Location")
    assert look.exchanges[0].header("Server") == "a@b"
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Content-Location", "http://u:p@a.example/", "http://redacted@a.example/"),
        ("Link", "<http://u:p@a.example/>; rel=x, </m@n>", "<http://redacted@a.example/>; rel=x, </m@n>"),
        ("Refresh", "5; url=http://u:p@a.example/", "5; url=http://redacted@a.example/"),
        ("Refresh", "5;URL='//u:p@a.example/'", "5;URL='//redacted@a.example/'"),
        ("Link", "<http://a.example//img@2x.png>, <mailto:u@a.example>", None),
        ("Location", "/img@2x.png", None),
        ("X-Contact", "http://u:p@a.example/", None),
    ],
)
def test_a_password_in_another_field_that_holds_a_url_is_not_kept(site, fetch, name, value, kept):
    url = site.serve("/", "x", headers=[(name, value)])
    assert fetch(url).final.header(name) == (value if kept is None else kept)


def test_a_target_that_is_no_url_is_kept_within_bounds(site, fetch):
    look = fetch(site.redirect("/", "http://[" + "a\x00\x9b" * 20_000))
    assert look.failure.kind is FailureKind.BAD_URL
    assert len(look.failure.message) < 500
    assert len(look.final.url) <= 2_000
    assert look.final.url.isprintable()


@pytest.mark.parametrize("value", ["a\0b", "a\x01b", "x" * 20_000])
def test_a_cookie_that_cannot_be_sent_back_does_not_end_the_fetch(site, fetch, value):
    site.serve("/end", "arrived")
    look = fetch(site.redirect("/", "/end", headers=[("Set-Cookie", f"a={value}")]))
    assert look.final.body == b"arrived"
    assert site.requests[1].header("Cookie") is None


def test_a_loop_is_noticed_at_its_first_turn(site, fetch):
    look = fetch(site.redirect_loop("/a"))
    assert [exchange.status for exchange in look.exchanges] == [302, 302, None]
    assert look.failure.kind is FailureKind.TOO_MANY_REDIRECTS
    assert len(site.requests) == 2


def test_a_redirect_to_itself_that_sets_a_cookie_is_no_loop(site, fetch):
    def welcome(request):
        if request.header("Cookie") == "seen=yes":
            return Answer("hello")
        return Answer(status=302, headers=[("Location", "/"), ("Set-Cookie", "seen=yes; Path=/")])

    site.route("/", welcome)
    look = fetch(site.url())
    assert [exchange.status for exchange in look.exchanges] == [302, 200]
    assert ("Cookie", "seen=yes") in look.final.request_headers


def test_cookies_are_discarded_after_a_fetch(site):
    site.serve("/end", "x")
    url = site.redirect("/", "/end", headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    with Fetcher(FetchLimits(), "x") as fetcher:
        for _ in range(2):
            fetcher(FetchRequest(url, allow_private=True), NOW)
    assert [request.header("Cookie") for request in site.requests] == [None, "a=1; b=2"] * 2


def test_cookies_of_one_host_are_not_sent_to_another(site, sites, monkeypatch):
    other = sites("127.0.0.2")
    other.serve("/", "x")
    monkeypatch.setattr("monitor.transport.connection.refused", lambda address: False)
    with Fetcher(FetchLimits(), "x") as fetcher:
        fetcher(FetchRequest(site.redirect("/", other.url(), headers=[("Set-Cookie", "a=1")])), NOW)
    assert other.requests[0].header("Cookie") is None


def test_ten_redirects_are_followed_and_the_eleventh_is_not(site, fetch):
    site.serve("/end", "arrived")
    assert fetch(site.redirect_chain("/ten", 10, "/end")).final.body == b"arrived"
    look = fetch(site.redirect_chain("/eleven", 11, "/end"))
    assert look.failure.kind is FailureKind.TOO_MANY_REDIRECTS
    assert len(look.exchanges) == 12
    assert (look.final.url, site.requests[-1].path) == (site.url("/end"), "/eleven-10")


def test_a_redirect_from_an_allowed_host_to_another_private_one_is_refused(site, sites, fetch):
    other = sites("127.0.0.2")
    look = fetch(site.redirect("/", other.url("/secret")))
    assert [exchange.status for exchange in look.exchanges] == [302, None]
    assert look.failure.kind is FailureKind.REFUSED_ADDRESS
    assert not look.failure.transient
    assert look.final.peer is None
    assert other.connections == 0


def test_a_redirect_from_an_allowed_host_to_another_port_of_it_is_refused(site, sites, fetch):
    other = sites("127.0.0.1")
    assert fetch(site.redirect("/", other.url())).failure.kind is FailureKind.REFUSED_ADDRESS
    assert other.connections == 0


def test_a_redirect_within_the_allowed_endpoint_is_followed(site, fetch):
    site.serve("/end", "arrived")
    assert fetch(site.redirect("/", site.url("/end"))).final.body == b"arrived"


def test_the_deadline_is_for_all_hops_together(site, fetch):
    def look_within(seconds):
        def slow(request):
            request.pause(0.3 * seconds)
            return Answer(status=302, headers=[("Location", f"{request.path}x")])

        for length in range(1, 9):
            site.route("/" + "x" * length, slow)
        return fetch(site.url("/x"), total_seconds=seconds)

    look = given_time(0.5, look_within, enough=lambda cut: len(cut.exchanges) > 1)
    assert look.failure.kind is FailureKind.TIMEOUT
    assert 2 <= len(look.exchanges) <= 5
