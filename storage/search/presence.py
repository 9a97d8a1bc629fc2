"""Record when the texts of a page appeared, disappeared and returned, version by version in order of time.

A text is one row of `search_blocks` however often it returns; its absences are rows of `search_absences`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from monitor.model import SnapshotRef
from monitor.search.blocks import MOST_BLOCKS, SearchBlock
from storage.archive.rows import Row
from storage.database.compiled_statements import CompiledStatement
from storage.database.slices import slices
from storage.schema import search_absences, search_blocks
from storage.search.terms import IndexedText, add_terms, remove_terms

MOST_ABSENCES = 100
"""Absences of a text that are recorded; later ones are only counted."""

_columns = search_blocks.c
_PRESENT = CompiledStatement(
    select(_columns.digest, _columns.id).where(_columns.page_id == bindparam("page"), _columns.gone_at.is_(None))
)
_END = CompiledStatement(
    update(search_blocks)
    .where(_columns.id == bindparam("block"))
    .values(
        last_at=bindparam("new_last_at"),
        last_snapshot_id=bindparam("new_last_id"),
        gone_at=bindparam("new_gone_at"),
        gone_snapshot_id=bindparam("new_gone_id"),
    )
)
_HAS_TEXTS = CompiledStatement(select(_columns.id).where(_columns.page_id == bindparam("page")).limit(1))
_KNOWN_COLUMNS = tuple(
    _columns[name] for name in ("digest", "id", "returns", "last_at", "last_snapshot_id", "gone_at", "gone_snapshot_id")
)
_KNOWN = CompiledStatement(
    select(*_KNOWN_COLUMNS).where(_columns.page_id == bindparam("page"), _columns.digest == bindparam("digest"))
)
_TAKEN = CompiledStatement(select(_columns.id).where(_columns.id.between(bindparam("low"), bindparam("high"))).limit(1))
_INSERT = CompiledStatement(insert(search_blocks))
_FEW = 10
"""Up to this number of texts, one statement each is faster than one for all."""
_ROWS_AT_ONCE = 500
# Bits of a key: seconds since 1970, page, position on the page (the first one is the greatest).
_POSITION_BITS, _PAGE_BITS = 12, 19
_LAST_SECOND = 2**32 - 1
_PROBE = 40_503
assert 2**_POSITION_BITS >= MOST_BLOCKS


def apply_version(
    connection: Connection,
    page_id: int,
    snapshot: SnapshotRef,
    previous: SnapshotRef | None,
    blocks: Mapping[bytes, SearchBlock],
) -> None:
    """Record that a page, whose row is locked, shows these texts from a snapshot on, and no others.

    Args:
        connection: In a transaction.
        page_id: The page.
        snapshot: The first snapshot with the new version; later than all recorded ones.
        previous: The page's last ok snapshot before it; None if there is none.
        blocks: The texts of the new version, by digest.
    """
    present = {bytes(row.digest): row.id for row in _PRESENT.all(connection, {"page": page_id})}
    lost = [block_id for digest, block_id in present.items() if digest not in blocks]
    if lost:
        _end(connection, lost, snapshot, previous or snapshot)
    added = {digest: block for digest, block in blocks.items() if digest not in present}
    if added:
        returned = _returned(connection, page_id, list(added))
        _resume(connection, list(returned.values()), snapshot)
        _insert(connection, page_id, snapshot, {key: block for key, block in added.items() if key not in returned})


def _end(connection: Connection, block_ids: Sequence[int], snapshot: SnapshotRef, previous: SnapshotRef) -> None:
    values = {
        "new_last_at": previous.taken_at,
        "new_last_id": previous.id,
        "new_gone_at": snapshot.taken_at,
        "new_gone_id": snapshot.id,
    }
    _END.run(connection, *({"block": block_id, **values} for block_id in block_ids))


def _returned(connection: Connection, page_id: int, digests: Sequence[bytes]) -> dict[bytes, Row]:
    """Return the rows of texts that the page showed before, by digest."""
    if _HAS_TEXTS.first(connection, {"page": page_id}) is None:
        return {}
    if len(digests) <= _FEW:
        rows = (_KNOWN.first(connection, {"page": page_id, "digest": digest}) for digest in digests)
        return {bytes(row.digest): row for row in rows if row is not None}
    found: dict[bytes, Row] = {}
    for some in slices(digests):
        query = select(*_KNOWN_COLUMNS).where(_columns.page_id == page_id, _columns.digest.in_(some))
        found.update((bytes(row.digest), row) for row in connection.execute(query))
    return found


def _resume(connection: Connection, rows: Sequence[Row], snapshot: SnapshotRef) -> None:
    if not rows:
        return
    absences = [
        {
            "block_id": row.id,
            "n": row.returns + 1,
            **{name: getattr(row, name) for name in ("last_at", "last_snapshot_id", "gone_at", "gone_snapshot_id")},
            "back_at": snapshot.taken_at,
            "back_snapshot_id": snapshot.id,
        }
        for row in rows
        if row.returns < MOST_ABSENCES
    ]
    if absences:
        connection.execute(insert(search_absences), absences)
    present = dict.fromkeys(("last_at", "last_snapshot_id", "gone_at", "gone_snapshot_id"))
    for some in slices([row.id for row in rows]):
        changed = {**present, "returns": _columns.returns + 1}
        connection.execute(update(search_blocks).where(_columns.id.in_(some)).values(changed))


def _insert(connection: Connection, page_id: int, snapshot: SnapshotRef, blocks: Mapping[bytes, SearchBlock]) -> None:
    if not blocks:
        return
    keys = _free_keys(connection, page_id, snapshot.taken_at, [block.position for block in blocks.values()])
    values: list[dict[str, Any]] = [
        {
            "id": key,
            "page_id": page_id,
            "digest": digest,
            "kind": block.kind,
            "body": block.text,
            "first_at": snapshot.taken_at,
            "first_snapshot_id": snapshot.id,
            "returns": 0,
        }
        for key, (digest, block) in zip(keys, blocks.items(), strict=True)
    ]
    for some in slices(values):
        if len(some) <= _FEW:
            _INSERT.run(connection, *some)
        else:
            connection.execute(insert(search_blocks), list(some))
        add_terms(connection, [IndexedText(row["id"], page_id, row["body"]) for row in some])


def _free_keys(connection: Connection, page_id: int, at: datetime, positions: Sequence[int]) -> list[int]:
    """Return unused keys in the order of time, then of page and position.

    Two pages have the same keys only if they were checked in the same second and their ids differ by a multiple of 2^19.
    """
    probe = 0
    while True:
        number = page_id + probe * _PROBE
        ends = {"low": block_key(at, number, (1 << _POSITION_BITS) - 1), "high": block_key(at, number, 0)}
        if _TAKEN.first(connection, ends) is None:
            return [block_key(at, number, position) for position in positions]
        probe += 1


def block_key(at: datetime, page_number: int, position: int) -> int:
    """Return the key of a text: greater for a later time, for the same second greater for texts further up on the page.

    Args:
        at: When the text first appeared.
        page_number: The page's id, or for its next keys another number.
        position: Index of the text among those of its version.
    """
    second = min(max(int(at.timestamp()), 0), _LAST_SECOND)
    page = page_number % (1 << _PAGE_BITS)
    place = (1 << _POSITION_BITS) - 1 - position
    return (second << (_PAGE_BITS + _POSITION_BITS)) + (page << _POSITION_BITS) + place


def first_key_of(at: datetime) -> int:
    """Return the least key of the texts that first appeared in this second."""
    return block_key(at, 0, 2**_POSITION_BITS - 1)


def second_of(key: int) -> datetime:
    """Return the second in which a text with this key first appeared."""
    return datetime.fromtimestamp(key >> (_PAGE_BITS + _POSITION_BITS), UTC)


def remove_page(connection: Connection, page_id: int) -> None:
    """Remove all texts of a page, and their terms."""
    query = select(_columns.id, _columns.page_id, _columns.body).where(_columns.page_id == page_id).limit(_ROWS_AT_ONCE)
    while rows := [IndexedText(*row) for row in connection.execute(query)]:
        remove_terms(connection, rows)
        remove_rows(connection, [row.id for row in rows])


def remove_rows(connection: Connection, block_ids: Collection[int]) -> None:
    """Remove texts whose terms are removed."""
    connection.execute(delete(search_absences).where(search_absences.c.block_id.in_(block_ids)))
    connection.execute(delete(search_blocks).where(_columns.id.in_(block_ids)))
