"""Converts number words to values: "eighty-seven" · "quatre-vingt-douze" · "zweihundertvierzig" · "dos mil millones" · "half a million" · "twenty-first".

Only number words of the page's own language are recognised, because "once" is eleven in Spanish only, and "ten" is a preposition in Dutch. A page of
unknown language is treated as English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from monitor.facts.number_words import grammars
from monitor.facts.number_words.table import AFTER_HUNDREDS, NumberWords
from monitor.facts.number_words.word_sum import Sum, add, may_join
from monitor.lexicon import phrases, words
from monitor.model import Number

WORD = re.compile(r"\w\w*")
"""A word, or digits; written so that the regex engine can skip to its first character."""

_ASCII_FOLD = bytes(place if chr(place).isalnum() or chr(place) == "_" else ord(" ") for place in range(128)).lower()
_ASCII_FOLD = re.sub(rb"\d", b"0", _ASCII_FOLD) + b" " * 128

_BETWEEN = re.compile(r"(\W+)")

_PARTITIVES = words("numbers.particles") | {phrase.split()[0] for phrase in phrases("money.percent")}
_WEEKDAYS = words("number_words.weekdays")
_ROUND = frozenset({100, 1_000})
_DOZEN = 12
_DECIMALS = 12
"""Maximum number of decimals in words."""
_GAPS = frozenset({" ", "-", "\u00a0", "\u2011"})


class NumberPhrase(NamedTuple):
    """A number found in words.

    Attributes:
        start: Its start offset.
        end: Its end offset (exclusive).
        value: Its value.
        ordinal: Whether it is an ordinal.
        doubtful: Whether it is a number only if a noun follows it ("one").
        partial: Whether it is a fraction below one, "three quarters".
    """

    start: int
    end: int
    value: Number
    ordinal: bool
    doubtful: bool
    partial: bool = False


@cache
def table(code: str) -> NumberWords:
    """Return the number words of a language by its primary subtag; English for "", an empty table for a language without one."""
    return grammars.number_words(code or "en")


def ascii_folded(text: str) -> bytes:
    """Return a text's ASCII letters in lower case, with 0 for each digit and spaces for all else except underscores; three times as fast as a pattern."""
    return text.encode("utf-8", "replace").translate(_ASCII_FOLD)


def find(text: str, number_words: NumberWords) -> Iterator[NumberPhrase]:
    """Yield the numbers in words in a text, in order and without overlaps."""
    # If lower-casing changes the length of the text ("İ"), offsets would be wrong.
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(char if len(char.lower()) > 1 else char.lower() for char in text)
    lowered = lowered.translate(number_words.letters) if number_words.letters else lowered
    words_and_gaps = _BETWEEN.split(lowered)
    tokens = _Tokens(words_and_gaps[::2], words_and_gaps[1::2], [0, *accumulate(map(len, words_and_gaps))])
    words, opening, at = tokens.words, number_words.open, 0
    has_scale = any(scale in lowered for scale, _ in number_words.inner_scales)
    while at < len(words):
        if words[at] not in opening and not (has_scale and number_words.compound(words[at]) is not None):
            at += 1
            continue
        phrase, following = _number(tokens, at, number_words)
        if phrase is not None and not (phrase.value in _ROUND and at and tokens.words[at - 1] in number_words.vague):
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

    def ends_at(self, at: int) -> bool:
        """Return whether a phrase ends before the word at an index: the text or clause ends there, or a partitive ("of") or a percent word follows."""
        return (self.following(at) or "") in _PARTITIVES or self.following(at) in (None, "")

    def phrase(self, first: int, end: int, value: float, *, partial: bool = False) -> NumberPhrase:
        """Return the number in the words from `first` to `end` (exclusive). A fraction has seven significant digits."""
        whole = int(value) if value == int(value) else float(f"{value:.7g}")
        return NumberPhrase(self.places[2 * first], self.places[2 * end - 1], whole, False, False, partial)


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
    if ordinal:
        if tokens.following(end) in _WEEKDAYS:
            return None, end + 1
        return tokens.phrase(at, end, total.value)._replace(ordinal=True), end
    if tokens.following(end) in number_words.denominators:
        return _fraction(tokens, at, end, total.value, number_words)
    continued = _continued(tokens, at, end, total, number_words)
    if continued is not None:
        return continued
    doubtful = end == at + 1 and first in number_words.doubtful
    return tokens.phrase(at, end, total.value)._replace(doubtful=doubtful), end


def _continued(
    tokens: _Tokens, at: int, end: int, total: Sum, number_words: NumberWords
) -> tuple[NumberPhrase, int] | None:
    """Return a number with what follows its whole part: decimals, a fraction, a fraction line and its denominator, a dozen; None without any."""
    following = tokens.following(end)
    if following in number_words.points and (decimals := _decimals(tokens, end + 1, number_words)) is not None:
        digits, end = decimals
        return _scaled(tokens, at, end, float(f"{total.value}.{digits}"), number_words)
    if following in number_words.fraction_joiners and (mixed := _mixed(tokens, end + 1, total, number_words)):
        added, end = mixed
        return _scaled(tokens, at, end, total.value + added, number_words)
    if following in number_words.over:
        below, stop, ordinal = _sum(tokens, end + 1, number_words)
        if stop > end + 1 and below.value and not ordinal:
            return tokens.phrase(at, stop, total.value / below.value, partial=total.value < below.value), stop
    if number_words.denominator_marks and following is not None:
        below, stop, ordinal = _sum(tokens, end, number_words)
        if stop > end and not ordinal and tokens.following(stop) in number_words.denominator_marks and below.value:
            return tokens.phrase(at, stop + 1, total.value / below.value, partial=total.value < below.value), stop + 1
    if total.value > 1 and number_words.scales.get(following or "") == _DOZEN:
        # "Three hundred and two dozen": only the two are dozens.
        last = total.value % 100
        return tokens.phrase(at, end + 1, total.value - last + last * _DOZEN), end + 1
    return None


def _decimals(tokens: _Tokens, at: int, number_words: NumberWords) -> tuple[str, int] | None:
    """Return the decimals after the word for the decimal sign, "nought three" or "twenty-eight", and the index of the token after them."""
    digits, end = "", at
    while (value := number_words.cardinals.get(tokens.following(end) or "", 10)) < 10 and len(digits) < _DECIMALS:
        digits, end = f"{digits}{value}", end + 1
    if len(digits) > 1 or digits == "0" or (digits and tokens.following(end) in number_words.scales):
        return digits, end
    total, end, ordinal = _sum(tokens, at, number_words) if tokens.following(at) else (Sum(), at, False)
    return (str(total.value), end) if end > at and not ordinal else None


def _mixed(tokens: _Tokens, at: int, total: Sum, number_words: NumberWords) -> tuple[float, int] | None:
    """Return what a fraction after a number and a joiner adds, and the index of the token after it: "and a half", "y tres cuartos"; None if there is none."""
    scale = total.scale if total.settled and total.current is None else 1
    first, second = tokens.following(at), tokens.following(at + 1)
    if number_words.denominators.get(first or "") == 2:
        smaller = number_words.scales.get(second or "", 0)
        return (smaller / 2, at + 2) if 0 < smaller < scale else (scale / 2, at + 1)
    if first is None:
        return None
    if first in number_words.articles or first in number_words.doubtful:
        numerator, end = 1, at + 1
    else:
        above, end, ordinal = _sum(tokens, at, number_words, before_fraction=False)
        numerator = 0 if ordinal else above.value
    word = tokens.following(end)
    if word is None or not 0 < numerator < number_words.denominators.get(word, 0):
        return None
    if word in number_words.ordinals and not tokens.ends_at(end + 1):
        # "Three and a third member": an ordinal.
        return None
    return scale * numerator / number_words.denominators[word], end + 1


def _fraction(
    tokens: _Tokens, at: int, end: int, numerator: int, number_words: NumberWords
) -> tuple[NumberPhrase | None, int]:
    """Return the fraction whose denominator is the token at `end`, "three quarters"; None if it is no fraction, as in "four quarters".

    A denominator that is also an ordinal, "one third", must end its phrase, because "one third party" is none.
    """
    # See tests/monitor/facts/test_number_words.py::test_a_fraction_in_words_has_its_value.
    word = tokens.words[end]
    denominator = number_words.denominators[word]
    if word in number_words.ordinals and numerator > 1:
        # "Two hundredth" is an ordinal, "two hundredths" a fraction.
        whole = denominator in number_words.scales.values() and numerator < denominator
        phrase = tokens.phrase(at, end + 1, numerator * denominator)._replace(ordinal=True)
        return (phrase if whole else None), end + 1
    is_ordinal = word in number_words.ordinals and not tokens.ends_at(end + 1)
    if is_ordinal or (denominator in (2, 4) and numerator >= denominator) or not numerator:
        return None, end + 1
    return tokens.phrase(at, end + 1, numerator / denominator, partial=numerator < denominator), end + 1


def _after_article(tokens: _Tokens, at: int, number_words: NumberWords) -> tuple[NumberPhrase | None, int]:
    """Return half a scale or a fraction after the article at a token, "eine halbe Million", "ein Drittel"; no other number begins with an article alone."""
    if tokens.following(at + 1) in number_words.halves:
        half, end = _half(tokens, at + 1, number_words)
        if half is not None:
            return half._replace(start=tokens.places[2 * at]), end
    if tokens.following(at + 1) in number_words.denominators and tokens.ends_at(at + 2):
        return _fraction(tokens, at, at + 1, 1, number_words)
    continued = _continued(tokens, at, at + 1, Sum(current=1, last=1, below=0), number_words)
    return (None, at + 1) if continued is None else continued


def _sum(tokens: _Tokens, at: int, number_words: NumberWords, *, before_fraction: bool = True) -> tuple[Sum, int, bool]:
    """Return the sum of the number words from a token on, the index of the token after them, and whether the last one is an ordinal.

    Args:
        tokens: The text.
        at: Index of the first token.
        number_words: The number words of the language.
        before_fraction: Whether a fraction may follow, which is not part of the sum; a numerator has none, so that the recursion ends.
    """
    # See tests/monitor/facts/test_number_words.py::test_repeated_number_words_end_without_recursion.
    total, end = Sum(), at
    if tokens.words[at] in number_words.articles and tokens.following(at + 1) in number_words.scales:
        total.current, end = 1, at + 1
    while end < len(tokens.words):
        step, word = 1, tokens.words[at] if end == at else tokens.following(end)
        if end > at and word in number_words.joiners:
            step, word = 2, tokens.following(end + 1)
            if word is None or not may_join(word, total, number_words):
                break
            # "One hundred and three quarters", but "ciento treinta y dos quintos".
            looks_ahead = before_fraction and number_words.joins == AFTER_HUNDREDS
            if looks_ahead and _mixed(tokens, end + 1, total, number_words):
                break
        if word is None or not add(word, total, number_words):
            break
        end += step
        if word in number_words.ordinals and word not in number_words.cardinals:
            return total, end, True
    return total, end, False


def _scaled(tokens: _Tokens, first: int, end: int, value: float, number_words: NumberWords) -> tuple[NumberPhrase, int]:
    """Return a number and a half, times the scale that follows it: "anderthalb Millionen", "one and a half million"."""
    scale = number_words.scales.get(tokens.following(end) or "")
    if scale is not None:
        end, value = end + 1, value * scale
    return tokens.phrase(first, end, value, partial=value < 1), end


def _half(tokens: _Tokens, at: int, number_words: NumberWords) -> tuple[NumberPhrase | None, int]:
    """Return half a scale: "half a million", "demi-million", "halbe Million"."""
    scaled = at + 1 + (tokens.following(at + 1) in number_words.articles)
    scale = number_words.scales.get(tokens.following(scaled) or "")
    if scale is None:
        return None, at + 1
    return NumberPhrase(tokens.places[2 * at], tokens.places[2 * scaled + 1], scale // 2, False, False), scaled + 1
