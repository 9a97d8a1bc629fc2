"""Words before a number that change its value, "minus five", "milioni 3", and those that show that it is none, "net zero"."""

from __future__ import annotations

import re

from monitor.facts import magnitudes, vocabulary
from monitor.facts.number_in_context import WORDS_AWAY, NumberInContext
from monitor.facts.numerals import Numeral
from monitor.lexicon import words
from monitor.model import Number

_NEXT_WORD = re.compile(r"(?P<gap>[ \u00a0-])(?P<word>[^\W\d_]+)")
MINUS_WORDS = words("numbers.minus")


def negated(number: NumberInContext, value: Number) -> tuple[NumberInContext, Number]:
    """Return a number and its value with the word for the minus sign before it, "minus five"; unchanged after another number, "ten minus five"."""
    # See tests/monitor/facts/test_numeral_forms.py::test_a_word_negates.
    before, numeral, last = number.before, number.numeral, number.last
    at = before.lower().rfind(number.tail[-1])
    start = numeral.start - (len(before) - at)
    if at < 0 or (last is not None and start - last.end <= 1):
        return number, value
    front = before[:at]
    numeral = numeral._replace(start=start, value=-value, plain=False, negative=True, ordinal=False)
    return number._replace(numeral=numeral, before=front, tail=front[-WORDS_AWAY:].lower().split()), -value


def with_leading_magnitude(number: NumberInContext, value: Number) -> tuple[NumberInContext, Number] | None:
    """Return a number and its value with the magnitude before it, "milioni 3"; None if the language writes none there."""
    # See tests/monitor/facts/test_money.py::test_a_magnitude_may_precede_its_number.
    here, numeral, code = number.here, number.numeral, number.here.page.locale.code
    word = number.tail[-1].lstrip("(")
    scale = magnitudes.leading(code).get(word)
    if scale is None or numeral.worded or numeral.negative:
        return None
    added, end = magnitudes.after_leading(here.text, numeral.end, here.end, scale, code)
    start = numeral.start - len(number.before) + number.before.lower().rfind(word)
    if number.last is not None and start < number.last.end:
        return None
    value = magnitudes.times(value, scale) + added
    front = number.before[: len(number.before) - (numeral.start - start)]
    numeral = Numeral(start, end, value)
    tail = front[-WORDS_AWAY:].lower().split()
    return number._replace(numeral=numeral, before=front, tail=tail, following=None), value


def is_no_quantity(number: NumberInContext) -> bool:
    """Return whether a zero in words is a part of a term: "net zero", "zero-waste", "netto null", "cero neto"."""
    # See tests/monitor/facts/test_number_words.py::test_net_zero_counts_nothing.
    here, end = number.here, number.numeral.end
    if number.tail and number.tail[-1].rstrip("-‑") in vocabulary.NET:
        return True
    following = _NEXT_WORD.match(here.text, end, here.end)
    return following is not None and (following["gap"] == "-" or following["word"].lower() in vocabulary.NET)
