"""Split a WARC or ARC file, compressed or not, into records: within limits, and past damaged places.

warcio parses records, but its iterator ends at the first damaged one and bounds neither heads nor what a gzip member expands to. Here a head has at most
`MAX_HEAD_BYTES`, a block is cut, a member that expands suspiciously is left, and reading continues behind any damage: at the next gzip member, or at the
next line that begins a record. The time is proportional to the length of the file.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MAX_HEAD_BYTES = 256 * 1024
"""Maximum length of the head of a record."""
MAX_EXPANSION = 200
"""How many times its compressed length a gzip member may have, once it has `_SUSPICIOUS_BYTES`. Markup has about 10, zeros 1,000."""

_SUSPICIOUS_BYTES = 64 * 1024 * 1024
_RAW_BYTES, _OUT_BYTES = 64 * 1024, 256 * 1024
_PROBED_BYTES = 512
_FIRST_BYTES = 4 * 1024
_SALVAGED_BYTES = 64
_NO_RECORD = "no record begins here"
_GZIP = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
_WARC_START = re.compile(rb"WARC/[0-9]\.[0-9]")
_ARC_LINE = rb"[A-Za-z][A-Za-z0-9+.-]{1,15}:[^\s]{1,8000}(?: [^\s]{1,8000}){0,20} [0-9A-Fa-f.:]{3,45} [0-9]{8,17} \S{1,200} [0-9]{1,15}\r?\n"
_ARC_START = re.compile(_ARC_LINE)
_NEXT_WARC = re.compile(rb"(?<=\n)WARC/[0-9]\.[0-9]\r?\n")
_NEXT_ARC = re.compile(rb"(?<=\n)" + _ARC_LINE)
_CONTENT_LENGTH = re.compile(rb"(?im)^Content-Length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*\r?$")
_TARGET = re.compile(rb"(?im)^WARC-Target-URI[ \t]*+:([^\r\n]{1,2000}+)")
_HEAD_END = re.compile(rb"\n\r?\n|\n(WARC/[0-9]\.[0-9]\r?\n)")
_BLANK = re.compile(rb"[\r\n]+")
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as framed.

    Attributes:
        offset: Where it begins in the file; in a compressed file, where its gzip member begins.
        head: Its head, with the empty line after it; of an ARC record one line.
        block: Its block, at most as long as the limit.
        length: Length of the whole block in bytes.
    """

    offset: int
    head: bytes
    block: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged place in a file, from which no record was read.

    Attributes:
        offset: Where it begins in the file.
        url: Target of the record; "" if it is not known.
        reason: What is wrong with it.
    """

    offset: int
    url: str
    reason: str


class _Broken(Exception):
    """A gzip member cannot be decompressed further."""


def is_archive(path: Path) -> bool:
    """Return whether a file is a WARC or ARC file, by its content; by its name if its beginning is damaged.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(_RAW_BYTES)
    if data.startswith(b"\x1f\x8b"):
        with suppress(zlib.error):
            data = zlib.decompressobj(31).decompress(data, _PROBED_BYTES)
    return _is_start(data) or path.name.lower().removesuffix(".gz").endswith((".warc", ".arc"))


def read_records(file: IO[bytes], max_block: int) -> Iterator[RawRecord | Damage]:
    """Iterate over the records of a file, and its damaged places, in order.

    Args:
        file: A seekable file.
        max_block: Length at which blocks are cut, in bytes.

    Raises:
        OSError: It cannot be read.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(2) == b"\x1f\x8b":
        return _Compressed(file, size, max_block).records()
    return _Plain(file, size, max_block).records()


def _is_start(data: bytes | bytearray) -> bool:
    return _WARC_START.match(data) is not None or _ARC_START.match(data) is not None


def _length(head: bytes) -> int | None:
    """Return the stated length of a block; None if none is stated."""
    if _WARC_START.match(head):
        stated = _CONTENT_LENGTH.search(head)
        return None if stated is None else int(stated[1])
    return int(head.split()[-1])


def target_of(head: bytes) -> str:
    """Return the target URL of a head, for display; "" if it names none."""
    found = _TARGET.search(head)
    text = found[1] if found is not None else head.split(b" ", 1)[0] if _ARC_START.match(head) else b""
    return text.strip().decode("utf-8", "replace").strip("<>")[:2000]


def _head_end(data: bytes | bytearray) -> int | None:
    """Return the length of the head at the beginning of some data; 0 if it is none; None if more data is needed to know."""
    if _WARC_START.match(data):
        end = _HEAD_END.search(data)
        if end is None:
            return None if len(data) < MAX_HEAD_BYTES else 0
        # A head within which another one begins was damaged.
        return 0 if end[1] else end.end()
    line = _ARC_START.match(data)
    if line is None:
        return None if len(data) < _PROBED_BYTES or (b"\n" not in data and len(data) < _RAW_BYTES) else 0
    return line.end()


class _Plain:
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
                yield Damage(at, "", _NO_RECORD)
                at = self._next(at + 1)
                continue
            end = len(head)
            length = _length(head)
            if length is None or not self._ends(at + end + length):
                yield Damage(at, target_of(head), _wrong_length(length, self._size - at - end))
                at = self._next(at + end)
                continue
            yield RawRecord(at, head, self._at(at + end, min(length, self._max_block)), length)
            at = self._after_blank(at + end + length)

    def _head(self, at: int) -> bytes:
        """Return the head of the record that begins here; b"" if none does. Little is read at first: a hostile file can have many beginnings."""
        length, end = _FIRST_BYTES, None
        while end is None and length <= MAX_HEAD_BYTES:
            data = self._at(at, length)
            end = _head_end(data)
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
            or bool(_ARC_START.match(self._at(place, _RAW_BYTES).lstrip(b"\r\n")))
        )

    def _after_blank(self, place: int) -> int:
        while data := self._at(place, _RAW_BYTES):
            rest = data.lstrip(b"\r\n")
            place += len(data) - len(rest)
            if rest:
                break
        return place

    def _next(self, place: int) -> int:
        """Return where the next record begins; the file's size if none does."""
        place, length = max(place - 1, 0), _FIRST_BYTES
        while data := self._at(place, length):
            found = [match.start() for pattern in (_NEXT_WARC, _NEXT_ARC) if (match := pattern.search(data))]
            if found:
                return place + min(found)
            if len(data) < length:
                break
            if length == 4 * _RAW_BYTES:
                place += length - _RAW_BYTES
            length = 4 * _RAW_BYTES
        return self._size


class _Compressed:
    """A gzip file, in which each record should be a member of its own."""

    def __init__(self, file: IO[bytes], size: int, max_block: int) -> None:
        self._file = file
        self._size = size
        self._max_block = max_block
        self._budget = 4 * size + _SUSPICIOUS_BYTES
        self._members = _Members(file, 0)

    def records(self) -> Iterator[RawRecord | Damage]:
        while True:
            head = b""
            try:
                if not self._members.skip_blank():
                    return
                head = self._members.head()
                record = self._record(self._members.start, head)
            except _Broken as error:
                yield Damage(self._members.start, target_of(head or self._salvaged()), str(error))
                if not self._resume(self._members.start):
                    return
            else:
                yield record

    def _record(self, offset: int, head: bytes) -> RawRecord | Damage:
        if not head:
            self._members.skip_to_record()
            return Damage(offset, "", _NO_RECORD)
        length = _length(head)
        if length is None:
            self._members.skip_to_record()
            return Damage(offset, target_of(head), _wrong_length(None, 0))
        block = self._members.read(min(length, self._max_block))
        missing = min(length, self._max_block) - len(block) or self._members.skip(length - len(block))
        # The check sum of the member is compared at its end, before the record counts as read.
        self._members.skip_blank(within=True)
        if missing:
            return Damage(offset, target_of(head), _wrong_length(length, length - missing))
        if not self._members.is_at_record():
            self._members.skip_to_record()
            return Damage(offset, target_of(head), _wrong_length(length, length))
        return RawRecord(offset, head, block, length)

    def _salvaged(self) -> bytes:
        """Return the beginning of a member that cannot be decompressed as a whole, so that its record can be named."""
        self._file.seek(self._members.start)
        raw, out = self._file.read(_FIRST_BYTES), bytearray()
        decoder = zlib.decompressobj(31)
        with suppress(zlib.error):
            for at in range(0, len(raw), _SALVAGED_BYTES):
                out += decoder.decompress(raw[at : at + _SALVAGED_BYTES], _FIRST_BYTES)
        return bytes(out)

    def _resume(self, start: int) -> bool:
        """Continue at the next member that begins a record; return whether there is one."""
        reached = self._members.position
        again = reached - start
        place = start + 1 if again <= self._budget else reached
        self._budget -= again
        overlap = _PROBED_BYTES
        while place < self._size:
            self._file.seek(place)
            data = self._file.read(_RAW_BYTES + overlap)
            for found in _GZIP.finditer(data, 0, _RAW_BYTES + 3):
                probe = data[found.start() : found.start() + _PROBED_BYTES]
                if _begins_record(probe):
                    self._members = _Members(self._file, place + found.start())
                    return True
            place += _RAW_BYTES
        return False


def _begins_record(probe: bytes) -> bool:
    with suppress(zlib.error):
        return _is_start(zlib.decompressobj(31).decompress(probe, 8192))
    return False


def _wrong_length(length: int | None, found: int) -> str:
    if length is None:
        return "it states no length"
    if found < length:
        return f"it ends early: its block has {found:,} of {length:,} bytes"
    return f"its length is wrong: no record ends {length:,} bytes behind its head"


class _Members:
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
        self._waiting: bytes | _Broken | None = None
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
                if isinstance(waiting, _Broken):
                    raise waiting
                self._buffer += waiting
            elif not self._fill() and self._waiting is None:
                return False

    def head(self) -> bytes:
        """Return the head of the record that begins here; b"" if none does."""
        while (end := _head_end(self._buffer)) is None and self._fill():
            pass
        return self._take(end or 0)

    def is_at_record(self) -> bool:
        """Return whether a record begins here, or nothing follows."""
        return not self._buffer or _is_start(self._buffer)

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
            found = _NEXT_WARC.search(self._buffer)
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
        stripped, length = b"", _PROBED_BYTES
        while not stripped:
            padding = self._file.read(length)
            if not padding:
                self._ended = True
                return False
            stripped, length = padding.lstrip(b"\0"), _RAW_BYTES
            place += len(padding) - len(stripped)
        self._next_start = place
        try:
            beginning = self._beginning_of_next(stripped)
        except _Broken as error:
            self._waiting = error
            return False
        if _is_start(beginning.lstrip(b"\r\n")):
            self._waiting = bytes(beginning)
            return False
        if not self._buffer:
            self.start = self._next_start
        self._buffer += beginning
        return True

    def _beginning_of_next(self, raw: bytes) -> bytearray:
        if not raw.startswith(b"\x1f\x8b"):
            raise _Broken("no gzip member begins where one ends")
        self._open(self._next_start)
        beginning = bytearray()
        while len(beginning) < _PROBED_BYTES and not self._decoder.eof:
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
            raw = self._file.read(_RAW_BYTES if self._in_bytes else _FIRST_BYTES)
            self.position += len(raw)
            self._in_bytes += len(raw)
        try:
            data = self._decoder.decompress(raw, _OUT_BYTES)
        except zlib.error as error:
            raise _Broken(f"it cannot be decompressed: {error}") from None
        if not raw and not data and not self._decoder.eof:
            raise _Broken("the file ends within it")
        self._pending = self._decoder.unconsumed_tail
        self._out_bytes += len(data)
        consumed = self._in_bytes - len(self._pending)
        if self._out_bytes > _SUSPICIOUS_BYTES and self._out_bytes > MAX_EXPANSION * consumed:
            raise _Broken(f"it expands to more than {MAX_EXPANSION} times its compressed length")
        out += data
