"""Header fields of a page: sent to its own origin only, and recorded without secret values. Over real HTTP on loopback."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.fetching.origin_headers import REDACTED, OriginHeaders, with_cookies
from monitor.model import FetchRequest, FetchResult, Validators
from tests.support.sites import Answer, Site

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
HEADERS = (
    ("X-Api", "k1"),
    ("Accept-Language", "de"),
    ("Cookie", "session=s1; lang=de"),
    ("Authorization", "Basic bTpw"),
)
SECRET = frozenset({"x-api", "cookie", "authorization"})


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names under .example lead to 127.0.0.1, and that counts as a public address, so that redirects can lead to other origins."""
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        return real("127.0.0.1" if str(host).endswith(".example") else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("monitor.transport.connection.refused", lambda address: address != "127.0.0.1")


def fetch(url: str, validators: Validators | None = None) -> FetchResult:
    with Fetcher(FetchLimits(total_seconds=20), "Pagewitness/test") as fetcher:
        return fetcher(FetchRequest(url, True, validators, HEADERS, SECRET), NOW)


def sent(site: Site, path: str) -> list[dict[str, str | None]]:
    return [
        {name: request.header(name) for name, _ in HEADERS if request.header(name) is not None}
        for request in site.requests_for(path)
    ]


def test_the_fields_are_sent_and_their_secret_values_not_recorded(site: Site):
    result = fetch(site.serve("/", "<p>x</p>"))
    assert sent(site, "/") == [dict(HEADERS)]
    recorded = dict(result.final.request_headers)
    assert {name: recorded[name] for name, _ in HEADERS} == {
        "X-Api": REDACTED,
        "Accept-Language": "de",
        "Cookie": REDACTED,
        "Authorization": REDACTED,
    }
    assert not any(secret in str(result) for secret in ("k1", "s1", "bTpw"))


def test_redirects_within_the_origin_keep_them(site: Site):
    site.serve("/new", "<p>x</p>")
    fetch(site.redirect("/old", "/new"))
    assert sent(site, "/old") == sent(site, "/new") == [dict(HEADERS)]


@pytest.mark.usefixtures("names")
def test_another_origin_gets_none_and_neither_does_the_own_one_after_it(site: Site):
    site.serve("/third", "<p>x</p>")
    site.redirect("/second", site.url("/third", "own.example"))
    site.redirect("/first", site.url("/second", "other.example"))
    result = fetch(site.url("/first", "own.example"))
    assert [exchange.status for exchange in result.exchanges] == [302, 302, 200]
    assert sent(site, "/first") == [dict(HEADERS)]
    assert sent(site, "/second") == sent(site, "/third") == [{}]


@pytest.mark.usefixtures("names")
def test_another_port_is_another_origin(site: Site):
    with Site() as other:
        other.serve("/", "<p>x</p>")
        site.redirect("/", other.url("/", "own.example"))
        fetch(site.url("/", "own.example"))
        assert sent(other, "/") == [{}]


def test_a_cookie_that_the_server_sets_replaces_the_one_of_the_page(site: Site):
    site.route(
        "/", lambda _: Answer("", status=302, headers=[("Location", "/in"), ("Set-Cookie", "session=s2; Path=/")])
    )
    site.serve("/in", "<p>x</p>")
    result = fetch(site.url("/"))
    (request,) = site.requests_for("/in")
    assert request.header("Cookie") == "lang=de; session=s2"
    assert dict(result.final.request_headers)["Cookie"] == REDACTED


def test_conditional_requests_have_them_too(site: Site):
    url = site.serve("/", "<p>x</p>", etag='"1"')
    result = fetch(url, Validators(url, '"1"', None, 1, "0" * 64))
    assert result.final.status == 304
    assert sent(site, "/") == [dict(HEADERS)]


def test_robots_txt_is_requested_without_them(site: Site):
    site.serve("/robots.txt", "", content_type="text/plain")
    with Fetcher(FetchLimits(), "Pagewitness/test") as fetcher:
        fetcher(FetchRequest(site.url("/"), True, None, HEADERS, SECRET), NOW)
        fetcher.robots(site.url("/robots.txt"), NOW, allow_private=True)
    assert sent(site, "/robots.txt") == [{}]


def test_a_page_can_have_a_proxy_of_its_own_whose_password_is_not_recorded(site: Site):
    site.route("http://198.51.100.1/", lambda _: Answer("from the proxy"))
    proxy = site.url("").replace("//", "//me:hunter2@")
    with Fetcher(FetchLimits(), "Pagewitness/test") as fetcher:
        result = fetcher(FetchRequest("http://198.51.100.1/", proxy=proxy), NOW)
    assert result.final.body == b"from the proxy"
    assert site.requests[0].header("Proxy-Authorization") == "Basic bWU6aHVudGVyMg=="
    assert dict(result.final.request_headers)["Proxy-Authorization"] == REDACTED


@given(
    st.lists(
        st.sampled_from(["https://a.example/", "https://a.example/x", "https://a.example:444/", "http://a.example/"])
    )
)
def test_once_the_origin_is_left_nothing_is_sent_any_more(urls):
    own = OriginHeaders("https://a.example/", (("X", "1"),), frozenset())
    results = [bool(own.for_request_to(url)) for url in urls]
    inside = [url in {"https://a.example/", "https://a.example/x"} for url in urls]
    assert results == [all(inside[: place + 1]) for place in range(len(urls))]


@pytest.mark.parametrize(
    ("own", "received", "merged"),
    [(None, "a=1", "a=1"), ("a=1; b=2", "b=3", "a=1; b=3"), ("a=1", "a=2; c=3", "a=2; c=3")],
)
def test_cookies_are_merged_by_name(own, received, merged):
    assert with_cookies(own, received) == merged
