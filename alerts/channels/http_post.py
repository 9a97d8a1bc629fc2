"""Requests of channels over HTTP: guarded, within a deadline, without redirects, and without secrets in messages.

The host passes the same guard as a watched page: private addresses only where the watchlist allows exactly that host and port; redirects are never
followed. URLs of webhooks are secrets, so receipts and errors name the host only, and what a response repeats of a secret is left out.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

import requests
from requests import Response
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from alerts.channels.credentials import resolve
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from monitor.fetching.retry_after import BUSY, parse_retry_after
from monitor.transport.session import Deadline, Guard, HandshakeBroken, RefusedAddress, causes, guarded_session
from monitor.urls import endpoint, host_of, usable
from rendering.text_safety import one_line

_EXCERPT = 100  # characters of the response that a receipt contains
_ANSWER_BYTES = 4096  # of an unsuccessful response, which may say how long to wait
_SECRET_CHARS = 6
"""Shorter parts of a URL are words such as "hooks", not secrets."""
_NOT_CONNECTED = (
    RefusedAddress,
    HandshakeBroken,
    ssl.SSLError,
    NameResolutionError,
    NewConnectionError,
    ConnectTimeoutError,
)


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What all channels over HTTP have in common.

    Attributes:
        environ: Environment for secrets "env:NAME".
        now: The real time: it dates signatures, and Retry-After is compared with it.
        user_agent: The User-Agent field.
        timeout_seconds: Maximum duration of a whole send.
        connect_seconds: Maximum time to connect to one address.
        ca_bundle: A PEM file of trusted authorities; None means certifi's.
    """

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    user_agent: str
    timeout_seconds: float = 20.0
    connect_seconds: float = 5.0
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request of a channel.

    Attributes:
        url: Normalised.
        body: The exact bytes.
        headers: Added to the common ones.
        allow_private: Whether the URL's own host and port may be a private or loopback address.
        method: "POST" or "PUT".
        secrets: Tokens that no message may contain; long parts of the URL never are in one.
    """

    url: str = field(repr=False)
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_private: bool = False
    method: str = "POST"
    secrets: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The response to a request.

    Attributes:
        host: Who responded, for messages.
        status: The status code.
        text: The status and the beginning of the body, in one line, without secrets.
        body: Up to 4096 bytes of the body of an unsuccessful response; empty for a successful one.
        target: Host of the address that a redirect names; "" for no redirect.
        retry_after: Seconds to wait as requested by the Retry-After field of status 429 or 503; None where it requested none.
    """

    host: str
    status: int
    text: str
    body: bytes = b""
    target: str = ""
    retry_after: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether the response is 2xx."""
        return 200 <= self.status < 300


def resolved_url(value: str, environ: Mapping[str, str], channel: str) -> str:
    """Return a channel's URL, normalised, from the watchlist's value, which may be "env:NAME" or "file:PATH".

    Raises:
        ChannelUnreachable: It cannot be resolved, or is no http or https URL.
    """
    try:
        return usable(resolve(value, environ).strip())
    except ValueError:  # its message may quote the URL
        raise ChannelUnreachable(f"the URL of channel {channel} must be an http or https URL; it is not") from None


def exchange(request: HttpRequest, options: HttpOptions, deadline: Deadline) -> HttpReply:
    """Send one request, over a connection of its own; see `Connection.exchange`."""
    with closing(Connection(options)) as connection:
        return connection.exchange(request, deadline)


class Connection:
    """A connection that is kept open from one request to the next, where the server agrees. Used by one thread at a time."""

    def __init__(self, options: HttpOptions) -> None:
        """Create it; it connects with the first request."""
        self._options = options
        self._session: requests.Session | None = None
        self._allowed: frozenset[tuple[str, int]] = frozenset()
        self._used = False

    def exchange(self, request: HttpRequest, deadline: Deadline) -> HttpReply:
        """Send a request and return the response, whatever its status.

        A request that fails on a connection that served another before is sent once more, over a new one: the server may have closed it in between.

        Raises:
            ChannelUnreachable: No connection was established, or the address is refused, which the watchlist can correct.
            ChannelTimedOut: There was no response in time.
            DeliveryError: There was no response.
        """
        try:
            reused = self._used
            try:
                return self._exchange(request)
            except (requests.RequestException, OSError):
                self.close()
                if not reused or deadline.expired:
                    raise
            return self._exchange(request)
        except (requests.RequestException, OSError) as error:
            self.close()
            host = host_of(request.url)
            if deadline.expired:
                raise ChannelTimedOut(f"{host}: no answer within {self._options.timeout_seconds:g} s") from error
            unreachable = any(isinstance(cause, _NOT_CONNECTED) for cause in causes(error))
            kind = ChannelUnreachable if unreachable else DeliveryError
            raise kind(f"{host}: {_reason(error)}") from error

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        session, self._session, self._used = self._session, None, False
        if session is not None:
            session.close()

    def _exchange(self, request: HttpRequest) -> HttpReply:
        session = self._open(request)
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", **request.headers}
        prepared = session.prepare_request(
            requests.Request(request.method, request.url, data=request.body, headers=headers)
        )
        # Not `session.send`: it reads and decodes the whole body of a redirect, even if redirects are not followed.
        timeout = (self._options.connect_seconds, self._options.timeout_seconds)
        with session.get_adapter(request.url).send(prepared, stream=True, timeout=timeout) as response:
            reply = _reply(request, response, self._options.now())
            # Not over plain HTTP, where a connection costs little: a receiver that writes its response in two parts would be slowed down by Nagle's algorithm.
            if response.raw.length_remaining == 0 and request.url.startswith("https:"):
                response.raw.read1(1)  # the end of the body, after which the connection can be used again
                self._used = True
            return reply

    def _open(self, request: HttpRequest) -> requests.Session:
        """Return the session, or a new one where the request may reach another private address than the last."""
        allowed = frozenset({endpoint(request.url)}) if request.allow_private else frozenset()
        if self._session is None or allowed != self._allowed:
            self.close()
            options = self._options
            self._session = guarded_session(Guard(allowed), user_agent=options.user_agent, ca_bundle=options.ca_bundle)
            self._allowed = allowed
        return self._session


def _reply(request: HttpRequest, response: Response, now: datetime) -> HttpReply:
    status = response.status_code
    accepted = 200 <= status < 300
    body = _beginning(response, 4 * _EXCERPT if accepted else _ANSWER_BYTES, whole=not accepted)
    text = one_line(_without_secrets(body.decode("utf-8", "replace"), request), _EXCERPT)
    return HttpReply(
        host=host_of(request.url),
        status=status,
        text=one_line(f"HTTP {status} {text}"),
        body=b"" if accepted else body,
        target=_target(response) if 300 <= status < 400 else "",
        retry_after=_retry_after(response, now) if status in BUSY else None,
    )


def _beginning(response: Response, limit: int, *, whole: bool) -> bytes:
    """Return the beginning of a body; with `whole` False as far as it is available at once. The status is decisive, so an incomplete body is no error."""
    body = b""
    try:
        while len(body) < limit and (part := response.raw.read1(limit - len(body))):
            body += part
            if not whole:
                break
    except (HTTPError, OSError):
        pass
    return body


def _without_secrets(text: str, request: HttpRequest) -> str:
    """Return a response's text without the parts of the URL and the tokens that it may repeat."""
    parts = urlsplit(request.url)
    words = [part for part in (*parts.path.split("/"), parts.query) if len(part) >= _SECRET_CHARS]
    for secret in sorted({*words, *map(unquote, words), *filter(None, request.secrets)}, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _target(response: Response) -> str:
    """Return the host that a redirect names. The rest of its address may be as secret as the channel's own."""
    try:
        return one_line(urlsplit(response.headers.get("Location", "")).hostname or "the same host", 200)
    except ValueError:
        return "no address"


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
