"""Convert rows to domain values and back: snapshots, exchanges, fact states, learned noise and page health."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.model import (
    ChangeFrequency,
    Exchange,
    FactState,
    Failure,
    Headers,
    JsonValue,
    LearnedNoise,
    PageHealth,
    RecurringLabel,
    Snapshot,
    SnapshotRef,
    ValueAtTime,
)
from storage.database.columns import Damaged

Row = Any
"""A row of a select; its attributes have the columns' names."""

Values = dict[str, Any]
"""Column names and values of a row to write."""

# Columns of `fact_states` that are fields of the same name.
_STATE_FIELDS = (
    *("fact", "reader", "value", "quote", "sentence", "absences", "unreadable", "lost", "candidate"),
    *("baseline", "baseline_at", "flapping", "drifted"),
)
# Fields of `FactState` that are a snapshot, in two columns of `fact_states` each.
_STATE_REFS = ("since", "seen", "absent_since", "candidate_since")
_HEALTH_FIELDS = (
    "status",
    "candidate",
    "candidate_seen",
    "stale_since",
    "disallowed_since",
    "reported_certificate_expiry",
)
_HEALTH_REFS = ("since", "candidate_since", "candidate_before")
_EXCHANGE_FIELDS = (
    *("role", "started_at", "elapsed_ms", "status", "reason", "http_version", "peer", "tls_version", "tls_cipher"),
    *("entity_sha256", "entity_bytes", "truncated", "certificate_expires_at"),
)
_SNAPSHOT_FIELDS = tuple(name for name in Snapshot.__dataclass_fields__ if name != "refresh")


def snapshot(row: Row) -> Snapshot:
    """Convert a row of `snapshots` with its body's `body_sha256`, and the final `refresh_headers`."""
    headers = row.refresh_headers
    refresh = None if headers is None else next((value for name, value in headers if name.lower() == "refresh"), None)
    return Snapshot(**{name: getattr(row, name) for name in _SNAPSHOT_FIELDS}, refresh=refresh)


def exchange(row: Row, request_headers: Headers, response_headers: Headers, body: bytes | None) -> Exchange:
    """Convert a row of `exchanges` with its `url`."""
    return Exchange(
        url=row.url,
        request_headers=request_headers,
        response_headers=response_headers,
        body=body,
        failure=_failure(row),
        **{name: getattr(row, name) for name in _EXCHANGE_FIELDS},
    )


def exchange_values(value: Exchange) -> Values:
    """Return the columns of `exchanges` that depend on the exchange alone, without its headers."""
    failure = value.failure
    return {
        "failure_kind": failure.kind if failure else None,
        "failure_message": failure.message if failure else None,
        "failure_transient": failure.transient if failure else None,
        **{name: getattr(value, name) for name in _EXCHANGE_FIELDS},
    }


def fact_state(row: Row) -> FactState | None:
    """Convert a row of `fact_states`; None if it cannot be decoded."""
    try:
        return _fact_state(row)
    except (AttributeError, TypeError, ValueError):
        return None


def _fact_state(row: Row) -> FactState:
    for name in ("value", "candidate", "baseline", "drifted"):
        _plain(getattr(row, name))
    refs: Values = {name: snapshot_ref(getattr(row, f"{name}_id"), getattr(row, f"{name}_at")) for name in _STATE_REFS}
    return FactState(
        **refs,
        contradiction=_scalars(row.contradiction),
        trail=tuple(_value_at_time(*entry) for entry in row.trail),
        **{name: getattr(row, name) for name in _STATE_FIELDS},
    )


def _value_at_time(values: JsonValue, at: JsonValue, check: JsonValue) -> ValueAtTime:
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None or type(check) is not int:
        raise ValueError("not a value at a time")
    return ValueAtTime(_values(values), moment, check)


def _values(value: JsonValue) -> tuple[JsonValue, ...]:
    if not isinstance(value, list):
        raise TypeError("no list of values")
    return tuple(map(_plain, value))


def _scalars(value: JsonValue) -> tuple[JsonValue, ...]:
    """Return the values of a contradiction. A list is invalid: lists are never compared with each other for contradictions."""
    values = _values(value)
    if any(isinstance(item, list) for item in values):
        raise TypeError("a list in a contradiction")
    return values


def _plain(value: JsonValue) -> JsonValue:
    """Return a value that a fact can have; raise TypeError for any other."""
    if isinstance(value, Damaged | dict):
        raise TypeError("no value of a fact")
    return value


def fact_state_values(page_id: int, value: FactState) -> Values:
    """Return the columns of `fact_states` for a fact's state on a page."""
    return {
        "page_id": page_id,
        "contradiction": list(value.contradiction),
        "trail": [[list(entry.values), entry.at.isoformat(), entry.check] for entry in value.trail],
        **{name: getattr(value, name) for name in _STATE_FIELDS},
        **{key: item for name in _STATE_REFS for key, item in _ref_values(name, getattr(value, name)).items()},
    }


def noise(value: JsonValue) -> LearnedNoise | None:
    """Decode the value of `page_results.learned_noise`; None for null, and if it cannot be decoded: it is then learned again."""
    try:
        return None if value is None else _churn(value)
    except (AttributeError, KeyError, TypeError):
        return None


_MOST = 2**53
"""Integers of learned noise are below this; arithmetic with larger ones would overflow."""


def _churn(value: JsonValue) -> LearnedNoise:
    spots = {key: ChangeFrequency(*spot) for key, spot in value["spots"].items()}
    # Learned before times were recorded, a state has neither an interval nor the times of changes.
    interval = value.get("interval", 0)
    counted = [value["missed"], interval]
    counted += [number for spot in spots.values() for number in (spot.at, spot.changed, spot.rose, spot.time)]
    # Learned before labels were.
    labels = {key: RecurringLabel(*label) for key, label in value.get("labels", {}).items()}
    counted += [number for label in labels.values() for number in (label.appearances, label.time)]
    if type(value["code"]) is not str or any(type(number) is not int or not 0 <= number < _MOST for number in counted):
        raise TypeError("not what was learned of a page")
    return LearnedNoise(value["code"], value["missed"], spots, interval, labels)


def noise_value(value: LearnedNoise) -> JsonValue:
    """Return the value of `page_results.learned_noise` for a page's learned noise."""
    spots = {
        key: [spot.at, spot.changed, spot.rose, spot.noisy, spot.known, spot.time] for key, spot in value.spots.items()
    }
    labels = {key: [label.appearances, label.time] for key, label in value.labels.items()}
    return {"code": value.code, "missed": value.missed, "interval": value.interval, "spots": spots, "labels": labels}


def page_health(row: Row) -> PageHealth:
    """Convert a row of `page_health`."""
    refs: Values = {name: snapshot_ref(getattr(row, f"{name}_id"), getattr(row, f"{name}_at")) for name in _HEALTH_REFS}
    return PageHealth(**refs, **{name: getattr(row, name) for name in _HEALTH_FIELDS})


def page_health_values(page_id: int, value: PageHealth) -> Values:
    """Return the columns of `page_health` for a page's health."""
    return {
        "page_id": page_id,
        **{name: getattr(value, name) for name in _HEALTH_FIELDS},
        **{key: item for name in _HEALTH_REFS for key, item in _ref_values(name, getattr(value, name)).items()},
    }


def _failure(row: Row) -> Failure | None:
    if row.failure_kind is None:
        return None
    return Failure(row.failure_kind, row.failure_message, row.failure_transient)


def snapshot_ref(key: int | None, taken_at: datetime | None) -> SnapshotRef | None:
    """Convert the two columns of a snapshot reference; None if they are null."""
    return None if key is None or taken_at is None else SnapshotRef(key, taken_at)


def _ref_values(name: str, value: SnapshotRef | None) -> Values:
    return {f"{name}_id": value.id if value else None, f"{name}_at": value.taken_at if value else None}
