"""Distinguish text from binary files by control characters, and detect UTF-16 without a byte order mark by its NULs.

Browsers drop NULs in HTML (HTML Standard §13.2.5.1, §13.2.6.4.7), so a few of them, or a padded end, do not make a page a binary file. A binary file
has many NULs, or many of the other bytes that the MIME Sniffing Standard (§3) calls binary data bytes.
"""

from __future__ import annotations

import codecs

_LOOK = 4_096
"""Number of bytes that are examined."""
# Backspace is excluded: manual pages use it to print bold letters.
_CONTROLS = bytes([*range(0x01, 0x08), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_MOST_CONTROLS = 0.02
"""Share of control characters above which a body is binary; compressed or encrypted data has 0.1."""
_FEW = 3
"""Number of control characters that any text may contain, however short."""
_MOST_NULS = 0.3
"""Share of NULs above which a body is binary, and of control characters above which even valid UTF-8 is."""
_WIDE_UNITS = 4
_WIDE = 0.25
"""Minimum share of UTF-16 code units with a NUL in the same half: markup in ASCII has that many, whatever the language of the text."""
_ASTRAY = 0.02


def what_binary(body: bytes) -> str | None:
    """Return why a body in an ASCII-compatible encoding is not text, as the end of "the body is …"; None if it may be text."""
    start = body[:_LOOK].rstrip(b"\0")
    if start.count(0) > _MOST_NULS * len(start) or (body and not start):
        return "no text: it has NUL bytes"
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if controls <= max(_FEW, _MOST_CONTROLS * len(start)):
        return None
    # Text that uses control characters as separators is still valid UTF-8.
    return None if controls <= _MOST_NULS * len(start) and _is_utf8(start) else "no text: it has control characters"


def _is_utf8(start: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def wide_encoding(body: bytes) -> str | None:
    """Return the UTF-16 encoding indicated by NULs in every other byte, "utf-16le" or "utf-16be"; None if there is no such pattern."""
    start = body[: min(_LOOK, len(body) // 2 * 2)]
    units = len(start) // 2
    if units < _WIDE_UNITS or b"\0" not in start:
        return None
    even, odd = start[::2].count(0) / units, start[1::2].count(0) / units
    if odd >= _WIDE and even <= _ASTRAY:
        return "utf-16le"
    return "utf-16be" if even >= _WIDE and odd <= _ASTRAY else None
