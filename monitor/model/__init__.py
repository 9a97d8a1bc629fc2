"""The nouns. Frozen values without behaviour beyond what follows from their own fields; nothing here does I/O.

Times are aware datetimes in UTC. Lengths are in bytes where the name says bytes, in characters for text. Hex digests are lower case.
The words are those of docs/reference/words.md: one word, one meaning, here and in tables, screens and documents.
"""

from monitor.model.kinds import (
    READING_KINDS,
    BlockKind,
    Cause,
    EventKind,
    FactKind,
    FailureKind,
    Headers,
    JsonValue,
    Level,
    MentionType,
    Number,
    Origin,
    Outcome,
    PageSource,
    PageState,
    Standing,
    Truncation,
    Verdict,
)
from monitor.model.looks import Exchange, Failure, FetchRequest, Look, Observation, RobotsFile, Snapshot
from monitor.model.readings import Block, Mention, Reading, Version
from monitor.model.turns import Change, Event, FactState, Interpretation, Known, PageHealth, SnapshotRef, Stand
from monitor.model.watched import Drift, FactDefinition, Page, Reader, Schedule, Threshold, Validators, facts_digest

__all__ = [
    "READING_KINDS",
    "Block",
    "BlockKind",
    "Cause",
    "Change",
    "Drift",
    "Event",
    "EventKind",
    "Exchange",
    "FactDefinition",
    "FactKind",
    "FactState",
    "Failure",
    "FailureKind",
    "FetchRequest",
    "Headers",
    "Interpretation",
    "JsonValue",
    "Known",
    "Level",
    "Look",
    "Mention",
    "MentionType",
    "Number",
    "Observation",
    "Origin",
    "Outcome",
    "Page",
    "PageHealth",
    "PageSource",
    "PageState",
    "Reader",
    "Reading",
    "RobotsFile",
    "Schedule",
    "Snapshot",
    "SnapshotRef",
    "Stand",
    "Standing",
    "Threshold",
    "Truncation",
    "Validators",
    "Verdict",
    "Version",
    "facts_digest",
]
