"""A web of hosts on loopback addresses of their own: hostile ones beside healthy ones whose member count changes, and a trap that must not be reached."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self

from tests.support import hostile_pages
from tests.support.hostile_pages import Conversation

HOSTILE_HOSTS, HEALTHY_HOSTS, HEALTHY_PAGES = 25, 5, 20
_ADDRESS = "127.0.0.1"


class HostileOrigin:
    """All hosts, in one thread. Use it in a `with` block.

    Attributes:
        hostile: URLs of the hostile pages, by name.
        healthy: URLs of the healthy pages, by number.
        served: When each healthy page was served, and with which count: (monotonic seconds, count), by number.
        trapped: What reached the trap.
        met: How often each hostile page was requested.
        errors: What went wrong here, and should not have.
    """

    def __init__(self, change_seconds: float) -> None:
        self.hostile: dict[str, str] = {}
        self.healthy: list[str] = []
        self.served: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
        self.trapped: list[bytes] = []
        self.met: defaultdict[str, int] = defaultdict(int)
        self.errors: list[Exception] = []
        self._change_seconds = change_seconds
        self._began = time.monotonic()
        self._started_at: float | None = None
        self._servers: list[asyncio.Server] = []
        self._connections: dict[
            asyncio.StreamWriter, asyncio.Task[None] | None
        ] = {}  # the loop itself holds tasks only weakly
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="origin", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def stand_still(self) -> None:
        """From now on no healthy page changes, until `go_on`."""
        self._started_at = time.monotonic()

    def go_on(self) -> None:
        """Healthy pages change again, each at once."""
        self._started_at = None

    def count(self, number: int) -> int:
        """The members that a healthy page states now: two more every few seconds, each page at a moment of its own."""
        now = self._started_at or time.monotonic()
        phase = self._change_seconds * number / HEALTHY_PAGES
        return 20 + 2 * int((now - self._began + phase) / self._change_seconds)

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(120)

    async def _open(self) -> None:
        trap = await self._listen(_ADDRESS, self._trap)
        pages = list(hostile_pages.pages(f"{_ADDRESS}:{trap}"))
        robots = dict(enumerate(hostile_pages.robots(f"{_ADDRESS}:{trap}")))
        for host in range(HOSTILE_HOSTS):
            address = f"127.3.0.{host + 1}"
            mine = {f"/{n}": pages[n] for n in range(host, len(pages), HOSTILE_HOSTS)}
            port = await self._listen(address, self._hostile(mine, robots.get(host)))
            self.hostile |= {name: f"http://{address}:{port}{path}" for path, (name, _) in mine.items()}
        ports = [await self._listen(f"127.4.0.{host + 1}", self._healthy) for host in range(HEALTHY_HOSTS)]
        for number in range(HEALTHY_PAGES):
            host = number % HEALTHY_HOSTS
            self.healthy.append(f"http://127.4.0.{host + 1}:{ports[host]}/{number}")

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for writer in list(self._connections):
            writer.transport.abort()
        await asyncio.sleep(0.1)  # so that those who talk notice
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _listen(self, address: str, answer: Any) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._connections[writer] = asyncio.current_task()
            try:
                while await answer(await reader.readuntil(b"\r\n\r\n"), writer):
                    await writer.drain()
            except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
                pass  # the client is gone, or the test is over
            except Exception as error:  # noqa: BLE001 — examined at the end
                self.errors.append(error)
            finally:
                self._connections.pop(writer, None)
                with suppress(OSError):
                    writer.close()

        server = await asyncio.start_server(serve, address, 0, backlog=200)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _trap(self, head: bytes, _: asyncio.StreamWriter) -> bool:
        self.trapped.append(head)
        return False

    def _hostile(self, pages: dict[str, tuple[str, Conversation]], robots: Conversation | None) -> Any:
        async def answer(head: bytes, writer: asyncio.StreamWriter) -> bool:
            path = _path(head)
            if path == "/robots.txt":
                await (robots or _missing)(writer)
            else:
                name, conversation = pages.get(path.partition("?")[0], ("elsewhere", _missing))
                self.met[name] += 1
                await conversation(writer)
            return False

        return answer

    async def _healthy(self, head: bytes, writer: asyncio.StreamWriter) -> bool:
        path = _path(head)
        if path == "/robots.txt":
            await _missing(writer)
            return True
        number = int(path[1:])
        count = self.count(number)
        body = _page(number, count).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        self.served[number].append((time.monotonic(), count))
        return True


async def _missing(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


def _path(head: bytes) -> str:
    return head.split(b" ", 2)[1].decode("latin-1")


def _page(number: int, count: int) -> str:
    text = "".join(f"<p>Line {line} of page {number} says what it said before.</p>" for line in range(40))
    return (
        f'<!doctype html><html lang="en"><title>Page {number}</title><main><h1>The Coalition</h1>'
        # A sentence of its own: the same change on several pages of a host would be one message.
        f"<p>Today the Coalition of Port {chr(ord('A') + number)} has {count:,} members.</p>{text}</main></html>"
    )
