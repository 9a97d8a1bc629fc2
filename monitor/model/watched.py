"""What is watched: schedules, facts to follow, the reader that reads them, pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.kinds import FactKind, Number, PageSource, PageState


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
        noise: Headings, or words of a sentence, below or in which changes mean nothing, whatever was learned.
        heed: Headings, or words of a sentence, below or in which no change is ever noise.
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
    noise: tuple[str, ...] = ()
    heed: tuple[str, ...] = ()


# --- what was received -----------------------------------------------------------------------------------------------
