"""One look at a page: what was asked, what came, as it came."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.fetching.conditional import has_failed_condition
from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import FailureKind, FetchRequest, Validators
from monitor.ports import Fetch
from tests.support.sites import Answer, chunked

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def fetch():
    with Fetcher(FetchLimits(), "Pagewitness/test") as fetcher:
        yield lambda url, **parts: fetcher(FetchRequest(url, **{"allow_private": True, **parts}), NOW)


def test_a_fetcher_implements_the_port():
    fetcher: Fetch = Fetcher(FetchLimits(), "x")
    fetcher.close()


def test_an_exchange_records_request_and_response(site, fetch):
    url = site.serve("/a?b=1", "<p>85 members</p>", etag='"1"')
    began = time.monotonic()
    (exchange,) = fetch(url).exchanges
    took = timedelta(seconds=time.monotonic() - began)
    assert exchange.url == url
    assert exchange.request_headers == (
        ("Host", f"127.0.0.1:{site.port}"),
        ("User-Agent", "Pagewitness/test"),
        ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
        ("Accept-Encoding", "gzip, deflate"),
    )
    assert exchange.request_headers == site.requests[0].headers
    assert (exchange.status, exchange.reason, exchange.http_version) == (200, "OK", "HTTP/1.1")
    assert exchange.response_headers == (
        ("Content-Type", "text/html; charset=utf-8"),
        ("ETag", '"1"'),
        ("Content-Length", "17"),
    )
    assert exchange.body == b"<p>85 members</p>"
    assert exchange.entity_sha256 == hashlib.sha256(exchange.body).hexdigest()
    assert exchange.entity_bytes == 17
    assert exchange.peer == f"127.0.0.1:{site.port}"
    assert (exchange.tls_version, exchange.tls_cipher, exchange.truncated, exchange.failure) == (None, None, None, None)
    assert timedelta(0) <= exchange.started_at - NOW <= took
    assert 0 <= exchange.elapsed_ms <= took / timedelta(milliseconds=1) + 1


def test_header_fields_keep_order_case_and_duplicates(site, fetch):
    fields = [
        ("X-b", "1"),
        ("Set-Cookie", "a=1"),
        ("x-A", "2"),
        ("Set-Cookie", "b=2, c"),
        ("X-B", "3"),
        ("X-Empty", ""),
    ]
    url = site.serve("/", "", headers=fields, content_type=None)
    assert fetch(url).final.response_headers == (*fields, ("Content-Length", "0"))


LATIN = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=30).map(
    lambda text: text.strip(" \t")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LATIN)
def test_header_values_come_through_byte_for_byte(site, fetch, value):
    url = site.serve("/", "x", headers=[("X-Any", value)])
    assert fetch(url).final.header("X-Any") == value


def test_a_status_without_a_phrase_and_an_old_version_are_recorded(site, fetch):
    site.garbage("/", b"HTTP/1.0 299\r\nX: y\r\n\r\nold")
    exchange = fetch(site.url()).final
    assert (exchange.status, exchange.reason, exchange.http_version, exchange.body) == (299, "", "HTTP/1.0", b"old")


@pytest.mark.parametrize("status", [204, 404, 410, 429, 500, 503])
def test_an_error_status_is_a_response_like_any_other(site, fetch, status):
    look = fetch(site.serve("/", "" if status == 204 else "sorry", status=status))
    assert (look.final.status, look.failure) == (status, None)
    assert look.final.body == (b"" if status == 204 else b"sorry")


def test_interim_responses_are_skipped(site, fetch):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    url = site.garbage("/", interim + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    exchange = fetch(url).final
    assert (exchange.status, exchange.body, exchange.response_headers) == (200, b"ok", (("Content-Length", "2"),))


def test_a_chunked_entity_is_taken_without_its_chunks(site, fetch):
    wire = chunked([b"one ", b"two ", b"x" * 100_000])
    site.route("/", lambda request: Answer(wire, headers=[("Transfer-Encoding", "chunked")]))
    exchange = fetch(site.url()).final
    assert exchange.body == b"one two " + b"x" * 100_000
    assert exchange.entity_bytes == 100_008
    assert exchange.truncated is None
    assert fetch(site.url()).final.status == 200
    assert site.connections == 1


# --- validators ---


def test_validators_are_sent_byte_for_byte_and_a_304_is_recorded(site, fetch):
    etag, date = 'W/"caf\xe9 ,x"', "Mon, 01 Mar 2021 12:00:00 GMT"
    url = site.serve("/", "body", etag=etag, last_modified=date)
    look = fetch(url, validators=Validators(url, etag, date, 7, ""))
    assert (look.final.status, look.final.body, look.final.entity_bytes, look.failure) == (304, b"", 0, None)
    assert site.requests[0].header("If-None-Match") == etag
    assert site.requests[0].header("If-Modified-Since") == date


def test_each_validator_is_sent_only_where_there_is_one(site, fetch):
    url = site.serve("/", "body")
    fetch(url, validators=Validators(url, None, "yesterday", 7, ""))
    assert site.requests[0].header("If-None-Match") is None
    assert site.requests[0].header("If-Modified-Since") == "yesterday"


def test_validators_are_sent_to_no_other_url(site, fetch):
    site.serve("/new", "body", etag='"1"')
    url = site.redirect("/", "/new")
    fetch(url, validators=Validators(url, '"1"', None, 7, ""))
    assert [request.header("If-None-Match") for request in site.requests] == ['"1"', None]
    look = fetch(url, validators=Validators(site.url("/new"), '"1"', None, 7, ""))
    assert [exchange.status for exchange in look.exchanges] == [302, 304]


def test_a_304_to_an_unconditional_request_is_an_ordinary_response(site, fetch):
    site.route("/", lambda request: Answer(status=304, content_type=None))
    assert (fetch(site.url()).final.status, fetch(site.url()).failure) == (304, None)


@pytest.mark.parametrize(
    "text", ["a\nb: c", "a\rb", '"a\0b"', '"\ufffd"', '"\u20ac"', '"a\x7f"', " a", "a ", "", "a" * 1_025]
)
def test_a_validator_that_cannot_be_sent_is_left_out(site, fetch, text):
    url = site.serve("/", "body")
    assert fetch(url, validators=Validators(url, text, text, 7, "")).final.body == b"body"
    (request,) = site.requests
    assert (request.header("If-None-Match"), request.header("If-Modified-Since")) == (None, None)


@pytest.mark.parametrize("status", [400, 412, 431])
def test_a_refused_conditional_request_is_repeated_unconditionally(site, fetch, status):
    def picky(request):
        return Answer("no", status) if request.header("If-None-Match") else Answer("body")

    url = site.route("/", picky)
    look = fetch(url, validators=Validators(url, '"1"', None, 7, ""))
    assert [exchange.status for exchange in look.exchanges] == [status, 200]
    assert has_failed_condition(look)
    assert [exchange.status for exchange in fetch(url).exchanges] == [200]
    site.route("/", lambda request: Answer("no", status))
    look = fetch(url, validators=Validators(url, '"1"', None, 7, ""))
    assert [exchange.status for exchange in look.exchanges] == [status, status]


@pytest.mark.parametrize(
    ("came", "asked"),
    [('"1"', 1), ('W/"1"', 1), ("1", 1), ('"1-gzip"', 1), (None, 1), ("", 1), ('"2"', 2), ('W/"2"', 2)],
)
def test_a_304_for_another_entity_is_discarded(site, fetch, came, asked):
    def confused(request):
        tags = [("ETag", came)] if came is not None else []
        return Answer(status=304, headers=tags, content_type=None) if request.header("If-None-Match") else Answer("new")

    url = site.route("/", confused)
    look = fetch(url, validators=Validators(url, '"1"', None, 7, ""))
    assert (len(site.requests), look.final.status) == (asked, 304 if asked == 1 else 200)


# --- connections ---


def test_one_connection_serves_a_visit(site, fetch):
    for number in range(5):
        site.serve(f"/{number}", "x" * 1000)
        fetch(site.url(f"/{number}"))
    assert site.connections == 1


def test_a_connection_closed_by_the_server_is_replaced(site, fetch):
    calls = []

    def once(request):
        calls.append(request)
        return None if len(calls) == 2 else Answer("hello")

    site.route("/", once)
    assert [fetch(site.url()).final.body for _ in range(3)] == [b"hello"] * 3
    assert len(calls) == 4


def test_a_new_connection_that_fails_is_not_tried_again(site, fetch):
    url = site.hang_up("/")
    assert fetch(url).failure.kind is FailureKind.PROTOCOL
    assert len(site.requests) == 1


def test_a_connection_opened_for_an_allowed_page_serves_no_other(site, fetch):
    url = site.serve("/", "hello")
    assert fetch(url).failure is None
    assert fetch(url, allow_private=False).failure.kind is FailureKind.REFUSED_ADDRESS


def test_a_closed_fetcher_opens_new_connections(site):
    url = site.serve("/", "hello")
    with closing(Fetcher(FetchLimits(), "x")) as fetcher:
        for _ in range(2):
            assert fetcher(FetchRequest(url, allow_private=True), NOW).failure is None
            fetcher.close()
    assert site.connections == 2


def test_the_time_an_exchange_took_is_measured_on_the_clock_handed_in(site):
    ticks = iter(range(100))
    url = site.redirect("/", "/end")
    with Fetcher(FetchLimits(), "x", clock=lambda: float(next(ticks))) as fetcher:
        first, second = fetcher(FetchRequest(url, allow_private=True), NOW).exchanges
    assert first.started_at == NOW + timedelta(seconds=1)
    assert first.elapsed_ms == 1000
    assert second.started_at > first.started_at
