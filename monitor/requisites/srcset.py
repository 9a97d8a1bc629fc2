"""Parse the srcset attribute by its full grammar (HTML Standard §4.8.4.2.1): URLs and descriptors may contain commas."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPACE = " \t\n\f\r"
_SIZE = re.compile(r"(?<![\d.])(\d{1,9}(?:\.\d{1,9})?)[wx]")


def candidates(value: str) -> Iterator[tuple[str, str]]:
    """Yield the (URL, descriptor) pairs of a srcset; the descriptor is "" if there is none."""
    place, end = 0, len(value)
    while True:
        place = _skip(value, place, _SPACE + ",")
        if place >= end:
            return
        start = place
        while place < end and value[place] not in _SPACE:
            place += 1
        url = value[start:place]
        if url.endswith(","):
            yield url.rstrip(","), ""
            continue
        start = place
        place = _descriptor_end(value, place)
        yield url, " ".join(value[start:place].split())


def size_of(descriptor: str) -> float:
    """Return the width or density of a descriptor, to compare candidates of one srcset; 1 if it has neither (a density of 1 is the default)."""
    found = _SIZE.search(descriptor[:100])
    return float(found[1]) if found else 1.0


def _descriptor_end(value: str, place: int) -> int:
    depth = 0
    for index in range(place, len(value)):
        sign = value[index]
        if sign == "," and depth == 0:
            return index
        depth += (sign == "(") - (sign == ")" and depth > 0)
    return len(value)


def _skip(value: str, place: int, signs: str) -> int:
    while place < len(value) and value[place] in signs:
        place += 1
    return place
