"""Versions: one row each, a row a reading, and a blob for blocks and mentions, stored as a delta of an earlier version of the page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, select, update

from monitor.errors import BodyCorrupt, UnknownName
from monitor.model import Block, BlockKind, Document, JsonValue, Link, Mention, MentionType, Reader, Reading, Version
from storage.chains import frames, unwind
from storage.compression import MAX_DEPTH, ZstdError, base_of, pack
from storage.prepared import Prepared
from storage.rows import Row, Values
from storage.schema import readings, versions

_ID = versions.c.id == bindparam("version")
_PARTS = (versions.c.id, versions.c.blob_base_id, versions.c.blob, versions.c.blob_length)
_FRAMES = Prepared(frames(*_PARTS, _ID))
_BASE = Prepared(frames(*_PARTS, and_(versions.c.page_id == bindparam("page"), versions.c.seq == bindparam("number"))))
VERSION_COLUMNS = tuple(versions.c[name] for name in ("code", "facts", "learned", "title", "language", "blob_length"))
"""What `version_of` reads."""

_VERSION = Prepared(select(*VERSION_COLUMNS).where(_ID))
_READINGS = Prepared(
    select(readings.c.fact, readings.c.value, readings.c.why)
    .where(readings.c.version_id == bindparam("version"))
    .order_by(readings.c.position)
)
_LAST_SEQ = Prepared(select(func.max(versions.c.seq)).where(versions.c.page_id == bindparam("page")))
_CONFIRM = Prepared(
    update(versions)
    .where(_ID)
    .values(code=bindparam("new_code"), facts=bindparam("new_facts"), learned=bindparam("new_learned"))
)
_INSERT = Prepared(insert(versions).returning(versions.c.id))
_INSERT_READING = Prepared(insert(readings))

# Pages hold hundreds of blocks and mentions: calling an enum would show there.
_MENTION_TYPES = {word.value: word for word in MentionType}
_BLOCK_KINDS = {word.value: word for word in BlockKind}
_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def load_version(connection: Connection, version_id: int) -> Version:
    """A stored version's value.

    Raises:
        UnknownName: There is none of that id.
        BodyCorrupt: What is stored cannot be read.
    """
    row = _VERSION.first(connection, {"version": version_id})
    if row is None:
        raise UnknownName(f"there is no version {version_id}")
    return version_of(connection, version_id, row)


def version_of(connection: Connection, version_id: int, row: Row) -> Version:
    """The value of the version whose row this is.

    Raises:
        BodyCorrupt: What is stored cannot be read.
    """
    blob = json.loads(load_blob(connection, version_id, row.blob_length).decode("utf-8", "surrogatepass"))
    mentions = _mentions(blob["mentions"])
    return Version(
        reader=Reader(row.code, row.facts, row.learned),
        title=row.title,
        language=row.language,
        blocks=_blocks(blob["blocks"]),
        mentions=mentions,
        readings=tuple(
            _reading(item, places, mentions)
            for item, places in zip(_READINGS.all(connection, {"version": version_id}), blob["readings"], strict=True)
        ),
        base=blob.get("base", ""),
        document=Document(*blob["document"]) if "document" in blob else None,
    )


def reader_of(connection: Connection, version_id: int) -> Reader:
    """What read a version.

    Raises:
        UnknownName: There is none of that id.
    """
    row = _VERSION.first(connection, {"version": version_id})
    if row is None:
        raise UnknownName(f"there is no version {version_id}")
    return Reader(row.code, row.facts, row.learned)


def confirm(connection: Connection, version_id: int, reader: Reader) -> None:
    """Note that another reader read a version to the same result."""
    _CONFIRM.run(
        connection,
        {"version": version_id, "new_code": reader.code, "new_facts": reader.facts, "new_learned": reader.learned},
    )


def store_version(connection: Connection, page_id: int, snapshot_id: int, version: Version, now: datetime) -> int:
    """Store a version of a page whose row is locked.

    Returns:
        Its key.
    """
    seq = (_LAST_SEQ.scalar(connection, {"page": page_id}) or 0) + 1
    blob = blob_of(version)
    base = _base(connection, page_id, seq)
    data, is_delta = pack(blob, base[2] if base else None)
    row = {
        "page_id": page_id,
        "seq": seq,
        "snapshot_id": snapshot_id,
        "created_at": now,
        "code": version.reader.code,
        "facts": version.reader.facts,
        "learned": version.reader.learned,
        "title": version.title,
        "language": version.language,
        "text_sha256": _text_sha256(version),
        "blob": data,
        "blob_length": len(blob),
        "blob_base_id": base[0] if base and is_delta else None,
        "blob_depth": base[1] + 1 if base and is_delta else 0,
    }
    key: int = _INSERT.scalar(connection, row)
    _INSERT_READING.run(connection, *(_reading_values(key, n, version) for n in range(len(version.readings))))
    return key


def _text_sha256(version: Version) -> str:
    return hashlib.sha256(version.text.encode("utf-8", "surrogatepass")).hexdigest()


def _base(connection: Connection, page_id: int, seq: int) -> tuple[int, int, bytes] | None:
    """Key, depth and blob of the version that number `seq` is stored as a delta of; None where it becomes a keyframe."""
    number = base_of(seq - 1)
    if number is None:
        return None
    rows = _BASE.all(connection, {"page": page_id, "number": number + 1})
    depth = len(rows) - 1
    if not 0 <= depth < MAX_DEPTH:
        return None
    key = rows[-1].id
    try:
        return key, depth, _unwound(rows, key, None)
    except BodyCorrupt:
        # What is read now is kept whole; the old version can be derived anew.
        return None


def load_blob(connection: Connection, version_id: int, length: int | None) -> bytes:
    """A stored version's blob; `length` is what its row says of it, None where nobody asked.

    Raises:
        BodyCorrupt: It is not as it was stored.
    """
    return _unwound(_FRAMES.all(connection, {"version": version_id}), version_id, length)


def _unwound(rows: Sequence[Row], version_id: int, length: int | None) -> bytes:
    """The blob that these frames, keyframe first, come to."""
    try:
        blob = unwind(rows)
    except ZstdError as error:
        raise BodyCorrupt(f"version {version_id} cannot be decompressed; run `pagewitness reread` ({error})") from error
    if blob is None or (length is not None and len(blob) != length):
        raise BodyCorrupt(f"version {version_id} is not as it was stored; run `pagewitness reread`")
    return blob


def blob_of(version: Version) -> bytes:
    """Everything of a version that no query asks for, as JSON. Alike versions come to alike bytes."""
    places = {id(mention): place for place, mention in enumerate(version.mentions)}
    value: dict[str, Any] = {
        # A block without links is stored without a place for them, as those from before there were links are.
        "blocks": [block if block.links else block[:-1] for block in version.blocks],
        "mentions": version.mentions,
        "readings": [
            [
                [_place(mention, places, version) for mention in group]
                for group in (reading.mentions, reading.contradicts)
            ]
            for reading in version.readings
        ],
    }
    if version.base:
        value["base"] = version.base
    if version.document is not None:
        value["document"] = version.document
    return _to_json(value).encode("utf-8", "surrogatepass")


def _blocks(items: Sequence[Sequence[Any]]) -> tuple[Block, ...]:
    return tuple(
        Block(_BLOCK_KINDS[kind], text, why, tuple(anchor), *map(_links, rest))
        for kind, text, why, anchor, *rest in items
    )


def _links(items: Sequence[Sequence[Any]]) -> tuple[Link, ...]:
    return tuple(Link(*item) for item in items)


def _mentions(items: Sequence[Sequence[Any]]) -> tuple[Mention, ...]:
    return tuple(Mention(_MENTION_TYPES[kind], *rest) for kind, *rest in items)


def _place(mention: Mention, places: Mapping[int, int], version: Version) -> int | Sequence[Any]:
    """The mention's index among the version's own, whose places are known by identity; the whole of it where it is not among them."""
    place = places.get(id(mention))
    if place is None:
        # Whole mentions are compared last: that takes a hundred times as long.
        alike = (
            n
            for n, one in enumerate(version.mentions)
            if one.start == mention.start and one.block == mention.block and one == mention
        )
        place = next(alike, None)
    return mention if place is None else place


def _reading(row: Row, places: Sequence[Sequence[Any]], mentions: Sequence[Mention]) -> Reading:
    stated, contradicts = (
        tuple(mentions[place] if isinstance(place, int) else _mentions([place])[0] for place in group)
        for group in places
    )
    return Reading(row.fact, row.value, stated, contradicts, row.why)


def _reading_values(version_id: int, position: int, version: Version) -> Values:
    reading = version.readings[position]
    return {
        "version_id": version_id,
        "fact": reading.fact,
        "position": position,
        "value": reading.value,
        "quote": reading.quote,
        "sentence": version.stated_in(reading),
        "contradicts": [_statement(version, mention) for mention in reading.contradicts],
        "why": reading.why,
    }


def _statement(version: Version, mention: Mention) -> Mapping[str, JsonValue]:
    return {"value": mention.value, "quote": mention.quote, "sentence": version.sentence(mention)}
