"""What one language's number words are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

NEVER, AFTER_HUNDREDS, AFTER_TENS, ANYWHERE = range(4)
"""Where a joining word may stand in a number: "a hundred and one", "sesenta y cinco", "duzentas e quarenta"."""


@dataclass(frozen=True)
class NumberWords:
    """The number words of one language, lower case.

    Attributes:
        cardinals: Words that add: units, tens, and where a language writes them as one word, compounds.
        ordinals: Words that end an ordinal.
        scales: Words that multiply what stands before them, up to trillions; a dozen too.
        alone: Scales that are a number without anything before them ("mille").
        joiners: Words between two parts of a number.
        joins: Where a joiner may stand: one of NEVER, AFTER_HUNDREDS, AFTER_TENS, ANYWHERE.
        articles: Words that mean 1 in front of a scale only ("a million", "eine Million").
        halves: Words that halve the scale behind them ("half a million").
        fractions: Words for so many and a half ("anderthalb").
        and_half: The words that add a half to what stands before them, one behind the other ("and a half", "et demi").
        doubtful: Words that are a number only with a noun behind them ("one", "neuf").
        parts: What a number is divided into: "two thirds" counts nothing.
        by_twenties: Whether "quatre-vingt-douze" is 92 and "soixante-dix" 70.
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
        """The words of which one stands in every number of this language."""
        return frozenset([*self.cardinals, *self.ordinals, *self.scales, *self.fractions])

    @cached_property
    def signs(self) -> frozenset[bytes]:
        """What `signs_of` makes of those words."""
        return signs_of(self.tell)

    @cached_property
    def open(self) -> frozenset[str]:
        """The words that a number can begin with."""
        return frozenset([*self.cardinals, *self.ordinals, *self.alone, *self.articles, *self.halves, *self.fractions])


def signs_of(words: Iterable[str]) -> frozenset[bytes]:
    """The longest run of ASCII letters in each word, those without any left out: where no sign stands by itself, none of the others stands."""
    found = (re.findall(rb"[a-z]+", word.encode()) for word in words)
    return frozenset(max(runs, key=len) for runs in found if runs)


def numbered(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """Words parted by spaces as first, first + step, …; words of one value are joined by "/"."""
    return {word: first + step * place for place, forms in enumerate(words.split()) for word in forms.split("/")}
