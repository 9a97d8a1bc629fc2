"""Delta compression with zstd: bytes similar to earlier ones take little space. Pure; no SQL.

Item n of a chain is stored as a delta of the item whose number is n with its lowest set bit cleared (skip-delta order), so that reading any item
needs at most log2(KEYFRAME_EVERY) bases; every KEYFRAME_EVERY-th item is a keyframe, stored without a base. zstd gets the base as a *prefix*.
"""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import (
        CompressionParameter,
        DecompressionParameter,
        ZstdDecompressor,
        ZstdDict,
        ZstdError,
        compress,
        get_frame_info,
    )
else:
    from backports.zstd import (
        CompressionParameter,
        DecompressionParameter,
        ZstdDecompressor,
        ZstdDict,
        ZstdError,
        compress,
        get_frame_info,
    )

__all__ = [
    "KEYFRAME_EVERY",
    "MAX_DEPTH",
    "SHORTEST_BASE",
    "ZstdError",
    "base_of",
    "delta",
    "keyframe",
    "pack",
    "unpack",
]

KEYFRAME_EVERY = 256
MAX_DEPTH = 16
"""The most bases that reading an item may need."""

SHORTEST_BASE = 8
"""Bytes; zstd accepts no shorter prefix."""

_KEYFRAME_LEVEL = 9
_DELTA_LEVEL = 3
# 128 MiB, the largest window that one of our frames may need for reading: a 16 MiB body and its base need 32 MiB.
_WINDOW_LOG_MAX = 27
# 17 is the level's default. Smaller tables made nine real histories 0.5 % larger, and a third faster to write.
_TABLE_LOG_MIN, _TABLE_LOG_MAX = 14, 17
# A delta below this fraction of the item is smaller than any keyframe in practice; above it, both are made and the smaller is kept.
_SURELY_SMALL = 16
# The checksum makes decoding with a wrong base fail; it takes four bytes an item.
_CHECKED: dict[int, int] = {CompressionParameter.checksum_flag: 1}


def base_of(n: int) -> int | None:
    """Return the number of the item that item n is a delta of; None if n is a keyframe."""
    return None if n % KEYFRAME_EVERY == 0 else n & (n - 1)


def keyframe(data: bytes) -> bytes:
    """Compress `data` without a base."""
    return compress(data, options={**_CHECKED, CompressionParameter.compression_level: _KEYFRAME_LEVEL})


def delta(data: bytes, base: bytes) -> bytes:
    """Compress `data` as a delta of `base`, which is at least 8 bytes long."""
    reach = len(data) + len(base)
    tables = _table_log(reach)
    options: dict[int, int] = {
        **_CHECKED,
        CompressionParameter.compression_level: _DELTA_LEVEL,
        # Without these a base of more than 2 MiB is out of reach, and matches in a smaller one are missed.
        CompressionParameter.enable_long_distance_matching: 1,
        CompressionParameter.window_log: _window_log(reach),
        CompressionParameter.hash_log: tables,
        CompressionParameter.chain_log: tables - 1,
    }
    return compress(data, options=options, zstd_dict=_prefix(base))


def pack(data: bytes, base: bytes | None) -> tuple[bytes, bool]:
    """Compress `data` as a delta or a keyframe, whichever is smaller.

    Args:
        data: The bytes to store.
        base: The possible base; None if there is none.

    Returns:
        The frame, and whether it is a delta of `base`.
    """
    if base is None or len(base) < SHORTEST_BASE:
        return keyframe(data), False
    small = delta(data, base)
    if len(small) * _SURELY_SMALL <= len(data):
        return small, True
    whole = keyframe(data)
    return (small, True) if len(small) < len(whole) else (whole, False)


def unpack(frame: bytes, base: bytes | None, length: int) -> bytes:
    """Decompress a frame made by `pack`, with at most `length` bytes and a window of memory: a frame of 98 KB can hold 3 GB.

    Args:
        frame: The result of `pack`: one frame that states its content's size.
        base: The base of a delta, at least 8 bytes; None for a keyframe.
        length: Recorded length of the content in bytes.

    Raises:
        ZstdError: The frame is damaged, `base` is not the one it was made with, or the content is not `length` bytes long.
    """
    if base is not None and len(base) < SHORTEST_BASE:
        raise ZstdError(f"the base has {len(base)} bytes, too few for a delta")
    declared = get_frame_info(frame).decompressed_size
    if declared != length:
        raise ZstdError(f"the frame holds {declared} bytes where {length} are recorded")
    options: dict[int, int] = {DecompressionParameter.window_log_max: _WINDOW_LOG_MAX}
    decompressor = ZstdDecompressor(zstd_dict=None if base is None else _prefix(base), options=options)
    data: bytes = decompressor.decompress(frame, max_length=length + 1)
    if not decompressor.eof or decompressor.unused_data or len(data) != length:
        raise ZstdError(f"the frame is cut off, or more than {length} bytes follow")
    return data


def _prefix(base: bytes) -> tuple[ZstdDict, int]:
    prefix: tuple[ZstdDict, int] = ZstdDict(base, is_raw=True).as_prefix
    return prefix


def _table_log(reach: int) -> int:
    """Return the log2 size of the match tables. Filling and clearing the level's default of 768 KiB took longer than compressing a page of 100 KB."""
    return max(_TABLE_LOG_MIN, min(_TABLE_LOG_MAX, reach.bit_length() - 3))


def _window_log(reach: int) -> int:
    return max(10, min(_WINDOW_LOG_MAX, reach.bit_length()))
