"""What a look brings: requests, exchanges, snapshots, robots.txt. Never altered once made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.config import Validators
from monitor.model.enums import FailureKind, Headers, Origin, Outcome, Truncation, Verdict


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to ask a server for.

    Attributes:
        url: An http or https URL.
        allow_private: Whether `url`'s own host and port may be private; a redirect elsewhere may not.
        validators: Sent where their `url` is asked; None sends none.
    """

    url: str
    allow_private: bool = False
    validators: Validators | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no response came, or came whole.

    Attributes:
        kind: The class of fault; code decides by this, never by the message.
        message: One line for people.
        transient: Whether trying again later may help without anybody's help.
    """

    kind: FailureKind
    message: str
    transient: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response for one URL. Never altered.

    Attributes:
        url: What was asked.
        request_headers: As sent.
        started_at: On the observing clock.
        elapsed_ms: Real milliseconds from the request to the end of the body.
        status: The status code; None where no response came.
        reason: The reason phrase; "" where there was none.
        http_version: "HTTP/1.1"; "" where no response came.
        response_headers: As received.
        peer: The address connected to, "203.0.113.7:443" or "[2001:db8::1]:443"; None where none was.
        tls_version: "TLSv1.3"; None over plain HTTP.
        tls_cipher: The cipher suite's name; None over plain HTTP.
        entity_sha256: SHA-256 of the entity as sent (de-chunked, still content-encoded); None where no response came.
        entity_bytes: Its length; None where no response came.
        body: The content-decoded bytes; None where no response came.
        truncated: Why the body ends early; None where it is whole.
        failure: Why no response came; None where one did.
        certificate_expires_at: notAfter of the server's certificate; None over plain HTTP, or where it was not seen.
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

    def header(self, name: str) -> str | None:
        """The first response header field of that name, whatever its case; None where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.response_headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What one look at a page brought: its exchanges, redirect hops first. Never empty."""

    exchanges: tuple[Exchange, ...]

    @property
    def final(self) -> Exchange:
        """The last exchange, whose body is the page's."""
        return self.exchanges[-1]

    @property
    def failure(self) -> Failure | None:
        """Why the look failed; None where a final response came."""
        return self.final.failure


@dataclass(frozen=True, slots=True)
class Observation:
    """A look with what follows from it before anything is interpreted; what T1 archives.

    Attributes:
        look: The exchanges.
        outcome: How it went.
        body_sha256: Of the final exchange's body; for NOT_MODIFIED that of the repeated snapshot; None where the look failed.
        repeats_id: The snapshot that SAME_BODY and NOT_MODIFIED repeat; None otherwise.
        robots_overruled: Whether robots.txt forbade the look and a setting overruled it.
    """

    look: FetchResult
    outcome: Outcome
    body_sha256: str | None
    repeats_id: int | None
    robots_overruled: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One archived look at a page.

    Attributes:
        id: The database's key, growing with time of archiving.
        page_id: Whose page it is.
        seq: 1, 2, 3 … per page, in the order of archiving.
        taken_at: When it was looked at, on the observing clock (import: the manifest's date).
        origin: Where it came from.
        outcome: How the look went.
        status: The final status code; for NOT_MODIFIED that of the repeated snapshot; None where the look failed.
        final_url: The URL that answered last.
        content_type: The final Content-Type field as received; None where there was none.
        body_sha256: The body that this snapshot shows; None where the look failed.
        truncated: Why that body ends early; None where it is whole.
        repeats_id: The snapshot it repeats; None otherwise.
        verdict: None while unread and where the look failed.
        verdict_reason: Why; "" where there is no verdict.
        version_id: The version that reads it; None while unread, where the verdict is not ok, or the version was thrown away.
        read_at: When it was read; None marks it unread.
        robots_overruled: Whether robots.txt forbade the look and a setting overruled it.
        moved_permanently: Whether a redirect on the way was permanent (301 or 308).
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
    refresh: str | None = None


# --- what was understood ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """A host's robots.txt as last asked for (RFC 9309).

    Attributes:
        host: `host` or `host:port` that it rules, with its scheme: "https://example.org".
        fetched_at: When it was asked for, real time.
        expires_at: When it is to be asked for again, real time; at most 24 hours later (RFC 9309 §2.4).
        status: What the server answered; None where it could not be reached.
        body: Its text, at most 500 KiB; "" unless the status was 2xx.
        unreachable_since: Since when it could not be had (5xx, no answer); None where it could.
    """

    host: str
    fetched_at: datetime
    expires_at: datetime
    status: int | None
    body: str
    unreachable_since: datetime | None = None
