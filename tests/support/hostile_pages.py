"""A hundred hostile pages: what each answers to a request, as bytes or as a conversation. Generated; none is anybody's page."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import random
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from tests.support.pumped_pages import HTML, OTHER

Conversation = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes an answer; the connection is closed when it returns."""

SECRET = "opensesame"
"""A page's, to be kept out of the log."""

_MEGABYTE = 1024 * 1024
_HTML = "text/html; charset=utf-8"
# Of the pages that grow, what takes a parser long at a size that a site may well have.
_GROWN = 8


def pages(trap: str) -> Iterator[tuple[str, Conversation]]:
    """Names and answers of the pages.

    Args:
        trap: Host and port that no page may make anybody connect to.
    """
    yield from _markup()
    yield from _grown()
    yield from _bodies()
    yield from _heads()
    yield from _talk()
    yield from _redirects(trap)
    yield from _references(trap)


def robots(trap: str) -> Iterator[Conversation]:
    """What some hosts answer for robots.txt."""
    yield _hanging(b"")
    yield _hanging(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999\r\n\r\nUser-agent: *\n")
    yield _fixed(b"User-agent: *\nDisallow: /nothing*a*a*a*a*a*a*a*a*a*a*b\n" * 180_000, "text/plain")
    yield _fixed(random.Random(1).randbytes(100_000), "text/plain")
    yield _raw(f"HTTP/1.1 302 Found\r\nLocation: http://{trap}/robots.txt\r\nContent-Length: 0\r\n\r\n".encode())
    yield _dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"#")


# --- ways to answer ---


def _raw(answer: bytes) -> Conversation:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return say


def _fixed(body: bytes | str, content_type: str = _HTML, *fields: str, status: str = "200 OK") -> Conversation:
    data = body if isinstance(body, bytes) else body.encode()
    return _raw(_head(len(data), content_type, *fields, status=status) + data)


def _changing(body: Callable[[int], bytes | str], content_type: str = _HTML) -> Conversation:
    """Another body at each request, of a number that grows."""
    count = itertools.count(1)

    async def say(writer: asyncio.StreamWriter) -> None:
        await _fixed(body(next(count)), content_type)(writer)

    return say


def _head(length: int, content_type: str, *fields: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {length}", *fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def _hanging(start: bytes) -> Conversation:
    async def say(writer: asyncio.StreamWriter) -> None:
        await _raw(start)(writer)
        await _until_gone(writer)

    return say


def _dripping(start: bytes, drop: bytes = b"x", seconds: float = 0.3) -> Conversation:
    async def say(writer: asyncio.StreamWriter) -> None:
        await _raw(start)(writer)
        while not writer.transport.is_closing():
            await _raw(drop)(writer)
            await asyncio.sleep(seconds)

    return say


def _pouring(start: bytes, drop: bytes) -> Conversation:
    async def say(writer: asyncio.StreamWriter) -> None:
        await _raw(start)(writer)
        while not writer.transport.is_closing():
            await _raw(drop)(writer)

    return say


def _reset_after(start: bytes) -> Conversation:
    async def say(writer: asyncio.StreamWriter) -> None:
        await _raw(start)(writer)
        await asyncio.sleep(0.05)  # else the reset may overtake what was sent
        sock: socket.socket | None = writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return say


async def _until_gone(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await writer.wait_closed()


# --- kinds of pages ---


def _markup() -> Iterator[tuple[str, Conversation]]:
    text = "<p>The Coalition has 12 members.</p>"
    attributes = " ".join(f"a{number}=b" for number in range(60_000))
    made = {
        "comments": "<!--a-->" * 40 + "text",
        "many comments": "<!--a-->" * 40_000 + "text",
        "attributes": f"<p {attributes}>x",
        "open options": "<select>" + "<option>x" * 60_000,
        "open bold": "<b>x" * 40_000,
        "open links": "<a href=x>y" * 40_000,
        "open fonts": "<p><font color=red size=2>x" * 30_000,
        "nested": "<div>" * 20_000 + text,
        "a heading over many items": f"<h1>{'word ' * 30_000}</h1><ul>{'<li>an item of 3' * 30_000}</ul>",
        "NUL": "\0<\0p>The Coali\0tion has 1\0002 members.\0" * 3_000,
        "numbers": "<p>" + "1,234 members and " * 200_000,
        "huge numbers": f"<p>The Coalition has {'9' * 300_000} members, {'1,000,' * 50_000} partners.",
        "number words": "<p>" + "hundred million and two thousand " * 60_000,
        "a table": "<table>" + "<tr><th rowspan=65000 colspan=1000>members<td>12" * 6_000,
        "facts": text * 60_000,
    }
    for name, body in made.items():
        yield name, _fixed(body)
    yield "changing facts", _changing(lambda count: f"<p>The Coalition has {count} members.</p>" * 20_000)
    yield "changing links", _changing(lambda count: f"<p><a href=/w{count}>word {count}</a></p>" * 20_000)
    yield "changing lines", _changing(lambda n: "".join(f"<p>line {n * i} of {i * i} words</p>" for i in range(9_000)))
    yield "random bytes", _changing(lambda _: random.randbytes(2 * _MEGABYTE))
    yield "random markup", _changing(lambda _: "".join(random.choices("<>/ab='\" !-&;#0", k=300_000)))


def _grown() -> Iterator[tuple[str, Conversation]]:
    chosen = [
        "attributes of a drawing", "selected options", "formatting misnested with paragraphs", "tables in tables",
        "text out of a table", "items in lists", "spans of a table", "a long attribute", "a number in groups", "steps",
        "a sentence", "dates and money", "end marks", "tags that stay open", "references", "spaces in a title",
        "comments in a style", "a style attribute", "a srcset", "a refresh of spaces",
    ]  # fmt: skip
    for name in chosen:
        count, make = HTML[name]
        yield f"grown {name}", _fixed(make(count * _GROWN))
    for name, (content_type, count, make) in OTHER.items():
        yield f"grown {name}", _fixed(make(count * _GROWN), content_type)


def _bodies() -> Iterator[tuple[str, Conversation]]:
    zeros = gzip.compress(bytes(400 * _MEGABYTE), 9)
    markup = gzip.compress(b"<p>The Coalition has 12 members.</p>" * 3_000_000, 6)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))
    mhtml = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 60_000
    yield "gzip of zeros", _fixed(zeros, _HTML, "Content-Encoding: gzip")
    yield "gzip of markup", _fixed(markup, _HTML, "Content-Encoding: gzip")
    yield "gzip of gzip", _fixed(gzip.compress(zeros), _HTML, "Content-Encoding: gzip, gzip")
    yield "broken gzip", _fixed(zeros[:5_000] + b"x" * 5_000, _HTML, "Content-Encoding: gzip")
    yield "deflate", _fixed(zlib.compress(bytes(200 * _MEGABYTE)), _HTML, "Content-Encoding: deflate")
    for number in range(3):
        yield f"16 MB {number}", _changing(lambda n: f"<p>{n}" + "<p>The Coalition has many members. " * 470_000)
    yield "16 MB of one word", _fixed("x" * (16 * _MEGABYTE - 10))
    yield (
        "billion laughs",
        _fixed(f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><rss>&l19;</rss>', "application/xml"),
    )
    yield (
        "feed",
        _fixed(
            "<rss><channel>" + "<item><title>x 12 members</title><description>y</description></item>" * 60_000,
            "application/rss+xml",
        ),
    )
    yield (
        "JSON",
        _fixed(json.dumps([{"members": number, "name": "x" * 50} for number in range(80_000)]), "application/json"),
    )
    yield "MHTML", _fixed(mhtml, "multipart/related")
    yield "UTF-7", _fixed("+ADw-p+AD4-The Coalition has 12 members.", "text/html; charset=utf-7")
    yield "UTF-32", _fixed("<p>The Coalition has 12 members.".encode("utf-32"), "text/html; charset=utf-32")
    yield "no charset", _fixed(b"<meta charset=nonsense><p>\xff\xfe\x81 12 members", "text/html; charset='\x01'")


def _heads() -> Iterator[tuple[str, Conversation]]:
    many = [f"X-Field-{number}: value" for number in range(1_500)]
    yield "fields", _fixed("<p>x", _HTML, *many)
    yield "a long field", _fixed("<p>x", _HTML, "X-Long: " + "y" * 1_000_000)
    yield "NUL in validators", _fixed("<p>x", _HTML, 'ETag: "a\0b"', "Last-Modified: Mon\0day")
    yield "long validators", _fixed("<p>x", _HTML, f'ETag: "{"e" * 60_000}"', f"Last-Modified: {'d' * 60_000}")
    yield "always 304", _raw(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    yield "cookies", _fixed("<p>x", _HTML, *[f"Set-Cookie: c{n}={'z' * 200}; Max-Age=99999999999" for n in range(300)])
    yield "a negative length", _raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<p>x")
    yield "two lengths", _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n<p>xx")
    yield "an odd chunk", _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx")
    yield "busy for ever", _fixed("x", _HTML, "Retry-After: 99999999999999999999", status="503 Busy")


def _talk() -> Iterator[tuple[str, Conversation]]:
    begun = _head(100_000, _HTML)
    yield "dripping body", _dripping(begun + b"<p>")
    yield "dripping body without end", _dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
    yield "dripping head", _dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    yield "dripping fields", _dripping(b"HTTP/1.1 200 OK\r\n", b"X-Slow: y\r\n")
    yield "dripping chunks", _dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n")
    yield "continues for ever", _dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)
    yield "silence", _hanging(b"")
    yield "pouring body", _pouring(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"<p>12 members" * 5_000)
    yield "pouring head", _pouring(b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n" * 1_000)
    yield "half a body", _raw(begun + b"<p>The Coalition has 1")
    yield "half a head", _raw(b"HTTP/1.1 200 OK\r\nContent-Ty")
    yield "reset", _reset_after(b"")
    yield "reset in the body", _reset_after(begun + b"<p>The Coalition")
    yield "no HTTP", _raw(random.Random(2).randbytes(50_000))


def _redirects(trap: str) -> Iterator[tuple[str, Conversation]]:
    host, _, port = trap.rpartition(":")
    number = int.from_bytes(socket.inet_aton(host))
    targets = {
        "to itself": "?again",
        "to the trap": f"http://{trap}/",
        "to the trap with a secret": f"http://user:{SECRET}@{trap}/",
        "without a scheme": f"//{trap}/",
        "to a number": f"http://{number}:{port}/",
        "to hexadecimal": f"http://{number:#x}:{port}/",
        "to a mapped address": f"http://[::ffff:{host}]:{port}/",
        "to localhost": f"http://localhost:{port}/",
        "to a file": "file:///etc/passwd",
        "with a line break": f"/x\x0bHost: {trap}",
        "without end": "/" + "a" * 200_000,
    }
    for name, target in targets.items():
        yield f"redirect {name}", _fixed("", _HTML, f"Location: {target}", status="302 Found")


def _references(trap: str) -> Iterator[tuple[str, Conversation]]:
    entity = f'<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://{trap}/d" [<!ENTITY x SYSTEM "http://{trap}/e"><!ENTITY y SYSTEM "file:///etc/passwd">]>'
    yield "external entities", _fixed(f"{entity}<rss><channel><title>&x;&y;</title></channel></rss>", "application/xml")
    yield (
        "refresh",
        _fixed(f'<meta http-equiv=refresh content="0;url=http://{trap}/"><base href="http://{trap}/"><p>moved'),
    )
    yield "refresh with a secret", _fixed(f'<meta http-equiv=refresh content="0;url=http://user:{SECRET}@{trap}/">')
    yield (
        "resources",
        _fixed(
            f'<img src="http://{trap}/i"><iframe src="http://{trap}/f"></iframe><link rel=stylesheet href="http://{trap}/s"><p>x'
        ),
    )
