"""Recognises ordinals in digits: "82nd partner", "3ème", "5º", "82. Partner"."""

from __future__ import annotations

import re

from monitor.facts import hedges, mention_types, units
from monitor.facts.context import Sentence
from monitor.facts.number_in_context import NumberInContext, as_mention
from monitor.facts.numerals import Numeral
from monitor.model import Mention, MentionType, Number

_ORDINAL_MARK = re.compile(
    r"(?:st|nd|rd|th|e|er|re|ère|ème|eme|ième|de|te|ste)\b(?!['’])|\.?[ºª]|°(?=\s[^\W\d_])", re.IGNORECASE
)
_ORDINAL_MARKS = frozenset("snrteèidSNRTEÈID.ºª°")
_DEGREE_ORDINALS = frozenset({"it", "es", "pt", "fr"})
_DOTTED_DIGITS = 3


def mark_length(here: Sentence, numeral: Numeral) -> int:
    """Return the length of the ordinal mark after a numeral: "82nd", "3ème", "5º", "82."; 0 if there is none."""
    text, end, locale = here.text, numeral.end, here.page.locale
    if not numeral.plain or text[end : end + 1] not in _ORDINAL_MARKS or end >= len(text):
        return 0
    if mention_types.is_decade(text, numeral):
        return 0
    if text[end] == "." and text[end + 1 : end + 2] not in "ºª":
        dotted = locale.noun_capitals and end + 1 < here.end and end - numeral.start <= _DOTTED_DIGITS
        return 1 if dotted and text[end + 1 : end + 2].isspace() else 0
    if text[end] == "°" and locale.code not in _DEGREE_ORDINALS:
        return 0
    match = _ORDINAL_MARK.match(text, end)
    return match.end() - end if match else 0


def ordinal(number: NumberInContext, value: Number, marked: int) -> Mention:
    """Return the mention of an ordinal, whose mark has the given length; the quote does not contain a full stop."""
    here, start, end = number.here, number.numeral.start, number.numeral.end + marked
    unit = units.behind(here.text, end, here.end, here.page.locale)
    stop = end - (here.text[end - 1] == "." if marked else 0)
    hedge = hedges.before(number.tail, here.page.locale.code)
    return as_mention(here, MentionType.ORDINAL, value, unit, start, stop, hedge=hedge)
