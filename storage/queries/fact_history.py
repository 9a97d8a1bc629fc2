"""The fact history: what each page stated, since when, in which sentence, and in which snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.model import JsonValue
from storage.archive.rows import Row
from storage.database.columns import Damaged
from storage.schema import pages, readings, snapshots, versions


@dataclass(frozen=True, slots=True)
class FactHistoryRow:
    """A page's statement of a fact.

    Attributes:
        fact: Its name.
        page_url: The page's URL.
        page_label: The page's display name; "" if it has none.
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
    value: JsonValue
    at: datetime
    quote: str | None
    sentence: str | None
    snapshot_id: int
    contradicts: tuple[Mapping[str, JsonValue], ...]
    damaged: bool = False


_DAMAGED = "damaged: `pagewitness reprocess` derives it again"
_STATEMENTS = (
    select(
        *(readings.c[name] for name in ("fact", "value", "quote", "sentence", "contradicts")),
        pages.c.url.label("page_url"),
        pages.c.label.label("page_label"),
        snapshots.c.taken_at.label("at"),
        snapshots.c.id.label("snapshot_id"),
    )
    .join(versions, versions.c.id == readings.c.version_id)
    .join(snapshots, snapshots.c.id == versions.c.snapshot_id)
    .join(pages, pages.c.id == versions.c.page_id)
    .order_by(snapshots.c.taken_at, snapshots.c.id, readings.c.position)
)


def fact_history(connection: Connection, fact: str | None) -> list[FactHistoryRow]:
    """See `storage.queries.history.History.fact_history`."""
    query = _STATEMENTS if fact is None else _STATEMENTS.where(readings.c.fact == fact)
    last: dict[tuple[str, str], tuple[JsonValue, list[JsonValue]]] = {}
    found = []
    for row in connection.execute(query):
        if not _is_whole(row):
            damage = {"value": None, "quote": _DAMAGED, "sentence": None, "contradicts": (), "damaged": True}
            found.append(FactHistoryRow(**{**row._mapping, **damage}))  # noqa: SLF001
            continue
        stated = (row.value, sorted((item["value"] for item in row.contradicts), key=repr))
        # A page that has not stated the fact yet has no history of it.
        before = last.get((row.page_url, row.fact), (None, []))
        last[row.page_url, row.fact] = stated
        if stated != before:
            found.append(FactHistoryRow(**{**row._mapping, "contradicts": tuple(row.contradicts)}))  # noqa: SLF001
    return found


def _is_whole(row: Row) -> bool:
    """Whether a reading can be decoded."""
    return (
        not isinstance(row.value, Damaged | dict)
        and isinstance(row.contradicts, list)
        and all(isinstance(item, dict) and "value" in item for item in row.contradicts)
    )
