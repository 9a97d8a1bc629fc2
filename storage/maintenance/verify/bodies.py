"""Check bodies against their SHA-256, decoding each once.

Bodies stored as deltas of one another form a tree below a keyframe. It is walked depth-first, so that a base is cached when its deltas are decoded and
memory holds one line of ancestors. Transactions are short, so that a service can keep running. Bodies that it moves meanwhile fail to decode here, so
every failure is confirmed by reading the body again, alone and in one transaction.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select

from monitor.errors import BodyCorrupt, StorageError, UnknownName
from storage.archive.bodies import load_body_of_key
from storage.archive.compression import MAX_DEPTH, ZstdError, unpack
from storage.archive.rows import Row
from storage.database.connection import Database
from storage.database.error_mapping import is_damage
from storage.maintenance.verify.damage import Damage, Outcome
from storage.schema import archived_urls, bodies, exchanges, snapshots

_AT_ONCE = 64
_BYTES_AT_ONCE = 32 * 1024**2
_BYTES_AT_HAND = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class _Node:
    """A body in its tree. `has_deltas`: whether others are stored as deltas of it."""

    id: int
    base_id: int | None
    length: int
    has_deltas: bool


def check_trees(database: Database, roots: Sequence[int]) -> Outcome:
    """Check the keyframes with these keys and all deltas below them."""
    outcome = Outcome()
    for root in roots:
        outcome = outcome.plus(_Walk(database).tree(root))
    return outcome


class _Walk:
    """The walk of one tree."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._at_hand: dict[int, bytes] = {}
        self._checked = Outcome()

    def tree(self, root: int) -> Outcome:
        with self._database.read() as connection:
            nodes = _in_order(connection, root)
        for some in _slices(nodes):
            self._some(some)
        return self._checked

    def _some(self, nodes: Sequence[_Node]) -> None:
        try:
            with self._database.read() as connection:
                rows = {row.id: row for row in connection.execute(_rows([node.id for node in nodes]))}
        except StorageError as error:
            if not is_damage(error):
                raise
            with self._database.read() as connection:
                rows = {row.id: row for row in connection.execute(_names([node.id for node in nodes]))}
        for node in nodes:
            if (row := rows.get(node.id)) is not None:  # otherwise it was removed meanwhile
                self._one(node, row)

    def _one(self, node: _Node, row: Row) -> None:
        body = self._decoded(row)
        damage = None
        if body is None or hashlib.sha256(body).hexdigest() != row.sha256:
            body = None
            damage = _damage(self._database, node.id, row.sha256)
        if body is not None and node.has_deltas:
            self._keep(node, body)
        found = () if damage is None else (damage,)
        self._checked = self._checked.plus(Outcome(bodies=1, bytes=row.length_bytes, damages=found))

    def _decoded(self, row: Row) -> bytes | None:
        """Return the body; None if it cannot be decoded, or its base is not cached."""
        base = None if row.base_id is None else self._at_hand.get(row.base_id)
        if row.data is None or (row.base_id is not None and base is None):
            return None
        try:
            return unpack(row.data, base, row.length_bytes)
        except ZstdError:
            return None

    def _keep(self, node: _Node, body: bytes) -> None:
        """Cache a base, and drop cached bodies that are not its ancestors."""
        ancestors = list(self._at_hand)
        while ancestors and ancestors[-1] != node.base_id:
            del self._at_hand[ancestors.pop()]
        self._at_hand[node.id] = body
        # Deltas of a dropped base are read separately later, which is slower but correct.
        while len(self._at_hand) > 1 and sum(map(len, self._at_hand.values())) > _BYTES_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]


def _in_order(connection: Connection, root: int) -> list[_Node]:
    """Return the tree below a keyframe in depth-first order: each body after its base."""
    top = select(bodies.c.id, bodies.c.base_id, bodies.c.length_bytes, literal(0).label("steps"))
    tree = top.where(bodies.c.id == root, bodies.c.base_id.is_(None)).cte("tree", recursive=True)
    deltas = select(bodies.c.id, bodies.c.base_id, bodies.c.length_bytes, tree.c.steps + 1)
    tree = tree.union_all(deltas.where(bodies.c.base_id == tree.c.id, tree.c.steps < MAX_DEPTH))
    below = defaultdict(list)
    for row in connection.execute(select(tree.c.id, tree.c.base_id, tree.c.length_bytes)):
        below[row.base_id].append(row)
    nodes, waiting = [], sorted(below[None], reverse=True)
    while waiting:
        row = waiting.pop()
        nodes.append(_Node(row.id, row.base_id, row.length_bytes, row.id in below))
        waiting += sorted(below.get(row.id, ()), reverse=True)
    return nodes


def _slices(nodes: Sequence[_Node]) -> Iterator[Sequence[_Node]]:
    """Split nodes into the parts that one transaction reads."""
    some: list[_Node] = []
    for node in nodes:
        some.append(node)
        if len(some) >= _AT_ONCE or sum(one.length for one in some) >= _BYTES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _rows(keys: Sequence[int]) -> Select[Any]:
    return select(bodies.c.id, bodies.c.base_id, bodies.c.sha256, bodies.c.length_bytes, bodies.c.data).where(
        bodies.c.id.in_(keys)
    )


def _names(keys: Sequence[int]) -> Select[Any]:
    """Select the same without the stored bytes, for rows that cannot be read in full."""
    nothing = literal(None).label("data")
    return select(bodies.c.id, bodies.c.base_id, bodies.c.sha256, bodies.c.length_bytes, nothing).where(
        bodies.c.id.in_(keys)
    )


def _damage(database: Database, key: int, sha256: str) -> Damage | None:
    """Read a body alone and return what is wrong with it; None if nothing is, or it was removed meanwhile."""
    try:
        with database.read() as connection:
            load_body_of_key(connection, key, sha256)
    except UnknownName:
        return None
    except BodyCorrupt as error:
        cause = str(error.__cause__ or "does not match its SHA-256")
        return _named(database, key, sha256, cause)
    except StorageError as error:
        if not is_damage(error):
            raise
        return _named(database, key, sha256, str(error))
    return None


def _named(database: Database, key: int, sha256: str, reason: str) -> Damage:
    shown = (
        select(archived_urls.c.url, exchanges.c.snapshot_id, snapshots.c.taken_at)
        .select_from(exchanges)
        .join(archived_urls, archived_urls.c.id == exchanges.c.url_id)
        .outerjoin(snapshots, snapshots.c.id == exchanges.c.snapshot_id)
        .where(exchanges.c.body_id == key)
        .order_by(exchanges.c.snapshot_id, exchanges.c.hop)
        .limit(1)
    )
    try:
        with database.read() as connection:
            row = connection.execute(shown).first()
    except (StorageError, ValueError):
        row = None
    where = {} if row is None else {"url": row.url, "snapshot_id": row.snapshot_id, "at": row.taken_at}
    return Damage("body", reason, table=bodies.name, key=str(key), sha256=sha256, **where)


def roots_after(connection: Connection, key: int, limit: int) -> list[int]:
    """Return the keys of keyframes above `key`, in order."""
    query = select(bodies.c.id).where(bodies.c.id > key, bodies.c.base_id.is_(None)).order_by(bodies.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def amount(connection: Connection) -> tuple[int, int]:
    """Return the number of bodies and their total length, decoded."""
    count, length = connection.execute(select(func.count(), func.sum(bodies.c.length_bytes)).select_from(bodies)).one()
    return count, int(length or 0)
