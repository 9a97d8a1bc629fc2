"""The receivers of the demo's alerts: an SMTP server and a webhook receiver on loopback, which keep messages in order."""

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
    """A list that one thread appends to while another waits for its length."""

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
    """A controller that accepts port 0: it learns the assigned port before it connects to itself."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Mailbox:
    """An SMTP server that accepts every message. A context manager; `host` and `port` are valid once it has started."""

    host = _HOST

    def __init__(self) -> None:
        self._arrivals: _Arrivals[EmailMessage] = _Arrivals()
        self._controller: _AnyPort | None = None  # made by start: it opens an event loop, which only its thread closes

    @property
    def port(self) -> int:
        """The port it listens on; 0 before it has started."""
        return int(self._controller.port) if self._controller else 0

    @property
    def messages(self) -> tuple[EmailMessage, ...]:
        """Every message received so far, in order of arrival."""
        return self._arrivals.all()

    def wait_for(self, count: int, timeout_seconds: float = 10) -> bool:
        """Wait until that many messages have arrived; return False if the real time runs out."""
        return self._arrivals.wait_for(count, timeout_seconds)

    def start(self) -> Self:
        """Listen until `stop`. Can be called once only."""
        self._controller = _AnyPort(self, hostname=_HOST, port=0)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening and close all connections. Does nothing if it was never started."""
        if self._controller:
            self._controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 — aiosmtpd's name
        """Store the message and accept it."""
        # SMTP's line endings are not part of the message as written.
        content = cast("bytes", envelope.content).replace(b"\r\n", b"\n")
        self._arrivals.add(message_from_bytes(content, policy=policy.default))
        return f"250 OK, message {len(self.messages)}"


# --- webhooks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hooked:
    """One message that the receiver accepted.

    Attributes:
        headers: Request headers, names in lower case.
        body: The JSON value sent.
    """

    headers: Mapping[str, str]
    body: JsonValue


class HookReceiver(LoopbackServer):
    """An HTTP server that accepts signed messages (Standard Webhooks) at any path: 204, or 401 if the signature is invalid."""

    def __init__(self, secret: str) -> None:
        """Initialise a receiver that is not listening yet.

        Args:
            secret: The shared secret, base64 with or without "whsec_".
        """
        super().__init__(_HookHandler)
        self._webhook = Webhook(secret)
        self._arrivals: _Arrivals[Hooked] = _Arrivals()
        self._refusals: _Arrivals[str] = _Arrivals()

    @property
    def url(self) -> str:
        """The URL to send messages to."""
        return f"{self.root}/hooks/pagewitness"

    @property
    def messages(self) -> tuple[Hooked, ...]:
        """Every message accepted so far, in order of arrival."""
        return self._arrivals.all()

    @property
    def refused(self) -> tuple[str, ...]:
        """The reason for each refused message, in order of arrival."""
        return self._refusals.all()

    def wait_for(self, count: int, timeout_seconds: float = 10) -> bool:
        """Wait until that many messages have been accepted; return False if the real time runs out."""
        return self._arrivals.wait_for(count, timeout_seconds)

    def take(self, headers: Mapping[str, str], data: bytes) -> int:
        """Store a message if its signature is valid; return the response status."""
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
