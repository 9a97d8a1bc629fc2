"""Split a gzip file, in which each record should be a member of its own, into records."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from storage.warc.gzip_members import SUSPICIOUS_BYTES, GzipMembers, Undecodable
from storage.warc.raw_records import (
    FIRST_BYTES,
    NO_RECORD,
    PROBED_BYTES,
    RAW_BYTES,
    Damage,
    RawRecord,
    is_start,
    stated_length,
    target_of,
    wrong_length,
)

_GZIP = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
_SALVAGED_BYTES = 64


class GzipFile:
    """A gzip file, in which each record should be a member of its own."""

    def __init__(self, file: IO[bytes], size: int, max_block: int) -> None:
        self._file = file
        self._size = size
        self._max_block = max_block
        self._budget = 4 * size + SUSPICIOUS_BYTES
        self._members = GzipMembers(file, 0)

    def records(self) -> Iterator[RawRecord | Damage]:
        while True:
            head = b""
            try:
                if not self._members.skip_blank():
                    return
                head = self._members.head()
                record = self._record(self._members.start, head)
            except Undecodable as error:
                yield Damage(self._members.start, target_of(head or self._salvaged()), str(error))
                if not self._resume(self._members.start):
                    return
            else:
                yield record

    def _record(self, offset: int, head: bytes) -> RawRecord | Damage:
        if not head:
            self._members.skip_to_record()
            return Damage(offset, "", NO_RECORD)
        length = stated_length(head)
        if length is None:
            self._members.skip_to_record()
            return Damage(offset, target_of(head), wrong_length(None, 0))
        block = self._members.read(min(length, self._max_block))
        missing = min(length, self._max_block) - len(block) or self._members.skip(length - len(block))
        # The check sum of the member is compared at its end, before the record counts as read.
        self._members.skip_blank(within=True)
        if missing:
            return Damage(offset, target_of(head), wrong_length(length, length - missing))
        if not self._members.is_at_record():
            self._members.skip_to_record()
            return Damage(offset, target_of(head), wrong_length(length, length))
        return RawRecord(offset, head, block, length)

    def _salvaged(self) -> bytes:
        """Return the beginning of a member that cannot be decompressed as a whole, so that its record can be named."""
        self._file.seek(self._members.start)
        raw, out = self._file.read(FIRST_BYTES), bytearray()
        decoder = zlib.decompressobj(31)
        with suppress(zlib.error):
            for at in range(0, len(raw), _SALVAGED_BYTES):
                out += decoder.decompress(raw[at : at + _SALVAGED_BYTES], FIRST_BYTES)
        return bytes(out)

    def _resume(self, start: int) -> bool:
        """Continue at the next member that begins a record; return whether there is one."""
        reached = self._members.position
        again = reached - start
        place = start + 1 if again <= self._budget else reached
        self._budget -= again
        overlap = PROBED_BYTES
        while place < self._size:
            self._file.seek(place)
            data = self._file.read(RAW_BYTES + overlap)
            for found in _GZIP.finditer(data, 0, RAW_BYTES + 3):
                probe = data[found.start() : found.start() + PROBED_BYTES]
                if _begins_record(probe):
                    self._members = GzipMembers(self._file, place + found.start())
                    return True
            place += RAW_BYTES
        return False


def _begins_record(probe: bytes) -> bool:
    with suppress(zlib.error):
        return is_start(zlib.decompressobj(31).decompress(probe, 8192))
    return False
