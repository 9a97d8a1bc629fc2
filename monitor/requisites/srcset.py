"""Parse the srcset attribute by its full grammar (HTML Standard §4.8.4.2.1): URLs and descriptors may contain commas."""

from __future__ import annotations

import re
from collections.abc import Iterator

_URL = re.compile(r"[ \t\n\f\r,]*+([^ \t\n\f\r]++)")
_SIZE = re.compile(r"(?<![\d.])(\d{1,9}(?:\.\d{1,9})?)[wx]")


def candidates(value: str) -> Iterator[tuple[str, str]]:
    """Yield the (URL, descriptor) pairs of a srcset; the descriptor is "" if there is none."""
    place = 0
    while found := _URL.match(value, place):
        url, place = found[1], found.end()
        if url.endswith(","):
            yield url.rstrip(","), ""
            continue
        start, place = place, _descriptor_end(value, place)
        yield url, " ".join(value[start:place].split())


def size_of(descriptor: str) -> float:
    """Return the width or density of a descriptor, to compare candidates of one srcset; 1 if it has neither (a density of 1 is the default)."""
    found = _SIZE.search(descriptor[:100])
    return float(found[1]) if found else 1.0


def _descriptor_end(value: str, place: int) -> int:
    end = value.find(",", place)
    end = len(value) if end < 0 else end
    if value.find("(", place, end) < 0:
        return end
    depth = 0
    for index in range(place, len(value)):
        sign = value[index]
        if sign == "," and depth == 0:
            return index
        depth += (sign == "(") - (sign == ")" and depth > 0)
    return len(value)
