"""The head of a response, in every form that servers and attackers give it: read as browsers read it, or a failure with a reason."""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import FailureKind, FetchRequest, Truncation
from monitor.transport.response import MAX_FIELDS, read_fields
from tests.support.sites import Answer, chunked

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def fetch():
    with Fetcher(FetchLimits(), "Pagewitness/test") as fetcher:
        yield lambda url: fetcher(FetchRequest(url, allow_private=True), NOW)


def fields(text: bytes) -> list[tuple[str, str]]:
    return read_fields(io.BytesIO(text))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"A: b\r\n\r\n", [("A", "b")]),
        (b"A: b\nC:d\n\n", [("A", "b"), ("C", "d")]),
        (b"A: b\r\n  c\r\n\td\r\n\r\n", [("A", "b c d")]),
        (b"A:\r\n b\r\n\r\n", [("A", "b")]),
        (b" lost\r\nA: b\r\n\r\n", [("A", "b")]),
        (b"A : b\r\n\r\n", [("A", "b")]),
        (b"My Field: b\r\n\r\n", [("My Field", "b")]),
        (b"no field\r\n: none\r\n :\r\nA: b\r\n\r\n", [("A", "b")]),
        (b"A: b: c\r\nA: d\r\n\r\n", [("A", "b: c"), ("A", "d")]),
        (b"A: \xe9\0\x9b \t\r\n\r\n", [("A", "\xe9\0\x9b")]),
        (b"A: b\rC: d\r\n\r\n", [("A", "b\rC: d")]),
        (b"\xff: b\r\n\r\n", [("\xff", "b")]),
        (b"\r\n", []),
    ],
)
def test_fields_are_read_as_browsers_do(sent, expected):
    assert fields(sent) == expected


def test_as_many_fields_as_large_vendors_send_are_read(site, fetch):
    many = [("Set-Cookie", f"c{number}={number}; Path=/") for number in range(MAX_FIELDS - 2)]
    exchange = fetch(site.serve("/", "body", headers=many)).final
    assert (exchange.status, exchange.body, exchange.failure) == (200, b"body", None)
    assert exchange.response_headers == (
        ("Content-Type", "text/html; charset=utf-8"),
        *many,
        ("Content-Length", "4"),
    )
    assert fetch(site.url()).final.status == 200
    assert site.connections == 1


@pytest.mark.parametrize(
    ("sent", "status", "body"),
    [
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", 200, b"to the end"),
        (b"HTTP/0.9 200 OK\r\n\r\nto the end", 200, b"to the end"),
        (b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 199 Odd\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 101, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nstray", 204, b""),
        (b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", 205, b""),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nok", 206, b"ok"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nstray", 304, b""),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nno", 999, b"no"),
        (OK + b"Content-Length : 2\r\n\r\nok and more", 200, b"ok"),
        (OK + b"no field\r\nContent-Length: 2\r\n\r\nok and more", 200, b"ok"),
        (OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok and more", 200, b"ok"),
        (OK + b"Content-Length: -1\r\n\r\nto the end", 200, b"to the end"),
        (OK + b"Content-Length: " + b"9" * 5_000 + b"x\r\n\r\nto the end", 200, b"to the end"),
        (OK + b"Content-Length: \xb2\r\n\r\nto the end", 200, b"to the end"),
        (OK + b"Content-Length: \r\n\r\nto the end", 200, b"to the end"),
        (OK + b"Transfer-Encoding: Chunked\r\n\r\n" + chunked([b"one", b"two"]), 200, b"onetwo"),
        (OK + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 3\r\n\r\n" + chunked([b"onetwo"]), 200, b"onetwo"),
        (OK + b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok and more", 200, b"ok"),
        (OK + b"Transfer-Encoding: identity, chunked\r\n\r\n" + chunked([b"onetwo"]), 200, b"onetwo"),
    ],
)
def test_odd_responses_are_taken(site, fetch, sent, status, body):
    look = fetch(site.garbage("/", sent))
    assert (look.failure, look.final.status, look.final.body, look.final.truncated) == (None, status, body, None)


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"Content-Length: 99999999999999999999\r\n\r\nshort", b"short"),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n", b"one"),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\nzz\r\n", b"one"),
        (b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\none", b"one"),
    ],
)
def test_a_body_that_is_not_as_long_as_it_says_is_cut_short(site, fetch, sent, body):
    exchange = fetch(site.garbage("/", OK + sent)).final
    assert (exchange.status, exchange.body, exchange.truncated) == (200, body, Truncation.DISCONNECT)


def test_what_follows_a_response_without_a_body_is_not_taken_for_the_next_one(site, fetch):
    stray = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"

    def answer(request):
        request.socket.sendall(b"HTTP/1.1 304 Not Modified\r\nContent-Length: %d\r\n\r\n" % len(stray) + stray)

    site.route("/first", answer)
    site.serve("/second", "true")
    assert fetch(site.url("/first")).final.status == 304
    assert fetch(site.url("/second")).final.body == b"true"


def test_nothing_that_a_server_sends_reaches_a_log(site, fetch, caplog):
    with caplog.at_level(logging.WARNING):
        fetch(site.garbage("/", OK + b"stray \x9b header\r\nA : b\r\nno field\r\nX: \0\r\n\r\n"))
        fetch(site.route("/2", lambda request: Answer(chunked([b"x"]), headers=[("Transfer-Encoding", "chunked")])))
    assert caplog.records == []


LINES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                b"HTTP/1.1 200 OK",
                b"HTTP/1.1 103 Early Hints",
                b"HTTP/1.1 304 Not Modified",
                b"Content-Length: 5",
                b"Content-Length: -5, 5",
                b"Transfer-Encoding: chunked",
                b"Transfer-Encoding: gzip",
                b"Content-Encoding: gzip",
                b"Location: http://u:p@[::/",
                b"Set-Cookie: a=b; expires=Fri, 31 Dec 9999 23:59:59 GMT; max-age=" + b"9" * 40,
                b"Connection: close\xff",
                b" folded",
                b"",
                b"5",
                b"-5",
            ]
        ),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(LINES)
def test_any_response_yields_a_fetch_result(site, fetch, lines):
    look = fetch(site.garbage("/", OK + b"\r\n".join(lines) + b"\r\n\r\n"))
    assert look.failure is None or look.failure.message.isprintable()
    assert look.failure is None or look.failure.kind in (FailureKind.PROTOCOL, FailureKind.BAD_URL, FailureKind.TIMEOUT)
