"""How long what is stored may be: what we write stays far below, so a file that goes beyond was not written by us.

Pure. A longer value is refused where a file is taken in (`storage.maintenance.untrusted`); what is watched has limits of its own, see `PAGEWITNESS_MAX_BODY_BYTES`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator

from storage.database.columns import JsonText, UtcDateTime

MAX_BODY_BYTES = 256 * 1024**2
"""Length of a body, decoded, unless the settings allow longer ones."""

MAX_VERSION_BYTES = 64 * 1024**2
"""Length of a version's blocks and mentions, decoded."""

MAX_TEXT_BYTES = 1024**2
"""Length of a text in UTF-8: addresses, names, reasons, summaries."""

MAX_LONG_TEXT_BYTES = 16 * 1024**2
"""Length of a JSON value, and of the page's own words."""

MAX_ROW_BYTES = 2 * MAX_LONG_TEXT_BYTES
"""Length of all texts of a row together, but for a tombstone."""

# The page's own words, of which a sentence may be all that it says.
_OWN_WORDS = {"quote", "sentence", "quote_before", "quote_after", "sentence_before", "sentence_after", "body"}
# One entry a snapshot, of all that a page ever had.
_LISTS = {("tombstones", "looks"): 256 * 1024**2}


def longest(column: Column[Any]) -> int:
    """The most bytes that a text column's value may take in UTF-8."""
    listed = _LISTS.get((column.table.name, column.name))
    if listed is not None:
        return listed
    if isinstance(column.type, JsonText) or column.name in _OWN_WORDS:
        return MAX_LONG_TEXT_BYTES
    if isinstance(column.type, UtcDateTime):
        return 32
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    # Characters of a name of ours, which are ASCII.
    return getattr(kind, "length", None) or MAX_TEXT_BYTES


def longest_row(table: str) -> int:
    """The most bytes that all texts of a row may take together."""
    return max(MAX_ROW_BYTES, *(size for (name, _), size in _LISTS.items() if name == table), 0)


def longest_frame(length: int) -> int:
    """The most bytes that a frame of `length` bytes takes: zstd adds less than 1/128 to what it cannot compress."""
    return length + length // 64 + 1024


def is_text(column: Column[Any]) -> bool:
    """Whether SQLite holds the column as text."""
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, String | Text) or isinstance(column.type, UtcDateTime)


def is_blob(column: Column[Any]) -> bool:
    """Whether it holds bytes."""
    return isinstance(column.type, LargeBinary)
