"""Recognises two numbers that state a share rather than counts: "one in four", "3 out of 4", "trois sur quatre", "uno de cada cuatro"."""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.lexicon import phrases
from monitor.model import Number

_BETWEEN = frozenset(phrases("numbers.shares"))
_EVERY = frozenset(phrase for phrase in _BETWEEN if " " in phrase)
"""Phrases of several words, "out of every"; single words have other meanings."""
_ROUND = frozenset({20, 25, 50, 100, 1_000, 10_000, 100_000, 1_000_000})
_FEW = 12
"""Of more parts than these and no round number, the whole is a count: "87 out of 193 states"."""
_REACH = 48


def is_share(between: str, part: Number, whole: Number | None) -> bool:
    """Return whether two numbers with a text between them are a share.

    Args:
        between: The words between them, in lower case.
        part: The first number.
        whole: The second one; None if it has no value.
    """
    if between not in _BETWEEN or not isinstance(whole, int) or not 0 < part < whole:
        return False
    return part == 1 or whole <= _FEW or whole in _ROUND or (between in _EVERY and between != "out of")


def one_before(before: str, articles: frozenset[str]) -> int | None:
    """Return the start of "un … de cada" at the end of the text before a number, where the article means one; None if there is none."""
    if not articles or before[-_REACH:].rstrip().rpartition(" ")[2].lower() not in _LAST:
        return None
    match = _pattern(tuple(sorted(articles))).search(before, max(len(before) - _REACH, 0))
    return None if match is None else match.start(1)


_LAST = frozenset(phrase.split()[-1] for phrase in _BETWEEN)


@lru_cache(maxsize=64)
def _pattern(articles: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)((?:{'|'.join(map(re.escape, articles))}) {_ALTERNATIVES}) $", re.IGNORECASE)


_ALTERNATIVES = f"(?:{'|'.join(map(re.escape, sorted(_BETWEEN)))})"
