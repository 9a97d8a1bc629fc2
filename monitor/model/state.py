"""State of a page between checks, and differences between versions: fact states, changes, events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model.config import ParserVersion
from monitor.model.enums import BlockKind, Cause, EventKind, HealthStatus, JsonValue, Level, Origin, Verdict
from monitor.model.readings import Version
from monitor.model.reasons import Reason
from monitor.model.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """Reference from an event to a snapshot: its key and its time."""

    id: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeFrequency:
    """How often one location on a page changed recently.

    Attributes:
        at: Number of the ok check that last changed it, counted in the order of time.
        changed: A bit for each of the last `monitor.tracking.noise.WINDOW` intervals up to `at`, that one the lowest: whether the location changed.
        rose: The same for whether a number rose.
        noisy: Whether it is classified as noise.
        known: Whether it was classified as noise before; it then becomes noise again sooner.
        time: Time of that check, in seconds since 1970-01-01 UTC; 0 where it is unknown: learned before times were recorded.
    """

    at: int
    changed: int
    rose: int = 0
    noisy: bool = False
    known: bool = False
    time: int = 0


@dataclass(frozen=True, slots=True)
class RecurringLabel:
    """How often a short label appeared on a page: see `monitor.tracking.recurring_labels`.

    Attributes:
        appearances: Number of checks at which it appeared.
        time: When it last appeared or disappeared, in seconds since 1970-01-01 UTC.
    """

    appearances: int
    time: int


@dataclass(frozen=True, slots=True)
class LearnedNoise:
    """Noise learned of a page: a separate part of its state, passed in and returned.

    Attributes:
        code: Version of the algorithm that learned it, `monitor.tracking.noise.NOISE_VERSION`; the result of another version is discarded.
        missed: Checks so far that were not ok and therefore do not count.
        spots: Change frequencies by location digest.
        interval: Usual time between two checks of the page, in seconds; 0 where it is unknown.
        labels: Short labels that appeared or disappeared, by digest.
    """

    code: str
    missed: int = 0
    spots: Mapping[str, ChangeFrequency] = field(default_factory=dict)
    interval: int = 0
    labels: Mapping[str, RecurringLabel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageHealth:
    """Health of a page over several checks.

    Attributes:
        status: Status as last reported.
        since: The first check that found this status; None where it was ok from the first.
        candidate: A status that awaits confirmation; None where there is none.
        candidate_since: The first check that found the candidate; None with it.
        candidate_seen: Consecutive checks that found it.
        candidate_before: The last ok check before them; None where there was none, and without a candidate.
        stale_since: When page_stale was reported; None while the page is not stale.
        disallowed_since: When robots.txt was first found to disallow the page; None while it does not.
        reported_certificate_expiry: The expiry date for which certificate_expiring was last reported; None before.
    """

    status: HealthStatus = HealthStatus.OK
    since: SnapshotRef | None = None
    candidate: HealthStatus | None = None
    candidate_since: SnapshotRef | None = None
    candidate_seen: int = 0
    candidate_before: SnapshotRef | None = None
    stale_since: datetime | None = None
    disallowed_since: datetime | None = None
    reported_certificate_expiry: datetime | None = None


@dataclass(frozen=True, slots=True)
class CurrentVersion:
    """The version of a page that its latest ok snapshot showed.

    Attributes:
        id: The database's key; in a history that is being reprocessed the number of the version, from 0.
        version: Its value; None where the stored version cannot be decoded: it is then derived again from `snapshot`.
        snapshot: The snapshot whose body it was derived from; None where it is no longer stored, which implies that `version` is None.
    """

    id: int
    version: Version | None
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class PageMemory:
    """State of a page before one of its snapshots is processed.

    Attributes:
        current: The page's current version; None before its first.
        last_ok: The latest processed snapshot with verdict ok, repeats included; None before the first.
        states: The fact states by fact name.
        health: Health of the page.
        missed: Checks since `last_ok` that were not ok, by verdict; "failed" counts those without a response.
        noise: Learned noise; None before there is any.
        unprocessed: Its unprocessed snapshots, in the order of `seq`.
    """

    current: CurrentVersion | None = None
    last_ok: SnapshotRef | None = None
    states: Mapping[str, FactState] = field(default_factory=dict)
    health: PageHealth = PageHealth()
    missed: Mapping[str, int] = field(default_factory=dict)
    noise: LearnedNoise | None = None
    unprocessed: tuple[Snapshot, ...] = ()

    @property
    def version(self) -> Version | None:
        """The value of the current version; None before the first, and where it cannot be decoded."""
        return None if self.current is None else self.current.version

    @property
    def version_id(self) -> int | None:
        """The id of the current version; None before the first."""
        return None if self.current is None else self.current.id


@dataclass(frozen=True, slots=True)
class ValueAtTime:
    """Value of a fact on a page from one check on.

    Attributes:
        values: The value; where the page contradicted itself all its values, the chosen one first.
        at: taken_at of the check that first showed it.
        check: That check's number among the page's checks, counted in the order of time.
    """

    values: tuple[JsonValue, ...]
    at: datetime
    check: int


@dataclass(frozen=True, slots=True)
class FactState:
    """State of one fact on one page, over versions.

    Attributes:
        fact: Its name.
        reader: Digest of the parser version of the state; a reading by another one first rebases the state, without an event.
        value: The last good value; None where there was never one.
        quote: The page's characters that stated it; None where there was never a value.
        sentence: The sentence that contained them; None where there was never a value.
        since: The snapshot that first showed `value`; None where there was never a value.
        seen: The last snapshot known to show `value`; None means the page's last ok check.
        absent_since: The first of the consecutive ok checks without a readable value; None where the last ok check had one, or there was never a value.
        absences: Those of them in which the page did not state the fact.
        unreadable: Those of them in which the page stated it in a form that is not readable.
        lost: Whether fact_lost was reported.
        candidate: A value that awaits confirmation; None where there is none.
        candidate_since: The check that first showed it; None where there is none.
        baseline: The value that drift is measured against; None where there was never a value.
        baseline_at: When the baseline was set; None where there was never a value.
        contradiction: All values of the open contradiction, the chosen one first; empty where the page agrees with itself.
        flapping: Whether the fact is flapping.
        trail: Its most recent values, oldest first, at most `monitor.tracking.fact_state.TRAIL` entries.
        drifted: The value at which a drift from the baseline was last reported, or that a single step of this size reached; None while near the baseline.
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
    unreadable: int = 0
    lost: bool = False
    candidate: JsonValue = None
    candidate_since: SnapshotRef | None = None
    baseline: JsonValue = None
    baseline_at: datetime | None = None
    contradiction: tuple[JsonValue, ...] = ()
    flapping: bool = False
    trail: tuple[ValueAtTime, ...] = ()
    drifted: JsonValue = None


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two versions, before it is assigned to snapshots.

    Attributes:
        kind: Kind of event.
        level: Its importance.
        reason: What happened; None for an event recorded before reason codes, and for a code that is unknown.
        fact: The fact's name; None where no declared fact is concerned.
        before: The value before, JSON; None where there was none or it is not a value.
        after: The value after, JSON; for a contradiction the list of all values.
        quote_before: The page's own characters before; None where there were none.
        quote_after: The page's own characters after; None where there are none.
        sentence_before: The sentence (for text_changed: the sentences) before.
        sentence_after: The sentence or sentences after.
        block_kind: The kind of its block, the new side's where there is one; None where it is in no block.
        detail: JSON-ready values: those that the reason needs (`REASON_VALUES`), "why" (the reason of the reading), "held", "noise" (a `NoiseReason`),
            "anchor" (the headings above, outermost first; missing where none is known), "row" and "column" in tables, "spots" (digests of its locations), and W3C TextQuoteSelectors
            {"exact","prefix","suffix"} as "place_before", "place_after".
        seen_before: The snapshot that last showed `before`, where it is not the page's last ok check.
        seen_after: The snapshot that first showed `after`, where it is not the one being processed.
        stored_text: The sentence of an event recorded before reason codes; "" for all others, whose sentence is rendered from `reason` and values.
    """

    kind: EventKind
    level: Level
    reason: Reason | None
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
    stored_text: str = ""

    @property
    def held(self) -> JsonValue:
        """Why the change is recorded but never causes an alert by itself ("flapping"); None where rules decide."""
        return self.detail.get("held")

    @property
    def values(self) -> str:
        """The values, and for a change of no fact its texts, as canonical JSON: what two changes of a kind are compared by, however they are worded."""
        texts = (self.quote_before, self.quote_after, self.sentence_before, self.sentence_after)
        return json.dumps([self.before, self.after, *(texts if self.fact is None else ())], sort_keys=True)


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a page or of its health that rules can select. Contains copies of its texts; refers to snapshots only.

    Attributes:
        change: The change.
        snapshot: The snapshot that first showed `after`.
        before: The last snapshot that showed `before`; None where there was none.
        origin: That of `snapshot`.
        cause: Its cause.
    """

    change: Change
    snapshot: SnapshotRef
    before: SnapshotRef | None
    origin: Origin
    cause: Cause = Cause.PAGE


@dataclass(frozen=True, slots=True)
class Rescheduling:
    """New schedule of a page with an adaptive schedule, after a snapshot was processed.

    Attributes:
        interval: The new interval.
        due: When the page is due next under it, unless the page was rescheduled since the snapshot.
        reason: Reason, for display.
    """

    interval: timedelta
    due: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AnalysisOutcome:
    """Result of processing one snapshot; T2 records it.

    Attributes:
        verdict: Classification of the snapshot.
        reason: Reason for the verdict.
        version: A version to store; None where the content is unchanged, or the verdict is not ok.
        version_id: The stored version that applies to this snapshot where `version` is None; None where the verdict is not ok.
        states: Fact states that changed.
        events: Events to record.
        health: New health of the page; None where it did not change.
        settled: Whether processing the same bytes again with the same parser version could neither change a state nor produce an event.
        confirmed_by: The parser version that reprocessed `version_id` with the same result; None where that was not necessary.
        noise: New learned noise of the page; None where it did not change.
        rescheduling: New schedule of a page with an adaptive one; None where it does not change.
        degree: Words of a thousand that `version` changed of the version before (`monitor.diff.degree`); None without both.
    """

    verdict: Verdict
    reason: str
    version: Version | None = None
    version_id: int | None = None
    states: tuple[FactState, ...] = ()
    events: tuple[Event, ...] = ()
    health: PageHealth | None = None
    settled: bool = False
    confirmed_by: ParserVersion | None = None
    noise: LearnedNoise | None = None
    rescheduling: Rescheduling | None = None
    degree: int | None = None
