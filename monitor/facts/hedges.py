"""Finds words that make a number's value approximate or a bound: "about", "at least", "plus de", "bis zu"."""

from __future__ import annotations

from functools import lru_cache

from monitor.lexicon import entries, phrases

_HEDGES = phrases("numbers.hedges")
_WORDS = frozenset(_HEDGES)
_LONGEST = 4
_ARTICLES = frozenset({"the", "a", "to", "de", "los", "las", "les", "die", "den", "der", "il", "el", "i", "le"})
_FALSE_FRIENDS = frozenset((entry.language, entry.text) for entry in entries("numbers.no_hedges"))
"""Hedges in one language that are everyday words in another."""
_OPENING = "([\"“«‹'‘"


@lru_cache(maxsize=64)
def _in(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the hedges of a language by its primary subtag, and their last words."""
    own = [entry.text for entry in entries("numbers.own_hedges") if entry.language == code]
    return _WORDS.union(own), frozenset(hedge.rsplit(" ", 1)[-1] for hedge in (*_HEDGES, *own))


def before(tail: list[str], code: str) -> str | None:
    """Return the hedge at the end of the words before a number; None if there is none.

    Args:
        tail: The words before the number, in lower case and in order.
        code: The primary subtag of the page's language; "" if unknown.
    """
    # See tests/monitor/facts/test_numbers.py::test_a_hedge_is_noted_and_changes_no_value.
    if not tail:
        return None
    hedges, last_words = _in(code)
    if tail[-1].lstrip(_OPENING) not in last_words:
        if tail[-1] not in _ARTICLES or len(tail) == 1 or tail[-2].lstrip(_OPENING) not in last_words:
            return None
        tail = tail[:-1]
    for size in range(min(_LONGEST, len(tail)), 0, -1):
        phrase = " ".join(tail[-size:]).lstrip(_OPENING)
        if phrase in hedges:
            return None if (code, phrase) in _FALSE_FRIENDS else phrase
    return None
