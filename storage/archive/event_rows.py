"""Convert rows of `events` to domain values and back; entries of an event's detail that cannot be used are left out and named."""

from __future__ import annotations

from datetime import UTC, datetime

from alerts.model import RecordedEvent
from monitor.model import Change, Event, JsonValue, Reason, SnapshotRef
from storage.archive.event_detail import Beside, restored, shortened
from storage.archive.rows import Row, Values, snapshot_ref
from storage.database.columns import Damaged

_CHANGE_FIELDS = (
    *("kind", "level", "fact", "before", "after", "quote_before", "quote_after"),
    *("sentence_before", "sentence_after", "block_kind", "detail"),
)
"""Columns of `events` that are fields of `Change` of the same name."""
CHANGE_COLUMNS = (*_CHANGE_FIELDS, "reason", "summary", "at", "from_at")
"""Columns of `events` that `change` reads."""


def recorded_event(row: Row) -> RecordedEvent:
    """Convert a row of `events` with its page's `page_url`, `page_label`, `page_tags` and `page_paused_until`; damaged tags are left out."""
    return RecordedEvent(
        id=row.id,
        page_id=row.page_id,
        page_url=row.page_url,
        page_label=row.page_label or "",
        event=event(row),
        recorded_at=row.recorded_at,
        page_tags=tuple(row.page_tags) if _are_names(row.page_tags) else (),
        page_paused_until=row.page_paused_until,
    )


def event(row: Row) -> Event:
    """Convert a row of `events`. Its change's `seen_before` and `seen_after` are None: they are stored as `before` and `snapshot`."""
    return Event(
        change=change(row),
        # 0 if no snapshot showed it, as for page_stale and channel_failing.
        snapshot=SnapshotRef(row.snapshot_id or 0, row.at),
        before=snapshot_ref(row.before_snapshot_id, row.from_at),
        origin=row.origin,
        cause=row.cause,
    )


def change(row: Row) -> Change:
    """Convert the columns of `events` that are a change (`CHANGE_COLUMNS`)."""
    fields: Values = {name: getattr(row, name) for name in _CHANGE_FIELDS}
    damaged = [name for name in ("before", "after") if isinstance(fields[name], Damaged | dict)]
    stored = fields["detail"]
    detail, broken = _detail(
        restored(stored, _beside(row, row.at, row.from_at)) if isinstance(stored, dict) else stored
    )
    fields |= {**dict.fromkeys(damaged), "detail": detail}
    if damaged or broken:
        # The rest is still a valid event: it is displayed and sent, and names the damaged fields.
        detail["damaged"] = [*damaged, *broken]
    return Change(**fields, reason=_reason(row.reason), stored_text=row.summary)


def _beside(texts: Row, at: datetime, from_at: datetime | None) -> Beside:
    """`texts` has the quotes and sentences: a row, or a change that becomes one."""
    sides = {
        name: getattr(texts, name) for name in ("sentence_before", "sentence_after", "quote_before", "quote_after")
    }
    return Beside(at, from_at, **sides)


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


def _is_first_image(value: JsonValue) -> bool:
    return isinstance(value, dict) and _is_text(value.get("alternative")) and {"before", "after"} <= value.keys()


def _is_first_change(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("reason"), str):
        return False
    quotes = all(isinstance(value.get(name, 0), str | None) for name in ("quote_before", "quote_after"))
    known = value["reason"] in set(Reason) - {Reason.MORE_CHANGES}
    return known and quotes and {"before", "after"} <= value.keys() and not _detail(value.get("detail"))[1]


def _is_place(value: JsonValue) -> bool:
    return isinstance(value, dict)


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
    **dict.fromkeys(("checks", "changes", "links", "images", "attempts", "away_seconds", "left_seconds"), _is_number),
    **dict.fromkeys(
        ("type", "row", "column", "link", "image", "threshold", "evidence", "channel", "last_error"), _is_text
    ),
    "last_ok_at": _is_optional_time,
    "unit": _is_optional_text,
    "first_link": _is_first_link,
    "first_image": _is_first_image,
    "first_change": _is_first_change,
    "document": _is_document,
    **dict.fromkeys(("place_before", "place_after"), _is_place),
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
    at, from_at = value.snapshot.taken_at, value.before.taken_at if value.before else None
    fields = {name: getattr(value.change, name) for name in _CHANGE_FIELDS}
    return {
        **fields,
        "reason": None if value.change.reason is None else value.change.reason.value,
        "summary": value.change.stored_text,
        "detail": shortened(value.change.detail, _beside(value.change, at, from_at)),
        "page_id": page_id,
        "snapshot_id": value.snapshot.id or None,
        "before_snapshot_id": value.before.id if value.before else None,
        "read_snapshot_id": read_snapshot_id,
        "ordinal": ordinal,
        "at": at,
        "from_at": from_at,
        "recorded_at": now,
        "origin": value.origin,
        "cause": value.cause,
    }
