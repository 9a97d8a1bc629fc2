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
    divided = [[singular(part) for part in term.lower().replace("-", " ").split()] for term in terms]
    # A substring test rejects most texts, a hundred times as fast as splitting them into words. A plural may differ in the last letter.
    lowered = text.lower()
    if not any(parts and parts[0][:-1] in lowered for parts in divided):
        return
    words = [(singular(match.group().lower().strip(_EDGES)), *match.span()) for match in _WORD.finditer(text)]
    for parts in divided:
        for at in range(len(words) - len(parts) + 1 if parts else 0):
            if all(words[at + offset][0] == part for offset, part in enumerate(parts)):
                yield words[at][1], words[at + len(parts) - 1][2]


def holds(text: str, terms: Sequence[str]) -> bool:
    """Return whether a text contains one of the terms."""
    return any(True for _ in occurrences(text, terms))
