"""An HTTP server in a thread on loopback that starts on a free port and leaves nothing behind when it stops."""

from __future__ import annotations

import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Thread
from typing import Any, Self

_HOST = "127.0.0.1"


class LoopbackHandler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive, quiet; what is written goes out in one piece, or Nagle's delay would slow every answer."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class's name
        """Say nothing."""

    def send_body(self, status: int, headers: tuple[tuple[str, str], ...], body: bytes, *, head: bool = False) -> None:
        """Answer with status, headers, a Content-Length and the body; for HEAD without the body."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not head:
            self.wfile.write(body)


class LoopbackServer(ThreadingHTTPServer):
    """A server on 127.0.0.1 and a port of the system's choice; a context manager that starts and stops it."""

    daemon_threads = False

    def __init__(self, handler: type[LoopbackHandler]) -> None:
        super().__init__((_HOST, 0), handler)
        self._connections: set[Any] = set()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="loopback", daemon=True)

    @property
    def root(self) -> str:
        """The server's address, "http://127.0.0.1:PORT", without a slash at the end."""
        return f"http://{_HOST}:{self.server_port}"

    def start(self) -> Self:
        """Serve until `stop`. Once only."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, hang up on everybody, wait for the threads. Also where it was never started."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        for connection in tuple(self._connections):
            with suppress(OSError):  # the other side may have hung up first
                connection.shutdown(SHUT_RDWR)
        self.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def process_request(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Remember the connection, so that `stop` can end it while it is kept alive."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket | tuple[bytes, socket]) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """A client that hangs up is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
