"""Records of WARC and ARC files as framed, and how they begin: the syntax that splitting a file depends on. Pure, in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_HEAD_BYTES = 256 * 1024
"""Maximum length of the head of a record."""
PROBED_BYTES = 512
"""How much of a gzip member is decompressed to recognise whether it begins a record."""
FIRST_BYTES = 4 * 1024
"""How much is read at first where a record may begin: a hostile file can have many beginnings."""
RAW_BYTES = 64 * 1024
"""How much is read at once."""
NO_RECORD = "no record begins here"

_WARC_START = re.compile(rb"WARC/[0-9]\.[0-9]")
_ARC_LINE = rb"[A-Za-z][A-Za-z0-9+.-]{1,15}:[^\s]{1,8000}(?: [^\s]{1,8000}){0,20} [0-9A-Fa-f.:]{3,45} [0-9]{8,17} \S{1,200} [0-9]{1,15}\r?\n"
_ARC_START = re.compile(_ARC_LINE)
NEXT_WARC = re.compile(rb"(?<=\n)WARC/[0-9]\.[0-9]\r?\n")
NEXT_ARC = re.compile(rb"(?<=\n)" + _ARC_LINE)
_CONTENT_LENGTH = re.compile(rb"(?im)^Content-Length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*\r?$")
_TARGET = re.compile(rb"(?im)^WARC-Target-URI[ \t]*+:([^\r\n]{1,2000}+)")
_HEAD_END = re.compile(rb"\n\r?\n|\n(WARC/[0-9]\.[0-9]\r?\n)")


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


def is_start(data: bytes | bytearray) -> bool:
    return _WARC_START.match(data) is not None or _ARC_START.match(data) is not None


def stated_length(head: bytes) -> int | None:
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


def head_end(data: bytes | bytearray) -> int | None:
    """Return the length of the head at the beginning of some data; 0 if it is none; None if more data is needed to know."""
    if _WARC_START.match(data):
        end = _HEAD_END.search(data)
        if end is None:
            return None if len(data) < MAX_HEAD_BYTES else 0
        # A head within which another one begins was damaged.
        return 0 if end[1] else end.end()
    line = _ARC_START.match(data)
    if line is None:
        return None if len(data) < PROBED_BYTES or (b"\n" not in data and len(data) < RAW_BYTES) else 0
    return line.end()


def wrong_length(length: int | None, found: int) -> str:
    if length is None:
        return "it states no length"
    if found < length:
        return f"it ends early: its block has {found:,} of {length:,} bytes"
    return f"its length is wrong: no record ends {length:,} bytes behind its head"
