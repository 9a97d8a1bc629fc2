"""How much of a page's text changed from one version to the next."""

from __future__ import annotations

from collections import Counter

from monitor.diff.comparison import words_of
from monitor.model import Version

ALL = 1_000
"""The degree of a change of all words."""


def degree_of_change(previous: Version, current: Version) -> int:
    """Return how many of a thousand words changed: the larger number of words added or removed, of the words of the longer version.

    Words are counted wherever they are, so that a moved block is no change; a change of less than a word in a thousand is 1. Blocks are those that a
    comparison shows. Takes time in proportion to the length of both.
    """
    before, after = Counter(words_of(previous.blocks)), Counter(words_of(current.blocks))
    changed = max((after - before).total(), (before - after).total())
    return -(-ALL * changed // max(before.total(), after.total(), 1))
