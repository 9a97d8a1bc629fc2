"""Lists of keys in parts short enough for one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_AT_ONCE = 500


def slices(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split a list into parts short enough for one statement."""
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
