"""Convert rows to domain values and back: snapshots, exchanges, fact states, learned noise, page health and events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from alerts.model import RecordedEvent
from monitor.model import (
    Change,
    ChangeFrequency,
    Event,
    Exchange,
    FactState,
    Failure,
    Headers,
    JsonValue,
    LearnedNoise,
    PageHealth,
    Reason,
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
_CHANGE_FIELDS = (
    *("kind", "level", "fact", "before", "after", "quote_before", "quote_after"),
    *("sentence_before", "sentence_after", "block_kind", "detail"),
)
"""Columns of `events` that are fields of `Change` of the same name."""
CHANGE_COLUMNS = (*_CHANGE_FIELDS, "reason", "summary")
"""Columns of `events` that `change` reads."""
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
    *("url", "started_at", "elapsed_ms", "status", "reason", "http_version", "peer", "tls_version", "tls_cipher"),
    *("entity_sha256", "entity_bytes", "truncated", "certificate_expires_at"),
)
_SNAPSHOT_FIELDS = tuple(name for name in Snapshot.__dataclass_fields__ if name != "refresh")


def snapshot(row: Row) -> Snapshot:
    """Convert a row of `snapshots` with its body's `body_sha256`, and the final `refresh_headers`."""
    headers = row.refresh_headers
    refresh = None if headers is None else next((value for name, value in headers if name.lower() == "refresh"), None)
    return Snapshot(**{name: getattr(row, name) for name in _SNAPSHOT_FIELDS}, refresh=refresh)


def exchange(row: Row, body: bytes | None) -> Exchange:
    """Convert a row of `exchanges`."""
    return Exchange(
        request_headers=_headers(row.request_headers),
        response_headers=_headers(row.response_headers),
        body=body,
        failure=_failure(row),
        **{name: getattr(row, name) for name in _EXCHANGE_FIELDS},
    )


def exchange_values(value: Exchange) -> Values:
    """Return the columns of `exchanges` for an exchange, without its snapshot, hop and body."""
    failure = value.failure
    return {
        "request_headers": value.request_headers,
        "response_headers": value.response_headers,
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
    refs: Values = {name: _ref(getattr(row, f"{name}_id"), getattr(row, f"{name}_at")) for name in _STATE_REFS}
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


def _churn(value: JsonValue) -> LearnedNoise:
    spots = {key: ChangeFrequency(*spot) for key, spot in value["spots"].items()}
    # Learned before times were recorded, a state has neither an interval nor the times of changes.
    interval = value.get("interval", 0)
    counted = [value["missed"], interval]
    counted += [number for spot in spots.values() for number in (spot.at, spot.changed, spot.rose, spot.time)]
    if type(value["code"]) is not str or any(type(number) is not int or number < 0 for number in counted):
        raise TypeError("not what was learned of a page")
    return LearnedNoise(value["code"], value["missed"], spots, interval)


def noise_value(value: LearnedNoise) -> JsonValue:
    """Return the value of `page_results.learned_noise` for a page's learned noise."""
    spots = {
        key: [spot.at, spot.changed, spot.rose, spot.noisy, spot.known, spot.time] for key, spot in value.spots.items()
    }
    return {"code": value.code, "missed": value.missed, "interval": value.interval, "spots": spots}


def page_health(row: Row) -> PageHealth:
    """Convert a row of `page_health`."""
    refs: Values = {name: _ref(getattr(row, f"{name}_id"), getattr(row, f"{name}_at")) for name in _HEALTH_REFS}
    return PageHealth(**refs, **{name: getattr(row, name) for name in _HEALTH_FIELDS})


def page_health_values(page_id: int, value: PageHealth) -> Values:
    """Return the columns of `page_health` for a page's health."""
    return {
        "page_id": page_id,
        **{name: getattr(value, name) for name in _HEALTH_FIELDS},
        **{key: item for name in _HEALTH_REFS for key, item in _ref_values(name, getattr(value, name)).items()},
    }


def recorded_event(row: Row) -> RecordedEvent:
    """Convert a row of `events` with its page's `page_url` and `page_label`."""
    return RecordedEvent(row.id, row.page_id, row.page_url, row.page_label or "", event(row), row.recorded_at)


def event(row: Row) -> Event:
    """Convert a row of `events`. Its change's `seen_before` and `seen_after` are None: they are stored as `before` and `snapshot`."""
    return Event(
        change=change(row),
        # 0 if no snapshot showed it, as for page_stale and channel_failing.
        snapshot=SnapshotRef(row.snapshot_id or 0, row.at),
        before=_ref(row.before_snapshot_id, row.from_at),
        origin=row.origin,
        cause=row.cause,
    )


def change(row: Row) -> Change:
    """Convert the columns of `events` that are a change (`CHANGE_COLUMNS`)."""
    fields: Values = {name: getattr(row, name) for name in _CHANGE_FIELDS}
    damaged = [name for name in ("before", "after") if isinstance(fields[name], Damaged | dict)]
    detail, broken = _detail(fields["detail"])
    fields |= {**dict.fromkeys(damaged), "detail": detail}
    if damaged or broken:
        # The rest is still a valid event: it is displayed and sent, and names the damaged fields.
        detail["damaged"] = [*damaged, *broken]
    return Change(**fields, reason=_reason(row.reason), stored_text=row.summary)


def _reason(code: str | None) -> Reason | None:
    """Return a reason code; None for an event recorded before them, and for a code of a later version."""
    return Reason(code) if code in set(Reason) else None


def _detail(value: JsonValue) -> tuple[dict[str, JsonValue], list[str]]:
    """Return the usable entries of an event's detail, and the names of the unusable ones."""
    if not isinstance(value, dict):
        return {}, ["detail"]
    broken = [key for key, item in value.items() if key in _DETAILS and not _DETAILS[key](item)]
    return {key: item for key, item in value.items() if key not in broken}, broken


def _is_interval(value: JsonValue) -> bool:
    try:
        ends = [datetime.fromisoformat(value[name]) for name in ("from", "to")]
        missed = value.get("missed", {}).values()
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return all(end.tzinfo for end in ends) and all(type(count) is int for count in missed)


def _are_names(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _are_quotes(value: JsonValue) -> bool:
    return isinstance(value, list) and all(
        isinstance(quote, dict) and all(isinstance(quote.get(name), str | None) for name in ("quote", "sentence"))
        for quote in value
    )


def _is_time(value: JsonValue) -> bool:
    try:
        moment = datetime.fromisoformat(value)
        return moment.tzinfo is not None and bool(moment.astimezone(UTC))
    except (TypeError, ValueError, OverflowError):
        return False


def _is_optional_time(value: JsonValue) -> bool:
    return value is None or _is_time(value)


def _is_number(value: JsonValue) -> bool:
    return type(value) is int


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str)


def _is_optional_text(value: JsonValue) -> bool:
    return isinstance(value, str | None)


def _is_first_link(value: JsonValue) -> bool:
    return isinstance(value, dict) and _is_text(value.get("label")) and {"before", "after"} <= value.keys()


def _is_first_change(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("reason"), str):
        return False
    quotes = all(isinstance(value.get(name, 0), str | None) for name in ("quote_before", "quote_after"))
    known = value["reason"] in set(Reason) - {Reason.MORE_CHANGES}
    return known and quotes and {"before", "after"} <= value.keys() and not _detail(value.get("detail"))[1]


def _is_document(value: JsonValue) -> bool:
    return isinstance(value, dict) and all(
        side is None
        or (
            isinstance(side, dict) and _is_number(side.get("bytes")) and _is_text(side.get("sha256")) and "what" in side
        )
        for side in (value.get("before", ""), value.get("after", ""))
    )


# Checks for the detail values that renderers of an event rely on.
_DETAILS = {
    "between": _is_interval,
    "quotes": _are_quotes,
    **dict.fromkeys(("joined", "left", "anchor", "spots"), _are_names),
    **dict.fromkeys(("since", "expires_at"), _is_time),
    **dict.fromkeys(("checks", "changes", "links", "attempts", "away_seconds", "left_seconds"), _is_number),
    **dict.fromkeys(("type", "row", "column", "link", "threshold", "evidence", "channel", "last_error"), _is_text),
    "last_ok_at": _is_optional_time,
    "unit": _is_optional_text,
    "first_link": _is_first_link,
    "first_change": _is_first_change,
    "document": _is_document,
}


def event_values(
    value: Event, *, page_id: int | None, read_snapshot_id: int | None, ordinal: int, now: datetime
) -> Values:
    """Return the columns of `events` for an event.

    Args:
        value: The event; its snapshot's id is 0 if no snapshot showed it.
        page_id: None for channel_failing.
        read_snapshot_id: The snapshot whose processing produced it; None if none did.
        ordinal: Its index among the events produced by processing one snapshot.
        now: On the observing clock.
    """
    fields = {name: getattr(value.change, name) for name in _CHANGE_FIELDS}
    return {
        **fields,
        "reason": None if value.change.reason is None else value.change.reason.value,
        "summary": value.change.stored_text,
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
