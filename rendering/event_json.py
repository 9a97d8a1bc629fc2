"""JSON form of changes and events for scripts, in `compare --json`, `changes --json` (which adds `cause` and `held`: `pagewitness.cli.lists`) and every webhook. Pure."""

from __future__ import annotations

from monitor.model import Change, Event, JsonValue
from monitor.times import iso_utc
from rendering.sentences import summary


def change_json(change: Change) -> dict[str, JsonValue]:
    """Return one change as `compare --json` and `diff --json` print it. The keys and their order are a stable interface: see docs/reference.

    Texts are the page's own, unaltered and of any length.
    """
    return {
        "kind": change.kind.value,
        "level": change.level.value,
        "fact": change.fact,
        "before": change.before,
        "after": change.after,
        "quote_before": change.quote_before,
        "quote_after": change.quote_after,
        "sentence_before": change.sentence_before,
        "sentence_after": change.sentence_after,
        "summary": summary(change),
        "reason": None if change.reason is None else change.reason.value,
    }


def event_json(event: Event, page_url: str | None) -> dict[str, JsonValue]:
    """Return an event as `changes --json` and webhooks contain it: its change, with times, page and origin.

    `at` and `from_at` are the times of the snapshots that first showed `after` and last showed `before`; `url` is None for an event without a page.
    """
    change = change_json(event.change)
    return {
        "at": iso_utc(event.snapshot.taken_at),
        "from_at": iso_utc(event.before.taken_at) if event.before else None,
        "url": page_url,
        **{key: item for key, item in change.items() if key != "reason"},
        "origin": event.origin.value,
        "reason": change["reason"],
    }
