"""Adds up number words from left to right: which word may follow a partially parsed number, and what it adds or multiplies."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.facts.number_words.table import AFTER_HUNDREDS, AFTER_TENS, NumberWords


@dataclass(slots=True)
class Sum:
    """A partially parsed number: its settled part, the part that the next scale multiplies, and the upper bound of the next part."""

    settled: int = 0
    current: int | None = None
    last: int = 0
    below: int = 10**21
    scale: int = 10**21

    @property
    def value(self) -> int:
        """The value of what has been parsed."""
        return self.settled + (self.current or 0)


def may_join(word: str, total: Sum, number_words: NumberWords) -> bool:
    """Return whether a word may follow a joiner and a partially parsed number: "a hundred and one", "vingt et un"."""
    value = _value(word, number_words)
    if value is None or value >= total.below:
        return False
    if number_words.joins == AFTER_HUNDREDS:
        return total.below >= 100
    # French: "vingt et un", "soixante et onze", and no others.
    return number_words.joins != AFTER_TENS or (
        total.below <= 20 and (value in (1, 11) or not number_words.by_twenties)
    )


def _value(word: str, number_words: NumberWords) -> int | None:
    """Return the value of a word that adds; None for any other word."""
    value = number_words.cardinals.get(word, number_words.ordinals.get(word))
    if value is None and number_words.inner_scales:
        return number_words.compound(word)
    return value


def add(word: str, total: Sum, number_words: NumberWords) -> bool:
    """Add a word to a number. Returns False if the word does not continue it."""
    scale = number_words.scales.get(word)
    if scale is not None:
        return _multiply(word, scale, total, number_words)
    value = _value(word, number_words)
    if value is None:
        return False
    if number_words.by_twenties and value == 20 and total.current is not None and total.last == 4:
        total.current += 76
        total.below = 20
        return True
    if value >= total.below:
        return False
    if value >= 1_000:
        total.settled, total.scale = total.settled + value, 1_000
        total.below = 0 if value % 1_000 else 1_000
        return True
    total.current = (total.current or 0) + value
    total.below, total.last = _below(value, number_words), value
    return True


def _below(value: int, number_words: NumberWords) -> int:
    """Return the upper bound (exclusive) of the part that may follow: units after tens, tens after hundreds, nothing after units."""
    if value >= 100:
        return 100 if value % 100 == 0 else 0
    if value >= 20 and value % 10 == 0:
        return 20 if number_words.by_twenties and value == 60 else 10
    # "Quatre-vingt-dix-sept", "on altı"
    return 10 if value == 10 and (number_words.by_twenties or number_words.teens_apart) else 0


def _multiply(word: str, scale: int, total: Sum, number_words: NumberWords) -> bool:
    if total.current is None and total.settled and scale > total.scale and total.scale == 1_000:
        # "Dos mil millones" is two thousand millions.
        total.settled, total.below, total.scale = total.settled * scale, 10**21, scale
        return True
    if total.current is None and word not in number_words.alone:
        return False
    if scale <= 100:
        if (total.current or 1) >= 100:
            return False
        total.current = (total.current or 1) * scale
        total.below = 100 if scale == 100 else 0
        return True
    if scale >= total.scale:
        return False
    total.settled += (total.current or 1) * scale
    total.current, total.below, total.scale = None, scale, scale
    return True
