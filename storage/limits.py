"""Maximum lengths of stored values. What we write stays far below them, so a file that exceeds one was not written by us.

Pure. `storage.maintenance.untrusted` refuses a file with a longer value; fetched pages have their own limits, see `PAGEWITNESS_MAX_BODY_BYTES`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator

from storage.database.columns import BinarySha256, JsonText, UtcDateTime

MAX_BODY_BYTES = 256 * 1024**2
"""Length of a body, decoded, unless the settings allow more."""

MAX_VERSION_BYTES = 64 * 1024**2
"""Length of a version's blocks and mentions, decoded."""

MAX_TEXT_BYTES = 1024**2
"""Length of a text in UTF-8: addresses, names, reasons, summaries."""

MAX_LONG_TEXT_BYTES = 16 * 1024**2
"""Length of a JSON value, and of text quoted from a page."""

MAX_ROW_BYTES = 2 * MAX_LONG_TEXT_BYTES
"""Length of all texts of a row together, except in tombstones."""

# Text quoted from a page; one sentence may be the page's whole text.
_OWN_WORDS = {"quote", "sentence", "quote_before", "quote_after", "sentence_before", "sentence_after", "body"}
# A tombstone lists every snapshot that the page ever had.
_LISTS = {("tombstones", "checks"): 256 * 1024**2}


def longest(column: Column[Any]) -> int:
    """Return the most bytes that a text column's value may take in UTF-8."""
    listed = _LISTS.get((column.table.name, column.name))
    if listed is not None:
        return listed
    if isinstance(column.type, JsonText) or column.name in _OWN_WORDS:
        return MAX_LONG_TEXT_BYTES
    if isinstance(column.type, UtcDateTime):
        return 32
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    # The length counts characters of our own identifiers, which are ASCII.
    return getattr(kind, "length", None) or MAX_TEXT_BYTES


def longest_row(table: str) -> int:
    """Return the most bytes that all texts of a row may take together."""
    return max(MAX_ROW_BYTES, *(size for (name, _), size in _LISTS.items() if name == table), 0)


def longest_frame(length: int) -> int:
    """Return the most bytes that a frame of `length` bytes takes: zstd adds less than 1/128 to incompressible data."""
    return length + length // 64 + 1024


def is_text(column: Column[Any]) -> bool:
    """Whether SQLite stores the column as text."""
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, String | Text) or isinstance(column.type, UtcDateTime)


def is_digest(column: Column[Any]) -> bool:
    """Whether the column holds a SHA-256 in 32 bytes."""
    return isinstance(column.type, BinarySha256)


def is_blob(column: Column[Any]) -> bool:
    """Whether the column holds bytes."""
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, LargeBinary)
