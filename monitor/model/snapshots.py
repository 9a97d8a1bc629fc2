"""Results of a check: requests, exchanges, snapshots, robots.txt. Immutable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.model.config import Validators
from monitor.model.enums import ExchangeRole, FailureKind, Headers, Origin, Outcome, Truncation, Verdict


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """Parameters of a fetch.

    Attributes:
        url: An http or https URL.
        allow_private: Whether `url`'s own host and port may be private; a redirect elsewhere may not.
        validators: Sent in requests to their `url`; None sends none.
        headers: Further header fields, sent to the origin of `url` only, and no more once a redirect has left it.
        secret: Names of header fields, in lower case, whose values are not recorded in exchanges.
        proxy: The proxy to use; None: the fetcher's, if it has one.
    """

    url: str
    allow_private: bool = False
    validators: Validators | None = None
    headers: Headers = ()
    secret: frozenset[str] = frozenset()
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there was no response, or no complete one.

    Attributes:
        kind: The class of fault; code decides by this, never by the message.
        message: One line for display.
        transient: Whether a retry may succeed without intervention.
    """

    kind: FailureKind
    message: str
    transient: bool


class ResponseKey(NamedTuple):
    """Everything in a response that its verdict and its version depend on. A response with the key of the one before repeats it.

    Attributes:
        body_sha256: Of its body; None where the check failed.
        status: The status code.
        url: URL of the exchange.
        content_type: The Content-Type field as received; None where there was none.
        truncated: Why the body ends early; None where it is complete.
        refresh: The Refresh field as received; None where there was none.
    """

    body_sha256: str | None
    status: int | None
    url: str
    content_type: str | None
    truncated: Truncation | None
    refresh: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its response for one URL. Immutable.

    Attributes:
        url: The requested URL.
        request_headers: As sent, except for secret values, which are replaced by "[redacted]".
        started_at: On the observing clock.
        elapsed_ms: Real milliseconds from the request to the end of the body.
        status: The status code; None where there was no response.
        reason: The reason phrase; "" where there was none.
        http_version: "HTTP/1.1"; "" where there was no response.
        response_headers: As received.
        peer: The address connected to, "203.0.113.7:443" or "[2001:db8::1]:443"; None where there was no connection.
        tls_version: "TLSv1.3"; None over plain HTTP.
        tls_cipher: The cipher suite's name; None over plain HTTP.
        entity_sha256: SHA-256 of the entity as sent (de-chunked, still content-encoded); None where there was no response.
        entity_bytes: Its length; None where there was no response.
        body: The content-decoded bytes; None where there was no response.
        truncated: Why the body ends early; None where it is complete.
        failure: Why there was no response; None where there was one.
        certificate_expires_at: notAfter of the server's certificate; None over plain HTTP, or where it was not seen.
        role: What it was requested for.
    """

    url: str
    request_headers: Headers
    started_at: datetime
    elapsed_ms: int
    status: int | None = None
    reason: str = ""
    http_version: str = ""
    response_headers: Headers = ()
    peer: str | None = None
    tls_version: str | None = None
    tls_cipher: str | None = None
    entity_sha256: str | None = None
    entity_bytes: int | None = None
    body: bytes | None = None
    truncated: Truncation | None = None
    failure: Failure | None = None
    certificate_expires_at: datetime | None = None
    role: ExchangeRole = ExchangeRole.NAVIGATION

    def header(self, name: str) -> str | None:
        """Return the first response header field of that name, ignoring case; None where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.response_headers if key.lower() == wanted), None)

    def response_key(self, body_sha256: str) -> ResponseKey:
        """Return the key of the response, given the SHA-256 of its body."""
        content_type, refresh = self.header("Content-Type"), self.header("Refresh")
        return ResponseKey(body_sha256, self.status, self.url, content_type, self.truncated, refresh)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """Result of a fetch of one page: its exchanges, redirect hops first. Never empty."""

    exchanges: tuple[Exchange, ...]

    @property
    def final(self) -> Exchange:
        """The last exchange, which contains the page's body."""
        return self.exchanges[-1]

    @property
    def failure(self) -> Failure | None:
        """Why the fetch failed; None where there was a final response."""
        return self.final.failure


@dataclass(frozen=True, slots=True)
class Observation:
    """A fetch result with its outcome, derived before any processing; T1 archives it.

    Attributes:
        fetch_result: The fetch result.
        outcome: Its outcome.
        body_sha256: Of the final exchange's body; for NOT_MODIFIED that of the repeated snapshot; None where the fetch failed.
        repeats_id: The snapshot that SAME_BODY and NOT_MODIFIED repeat; None otherwise.
        robots_overruled: Whether robots.txt disallowed the fetch and a setting ignored it.
    """

    fetch_result: FetchResult
    outcome: Outcome
    body_sha256: str | None
    repeats_id: int | None
    robots_overruled: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One archived check of a page.

    Attributes:
        id: The database's key, increasing with the time of archiving.
        page_id: The page.
        seq: 1, 2, 3 … per page, in the order of archiving.
        taken_at: Time of the check, on the observing clock (import: the manifest's date).
        origin: Where it came from.
        outcome: Outcome of the check.
        status: The final status code; for NOT_MODIFIED that of the repeated snapshot; None where the check failed.
        final_url: URL of the last exchange.
        content_type: The final Content-Type field as received; None where there was none.
        body_sha256: The body of this snapshot; None where the check failed.
        truncated: Why that body ends early; None where it is complete.
        repeats_id: The snapshot it repeats; None otherwise.
        verdict: None while unprocessed and where the check failed.
        verdict_reason: Reason for the verdict; "" where there is no verdict.
        version_id: The version derived from it; None while unprocessed, where the verdict is not ok, or the version was deleted.
        read_at: When it was processed; None marks it unprocessed.
        robots_overruled: Whether robots.txt disallowed the check and a setting ignored it.
        moved_permanently: Whether one of the redirects was permanent (301 or 308).
        visit_id: The first snapshot of the visit to the host that it was taken in; None where it is the first itself.
        refresh: The final Refresh field as received; None where there was none.
    """

    id: int
    page_id: int
    seq: int
    taken_at: datetime
    origin: Origin
    outcome: Outcome
    status: int | None
    final_url: str
    content_type: str | None
    body_sha256: str | None
    truncated: Truncation | None
    repeats_id: int | None
    verdict: Verdict | None
    verdict_reason: str
    version_id: int | None
    read_at: datetime | None
    robots_overruled: bool = False
    moved_permanently: bool = False
    visit_id: int | None = None
    refresh: str | None = None

    @property
    def response_key(self) -> ResponseKey:
        """The key of its response; for a repeat that of the repeated one."""
        return ResponseKey(
            self.body_sha256, self.status, self.final_url, self.content_type, self.truncated, self.refresh
        )


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """A host's robots.txt as last requested (RFC 9309).

    Attributes:
        host: `host` or `host:port` that it applies to, with its scheme: "https://example.org".
        fetched_at: When it was requested, real time.
        expires_at: When it is to be requested again, real time; at most 24 hours later (RFC 9309 §2.4).
        status: The status code; None where the host could not be reached.
        body: Its text, at most 500 KiB; "" unless the status was 2xx.
        unreachable_since: Since when it has been unreachable (5xx, no answer); None where it is reachable.
    """

    host: str
    fetched_at: datetime
    expires_at: datetime
    status: int | None
    body: str
    unreachable_since: datetime | None = None
