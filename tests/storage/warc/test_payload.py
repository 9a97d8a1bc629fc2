"""Bodies in payloads: chunks, content codings, and payloads whose fields are wrong about them."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Truncation
from storage.warc.payload import decode_payload, without_chunks
from tests.support.web_archives import HTML

LIMIT = 1_000_000
CJK = "<p>连盟有八十三个成员。同盟には83の加盟国があります。</p>".encode("gb18030")


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x;note=1\r\n%s\r\n" % (len(part), part) for part in parts) + end


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=9))
def test_chunks_are_joined(parts):
    assert without_chunks(chunked(*parts)) == (b"".join(parts), True)


def test_what_is_not_chunked_stays():
    for payload in (HTML, CJK, b"", b"10", b"2\r\nno chunk of this length follows", b"add\n"[:3]):
        assert without_chunks(payload) == (payload, True)


def test_a_chunk_that_is_cut_is_incomplete():
    whole = chunked(b"first part", b"second part")
    assert without_chunks(whole[:-10]) == (b"first partsecond p", False)
    assert without_chunks(chunked(b"first part", end=b"")) == (b"first part", False)


@pytest.mark.parametrize("body", [HTML, CJK], ids=["html", "cjk"])
@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd.compress), ("x-gzip", gzip.compress)],
)
def test_codings_are_undone(coding, encode, body):
    decoded = decode_payload(encode(body), [coding], LIMIT)
    assert (decoded.body, decoded.truncated, decoded.unknown_coding) == (body, None, None)
    assert decode_payload(body, [coding.upper()], LIMIT).body == body  # decoded already
    assert decode_payload(encode(body)[:-3], [coding], LIMIT).truncated is Truncation.DISCONNECT


def test_several_codings_are_undone_in_reverse():
    assert decode_payload(zstd.compress(gzip.compress(HTML)), ["gzip, zstd"], LIMIT).body == HTML
    assert decode_payload(zstd.compress(gzip.compress(HTML)), ["gzip", "zstd"], LIMIT).body == HTML


def test_brotli_is_undone_within_the_limit():
    brotli = pytest.importorskip("brotli")
    for body in (HTML, CJK, HTML * 1000):
        assert decode_payload(brotli.compress(body), ["br"], LIMIT).body == body
        assert decode_payload(body, ["br"], LIMIT).body == body
    cut = decode_payload(brotli.compress(bytes(10**8), quality=1), ["br"], LIMIT)
    assert (len(cut.body), cut.truncated) == (LIMIT, Truncation.LENGTH)
    partial = decode_payload(brotli.compress(HTML * 1000)[:-9], ["br"], LIMIT)
    assert partial.truncated is Truncation.DISCONNECT or partial.body == brotli.compress(HTML * 1000)[:-9]


def test_an_unknown_coding_is_named_and_the_payload_stays():
    decoded = decode_payload(b"\x01\x02", ["gzip, dcb"], LIMIT)
    assert (decoded.body, decoded.unknown_coding) == (b"\x01\x02", "dcb")
    assert decode_payload(HTML, ["identity", ""], LIMIT).unknown_coding is None


@pytest.mark.parametrize("encode", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_a_bomb_is_cut(encode):
    bomb = encode(encode(bytes(10**8)))
    coding = "zstd" if encode is zstd.compress else "gzip"
    began = time.process_time()
    decoded = decode_payload(bomb, [coding, coding], LIMIT)
    assert (len(decoded.body), decoded.truncated) == (LIMIT, Truncation.LENGTH)
    many = decode_payload(encode(b"a") * 50_000, [coding], LIMIT)
    assert many.truncated is Truncation.LENGTH
    assert time.process_time() - began < 3


def test_a_body_beyond_the_limit_is_cut():
    assert decode_payload(bytes(100), [], 10).body == bytes(10)
    assert decode_payload(bytes(100), [], 10).truncated is Truncation.LENGTH
