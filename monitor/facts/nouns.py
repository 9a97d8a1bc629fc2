"""Finds noun phrases in text, regardless of number and case. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"[^\s\-]+")
_EDGES = ".,;:!?()\"'“”’|"


def singular(word: str) -> str:
    """Remove the plural ending of a word: members / member, countries / country; and the German dative: Mitgliedern / Mitglieder."""
    if word.endswith(("ern", "eln")):
        word = word[:-1]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def occurrences(text: str, terms: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each occurrence of one of the terms in a text."""
    split_terms = [[singular(term_word) for term_word in term.lower().replace("-", " ").split()] for term in terms]
    # A substring test rejects most texts, a hundred times as fast as splitting them into words. A plural may differ in the last letter.
    lowered = text.lower()
    if not any(term and term[0][:-1] in lowered for term in split_terms):
        return
    words = [(singular(match.group().lower().strip(_EDGES)), *match.span()) for match in _WORD.finditer(text)]
    for term in split_terms:
        for index in range(len(words) - len(term) + 1 if term else 0):
            if all(words[index + offset][0] == term_word for offset, term_word in enumerate(term)):
                yield words[index][1], words[index + len(term) - 1][2]


def holds(text: str, terms: Sequence[str]) -> bool:
    """Return whether a text contains one of the terms."""
    return any(True for _ in occurrences(text, terms))
