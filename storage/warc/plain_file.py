"""Split a file that is not compressed into records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from storage.warc.raw_records import (
    FIRST_BYTES,
    MAX_HEAD_BYTES,
    NEXT_ARC,
    NEXT_WARC,
    NO_RECORD,
    RAW_BYTES,
    Damage,
    RawRecord,
    head_end,
    is_start,
    stated_length,
    target_of,
    wrong_length,
)

_END = b"\r\n\r\n"


class PlainFile:
    """A file that is not compressed. Whether a stated length is right is checked at the place where the block ends, so no block is read twice."""

    def __init__(self, file: IO[bytes], size: int, max_block: int) -> None:
        self._file = file
        self._size = size
        self._max_block = max_block

    def records(self) -> Iterator[RawRecord | Damage]:
        at = self._after_blank(0)
        while at < self._size:
            head = self._head(at)
            if not head:
                yield Damage(at, "", NO_RECORD)
                at = self._next(at + 1)
                continue
            end = len(head)
            length = stated_length(head)
            if length is None or not self._ends(at + end + length):
                yield Damage(at, target_of(head), wrong_length(length, self._size - at - end))
                at = self._next(at + end)
                continue
            yield RawRecord(at, head, self._at(at + end, min(length, self._max_block)), length)
            at = self._after_blank(at + end + length)

    def _head(self, at: int) -> bytes:
        """Return the head of the record that begins here; b"" if none does. Little is read at first: a hostile file can have many beginnings."""
        length, end = FIRST_BYTES, None
        while end is None and length <= MAX_HEAD_BYTES:
            data = self._at(at, length)
            end = head_end(data)
            length = length * 4 if len(data) == length else MAX_HEAD_BYTES + 1
        return data[: end or 0]

    def _at(self, place: int, length: int) -> bytes:
        self._file.seek(place)
        return self._file.read(length)

    def _ends(self, place: int) -> bool:
        """Return whether a block can end here. Either the end of the record or the beginning of the next one may be damaged, but not both."""
        if place > self._size:
            return False
        data = self._at(place, 64)
        return (
            data.startswith(_END)
            or not data.strip(b"\r\n")
            or b"WARC/" in data[:16]
            or is_start(self._at(place, RAW_BYTES).lstrip(b"\r\n"))
        )

    def _after_blank(self, place: int) -> int:
        while data := self._at(place, RAW_BYTES):
            rest = data.lstrip(b"\r\n")
            place += len(data) - len(rest)
            if rest:
                break
        return place

    def _next(self, place: int) -> int:
        """Return where the next record begins; the file's size if none does."""
        place, length = max(place - 1, 0), FIRST_BYTES
        while data := self._at(place, length):
            found = [match.start() for pattern in (NEXT_WARC, NEXT_ARC) if (match := pattern.search(data))]
            if found:
                return place + min(found)
            if len(data) < length:
                break
            if length == 4 * RAW_BYTES:
                place += length - RAW_BYTES
            length = 4 * RAW_BYTES
        return self._size
