"""The soak's web: hosts on loopback addresses of their own that tell their stories, some of them badly, and write down what they served."""

from __future__ import annotations

import asyncio
import hashlib
import random
import socket
import ssl
import struct
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import trustme

from tests.soak.misbehaviour import HEAD, misbehaviour
from tests.soak.script import OF_TLS, Mode, Spell, Story, page, spells, story


@dataclass(frozen=True)
class Served:
    """A page served whole: at which second of the soak, to whom, and which of its numbers it stated."""

    at: float
    who: str
    url: str
    index: int


@dataclass
class Page:
    """A page and its story.

    Attributes:
        tagged: Whether it has an ETag and answers 304.
        fidgets: Whether every answer is unlike the others in what nobody sees.
    """

    path: str
    story: Story
    tagged: bool = False
    fidgets: bool = False


@dataclass(eq=False)
class Host:
    """A host: where it is, what it tells, how it behaves now."""

    address: str
    pages: dict[str, Page]
    spells: Iterator[Spell] | None = None
    tls: bool = False
    port: int = 0
    mode: Mode = Mode.WELL
    server: asyncio.Server | None = None
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    def url(self, path: str) -> str:
        return f"{'https' if self.tls else 'http'}://{self.address}:{self.port}{path}"


class Origin:
    """All hosts of a soak, in one thread. Use it in a `with` block.

    Attributes:
        steady: Hosts that always behave.
        hostile: Hosts that misbehave by their script.
        served: What was served whole.
        asked: When each page was last asked for, by (who, URL), in seconds of the soak.
        digests: Which number a body states, by its SHA-256.
        errors: What went wrong here, and should not have.
        shown: How many requests or connections each mode met.
    """

    def __init__(self, seed: str, seconds: float, *, steady: int, pages: int, hostile: int, tls: int) -> None:
        self.seed, self.seconds = seed, seconds
        self.steady = [
            Host(f"127.1.0.{number}", self._pages(f"steady{number}", pages)) for number in range(1, steady + 1)
        ]
        self.hostile = [
            Host(
                f"127.1.1.{number}",
                self._pages(f"hostile{number}", 1),
                spells(f"{seed}{number}", tls=number <= tls),
                tls=number <= tls,
            )
            for number in range(1, hostile + 1)
        ]
        self.authority = trustme.CA()
        self.served: list[Served] = []
        self.asked: dict[tuple[str, str], float] = {}
        self.digests: dict[str, tuple[str, int]] = {}
        self.errors: list[Exception] = []
        self.shown: dict[Mode, int] = dict.fromkeys(Mode, 0)
        self._contexts: dict[tuple[Host, Mode], ssl.SSLContext] = {}
        self._chance = random.Random(seed)
        self._scripts: list[asyncio.Task[None]] = []
        self._began = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="origin", daemon=True)

    def _pages(self, name: str, count: int) -> dict[str, Page]:
        paths = [f"/{name}/{number}" for number in range(count)]
        return {
            path: Page(path, story(self.seed + path, self.seconds), tagged=number % 4 == 1, fidgets=number % 4 == 2)
            for number, path in enumerate(paths)
        }

    @property
    def hosts(self) -> list[Host]:
        return [*self.steady, *self.hostile]

    def stories(self, hosts: list[Host]) -> dict[str, Story]:
        """The stories of hosts' pages, by URL."""
        return {host.url(path): page.story for host in hosts for path, page in host.pages.items()}

    def now(self) -> float:
        """Seconds of the soak; 0 until it begins."""
        return time.monotonic() - self._began if self._began else 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open_all())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self) -> None:
        """From now on time passes and hosts misbehave."""
        self._began = time.monotonic()
        self._do(self._begin())

    def behave(self) -> None:
        """From now on all hosts behave."""
        self._do(self._behave())

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(60)

    async def _open_all(self) -> None:
        for host in self.hosts:
            await self._become(host, Mode.WELL)

    async def _begin(self) -> None:
        self._scripts = [asyncio.create_task(self._live(host)) for host in self.hostile]

    async def _behave(self) -> None:
        for script in self._scripts:
            script.cancel()
        await asyncio.gather(*self._scripts, return_exceptions=True)
        for host in self.hostile:
            await self._become(host, Mode.WELL)

    async def _close_all(self) -> None:
        for script in self._scripts:
            script.cancel()
        for host in self.hosts:
            self._hang_up(host)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _live(self, host: Host) -> None:
        assert host.spells is not None
        for spell in host.spells:
            await self._become(host, spell.mode)
            await asyncio.sleep(spell.seconds)

    async def _become(self, host: Host, mode: Mode) -> None:
        """Change a host's behaviour; connections of before do not outlive it."""
        self._hang_up(host)
        host.mode = mode
        if mode is Mode.DOWN:
            return
        context = self._context(host, mode) if host.tls and mode is not Mode.HANDSHAKE_CUT else None
        host.server = await asyncio.start_server(
            lambda reader, writer: self._serve(host, reader, writer), host.address, host.port, ssl=context, backlog=200
        )
        host.port = host.server.sockets[0].getsockname()[1]

    def _hang_up(self, host: Host) -> None:
        if host.server is not None:
            host.server.close()
            host.server = None
        for writer in host.open:
            writer.transport.abort()
        host.open.clear()

    def _context(self, host: Host, mode: Mode) -> ssl.SSLContext:
        key = (host, mode if mode in OF_TLS else Mode.WELL)
        if key not in self._contexts:
            past = datetime.now(UTC) - timedelta(days=3)
            if mode is Mode.UNTRUSTED:
                certificate = trustme.CA().issue_cert(host.address)
            elif mode is Mode.WRONG_HOST:
                certificate = self.authority.issue_cert("elsewhere.example")
            else:
                certificate = self.authority.issue_cert(host.address, not_after=past if mode is Mode.EXPIRED else None)
            self._contexts[key] = context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
        return self._contexts[key]

    # --- answering ---

    async def _serve(self, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host.open.add(writer)
        try:
            if host.mode is Mode.HANDSHAKE_CUT:
                await reader.read(100)
                self.shown[host.mode] += 1
                return
            while await self._answer(host, (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"), reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass  # whoever asked is gone
        except Exception as error:  # noqa: BLE001 — raised when the soak is over
            self.errors.append(error)
        finally:
            host.open.discard(writer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, host: Host, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection goes on."""
        path = head.split(" ", 2)[1]
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
        who, mode = fields["user-agent"], host.mode
        self.shown[mode] += 1
        if mode in (Mode.DOWN, Mode.HANDSHAKE_CUT):
            return False  # it went down as this request came in
        if mode is Mode.WELL or mode in OF_TLS:
            return await self._well(host, path, who, fields.get("if-none-match", ""), writer)
        if path in host.pages:
            self.asked[who, host.url(path)] = self.now()
        if mode in (Mode.SLOW_HEADERS, Mode.SLOW_BODY):
            # With a length: a body that ends with its connection would be whole when the host goes down.
            writer.write(HEAD + (b"X-Slow: " if mode is Mode.SLOW_HEADERS else b"Content-Length: 9999\r\n\r\n<p>"))
            while not writer.transport.is_closing():
                writer.write(b"z")
                await writer.drain()
                await asyncio.sleep(0.2)
            return False
        if mode is Mode.SILENT:
            await reader.read(1)
            return False
        writer.write(misbehaviour(mode, path, self._chance))
        await writer.drain()
        if mode in (Mode.RESET, Mode.RESET_BODY):
            await asyncio.sleep(0.05)  # else the reset may overtake what was sent
            sock: socket.socket | None = writer.get_extra_info("socket")
            if sock is not None:  # else the other side has hung up meanwhile
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return mode in (Mode.ERROR, Mode.BUSY, Mode.LOOP)

    async def _well(self, host: Host, path: str, who: str, validator: str, writer: asyncio.StreamWriter) -> bool:
        if path not in host.pages:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return True
        one, now, url = host.pages[path], self.now(), host.url(path)
        index = one.story.index_at(now)
        self.asked[who, url] = now
        tag = f'"{index}"'
        if one.tagged and validator == tag:
            writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode())
        else:
            body = page(path, one.story.values[index], f"{self._chance.random()}" if one.fidgets else "").encode()
            self.digests[hashlib.sha256(body).hexdigest()] = (url, index)
            etag = f"ETag: {tag}\r\n" if one.tagged else ""
            writer.write(HEAD + f"{etag}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        self.served.append(Served(now, who, url, index))
        return True
