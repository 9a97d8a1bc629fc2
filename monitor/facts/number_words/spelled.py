"""Parses numbers in words of scripts with vowel signs, or digits followed by such words: एक लाख बीस हज़ार · साढ़े तीन करोड़ · ثلاثة وعشرون ألفا. Pure.

The words of a number follow one another, the larger part first or, in Arabic, the unit before the ten. The grammar is that of the values: a word multiplies
what is smaller than itself, and adds what is smaller than the part before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from monitor.facts.number_words.script_number import ScriptNumber
from monitor.facts.number_words.spelled_sum import Sum, Token, Words
from monitor.facts.numerals import NUMERAL, Numeral, parse_numeral
from monitor.model import MentionType, Number

_LARGE = 1_000
_GAPS = frozenset({" ", "\u00a0", "-"})
_ENDS = frozenset("%٪/:-–")
"""Characters after digits that are no part of a longer number."""
_LEAST_WHOLE = 1_000
"""Of fewer, "one of them" is no share without "every"."""
_MOST_WORDS = 24
"""Maximum number of words in a number."""


def find(text: str, words: Words) -> Iterator[Numeral | ScriptNumber]:
    """Yield the numbers of a text that contain a number word, in order and without overlaps; without a value those that another scale continues."""
    run: list[Token] = []
    for match in words.word.finditer(text):
        token = _token(match, words)
        if run and not (_follows(text, run[-1], token, words) and len(run) <= _MOST_WORDS):
            yield from _in_run(run, words)
            run = []
        run.append(token)
    yield from _in_run(run, words)


def _follows(text: str, last: Token, token: Token, words: Words) -> bool:
    """Return whether a token continues a sequence of words; digits may follow a conjunction directly: ملايين و200."""
    gap = text[last.end : token.start]
    return gap in _GAPS or (not gap and token.value is not None and last.key in words.joiners)


def _token(match: re.Match[str], words: Words) -> Token:
    written = match.group()
    if not written[0].isdecimal():
        return Token(match.start(), match.end(), words.key(written), None)
    following = match.string[match.end() : match.end() + 1]
    numeral = NUMERAL.fullmatch(written) if following not in _ENDS else None
    value = parse_numeral(written, comma_decimal=False) if numeral is not None else None
    return Token(match.start(), match.end(), "", None if value is None else Decimal(str(value)))


def _in_run(run: list[Token], words: Words) -> Iterator[Numeral | ScriptNumber]:
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


def _number(run: list[Token], at: int, words: Words) -> tuple[Numeral | None, int]:
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
    if first.key in words.ones and (share := _share(run, at, words)) is not None:
        return share
    total = Sum(words)
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


def _share(run: list[Token], at: int, words: Words) -> tuple[Numeral, int] | None:
    """Return a share, which counts nothing: واحد من كل أربعة is one in four, جزء من مليون one in a million; None for "one of four"."""
    # See tests/monitor/facts/test_indic_and_thai.py::test_an_arabic_share_is_no_count.
    if at + 2 >= len(run) or run[at + 1].key not in words.out_of:
        return None
    every = run[at + 2].key in words.every
    whole, end = _sum(run, at + 2 + every, words)
    if whole <= 1 or not (every or whole >= _LEAST_WHOLE):
        return None
    return _made(run, at, end, 1 / whole, partial=True), end


def _ordinal(run: list[Token], at: int, value: int, words: Words) -> tuple[int, int]:
    """Return the value of an ordinal with the ten after it, and the index of the token after that: الثاني عشر, الحادي والعشرون."""
    # See tests/monitor/facts/test_indic_and_thai.py::test_an_arabic_ordinal_has_two_words.
    if not words.units_first or value >= 10 or at >= len(run):
        return value, at
    bare = words.joined(run[at].key)
    ten = words.cardinals.get(run[at].key if bare is None else bare, 0)
    is_ten = ten == 10 if bare is None else 20 <= ten < 100 and ten % 10 == 0
    return (value + ten, at + 1) if is_ten else (value, at)


def _with_fraction(run: list[Token], end: int, value: Decimal, words: Words) -> tuple[Decimal, int]:
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


def _sum(run: list[Token], at: int, words: Words) -> tuple[Decimal, int]:
    """Return the number that begins at a token, and the index of the token after it; 0 if none does."""
    total, end = Sum(words), at
    while end < len(run) and (step := total.add(run, end, first=end == at)):
        end += step
    return total.value, end


def _decimals(run: list[Token], at: int, value: Decimal, words: Words) -> tuple[Decimal, int]:
    digits, end = "", at + 1
    while end < len(run) and (digit := words.cardinals.get(run[end].key, 10)) < 10:
        digits, end = f"{digits}{digit}", end + 1
    if not digits:
        below, end = _sum(run, at + 1, words)
        digits = str(below) if below and below == below.to_integral_value() else ""
    return (Decimal(f"{value}.{digits}"), end) if digits and value == value.to_integral_value() else (value, at)


def _made(
    run: list[Token],
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
