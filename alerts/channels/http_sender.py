"""Base of the channels over HTTP: sends the stored bodies of a delivery in order and interprets the responses."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from alerts.channel_configs import UrlChannel
from alerts.channel_types import type_of
from alerts.channels.http_post import Connection, HttpOptions, HttpReply, HttpRequest, resolved_url
from alerts.channels.unreachable import ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.model import ChannelConfig, Delivery
from monitor.model import JsonValue
from monitor.transport.session import Deadline

_REMEMBERED = 100
JSON = {"Content-Type": "application/json"}


class HttpSender(ABC):
    """Sends each body of a delivery. The bodies of one share a connection, and so do the deliveries within `batch`. Used by one thread at a time.

    Attributes:
        MISCONFIGURED: Status codes that concern the channel's address or credentials: every delivery would fail, and a corrected watchlist helps.
        REFUSED: Status codes by which the receiver refuses this message permanently.
    """

    MISCONFIGURED: ClassVar[frozenset[int]] = frozenset({401, 403, 404, 405, 410})
    REFUSED: ClassVar[frozenset[int]] = frozenset({400, 413, 422})

    def __init__(self, config: ChannelConfig, options: HttpOptions) -> None:
        """Create a channel; it connects only when it sends."""
        self._name = config.name
        self._type = type_of(config)
        self._options = options
        self._connection = Connection(options)
        self._keeping = False
        # Number of bodies that were accepted of deliveries that failed in between, so that a retry does not repeat them while this process runs. It is not
        # stored: a body can be accepted without being recorded, so a repeat after a kill could not be excluded. docs/explanation/after-a-kill.md
        self._accepted: dict[str, int] = {}

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Keep the connection open from one send to the next, until the block ends."""
        self._keeping = True
        try:
            yield
        finally:
            self._keeping = False
            self._connection.close()

    def send(self, delivery: Delivery) -> str:
        """Send the payload's bodies in order, each as planned; after a failure the next attempt goes on with the body that failed.

        Returns:
            The status and the beginning of the last response.

        Raises:
            ChannelUnreachable: No connection was established, a secret is unusable, or the receiver does not know the channel's address or credentials.
            ChannelTimedOut: There was no response in time.
            DeliveryError: The response was not 2xx, or there was none. Permanent where the receiver refuses the message itself.
        """
        bodies = self._bodies(delivery)
        try:
            receipt = self._send_from(min(self._accepted.get(delivery.uid, 0), len(bodies) - 1), bodies, delivery)
        finally:
            if not self._keeping:
                self._connection.close()
        self._accepted.pop(delivery.uid, None)
        return receipt if len(bodies) == 1 else f"{receipt} ({len(bodies)} messages)"

    def _send_from(self, start: int, bodies: Sequence[str], delivery: Delivery) -> str:
        receipt = ""
        with Deadline(self._options.timeout_seconds) as deadline:
            for index, body in enumerate(bodies[start:], start):
                receipt = self._checked(self._connection.exchange(self._request(delivery, index, body), deadline))
                self._remember(delivery.uid, index + 1)
        return receipt

    @abstractmethod
    def _request(self, delivery: Delivery, index: int, body: str) -> HttpRequest:
        """Return the request that sends body number `index` (from 0)."""

    def _retry_after(self, reply: HttpReply) -> float | None:
        """Return the seconds to wait that an unsuccessful response requests; None where it requests none."""
        return reply.retry_after

    def _is_misconfigured(self, reply: HttpReply) -> bool:
        """Return whether an unsuccessful response concerns the channel's address or credentials, not this message."""
        return reply.status in self.MISCONFIGURED

    def _bodies(self, delivery: Delivery) -> Sequence[str]:
        if not delivery.payload:
            raise DeliveryError(f"the stored message for channel {self._name} is damaged; it cannot be sent")
        bodies = delivery.payload.get(self._type)
        if not isinstance(bodies, list) or not bodies or not all(isinstance(body, str) for body in bodies):
            raise DeliveryError(
                f"channel {self._name} is of type {self._type} now; this message was written for another type of channel"
            )
        return bodies

    def _remember(self, uid: str, accepted: int) -> None:
        self._accepted.pop(uid, None)
        self._accepted[uid] = accepted
        if len(self._accepted) > _REMEMBERED:
            del self._accepted[next(iter(self._accepted))]

    def _checked(self, reply: HttpReply) -> str:
        """Return the receipt of a successful response, or raise what an unsuccessful one means."""
        if reply.accepted:
            return reply.text
        problem = f"{reply.host}: {reply.text}"
        if reply.target:
            raise DeliveryError(
                f"{reply.host}: HTTP {reply.status} redirects to {reply.target}; redirects are not followed, put the new URL in the watchlist"
            )
        if self._is_misconfigured(reply):
            raise ChannelUnreachable(f"{problem}; check the address and credentials of channel {self._name}")
        refused = reply.status in self.REFUSED
        raise DeliveryError(problem, permanent=refused, retry_after=None if refused else self._retry_after(reply))


class UrlSender(HttpSender):
    """Posts each body as JSON to the channel's URL, which is a secret: webhooks of chat services."""

    def __init__(self, config: UrlChannel, options: HttpOptions) -> None:
        """Create a channel to the URL that `config` names."""
        super().__init__(config, options)
        self._config = config

    def _request(self, delivery: Delivery, index: int, body: str) -> HttpRequest:  # noqa: ARG002
        url = resolved_url(self._config.url, self._options.environ, self._config.name)
        return HttpRequest(url, body.encode(), JSON, self._config.allow_private)


def with_fields(body: str, **added: JsonValue) -> bytes:
    """Return a stored body, a JSON object, with further fields: the destination, which is the watchlist's at the time of sending.

    Raises:
        DeliveryError: The body is no JSON object.
    """
    content = json_object(body)
    if not content:
        raise DeliveryError("the stored message is damaged; it cannot be sent")
    return json.dumps({**added, **content}).encode()


def json_object(text: bytes | str) -> dict[str, JsonValue]:
    """Return the JSON object of a response; an empty one where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def seconds(value: JsonValue) -> float | None:
    """Return a wait that a response states as a number of seconds; None where it is no number that makes sense."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return float(value)
