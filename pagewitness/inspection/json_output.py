"""The JSON of `inspect` and `compare`. No database."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import (
    Block,
    Change,
    CurrentVersion,
    JsonValue,
    Mention,
    Origin,
    Outcome,
    PageMemory,
    Snapshot,
    SnapshotRef,
    Truncation,
    Verdict,
    Version,
)
from monitor.pipeline.analyze import PageAnalysis, evaluate
from monitor.tracking.fact_state import FactReading, initial

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def loose_snapshot(
    url: str,
    content_type: str | None,
    status: int,
    *,
    truncated: Truncation | None = None,
    refresh: str | None = None,
) -> Snapshot:
    """Return a snapshot that is in no archive, for extracting a single body."""
    return Snapshot(
        id=0,
        page_id=0,
        seq=1,
        taken_at=_ANY_TIME,
        origin=Origin.LIVE,
        outcome=Outcome.FULL,
        status=status,
        final_url=url,
        content_type=content_type,
        body_sha256=None,
        truncated=truncated,
        repeats_id=None,
        verdict=None,
        verdict_reason="",
        version_id=None,
        read_at=None,
        refresh=refresh,
    )


def inspection(place: str, analysis: PageAnalysis) -> dict[str, JsonValue]:
    """Return one line of `inspect --json`. The keys are a stable interface: see docs/reference."""
    version = analysis.version
    return {
        "file": place,
        "title": version.title,
        "language": version.language,
        "verdict": analysis.verdict.value,
        "reason": analysis.reason,
        "text": version.text,
        "blocks": [_block(block) for block in version.blocks],
        "mentions": [_mention(version, mention) for mention in version.mentions],
        "facts": [
            {
                "name": reading.fact,
                "value": reading.value,
                "mentions": [_mention(version, mention) for mention in reading.mentions],
                "contradicts": [_mention(version, mention) for mention in reading.contradicts],
                "why": reading.why,
            }
            for reading in version.readings
        ],
    }


def _block(block: Block) -> dict[str, JsonValue]:
    links = [{"text": block.text[link.start : link.end], "target": link.target} for link in block.links]
    return {"kind": block.kind.value, "text": block.text, "why": block.why, "links": links}


def _mention(version: Version, mention: Mention) -> dict[str, JsonValue]:
    return {
        "value": mention.value,
        "type": mention.type.value,
        "unit": mention.unit,
        "quote": mention.quote,
        "sentence": version.sentence(mention),
        "hedge": mention.hedge,
        "block": mention.block,
        "start": mention.start,
        "end": mention.end,
        "readable": mention.readable,
    }


def changes_between(old: PageAnalysis, new: PageAnalysis) -> tuple[Change, ...]:
    """Return the changes that would be reported if `new` were the next check after `old`; empty unless both are ok."""
    if old.verdict is not Verdict.OK:
        return ()
    snapshot = loose_snapshot("", None, 200)
    here = SnapshotRef(snapshot.id, snapshot.taken_at)
    states = {reading.fact: initial(FactReading(reading, old.version, here, 1))[0] for reading in old.version.readings}
    memory = PageMemory(CurrentVersion(0, old.version, snapshot), last_ok=here, states=states)
    return tuple(event.change for event in evaluate(snapshot, new, memory, old.version).events)
