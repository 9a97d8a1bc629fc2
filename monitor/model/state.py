"""What is remembered of a page between looks, and what differs: states, changes, events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model.config import ParserVersion
from monitor.model.enums import BlockKind, Cause, EventKind, HealthStatus, JsonValue, Level, Origin, Verdict
from monitor.model.readings import Version
from monitor.model.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """A snapshot pointed at by an event: its key and its time."""

    id: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeFrequency:
    """How often one place of a page changed lately.

    Attributes:
        at: The ok look that last changed it, counted up in the order of time.
        changed: A bit for each of the last `monitor.tracking.noise.WINDOW` looks up to `at`, that one the lowest: whether it changed there.
        rose: The same, whether a number rose there.
        noisy: Whether it has sunk to noise.
        known: Whether it had sunk before: then it sinks again sooner.
    """

    at: int
    changed: int
    rose: int = 0
    noisy: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class LearnedNoise:
    """What was learned of a page's noise: an own part of what is known, handed in and handed back.

    Attributes:
        code: What learned it, `monitor.tracking.noise.NOISE_VERSION`; what another code learned is not taken on.
        missed: Looks so far that were not ok and therefore do not count.
        spots: By place, a digest each.
    """

    code: str
    missed: int = 0
    spots: Mapping[str, ChangeFrequency] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageMemory:
    """What is known of a page when a snapshot of it is read.

    Attributes:
        version_id: The page's current version; None before its first.
        version: Its value; None before the first, and where what is stored of it cannot be decoded: it is then derived again from `shown_by`.
        shown_by: The snapshot whose body that version was read from; None before the first, and where that is not known any more.
        last_ok: The latest read snapshot with verdict ok, repeats included; None before the first.
        states: The fact states by fact name.
        health: How the page stands; None before it was first decided.
        missed: Looks since `last_ok` that were not ok, by verdict, "failed" for those that brought no response.
        churn: What was learned of its noise; None before anything was.
        unread: Its snapshots that wait to be read, in the order of `seq`.
    """

    version_id: int | None = None
    version: Version | None = None
    shown_by: Snapshot | None = None
    last_ok: SnapshotRef | None = None
    states: Mapping[str, FactState] = field(default_factory=dict)
    health: PageHealth | None = None
    missed: Mapping[str, int] = field(default_factory=dict)
    churn: LearnedNoise | None = None
    unread: tuple[Snapshot, ...] = ()


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

    standing: HealthStatus = HealthStatus.OK
    since: SnapshotRef | None = None
    candidate: HealthStatus | None = None
    candidate_since: SnapshotRef | None = None
    candidate_seen: int = 0
    candidate_before: SnapshotRef | None = None
    stale_since: datetime | None = None
    disallowed_since: datetime | None = None
    certificate_told: datetime | None = None


@dataclass(frozen=True, slots=True)
class ValueAtTime:
    """What a page stated of a fact from one look on.

    Attributes:
        values: The value; where the page contradicted itself all its values, the chosen one first.
        at: taken_at of the look that first showed it.
        look: That look's number among the page's, counted up in the order of time.
    """

    values: tuple[JsonValue, ...]
    at: datetime
    look: int


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
        candidate_since: The look that first showed it; None where there is none.
        baseline: The value that drift is measured against; None where it was never read.
        baseline_at: When the baseline was taken; None where it was never read.
        contradiction: All values of the open contradiction, the chosen one first; empty where the page agrees with itself.
        flapping: Whether the fact is held as flapping.
        trail: What it stated last, the oldest first, at most `monitor.tracking.fact_state.TRAIL` entries.
        drifted: The value at which a drift from the baseline was last told, or a single step went as far; None while it stands near the baseline.
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
    candidate_since: SnapshotRef | None = None
    baseline: JsonValue = None
    baseline_at: datetime | None = None
    contradiction: tuple[JsonValue, ...] = ()
    flapping: bool = False
    trail: tuple[ValueAtTime, ...] = ()
    drifted: JsonValue = None


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
        detail: JSON-ready extras: "unit", "why", "held", "noise" (why it means nothing), "anchor" (the headings above), "row" and "column" in tables,
            "spots" (digests of the places it stands in), and W3C TextQuoteSelectors {"exact","prefix","suffix"} as "place_before", "place_after".
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

    @property
    def held(self) -> JsonValue:
        """Why nobody is told of it by itself, though it is recorded ("flapping"); None where rules decide."""
        return self.detail.get("held")


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
class Rescheduling:
    """What a processed snapshot means for an adaptive schedule.

    Attributes:
        interval: The interval that the schedule has come to.
        due: When the page is due next with it, if nothing has rescheduled the page since the snapshot.
        reason: Why, for people.
    """

    interval: timedelta
    due: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AnalysisOutcome:
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
        churn: What is learned of the page's noise from now on; None where that did not change.
        rescheduling: What an adaptive schedule learns; None where it learns nothing.
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
    churn: LearnedNoise | None = None
    rescheduling: Rescheduling | None = None
