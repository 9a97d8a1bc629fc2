"""Versions: each has one row, one row per reading, and a blob with its blocks and mentions, stored as a delta of an earlier version of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, insert, select, update

from monitor.errors import DerivedDataCorrupt, UnknownName
from monitor.model import Block, JsonValue, Mention, ParserVersion, Reading, Version
from storage.archive.compression import MAX_DEPTH, ZstdError, base_of, pack
from storage.archive.delta_chain import frames, unwind
from storage.archive.rows import Row, Values
from storage.archive.version_blob import MAX_BYTES, Parts, blob_of, decode
from storage.database.columns import Damaged
from storage.database.compiled_statements import CompiledStatement
from storage.schema import readings, versions

_ID = versions.c.id == bindparam("version")
_PARTS = (versions.c.id, versions.c.blob_base_id, versions.c.blob, versions.c.blob_length)
_FRAMES = CompiledStatement(frames(*_PARTS, _ID))
_BASE = CompiledStatement(
    frames(*_PARTS, and_(versions.c.page_id == bindparam("page"), versions.c.seq == bindparam("number")))
)
VERSION_COLUMNS = tuple(versions.c[name] for name in ("code", "facts", "learned", "title", "language"))
"""The columns that `version_of` reads."""

_VERSION = CompiledStatement(select(*VERSION_COLUMNS).where(_ID))
_READINGS = CompiledStatement(
    select(readings.c.fact, readings.c.value, readings.c.why)
    .where(readings.c.version_id == bindparam("version"))
    .order_by(readings.c.position)
)
_LAST_SEQ = CompiledStatement(select(func.max(versions.c.seq)).where(versions.c.page_id == bindparam("page")))
_CONFIRM = CompiledStatement(
    update(versions)
    .where(_ID)
    .values(code=bindparam("new_code"), facts=bindparam("new_facts"), learned=bindparam("new_learned"))
)
_INSERT = CompiledStatement(insert(versions).returning(versions.c.id))
_INSERT_READING = CompiledStatement(insert(readings))


def load_version(connection: Connection, version_id: int) -> Version:
    """Return a stored version.

    Raises:
        UnknownName: No version has this id.
        DerivedDataCorrupt: The stored data cannot be decoded.
    """
    row = _VERSION.first(connection, {"version": version_id})
    if row is None:
        raise UnknownName(f"there is no version {version_id}")
    return version_of(connection, version_id, row)


def version_of(connection: Connection, version_id: int, row: Row) -> Version:
    """Return the version stored in this row.

    Raises:
        DerivedDataCorrupt: The stored data cannot be decoded.
    """
    blob = load_blob(connection, version_id)
    read = _READINGS.all(connection, {"version": version_id})
    try:
        return _version(row, read, decode(blob))
    except ValueError as error:
        raise _corrupt(version_id, error) from error


def load_blocks(connection: Connection, version_id: int) -> tuple[Block, ...]:
    """Return the blocks of a stored version, whatever became of its readings.

    Raises:
        DerivedDataCorrupt: The stored blob is missing, damaged or cannot be decoded.
    """
    try:
        return decode(load_blob(connection, version_id)).blocks
    except ValueError as error:
        raise _corrupt(version_id, error) from error


def _version(row: Row, read: Sequence[Row], parts: Parts) -> Version:
    if len(read) != len(parts.readings):
        raise ValueError(f"{len(read)} readings are stored in place of {len(parts.readings)}")
    if any(isinstance(item.value, Damaged | dict) for item in read):
        raise ValueError("a reading has no value of a fact")
    return Version(
        reader=ParserVersion(row.code, row.facts, row.learned),
        title=row.title,
        language=row.language,
        blocks=parts.blocks,
        mentions=parts.mentions,
        readings=tuple(
            Reading(item.fact, item.value, *parts.mentions_of(place), item.why) for place, item in enumerate(read)
        ),
        base=parts.base,
        document=parts.document,
        images=parts.images,
    )


def _corrupt(version_id: int, why: object) -> DerivedDataCorrupt:
    return DerivedDataCorrupt(
        f"the stored version {version_id} cannot be decoded: {why}; `pagewitness reprocess` derives it again"
    )


def reader_of(connection: Connection, version_id: int) -> ParserVersion:
    """Return the parser version that produced a version.

    Raises:
        UnknownName: No version has this id.
    """
    row = _VERSION.first(connection, {"version": version_id})
    if row is None:
        raise UnknownName(f"there is no version {version_id}")
    return ParserVersion(row.code, row.facts, row.learned)


def confirm(connection: Connection, version_id: int, reader: ParserVersion) -> None:
    """Record that another parser version produced the same result."""
    _CONFIRM.run(
        connection,
        {"version": version_id, "new_code": reader.code, "new_facts": reader.facts, "new_learned": reader.learned},
    )


def store_version(
    connection: Connection,
    page_id: int,
    snapshot_id: int,
    version: Version,
    now: datetime,
    *,
    degree: int | None = None,
) -> int:
    """Store a version of a page whose row is locked.

    Args:
        connection: In a writing transaction.
        page_id: The page.
        snapshot_id: The snapshot that it was extracted from.
        version: The version.
        now: On the observing clock.
        degree: Words of a thousand that changed (`monitor.diff.degree`); None: there is no version before it.

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
        "changed_permille": degree,
        "blob": data,
        "blob_length": len(blob),
        "blob_base_id": base[0] if base and is_delta else None,
        "blob_depth": base[1] + 1 if base and is_delta else 0,
    }
    key: int = _INSERT.scalar(connection, row)
    _INSERT_READING.run(connection, *(_reading_values(key, n, version) for n in range(len(version.readings))))
    return key


def _base(connection: Connection, page_id: int, seq: int) -> tuple[int, int, bytes] | None:
    """Return key, depth and blob of the base for version number `seq`; None if that becomes a keyframe."""
    number = base_of(seq - 1)
    if number is None:
        return None
    rows = _BASE.all(connection, {"page": page_id, "number": number + 1})
    depth = len(rows) - 1
    if not 0 <= depth < MAX_DEPTH:
        return None
    key = rows[-1].id
    try:
        return key, depth, _unwound(rows, key)
    except DerivedDataCorrupt:
        # The new version is stored as a keyframe; the damaged one can be derived again.
        return None


def load_blob(connection: Connection, version_id: int) -> bytes:
    """Return a stored version's blob.

    Raises:
        DerivedDataCorrupt: The stored blob is missing or damaged.
    """
    return _unwound(_FRAMES.all(connection, {"version": version_id}), version_id)


def _unwound(rows: Sequence[Row], version_id: int) -> bytes:
    """Decompress the blob stored in these frames, keyframe first."""
    longest = max((row.length for row in rows), default=0)
    if longest > MAX_BYTES:
        raise _corrupt(version_id, f"{longest:,} bytes are recorded, and none has more than {MAX_BYTES:,}")
    try:
        blob = unwind(rows)
    except ZstdError as error:
        raise _corrupt(version_id, error) from error
    if blob is None:
        raise _corrupt(version_id, "it is not there")
    return blob


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
