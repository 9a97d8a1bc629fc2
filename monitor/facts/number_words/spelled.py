"""Parses numbers in words of scripts with vowel signs, or digits followed by such words: एक लाख बीस हज़ार · साढ़े तीन करोड़ · ثلاثة وعشرون ألفا. Pure.

The words of a number follow one another, the larger part first or, in Arabic, the unit before the ten. The grammar is that of the values: a word multiplies
what is smaller than itself, and adds what is smaller than the part before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from monitor.facts.number_words.script_number import ScriptNumber
from monitor.facts.numerals import NUMERAL, Numeral, parse_numeral
from monitor.model import MentionType, Number

_LARGE = 1_000
_GAPS = frozenset({" ", "\u00a0", "-"})
_ENDS = frozenset("%٪/:-–")
"""Characters after digits that are no part of a longer number."""
_MOST_WORDS = 24
"""Maximum number of words in a number."""


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


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    key: str
    value: Decimal | None


def find(text: str, words: Words) -> Iterator[Numeral | ScriptNumber]:
    """Yield the numbers of a text that contain a number word, in order and without overlaps; without a value those that another scale continues."""
    run: list[_Token] = []
    for match in words.word.finditer(text):
        token = _token(match, words)
        if run and not (_follows(text, run[-1], token, words) and len(run) <= _MOST_WORDS):
            yield from _in_run(run, words)
            run = []
        run.append(token)
    yield from _in_run(run, words)


def _follows(text: str, last: _Token, token: _Token, words: Words) -> bool:
    """Return whether a token continues a sequence of words; digits may follow a conjunction directly: ملايين و200."""
    gap = text[last.end : token.start]
    return gap in _GAPS or (not gap and token.value is not None and last.key in words.joiners)


def _token(match: re.Match[str], words: Words) -> _Token:
    written = match.group()
    if not written[0].isdecimal():
        return _Token(match.start(), match.end(), words.key(written), None)
    following = match.string[match.end() : match.end() + 1]
    numeral = NUMERAL.fullmatch(written) if following not in _ENDS else None
    value = parse_numeral(written, comma_decimal=False) if numeral is not None else None
    return _Token(match.start(), match.end(), "", None if value is None else Decimal(str(value)))


def _in_run(run: list[_Token], words: Words) -> Iterator[Numeral | ScriptNumber]:
    """Yield the numbers in a sequence of words that only spaces separate."""
    at = 0
    while at < len(run):
        numeral, following = _number(run, at, words)
        if numeral is not None and following < len(run) and words.scales.get(run[following].key, 0) >= _LARGE:
            # "Two million three million": no small, confident number.
            yield ScriptNumber(numeral.start, run[following].end, MentionType.COUNT, None)
            following += 1
        elif numeral is not None:
            yield numeral
        at = max(following, at + 1)


def _number(run: list[_Token], at: int, words: Words) -> tuple[Numeral | None, int]:
    """Return the number that begins at a token, and the index of the token after it; None if none does, or for digits alone."""
    first = run[at]
    if first.key in words.minus and at + 1 < len(run):
        below_zero, following = _sum(run, at + 1, words)
        below_zero, following = _with_fraction(run, following, below_zero, words)
        if following == at + 1:
            return None, following
        return _made(run, at, following, -below_zero)._replace(negative=True), following
    if first.key in words.parts and first.key not in words.cardinals:
        return _made(run, at, at + 1, Decimal(1) / words.parts[first.key], partial=True), at + 1
    if (value := words.ordinals.get(first.key)) is not None:
        value, end = _ordinal(run, at + 1, value, words)
        return _made(run, at, end, Decimal(value), ordinal=True), end
    if at + 1 < len(run) and (part := words.part_before(first.key, run[at + 1].key)) is not None:
        return _made(run, at, at + 1, Decimal(1) / part, partial=True), at + 1
    total = _Sum(words)
    end = at
    while end < len(run) and end - at < _MOST_WORDS:
        step = total.add(run, end, first=end == at)
        if not step:
            break
        end += step
        if total.is_ordinal:
            return _made(run, at, end, total.value, ordinal=True), end
    if end == at or total.value is None:
        return None, at + 1
    worded = any(token.value is None for token in run[at:end])
    whole, stop = _with_fraction(run, end, total.value, words)
    if stop > end:
        return _made(run, at, stop, whole, partial=whole < 1), stop
    if not worded or (end == at + 1 and first.key in words.no_start):
        return None, end
    partial = total.value < 1
    return _made(
        run, at, end, total.value, partial=partial, doubtful=end == at + 1 and first.key in words.doubtful
    ), end


def _ordinal(run: list[_Token], at: int, value: int, words: Words) -> tuple[int, int]:
    """Return the value of an ordinal with the ten after it, and the index of the token after that: الثاني عشر, الحادي والعشرون."""
    # See tests/monitor/facts/test_indic_and_thai.py::test_an_arabic_ordinal_has_two_words.
    if not words.units_first or value >= 10 or at >= len(run):
        return value, at
    bare = words.joined(run[at].key)
    ten = words.cardinals.get(run[at].key if bare is None else bare, 0)
    is_ten = ten == 10 if bare is None else 20 <= ten < 100 and ten % 10 == 0
    return (value + ten, at + 1) if is_ten else (value, at)


def _with_fraction(run: list[_Token], end: int, value: Decimal, words: Words) -> tuple[Decimal, int]:
    """Return a number with the decimals, the fraction, the denominator or the fraction line after it, and the index of the token after that."""
    following = run[end].key if end < len(run) else ""
    if following in words.parts and following not in words.scales:
        # "Twenty and three fifths": only the unit is the numerator.
        numerator = value % 10 or value if words.units_first else value
        return value - numerator + numerator / words.parts[following], end + 1
    if following in words.points:
        return _decimals(run, end, value, words)
    if following in words.lines:
        below, stop = _sum(run, end + 1, words)
        return (value / below, stop) if below else (value, end)
    if following in words.joiners:
        above, stop = _sum(run, end + 1, words)
        part = words.parts.get(run[stop].key) if above and stop < len(run) else None
        return (value, end) if part is None else (value + above / part, stop + 1)
    if following in words.of and end + 2 < len(run) and run[end + 2].key in words.shares:
        nth = words.ordinal(run[end + 1].key)
        return (value, end) if not nth else (value / nth, end + 3)
    return value, end


def _sum(run: list[_Token], at: int, words: Words) -> tuple[Decimal, int]:
    """Return the number that begins at a token, and the index of the token after it; 0 if none does."""
    total, end = _Sum(words), at
    while end < len(run) and (step := total.add(run, end, first=end == at)):
        end += step
    return total.value, end


def _decimals(run: list[_Token], at: int, value: Decimal, words: Words) -> tuple[Decimal, int]:
    digits, end = "", at + 1
    while end < len(run) and (digit := words.cardinals.get(run[end].key, 10)) < 10:
        digits, end = f"{digits}{digit}", end + 1
    if not digits:
        below, end = _sum(run, at + 1, words)
        digits = str(below) if below and below == below.to_integral_value() else ""
    return (Decimal(f"{value}.{digits}"), end) if digits and value == value.to_integral_value() else (value, at)


def _made(
    run: list[_Token],
    at: int,
    end: int,
    value: Decimal,
    *,
    ordinal: bool = False,
    partial: bool = False,
    doubtful: bool = False,
) -> Numeral:
    number: Number = int(value) if value == value.to_integral_value() else float(value)
    return Numeral(
        run[at].start, run[end - 1].end, number, ordinal=ordinal, worded=True, partial=partial, doubtful=doubtful
    )


class _Sum:
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

    def add(self, run: list[_Token], at: int, *, first: bool) -> int:
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

    def _part(self, run: list[_Token], at: int) -> bool:
        """Add digits after a conjunction to a number with a scale, unless the same scale follows them: "between 3 thousand and 5 thousand"."""
        value = run[at].value
        if not value or not self.settled or value != value.to_integral_value():
            return False
        scale = self.words.scales.get(run[at + 1].key, 0) if at + 1 < len(run) else 0
        return scale < self.scale and self._cardinal(value, unit=False)

    def _digits(self, token: _Token) -> bool:
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
