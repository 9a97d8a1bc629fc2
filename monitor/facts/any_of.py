"""Builds patterns for one of many words."""

from __future__ import annotations

import re
from collections.abc import Iterable


def any_of(words: Iterable[str]) -> str:
    """Return the source of a pattern that matches any of the words, a longer one before its beginning.

    Common beginnings are written once, so that a match takes one comparison a character rather than one a word.
    """
    by_first: dict[str, list[str]] = {}
    ends = False
    for word in words:
        if word:
            by_first.setdefault(word[0], []).append(word[1:])
        else:
            ends = True
    branches = [f"{re.escape(first)}{any_of(dict.fromkeys(rest))}" for first, rest in sorted(by_first.items())]
    if not branches:
        return ""
    if len(branches) == 1 and not ends:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"
