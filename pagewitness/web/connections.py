"""Limits on the web's connections that uvicorn lacks: how long a request may take to arrive, and how many connections may be open.

An incomplete request costs its sender nothing, but occupies a file descriptor here, from the same table that the crawler uses. So a request must arrive
completely within a time limit, and a response must be received within another. When all connections are in use, the one that has waited longest for its
request is closed, so that complete requests are served even during an attack.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import h11
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of one connection, and of all together.

    Attributes:
        connections: Maximum number of open connections.
        header_bytes: Maximum size of request line and header fields together.
        header_fields: Maximum number of header fields.
        body_bytes: Maximum size of a request body.
        request_seconds: Maximum time from connecting, or from the previous response, until a request has arrived completely.
        idle_seconds: How long an idle connection is kept open for the next request.
        stall_seconds: How long a client may receive nothing of a response.
        answer_seconds: Maximum time from a request to the end of its response.
    """

    connections: int = 256
    header_bytes: int = 32 * 1024
    header_fields: int = 100
    body_bytes: int = 64 * 1024
    request_seconds: float = 10.0
    idle_seconds: float = 5.0
    stall_seconds: float = 30.0
    answer_seconds: float = 300.0


def limited_protocol(limits: ConnectionLimits) -> type[H11Protocol]:
    """Return a protocol class for uvicorn's `http` option that enforces these limits. Each server needs its own."""
    waiting: dict[_LimitedProtocol, None] = {}

    class Protocol(_LimitedProtocol):
        def __init__(self, config: Config, *arguments: Any, **named: Any) -> None:
            super().__init__(config, *arguments, **named)
            self.limits = limits
            self.waiting = waiting

    return Protocol


class _LimitedProtocol(H11Protocol):
    """One connection, with deadlines for its requests and responses.

    Attributes:
        limits: The limits to enforce.
        waiting: The server's connections that wait for a request, the one that has waited longest first.
    """

    limits: ConnectionLimits
    waiting: dict[_LimitedProtocol, None]

    def __init__(self, config: Config, *arguments: Any, **named: Any) -> None:
        super().__init__(config, *arguments, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._requests = 0
        self._phase: tuple[bool, int] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            longest = next(iter(self.waiting), self)  # if all others are being answered, this one is closed
            longest.transport.abort()
            longest.forget()
            self.connections.discard(longest)
        if not transport.is_closing():
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self.forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        self._requests += 1
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cancel_stall()
        self._stall = self.loop.call_later(self.limits.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._cancel_stall()
        super().resume_writing()
        self._watch()

    def _watch(self) -> None:
        """Set the deadline for the current phase of the connection: receiving a request or sending a response."""
        if self.transport.is_closing():
            self._forget_waiting()
            return
        # For uvicorn a response is complete when its last bytes are in the transport's buffer; the client may still be receiving them.
        arriving = self.conn.their_state in (h11.IDLE, h11.SEND_BODY) and not self.flow.write_paused
        phase = (arriving, self._requests)
        if phase == self._phase:
            return
        self._phase = phase
        self._forget_waiting()
        if self._deadline is not None:
            self._deadline.cancel()
        seconds = self.limits.request_seconds if arriving else self.limits.answer_seconds
        self._deadline = self.loop.call_later(seconds, self.transport.abort)
        if arriving:
            self.waiting[self] = None

    def forget(self) -> None:
        """Cancel the connection's timers and remove it from the waiting ones."""
        self._forget_waiting()
        self._cancel_stall()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _forget_waiting(self) -> None:
        self.waiting.pop(self, None)

    def _cancel_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None


class RequestLimits:
    """Middleware that refuses requests whose header fields or body exceed the limits, with status 431 or 413."""

    def __init__(self, app: ASGIApp, limits: ConnectionLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it to the application."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        fields = scope["headers"]
        size = (
            len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(name) + len(value) for name, value in fields)
        )
        if size > self.limits.header_bytes or len(fields) > self.limits.header_fields:
            return _refused(431, "The request's header fields are too large or too many.")
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal() or int(length[:20]) > self.limits.body_bytes:
            return _refused(413, "The request's body is too large.")
        return None


def _refused(status: int, sentence: str) -> PlainTextResponse:
    return PlainTextResponse(sentence, status, {"Connection": "close"})
