"""HTTP connections that check the address they connect to (`Guard`, the SSRF protection), obey the current deadline, and require complete headers."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from monitor.transport.addresses import refused
from monitor.transport.deadline import Line, current_deadline
from monitor.transport.response import WholeResponse


class RefusedAddress(OSError):
    """A host name resolves to private or reserved addresses only, and its endpoint is not allowed to.

    Attributes:
        host: The requested name.
        address: The first address that was refused.
    """

    def __init__(self, host: str, address: str) -> None:
        super().__init__(
            f"{host} leads to {address}, a private or reserved address; it is not connected to unless allowed by name"
        )
        self.host = host
        self.address = address


class HandshakeBroken(OSError):
    """The server dropped the connection during the TLS handshake."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Address filter: endpoints that may be at private addresses.

    Attributes:
        allowed: (host name as in the URL, port); every other endpoint must be at a public address.
    """

    allowed: frozenset[tuple[str, int]] = frozenset()

    def permits(self, host: str, port: int, address: str) -> bool:
        """Return whether a connection for `host`:`port` may be made to the numeric `address`."""
        wanted = (_plain(host), port)
        return any((_plain(name), number) == wanted for name, number in self.allowed) or not refused(address)


class GuardedConnection(HTTPConnection):
    """An HTTP connection that checks the address it connects to and records its properties in `line`."""

    response_class = WholeResponse

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard
        self.line = Line()

    def _new_conn(self) -> socket.socket:
        try:
            sock, address = connect_permitted(self._guard, self._dns_host, self.port, self.timeout)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"connecting to {self.host} took too long") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error
        self.line.peer = _peer(address)
        self._report(sock)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.line.request_headers:
            self.line = replace(self.line, request_headers=[], reused=True)
        self._report(self.sock)
        super().request(*args, **kwargs)

    def putheader(self, header: str, *values: str) -> None:  # type: ignore[override]
        super().putheader(header, *values)
        self.line.request_headers.append((_text(header), ", ".join(_text(value) for value in values)))

    def close(self) -> None:
        super().close()
        self.line = Line()

    def _report(self, sock: socket.socket | None) -> None:
        deadline = current_deadline()
        if deadline is not None:
            deadline.line = self.line
            if sock is not None:
                deadline.watch(sock)


class GuardedTlsConnection(GuardedConnection, HTTPSConnection):
    """A `GuardedConnection` over TLS. Certificate and SNI use the host name, not the address."""

    def connect(self) -> None:
        try:
            super().connect()
        except ConnectionError as error:
            raise HandshakeBroken(f"{self.host} dropped the connection during the TLS handshake") from error
        if isinstance(self.sock, ssl.SSLSocket):
            cipher = self.sock.cipher()
            self.line.tls_version = self.sock.version()
            self.line.tls_cipher = cipher[0] if cipher else None
            self.line.certificate_expires_at = _expiry(self.sock)


def connect_permitted(guard: Guard, host: str, port: int, timeout: Any) -> tuple[socket.socket, Any]:
    """Return a socket connected to the first permitted address of `host` that answers, in the resolver's order, and that address.

    Raises:
        RefusedAddress: None of its addresses is permitted.
        OSError: No permitted address answers; the error of the last one.
    """
    try:
        resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is no host name") from error
    if not resolved:
        raise socket.gaierror(socket.EAI_NONAME, "it has no address")
    permitted = [entry for entry in resolved if guard.permits(host, port, str(entry[4][0]))]
    if not permitted:
        raise RefusedAddress(host, str(resolved[0][4][0]))
    failed: OSError | None = None
    for family, kind, protocol, _, address in permitted:
        try:
            return _connect_to(socket.socket(family, kind, protocol), address, timeout), address
        except OSError as error:
            failed = error
    assert failed is not None
    raise failed


def _connect_to(sock: socket.socket, address: Any, timeout: float | None) -> socket.socket:
    try:
        sock.settimeout(_bounded(timeout))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _bounded(timeout: float | None) -> float | None:
    """Return the timeout, or the remaining time of the current deadline if that is less.

    Raises:
        TimeoutError: The deadline has expired.
    """
    deadline = current_deadline()
    if deadline is None:
        return timeout
    remaining = deadline.remaining()
    if remaining <= 0:
        raise TimeoutError("the deadline is over")
    return remaining if timeout is None else min(timeout, remaining)


def _expiry(sock: ssl.SSLSocket) -> datetime | None:
    """Return notAfter of the server's certificate; None where it is not a valid time."""
    ends = (sock.getpeercert() or {}).get("notAfter")
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _peer(address: Any) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _plain(host: str) -> str:
    return host.rstrip(".").lower()
