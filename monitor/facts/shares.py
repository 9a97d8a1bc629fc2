"""Recognises two numbers that state a share rather than counts: "one in four", "3 out of 4", "trois sur quatre", "uno de cada cuatro"."""

from __future__ import annotations

from monitor.lexicon import phrases, words
from monitor.model import Number

_PHRASES = frozenset(phrases("numbers.shares"))
_OF = words("numbers.shares_of")
BETWEEN = _PHRASES | _OF
LAST = frozenset(phrase.split()[-1] for phrase in BETWEEN)
"""The last words of these phrases."""
_EVERY = frozenset(phrase for phrase in BETWEEN if " " in phrase)
"""Phrases of several words, "out of every"; single words have other meanings."""
_ROUND = frozenset({20, 25, 50, 100, 1_000, 10_000, 100_000, 1_000_000})
_FEW = 12
"""Of more parts than these and no round number, the whole is a count: "87 out of 193 states"."""
_SMALL = frozenset({3, 4, 5, 10, 100, 1_000})
_REACH = 48


def is_share(between: str, part: Number, whole: Number) -> bool:
    """Return whether two numbers with a text between them are a share.

    Args:
        between: The words between them, in lower case.
        part: The first number.
        whole: The second one.
    """
    if between not in BETWEEN or not isinstance(whole, int) or not 0 < part < whole:
        return False
    if between in _OF:
        # "Eine von neun Organisationen" is one of nine.
        return part > 1 and whole in _SMALL
    return part == 1 or whole <= _FEW or whole in _ROUND or (between in _EVERY and between != "out of")


def one_before(before: str, articles: frozenset[str]) -> int | None:
    """Return the start of "un … de cada" at the end of the text before a number, where the article means one; None if there is none."""
    parts = before[-_REACH:].lower().split(" ")
    for size in range(1, _LONGEST + 1):
        # The text ends with a space, so the last part is empty.
        if parts[-1] == "" and " ".join(parts[-size - 1 : -1]) in _PHRASES and parts[-size - 2 : -size - 1]:
            article = parts[-size - 2]
            if article in articles:
                return len(before) - len(" ".join(parts[-size - 2 :]))
    return None


_LONGEST = max(len(phrase.split()) for phrase in BETWEEN)


def is_of_noun(tail: list[str], language: str, articles: frozenset[str]) -> bool:
    """Return whether a number is the whole of a share whose part is a noun: "un membre sur huit"."""
    return (
        language in _NOUN_SHARES and len(tail) >= _NOUN_WORDS and tail[-1] in BETWEEN and tail[-_NOUN_WORDS] in articles
    )


_NOUN_SHARES = frozenset({"fr", "it"})
_NOUN_WORDS = 3
"""Words of "un membre sur"."""
