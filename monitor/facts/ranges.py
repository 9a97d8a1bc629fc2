"""Recognises two numbers that form a range, "12-15", "between 12 and 15", "$5 to $8 million", and pairs that do not: a change "from 82 to 85"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.facts import change_phrases
from monitor.lexicon import alternatives, phrases, words

_CURRENCY = r"(?:(?:US|NZ|AU?|CA?|HK|R)?\$|[€£¥₹]|(?:USD|EUR|GBP|CHF)\b)"
_PERCENT = r"(?:[%٪]|percent|per cent|prozent|pour cent|por ciento|por cento|per cento|procent)"
_JOINT = re.compile(
    rf"(?:[ -]?(?P<scale>[^\W\d_]{{1,10}})\.?)??(?P<percent> ?{_PERCENT})?(?: ?{_CURRENCY})?"
    rf"(?: ?(?P<dash>[-–—‑]) ?| (?:{alternatives('ranges.to')}) | (?P<and>(?:{alternatives('ranges.and')}) |و))"
    rf"(?:(?:the|el|il|le|de|au|al) |l['’])?{_CURRENCY}? ?",
    re.IGNORECASE,
)
_JOINERS = frozenset(word for topic in ("ranges.to", "ranges.and") for text in phrases(topic) for word in text.split())
_DASHES = frozenset("-–—‑و")
"""Every joint contains one of the joiners as a word, or one of these signs; most adjacent numbers have neither between them."""
_LONGEST = 24
_BETWEEN = words("numbers.between")
_ARTICLES = frozenset("the de el il le los les die den".split())
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f", " "))


@dataclass(frozen=True, slots=True)
class Joint:
    """The text between the two ends of a range.

    Attributes:
        dash: Whether it is a bare dash.
        scale: The factor of the lower end alone: 1,000,000 for "$5 million to $8 million"; 1 if there is none.
        percent: Whether the lower end is a percentage; the upper end must then be one, too.
    """

    dash: bool
    scale: int
    percent: bool


def joint(between: str, before: str, tail: list[str], magnitudes: Mapping[str, int]) -> Joint | None:
    """Return what joins two numbers into a range; None if they are separate numbers.

    Args:
        between: The text between them.
        before: The text before the first in its sentence.
        tail: The words of that text, in lower case.
        magnitudes: The magnitudes of the page's language.
    """
    # See tests/monitor/facts/test_change_phrases.py::test_a_range_is_still_a_range.
    # See tests/monitor/facts/test_change_phrases_languages.py::test_a_range_stays_one.
    if len(between) > _LONGEST or between.isspace():
        return None
    if _JOINERS.isdisjoint(between.lower().split()) and _DASHES.isdisjoint(between):
        return None
    match = _JOINT.fullmatch(between.translate(_SPACES))
    if match is None or (match["and"] and not _betwixt(tail)):
        return None
    scale = magnitudes.get(match["scale"].lower()) if match["scale"] else 1
    if scale is None or change_phrases.is_old(before):
        return None
    return Joint(match["dash"] is not None and len(between) == 1, scale, match["percent"] is not None)


def _betwixt(tail: list[str]) -> bool:
    """Return whether the preceding words end with "between" or "between the"."""
    return bool(tail) and (
        tail[-1] in _BETWEEN or (tail[-1] in _ARTICLES and tail[-2:-1] != [] and tail[-2] in _BETWEEN)
    )
