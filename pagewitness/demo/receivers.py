"""Where the demo's alerts arrive: a real SMTP server and a real webhook receiver, both on loopback, both keeping what came in order."""

from __future__ import annotations

from asyncio import Server
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from monitor.model import JsonValue
from pagewitness.demo.loopback import LoopbackHandler, LoopbackServer

_HOST = "127.0.0.1"
_Item = TypeVar("_Item")


class _Arrivals(Generic[_Item]):
    """A list that one thread fills while another waits for it."""

    def __init__(self) -> None:
        self._items: list[_Item] = []
        self._grown = Condition()

    def add(self, item: _Item) -> None:
        with self._grown:
            self._items.append(item)
            self._grown.notify_all()

    def all(self) -> tuple[_Item, ...]:
        with self._grown:
            return tuple(self._items)

    def wait_for(self, count: int, timeout_seconds: float) -> bool:
        with self._grown:
            return self._grown.wait_for(lambda: len(self._items) >= count, timeout_seconds)


# --- mail ------------------------------------------------------------------------------------------------------------


class _AnyPort(Controller):
    """A controller that can be told port 0: it learns the real one before it knocks at its own door."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Mailbox:
    """An SMTP server that takes every message. A context manager; `host` and `port` hold once it has started."""

    host = _HOST

    def __init__(self) -> None:
        self._arrivals: _Arrivals[EmailMessage] = _Arrivals()
        self._controller: _AnyPort | None = None  # made by start: it opens an event loop, which only its thread closes

    @property
    def port(self) -> int:
        """Where it listens; 0 before it has started."""
        return int(self._controller.port) if self._controller else 0

    @property
    def messages(self) -> tuple[EmailMessage, ...]:
        """Every message taken so far, in order of arrival."""
        return self._arrivals.all()

    def wait_for(self, count: int, timeout_seconds: float = 10) -> bool:
        """Wait until that many messages have arrived; False where they did not in time (real time)."""
        return self._arrivals.wait_for(count, timeout_seconds)

    def start(self) -> Self:
        """Listen until `stop`. Once only."""
        self._controller = _AnyPort(self, hostname=_HOST, port=0)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening and hang up on everybody. Also where it was never started."""
        if self._controller:
            self._controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 — aiosmtpd's name
        """Keep the message and say so."""
        # SMTP's line ends are no part of what was written.
        content = cast("bytes", envelope.content).replace(b"\r\n", b"\n")
        self._arrivals.add(message_from_bytes(content, policy=policy.default))
        return f"250 OK, message {len(self.messages)}"


# --- webhooks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hooked:
    """One message that the receiver took.

    Attributes:
        headers: Request headers, names in lower case.
        body: The JSON value sent.
    """

    headers: Mapping[str, str]
    body: JsonValue


class HookReceiver(LoopbackServer):
    """An HTTP server that takes signed messages (Standard Webhooks) at any path: 204, or 401 where the signature does not hold."""

    def __init__(self, secret: str) -> None:
        """A receiver that is not listening yet.

        Args:
            secret: The shared secret, base64 with or without "whsec_".
        """
        super().__init__(_HookHandler)
        self._webhook = Webhook(secret)
        self._arrivals: _Arrivals[Hooked] = _Arrivals()
        self._refusals: _Arrivals[str] = _Arrivals()

    @property
    def url(self) -> str:
        """Where to send messages."""
        return f"{self.root}/hooks/pagewitness"

    @property
    def messages(self) -> tuple[Hooked, ...]:
        """Every message taken so far, in order of arrival."""
        return self._arrivals.all()

    @property
    def refused(self) -> tuple[str, ...]:
        """Why each other message was not taken, in order of arrival."""
        return self._refusals.all()

    def wait_for(self, count: int, timeout_seconds: float = 10) -> bool:
        """Wait until that many messages have been taken; False where they were not in time (real time)."""
        return self._arrivals.wait_for(count, timeout_seconds)

    def take(self, headers: Mapping[str, str], data: bytes) -> int:
        """Keep a message whose signature holds; the status to answer with."""
        try:
            body: Any = self._webhook.verify(data, dict(headers))
        except (WebhookVerificationError, ValueError) as error:
            self._refusals.add(f"{type(error).__name__}: {error}")
            return 401
        self._arrivals.add(Hooked(MappingProxyType(dict(headers)), body))
        return 204


class _HookHandler(LoopbackHandler):
    def do_POST(self) -> None:  # noqa: N802 — the base class's way of naming
        receiver = cast("HookReceiver", self.server)
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_body(receiver.take({name.lower(): value for name, value in self.headers.items()}, data), (), b"")
