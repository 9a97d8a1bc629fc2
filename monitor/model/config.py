"""Declarations of the watchlist: schedules, facts, the parser version, validators, pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.model.enums import BlockKind, FactKind, Number, PageSource, PageState
from monitor.model.requisites import RequisiteMode


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a page is due: at a fixed interval, or at the times of a cron expression.

    Attributes:
        every: The interval; None where cron is given.
        cron: Five fields, weekdays as cron counts them (0 and 7 are Sunday); None where every is given.
        timezone: IANA name of the time zone of cron and windows.
        jitter: Maximum random delay of a check, so that requests do not arrive at exact intervals.
        windows: When checks are allowed, such as "mon-fri 08:00-18:00"; empty means always.
        adaptive: Shortest and longest interval of a page that is checked more often while it changes; None keeps `every`.
    """

    every: timedelta | None = None
    cron: str | None = None
    timezone: str = "UTC"
    jitter: timedelta = timedelta(0)
    windows: tuple[str, ...] = ()
    adaptive: tuple[timedelta, timedelta] | None = None


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """How a page is requested.

    Attributes:
        interval: Minimum time between two requests to its host; None: what the service and robots.txt set, which apply anyway if they are longer.
        proxy: URL of a proxy for its requests; None: that of the service, if any.
        headers: Header fields that are sent to its origin, and only there. Values here and below are as declared: "env:NAME" and "file:PATH" are references.
        cookies: Cookies that are sent to its origin, as names and values.
        basic_auth: User name and password for its origin (RFC 7617); None: none.
    """

    interval: timedelta | None = None
    proxy: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    basic_auth: tuple[str, str] | None = None


class Lookup(NamedTuple):
    """A lookup by the structure of a parsed page rather than by its text.

    Attributes:
        selector: A CSS selector; None where a list is found by heading or column.
        heading: Words of the heading, caption or label above a list; None for any.
        column: Words of the header cell of a table column; None takes list items, or the first cells of rows.
    """

    selector: str | None = None
    heading: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a page from which a fact is extracted; an empty field does not limit it.

    Attributes:
        under: Words, lower case; a heading above (or the heading itself) contains one of them.
        inside: A CSS selector of elements; None for the whole page.
        kinds: Kinds of blocks. Empty: content, headings and rows, and navigation and footer where no other block states the fact;
            with `inside`, all kinds.
        near: Words, lower case; the same block, the one before or the one after contains one of them.
    """

    under: tuple[str, ...] = ()
    inside: str | None = None
    kinds: tuple[BlockKind, ...] = ()
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """Minimum change of a number that counts.

    Attributes:
        amount: The minimum difference, above 0; in percent of the value before if `percent` is set.
        percent: Whether `amount` is a percentage.
    """

    amount: float
    percent: bool = False

    def reached(self, before: Number, after: Number) -> bool:
        """Return whether the difference reaches the threshold. From 0, any change reaches a percentage."""
        distance = abs(after - before)
        return distance > 0 and (
            distance * 100 >= self.amount * abs(before) if self.percent else distance >= self.amount
        )

    def __str__(self) -> str:
        """Return the notation of a watchlist: "5 %" or "3"."""
        return f"{self.amount:g} %" if self.percent else f"{self.amount:g}"


@dataclass(frozen=True, slots=True)
class Drift:
    """When to report many small steps of a fact as one event.

    Attributes:
        threshold: Minimum distance from the baseline.
        baseline: The value to measure from; a duration means the value that was current so long ago; None means the first extracted value.
    """

    threshold: Threshold
    baseline: Number | timedelta | None = None


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """A named value to extract and follow.

    Attributes:
        name: Unique in a watchlist, such as "member_count".
        kind: How it is extracted.
        terms: Noun phrases, lower case, singular or plural, that the number or date must belong to; empty for texts and lists.
        pattern: RE2 pattern with one named group for a text, or for the name in each item of a list; None takes the whole text.
        source: Where a list, or a text without a pattern, is found; None for the others.
        scope: The part of the page from which it is extracted.
        against: A list whose number of names is compared with a count; None where nothing is compared.
        drift: When many small steps are reported as one event; None: never. Does not affect extraction.
    """

    name: str
    kind: FactKind
    terms: tuple[str, ...] = ()
    pattern: str | None = None
    source: Lookup | None = None
    scope: Scope = Scope()
    against: FactDefinition | None = None
    drift: Drift | None = None

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """The lookups to make on the parsed page before the fact can be extracted."""
        inside = () if self.scope.inside is None else (Lookup(self.scope.inside),)
        return (
            *(() if self.source is None else (self.source,)),
            *inside,
            *(() if self.against is None else self.against.lookups),
        )


class Selection(NamedTuple):
    """The part of a page that is monitored, by CSS selectors. Empty: the whole page.

    Attributes:
        only: Elements that are monitored; empty: all.
        without: Elements that are not monitored, even inside those.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """The lookups to make on the parsed page."""
        return tuple(map(Lookup, (*self.only, *self.without)))


WHOLE_PAGE = Selection()
"""The selection of a page without selectors."""


@dataclass(frozen=True, slots=True)
class ParserVersion:
    """Identifies the code and the definitions that derived a version; two versions are comparable only if these are equal.

    Attributes:
        code: Parser version of the code, `monitor.parser_version.PARSER_VERSION`.
        facts: Digest of the fact definitions (`facts_digest`).
        learned: Digest of the learned state used; "" where there was none.
    """

    code: str
    facts: str
    learned: str = ""

    @property
    def digest(self) -> str:
        """All three fields in one short string, for a database column."""
        return f"{self.code}/{self.facts}/{self.learned}"

    @staticmethod
    def parse(digest: str) -> ParserVersion:
        """Return the parser version of which this is the `digest`."""
        code, facts, learned = digest.split("/")
        return ParserVersion(code, facts, learned)


def facts_digest(facts: Sequence[FactDefinition], selection: Selection = WHOLE_PAGE) -> str:
    """Return twelve hex digits that change when any definition or selector does; their order does not matter."""
    rows = sorted((_digested_fields(fact) for fact in facts), key=lambda row: str(row[0]))
    if selection != WHOLE_PAGE:  # left out otherwise, so that existing digests stay
        rows.append(["", sorted(selection.only), sorted(selection.without)])
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()[:12]


def _digested_fields(fact: FactDefinition) -> list[object]:
    """Return the fields of a definition, JSON-ready. Empty fields are omitted, so that a new optional field does not change existing digests."""
    scope = fact.scope
    fields = {
        "pattern": fact.pattern,
        "source": fact.source,
        "under": scope.under,
        "inside": scope.inside,
        "kinds": sorted(scope.kinds),
        "near": scope.near,
        "against": None if fact.against is None else _digested_fields(fact.against),
    }
    optional = {key: value for key, value in fields.items() if value}
    return [fact.name, fact.kind.value, list(fact.terms), *([optional] if optional else [])]


@dataclass(frozen=True, slots=True)
class Validators:
    """Validators of a response, sent back byte for byte in conditional requests so that the server can answer 304.

    Attributes:
        url: The URL that returned them; they are sent to no other.
        etag: The ETag field's value, quotes and weakness mark included; None where the server sent none.
        last_modified: The Last-Modified field's value as received; None where the server sent none.
        snapshot_id: The ok snapshot they came from, which a 304 then repeats.
        body_sha256: The body of this snapshot.
        repeats: Consecutive 304s that confirmed that body since an unconditional request returned it.
        confirmed_at: When an unconditional request last returned it, on the observing clock; None where unknown.
    """

    url: str
    etag: str | None
    last_modified: str | None
    snapshot_id: int
    body_sha256: str
    repeats: int = 0
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One watched URL.

    Attributes:
        id: The database's key.
        url: Normalised by `monitor.urls.normalise`.
        label: Display name; "" where none is given.
        host: `host:port` of the URL, the unit of politeness and of leases; the port is omitted where it is the scheme's default.
        schedule: When it is due.
        facts: Definitions of the facts followed on it, in the watchlist's order.
        allow_private: Whether this URL's own host and port may be a private or loopback address.
        state: Whether it is checked.
        source: How it was added.
        next_check_at: When it is due next; None for never (retired, paused, imported).
        obey_robots: Whether robots.txt may disallow the page; ignoring it is recorded with every snapshot.
        interval: Current interval of an adaptive schedule; None for the others, and before the first check.
        failures: Consecutive checks without a response, or with a rate-limiting one (429, 503).
        mute: Headings, or words of a sentence; changes under or in them are noise, regardless of what was learned.
        always_report: Headings, or words of a sentence; changes under or in them are never noise.
        tags: Names of the groups that it belongs to.
        selection: The part of it that is monitored.
        request: How it is requested.
        requisites: When its requisites are archived.
        inherited: The settings that are not its own, each with the table of the watchlist that it comes from: (("every", "defaults"),).
        paused_until: Its alerts are held until then, while its checks go on; None: they are not held.
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
    mute: tuple[str, ...] = ()
    always_report: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    selection: Selection = WHOLE_PAGE
    request: RequestSettings = RequestSettings()
    requisites: RequisiteMode = RequisiteMode.ON_CHANGE
    inherited: tuple[tuple[str, str], ...] = ()
    paused_until: datetime | None = None
