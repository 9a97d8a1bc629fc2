"""Converts number words to values: "eighty-seven" · "quatre-vingt-douze" · "zweihundertvierzig" · "dos mil millones" · "half a million" · "twenty-first".

Only number words of the page's own language are recognised, because "once" is eleven in Spanish only, and "ten" is a preposition in Dutch. A page of
unknown language is treated as English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from monitor.facts.number_words import germanic, romance
from monitor.facts.number_words.table import AFTER_HUNDREDS, AFTER_TENS, NumberWords
from monitor.model import Number

WORD = re.compile(r"\w\w*")
"""A word, or digits; written so that the regex engine can skip to its first character."""

_ASCII_FOLD = bytes(place if chr(place).isalnum() or chr(place) == "_" else ord(" ") for place in range(128)).lower()
_ASCII_FOLD = re.sub(rb"\d", b"0", _ASCII_FOLD) + b" " * 128

_BETWEEN = re.compile(r"(\W+)")

_TABLES: Mapping[str, Callable[[], NumberWords]] = {
    "en": germanic.english,
    "de": germanic.german,
    "nl": germanic.dutch,
    "fr": romance.french,
    "es": romance.spanish,
    "it": romance.italian,
    "pt": romance.portuguese,
}
_VAGUE = frozenset(
    "several some einige einigen mehrere mehreren paar viele plusieurs quelques varios varias algunos algunas unos parecchie alcune vários várias alguns "
    "algumas enkele meerdere many few".split()
)
"""Words after which a hundred or a thousand is not an exact count: "several hundred", "mehrere tausend"."""
_ROUND = frozenset({100, 1_000})
_GAPS = frozenset({" ", "-", "\u00a0", "\u2011"})


@dataclass(slots=True)
class _Sum:
    """A partially parsed number: its settled part, the part that the next scale multiplies, and the upper bound of the next part."""

    settled: int = 0
    current: int | None = None
    last: int = 0
    below: int = 10**15
    scale: int = 10**15

    @property
    def value(self) -> int:
        return self.settled + (self.current or 0)


class NumberPhrase(NamedTuple):
    """A number found in words.

    Attributes:
        start: Its start offset.
        end: Its end offset (exclusive).
        value: Its value.
        ordinal: Whether it is an ordinal.
        doubtful: Whether it is a number only if a noun follows it ("one").
    """

    start: int
    end: int
    value: Number
    ordinal: bool
    doubtful: bool


@cache
def table(code: str) -> NumberWords:
    """Return the number words of a language by its primary subtag; English for "", an empty table for a language without one."""
    return _TABLES[code or "en"]() if not code or code in _TABLES else NumberWords()


def ascii_folded(text: str) -> bytes:
    """Return a text's ASCII letters in lower case, with 0 for each digit and spaces for all else except underscores; three times as fast as a pattern."""
    return text.encode("utf-8", "replace").translate(_ASCII_FOLD)


def find(text: str, number_words: NumberWords) -> Iterator[NumberPhrase]:
    """Yield the numbers in words in a text, in order and without overlaps."""
    # If lower-casing changes the length of the text ("İ"), offsets would be wrong.
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(char if len(char.lower()) > 1 else char.lower() for char in text)
    words_and_gaps = _BETWEEN.split(lowered)
    tokens = _Tokens(words_and_gaps[::2], words_and_gaps[1::2], [0, *accumulate(map(len, words_and_gaps))])
    words, opening, at = tokens.words, number_words.open, 0
    while at < len(words):
        if words[at] not in opening:
            at += 1
            continue
        phrase, following = _number(tokens, at, number_words)
        if phrase is not None and not (phrase.value in _ROUND and at and words[at - 1] in _VAGUE):
            yield phrase
        at = max(following, at + 1)


class _Tokens(NamedTuple):
    """A text as words.

    Attributes:
        words: Its words, in lower case; the first or last is "" if the text does not begin or end with a word.
        gaps: The text between each word and the next.
        places: The start offsets of words and gaps, alternating, and the end offset of the last.
    """

    words: list[str]
    gaps: list[str]
    places: list[int]

    def following(self, at: int) -> str | None:
        """Return the word at an index if only a space or hyphen separates it from the previous word; otherwise None."""
        if 0 < at < len(self.words) and self.gaps[at - 1] in _GAPS:
            return self.words[at]
        return None


def _number(tokens: _Tokens, at: int, number_words: NumberWords) -> tuple[NumberPhrase | None, int]:
    """Return the longest number that begins at a token, and the index of the token after it; the number is None if it is not a count."""
    # See tests/monitor/facts/test_numbers_languages.py::test_a_number_in_words_has_its_value.
    # See tests/monitor/facts/test_numbers_languages.py::test_words_that_count_nothing_are_no_number.
    first, second = tokens.words[at], tokens.following(at + 1)
    if first in number_words.halves:
        return _half(tokens, at, number_words)
    if first in number_words.fractions:
        return _scaled(tokens, at, at + 1, number_words.fractions[first], number_words)
    if first in number_words.articles and first not in number_words.doubtful and second not in number_words.scales:
        return _after_article(tokens, at, number_words)
    total, end, ordinal = _sum(tokens, at, number_words)
    if end == at or (end == at + 1 and total.value == 1 and first in number_words.articles):
        return None, at + 1
    following = tokens.following(end)
    if following == "feira" if ordinal else following in number_words.parts:
        # "Segunda-feira" is Monday; "two thirds" is no count.
        return None, end + 1
    if not ordinal and (after_half := _and_half(tokens, end, number_words)):
        scale = total.scale if total.settled and total.current is None else 1
        return _scaled(tokens, at, after_half, total.value + scale / 2, number_words)
    doubtful = end == at + 1 and first in number_words.doubtful
    return NumberPhrase(tokens.places[2 * at], tokens.places[2 * end - 1], total.value, ordinal, doubtful), end


def _after_article(tokens: _Tokens, at: int, number_words: NumberWords) -> tuple[NumberPhrase | None, int]:
    """Return half a scale after the article at a token, "eine halbe Million"; no other number begins with an article alone."""
    if tokens.following(at + 1) not in number_words.halves:
        return None, at + 1
    half, end = _half(tokens, at + 1, number_words)
    return (None, at + 1) if half is None else (half._replace(start=tokens.places[2 * at]), end)


def _sum(tokens: _Tokens, at: int, number_words: NumberWords) -> tuple[_Sum, int, bool]:
    """Return the sum of the number words from a token on, the index of the token after them, and whether the last one is an ordinal."""
    total, end = _Sum(), at
    if tokens.words[at] in number_words.articles and tokens.following(at + 1) in number_words.scales:
        total.current, end = 1, at + 1
    while end < len(tokens.words):
        step, word = 1, tokens.words[at] if end == at else tokens.following(end)
        if end > at and word in number_words.joiners:
            step, word = 2, tokens.following(end + 1)
            if word is None or not _may_join(word, total, number_words):
                break
        if word is None or not _add(word, total, number_words):
            break
        end += step
        if word in number_words.ordinals and word not in number_words.cardinals:
            return total, end, True
    return total, end, False


def _and_half(tokens: _Tokens, at: int, number_words: NumberWords) -> int:
    """Return the index of the token after an "and a half" that begins at a token; 0 if there is none."""
    for words in number_words.and_half:
        if all(tokens.following(at + offset) == word for offset, word in enumerate(words)):
            return at + len(words)
    return 0


def _scaled(tokens: _Tokens, first: int, end: int, value: float, number_words: NumberWords) -> tuple[NumberPhrase, int]:
    """Return a number and a half, times the scale that follows it: "anderthalb Millionen", "one and a half million"."""
    scale = number_words.scales.get(tokens.following(end) or "")
    if scale is not None:
        end, value = end + 1, value * scale
    whole = int(value) if value == int(value) else value
    return NumberPhrase(tokens.places[2 * first], tokens.places[2 * end - 1], whole, False, False), end


def _half(tokens: _Tokens, at: int, number_words: NumberWords) -> tuple[NumberPhrase | None, int]:
    """Return half a scale: "half a million", "demi-million", "halbe Million"."""
    scaled = at + 1 + (tokens.following(at + 1) in number_words.articles)
    scale = number_words.scales.get(tokens.following(scaled) or "")
    if scale is None:
        return None, at + 1
    return NumberPhrase(tokens.places[2 * at], tokens.places[2 * scaled + 1], scale // 2, False, False), scaled + 1


def _may_join(word: str, total: _Sum, number_words: NumberWords) -> bool:
    value = number_words.cardinals.get(word, number_words.ordinals.get(word))
    if value is None or value >= total.below:
        return False
    if number_words.joins == AFTER_HUNDREDS:
        return total.below >= 100
    # French: "vingt et un", "soixante et onze", and no others.
    return number_words.joins != AFTER_TENS or (
        total.below <= 20 and (value in (1, 11) or not number_words.by_twenties)
    )


def _add(word: str, total: _Sum, number_words: NumberWords) -> bool:
    """Add a word to a number. Returns False if the word does not continue it."""
    scale = number_words.scales.get(word)
    if scale is not None:
        return _multiply(word, scale, total, number_words)
    value = number_words.cardinals.get(word, number_words.ordinals.get(word))
    if value is None:
        return False
    if number_words.by_twenties and value == 20 and total.current is not None and total.last == 4:
        total.current += 76
        total.below = 20
        return True
    if value >= total.below:
        return False
    if value >= 1_000:
        total.settled, total.below, total.scale = total.settled + value, 1_000, 1_000
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
    # "Quatre-vingt-dix-sept"
    return 10 if number_words.by_twenties and value == 10 else 0


def _multiply(word: str, scale: int, total: _Sum, number_words: NumberWords) -> bool:
    if total.current is None and total.settled and scale > total.scale and total.scale == 1_000:
        # "Dos mil millones" is two thousand millions.
        total.settled, total.below, total.scale = total.settled * scale, 10**15, scale
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
