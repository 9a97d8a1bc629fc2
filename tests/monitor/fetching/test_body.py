"""Bodies that are encoded, endless, cut off, or not what they say."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
import zlib
from datetime import UTC, datetime

import pytest

from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import FailureKind, FetchRequest, Truncation
from tests.support.pace import costs_less_than
from tests.support.patience import PATIENCE_SECONDS, given_time
from tests.support.sites import Answer, chunked

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
TEXT = b"<p>" + b"85 members of the coalition. " * 500 + b"</p>"


@pytest.fixture
def fetch():
    """Looks with a small body and all the time they need; keywords are FetchLimits."""

    def look(url, **limits):
        chosen = {"total_seconds": PATIENCE_SECONDS, "max_body_bytes": 1_000_000, **limits}
        with Fetcher(FetchLimits(**chosen), "x") as fetcher:
            return fetcher(FetchRequest(url, allow_private=True), NOW)

    return look


def encoded(site, entity, *codings):
    return site.serve("/", entity, headers=[("Content-Encoding", coding) for coding in codings])


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("entity", "codings"),
    [
        (gzip.compress(TEXT, mtime=0), ["gzip"]),
        (gzip.compress(TEXT, mtime=0), ["X-GZip"]),
        (zlib.compress(TEXT), ["deflate"]),
        (raw_deflate(TEXT), ["deflate"]),
        (gzip.compress(zlib.compress(TEXT), mtime=0), ["deflate, gzip"]),
        (gzip.compress(zlib.compress(TEXT), mtime=0), ["deflate", "identity, gzip"]),
        (gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0), ["gzip"]),
        (gzip.compress(TEXT, mtime=0) + b"\0\0padding", ["gzip"]),
        (TEXT, ["identity"]),
    ],
)
def test_the_body_is_decoded_and_the_entity_is_counted_as_sent(site, fetch, entity, codings):
    exchange = fetch(encoded(site, entity, *codings)).final
    assert exchange.body == TEXT
    assert exchange.entity_sha256 == hashlib.sha256(entity).hexdigest()
    assert exchange.entity_bytes == len(entity)
    assert exchange.truncated is None


def test_encoding_and_chunks_are_undone_in_order(site, fetch):
    headers = [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]
    wire = chunked([gzip.compress(TEXT)[i : i + 7] for i in range(0, 300, 7)])
    site.route("/", lambda request: Answer(wire, headers=headers))
    assert fetch(site.url()).final.body[:2000] == TEXT[:2000]


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "gzip", "deflate", "compress", "gzip, gzip", "gzip, br", ", ".join(["gzip"] * 6)]
)
def test_a_coding_that_cannot_be_undone_leaves_the_entity_as_the_body(site, fetch, coding):
    exchange = fetch(encoded(site, TEXT, coding)).final
    assert exchange.body == TEXT
    assert hashlib.sha256(exchange.body).hexdigest() == exchange.entity_sha256
    assert (exchange.truncated, exchange.failure) == (None, None)


def test_only_codings_of_the_standard_library_are_asked_for(site, fetch):
    fetch(site.serve("/", "x"))
    assert site.requests[0].header("Accept-Encoding") == "gzip, deflate"


def test_a_stream_that_breaks_keeps_what_came_before_the_break(site, fetch):
    packed = gzip.compress(bytes(range(256)) * 2000, 1)
    broken = packed[:1500] + b"\xff" * 200 + packed[1700:]
    exchange = fetch(encoded(site, broken, "gzip")).final
    assert exchange.truncated is Truncation.DISCONNECT
    assert len(exchange.body) > 256
    assert exchange.body.startswith(bytes(range(256)))


def test_a_stream_that_ends_before_its_end_mark_is_not_whole(site, fetch):
    exchange = fetch(encoded(site, gzip.compress(TEXT)[:-20], "gzip")).final
    assert exchange.truncated is Truncation.DISCONNECT
    assert TEXT.startswith(exchange.body)
    assert exchange.body


def test_a_gzip_bomb_is_bounded_in_memory_and_in_what_is_kept(site, fetch):
    url = site.gzip_bomb("/", 200_000_000)
    tracemalloc.start()
    try:
        exchange = fetch(url).final
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(exchange.body), exchange.truncated) == (1_000_000, Truncation.LENGTH)
    assert peak < 8_000_000


def test_a_bomb_in_a_bomb_is_bounded_at_each_stage(site, fetch):
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    exchange = fetch(encoded(site, bomb, "gzip, gzip"), max_body_bytes=20_000).final
    assert len(exchange.body) <= 20_000
    assert exchange.truncated is Truncation.LENGTH


def test_many_empty_members_cost_little(site, fetch):
    with costs_less_than(1):
        exchange = fetch(encoded(site, gzip.compress(b"") * 40_000, "gzip")).final
    assert exchange.truncated is Truncation.LENGTH


def test_a_body_over_the_limit_is_cut_there(site, fetch):
    exchange = fetch(site.serve("/", b"x" * 1000), max_body_bytes=999).final
    assert (exchange.body, exchange.entity_bytes, exchange.truncated) == (b"x" * 999, 999, Truncation.LENGTH)
    assert exchange.entity_sha256 == hashlib.sha256(b"x" * 999).hexdigest()


def test_a_body_of_exactly_the_limit_is_whole(site, fetch):
    assert fetch(site.serve("/", b"x" * 1000), max_body_bytes=1000).final.truncated is None
    assert fetch(encoded(site, gzip.compress(b"x" * 1000), "gzip"), max_body_bytes=1000).final.truncated is None


def test_an_endless_body_is_cut_at_the_limit(site, fetch):
    exchange = fetch(site.endless("/")).final
    assert (exchange.entity_bytes, exchange.truncated) == (1_000_000, Truncation.LENGTH)


@pytest.mark.parametrize("headers", [[], [("Content-Length", "100000")]])
def test_a_dripped_body_ends_at_the_deadline_and_keeps_what_came(site, fetch, headers):
    url = site.drip_body("/", headers=headers)
    exchange = given_time(0.4, lambda seconds: fetch(url, total_seconds=seconds).final, lambda cut: cut.body)
    assert (exchange.status, exchange.truncated, exchange.failure) == (200, Truncation.TIME, None)
    assert exchange.body
    assert set(exchange.body) == {ord("z")}


def test_a_body_that_stops_coming_ends_at_the_read_timeout(site, fetch):
    def stall(request):
        request.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        request.pause(PATIENCE_SECONDS)

    site.route("/", stall)
    exchange = given_time(0.1, lambda seconds: fetch(site.url(), read_seconds=seconds).final, lambda cut: cut.body)
    assert (exchange.body, exchange.truncated) == (b"half", Truncation.TIME)


@pytest.mark.parametrize("misbehave", ["reset_body", "short_body"])
def test_a_connection_that_breaks_off_keeps_what_came(site, fetch, misbehave):
    exchange = given_time(
        0.05,  # between what is sent and the reset, which may overtake it
        lambda seconds: fetch(getattr(site, misbehave)("/", TEXT, 1_000_000, seconds)).final,
        enough=lambda cut: cut.body == TEXT,
    )
    assert (exchange.status, exchange.body, exchange.truncated) == (200, TEXT, Truncation.DISCONNECT)
    assert exchange.entity_bytes == len(TEXT)


def test_chunks_that_break_off_keep_what_came(site, fetch):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for tail in (b"", b"5\r\nab", b"zz\r\nno chunk\r\n"):
        site.garbage("/", head + b"4\r\nhalf\r\n" + tail)
        exchange = fetch(site.url()).final
        assert exchange.body.startswith(b"half")
        assert exchange.truncated is Truncation.DISCONNECT


def test_half_a_gzip_stream_is_decoded_as_far_as_it_goes(site, fetch):
    packed = gzip.compress(TEXT)
    half = packed[: len(packed) // 2]
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    exchange = fetch(site.garbage("/", head + half)).final
    assert exchange.truncated is Truncation.DISCONNECT
    assert TEXT.startswith(exchange.body)
    assert exchange.body


def test_after_a_cut_body_the_next_fetch_uses_a_clean_connection(site):
    site.endless("/endless")
    site.serve("/", "hello")
    with Fetcher(FetchLimits(max_body_bytes=1000), "x") as fetcher:
        for path in ("/endless", "/", "/endless", "/"):
            exchange = fetcher(FetchRequest(site.url(path), allow_private=True), NOW).final
            assert exchange.failure is None
        assert exchange.body == b"hello"


def test_headers_that_drip_past_the_deadline_are_a_timeout(site, fetch):
    url = site.drip_headers("/")
    look = given_time(0.4, lambda seconds: fetch(url, total_seconds=seconds), lambda cut: cut.final.request_headers)
    assert look.failure.kind is FailureKind.TIMEOUT
    assert look.failure.transient
    assert look.final.body is None
    assert look.final.peer == f"127.0.0.1:{site.port}"
    assert look.final.request_headers
