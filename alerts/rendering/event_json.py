"""JSON form of an event for scripts: one object, the same in `changes --json` and in every webhook. Pure."""

from __future__ import annotations

from alerts.model import RecordedEvent
from monitor.model import JsonValue
from monitor.times import iso_utc

__all__ = ["event_json", "iso_utc"]


def event_json(recorded: RecordedEvent) -> dict[str, JsonValue]:
    """Return the event as a JSON object. The keys and their order are a stable interface: see docs/reference.

    `at` and `from_at` are the times of the snapshots that first showed `after` and last showed `before`; `url` is None for an event without a
    page; texts are the page's own, unaltered and of any length.
    """
    event, change = recorded.event, recorded.event.change
    return {
        "at": iso_utc(event.snapshot.taken_at),
        "from_at": iso_utc(event.before.taken_at) if event.before else None,
        "url": recorded.page_url,
        "kind": change.kind.value,
        "level": change.level.value,
        "fact": change.fact,
        "before": change.before,
        "after": change.after,
        "quote_before": change.quote_before,
        "quote_after": change.quote_after,
        "sentence_before": change.sentence_before,
        "sentence_after": change.sentence_after,
        "summary": change.summary,
        "origin": event.origin.value,
    }
