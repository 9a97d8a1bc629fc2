"""Fetches a page as it is sent: one exchange per hop, headers in order, body and entity separate, every fault as a value.

Redirects are followed explicitly, so that each hop is archived. Independent of the meaning of a page, of databases and of schedules.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import requests
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar, get_cookie_header
from requests.structures import CaseInsensitiveDict

from monitor.fetching.conditional import condition_failed, is_field_value, usable_date, usable_etag
from monitor.fetching.content_encoding import Decoded, decode
from monitor.fetching.failures import FAULTS, failure_of, hung_up, was_timeout
from monitor.fetching.headers import received_headers, redirect_target, shown_target
from monitor.fetching.origin_headers import OriginHeaders, with_cookies
from monitor.fetching.robots import MAX_BYTES, MAX_REDIRECTS
from monitor.model import Exchange, Failure, FailureKind, FetchRequest, FetchResult, Truncation, Validators
from monitor.transport.in_flight import FREE_BYTES, SHARED, Held, InFlight
from monitor.transport.session import Deadline, Guard, Line, guarded_session
from monitor.urls import endpoint, host_of, join, normalise

_PIECE_BYTES = 65536
# A page that redirects from http to https, or from one name to another, needs several endpoints kept open at once.
_KEPT_CONNECTIONS = 4
# Servers accept about 8,000 bytes of header fields in total.
_LONGEST_COOKIES = 6_000
# Two copies of a body are in memory while it is copied, decoded or compressed.
_COPIES = 2


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits of a fetch. The head of a response is bounded by `monitor.transport.response`.

    Attributes:
        connect_seconds: For one address to accept a connection.
        read_seconds: Between two pieces of a response.
        total_seconds: For the whole fetch, all hops.
        max_body_bytes: For the entity as sent, and separately for the decoded body.
        max_redirects: Maximum number of redirects to follow.
    """

    connect_seconds: float = 10
    read_seconds: float = 30
    total_seconds: float = 90
    max_body_bytes: int = 16 * 1024 * 1024
    max_redirects: int = 10


class Fetcher:
    """Fetches URLs over connections that stay open for its lifetime, one visit. Implements `monitor.ports.Fetch`. Not thread-safe.

    Cookies set by a hop are sent to the later hops of the same fetch and then discarded.
    """

    def __init__(
        self,
        limits: FetchLimits,
        user_agent: str,
        ca_bundle: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        proxy: str | None = None,
        in_flight: InFlight = SHARED,
    ) -> None:
        """Store the settings of all fetches; no connection is opened yet.

        Args:
            limits: Limits of a fetch.
            user_agent: The User-Agent field.
            ca_bundle: A PEM file of trusted authorities; None means certifi's.
            clock: Seconds from any origin, for measuring the duration of an exchange.
            proxy: A proxy for all requests; see `monitor.transport.session.guarded_session`. The peer of an exchange is then the proxy.
            in_flight: Room that bodies share. The bodies of a fetch are counted until the next fetch, or `close`, because they are in use until then.
        """
        self._limits = limits
        self._user_agent = user_agent
        self._ca_bundle = ca_bundle
        self._clock = clock
        self._proxy = proxy
        self._held = Held(in_flight)
        # One session per guard: a connection opened for a page that may be private must not be reused for one that may not.
        self._sessions: dict[tuple[Guard, str | None], requests.Session] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        self._held.release()
        while self._sessions:
            self._sessions.popitem()[1].close()

    def __call__(self, request: FetchRequest, now: datetime) -> FetchResult:
        """Fetch `request.url`; see `monitor.ports.Fetch`.

        A body that ends early is marked: LENGTH where it or its entity exceeded the limit, TIME where it did not end in time, DISCONNECT where the server
        closed the connection. The entity's digest and length are then those of the received part.
        """
        try:
            url = normalise(request.url)
        except ValueError as error:
            return FetchResult((_not_sent(request.url, now, FailureKind.BAD_URL, str(error)),))
        return self._fetch(url, request, now, self._limits)

    def robots(self, url: str, now: datetime, *, allow_private: bool, proxy: str | None = None) -> FetchResult:
        """Fetch a robots.txt, with at most five redirects and 500 KiB. Header fields of pages are never sent with it.

        Args:
            url: Normalised.
            now: On the observing clock.
            allow_private: Whether `url`'s own host and port may be private; a redirect elsewhere may not.
            proxy: As for `FetchRequest`.
        """
        limits = replace(self._limits, max_redirects=MAX_REDIRECTS, max_body_bytes=MAX_BYTES)
        return self._fetch(url, FetchRequest(url, allow_private, proxy=proxy), now, limits)

    def _fetch(self, url: str, request: FetchRequest, now: datetime, limits: FetchLimits) -> FetchResult:
        self._held.release()
        guard = Guard(frozenset({endpoint(url)})) if request.allow_private else Guard()
        with Deadline(limits.total_seconds) as deadline:
            session = self._session(guard, request.proxy or self._proxy)
            own = OriginHeaders(url, request.headers, request.secret)
            chain = _RedirectWalk(session, limits, deadline, self._held, self._clock, now, own)
            return FetchResult(tuple(chain.hops(url, request.validators)))

    def _session(self, guard: Guard, proxy: str | None) -> requests.Session:
        if (guard, proxy) not in self._sessions:
            self._sessions[guard, proxy] = guarded_session(
                guard,
                user_agent=self._user_agent,
                pool_connections=_KEPT_CONNECTIONS,
                ca_bundle=self._ca_bundle,
                proxy=proxy,
            )
        return self._sessions[guard, proxy]


class _RedirectWalk:
    """One fetch: the hops from a URL to its final response."""

    def __init__(
        self,
        session: requests.Session,
        limits: FetchLimits,
        deadline: Deadline,
        held: Held,
        clock: Callable[[], float],
        now: datetime,
        own: OriginHeaders,
    ) -> None:
        self._held = held
        self._own = own
        self._kept_bytes = 0  # of the bodies of earlier hops
        self._session = session
        self._limits = limits
        self._deadline = deadline
        self._clock = clock
        self._now = now
        self._began = clock()
        self._cookies = RequestsCookieJar()

    def hops(self, url: str, validators: Validators | None) -> Iterator[Exchange]:
        """Yield one exchange per request; the last one has no redirect to follow, or failed."""
        requested: set[tuple[str, str | None]] = set()
        while True:
            request = self._prepare(url, validators)
            # The same URL with other cookies may give another response: sites redirect to themselves to set a cookie.
            if (url, request.headers.get("Cookie")) in requested or len(requested) > self._limits.max_redirects:
                yield _not_sent(url, self._time(), FailureKind.TOO_MANY_REDIRECTS, _redirects_message(len(requested)))
                return
            exchange = self._exchange(url, request)
            yield exchange
            if condition_failed(exchange):
                validators = None
                continue
            requested.add((url, request.headers.get("Cookie")))
            target = redirect_target(exchange)
            if target is None:
                return
            try:
                url = join(url, target)
            except ValueError as error:
                message = f"{host_of(url)} redirects to nowhere: {error}"
                yield _not_sent(shown_target(target), self._time(), FailureKind.BAD_URL, message)
                return

    def _prepare(self, url: str, validators: Validators | None) -> requests.PreparedRequest:
        # Without Session.request, which takes 0.4 ms to merge, check and re-encode, while there is nothing to merge here.
        request = requests.PreparedRequest()
        request.method, request.url, request.headers = (
            "GET",
            url,
            CaseInsensitiveDict({name: str(value) for name, value in self._session.headers.items()}),
        )
        if validators is not None and validators.url == url:
            # An earlier release stored validators without checking them.
            etag, last_modified = usable_etag(validators.etag), usable_date(validators.last_modified)
            if etag is not None:
                request.headers["If-None-Match"] = etag
            if last_modified is not None:
                request.headers["If-Modified-Since"] = last_modified
        own = self._own.for_request_to(url)
        if len(self._cookies):  # before the page's own cookies are set, beside which the library would add none
            cookie = get_cookie_header(self._cookies, request)  # type: ignore[no-untyped-call]
            # A value that cannot be sent, or that would make the server refuse the request, is omitted.
            if cookie and len(cookie) <= _LONGEST_COOKIES and is_field_value(cookie):
                own = {**own, "Cookie": with_cookies(own.get("Cookie"), cookie)}
        request.headers.update(own)
        return request

    def _exchange(self, url: str, request: requests.PreparedRequest) -> Exchange:
        started_at, began = self._time(), self._clock()
        self._deadline.line = None
        try:
            raw = self._send(request)
        except FAULTS as error:
            failure = failure_of(error, host_of(url), timed_out=self._deadline.expired)
            return self._result(url, started_at, began, failure=failure)
        if "Set-Cookie" in raw.headers:
            extract_cookies_to_jar(self._cookies, request, raw)  # type: ignore[no-untyped-call]
        headers = received_headers(raw)
        entity, cut = self._drain(raw)
        codings = [value for name, value in headers if name.lower() == "content-encoding"]
        decoded = self._decode(entity, codings)
        return self._result(
            url,
            started_at,
            began,
            status=raw.status,
            reason=raw.reason or "",
            http_version="HTTP/1.0" if raw.version == 10 else "HTTP/1.1",
            response_headers=headers,
            entity_sha256=hashlib.sha256(entity).hexdigest(),
            entity_bytes=len(entity),
            body=decoded.body,
            truncated=cut or decoded.truncated,
        )

    def _send(self, request: requests.PreparedRequest) -> Any:
        """Return the response with its headers read, its body not. A kept-alive connection that the server has just closed is replaced once (RFC 9110 §9.2.2)."""
        adapter = self._session.get_adapter(str(request.url))
        timeout = (self._limits.connect_seconds, self._limits.read_seconds)
        try:
            return adapter.send(request, stream=True, timeout=timeout, proxies=self._session.proxies).raw
        except FAULTS as error:
            line = self._deadline.line
            if line is None or not line.reused or self._deadline.expired or not hung_up(error):
                raise
        return adapter.send(request, stream=True, timeout=timeout, proxies=self._session.proxies).raw

    def _drain(self, raw: Any) -> tuple[bytearray, Truncation | None]:
        """Return the entity, de-chunked and still encoded, and why it ends early."""
        entity, cut = bytearray(), None
        try:
            # read1 returns the bytes available: read would lose up to a whole piece when the connection breaks.
            while cut is None and (piece := raw.read1(_PIECE_BYTES, decode_content=False)):
                if not self._held.grow(
                    self._kept_bytes + _COPIES * (len(entity) + len(piece)), self._deadline.remaining()
                ):
                    cut = Truncation.TIME
                entity += piece
                if len(entity) > self._limits.max_body_bytes:
                    cut = Truncation.LENGTH
        except FAULTS as error:
            cut = Truncation.TIME if self._deadline.expired or was_timeout(error) else Truncation.DISCONNECT
        # A body without length or chunks ends with the connection, which the deadline closes too.
        if cut is None and self._deadline.expired and raw.length_remaining is None and not raw.chunked:
            cut = Truncation.TIME
        if cut is not None:
            raw.close()
        raw.release_conn()
        del entity[self._limits.max_body_bytes :]
        return entity, cut

    def _decode(self, entity: bytearray, codings: Sequence[str]) -> Decoded:
        limit = self._limits.max_body_bytes
        # A small body needs no room. Room for the maximum size is taken only where the body exceeds the small limit, because its size is unknown.
        decoded = (
            decode(entity, codings, min(limit, FREE_BYTES // (2 * _COPIES)))
            if codings
            else Decoded(bytes(entity), None)
        )
        if codings and decoded.truncated is Truncation.LENGTH:
            self._held.grow(self._kept_bytes + len(entity) + _COPIES * limit)
            decoded = decode(entity, codings, limit)
        self._kept_bytes += _COPIES * len(decoded.body)
        self._held.shrink(self._kept_bytes)
        return decoded

    def _result(self, url: str, started_at: datetime, began: float, **fields: Any) -> Exchange:
        line = self._deadline.line or Line()
        return Exchange(
            url=url,
            # Without a connection nothing was sent, although the headers may already be recorded.
            request_headers=self._own.recorded(line.request_headers) if line.peer else (),
            started_at=started_at,
            elapsed_ms=round((self._clock() - began) * 1000),
            peer=line.peer,
            tls_version=line.tls_version,
            tls_cipher=line.tls_cipher,
            certificate_expires_at=line.certificate_expires_at,
            **fields,
        )

    def _time(self) -> datetime:
        return self._now + timedelta(seconds=self._clock() - self._began)


def _not_sent(url: str, at: datetime, kind: FailureKind, message: str) -> Exchange:
    """Return an exchange for a request that was not sent, with the reason."""
    return Exchange(
        url, request_headers=(), started_at=at, elapsed_ms=0, failure=Failure(kind, message, transient=False)
    )


def _redirects_message(hops: int) -> str:
    return f"still redirected after {hops} requests, or back to where it was before"
