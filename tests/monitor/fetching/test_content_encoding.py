"""Decoding is the inverse of encoding, within limits, and never raises."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from monitor.fetching.content_encoding import decode
from monitor.model import Truncation

LIMIT = 100_000


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


CODERS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}


@given(st.binary(max_size=5000), st.lists(st.sampled_from(sorted(CODERS)), max_size=4))
def test_random_bytes_survive_any_codings(data, codings):
    entity = data
    for coding in codings:
        entity = CODERS[coding](entity)
    for values in (codings, [", ".join(codings)], [" ,".join(codings).upper()]):
        decoded = decode(entity, values, LIMIT)
        assert (decoded.body, decoded.truncated) == (data, None)


@given(st.binary(max_size=5000))
def test_random_bytes_survive_the_bare_stream_that_some_call_deflate(data):
    decoded = decode(raw_deflate(data), ["deflate"], LIMIT)
    assert (decoded.body, decoded.truncated) == (data, None)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=6))
def test_members_follow_one_another(parts):
    entity = b"".join(gzip.compress(part) for part in parts)
    assert decode(entity, ["gzip"], LIMIT).body == b"".join(parts)


@given(st.binary(max_size=2000), st.integers(0, 2500))
def test_a_limit_cuts_exactly_there(data, limit):
    decoded = decode(gzip.compress(data), ["gzip"], limit)
    assert decoded.body == data[:limit]
    assert decoded.truncated is (Truncation.LENGTH if len(data) > limit else None)


@given(st.binary(min_size=1, max_size=2000), st.integers(0, 2100), st.sampled_from(["gzip", "deflate"]))
def test_a_stream_cut_anywhere_gives_a_beginning_of_the_whole_and_says_so(data, at, coding):
    entity = CODERS[coding](data)
    if 2 < at < len(entity):
        decoded = decode(entity[:at], [coding], LIMIT)
        assert data.startswith(decoded.body)
        assert decoded.truncated is Truncation.DISCONNECT


@given(st.binary(max_size=2000), st.lists(st.sampled_from(["gzip", "deflate", "br", "", "x;y"]), max_size=3))
def test_nothing_raises_and_nothing_is_lost(entity, codings):
    decoded = decode(entity, codings, LIMIT)
    assert len(decoded.body) <= max(LIMIT, len(entity))
    if not set(codings) & {"gzip", "deflate"}:
        assert decoded.body == entity


@given(st.binary(max_size=200).filter(lambda data: not data.startswith(b"\x1f\x8b")))
def test_what_is_labelled_gzip_and_is_none_stays_as_it_came(data):
    decoded = decode(data + b"..", ["gzip"], LIMIT)
    assert (decoded.body, decoded.truncated) == (data + b"..", None)


def test_a_wrong_checksum_keeps_the_whole_body_and_says_that_something_is_wrong():
    entity = gzip.compress(b"85 members" * 1000)
    decoded = decode(entity[:-8] + bytes(8), ["gzip"], LIMIT)
    assert (decoded.body, decoded.truncated) == (b"85 members" * 1000, Truncation.DISCONNECT)
