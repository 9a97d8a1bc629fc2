"""Decompress the members of a gzip file that contains records, within limits: a member that expands suspiciously is left."""

from __future__ import annotations

import re
import zlib
from typing import IO

from storage.warc.raw_records import FIRST_BYTES, NEXT_WARC, PROBED_BYTES, RAW_BYTES, head_end, is_start

MAX_EXPANSION = 200
"""How many times its compressed length a gzip member may have, once it has `SUSPICIOUS_BYTES`. Markup has about 10, zeros 1,000."""
SUSPICIOUS_BYTES = 64 * 1024 * 1024

_OUT_BYTES = 256 * 1024
_BLANK = re.compile(rb"[\r\n]+")


class Undecodable(Exception):
    """A gzip member cannot be decompressed further."""


class GzipMembers:
    """What the members of a gzip file contain, as one stream that stops before each member that begins a record.

    Attributes:
        start: Where the current member begins in the file.
        position: Where reading the file has arrived.
    """

    def __init__(self, file: IO[bytes], start: int) -> None:
        self.start = self.position = start
        self._file = file
        self._buffer = bytearray()
        self._ended = False
        # The beginning of the next record's member, or why it cannot be decompressed.
        self._waiting: bytes | Undecodable | None = None
        self._next_start = start
        self._open(start)

    def skip_blank(self, *, within: bool = False) -> bool:
        """Skip line breaks, unless `within` also into the next member; return whether anything follows."""
        while True:
            if blank := _BLANK.match(self._buffer):
                del self._buffer[: blank.end()]
            # A damaged member may not look like the beginning of a record, but it belongs to none that is complete.
            if self._buffer or (within and (self._waiting is not None or self._decoder.eof)):
                return True
            if self._waiting is not None:
                waiting, self._waiting, self.start = self._waiting, None, self._next_start
                if isinstance(waiting, Undecodable):
                    raise waiting
                self._buffer += waiting
            elif not self._fill() and self._waiting is None:
                return False

    def head(self) -> bytes:
        """Return the head of the record that begins here; b"" if none does."""
        while (end := head_end(self._buffer)) is None and self._fill():
            pass
        return self._take(end or 0)

    def is_at_record(self) -> bool:
        """Return whether a record begins here, or nothing follows."""
        return not self._buffer or is_start(self._buffer)

    def read(self, length: int) -> bytes:
        """Return the next bytes; fewer where a record begins, or at the end."""
        while len(self._buffer) < length and self._fill():
            pass
        return self._take(length)

    def skip(self, length: int) -> int:
        """Skip bytes; return how many were missing."""
        while length:
            length -= len(self._take(length))
            if length and not self._buffer and not self._fill():
                break
        return length

    def skip_to_record(self) -> None:
        """Skip everything before the next record."""
        while True:
            found = NEXT_WARC.search(self._buffer)
            if found is not None:
                self._take(found.start())
                return
            del self._buffer[: max(len(self._buffer) - 16, 0)]
            if not self._fill():
                self._buffer.clear()
                return

    def _take(self, length: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:length])
        del self._buffer[:length]
        return taken

    def _fill(self) -> bool:
        """Append some data; return False where a record begins, and at the end."""
        if self._waiting is not None or self._ended:
            return False
        if not self._decoder.eof:
            self._produce_into(self._buffer)
            return True
        place = self.position - len(self._decoder.unused_data)
        self._file.seek(place)
        stripped, length = b"", PROBED_BYTES
        while not stripped:
            padding = self._file.read(length)
            if not padding:
                self._ended = True
                return False
            stripped, length = padding.lstrip(b"\0"), RAW_BYTES
            place += len(padding) - len(stripped)
        self._next_start = place
        try:
            beginning = self._beginning_of_next(stripped)
        except Undecodable as error:
            self._waiting = error
            return False
        if is_start(beginning.lstrip(b"\r\n")):
            self._waiting = bytes(beginning)
            return False
        if not self._buffer:
            self.start = self._next_start
        self._buffer += beginning
        return True

    def _beginning_of_next(self, raw: bytes) -> bytearray:
        if not raw.startswith(b"\x1f\x8b"):
            raise Undecodable("no gzip member begins where one ends")
        self._open(self._next_start)
        beginning = bytearray()
        while len(beginning) < PROBED_BYTES and not self._decoder.eof:
            self._produce_into(beginning)
        return beginning

    def _open(self, place: int) -> None:
        """Begin to decompress a member; `start` stays until its record is read."""
        self.position = place
        self._decoder = zlib.decompressobj(31)
        self._pending = b""
        self._in_bytes = self._out_bytes = 0

    def _produce_into(self, out: bytearray) -> None:
        """Decompress some of the current member."""
        raw = self._pending
        if not raw:
            self._file.seek(self.position)
            # Little at first: a hostile file can have many small members.
            raw = self._file.read(RAW_BYTES if self._in_bytes else FIRST_BYTES)
            self.position += len(raw)
            self._in_bytes += len(raw)
        try:
            data = self._decoder.decompress(raw, _OUT_BYTES)
        except zlib.error as error:
            raise Undecodable(f"it cannot be decompressed: {error}") from None
        if not raw and not data and not self._decoder.eof:
            raise Undecodable("the file ends within it")
        self._pending = self._decoder.unconsumed_tail
        self._out_bytes += len(data)
        consumed = self._in_bytes - len(self._pending)
        if self._out_bytes > SUSPICIOUS_BYTES and self._out_bytes > MAX_EXPANSION * consumed:
            raise Undecodable(f"it expands to more than {MAX_EXPANSION} times its compressed length")
        out += data
