"""Inputs for the import of archive files: WARC, ARC and WACZ files of records that are odd in one or two respects, then damaged."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import brotli
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

MOST_BYTES = 256 * 1024
"""Maximum length of a file."""
_MOST_RECORDS = 12
_DIGITS = "9" * 400

_KINDS = (
    ("response",) * 6
    + ("revisit",) * 3
    + ("request", "metadata", "resource", "warcinfo", "conversion", "continuation", "Response", "", "x" * 300)
)
_VERSIONS = ("WARC/1.0", "WARC/1.1", "WARC/0.18", "WARC/1.1 ", "WARC/9.9", "warc/1.0", "WARC/", "")
_URLS = (
    "https://a.example/", "https://a.example/b", "https://a.example/c.css", "https://a.example/robots.txt", "<https://a.example/>", "http://a.example/?__wb_method=POST", "dns:a.example", "urn:text:https://a.example/",
    "https://é.example/ä ö", "http://[::1", "http://" + "a" * 300 + ".example/", "https://a.example/" + "b" * 3000, "https://a.example:99999/", "https://u:p@a.example/", "javascript:1", "", " ", "\x00", "https://a.example/\ud7ff",
)  # fmt: skip
_DATES = (
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:00Z",
    "2020-01-02T00:00:00.123456Z",
    "2020-01-03",
    "2020",
    "20200101000000",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "2020-13-45T99:99:99Z",
    "",
    "٢٠٢٠",
    _DIGITS,
)
_PROFILES = (
    "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "http://netpreserve.org/warc/1.0/revisit/server-not-modified",
    "x",
    "",
)
_DIGESTS = (
    "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha1:",
    "md5:x",
    ":",
    "sha256:" + "0" * 64,
    "sha512:" + "=" * 90,
    "é",
)
_FIELDS = (
    *(f"WARC-Payload-Digest: {digest}" for digest in _DIGESTS),
    *(f"WARC-Profile: {profile}" for profile in _PROFILES),
    *(f"WARC-Refers-To-Date: {date}" for date in _DATES),
    "WARC-Refers-To: <urn:uuid:1>", "WARC-Refers-To-Target-URI: https://a.example/", "WARC-Concurrent-To: <urn:uuid:1>", "WARC-Truncated: length", "WARC-Truncated: é", "WARC-IP-Address: ::1", "WARC-IP-Address: " + "1" * 45,
    "WARC-Resource-Type: document", "Pagewitness-Role: navigation", "Pagewitness-Role: requisite", "Pagewitness-Role: x", "Pagewitness-Entity-Digest: sha256:" + "a" * 64, "Pagewitness-Entity-Length: 5", "Pagewitness-Truncated: time",
    "Pagewitness-Entity-Length: " + "9" * 9, "X: " + "y" * 5000, "no colon", ": no name", "WARC-Segment-Number: 1", " continued", "Content-Length: 5", "\x00: \x00",
)  # fmt: skip
_STATUS_LINES = (b"HTTP/1.1 200 OK",) * 6 + (
    b"HTTP/1.1 304 Not Modified",
    b"HTTP/1.1 302 Found",
    b"HTTP/1.1 301",
    b"HTTP/1.0 404 No",
    b"HTTP/2 200",
    b"HTTP/1.1 99 x",
    b"HTTP/1.1 2000 x",
    b"GET / HTTP/1.1",
    b"POST / HTTP/1.1",
    b"",
    b"\xff",
    b"http-response-head:",
)
_HEADERS = (
    b"Content-Type: text/html", b"Content-Type: text/css", b"Content-Type: \xff", b"Content-Encoding: gzip", b"Content-Encoding: br", b"Content-Encoding: zstd", b"Content-Encoding: gzip, br, deflate", b"Content-Encoding: x",
    b"Transfer-Encoding: chunked", b"X-Orig-Transfer-Encoding: chunked", b"X-Orig-Content-Length: 5", b"X-Orig-X-Orig-Content-Encoding: gzip", b"Content-Length: 3", b"Location: /b", b"Location: https://a.example/", b"Location: http://[::1",
    b"Refresh: 0;url=/b", b"Set-Cookie: a=1", b" folded", b"hopsFromSeed: LE", b": ", b"x" * 9000, b"a: \x00\x85\x1c", b"sec-fetch-dest: iframe",
)  # fmt: skip
_CONTENTS = (
    b"",
    b"<p>The Coalition has 83 members.</p>" * 5,
    b"<p>The Coalition has 85 members.</p>",
    b"p {}",
    bytes(5000),
    b"WARC/1.0\r\nWARC-Type: response\r\n\r\n",
    b"\r\n\r\n",
    b"https://a.example/ 1.1.1.1 20200101000000 text/html 5\n",
    b"\xff" * 99,
)
_CODINGS = (
    bytes,
    bytes,
    gzip.compress,
    zlib.compress,
    brotli.compress,
    lambda data: b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data),
    lambda data: b"ffffffffffffffff\r\n" + data,
    lambda data: gzip.compress(gzip.compress(data))[:-9],
)


def _some(values: Sequence[str], most: int) -> SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=most)


def _one(draw: st.DrawFn, values: Sequence[Any], usual: int, *, is_odd: bool) -> Any:
    """Return one of the usual values, which come first, or any one if the record is odd in this respect."""
    return draw(st.sampled_from(values if is_odd else values[:usual]))


@st.composite
def _blocks(draw: st.DrawFn) -> bytes:
    odd = draw(st.integers(0, 9))
    body = _one(draw, _CODINGS, 2, is_odd=odd in (1, 2))(draw(st.sampled_from(_CONTENTS)))
    headers = draw(st.lists(st.sampled_from(_HEADERS), max_size=4)) if odd in (3, 4, 5) else [_HEADERS[0]]
    end = b"\n" if odd == 6 else b"\r\n"
    return end.join([_one(draw, _STATUS_LINES, 9, is_odd=odd == 7), *headers, b"", b""]) + body


@st.composite
def _warc_records(draw: st.DrawFn) -> bytes:
    block = draw(_blocks())
    odd = draw(st.integers(0, 12))
    wrong = draw(st.sampled_from([1, -1, 5, -5, 10**6, 10**17])) if odd == 1 else 0
    head = [
        _one(draw, _VERSIONS, 2, is_odd=odd == 2),
        f"WARC-Type: {_one(draw, _KINDS, 12, is_odd=odd == 3)}",
        f"WARC-Target-URI: {_one(draw, _URLS, 4, is_odd=odd == 4)}",
        f"WARC-Date: {_one(draw, _DATES, 3, is_odd=odd == 5)}",
        f"WARC-Record-ID: <urn:uuid:{draw(st.integers(1, 4))}>",
        *draw(_some(_FIELDS, 5 if odd > 6 else 0)),
        f"Content-Length: {max(len(block) + wrong, 0)}",
    ]
    end = draw(st.sampled_from([b"", b"\n", b"\r\n" * 50])) if odd == 6 else b"\r\n\r\n"
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + end


@st.composite
def _arc_records(draw: st.DrawFn) -> bytes:
    block = draw(_blocks())
    odd = draw(st.integers(0, 4))
    words = [
        _one(draw, _URLS, 4, is_odd=odd == 1),
        "192.0.2.1",
        _one(draw, ("20200101000000", *_DATES), 1, is_odd=odd == 2),
        "text/html",
        str(len(block) + (odd == 3)),
    ]
    return " ".join(words).encode() + b"\n" + block + b"\n"


@st.composite
def _files(draw: st.DrawFn) -> bytes:
    records = draw(st.lists(st.one_of(_warc_records(), _warc_records(), _arc_records()), max_size=_MOST_RECORDS))
    packing = draw(st.sampled_from(["plain", "members", "members", "one member", "mixed"]))
    if packing == "members":
        return b"".join(gzip.compress(record, 1, mtime=0) for record in records)
    if packing == "one member":
        return gzip.compress(b"".join(records), 1, mtime=0)
    if packing == "mixed":
        return b"".join(
            gzip.compress(record, 1, mtime=0) if number % 2 else record for number, record in enumerate(records)
        )
    return b"".join(records)


@st.composite
def _packages(draw: st.DrawFn) -> bytes:
    out = io.BytesIO()
    compression = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]))
    with zipfile.ZipFile(out, "w", compression) as package:
        for number, data in enumerate(draw(st.lists(_files(), max_size=2))):
            package.writestr(
                draw(st.sampled_from(["archive/{}.warc.gz", "archive/{}.warc", "archive/../{}.arc", "{}.warc"])).format(
                    number
                ),
                data,
            )
        package.writestr("datapackage.json", "{}")
    return out.getvalue()


@st.composite
def _damaged(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 3]))):
        if not data:
            break
        place, length = draw(st.integers(0, len(data) - 1)), draw(st.sampled_from([1, 1, 2, 9, 400]))
        new = draw(
            st.sampled_from(
                [b"", b"\x00", b"\xff", b"\x1f\x8b\x08\x00", b"WARC/1.0\r\n", b"\r\n\r\n", b"\n", b"PK\x05\x06"]
            )
        )
        data = data[:place] + new + data[place + length :]
    return data


def archives() -> SearchStrategy[bytes]:
    """WARC, ARC and WACZ files."""
    return st.one_of(_files(), _files(), _files(), _packages()).flatmap(_damaged).map(lambda data: data[:MOST_BYTES])
