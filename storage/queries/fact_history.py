"""The fact history: what each page stated, since when, in which sentence, and in which snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Text, func, or_, select, type_coerce

from monitor.model import JsonValue
from storage.archive.rows import Row
from storage.database.columns import Damaged
from storage.schema import page_results, pages, readings, snapshots, versions

Key = tuple[int, int]
"""Key of a reading: its version's id, and its index among that version's readings."""


@dataclass(frozen=True, slots=True)
class FactHistoryRow:
    """A page's statement of a fact.

    Attributes:
        fact: Its name.
        page_url: The page's URL.
        page_label: The page's display name; "" if it has none.
        page_title: Title of the page's current version; "" if it has none.
        value: The value, JSON; None where the page stopped stating it.
        at: When the page first stated it: taken_at of `snapshot_id`, on the observing clock.
        quote: The value as written on the page; None where the page does not state it.
        sentence: The sentence that contains the quote; None where the page does not state it.
        snapshot_id: The snapshot that shows it.
        contradicts: Other values on the same page, as {"value", "quote", "sentence"}.
        damaged: Whether the stored row cannot be decoded; `value` is then None, and `quote` says what to do.
    """

    fact: str
    page_url: str
    page_label: str
    page_title: str
    value: JsonValue
    at: datetime
    quote: str | None
    sentence: str | None
    snapshot_id: int
    contradicts: tuple[Mapping[str, JsonValue], ...]
    damaged: bool = False


_current = versions.alias("current")
_DAMAGED = "damaged: `pagewitness reprocess` derives it again"
_value, _others = type_coerce(readings.c.value, Text), type_coerce(readings.c.contradicts, Text)


def _before(column: ColumnElement[str]) -> ColumnElement[str]:
    """Return the column's value in the page's previous version that reads the same fact."""
    order = snapshots.c.taken_at, snapshots.c.id, readings.c.position
    return func.lag(column).over(partition_by=(versions.c.page_id, readings.c.fact), order_by=order)


_STATED = (
    select(
        *(readings.c[name] for name in ("version_id", "position")),
        *(snapshots.c.taken_at, snapshots.c.id.label("snapshot_id")),
        _value.label("value"),
        _others.label("others"),
        _before(_value).label("value_before"),
        # Never null, so that null marks a page's first statement.
        _before(_others).label("others_before"),
    )
    .join(versions, versions.c.id == readings.c.version_id)
    .join(snapshots, snapshots.c.id == versions.c.snapshot_id)
)
_FIELDS = (
    "fact",
    "value",
    "quote",
    "sentence",
    "contradicts",
    "page_url",
    "page_label",
    "page_title",
    "at",
    "snapshot_id",
)
_ROWS = (
    select(
        *(readings.c[name] for name in ("version_id", "position", "fact", "value", "quote", "sentence", "contradicts")),
        pages.c.url.label("page_url"),
        pages.c.label.label("page_label"),
        _current.c.title.label("page_title"),
        snapshots.c.taken_at.label("at"),
        snapshots.c.id.label("snapshot_id"),
    )
    .select_from(readings)
    .join(versions, versions.c.id == readings.c.version_id)
    .join(snapshots, snapshots.c.id == versions.c.snapshot_id)
    .join(pages, pages.c.id == versions.c.page_id)
    .outerjoin(page_results, page_results.c.page_id == pages.c.id)
    .outerjoin(_current, _current.c.id == page_results.c.version_id)
)


def changed_keys(connection: Connection, fact: str | None) -> Sequence[Key]:
    """Return the keys of the readings whose stored text differs from that of the page's previous version, in order of time.

    Text that differs need not be another statement: JSON values can be listed in another order.
    """
    stated = (_STATED if fact is None else _STATED.where(readings.c.fact == fact)).subquery()
    query = (
        select(stated.c.version_id, stated.c.position)
        .where(
            or_(
                stated.c.value.is_distinct_from(stated.c.value_before),
                stated.c.others.is_distinct_from(stated.c.others_before),
            )
        )
        .order_by(stated.c.taken_at, stated.c.snapshot_id, stated.c.position)
    )
    return [(version_id, position) for version_id, position in connection.execute(query)]


def rows_of(connection: Connection, keys: Sequence[Key]) -> list[FactHistoryRow]:
    """Return the rows of these keys in their order; a reading that is no longer stored is left out."""
    of_versions = _ROWS.where(readings.c.version_id.in_({version_id for version_id, _ in keys}))
    stored = {(row.version_id, row.position): row for row in connection.execute(of_versions)}
    return [_history_row(stored[key]) for key in keys if key in stored]


def _history_row(row: Row) -> FactHistoryRow:
    fields = {name: getattr(row, name) for name in _FIELDS} | {"page_title": row.page_title or ""}
    if _is_whole(row):
        return FactHistoryRow(**{**fields, "contradicts": tuple(row.contradicts)})
    damage = {"value": None, "quote": _DAMAGED, "sentence": None, "contradicts": (), "damaged": True}
    return FactHistoryRow(**{**fields, **damage})


def _is_whole(row: Row) -> bool:
    """Whether a reading can be decoded."""
    return (
        not isinstance(row.value, Damaged | dict)
        and isinstance(row.contradicts, list)
        and all(isinstance(item, dict) and "value" in item for item in row.contradicts)
    )
