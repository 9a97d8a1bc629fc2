"""Heads of HTTP messages in records, and back."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.warc.http_message import (
    read_request_head,
    read_response_head,
    received_headers,
    recorded_headers,
    split_message,
)

NAMES = st.sampled_from(
    ["Content-Type", "content-length", "Content-Encoding", "TRANSFER-ENCODING", "Set-Cookie", "X-Odd"]
)
VALUES = st.text(string.ascii_letters + string.digits + "-;=, \xe9\xff", max_size=20).map(str.strip)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.booleans(), st.integers(0, 10**6))
def test_recorded_header_fields_are_restored(headers, is_decoded, length):
    recorded = recorded_headers(tuple(headers), is_decoded=is_decoded, length=length)
    assert received_headers(recorded) == tuple(headers)
    lengths = [value for name, value in recorded if name.lower() == "content-length"]
    assert lengths in ([], [str(length)])
    assert "transfer-encoding" not in {name.lower() for name, _ in recorded}


def test_fields_of_browsertrix_are_restored():
    recorded = (
        ("content-type", "text/html"),
        ("x-orig-content-encoding", "br"),
        ("x-orig-transfer-encoding", "chunked"),
    )
    restored = received_headers((*recorded, ("content-length", "99")))
    assert restored == (("content-type", "text/html"), ("content-encoding", "br"), ("transfer-encoding", "chunked"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"HTTP/1.1 200 OK", ("HTTP/1.1", 200, "OK")),
        (b"HTTP/1.0 404", ("HTTP/1.0", 404, "")),
        (b"HTTP/2 200 ", ("HTTP/2", 200, "")),
        (b"http/1.1  301  Moved  away", ("HTTP/1.1", 301, "Moved  away")),
        (b"HTTP/1.1 200 \xe4\xbd\xa0", ("HTTP/1.1", 200, "\xe4\xbd\xa0")),
    ],
)
def test_status_lines(line, expected):
    head = read_response_head(line + b"\r\nServer: x")
    assert (head.http_version, head.status, head.reason) == expected
    assert head.headers == (("Server", "x"),)


@pytest.mark.parametrize(
    "line", [b"", b"<html>", b"HTTP/1.1 OK", b"GET / HTTP/1.1", b"HTTP/1.1 20000 x", b"ICY 200 OK"]
)
def test_what_is_no_status_line_is_refused(line):
    with pytest.raises(ValueError, match="status line"):
        read_response_head(line)


def test_folded_and_malformed_fields():
    head = read_response_head(b"HTTP/1.1 200 OK\nA: 1\n  2\n\t3\nno colon\n: nameless\nB :4\nC:")
    assert head.headers == (("A", "1 2 3"), ("B", "4"), ("C", ""))


def test_a_request_has_no_host():
    assert read_request_head(b"get /x HTTP/1.0\r\nhost: a\r\nAccept: */*") == ("GET", (("Accept", "*/*"),))
    with pytest.raises(ValueError, match="request line"):
        read_request_head(b"HTTP/1.1 200 OK")


def test_messages_are_split_at_the_first_empty_line():
    assert split_message(b"A\r\nB\r\n\r\nbody\r\n\r\nmore") == (b"A\r\nB", b"body\r\n\r\nmore")
    assert split_message(b"A\n\nbody") == (b"A", b"body")
    assert split_message(b"A\r\nB\r\n") == (b"A\r\nB\r\n", b"")
