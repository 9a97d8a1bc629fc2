"""A forward proxy on loopback that connects to permitted addresses only: the way out of a process whose own HTTP client is not trusted.

HTTP/1.1 as RFC 9110 §7.6 and §9.3.6 describe it for proxies: CONNECT for TLS, and requests in absolute form, one per connection. The address is checked
after name resolution, on what is connected to (`monitor.transport.connection`), so neither a redirect nor a name that resolves differently evades it.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import selectors
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

from monitor.transport.connection import Guard, RefusedAddress, connect_permitted

_LONGEST_REQUEST = 4 * 1024**2
_LONGEST_RESPONSE = 4 * 1024**2
_PIECE = 65_536
_PROBLEMS = 10
"""Number of problems that are kept."""
_TLS_HANDSHAKE = b"\x16\x03"
"""The beginning of each TLS connection: RFC 8446 §5.1."""
_HOP_BY_HOP = frozenset(
    "connection content-length host keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade".split()
)


class ForwardProxy:
    """The proxy; it serves while its context is entered.

    Attributes:
        url: Its address for the client, with credentials that no other process knows.
        address: Host and port on which it listens.
        connected: Number of connections that were made.
        problems: Why connections were not made, or ended without a response, each once.
    """

    def __init__(self, guard: Guard, *, connect_seconds: float, seconds: float) -> None:
        """Listen on a free port of 127.0.0.1.

        Args:
            guard: Endpoints that may be private.
            connect_seconds: Maximum time to connect to one address.
            seconds: Maximum time without data on a connection, and to receive a response.
        """
        self.connected = 0
        self.problems: list[str] = []
        self.connect_seconds = connect_seconds
        self.seconds = seconds
        self._guard = guard
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed = False
        password = secrets.token_urlsafe(32)
        self._credentials = "Basic " + base64.b64encode(f"child:{password}".encode()).decode()
        self._server = _Server(self)
        self.address: tuple[str, int] = self._server.socket.getsockname()
        self.url = f"http://child:{password}@{self.address[0]}:{self.address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="proxy", daemon=True)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections and stop."""
        self._server.shutdown()
        with self._lock:
            self._closed = True
            for sock in self._open:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    def knows(self, credentials: str | None) -> bool:
        """Return whether a client gave the credentials of `url`."""
        return hmac.compare_digest((credentials or "").encode("latin-1", "replace"), self._credentials.encode())

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to a permitted address of the host.

        Raises:
            OSError: There is none; it is added to `problems`.
        """
        try:
            sock, _ = connect_permitted(self._guard, host, port, self.connect_seconds)
        except OSError as error:
            self._add_problem(host, error)
            raise
        with self._lock:
            if self._closed:  # while the name was being resolved: nothing may be sent any more
                sock.close()
                raise ConnectionAbortedError("the proxy is closed")
            self.connected += 1
            self._open.add(sock)
        sock.settimeout(self.seconds)
        return sock

    def watch(self, sock: socket.socket) -> None:
        """Close a socket when the proxy stops."""
        with self._lock:
            self._open.add(sock)

    def forget(self, sock: socket.socket) -> None:
        """Close a socket now."""
        with self._lock:
            self._open.discard(sock)
        sock.close()

    def note(self, problem: str) -> None:
        """Add a problem, unless the proxy has been closed, which ends what it was doing."""
        with self._lock:
            if not self._closed and problem not in self.problems and len(self.problems) < _PROBLEMS:
                self.problems.append(problem)

    def _add_problem(self, host: str, error: OSError) -> None:
        if isinstance(error, RefusedAddress):
            problem = str(error)
        elif isinstance(error, socket.gaierror):
            problem = f"{host}: the host name cannot be resolved"
        elif isinstance(error, TimeoutError):
            problem = f"{host}: no connection within {self.connect_seconds:g} s"
        else:
            problem = f"{host}: {error.strerror or 'no connection'}"
        self.note(problem)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, proxy: ForwardProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # Not that of HTTPServer, which looks up the name of the address.
        socket.socket.bind(self.socket, ("127.0.0.1", 0))
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.proxy = cast("_Server", self.server).proxy
        super().setup()
        self.connection.settimeout(self.proxy.seconds)
        self.proxy.watch(self.connection)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.proxy.forget(self.connection)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Write nothing."""

    def do_CONNECT(self) -> None:
        host, port = _endpoint(f"//{self.path}", None)
        upstream = self._upstream(host, port)
        if upstream is None:
            return
        try:
            self.send_response_only(200)
            self.end_headers()
            self.wfile.flush()
            self._tunnel(upstream)
        finally:
            self.proxy.forget(upstream)
            self.close_connection = True

    def _forward(self) -> None:
        self.close_connection = True
        split = urlsplit(self.path)
        host, port = _endpoint(self.path, 80) if split.scheme == "http" else ("", 0)
        body = self._body()
        if body is None:
            return
        upstream = self._upstream(host, port)
        if upstream is None:
            return
        try:
            self._exchange(upstream, self._request(split.netloc.rpartition("@")[2], body))
        except (OSError, HTTPException):
            self.proxy.note(f"{host}: the connection broke off before an answer came")
            self._refuse(502, "no response")
        finally:
            self.proxy.forget(upstream)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _forward  # noqa: N815

    def _body(self) -> bytes | None:
        """Return the body of the request; None where it cannot be forwarded, which was answered."""
        given = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not given.isascii() or not given.isdigit():
            self._refuse(411, "the length of the body is missing")
            return None
        length = int(given[:20])
        if length > _LONGEST_REQUEST:
            self._refuse(413, "the body is too long")
            return None
        return self.rfile.read(length)

    def _request(self, host: str, body: bytes) -> bytes:
        split = urlsplit(self.path)
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
        length = [("Content-Length", str(len(body)))] if body or self.command in {"POST", "PUT", "PATCH"} else []
        fields = [("Host", host), *_end_to_end(self.headers.items()), *length, ("Connection", "close")]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return f"{self.command} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body

    def _exchange(self, upstream: socket.socket, request: bytes) -> None:
        upstream.sendall(request)
        with HTTPResponse(upstream, method=self.command) as response:
            response.begin()
            body = response.read(_LONGEST_RESPONSE)
            self.send_response_only(response.status, response.reason)
            for name, value in _end_to_end(response.getheaders()):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _upstream(self, host: str, port: int) -> socket.socket | None:
        """Return a connection to the host; None where there is none, which was answered."""
        if not self.proxy.knows(self.headers.get("Proxy-Authorization")):
            self._refuse(407, "wrong credentials")
            return None
        if not host or not port:
            self._refuse(400, "no host and port")
            return None
        try:
            return self.proxy.connect(host, port)
        except RefusedAddress:
            self._refuse(403, "a private or reserved address")
        except OSError:
            self._refuse(502, "no connection")
        return None

    def _refuse(self, status: int, reason: str) -> None:
        self.close_connection = True
        body = reason.encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _tunnel(self, upstream: socket.socket) -> None:
        """Pass bytes both ways until one side ends. Only TLS: other protocols have no business here."""
        client, received = self.connection, 0
        first = self.rfile.read1(_PIECE)
        if not first.startswith(_TLS_HANDSHAKE):
            return
        upstream.sendall(first)
        end = time.monotonic() + self.proxy.seconds
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, upstream)
            selector.register(upstream, selectors.EVENT_READ, client)
            while received <= _LONGEST_RESPONSE and (left := end - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    data = cast("socket.socket", key.fileobj).recv(_PIECE)
                    if not data:
                        return
                    key.data.sendall(data)
                    received += len(data) if key.fileobj is upstream else 0


def _endpoint(url: str, default: int | None) -> tuple[str, int]:
    """Return the host and port of a URL; ("", 0) where they are unusable."""
    try:
        split = urlsplit(url)
        return split.hostname or "", split.port or default or 0
    except ValueError:
        return "", 0


def _end_to_end(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the header fields that a proxy forwards: RFC 9110 §7.6.1."""
    return [(name, value) for name, value in fields if name.lower() not in _HOP_BY_HOP]
