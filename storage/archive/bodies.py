"""Bodies: each stored once, as a delta of an earlier body of the same URL, and checked against its SHA-256 at every read.

The rows of URLs are locked before bodies are inserted, both in a fixed order, so that two writers cannot deadlock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, bindparam, select

from monitor.errors import BodyCorrupt, UnknownName
from storage.archive.archived_urls import LockedUrl, lock_urls
from storage.archive.compression import MAX_DEPTH, SHORTEST_BASE, ZstdError, base_of, pack
from storage.archive.delta_chain import frames, unwind
from storage.archive.rows import Row
from storage.database.compiled_statements import CompiledStatement
from storage.schema import bodies, body_links

_PARTS = (bodies.c.id, bodies.c.base_id, bodies.c.data, bodies.c.length_bytes)
_FRAMES = CompiledStatement(frames(*_PARTS, bodies.c.sha256 == bindparam("sha256")))
_FRAMES_OF_KEY = CompiledStatement(frames(*_PARTS, bodies.c.id == bindparam("body")))
_LINKED_BODY = (
    select(body_links.c.body_id)
    .where(body_links.c.url_id == bindparam("url"), body_links.c.n == bindparam("number"))
    .scalar_subquery()
)
_BASE = CompiledStatement(frames(*_PARTS, bodies.c.id == _LINKED_BODY, bodies.c.sha256, bodies.c.length_bytes))
_LENGTH = CompiledStatement(select(bodies.c.length_bytes).where(bodies.c.sha256 == bindparam("sha256")))
_KNOWN = CompiledStatement(select(bodies.c.id).where(bodies.c.sha256 == bindparam("sha256")))
_INSERT_BODY = CompiledStatement(lambda insert: insert(bodies).on_conflict_do_nothing().returning(bodies.c.id))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A body received from a URL."""

    url: str
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Base:
    id: int
    depth: int
    body: bytes


def arrival(url: str, body: bytes, sha256: str | None = None) -> Arrival:
    """Return a body with its SHA-256, which is computed if `sha256` is None."""
    return Arrival(url, sha256 or hashlib.sha256(body).hexdigest(), body)


def known_bodies(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
    """Return the keys of the bodies that are stored, by SHA-256."""
    found = {digest: _KNOWN.scalar(connection, {"sha256": digest}) for digest in set(digests)}
    return {digest: key for digest, key in found.items() if key is not None}


def store_bodies(
    connection: Connection,
    arrivals: Sequence[Arrival],
    at: datetime,
    known: Mapping[str, int | None] = MappingProxyType({}),
    urls: Mapping[str, LockedUrl] | None = None,
) -> dict[str, int]:
    """Store new bodies and link each body to its URL.

    Args:
        connection: In a writing transaction.
        arrivals: The bodies.
        at: When they arrived.
        known: Keys of bodies that were looked up already, by SHA-256; None for one that is not stored.
        urls: The locked rows of their URLs; None locks them.

    Returns:
        The keys of all of them, by SHA-256.
    """
    urls = lock_urls(connection, {item.url for item in arrivals}) if urls is None else urls
    keys = {digest: key for digest, key in known.items() if key is not None}
    keys |= known_bodies(connection, (item.sha256 for item in arrivals if item.sha256 not in known))
    for item in sorted(set(arrivals), key=lambda item: (item.sha256, item.url)):
        url = urls[item.url] if _can_be_base(item.body) else None
        is_known = item.sha256 in keys
        if not is_known:
            keys[item.sha256], is_known = _store(connection, item, url, at)
        if url is not None and not (is_known and url.is_linked(connection, keys[item.sha256])):
            url.link(connection, keys[item.sha256])
    return keys


def load_body(connection: Connection, sha256: str) -> bytes:
    """Return a stored body.

    Raises:
        UnknownName: No body with this SHA-256 is stored.
        BodyCorrupt: The stored data does not match the SHA-256.
    """
    return _checked(_FRAMES.all(connection, {"sha256": sha256}), sha256)


def load_body_of_key(connection: Connection, key: int, sha256: str) -> bytes:
    """Return the stored body with this key and SHA-256; also from a file of an earlier schema, or if its stored SHA-256 is damaged.

    Raises:
        UnknownName: There is no body with this key.
        BodyCorrupt: The stored data does not match the SHA-256.
    """
    return _checked(_FRAMES_OF_KEY.all(connection, {"body": key}), sha256)


def body_length(connection: Connection, sha256: str) -> int:
    """Return the length of a stored body in bytes; 0 if it is not stored."""
    return _LENGTH.scalar(connection, {"sha256": sha256}) or 0


def _checked(chain: Iterable[Row], sha256: str) -> bytes:
    """Decompress frames, keyframe first, and check the body against its SHA-256."""
    try:
        body = unwind(chain)
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


def _store(connection: Connection, item: Arrival, url: LockedUrl | None, at: datetime) -> tuple[int, bool]:
    """Insert a body. Return its key, and whether another writer stored it first, under another URL."""
    base = None if url is None else _base(connection, url)
    data, is_delta = pack(item.body, base.body if base else None)
    row = {
        "sha256": item.sha256,
        "length_bytes": len(item.body),
        "base_id": base.id if base and is_delta else None,
        "depth": base.depth + 1 if base and is_delta else 0,
        "data": data,
        "created_at": at,
    }
    key = _INSERT_BODY.scalar(connection, row)
    return (known_bodies(connection, [item.sha256])[item.sha256], True) if key is None else (key, False)


def _base(connection: Connection, url: LockedUrl) -> _Base | None:
    """Return the base for the URL's next body; None if that becomes a keyframe."""
    number = base_of(url.body_count)
    if number is None:
        return None
    rows = _BASE.all(connection, {"url": url.id, "number": number})
    # A body first stored under another URL may already have a long chain of bases.
    depth = len(rows) - 1
    if not 0 <= depth < MAX_DEPTH:
        return None
    try:
        return _Base(rows[-1].id, depth, _checked(rows, rows[-1].sha256))
    except BodyCorrupt:
        # The new body is stored as a keyframe; reading the damaged body reports the damage.
        return None
