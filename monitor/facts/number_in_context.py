"""A number with the text around it, and the mention that is made of it."""

from __future__ import annotations

from typing import NamedTuple

from monitor.facts.context import Sentence
from monitor.facts.currencies import Currency
from monitor.facts.lexer import NumberToken
from monitor.facts.numerals import Numeral
from monitor.model import Mention, MentionType, Number

WORDS_AWAY = 64
"""Characters before a number from which the words before it are taken."""
BEFORE = 192
"""Characters before a number that are examined."""


class NumberInContext(NamedTuple):
    """A number in its context.

    Attributes:
        here: The sentence that contains it.
        numeral: The number as written.
        following: The next numeral or token of the block; None if there is none.
        last: The preceding mention of the block; None if there is none.
        before: The text before it in its sentence, without its currency.
        tail: The last words of that text, in lower case.
        currency: The currency before it; None if there is none.
    """

    here: Sentence
    numeral: Numeral
    following: Numeral | NumberToken | None
    last: Mention | None
    before: str
    tail: list[str]
    currency: Currency | None = None


def text_start(number: NumberInContext) -> int:
    """Return the offset in the block at which the text before a number and its currency begins."""
    return max(number.here.start, number.numeral.start - BEFORE)


def as_mention(
    here: Sentence,
    kind: MentionType,
    value: Number | None,
    unit: str | None,
    start: int,
    end: int,
    *,
    hedge: str | None = None,
    upper: Number | None = None,
) -> Mention:
    """Return the mention of the text from `start` to `end` in a sentence; the other arguments are those of `Mention`."""
    return Mention(
        kind, value, unit, here.text[start:end], hedge, here.index, start, end, here.start, here.end, upper=upper
    )
