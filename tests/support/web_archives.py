"""WARC and ARC files as other tools write them, for tests."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence

HTML = (
    b"<!doctype html><title>Alliance</title><h1>Alliance</h1><p>The Alliance has 83 members from four continents.</p>"
)


def message(body: bytes = HTML, status: str = "200 OK", headers: Sequence[str] = ("Content-Type: text/html",)) -> bytes:
    """An HTTP response."""
    return b"\r\n".join([f"HTTP/1.1 {status}".encode(), *(field.encode("latin-1") for field in headers), b"", body])


def request(url_path: str = "/", headers: Sequence[str] = ("Host: a.example", "User-Agent: crawler")) -> bytes:
    """An HTTP request."""
    return b"\r\n".join([f"GET {url_path} HTTP/1.1".encode(), *(field.encode() for field in headers), b"", b""])


def record(
    kind: str,
    url: str,
    date: str,
    block: bytes,
    fields: Sequence[str] = (),
    *,
    record_id: str | None = None,
    length: int | None = None,
    version: str = "1.0",
) -> bytes:
    """A WARC record."""
    content_type = {"response": "application/http; msgtype=response", "request": "application/http; msgtype=request"}
    head = [
        f"WARC/{version}",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        f"WARC-Date: {date}",
        f"WARC-Record-ID: {record_id or f'<urn:x:{hashlib.md5((kind + url + date).encode()).hexdigest()}>'}",
        f"Content-Type: {content_type.get(kind, 'application/warc-fields')}",
        *fields,
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def page(url: str, date: str, body: bytes = HTML) -> bytes:
    """A response record with a page."""
    return record("response", url, date, message(body))


def gzipped(*records: bytes) -> bytes:
    """A file with a gzip member for each record."""
    return b"".join(gzip.compress(item, mtime=0) for item in records)


def arc(url: str, date: str, block: bytes) -> bytes:
    """A record of an ARC file."""
    return f"{url} 192.0.2.1 {date} text/html {len(block)}\n".encode() + block + b"\n"


ARC_HEAD = b"1 0 crawler\nURL IP-address Archive-date Content-type Archive-length\n"
ARC_FIRST = f"filedesc://a.arc 0.0.0.0 20090102030405 text/plain {len(ARC_HEAD)}\n".encode() + ARC_HEAD + b"\n"
