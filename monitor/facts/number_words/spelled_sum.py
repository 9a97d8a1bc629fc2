"""Adds up the words of a number in scripts with vowel signs: each word multiplies what is smaller than itself, and adds what is smaller than the part before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Words:
    """The number words of one language, each by its key.

    Attributes:
        word: A word, or digits.
        key: Returns the key of a word: without variants of spelling.
        cardinals: Words that add.
        scales: Words that multiply what precedes them.
        ordinals: Words that end an ordinal.
        prefixes: What a word before a number adds, as a part of the unit of that number: साढ़े is one half.
        fractions: Words for numbers with a fraction, and for a fraction alone.
        parts: Denominators after a numerator.
        points: Words for the decimal sign.
        lines: Words for the fraction line.
        doubtful: Words that are a number only if a noun follows them.
        no_start: Words that begin no number: the indefinite article.
        joined: Whether the key of a word with a conjunction before it continues a number; returns the word without it, or None.
        joiners: Words between the parts of a number.
        ordinal: Returns the value of an ordinal that is formed from a cardinal; None if a word is none.
        minus: Words before a negative number.
        duals: Words for two of a scale, with the scale.
        units_first: Whether a unit precedes its ten: "three and twenty".
        part_before: Returns the denominator of a word before another one that makes it a fraction; None if it is none: خمس السكان is a fifth.
        of: Words between a number and the ordinal of its part: एक का पांचवां हिस्सा is one fifth.
        shares: Words after such an ordinal.
        ones: Words for the part of a share, "one" of "one in a million".
        out_of: Words between a part and its whole.
        every: Words after these, "one in every four".
    """

    word: re.Pattern[str]
    key: Callable[[str], str]
    cardinals: Mapping[str, int]
    scales: Mapping[str, int]
    ordinals: Mapping[str, int] = field(default_factory=dict)
    prefixes: Mapping[str, Decimal] = field(default_factory=dict)
    fractions: Mapping[str, Decimal] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    points: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    no_start: frozenset[str] = frozenset()
    joined: Callable[[str], str | None] = lambda _: None
    joiners: frozenset[str] = frozenset()
    ordinal: Callable[[str], int | None] = lambda _: None
    minus: frozenset[str] = frozenset()
    duals: Mapping[str, int] = field(default_factory=dict)
    units_first: bool = False
    part_before: Callable[[str, str], int | None] = lambda _word, _following: None
    of: frozenset[str] = frozenset()
    shares: frozenset[str] = frozenset()
    ones: frozenset[str] = frozenset()
    out_of: frozenset[str] = frozenset()
    every: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Token:
    """A word or digits in a text.

    Attributes:
        start: Its start offset.
        end: Its end offset (exclusive).
        key: Its key, as in `Words`; "" for digits.
        value: The value of digits; None for a word, and for digits that are no number.
    """

    start: int
    end: int
    key: str
    value: Decimal | None


class Sum:
    """A number of which part has been parsed.

    Attributes:
        settled: What no further word multiplies.
        current: What the next scale multiplies; None if there is nothing.
        below: The upper bound of what may be added to `current`.
        scale: The scale of the last settled part.
        is_ordinal: Whether the last word was an ordinal.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.settled = Decimal(0)
        self.current: Decimal | None = None
        self.below = self.scale = Decimal(10) ** 30
        self.prefix: Decimal | None = None
        self.is_ordinal = False

    @property
    def value(self) -> Decimal:
        """The value of what has been parsed."""
        return self.settled + (self.current or 0)

    def add(self, run: list[Token], at: int, *, first: bool) -> int:
        """Add the token at an index. Returns how many tokens were used; 0 if it does not continue the number."""
        token, words = run[at], self.words
        if token.value is not None:
            return int(self._cardinal(token.value, unit=False))
        key = token.key
        if not first and key in words.joiners and at + 1 < len(run):
            return 2 if self._word(run[at + 1].key) or self._part(run, at + 1) else 0
        bare = words.joined(key)
        if bare is not None and not (first and (key in words.cardinals or bare in words.no_start)) and self._word(bare):
            return 1
        if first and key in words.prefixes and at + 1 < len(run):
            self.prefix = words.prefixes[key]
            return 2 if self._word(run[at + 1].key) or self._digits(run[at + 1]) else 0
        return int(self._word(key))

    def _part(self, run: list[Token], at: int) -> bool:
        """Add digits after a conjunction to a number with a scale, unless the same scale follows them: "between 3 thousand and 5 thousand"."""
        value = run[at].value
        if not value or not self.settled or value != value.to_integral_value():
            return False
        scale = self.words.scales.get(run[at + 1].key, 0) if at + 1 < len(run) else 0
        return scale < self.scale and self._cardinal(value, unit=False)

    def _digits(self, token: Token) -> bool:
        return token.value is not None and self._cardinal(token.value, unit=True)

    def _word(self, key: str) -> bool:
        words = self.words
        if (value := words.fractions.get(key)) is not None:
            return self._fraction(value)
        if key in words.duals:
            return self._dual(words.duals[key])
        if (scale := words.scales.get(key)) is not None:
            return self._scale(scale)
        if (value_of := words.cardinals.get(key)) is not None:
            return self._cardinal(Decimal(value_of), unit=True)
        if (nth := words.ordinal(key)) is not None and self._cardinal(Decimal(nth), unit=True):
            self.is_ordinal = True
            return True
        return False

    def _dual(self, scale: int) -> bool:
        if self.current is not None or scale >= min(self.below, self.scale):
            return False
        self.current = Decimal(2)
        return self._scale(scale)

    def _fraction(self, value: Decimal) -> bool:
        if self.current is not None and value >= 1:
            return False
        self.current = (self.current or 0) + value
        self.below = Decimal(0)
        return True

    def _cardinal(self, value: Decimal, *, unit: bool) -> bool:
        tens = self.words.units_first and 10 <= value < 100 and not value % 10
        if tens and self.current is not None and 0 < self.current % 100 < 10 and self.current == int(self.current):
            self.current, self.below = self.current + value, Decimal(0)
            return True
        if value >= min(self.below, self.scale):
            return False
        added = value + (self.prefix or 0) if unit else value
        self.prefix = None
        self.current = (self.current or 0) + added
        self.below = _below(value)
        return True

    def _scale(self, scale: int) -> bool:
        if self.prefix is not None:
            # सवा सौ is a hundred and a quarter of a hundred.
            self.current, self.prefix = 1 + self.prefix, None
        if scale == self.scale and self.current is not None and self.current < 1:
            # مليونان ونصف مليون
            self.settled, self.current, self.below = self.settled + self.current * scale, None, Decimal(0)
            return True
        if scale >= self.scale:
            if self.current is not None or not self.settled or scale <= self.settled:
                return False
            self.settled, self.scale, self.below = self.settled * scale, Decimal(scale), Decimal(scale)
            return True
        part = self.current if self.current is not None else Decimal(1)
        if scale <= 100 and part < 100:
            self.current, self.below = part * scale, Decimal(100)
            return True
        self.settled += part * scale
        self.current, self.scale, self.below = None, Decimal(scale), Decimal(scale)
        return True


def _below(value: Decimal) -> Decimal:
    """Return the upper bound of what may be added after a value."""
    if value >= 100 and value % 100 == 0:
        return Decimal(100)
    return Decimal(10) if value >= 20 and value % 10 == 0 else Decimal(0)
