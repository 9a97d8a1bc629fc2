"""Decodes an entity as sent to its body: gzip and deflate, within a size limit, never raising an error.

The declared coding and the sent bytes differ often enough to need rules:

- If a coding cannot be undone at all (unknown, or plain text labelled gzip), the body equals the entity as sent. Such a body can be
  recognised: its digest is the entity's although there is a Content-Encoding field.
- If a stream is broken or ends before its end mark, the bytes decoded so far are kept and marked as truncated (DISCONNECT).
- Output beyond the limit is cut (LENGTH).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Truncation

_GZIP, _ZLIB, _RAW = 31, 15, -15
# "deflate" is zlib's format by RFC 9110 §8.4.1.2, but some servers send the raw stream, and browsers accept both.
_FORMATS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}
_MAX_CODINGS = 5
# More members than any real server sends; each one copies the rest of the data, so their number must be bounded.
_MAX_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded body.

    Attributes:
        body: At most as many bytes as the limit.
        truncated: Why it ends early; None where it is complete.
    """

    body: bytes
    truncated: Truncation | None


def decode(entity: bytes | bytearray, content_encodings: Sequence[str], limit: int) -> Decoded:
    """Undo the content codings of an entity, last applied first.

    Args:
        entity: As sent, without transfer coding.
        content_encodings: The values of all Content-Encoding fields, in order.
        limit: Maximum bytes of the body.
    """
    names = [name.strip().lower() for value in content_encodings for name in value.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    decoded = Decoded(bytes(entity), None)
    if not entity or len(names) > _MAX_CODINGS:
        return decoded
    for name in reversed(names):
        stage = _undo(decoded.body, name, limit)
        if stage is None:
            return Decoded(bytes(entity), None)
        decoded = Decoded(stage.body, decoded.truncated or stage.truncated)
    return decoded


def _undo(data: bytes, name: str, limit: int) -> Decoded | None:
    stages = (_inflate(data, window, limit) for window in _FORMATS.get(name, ()))
    return next((stage for stage in stages if stage is not None), None)


def _inflate(data: bytes, window: int, limit: int) -> Decoded | None:
    """Inflate a stream, or the members of a gzip file (RFC 1952 §2.2); None where it yields nothing."""
    out = bytearray()
    for _ in range(_MAX_MEMBERS):
        decoder = zlib.decompressobj(window)
        try:
            # One byte over the limit distinguishes a body that fits from one that does not.
            out += decoder.decompress(data, limit + 1 - len(out))
        except zlib.error:
            return _broken(out, data, window, limit)
        if len(out) > limit:
            return Decoded(bytes(memoryview(out)[:limit]), Truncation.LENGTH)
        if not decoder.eof:
            return Decoded(bytes(out), Truncation.DISCONNECT)
        data = decoder.unused_data
        # Any other data after the end is padding, and ignored as in browsers.
        if window != _GZIP or not data.startswith(b"\x1f\x8b\x08"):
            return Decoded(bytes(out), None)
    return Decoded(bytes(out), Truncation.LENGTH)


def _broken(out: bytearray, data: bytes, window: int, limit: int) -> Decoded | None:
    # A raw stream has no header to identify it: plain text may yield a few meaningless bytes before it breaks.
    if window != _RAW:
        out += _salvage(data, window, limit - len(out))
    return Decoded(bytes(out), Truncation.DISCONNECT) if out else None


def _salvage(data: bytes, window: int, limit: int) -> bytes:
    """Return the output of a broken stream before the break: zlib withholds the output of the call that fails."""
    decoder, out, at, step = zlib.decompressobj(window), bytearray(), 0, 4096
    while at < len(data) and len(out) < limit:
        spare = decoder.copy()
        try:
            out += decoder.decompress(data[at : at + step], limit - len(out))
            at += step
        except zlib.error:
            if step == 1:
                break
            decoder, step = spare, 1
    return bytes(out)
