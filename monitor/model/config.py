"""What is watched: schedules, facts to follow, the reader that reads them, pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.model.enums import BlockKind, FactKind, Number, PageSource, PageState


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


class Lookup(NamedTuple):
    """Something that is found on a parsed page by its structure rather than in its text.

    Attributes:
        selector: A CSS selector; None where a list is found by heading or column.
        heading: Words of the heading, caption or label that a list stands under; None for any.
        column: Words at the head of the column of a table; None takes list items, or the first cells of rows.
    """

    selector: str | None = None
    heading: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where on a page a fact is read; empty fields limit nothing.

    Attributes:
        under: Words, lower case, one of which a heading above (or the heading itself) holds.
        inside: A CSS selector of elements; None for the whole page.
        kinds: Kinds of blocks. Empty: content, headings and rows, and navigation and footer where no other block states the fact;
            with `inside`, all kinds.
        near: Words, lower case, one of which stands in the same block or in the one before or behind.
    """

    under: tuple[str, ...] = ()
    inside: str | None = None
    kinds: tuple[BlockKind, ...] = ()
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """How far a number must move to matter.

    Attributes:
        amount: The least distance, above 0; in percent of the value before where `percent` says so.
        percent: Whether it is a share.
    """

    amount: float
    percent: bool = False

    def reached(self, before: Number, after: Number) -> bool:
        """Whether the step is at least that far. From 0, any step reaches a share."""
        distance = abs(after - before)
        return distance > 0 and (
            distance * 100 >= self.amount * abs(before) if self.percent else distance >= self.amount
        )

    def __str__(self) -> str:
        """As it is written in a watchlist: "5 %" or "3"."""
        return f"{self.amount:g} %" if self.percent else f"{self.amount:g}"


@dataclass(frozen=True, slots=True)
class Drift:
    """When many small steps of a fact are to be told as one.

    Attributes:
        threshold: How far it must be from the baseline.
        baseline: The value to measure from; a length of time means the value that stood so long ago; None the first value that was read.
    """

    threshold: Threshold
    baseline: Number | timedelta | None = None


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """A named thing to follow.

    Attributes:
        name: Unique in a watchlist, such as "member_count".
        kind: How it is read.
        terms: Noun phrases, lower case, singular or plural, that the number or date must belong to; empty for texts and lists.
        pattern: What a text is, or the name in each item of a list: an RE2 pattern with one named group; None takes the whole text.
        source: Where a list, or a text without a pattern, is found; None for the others.
        scope: Where it is read.
        against: A list whose names are counted and held against a count; None where nothing is.
        drift: When many small steps of it are told as one; None: never. No part of how it is read.
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
        """What must be found on the parsed page before it can be read."""
        inside = () if self.scope.inside is None else (Lookup(self.scope.inside),)
        return (
            *(() if self.source is None else (self.source,)),
            *inside,
            *(() if self.against is None else self.against.lookups),
        )


@dataclass(frozen=True, slots=True)
class ParserVersion:
    """What read a version; two versions are like only where these are equal (like is compared with like).

    Attributes:
        code: The reading version of the code, `monitor.parser_version.PARSER_VERSION`.
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
    def parse(digest: str) -> ParserVersion:
        """The inverse of `digest`."""
        code, facts, learned = digest.split("/")
        return ParserVersion(code, facts, learned)


def facts_digest(facts: Sequence[FactDefinition]) -> str:
    """Twelve hex digits that change when any definition does; the order of facts does not matter."""
    rows = sorted((_told(fact) for fact in facts), key=lambda row: str(row[0]))
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()[:12]


def _told(fact: FactDefinition) -> list[object]:
    """All that a definition says, JSON-ready; what it leaves open is left out, so that a definition keeps its digest when there is more to say."""
    scope = fact.scope
    more = {
        "pattern": fact.pattern,
        "source": fact.source,
        "under": scope.under,
        "inside": scope.inside,
        "kinds": sorted(scope.kinds),
        "near": scope.near,
        "against": None if fact.against is None else _told(fact.against),
    }
    said = {key: value for key, value in more.items() if value}
    return [fact.name, fact.kind.value, list(fact.terms), *([said] if said else [])]


@dataclass(frozen=True, slots=True)
class Validators:
    """What lets a server answer 304, echoed byte for byte.

    Attributes:
        url: The URL that gave them; they are sent to no other.
        etag: The ETag field's value, quotes and weakness mark included; None where the server sent none.
        last_modified: The Last-Modified field's value as received; None where the server sent none.
        snapshot_id: The ok snapshot they came from, which a 304 then repeats.
        body_sha256: The body that this snapshot shows.
        repeats: How many 304s in a row confirmed that body since a request without conditions brought it.
        confirmed_at: When it was last brought so, on the observing clock; None where that is not known.
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
        mute: Headings, or words of a sentence, below or in which changes mean nothing, whatever was learned.
        always_report: Headings, or words of a sentence, below or in which no change is ever noise.
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


# --- what was received -----------------------------------------------------------------------------------------------
