"""Remove bodies: find the bodies that only one page uses, and store the remaining deltas of removed bodies again on another base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, select, union, update

from storage.archive.bodies import load_body
from storage.archive.compression import pack
from storage.database.slices import slices
from storage.maintenance.exchange_removal import remove_unused_urls
from storage.schema import bodies, body_links, exchanges, snapshots


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    base_id: int | None
    sha256: str
    depth: int


def snapshots_showing(page_id: int) -> Select[int]:
    return select(snapshots.c.id).where(snapshots.c.page_id == page_id)


def shown_on(page_id: int, dead: ColumnElement[bool]) -> Select[int]:
    """Select the bodies of the page's snapshots, and of the exchanges `dead`."""
    brought = select(exchanges.c.body_id).where(dead)
    both = union(brought, select(snapshots.c.body_id).where(snapshots.c.page_id == page_id)).subquery()
    return select(both.c.body_id).where(both.c.body_id.is_not(None))


def only_on(page_id: int, dead: ColumnElement[bool]) -> Select[int, int]:
    """Select those of the bodies of `shown_on` that no other page's snapshot and no other exchange has, with their lengths."""
    shown = exists().where(snapshots.c.body_id == bodies.c.id, snapshots.c.page_id != page_id)
    brought = exists().where(exchanges.c.body_id == bodies.c.id, ~dead)
    return select(bodies.c.id, bodies.c.length_bytes).where(bodies.c.id.in_(shown_on(page_id, dead)), ~shown, ~brought)


def remove_bodies(connection: Connection, dead: Sequence[int]) -> None:
    """Remove unused bodies, after storing the remaining deltas of them again.

    Raises:
        BodyCorrupt: A remaining body cannot be read, so it cannot be stored again.
    """
    _store_anew(connection, set(dead))
    # Later bodies first: a delta is younger than its base.
    for some in slices(sorted(dead, reverse=True)):
        linked = body_links.c.body_id.in_(some)
        urls = list(connection.execute(select(body_links.c.url_id).where(linked).distinct()).scalars())
        connection.execute(delete(body_links).where(linked))
        connection.execute(delete(bodies).where(bodies.c.id.in_(some)))
        remove_unused_urls(connection, urls)


def _store_anew(connection: Connection, dead: set[int]) -> None:
    """Store remaining deltas of removed bodies again, on the nearest remaining base, or without one."""
    below = list(_deltas_of(connection, sorted(dead), dead))
    moved = {row.id for row in below}
    for row in below:
        base = _standing_base(connection, row.base_id, dead)
        body = load_body(connection, row.sha256)
        data, is_delta = pack(body, load_body(connection, base.sha256) if base else None)
        stored = {"data": data, "base_id": base.id if base and is_delta else None}
        connection.execute(update(bodies).where(bodies.c.id == row.id).values(stored))
        load_body(connection, row.sha256)  # raises unless the stored data has the same SHA-256
    _count_depths(connection, moved)


def _deltas_of(connection: Connection, bases: Sequence[int], but: set[int]) -> Iterator[_Row]:
    """Yield bodies stored as deltas of `bases`, without those in `but`, earlier ones first."""
    found = []
    for some in slices(bases):
        query = select(bodies.c.id, bodies.c.base_id, bodies.c.sha256, bodies.c.depth).where(bodies.c.base_id.in_(some))
        found += [_Row(*row) for row in connection.execute(query) if row.id not in but]
    yield from sorted(found, key=lambda row: row.id)


def _standing_base(connection: Connection, base_id: int | None, dead: set[int]) -> _Row | None:
    while base_id is not None:
        query = select(bodies.c.id, bodies.c.base_id, bodies.c.sha256, bodies.c.depth).where(bodies.c.id == base_id)
        base = _Row(*connection.execute(query).one())
        if base.id not in dead:
            return base
        base_id = base.base_id
    return None


def _count_depths(connection: Connection, changed: set[int]) -> None:
    """Update the depth of bodies whose base was changed, and of all deltas of them; bases are older than their deltas."""
    waiting = set(changed)
    while waiting:
        key = min(waiting)
        waiting.remove(key)
        base_id, depth = connection.execute(select(bodies.c.base_id, bodies.c.depth).where(bodies.c.id == key)).one()
        under = select(bodies.c.depth).where(bodies.c.id == base_id)
        true = 0 if base_id is None else connection.execute(under).scalar_one() + 1
        if true != depth:
            connection.execute(update(bodies).where(bodies.c.id == key).values(depth=true))
            waiting |= {row.id for row in _deltas_of(connection, [key], set())}
