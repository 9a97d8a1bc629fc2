"""The WARC files in a WACZ file, a zip file with them in `archive/` (https://specs.webrecorder.net/wacz/1.1.1/), within limits.

Members are stored without compression, as the format requires, and are read in place. What another tool compressed is decompressed into a temporary file.
Index, list of pages and signature of the package are not read: the records state the same.
"""

from __future__ import annotations

import errno
import io
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO

MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
"""Maximum length of the directory of a zip file, of which each entry takes ten times its length in memory."""
MAX_EXPANSION = 20
"""How many times its compressed length a member may have, once it has `_ANY_BYTES`."""

_ANY_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = 256 * 1024
_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_FOLDER = "archive/"
_KINDS = (".warc", ".warc.gz", ".arc", ".arc.gz")
_END = struct.Struct("<4s4H2LH")  # of the directory (APPNOTE.TXT 4.3.16)
_END_64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR_64 = struct.Struct("<4sLQL")  # 4.3.15
_LOCAL = struct.Struct("<4s22x2H")  # header of a member (4.3.7): signature, lengths of name and extra field
_LONGEST_COMMENT = 65_535
_IS_ENCRYPTED = 1


class _Damaged(ValueError):
    """A member, or the file as a whole, cannot be read. The message is the reason."""


def is_zip(file: IO[bytes]) -> bool:
    """Return whether a file begins like a zip file."""
    file.seek(0)
    return file.read(4) in _STARTS


def is_wacz(file: IO[bytes]) -> bool:
    """Return whether a file is a zip file with WARC files in `archive/`."""
    with suppress(_Damaged):
        return is_zip(file) and any(_is_archive(info) for info in _directory(file))
    return False


def archives(file: IO[bytes], damaged: Callable[[str, str], None]) -> Iterator[tuple[str, IO[bytes]]]:
    """Iterate over the names and contents of the WARC files in a WACZ file. Each content is closed when the next one is requested.

    Args:
        file: A seekable file.
        damaged: Called with a name and the reason for a member that cannot be read; with "" for the file as a whole.

    Raises:
        OSError: It cannot be read.
    """
    size = file.seek(0, os.SEEK_END)
    try:
        members = _archives(file, size)
    except _Damaged as error:
        damaged("", str(error))
        return
    for info in members:
        try:
            content = _content(file, info, size)
        except _Damaged as error:
            damaged(info.filename, str(error))
        else:
            with content:
                yield info.filename, content


def _is_archive(info: zipfile.ZipInfo) -> bool:
    return info.filename.startswith(_FOLDER) and info.filename.lower().endswith(_KINDS)


def _archives(file: IO[bytes], size: int) -> list[zipfile.ZipInfo]:
    members = [info for info in _directory(file) if _is_archive(info)]
    if not members:
        raise _Damaged("it contains no WARC file in archive/")
    if sum(info.compress_size for info in members) > size:
        raise _Damaged("its members overlap")
    return members


def _directory(file: IO[bytes]) -> list[zipfile.ZipInfo]:
    if _directory_bytes(file) > MAX_DIRECTORY_BYTES:
        raise _Damaged(f"its directory is longer than {MAX_DIRECTORY_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(file) as package:
            return package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OverflowError, EOFError) as error:
        raise _Damaged(f"its directory cannot be read: {error}") from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # of a seek to a negative offset
            raise
        raise _Damaged("its directory cannot be read: an offset is wrong") from None


def _directory_bytes(file: IO[bytes]) -> int:
    """Return the stated length of the directory, which `zipfile` reads as a whole."""
    size = file.seek(0, os.SEEK_END)
    begin = file.seek(max(size - _LONGEST_COMMENT - _END.size - _LOCATOR_64.size, 0))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise _Damaged("it is cut: a zip file ends with its directory")
    length: int = _END.unpack_from(tail, place)[5]
    locator = tail[max(place - _LOCATOR_64.size, 0) : place]
    if not locator.startswith(b"PK\x06\x07") or len(locator) < _LOCATOR_64.size:
        return length
    # The end record is expected where the locator states, or directly before the locator.
    before = begin + place - _LOCATOR_64.size - _END_64.size
    for offset in {min(_LOCATOR_64.unpack(locator)[2], size), max(before, 0)}:
        file.seek(offset)
        record = file.read(_END_64.size)
        if len(record) == _END_64.size and record.startswith(b"PK\x06\x06"):
            length = max(length if length != 0xFFFFFFFF else 0, _END_64.unpack(record)[8])
    return length


def _content(file: IO[bytes], info: zipfile.ZipInfo, size: int) -> IO[bytes]:
    if info.flag_bits & _IS_ENCRYPTED:
        raise _Damaged("it is encrypted")
    file.seek(min(max(info.header_offset, 0), size))
    header = file.read(_LOCAL.size)
    if info.header_offset < 0 or len(header) < _LOCAL.size or not header.startswith(_STARTS[0]):
        raise _Damaged("no member begins where the directory states")
    _, name_bytes, extra_bytes = _LOCAL.unpack(header)
    start = info.header_offset + _LOCAL.size + name_bytes + extra_bytes
    if start + info.compress_size > size:
        raise _Damaged("the file ends within it")
    part = io.BufferedReader(_Part(file, start, info.compress_size), _PIECE_BYTES)
    if info.compress_type == zipfile.ZIP_STORED:
        return part
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise _Damaged("its compression method is not supported")
    return _inflated(part, max(_ANY_BYTES, MAX_EXPANSION * info.compress_size))


def _inflated(part: IO[bytes], limit: int) -> IO[bytes]:
    """Return a temporary file with what a member decompresses to; what precedes damage is kept, so that its records can be imported."""
    decoder, out, length = zlib.decompressobj(-15), tempfile.TemporaryFile(), 0  # noqa: SIM115 (the caller closes it)
    pending = b""
    with suppress(zlib.error):
        while not decoder.eof:
            raw = pending or part.read(_PIECE_BYTES)
            data = decoder.decompress(raw, _PIECE_BYTES)
            if not raw and not data:
                break
            pending = decoder.unconsumed_tail
            length += out.write(data)
            if length > limit:
                out.close()
                raise _Damaged(f"it expands to more than {MAX_EXPANSION} times its compressed length")
    out.seek(0)
    return out


class _Part(io.RawIOBase):
    """A part of a file, as a file of its own."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        self._file = file
        self._start = start
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = max(min(len(buffer), self._length - self._at), 0)
        self._file.seek(self._start + self._at)
        data = self._file.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
