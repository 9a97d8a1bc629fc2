"""Limits on the web's connections: what uvicorn lacks, a bound on how long a request may take to arrive and how many connections are open.

A connection that sends half a request costs its sender nothing and us a file descriptor, of the table that the crawler works with too. So a request
must have arrived completely within a time, an answer must be taken within a time, and where all places are taken the connection that has waited
longest for its request is closed: those who do send one are served during an attack.
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
    """What one connection, and all together, may take.

    Attributes:
        connections: How many are open at the same time.
        header_bytes: Longest request line and header fields together.
        header_fields: Most header fields.
        body_bytes: Longest body of a request.
        request_seconds: Longest time from connecting, or from the answer before, until a request has arrived completely.
        idle_seconds: How long a connection is kept for a next request.
        stall_seconds: How long a client may take nothing of an answer.
        answer_seconds: Longest time from a request to the end of its answer.
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
    """A protocol for uvicorn's `http` that holds these limits. Each server needs one of its own."""
    waiting: dict[_LimitedProtocol, None] = {}

    class Protocol(_LimitedProtocol):
        def __init__(self, config: Config, *arguments: Any, **named: Any) -> None:
            super().__init__(config, *arguments, **named)
            self.limits = limits
            self.waiting = waiting

    return Protocol


class _LimitedProtocol(H11Protocol):
    """One connection.

    Attributes:
        limits: What it may take.
        waiting: The server's connections that wait for a request, the longest waiting first.
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
            longest = next(iter(self.waiting), self)  # where every other one is being answered, this one has to go
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
        """Have a deadline for what this connection is at: a request that is to arrive, or an answer that is to be sent."""
        if self.transport.is_closing():
            self._forget_waiting()
            return
        # An answer is complete to uvicorn when its last bytes are in the transport's buffer; the client may still be taking them.
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
        """Cancel its timers; it does not wait any more."""
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
    """Refuses requests that are larger than any that the web answers."""

    def __init__(self, app: ASGIApp, limits: ConnectionLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
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
