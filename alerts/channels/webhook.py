"""Webhook channel, signed according to Standard Webhooks: https://www.standardwebhooks.com.

The URL's host passes the same guard as a watched page: private addresses only where the watchlist allows exactly that host and port; redirects
are never followed. A webhook's URL is often a secret itself, so messages contain its host and never the URL.
"""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import requests
from requests import Response
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from alerts.channels.credentials import resolve
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.model import Delivery, WebhookChannel
from monitor.fetching.retry_after import BUSY, parse_retry_after
from monitor.transport.session import Deadline, Guard, HandshakeBroken, RefusedAddress, causes, guarded_session
from monitor.urls import endpoint, host_of, normalise, without_userinfo
from rendering.text_safety import one_line

_EXCERPT = 100  # characters of the response that the receipt contains
_NOT_CONNECTED = (
    RefusedAddress,
    HandshakeBroken,
    ssl.SSLError,
    NameResolutionError,
    NewConnectionError,
    ConnectTimeoutError,
)


class WebhookSender:
    """Posts each delivery over a separate connection."""

    def __init__(
        self,
        config: WebhookChannel,
        environ: Mapping[str, str],
        *,
        now: Callable[[], datetime],
        user_agent: str,
        timeout_seconds: float = 20.0,
        connect_seconds: float = 5.0,
        ca_bundle: str | None = None,
    ) -> None:
        """Create a channel to the URL that `config` names.

        Args:
            config: Configuration of the channel.
            environ: Environment for a secret "env:NAME".
            now: The real time: receivers refuse signatures that are more than a few minutes off.
            user_agent: The User-Agent field.
            timeout_seconds: Maximum duration of a whole send.
            connect_seconds: Maximum time to connect to one address.
            ca_bundle: A PEM file of trusted authorities; None means certifi's.
        """
        self._config = config
        self._environ = environ
        self._now = now
        self._user_agent = user_agent
        self._timeout_seconds = timeout_seconds
        self._connect_seconds = connect_seconds
        self._ca_bundle = ca_bundle

    def send(self, delivery: Delivery) -> str:
        """Post the payload's body, byte for byte as planned.

        Returns:
            The status and the beginning of the response.

        Raises:
            ChannelUnreachable: No connection was established, the secret is unusable, or the address is refused, which the watchlist can correct.
            ChannelTimedOut: There was no response in time.
            DeliveryError: The response was not 2xx, or there was none. Permanent for 410 (Gone).
        """
        if not delivery.payload:
            raise DeliveryError(f"the stored message for channel {self._config.name} is damaged; it cannot be sent")
        if "body" not in delivery.payload:
            raise DeliveryError(
                f"channel {self._config.name} is a webhook now; this message was written for another type of channel"
            )
        body: str = delivery.payload["body"]
        headers = self._headers(delivery.uid, body)
        with Deadline(self._timeout_seconds) as deadline:
            try:
                return self._post(body, headers)
            except (requests.RequestException, OSError) as error:
                raise self._fault(error, deadline) from error

    def _headers(self, uid: str, body: str) -> dict[str, str]:
        now = self._now().astimezone(UTC)
        headers = {
            "Content-Type": "application/json",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "webhook-id": uid,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._config.secret is not None:
            headers["webhook-signature"] = self._signer(self._config.secret).sign(uid, now, body)
        return headers

    def _signer(self, secret: str) -> Webhook:
        """Decode the secret strictly: the library would skip characters that are not base64 and sign with the rest."""
        text = resolve(secret, self._environ).removeprefix("whsec_")
        try:
            return Webhook(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        except (ValueError, EmptyWebhookSecretError):
            name = self._config.name
            raise ChannelUnreachable(f'the secret of channel {name} must be "whsec_" and base64; it is not') from None

    def _post(self, body: str, headers: Mapping[str, str]) -> str:
        url = normalise(self._config.url)
        guard = Guard(frozenset({endpoint(url)}) if self._config.allow_private else frozenset())
        with guarded_session(guard, user_agent=self._user_agent, ca_bundle=self._ca_bundle) as session:
            asked = session.prepare_request(requests.Request("POST", url, data=body.encode(), headers=headers))
            # Not `session.send`: it reads and decodes the whole body of a redirect, even if redirects are not followed.
            with session.get_adapter(url).send(
                asked, stream=True, timeout=(self._connect_seconds, self._timeout_seconds)
            ) as response:
                return self._receipt(response)

    def _receipt(self, response: Response) -> str:
        status = response.status_code
        text = one_line(f"HTTP {status} {_excerpt(response)}")
        if 200 <= status < 300:
            return text
        if 300 <= status < 400:
            target = one_line(without_userinfo(response.headers.get("Location", "nowhere")), 200)
            raise DeliveryError(
                f"{self._host}: HTTP {status} redirects to {target}; redirects are not followed, put the new URL in the watchlist"
            )
        later = _retry_after(response, self._now()) if status in BUSY else None
        raise DeliveryError(f"{self._host}: {text}", permanent=status == 410, retry_after=later)

    def _fault(self, error: Exception, deadline: Deadline) -> DeliveryError:
        if deadline.expired:
            return ChannelTimedOut(f"{self._host}: no answer within {self._timeout_seconds:g} s")
        kind = (
            ChannelUnreachable if any(isinstance(cause, _NOT_CONNECTED) for cause in causes(error)) else DeliveryError
        )
        return kind(f"{self._host}: {_reason(error)}")

    @property
    def _host(self) -> str:
        return host_of(normalise(self._config.url))


def _excerpt(response: Response) -> str:
    """Return the beginning of the response, as far as it is available at once. The status is decisive, so an incomplete body does not matter."""
    try:
        return one_line(response.raw.read1(4 * _EXCERPT).decode("utf-8", "replace"), _EXCERPT)
    except (HTTPError, OSError):
        return ""


def _retry_after(response: Response, now: datetime) -> float | None:
    """Return the seconds that a response asks to wait; None where it does not."""
    wait = parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date"), now)
    return None if wait is None else wait.total_seconds()


def _reason(error: Exception) -> str:
    """Return why there was no response, without the URL that requests puts into its messages."""
    for cause in causes(error):
        if isinstance(cause, RefusedAddress | HandshakeBroken):
            return str(cause)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate does not verify: {cause.verify_message}"
        if isinstance(cause, socket.gaierror):
            return "the host name cannot be resolved"
        if isinstance(cause, OSError) and cause.strerror:
            return one_line(cause.strerror, 200)
    timed_out = isinstance(error, requests.Timeout)
    return "no connection or answer in time" if timed_out else "the connection broke off before an answer came"
