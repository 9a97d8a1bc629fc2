"""Limits on the texts, numbers and nesting of a watchlist, checked before its values are used. Pure.

TOML allows integers of any length in hexadecimal, dotted keys of any depth and escaped control characters; the code that uses them (JSON,
PostgreSQL, recursion) does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

MAX_BYTES = 32 * 1024 * 1024
"""Size of a watchlist file; enough for some 300,000 pages."""
MAX_DEPTH = 8
"""Nesting of tables and arrays; a watchlist needs four levels."""
MAX_TEXT_LENGTH = 4000
MAX_KEY_LENGTH = 200
MAX_ITEMS = 10_000
"""Length of an array inside an entry."""
MAX_NUMBER = 10**15
"""Magnitude of a number; floats above it cannot represent fractions reliably."""

# tomllib needs time and memory that grow with the square of the parts of a dotted key, so long keys must be detected before it parses. The pattern
# also matches texts that look like a key; the minimum number of parts is therefore larger than that of any selector or host name.
_MAX_KEY_PARTS = 32
_PART = rf"(?:[\w-]{{1,{MAX_KEY_LENGTH}}}|\"[^\"\n]{{0,{MAX_KEY_LENGTH}}}\"|'[^'\n]{{0,{MAX_KEY_LENGTH}}}')"
_DEEP_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{_PART}[ \t]*\.[ \t]*){{{_MAX_KEY_PARTS}}}", re.MULTILINE | re.ASCII)
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4000}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_OPEN = re.compile(r"[\[{]")
_CLOSED = re.compile(r"[\]}]")

Path = tuple[str | int, ...]


def deep_key_line(text: str) -> int | None:
    """Return the line of the first dotted key of more than 32 parts; None if there is none."""
    match = _DEEP_KEY.search(text)
    return None if match is None else line_of(text, match.start())


def nested_line(text: str) -> int | None:
    """Return the approximate line where arrays or inline tables are nested too deep; None if it is not found."""
    depth = 0
    for number, line in enumerate(text.split("\n"), start=1):
        depth = max(depth, 0) + len(_OPEN.findall(line))
        if depth > MAX_DEPTH * 2:
            return number
        depth -= len(_CLOSED.findall(line))
    return None


def long_number_line(text: str) -> int | None:
    """Return the line of the first number that Python refuses to convert; None if there is none."""
    match = _LONG_NUMBER.search(text)
    return None if match is None else line_of(text, match.start())


def line_of(text: str, place: int) -> int:
    """Return the line, from 1, of a character offset."""
    return text.count("\n", 0, place) + 1


def out_of_bounds(raw: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    """Yield every out-of-bounds value of a parsed file as its path (keys, and indexes from 0) and a message."""
    remaining: list[tuple[Path, object]] = [((key,), value) for key, value in reversed(list(raw.items()))]
    while remaining:
        path, value = remaining.pop()
        fault = _fault(path, value)
        if fault is not None:
            yield path, fault
        elif isinstance(value, Mapping):
            remaining.extend(((*path, key), inner) for key, inner in reversed(list(value.items())))
        elif isinstance(value, list):
            remaining.extend(((*path, index), value[index]) for index in reversed(range(len(value))))


def _fault(path: Path, value: object) -> str | None:
    key = path[-1]
    if isinstance(key, str) and (len(key) > MAX_KEY_LENGTH or _CONTROL.search(key)):
        return (
            f"there is no such key; keys have letters, digits and underscores, and at most {MAX_KEY_LENGTH} characters"
        )
    if isinstance(value, str):
        return text_fault(value)
    if isinstance(value, Mapping | list):
        return _shape_fault(path, value)
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        return f"this number is out of bounds; it takes one from -10^15 to 10^15, and {MAX_NUMBER:,} is the largest"
    if isinstance(value, float) and not math.isfinite(value):
        return f"found {value}; it takes a finite number"
    return None


def text_fault(text: str) -> str | None:
    """Return what is wrong with a text, its length or a control character in it; None if nothing is."""
    if len(text) > MAX_TEXT_LENGTH:
        return f"this text has {len(text):,} characters; it may have {MAX_TEXT_LENGTH:,}"
    match = _CONTROL.search(text)
    if match is not None:
        return f"it holds the control character U+{ord(match[0]):04X}, which no value here takes; remove it"
    return None


def _shape_fault(path: Path, value: Mapping[str, object] | list[object]) -> str | None:
    if len(path) > MAX_DEPTH:
        return f"this is nested more than {MAX_DEPTH} deep; no value here is"
    if len(path) > 1 and len(value) > MAX_ITEMS:
        return f"this has {len(value):,} entries; it may have {MAX_ITEMS:,}"
    return None
