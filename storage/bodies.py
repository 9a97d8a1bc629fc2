"""Bodies: stored once each, as deltas of earlier bodies of the same URL, and checked against their digest at every read.

Chains are locked before bodies are inserted, both in a fixed order, so that two writers cannot wait for each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from monitor.errors import BodyCorrupt, UnknownName
from storage.chains import frames, unwind
from storage.compression import MAX_DEPTH, SHORTEST_BASE, ZstdError, base_of, pack
from storage.dialect import upserting
from storage.schema import bodies, body_chains, body_links

_FRAMES = frames(bodies.c.id, bodies.c.base_id, bodies.c.data, bodies.c.sha256 == bindparam("sha256"))
_KNOWN = select(bodies.c.sha256, bodies.c.id).where(bodies.c.sha256.in_(bindparam("digests", expanding=True)))
_CHAINS = (
    select(body_chains.c.url_sha256, body_chains.c.id, body_chains.c.size)
    .where(body_chains.c.url_sha256.in_(bindparam("digests", expanding=True)))
    .order_by(body_chains.c.url_sha256)
    .with_for_update()
)
_LINKED = select(body_links.c.n).where(
    body_links.c.chain_id == bindparam("chain"), body_links.c.body_id == bindparam("body")
)
_BASE = (
    select(bodies.c.id, bodies.c.sha256, bodies.c.depth)
    .join(body_links, body_links.c.body_id == bodies.c.id)
    .where(body_links.c.chain_id == bindparam("chain"), body_links.c.n == bindparam("number"))
)
_INSERT_LINK = insert(body_links)
_RESIZE = update(body_chains).where(body_chains.c.id == bindparam("chain")).values(size=bindparam("links"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A body that came from a URL."""

    url: str
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Base:
    id: int
    depth: int
    body: bytes


@dataclass(slots=True)
class _Chain:
    """A chain whose row is locked. `size` counts on while bodies are linked."""

    id: int
    size: int


def arrival(url: str, body: bytes) -> Arrival:
    """A body with its digest."""
    return Arrival(url, hashlib.sha256(body).hexdigest(), body)


def known_bodies(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
    """The keys of those bodies that are stored, by SHA-256."""
    wanted = sorted(set(digests))
    if not wanted:
        return {}
    return {row.sha256: row.id for row in connection.execute(_KNOWN, {"digests": wanted})}


def store_bodies(connection: Connection, arrivals: Sequence[Arrival], at: datetime) -> dict[str, int]:
    """Store what is new and note under which URL it appeared.

    Returns:
        The keys of all of them, by SHA-256.
    """
    chains = _lock_chains(connection, {item.url for item in arrivals if _can_be_base(item.body)})
    keys = known_bodies(connection, (item.sha256 for item in arrivals))
    for item in sorted(set(arrivals), key=lambda item: (item.sha256, item.url)):
        chain = chains.get(item.url) if _can_be_base(item.body) else None
        known = item.sha256 in keys
        if not known:
            keys[item.sha256], known = _store(connection, item, chain, at)
        if chain is not None and not (known and _is_linked(connection, chain, keys[item.sha256])):
            _link(connection, chain, keys[item.sha256])
    return keys


def load_body(connection: Connection, sha256: str) -> bytes:
    """A stored body.

    Raises:
        UnknownName: No such body is stored.
        BodyCorrupt: What is stored does not match the digest.
    """
    try:
        body = unwind(connection.execute(_FRAMES, {"sha256": sha256}).scalars())
    except ZstdError as error:
        raise BodyCorrupt(
            f"the stored body {sha256} cannot be decompressed; restore it from a backup ({error})"
        ) from error
    if body is None:
        raise UnknownName(f"no body with SHA-256 {sha256} is stored")
    if hashlib.sha256(body).hexdigest() != sha256:
        raise BodyCorrupt(f"the stored body {sha256} does not match its SHA-256; restore it from a backup")
    return body


def _can_be_base(body: bytes) -> bool:
    return len(body) >= SHORTEST_BASE


def _lock_chains(connection: Connection, urls: Iterable[str]) -> Mapping[str, _Chain]:
    digests = {hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest(): url for url in urls}
    if not digests:
        return {}
    rows = connection.execute(_CHAINS, {"digests": sorted(digests)}).all()
    if len(rows) < len(digests):
        new = [
            {"url": digests[digest], "url_sha256": digest, "size": 0}
            for digest in sorted(digests.keys() - {row.url_sha256 for row in rows})
        ]
        connection.execute(upserting(connection, body_chains).on_conflict_do_nothing(), new)
        rows = connection.execute(_CHAINS, {"digests": sorted(digests)}).all()
    return {digests[row.url_sha256]: _Chain(row.id, row.size) for row in rows}


def _store(connection: Connection, item: Arrival, chain: _Chain | None, at: datetime) -> tuple[int, bool]:
    """The body's key, and whether another writer stored it first, under another URL."""
    base = None if chain is None else _base(connection, chain)
    data, is_delta = pack(item.body, base.body if base else None)
    row = {
        "sha256": item.sha256,
        "length_bytes": len(item.body),
        "base_id": base.id if base and is_delta else None,
        "depth": base.depth + 1 if base and is_delta else 0,
        "data": data,
        "created_at": at,
    }
    statement = upserting(connection, bodies).on_conflict_do_nothing().returning(bodies.c.id)
    key = connection.execute(statement, row).scalar()
    return (known_bodies(connection, [item.sha256])[item.sha256], True) if key is None else (key, False)


def _base(connection: Connection, chain: _Chain) -> _Base | None:
    """The body that the chain's next one is stored as a delta of; None where it becomes a keyframe."""
    number = base_of(chain.size)
    if number is None:
        return None
    row = connection.execute(_BASE, {"chain": chain.id, "number": number}).first()
    # A body first stored under another URL may already stand on many others.
    if row is None or row.depth >= MAX_DEPTH:
        return None
    try:
        return _Base(row.id, row.depth, load_body(connection, row.sha256))
    except BodyCorrupt:
        # What arrives now is kept whole; the damage to the old body is found where that is read.
        return None


def _is_linked(connection: Connection, chain: _Chain, body_id: int) -> bool:
    return connection.execute(_LINKED, {"chain": chain.id, "body": body_id}).first() is not None


def _link(connection: Connection, chain: _Chain, body_id: int) -> None:
    connection.execute(_INSERT_LINK, {"chain_id": chain.id, "n": chain.size, "body_id": body_id})
    chain.size += 1
    connection.execute(_RESIZE, {"chain": chain.id, "links": chain.size})
