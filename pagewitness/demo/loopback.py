"""A threaded HTTP server on a free loopback port that closes everything when it stops."""

from __future__ import annotations

import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Thread
from typing import Any, Self

_HOST = "127.0.0.1"


class LoopbackHandler(BaseHTTPRequestHandler):
    """Handles HTTP/1.1 with keep-alive, without logging. Each response is written at once, or Nagle's algorithm would delay it."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class's name
        """Discard the log line."""

    def send_body(self, status: int, headers: tuple[tuple[str, str], ...], body: bytes, *, head: bool = False) -> None:
        """Send a response with status, headers, Content-Length and body; for HEAD without the body."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not head:
            self.wfile.write(body)


class LoopbackServer(ThreadingHTTPServer):
    """A server on 127.0.0.1 and a free port. A context manager that starts and stops it."""

    daemon_threads = False

    def __init__(self, handler: type[LoopbackHandler]) -> None:
        super().__init__((_HOST, 0), handler)
        self._connections: set[Any] = set()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="loopback", daemon=True)

    @property
    def root(self) -> str:
        """The server's address, "http://127.0.0.1:PORT", without a trailing slash."""
        return f"http://{_HOST}:{self.server_port}"

    def start(self) -> Self:
        """Serve until `stop`. Can be called once only."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, close all connections and wait for the threads. Safe to call if the server was never started."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        for connection in tuple(self._connections):
            with suppress(OSError):  # the client may have closed it already
                connection.shutdown(SHUT_RDWR)
        self.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def process_request(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Record the connection, so that `stop` can close it while it is kept alive."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket | tuple[bytes, socket]) -> None:
        """Remove the connection from the record and close it."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Ignore errors of a client that disconnects."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
