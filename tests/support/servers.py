"""The machinery under `tests.support.sites`: a threaded HTTP/1.1 server that gets its answers from its site and closes without a trace."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Received:
    """One request as it came.

    `path` keeps its query. `socket` is for handlers that write raw bytes; `pause(seconds)` waits, and is False once the site is closing.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float
    socket: socket.socket = field(repr=False)
    pause: Callable[[float], bool] = field(repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Answer:
    """One well-formed response. Content-Length is added where there is neither it nor Transfer-Encoding."""

    body: bytes | str = b""
    status: int = 200
    headers: Headers = ()
    content_type: str | None = "text/html; charset=utf-8"
    reason: str | None = None

    def wire(self) -> bytes:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        fields = list(self.headers)
        names = {name.lower() for name, _ in fields}
        if self.content_type is not None and "content-type" not in names:
            fields.insert(0, ("Content-Type", self.content_type))
        if not names & {"content-length", "transfer-encoding"} and self.status not in (204, 304):
            fields.append(("Content-Length", str(len(body))))
        reason = responses.get(self.status, "") if self.reason is None else self.reason
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{name}: {value}" for name, value in fields), "", ""]
        return "\r\n".join(lines).encode("latin-1") + body


Handler = Callable[[Received], Answer | None]
"""Answers a request; None means that it wrote to the socket itself, which is closed afterwards."""


def chunked(pieces: Iterable[bytes]) -> bytes:
    """A body in chunks, as Transfer-Encoding: chunked wants it."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"


class Answering(Protocol):
    """The site behind a server."""

    connections: int
    errors: list[BaseException]
    closing: threading.Event

    def answer(self, request: Received) -> Answer | None: ...


class SiteServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], site: Answering, tls: ssl.SSLContext | None) -> None:
        super().__init__(address, _Handler)
        self.site = site
        self._tls = tls
        self._open: set[socket.socket] = set()

    def server_bind(self) -> None:
        # Not HTTPServer's, which queries the resolver for our name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def get_request(self) -> tuple[socket.socket, object]:
        sock, address = super().get_request()
        if self._tls:
            # The handshake is left to the handler's thread.
            sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._open.add(sock)
        self.site.connections += 1
        return sock, address

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        self._open.discard(request)
        with contextlib.suppress(OSError):
            # A plain close: a shutdown first would turn a wanted reset into an orderly end.
            request.close()

    def hang_up(self) -> None:
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.site.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SiteServer

    def handle_one_request(self) -> None:
        site = self.server.site
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Received(
            method=self.command,
            path=self.path,
            headers=tuple(self.headers.items()),
            body=body,
            at=time.monotonic(),
            socket=self.connection,
            pause=lambda seconds: not site.closing.wait(seconds),
        )
        answer = site.answer(request)
        if answer is None:
            self.close_connection = True
            return
        wire = answer.wire()
        self.connection.sendall(wire[: wire.index(b"\r\n\r\n") + 4] if self.command == "HEAD" else wire)
        self.close_connection |= ("connection", "close") in {(k.lower(), v.lower()) for k, v in answer.headers}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
