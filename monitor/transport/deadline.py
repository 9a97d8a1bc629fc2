"""Time limit for a whole call (setting `total_seconds`), even with a server that sends a byte now and then: at the deadline the socket is shut down.

A socket's own timeout restarts with each byte received, so it does not limit the total time. All deadlines share one daemon thread.
"""

from __future__ import annotations

import heapq
import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@dataclass(slots=True)
class Line:
    """Properties of the connection that carries a request, set as they become known.

    Attributes:
        peer: The address connected to, "203.0.113.7:443" or "[2001:db8::1]:443"; None before the connection is established.
        tls_version: "TLSv1.3"; None over plain HTTP and before the handshake is done.
        tls_cipher: The cipher suite's name; None likewise.
        certificate_expires_at: notAfter of the server's certificate, aware UTC; None likewise.
        reused: Whether it carried an earlier request.
        request_headers: The request's header fields as sent, in order.
    """

    peer: str | None = None
    tls_version: str | None = None
    tls_cipher: str | None = None
    certificate_expires_at: datetime | None = None
    reused: bool = False
    request_headers: list[tuple[str, str]] = field(default_factory=list)


class Deadline:
    """Context manager that limits the real time that its block may spend on the network in total.

    Connections of a `guarded_session` used in the block, by the same thread, register with it. When the time is over, the socket in use is
    shut down: a blocked read or write ends at once with an error or end of file, so check `expired` before interpreting an error.
    Host name resolution cannot be interrupted; the resolver's own timeout bounds it.

    Attributes:
        line: The connection last used in the block; None before the first.
    """

    def __init__(self, seconds: float) -> None:
        self.line: Line | None = None
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._token: Token[Deadline | None] | None = None

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        _watchdog.add(self._end, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._token is not None
        _current.reset(self._token)
        _watchdog.discard(self)
        self._replace(None)

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return self.remaining() <= 0

    def remaining(self) -> float:
        """Return the seconds left; zero or less when the time is over."""
        return self._end - time.monotonic()

    def watch(self, sock: socket.socket) -> None:
        """Put a socket under the deadline in place of the previous one; shut it down at once if the time is over."""
        # A duplicate file descriptor: the original may be wrapped for TLS or closed, and its number reused for another file.
        self._replace(socket.fromfd(sock.fileno(), sock.family, sock.type))
        if self.expired:
            self.fire()

    def fire(self) -> None:
        """Shut down the socket in use, for both directions. Called by the watchdog."""
        with self._lock:
            if self._handle is not None:
                with suppress(OSError):
                    self._handle.shutdown(socket.SHUT_RDWR)

    def _replace(self, handle: socket.socket | None) -> None:
        with self._lock:
            old, self._handle = self._handle, handle
        if old is not None:
            old.close()


def current_deadline() -> Deadline | None:
    """Return the innermost deadline whose block this thread is in; None outside of any."""
    return _current.get()


class _Watchdog:
    """Thread that fires deadlines when they expire, soonest first."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._heap: list[tuple[float, int, Deadline]] = []
        self._alive: set[int] = set()
        self._thread: threading.Thread | None = None

    def add(self, end: float, deadline: Deadline) -> None:
        with self._wake:
            self._alive.add(id(deadline))
            heapq.heappush(self._heap, (end, id(deadline), deadline))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._heap[0][2] is deadline:
                self._wake.notify()

    def discard(self, deadline: Deadline) -> None:
        with self._wake:
            self._alive.discard(id(deadline))
            # Nearly every call ends well before its deadline: without this the heap would hold the ended calls of the last minute.
            if len(self._heap) > 2 * len(self._alive) + 64:
                self._heap = [entry for entry in self._heap if entry[1] in self._alive]
                heapq.heapify(self._heap)

    def _run(self) -> None:
        while True:
            self._next().fire()

    def _next(self) -> Deadline:
        """Wait for the next deadline to expire, and return it."""
        with self._wake:
            while True:
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._wake.wait(wait)
                    continue
                _, key, deadline = heapq.heappop(self._heap)
                if key in self._alive:
                    return deadline


_watchdog = _Watchdog()
