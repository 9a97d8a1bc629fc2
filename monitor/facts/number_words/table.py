"""Defines the structure of a language's number words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from monitor.model import Number

NEVER, AFTER_HUNDREDS, AFTER_TENS, ANYWHERE = range(4)
"""Where a joining word may occur in a number: "a hundred and one", "sesenta y cinco", "duzentas e quarenta"."""
_LONGEST = 64
"""Maximum length of a compound, in characters."""


@dataclass(frozen=True)
class NumberWords:
    """The number words of one language, in lower case.

    Attributes:
        cardinals: Words that add: units, tens, and compounds below a thousand in languages that write them as one word.
        ordinals: Words that end an ordinal.
        scales: Words that multiply the preceding part, up to trillions; also a dozen.
        alone: Scales that are a number without a preceding part ("mille").
        joiners: Words between two parts of a number.
        joins: Where a joiner may occur: one of NEVER, AFTER_HUNDREDS, AFTER_TENS, ANYWHERE.
        articles: Words that mean 1 before a scale or a denominator only ("a million", "eine Million").
        halves: Words that halve the scale after them ("half a million").
        fractions: Words for a number with a fraction ("anderthalb").
        denominators: Words after a numerator ("quarters").
        denominator_marks: Words after a denominator that is a cardinal ("onze avos").
        fraction_joiners: Words between a number and a fraction ("three and a half").
        points: Words for the decimal sign.
        over: Words for the fraction line.
        doubtful: Words that are a number only if a noun follows them ("one", "neuf").
        vague: Words after which a hundred or a thousand is no exact count.
        by_twenties: Whether "quatre-vingt-douze" is 92 and "soixante-dix" is 70.
        inner_scales: Scales that may be inside a compound ("zwölftausendvierhundert"), the largest first.
        inner_joiners: Joiners that may follow them there ("zweitausendundeins").
        letters: Translates characters of a text to those of the words, one to one.
    """

    cardinals: Mapping[str, int] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    alone: frozenset[str] = frozenset()
    joiners: frozenset[str] = frozenset()
    joins: int = NEVER
    articles: frozenset[str] = frozenset()
    halves: frozenset[str] = frozenset()
    fractions: Mapping[str, Number] = field(default_factory=dict)
    denominators: Mapping[str, int] = field(default_factory=dict)
    denominator_marks: frozenset[str] = frozenset()
    fraction_joiners: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    vague: frozenset[str] = frozenset()
    by_twenties: bool = False
    inner_scales: tuple[tuple[str, int], ...] = ()
    inner_joiners: tuple[str, ...] = ()
    letters: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def tell(self) -> frozenset[str]:
        """The words of which every number in this language contains at least one, apart from compounds with an inner scale."""
        return frozenset([*self.cardinals, *self.ordinals, *self.scales, *self.fractions, *self.denominators])

    @cached_property
    def signs(self) -> frozenset[bytes]:
        """The signs of those words, as returned by `signs_of`."""
        return signs_of(self.tell)

    @cached_property
    def inner_signs(self) -> tuple[bytes, ...]:
        """The longest run of ASCII letters of each inner scale."""
        return tuple(signs_of(scale for scale, _ in self.inner_scales))

    @cached_property
    def beyond_ascii(self) -> bool:
        """Whether some of those words have no ASCII letters, so that `signs` cannot exclude a text."""
        return any(not re.search("[a-z]", word) for word in self.tell)

    @cached_property
    def teens_apart(self) -> bool:
        """Whether eleven is written as ten and one: "on bir"."""
        return 11 not in self.cardinals.values()

    @cached_property
    def open(self) -> frozenset[str]:
        """The words with which a number can begin, apart from compounds with an inner scale."""
        return frozenset([*self.cardinals, *self.ordinals, *self.alone, *self.articles, *self.halves, *self.fractions])

    def may_occur(self, ascii_folded: bytes, signs: Iterable[bytes], text: str) -> bool:
        """Return False if a text contains no number in words.

        Args:
            ascii_folded: The text as returned by `reader.ascii_folded`.
            signs: The same, split at spaces.
            text: The text.
        """
        if not self.signs.isdisjoint(signs):
            return True
        if self.inner_signs and any(map(ascii_folded.__contains__, self.inner_signs)):
            return True
        return self.beyond_ascii and not text.isascii()

    def compound(self, word: str) -> int | None:
        """Return the value of a compound with an inner scale, "zwölftausendvierhundert", "duemila"; None if a word is none."""
        if len(word) > _LONGEST:
            return None
        for scale, factor in self.inner_scales:
            front, found, rest = word.partition(scale)
            if found:
                return self._compound(front, factor, rest)
        return None

    def _compound(self, front: str, factor: int, rest: str) -> int | None:
        times = self.cardinals.get(front) if front else 1
        for joiner in self.inner_joiners:
            if rest.startswith(joiner) and rest not in self.cardinals:
                rest = rest.removeprefix(joiner)
        added = self.cardinals.get(rest, self.compound(rest)) if rest else 0
        if times is None or added is None or not 0 < times < 1_000 or added >= factor or not (front or rest):
            return None
        return times * factor + added


def signs_of(words: Iterable[str]) -> frozenset[bytes]:
    """Return the longest run of ASCII letters of each word, without empty ones.

    A text that contains none of these runs as a word contains none of the words.
    """
    runs_of_words = (re.findall(rb"[a-z]+", word.encode()) for word in words)
    return frozenset(max(runs, key=len) for runs in runs_of_words if runs)
