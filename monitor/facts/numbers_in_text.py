"""Finds the numbers of a text: in digits, in words, and those that the readers of scripts recognise, in text order and without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from monitor.facts import numeral_forms, powers
from monitor.facts.context import Page
from monitor.facts.lexer import NumberToken, Run
from monitor.facts.number_words import reader
from monitor.facts.number_words.script_number import ScriptNumber
from monitor.facts.number_words.table import NumberWords
from monitor.facts.numerals import NUMERAL, SEPARATORS, Numeral

MOST = 20_000
"""Maximum number of numbers per block. No prose has more, and a hostile block of a megabyte must not delay the others."""


def numerals_of(
    text: str,
    digits: Sequence[Run],
    tokens: Sequence[NumberToken],
    number_words: NumberWords | None,
    page: Page,
) -> list[Numeral | NumberToken | ScriptNumber]:
    """Return tokens, numerals and number words in text order; a token replaces all numbers in it."""
    numerals: list[Numeral | NumberToken | ScriptNumber] = []
    index = end = 0
    for start, stop in digits:
        if start < end:
            continue
        # A run of digits is a complete numeral unless a separator and another digit follow it.
        plain = text[stop : stop + 1] not in SEPARATORS or not text[stop + 1 : stop + 2].isdecimal()
        end = stop if plain else _numeral_end(text, start, stop)
        power = (
            powers.with_exponent(text, start, end, page.has_notes) if text[end : end + 1] in powers.OPENINGS else None
        )
        if power is not None:
            end = power.end
            while numerals and numerals[-1].start >= power.start:
                numerals.pop()
            numerals.append(power)
            continue
        while index < len(tokens) and tokens[index].end <= start:
            index += 1
        if index == len(tokens) or tokens[index].start > start:
            numeral = numeral_forms.extended(
                text, start, end, plain=end == stop, comma_decimal=page.locale.comma_decimal
            )
            end = numeral.end
            numerals.append(numeral)
    kept = [token for token in tokens if any(map(str.isdigit, text[token.start : token.end]))]
    worded = _worded(text, tokens, number_words) if number_words is not None else []
    fractions = (
        []
        if text.isascii() or not numeral_forms.has_fraction(text)
        else list(islice(numeral_forms.alone(text), MOST + 1))
    )
    if kept or worded or fractions:
        numerals = sorted([*numerals, *kept, *worded, *fractions], key=lambda numeral: numeral.start)
    return numerals


def _numeral_end(text: str, start: int, stop: int) -> int:
    match = NUMERAL.match(text, start)
    return match.end() if match is not None else stop


def _worded(text: str, tokens: Sequence[NumberToken], number_words: NumberWords) -> list[Numeral]:
    numerals, index = [], 0
    for phrase in islice(reader.find(text, number_words), MOST + 1):
        while index < len(tokens) and tokens[index].end <= phrase.start:
            index += 1
        if index == len(tokens) or tokens[index].start > phrase.start:
            numerals.append(
                Numeral(
                    phrase.start,
                    phrase.end,
                    phrase.value,
                    ordinal=phrase.ordinal,
                    worded=True,
                    doubtful=phrase.doubtful,
                    partial=phrase.partial,
                )
            )
    return numerals


def with_script_numbers(
    numerals: list[Numeral | NumberToken | ScriptNumber], found: Sequence[ScriptNumber | Numeral]
) -> list[Numeral | NumberToken | ScriptNumber]:
    """Return both in text order. A number of a script replaces what it overlaps, except a token that begins before it."""
    if not found:
        return [*numerals]
    merged: list[Numeral | NumberToken | ScriptNumber] = []
    numbers = iter(found)
    number = next(numbers, None)
    for numeral in numerals:
        while number is not None and number.end <= numeral.start:
            merged.append(number)
            number = next(numbers, None)
        if number is None or numeral.end <= number.start:
            merged.append(numeral)
        elif isinstance(numeral, NumberToken) and numeral.start < number.start:
            merged.append(numeral)
            while number is not None and number.start < numeral.end:
                number = next(numbers, None)
    merged.extend([] if number is None else [number, *numbers])
    return merged
