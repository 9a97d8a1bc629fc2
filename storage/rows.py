"""Rows to nouns and back: snapshots, exchanges, fact states and events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerts.model import RecordedEvent
from monitor.model import (
    Change,
    Churn,
    Event,
    Exchange,
    FactState,
    Failure,
    Headers,
    JsonValue,
    PageHealth,
    Snapshot,
    SnapshotRef,
    Spot,
    Stand,
)

Row = Any
"""A row of a select; its attributes are the columns' names."""

Values = dict[str, Any]
"""Column names and values of a row to write."""

# Columns of `fact_states` that are fields of the same name.
_STATE_FIELDS = (
    *("fact", "reader", "value", "quote", "sentence", "absences", "lost", "candidate"),
    *("baseline", "baseline_at", "flapping", "drifted"),
)
# Fields of `FactState` that are a snapshot, in two columns of `fact_states` each.
_STATE_REFS = ("since", "seen", "absent_since", "candidate_since")
# Columns of `events` that are fields of `Change` of the same name.
_CHANGE_FIELDS = (
    *("kind", "level", "summary", "fact", "before", "after", "quote_before", "quote_after"),
    *("sentence_before", "sentence_after", "block_kind", "detail"),
)
_HEALTH_FIELDS = ("standing", "candidate", "candidate_seen", "stale_since", "disallowed_since", "certificate_told")
_HEALTH_REFS = ("since", "candidate_since", "candidate_before")
_EXCHANGE_FIELDS = (
    *("url", "started_at", "elapsed_ms", "status", "reason", "http_version", "peer", "tls_version", "tls_cipher"),
    *("entity_sha256", "entity_bytes", "truncated", "certificate_expires_at"),
)
_SNAPSHOT_FIELDS = tuple(name for name in Snapshot.__dataclass_fields__ if name != "refresh")


def snapshot(row: Row) -> Snapshot:
    """A row of `snapshots` with its body's `body_sha256`, and the final `refresh_headers`."""
    headers = row.refresh_headers
    refresh = None if headers is None else next((value for name, value in headers if name.lower() == "refresh"), None)
    return Snapshot(**{name: getattr(row, name) for name in _SNAPSHOT_FIELDS}, refresh=refresh)


def exchange(row: Row, body: bytes | None) -> Exchange:
    """A row of `exchanges`."""
    return Exchange(
        request_headers=_headers(row.request_headers),
        response_headers=_headers(row.response_headers),
        body=body,
        failure=_failure(row),
        **{name: getattr(row, name) for name in _EXCHANGE_FIELDS},
    )


def exchange_values(value: Exchange) -> Values:
    """What `exchanges` holds of an exchange, but for its snapshot, hop and body."""
    failure = value.failure
    return {
        "request_headers": value.request_headers,
        "response_headers": value.response_headers,
        "failure_kind": failure.kind if failure else None,
        "failure_message": failure.message if failure else None,
        "failure_transient": failure.transient if failure else None,
        **{name: getattr(value, name) for name in _EXCHANGE_FIELDS},
    }


def fact_state(row: Row) -> FactState:
    """A row of `fact_states`."""
    refs: Values = {name: _ref(getattr(row, f"{name}_id"), getattr(row, f"{name}_at")) for name in _STATE_REFS}
    return FactState(
        **refs,
        contradiction=tuple(row.contradiction),
        trail=tuple(Stand(tuple(values), datetime.fromisoformat(at), look) for values, at, look in row.trail),
        **{name: getattr(row, name) for name in _STATE_FIELDS},
    )


def fact_state_values(page_id: int, value: FactState) -> Values:
    """What `fact_states` holds of a fact's state on a page."""
    return {
        "page_id": page_id,
        "contradiction": list(value.contradiction),
        "trail": [[list(stand.values), stand.at.isoformat(), stand.look] for stand in value.trail],
        **{name: getattr(value, name) for name in _STATE_FIELDS},
        **{key: item for name in _STATE_REFS for key, item in _ref_values(name, getattr(value, name)).items()},
    }


def churn(value: JsonValue) -> Churn | None:
    """What `pages.churn` holds; None for null."""
    if value is None:
        return None
    return Churn(value["code"], value["missed"], {key: Spot(*spot) for key, spot in value["spots"].items()})


def churn_value(value: Churn) -> JsonValue:
    """What `pages.churn` holds of what was learned of a page's noise."""
    spots = {key: [spot.at, spot.changed, spot.rose, spot.noisy, spot.known] for key, spot in value.spots.items()}
    return {"code": value.code, "missed": value.missed, "spots": spots}


def page_health(row: Row) -> PageHealth:
    """A row of `page_health`."""
    refs: Values = {name: _ref(getattr(row, f"{name}_id"), getattr(row, f"{name}_at")) for name in _HEALTH_REFS}
    return PageHealth(**refs, **{name: getattr(row, name) for name in _HEALTH_FIELDS})


def page_health_values(page_id: int, value: PageHealth) -> Values:
    """What `page_health` holds of how a page stands."""
    return {
        "page_id": page_id,
        **{name: getattr(value, name) for name in _HEALTH_FIELDS},
        **{key: item for name in _HEALTH_REFS for key, item in _ref_values(name, getattr(value, name)).items()},
    }


def recorded_event(row: Row) -> RecordedEvent:
    """A row of `events` with its page's `page_url` and `page_label`."""
    return RecordedEvent(row.id, row.page_id, row.page_url, row.page_label or "", event(row), row.recorded_at)


def event(row: Row) -> Event:
    """A row of `events`. `seen_before` and `seen_after` of its change come back as None: they live on as `before` and `snapshot`."""
    return Event(
        change=Change(**{name: getattr(row, name) for name in _CHANGE_FIELDS}),
        # 0 where no look showed it, as with page_stale and channel_failing.
        snapshot=SnapshotRef(row.snapshot_id or 0, row.at),
        before=_ref(row.before_snapshot_id, row.from_at),
        origin=row.origin,
        cause=row.cause,
    )


def event_values(
    value: Event, *, page_id: int | None, read_snapshot_id: int | None, ordinal: int, now: datetime
) -> Values:
    """What `events` holds of an event.

    Args:
        value: The event; its snapshot's id is 0 where no look showed it.
        page_id: None for channel_failing.
        read_snapshot_id: The snapshot whose reading made it; None where none did.
        ordinal: Its place among the events that one reading made.
        now: On the observing clock.
    """
    fields = {name: getattr(value.change, name) for name in _CHANGE_FIELDS}
    return {
        **fields,
        "detail": dict(value.change.detail),
        "page_id": page_id,
        "snapshot_id": value.snapshot.id or None,
        "before_snapshot_id": value.before.id if value.before else None,
        "read_snapshot_id": read_snapshot_id,
        "ordinal": ordinal,
        "at": value.snapshot.taken_at,
        "from_at": value.before.taken_at if value.before else None,
        "recorded_at": now,
        "origin": value.origin,
        "cause": value.cause,
    }


def _headers(pairs: JsonValue) -> Headers:
    return tuple((name, value) for name, value in pairs)


def _failure(row: Row) -> Failure | None:
    if row.failure_kind is None:
        return None
    return Failure(row.failure_kind, row.failure_message, row.failure_transient)


def _ref(key: int | None, taken_at: datetime | None) -> SnapshotRef | None:
    return None if key is None or taken_at is None else SnapshotRef(key, taken_at)


def _ref_values(name: str, value: SnapshotRef | None) -> Values:
    return {f"{name}_id": value.id if value else None, f"{name}_at": value.taken_at if value else None}
