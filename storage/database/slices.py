"""Lists in parts short enough for one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

_AT_ONCE = 500


def slices(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Split a list into parts short enough for one statement."""
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
