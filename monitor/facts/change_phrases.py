"""Recognises phrases of growth and decline: in "rose from 82 to 85" the first number is the old value, the last the current one; in "by 3" it is neither."""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.lexicon import alternatives, phrases, words

_FROM = "|".join(sorted(words("changes.from")))
_BY = "|".join(sorted(words("changes.by")))
_LEADS = "|".join(sorted(words("changes.leads")))
_TO = words("changes.to")
_VERBS = (
    rf"(?!(?:{alternatives('changes.no_verbs')})\b){alternatives('changes.verbs')}|"
    # "Rising costs" is not a change.
    rf"{alternatives('changes.participles')}(?=\s(?:\w+ly\s)?(?:by|from|to)\b)"
)
_MOVES = alternatives("changes.moves")
_POSTPOSITIONS = words("changes.postpositions")
_LONGEST_TO = 7
_NEAR = 60
_OLD = re.compile(rf"\b(?:{_VERBS}|{_MOVES})\b.{{0,{_NEAR}}}\b(?:{_FROM})\s*$", re.IGNORECASE | re.DOTALL)
_STEP = re.compile(rf"\b(?:{_VERBS})\b[^\d]{{0,{_NEAR}}}\b(?:{_BY}|{_FROM})\s*$", re.IGNORECASE)
_IS = re.compile(rf"\b{alternatives('changes.values')}\s+(?:de|di|da)\s*$", re.IGNORECASE)
"""Words before a number that introduce a value, not a difference: "est de", "è di", "plus de", "composé de"."""
_VERB = re.compile(rf"\b(?:{_VERBS}|{_MOVES})\b", re.IGNORECASE)
_FROM_NUMBER = re.compile(rf"\b(?:{_FROM}|{_BY})\s+(?P<old>\d[\d.,\u00a0\u202f]*)", re.IGNORECASE)
_FIRST_END = re.compile(
    rf"\d[\d.,'’\u00a0]{{0,{_NEAR}}}(?:\s?[%٪]|[ -][^\W\d_]+){{0,3}}?\s(?:{_LEADS})(?:\s[^\W\d_]+){{0,3}}\s$",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    rf"\b(?:(?:{_VERBS}|up|down)(?:\s[^\W\d_]+)?\s+(?:{_FROM})|(?:{_VERBS})(?:\s(?!and|und|et|\w+ed\b)[^\W\d_]+)?\s+(?:{_BY}))\s*$",
    re.IGNORECASE,
)
_END = re.compile(rf"\b(?:{_LEADS}|tot|hasta)\s+(?:[^\W\d_]+\s){{0,2}}?\d", re.IGNORECASE)
"""The end value of a change."""
_PREPOSITIONS = frozenset(f"{_FROM}|{_BY}".split("|"))
_REACH = 128
_PAST_VERBS = words("changes.past_verbs")
_UNTIL = tuple(f" {phrase} " for phrase in phrases("changes.until"))
_CLAUSE_END = re.compile(r"[;,.:]\s")
_WAS = re.compile(
    rf"(?:\b{alternatives('changes.comparisons')})\s*(?:the |den |les |los |las |i |os |de )?$", re.IGNORECASE
)


def is_old(before: str) -> bool:
    """Return whether a number after this text is the old value of something that rose or fell."""
    start = max(len(before) - _REACH, 0)
    return (
        _last_word(before) in _PREPOSITIONS
        and _OLD.search(before, start) is not None
        and _IS.search(before, start) is None
    )


def is_from_to(before: str, between: str) -> bool:
    """Return whether two numbers are the old and the new value of a change: "from 82 to 85"."""
    # See tests/monitor/facts/test_change_phrases.py::test_the_first_number_of_a_change_takes_the_magnitude_of_the_second.
    word = between.strip().lower() if len(between) <= _LONGEST_TO else ""
    return word in _POSTPOSITIONS or (word in _TO and is_old(before))


def is_no_value(before: str) -> bool:
    """Return whether a number after this text is not a current value: a difference, an old value, or a value for comparison."""
    start = max(len(before) - _REACH, 0)
    is_led = _last_word(before) in _PREPOSITIONS and _IS.search(before, start) is None
    if is_led and (_STEP.search(before, start) is not None or _OLD.search(before, start) is not None):
        return True
    return _WAS.search(before, start) is not None


def has_ended(before: str, behind: str) -> bool:
    """Return whether a value held until some time: "had 86 members until May".

    Args:
        before: The text before the number in its sentence.
        behind: The text after it in its sentence.
    """
    # See tests/monitor/facts/test_fact_reader.py::test_a_current_number_takes_the_noun_of_the_past_one.
    clause = _CLAUSE_END.split(behind[:_NEAR], 1)[0].lower().replace("’", "'")
    if not any(phrase in f" {clause} " for phrase in _UNTIL):
        return False
    words_before = _CLAUSE_END.split(before[-_NEAR:])[-1].lower().split()
    return not _PAST_VERBS.isdisjoint(words_before)


def is_past(before: str, behind: str, *, differs: bool = True) -> bool:
    """Return whether a number is not a current value, more strictly than `is_no_value`.

    If words are between the verb and the number, the end value must follow: "grown, and backed by 82 members" is not a change, "grown over the years by 3 to
    85" is one.

    Args:
        before: The text before the number in its sentence.
        behind: The text after it in its sentence.
        differs: Whether a difference is never a value. "Grew by 12 %" may be a value, "by 12 % to 98 %" is not.
    """
    # See tests/monitor/facts/test_change_phrases.py::test_current_values_state_the_fact_and_old_values_do_not.
    # See tests/monitor/facts/test_change_phrases_languages.py::test_the_subject_of_a_change_may_be_something_else.
    if not is_no_value(before):
        return False
    start = max(len(before) - _REACH, 0)
    if _WAS.search(before, start) or _END.search(behind[:_NEAR]):
        return True
    if not differs and not is_old(before):
        return False
    return _CLOSE.search(before, start) is not None or _END.search(before, start) is not None


def _last_word(text: str) -> str:
    return text[-16:].rpartition(" ")[0].rpartition(" ")[2].lower() if text.endswith(" ") else ""


def before_step(before: str) -> str:
    """Return the text before a number without the start value of a change: "the share fell from" of "the share fell from 40% to"."""
    # See tests/monitor/facts/test_change_phrases_languages.py::test_an_old_percentage_is_no_contradiction.
    match = _FIRST_END.search(before, max(len(before) - _NEAR, 0))
    return before if match is None or not is_old(before[: match.start()]) else before[: match.start()]


class Became(NamedTuple):
    """The text before a number that is the end value of a change.

    Attributes:
        subject: The text before the verb.
        old: The end offset of the old value or the difference, "from 13 members in 2014 to"; None if there is none.
    """

    subject: str
    old: int | None


def became(before: str, tail: list[str]) -> Became | None:
    """Return the change whose end value is a number; None if there is none.

    Args:
        before: The text before the number in its sentence.
        tail: The words of that text, in lower case.
    """
    # See tests/monitor/facts/test_change_phrases_languages.py::test_the_end_value_of_a_change_is_the_value_and_the_old_one_is_no_contradiction.
    if _TO.isdisjoint(tail[-4:]) or (verb := _VERB.search(before, max(len(before) - _REACH, 0))) is None:
        return None
    old = _FROM_NUMBER.search(before, verb.end())
    return Became(before[: verb.start()], old.end("old") if old is not None else None)
