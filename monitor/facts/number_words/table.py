"""Defines the structure of a language's number words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

NEVER, AFTER_HUNDREDS, AFTER_TENS, ANYWHERE = range(4)
"""Where a joining word may occur in a number: "a hundred and one", "sesenta y cinco", "duzentas e quarenta"."""


@dataclass(frozen=True)
class NumberWords:
    """The number words of one language, in lower case.

    Attributes:
        cardinals: Words that add: units, tens, and compounds in languages that write them as one word.
        ordinals: Words that end an ordinal.
        scales: Words that multiply the preceding part, up to trillions; also a dozen.
        alone: Scales that are a number without a preceding part ("mille").
        joiners: Words between two parts of a number.
        joins: Where a joiner may occur: one of NEVER, AFTER_HUNDREDS, AFTER_TENS, ANYWHERE.
        articles: Words that mean 1 before a scale only ("a million", "eine Million").
        halves: Words that halve the scale after them ("half a million").
        fractions: Words for a number and a half ("anderthalb").
        and_half: Word sequences that add a half to the preceding part ("and a half", "et demi").
        doubtful: Words that are a number only if a noun follows them ("one", "neuf").
        parts: Denominators: "two thirds" is not a count.
        by_twenties: Whether "quatre-vingt-douze" is 92 and "soixante-dix" is 70.
    """

    cardinals: Mapping[str, int] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    alone: frozenset[str] = frozenset()
    joiners: frozenset[str] = frozenset()
    joins: int = NEVER
    articles: frozenset[str] = frozenset()
    halves: frozenset[str] = frozenset()
    fractions: Mapping[str, float] = field(default_factory=dict)
    and_half: frozenset[tuple[str, ...]] = frozenset()
    doubtful: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    by_twenties: bool = False

    @cached_property
    def tell(self) -> frozenset[str]:
        """The words of which every number in this language contains at least one."""
        return frozenset([*self.cardinals, *self.ordinals, *self.scales, *self.fractions])

    @cached_property
    def signs(self) -> frozenset[bytes]:
        """The signs of those words, as returned by `signs_of`."""
        return signs_of(self.tell)

    @cached_property
    def open(self) -> frozenset[str]:
        """The words with which a number can begin."""
        return frozenset([*self.cardinals, *self.ordinals, *self.alone, *self.articles, *self.halves, *self.fractions])


def signs_of(words: Iterable[str]) -> frozenset[bytes]:
    """Return the longest run of ASCII letters of each word, without empty ones.

    A text that contains none of these runs as a word contains none of the words.
    """
    runs_of_words = (re.findall(rb"[a-z]+", word.encode()) for word in words)
    return frozenset(max(runs, key=len) for runs in runs_of_words if runs)


def numbered(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """Number space-separated words as first, first + step, …; "/" separates words with the same value."""
    return {word: first + step * place for place, forms in enumerate(words.split()) for word in forms.split("/")}
