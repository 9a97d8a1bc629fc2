"""The body in the payload of a response record: without chunks (RFC 9112 §7.1), and without content coding. Pure, in linear time, within a limit."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.fetching.content_encoding import decode
from monitor.model import Truncation

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

try:
    import brotli
except ImportError:  # on a platform without a wheel of it
    brotli = None

_SIZE_LINE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")
_PIECE_BYTES = 64 * 1024
_MAX_CODINGS = 5
_MAX_FRAMES = 100
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_KNOWN = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})


@dataclass(frozen=True, slots=True)
class DecodedPayload:
    """A body.

    Attributes:
        body: At most as many bytes as the limit.
        truncated: Why it ends early; None if it is complete.
        unknown_coding: The content coding that cannot be undone here; None if there is none.
    """

    body: bytes
    truncated: Truncation | None = None
    unknown_coding: str | None = None


def without_chunks(payload: bytes) -> tuple[bytes, bool]:
    """Return the content of a chunked payload, and whether it is complete. A payload that is not chunked is returned as it is: many tools keep the field only."""
    parts: list[memoryview] = []
    view, at = memoryview(payload), 0
    while (line := _SIZE_LINE.match(payload, at)) is not None:
        size = int(line[1], 16)
        at = line.end()
        if size == 0:
            return b"".join(parts), True
        parts.append(view[at : at + size])
        at += size
        if at > len(payload):
            break
        if payload[at : at + 2] == b"\r\n":
            at += 2
        elif payload[at : at + 1] == b"\n":
            at += 1
        elif at < len(payload):
            # What looked like the size of a chunk was content.
            return payload, True
    if not parts:
        return payload, True
    return b"".join(parts), False


def decode_payload(entity: bytes, content_encodings: Sequence[str], limit: int) -> DecodedPayload:
    """Undo the content codings of an entity. One that cannot be undone although its coding is known was undone already.

    Args:
        entity: Without chunks.
        content_encodings: The values of all Content-Encoding fields, in order.
        limit: Maximum bytes of the body.
    """
    names = [name.strip().lower() for value in content_encodings for name in value.split(",")]
    names = [name for name in names if name not in ("", "identity", "none")]
    unknown = next((name for name in names if name not in _KNOWN or (name == "br" and brotli is None)), None)
    if not names or not entity or unknown is not None or len(names) > _MAX_CODINGS:
        return _cut(entity, None, limit, unknown)
    body, truncated = entity, None
    for name in reversed(names):
        undone = _undo(body, name, limit)
        if undone is None:
            return _cut(entity, None, limit)
        body, truncated = undone.body, truncated or undone.truncated
    return _cut(body, truncated, limit)


def _cut(body: bytes, truncated: Truncation | None, limit: int, unknown: str | None = None) -> DecodedPayload:
    if len(body) > limit:
        return DecodedPayload(body[:limit], Truncation.LENGTH, unknown)
    return DecodedPayload(body, truncated, unknown)


def _undo(data: bytes, name: str, limit: int) -> DecodedPayload | None:
    """Undo one coding; None if nothing can be decoded."""
    if name == "br":
        return _brotli(data, limit)
    if name == "zstd":
        return _zstd(data, limit)
    decoded = decode(data, [name], limit)
    is_same = decoded.body == data and decoded.truncated is None
    return None if is_same else DecodedPayload(decoded.body, decoded.truncated)


def _brotli(data: bytes, limit: int) -> DecodedPayload | None:
    """Decompress brotli (RFC 7932), which has no mark at its beginning: text that was decoded already may pass for the beginning of a stream."""
    decompressor, out = brotli.Decompressor(), bytearray()
    try:
        for at in range(0, len(data), _PIECE_BYTES):
            out += decompressor.process(data[at : at + _PIECE_BYTES], output_buffer_limit=_PIECE_BYTES)
            # It may hold output back although it would accept more data.
            while len(out) <= limit and (more := decompressor.process(b"", output_buffer_limit=_PIECE_BYTES)):
                out += more
            if len(out) > limit:
                return DecodedPayload(bytes(out[:limit]), Truncation.LENGTH)
    except brotli.error:
        return None
    if decompressor.is_finished():
        return DecodedPayload(bytes(out))
    return None if not out or _is_text(data) else DecodedPayload(bytes(out), Truncation.DISCONNECT)


def _zstd(data: bytes, limit: int) -> DecodedPayload | None:
    """Decompress the frames of a zstd stream (RFC 8878)."""
    out, rest = bytearray(), data
    for _ in range(_MAX_FRAMES):  # each one copies the rest of the data
        decompressor = ZstdDecompressor()
        try:
            out += decompressor.decompress(rest, max_length=limit + 1 - len(out))
        except ZstdError:
            return DecodedPayload(bytes(out), Truncation.DISCONNECT) if out else None
        if len(out) > limit:
            return DecodedPayload(bytes(out[:limit]), Truncation.LENGTH)
        if not decompressor.eof:
            return DecodedPayload(bytes(out), Truncation.DISCONNECT)
        rest = decompressor.unused_data
        if not rest.startswith(_ZSTD_MAGIC):
            return DecodedPayload(bytes(out))
    return DecodedPayload(bytes(out), Truncation.LENGTH)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
