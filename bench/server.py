"""The pages' web server: a process of its own, so that its cost is attributed to no program; HTTP/1.1 with connections kept open, on eight loopback addresses.

What it serves is set by asking for `/-/EDITION/NONCE/VALIDATORS`, where VALIDATORS is "etag" or "plain".
"""

from __future__ import annotations

import asyncio
import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.site import BenchPage, bench_pages

HOSTS = tuple(f"127.0.0.{n}" for n in range(1, 9))


@dataclass(frozen=True, slots=True)
class Served:
    """The running server, seen from outside."""

    port: int
    pages: int

    def urls(self) -> list[str]:
        """The pages' URLs, spread evenly over the hosts."""
        return [f"http://{HOSTS[page.number % len(HOSTS)]}:{self.port}{page.path}" for page in bench_pages(self.pages)]

    def show(self, *, edition: int, nonce: int = 0, etag: bool) -> None:
        """From now on, serve this edition and nonce of every page, with an ETag or without."""
        connection = http.client.HTTPConnection(HOSTS[0], self.port)
        connection.request("GET", f"/-/{edition}/{nonce}/{'etag' if etag else 'plain'}")
        assert connection.getresponse().status == 200
        connection.close()


@contextmanager
def serving(pages: int) -> Iterator[Served]:
    """A server of that many pages, for as long as the block lasts."""
    process = subprocess.Popen([sys.executable, "-m", "bench.server", str(pages)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Served(int(process.stdout.readline()), pages)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class _Site:
    """What is served now."""

    def __init__(self, pages: list[BenchPage]) -> None:
        self._pages = {page.path: page for page in pages}
        self.edition, self.nonce, self.etag = 0, 0, True

    def answer(self, target: str, fields: dict[str, str]) -> bytes:
        """The whole response to a GET."""
        if target.startswith("/-/"):
            edition, nonce, validators = target.split("/")[2:]
            self.edition, self.nonce, self.etag = int(edition), int(nonce), validators == "etag"
            return _response("200 OK", b"")
        page = self._pages.get(target)
        if page is None:
            return _response("404 Not Found", b"")
        etag = f'"{page.number}-{self.edition}-{self.nonce}"'
        if self.etag and fields.get("if-none-match") == etag:
            return _response("304 Not Modified", b"", f"ETag: {etag}\r\n")
        return _response(
            "200 OK", page.body(self.edition, self.nonce), f"ETag: {etag}\r\n" if self.etag else "", length=True
        )


def _response(status: str, body: bytes, extra: str = "", *, length: bool = False) -> bytes:
    measured = f"Content-Length: {len(body)}\r\n" if length or not status.startswith("304") else ""
    head = (
        f"HTTP/1.1 {status}\r\nServer: nginx\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: text/html; charset=UTF-8\r\n{measured}"
        f"Connection: keep-alive\r\nVary: Accept-Encoding, Cookie\r\nX-Powered-By: PHP/8.3.1\r\n"
        f'Link: <https://river.example/wp-json/>; rel="https://api.w.org/"\r\nX-Cache: MISS\r\n{extra}\r\n'
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self, site: _Site) -> None:
        self._site = site
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            request, *lines = head.decode("latin-1").split("\r\n")
            fields = dict(line.split(": ", 1) for line in lines)
            assert self._transport is not None
            self._transport.write(
                self._site.answer(request.split()[1], {name.lower(): value for name, value in fields.items()})
            )


async def _serve(count: int) -> None:
    pages = bench_pages(count)
    for page in pages:
        page.body()
    site = _Site(pages)
    loop = asyncio.get_running_loop()
    first = await loop.create_server(lambda: _Connection(site), HOSTS[0], 0)
    port = first.sockets[0].getsockname()[1]
    servers = [first]
    for host in HOSTS[1:]:
        servers.append(await loop.create_server(lambda: _Connection(site), host, port))  # noqa: PERF401
    print(port, flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
