"""Split a WARC or ARC file, compressed or not, into records: within limits, and past damaged places.

warcio parses records, but its iterator ends at the first damaged one and bounds neither heads nor what a gzip member expands to. Here a head has at most
`MAX_HEAD_BYTES`, a block is cut, a member that expands suspiciously is left, and reading continues behind any damage: at the next gzip member, or at the
next line that begins a record. The time is proportional to the length of the file.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from storage.warc.gzip_file import GzipFile
from storage.warc.plain_file import PlainFile
from storage.warc.raw_records import PROBED_BYTES, RAW_BYTES, Damage, RawRecord, is_start
from storage.warc.wacz import archives, is_wacz, is_zip


def is_archive(path: Path) -> bool:
    """Return whether a file is a WARC, ARC or WACZ file, by its content; by its name if its beginning is damaged.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(RAW_BYTES)
        if is_wacz(file):
            return True
    if data.startswith(b"\x1f\x8b"):
        with suppress(zlib.error):
            data = zlib.decompressobj(31).decompress(data, PROBED_BYTES)
    return is_start(data) or path.name.lower().removesuffix(".gz").endswith((".warc", ".arc", ".wacz"))


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
        return GzipFile(file, size, max_block).records()
    return PlainFile(file, size, max_block).records()


def archive_files(path: Path, damaged: Callable[[str, str], None]) -> Iterator[tuple[str, IO[bytes]]]:
    """Iterate over the WARC and ARC files in a file, with their names: itself, or the members of a WACZ file.

    Args:
        path: The file.
        damaged: Called with the name of a file that cannot be read, and the reason.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        if not is_zip(file):
            yield str(path), file
            return
        for name, content in archives(file, lambda name, reason: damaged(str(path / name), reason)):
            yield str(path / name), content
