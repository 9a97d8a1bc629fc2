"""Determines what a number that is no percentage and no money states: a count and its unit, a year, a time, or nothing."""

from __future__ import annotations

import re

from monitor.facts import mention_types, shares, units, vocabulary
from monitor.facts.amounts import Amount
from monitor.facts.number_in_context import WORDS_AWAY, NumberInContext, as_mention
from monitor.facts.numerals import Numeral
from monitor.model import Mention, MentionType

_AND_ON = re.compile(r"\s?(?:,|and|&|et|und|y|e|en|of|de|von|van|di|من|/|-|–|to)\s?")
_PARTITIVE = re.compile(r"\s(?:of|de|di|du|des|del)\b|\sd['’]", re.IGNORECASE)
_AND_ON_CHARS = 6


def counted(number: NumberInContext, amount: Amount, hedge: str | None) -> Mention | None:
    """Return the mention of a number that is no percentage and no money; None if it states nothing."""
    here, numeral, start, end = number.here, number.numeral, number.numeral.start, amount.end
    locale = here.page.locale
    unit = _unit(number, amount)
    if numeral.doubtful and (unit is None or _PARTITIVE.match(here.text, end)):
        return None
    if (unit is None or mention_types.is_singular(unit, locale)) and _goes_on(number, amount, unit):
        return as_mention(here, MentionType.IDENTIFIER, amount.value, None, start, end)
    if unit is None and amount.dash and numeral.plain and _are_years(numeral, amount):
        return as_mention(here, MentionType.YEAR, amount.value, None, start, end, upper=amount.upper)
    kind, end = mention_types.type_of(here.text, numeral, amount.value, end, unit, number.tail, locale)
    if kind in (MentionType.YEAR, MentionType.TIME):
        unit = None
    return as_mention(here, kind, amount.value, unit, start, end, hedge=hedge, upper=amount.upper)


def _unit(number: NumberInContext, amount: Amount) -> str | None:
    """Return what a number counts, by the text after it or else before it; None if unknown."""
    here, before, tail, end = number.here, number.before, number.tail, amount.end
    text, locale = here.text, here.page.locale
    if number.numeral.partial or shares.is_of_noun(number.tail, locale.code, locale.number_words.articles):
        return None
    label, unit = units.label(before, tail, locale), None
    # In a row of labels and values, "Members: 87 | Partners: 24", a value belongs to the label before it.
    # See tests/monitor/facts/test_labels.py::test_a_value_belongs_to_its_label_whatever_separates_them.
    if not label or not (text.startswith(" | ", end) or units.is_before_label(text, end)):
        next_cell = not before or (bool(tail) and tail[-1][-1] == "|")
        unit = units.behind(text, end, here.end, locale, particles=amount.scaled, next_cell=next_cell)
    start = number.numeral.start
    unit = unit or label or units.number_of(before, tail, locale) or units.heading(text, before, start, locale)
    return unit or _unit_of_last(number, end)


def _unit_of_last(number: NumberInContext, end: int) -> str | None:
    """Return the unit of the preceding count for a current number without one: "It had 86 members until May; it has 87 today"."""
    # See tests/monitor/facts/test_fact_reader.py::test_a_current_number_takes_the_noun_of_the_past_one.
    here, last = number.here, number.last
    if last is None or last.type is not MentionType.COUNT or last.start < here.start or last.unit is None:
        return None
    behind = here.text[end : end + WORDS_AWAY].lower().replace("’", "'").split()
    return last.unit if behind and behind[0].strip(".,;:!?") in vocabulary.OF_NOW else None


def _are_years(numeral: Numeral, amount: Amount) -> bool:
    """Return whether a range without unit is a range of years: 1880-1914."""
    return numeral.end - numeral.start == 4 and amount.value >= 1_000 and (amount.upper or 0) <= 2_100


def _goes_on(number: NumberInContext, amount: Amount, unit: str | None) -> bool:
    """Return whether a number without unit continues an identifier, "Articles 5 and 7", "page 3 of 12", or is the score of a game."""
    # See tests/monitor/facts/test_numbers_languages.py::test_decoys_are_not_mistaken_for_counts.
    if amount.dash and unit is None and not vocabulary.SCORES.isdisjoint(number.tail):
        return True
    here, numeral, last = number.here, number.numeral, number.last
    if last is None or last.type is not MentionType.IDENTIFIER or not numeral.plain or last.start < here.start:
        return False
    near = numeral.start - last.end <= _AND_ON_CHARS
    return near and _AND_ON.fullmatch(here.text, last.end, numeral.start) is not None
