"""The nouns. Frozen values without behaviour beyond what follows from their own fields; nothing here does I/O.

Times are aware datetimes in UTC. Lengths are in bytes where the name says bytes, in characters for text. Hex digests are lower case.
The words are those of docs/reference/words.md: one word, one meaning, here and in tables, screens and documents.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

Number = int | float
JsonValue = (
    Any  # what json.dumps takes: a number for count, percent and money facts; a list for lists; a string for text
)
Headers = tuple[tuple[str, str], ...]
"""Header fields in the order received, duplicates kept; values are latin-1 text, byte for byte."""


class Outcome(StrEnum):
    """How a look went."""

    FULL = "full"
    SAME_BODY = "same_body"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"


class Verdict(StrEnum):
    """What the page was when looked at. Only OK moves facts and sends validators."""

    OK = "ok"
    BLOCKED = "blocked"
    SOFT_ERROR = "soft_error"
    CONSENT_WALL = "consent_wall"
    LOGIN_WALL = "login_wall"
    EMPTY = "empty"
    PARTIAL = "partial"
    GONE = "gone"
    MOVED = "moved"
    OTHER_LANGUAGE = "other_language"
    ERROR = "error"


class FailureKind(StrEnum):
    """Why no response came."""

    BAD_URL = "bad_url"
    DNS = "dns"
    REFUSED_ADDRESS = "refused_address"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_MANY_REDIRECTS = "too_many_redirects"


class Truncation(StrEnum):
    """Why a body ends early; the words of WARC-Truncated."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"


class BlockKind(StrEnum):
    """What part a block of visible text plays on its page."""

    CONTENT = "content"
    HEADING = "heading"
    ROW = "row"
    FEED = "feed"
    NAVIGATION = "navigation"
    CONSENT = "consent"
    CONTROL = "control"
    FOOTER = "footer"


READING_KINDS = frozenset({BlockKind.CONTENT, BlockKind.HEADING, BlockKind.ROW})
"""The kinds that make up a page's text, and in which facts and loud number changes are read."""


class MentionType(StrEnum):
    """What a number, date or amount in a sentence is. Only COUNT, PERCENT and MONEY can be facts or loud changes."""

    COUNT = "count"
    PERCENT = "percent"
    MONEY = "money"
    ORDINAL = "ordinal"
    DATE = "date"
    YEAR = "year"
    TIME = "time"
    DURATION = "duration"
    IDENTIFIER = "identifier"
    VOLATILE = "volatile"


class FactKind(StrEnum):
    """How a declared fact is read."""

    COUNT_OF = "count_of"
    PERCENT_OF = "percent_of"
    MONEY_OF = "money_of"


class EventKind(StrEnum):
    """What may be told. A closed list: rules name these."""

    FACT_CHANGED = "fact_changed"
    FACT_CONTRADICTION = "fact_contradiction"
    FACT_AGREED = "fact_agreed"
    FACT_LOST = "fact_lost"
    FACT_FOUND = "fact_found"
    FACT_DRIFTED = "fact_drifted"
    FACT_FLAPPING = "fact_flapping"
    NUMBER_CHANGED = "number_changed"
    TEXT_CHANGED = "text_changed"
    PAGE_GONE = "page_gone"
    PAGE_MOVED = "page_moved"
    PAGE_BLOCKED = "page_blocked"
    PAGE_BACK = "page_back"
    PAGE_STALE = "page_stale"
    PAGE_NEW = "page_new"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CHANNEL_FAILING = "channel_failing"


class Level(StrEnum):
    """How much an event matters, loudest first."""

    FACT = "fact"
    NUMBER = "number"
    TEXT = "text"
    HEALTH = "health"
    NOISE = "noise"


class Origin(StrEnum):
    """Where a snapshot came from. Only LIVE alerts."""

    LIVE = "live"
    IMPORT = "import"
    BACKFILL = "backfill"


class Cause(StrEnum):
    """What made a change: the page itself, the watchlist's rules, or a newer reader."""

    PAGE = "page"
    RULES = "rules"
    CODE = "code"


class PageState(StrEnum):
    """Whether a page is looked at. A retired page keeps its history."""

    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class Standing(StrEnum):
    """How a page stands with us, as last told."""

    OK = "ok"
    GONE = "gone"
    MOVED = "moved"
    BLOCKED = "blocked"


class PageSource(StrEnum):
    """Who asked for a page; `apply` retires only those that came from a watchlist."""

    WATCHLIST = "watchlist"
    ADDED = "added"
    IMPORTED = "imported"


# --- what is watched -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a page is due: every interval, or at the times of a cron line.

    Attributes:
        every: The interval; None where cron is given.
        cron: Five fields, weekdays as cron counts them (0 and 7 are Sunday); None where every is given.
        timezone: IANA name in which cron and windows are read.
        jitter: The most that a look is put off by chance, so that no server sees a clockwork.
        windows: When looking is allowed, such as "mon-fri 08:00-18:00"; empty means always.
        adaptive: The shortest and the longest interval of a page that is looked at more often while it changes; None keeps `every`.
    """

    every: timedelta | None = None
    cron: str | None = None
    timezone: str = "UTC"
    jitter: timedelta = timedelta(0)
    windows: tuple[str, ...] = ()
    adaptive: tuple[timedelta, timedelta] | None = None


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """A named thing to follow.

    Attributes:
        name: Unique in a watchlist, such as "member_count".
        kind: How it is read.
        terms: Noun phrases, lower case, singular or plural, that the number must belong to.
    """

    name: str
    kind: FactKind
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """What read a version; two versions are like only where these are equal (like is compared with like).

    Attributes:
        code: The reading version of the code, `monitor.understand.READING_VERSION`.
        facts: Digest of the fact definitions, in order.
        learned: Digest of the learned state handed in; "" where there was none.
    """

    code: str
    facts: str
    learned: str = ""

    @property
    def digest(self) -> str:
        """One short string for all three, for a column."""
        return f"{self.code}/{self.facts}/{self.learned}"

    @staticmethod
    def parse(digest: str) -> Reader:
        """The inverse of `digest`."""
        code, facts, learned = digest.split("/")
        return Reader(code, facts, learned)


def facts_digest(facts: Sequence[FactDefinition]) -> str:
    """Twelve hex digits that change when any definition does; the order of facts does not matter."""
    rows = sorted((fact.name, fact.kind.value, list(fact.terms)) for fact in facts)
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Validators:
    """What lets a server answer 304, echoed byte for byte.

    Attributes:
        url: The URL that gave them; they are sent to no other.
        etag: The ETag field's value, quotes and weakness mark included; None where the server sent none.
        last_modified: The Last-Modified field's value as received; None where the server sent none.
        snapshot_id: The ok snapshot they came from, which a 304 then repeats.
    """

    url: str
    etag: str | None
    last_modified: str | None
    snapshot_id: int


@dataclass(frozen=True, slots=True)
class Page:
    """One watched URL.

    Attributes:
        id: The database's key.
        url: Normalised by `monitor.urls.normalise`.
        label: What people call it; "" where nobody named it.
        host: `host:port` of the URL, the unit of politeness and of leases; the port is left out where it is the scheme's own.
        schedule: When it is due.
        facts: Definitions of the facts followed on it, in the watchlist's order.
        allow_private: Whether this URL's own host and port may be a private or loopback address.
        state: Whether it is looked at.
        source: Who asked for it.
        next_check_at: When it is due next; None where it never is (retired, paused, imported).
        obey_robots: Whether robots.txt may forbid looking at it; overruling is recorded with every snapshot.
        interval: The interval that an adaptive schedule has come to; None for the others, and before the first look.
        failures: Looks in a row that brought no response, or one that asks to be left alone (429, 503).
    """

    id: int
    url: str
    label: str
    host: str
    schedule: Schedule
    facts: tuple[FactDefinition, ...]
    allow_private: bool
    state: PageState
    source: PageSource
    next_check_at: datetime | None
    obey_robots: bool = True
    interval: timedelta | None = None
    failures: int = 0


# --- what was received -----------------------------------------------------------------------------------------------


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
class Look:
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

    look: Look
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


# --- what was understood ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """One block-level piece of visible text.

    Attributes:
        kind: The part it plays.
        text: White space folded, never empty.
        why: What made it that kind, in a few words.
        anchor: The headings above it, outermost first.
    """

    kind: BlockKind
    text: str
    why: str
    anchor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """One number, date or amount in a sentence of a block.

    Attributes:
        type: What it is.
        value: The number: 11000000 for "11 million"; a year for YEAR; for DATE days since 0001-01-01 (proleptic Gregorian).
        unit: The noun phrase counted, lower case ("member countries"), or an ISO 4217 code for MONEY; None where there is none.
        quote: The page's own characters, "11 million".
        hedge: "about", "at least", "over", "up to", "nearly" …, lower case as written; None where there is none.
        block: Index of the block.
        start: Where the quote begins in the block's text, in characters.
        end: Where it ends (exclusive).
        sentence_start: Where its sentence begins in the block's text.
        sentence_end: Where its sentence ends (exclusive).
        upper: The upper end of a range ("12-15": value 12, upper 15); None where it is no range.
    """

    type: MentionType
    value: Number
    unit: str | None
    quote: str
    hedge: str | None
    block: int
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    upper: Number | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a fact on one page at one version.

    Attributes:
        fact: Its name.
        value: None where the page does not state it.
        mentions: The mentions that state `value`, the best first; empty where value is None.
        contradicts: Mentions of the same fact with other values, in page order.
        why: Why this value was chosen, or why there is none.
    """

    fact: str
    value: JsonValue
    mentions: tuple[Mention, ...]
    contradicts: tuple[Mention, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Version:
    """The understanding of a page: its blocks and readings.

    Attributes:
        reader: What read it.
        title: The page's title; "" where there is none.
        language: BCP 47 tag as the page declares it or as detected, lower case; None where unknown.
        blocks: In reading order.
        mentions: In reading order, of every block.
        readings: One per declared fact, in the watchlist's order.
    """

    reader: Reader
    title: str
    language: str | None
    blocks: tuple[Block, ...]
    mentions: tuple[Mention, ...]
    readings: tuple[Reading, ...]

    @property
    def text(self) -> str:
        """Content, heading and row blocks in reading order, a line each."""
        return "\n".join(block.text for block in self.blocks if block.kind in READING_KINDS)

    def sentence(self, mention: Mention) -> str:
        """The sentence that a mention of this version stands in."""
        return self.blocks[mention.block].text[mention.sentence_start : mention.sentence_end]

    def same_as(self, other: Version) -> bool:
        """Whether both say the same (title, language, blocks, readings), whoever read them."""
        return (self.title, self.language, self.blocks, self.readings) == (
            other.title,
            other.language,
            other.blocks,
            other.readings,
        )


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """A snapshot pointed at by an event: its key and its time."""

    id: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page when a snapshot of it is read.

    Attributes:
        version_id: The page's current version; None before its first.
        version: Its value; None before the first.
        shown_by: The snapshot whose body that version was read from; None before the first.
        last_ok: The latest read snapshot with verdict ok, repeats included; None before the first.
        states: The fact states by fact name.
        health: How the page stands; None before it was first decided.
        missed: Looks since `last_ok` that were not ok, by verdict, "failed" for those that brought no response.
    """

    version_id: int | None = None
    version: Version | None = None
    shown_by: Snapshot | None = None
    last_ok: SnapshotRef | None = None
    states: Mapping[str, FactState] = field(default_factory=dict)
    health: PageHealth | None = None
    missed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageHealth:
    """How a page stands, over looks.

    Attributes:
        standing: What was last told of it.
        since: The first look that found it so; None where it was ok from the first.
        candidate: A standing that waits to be confirmed; None where there is none.
        candidate_since: The first look that found the candidate; None with it.
        candidate_seen: Looks in a row that found it.
        candidate_before: The last ok look before them; None where there was none, and without a candidate.
        stale_since: When page_stale was told; None while it is not stale.
        disallowed_since: When robots.txt was first found to forbid it; None while it does not.
        certificate_told: The expiry date that certificate_expiring was last told of; None before.
    """

    standing: Standing = Standing.OK
    since: SnapshotRef | None = None
    candidate: Standing | None = None
    candidate_since: SnapshotRef | None = None
    candidate_seen: int = 0
    candidate_before: SnapshotRef | None = None
    stale_since: datetime | None = None
    disallowed_since: datetime | None = None
    certificate_told: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class FactState:
    """What is remembered of one fact on one page, over versions.

    Attributes:
        fact: Its name.
        reader: Digest of the reader under which it stands; another reader's reading first rebases it, silently.
        value: The last good value; None where it was never read.
        quote: The page's characters that stated it; None where it was never read.
        sentence: The sentence they stood in; None where it was never read.
        since: The snapshot that first showed `value`; None where it was never read.
        seen: The last snapshot known to show `value`; None means the page's last ok look.
        absent_since: The first of the ok looks in a row without it; None where the last ok look had it, or it was never read.
        absences: Ok looks in a row without it.
        lost: Whether fact_lost has been told.
        candidate: A value waiting to be confirmed; None where there is none.
        candidate_seen: Ok looks in a row that showed it.
        baseline: The value that drift is measured against; None where it was never read.
        baseline_at: When the baseline was taken; None where it was never read.
        contradiction: All values of the open contradiction, the chosen one first; empty where the page agrees with itself.
        flapping: Whether the fact is held as flapping.
    """

    fact: str
    reader: str
    value: JsonValue = None
    quote: str | None = None
    sentence: str | None = None
    since: SnapshotRef | None = None
    seen: SnapshotRef | None = None
    absent_since: SnapshotRef | None = None
    absences: int = 0
    lost: bool = False
    candidate: JsonValue = None
    candidate_seen: int = 0
    baseline: JsonValue = None
    baseline_at: datetime | None = None
    contradiction: tuple[JsonValue, ...] = ()
    flapping: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two versions, before it is tied to snapshots.

    Attributes:
        kind: What happened.
        level: How much it matters.
        summary: One line for people, "member_count 83 → 85 (+2)".
        fact: The fact's name; None where no declared fact is concerned.
        before: The value before, JSON; None where there was none or it is no value.
        after: The value after, JSON; for a contradiction the list of all values.
        quote_before: The page's own characters before; None where nothing stood there.
        quote_after: The page's own characters after; None where nothing stands there.
        sentence_before: The sentence (for text_changed: the sentences) before.
        sentence_after: The sentence or sentences after.
        block_kind: The kind of the block it stands in, the new side's where there is one; None where it stands in none.
        detail: JSON-ready extras: "unit", "why", and W3C TextQuoteSelectors {"exact","prefix","suffix"} as "place_before", "place_after".
        seen_before: The snapshot that last showed `before`, where it is not the page's last ok look.
        seen_after: The snapshot that first showed `after`, where it is not the one being read.
    """

    kind: EventKind
    level: Level
    summary: str
    fact: str | None = None
    before: JsonValue = None
    after: JsonValue = None
    quote_before: str | None = None
    quote_after: str | None = None
    sentence_before: str | None = None
    sentence_after: str | None = None
    block_kind: BlockKind | None = None
    detail: Mapping[str, JsonValue] = field(default_factory=dict)
    seen_before: SnapshotRef | None = None
    seen_after: SnapshotRef | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A change, or a turn in a page's health, that somebody may want to hear of. Copies what it says; points at snapshots only.

    Attributes:
        change: What happened.
        snapshot: The snapshot that first showed `after`.
        before: The last snapshot that showed `before`; None where there was none.
        origin: That of `snapshot`.
        cause: What made it.
    """

    change: Change
    snapshot: SnapshotRef
    before: SnapshotRef | None
    origin: Origin
    cause: Cause = Cause.PAGE


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What reading one snapshot came to; what T2 records.

    Attributes:
        verdict: What the page was.
        reason: Why.
        version: A version to store; None where the page reads as before, or the verdict is not ok.
        version_id: The stored version that reads this snapshot where `version` is None; None where the verdict is not ok.
        states: Fact states that changed.
        events: What is to be told.
        health: How the page stands now; None where that did not change.
        settled: Whether another look at the same bytes by the same reader could neither change a state nor make an event.
        confirmed_by: The reader that read `version_id` again to the same result; None where nobody had to.
    """

    verdict: Verdict
    reason: str
    version: Version | None = None
    version_id: int | None = None
    states: tuple[FactState, ...] = ()
    events: tuple[Event, ...] = ()
    health: PageHealth | None = None
    settled: bool = False
    confirmed_by: Reader | None = None
