"""Reads dates with the names of months in scripts whose vowel signs are no letters: 6 มิถุนายน 2554 · 10 सितंबर 2014. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from monitor.facts.number_words.script_number import ScriptNumber, entries
from monitor.model import MentionType

_DIGIT = "0-9०-९๐-๙"
_FIRST, _LAST = 1_000, 2_100


_LANGUAGES = ("hi", "th")


def _months(language: str) -> dict[str, int]:
    lines = (line.split() for line in entries("spelled.months", (language,)))
    return {name: int(number) for number, *names in lines for name in names}


def _either(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_MONTHS = {language: _months(language) for language in _LANGUAGES}
_DATES = {
    language: re.compile(
        rf"(?:(?<![{_DIGIT}.,/])(?P<day>[{_DIGIT}]{{1,2}}) ?)?(?P<month>{_either(months)})"
        rf"(?:,? ?(?:พ\.ศ\. ?|ค\.ศ\. ?)?(?P<year>[{_DIGIT}]{{4}})(?![{_DIGIT}]))?"
    )
    for language, months in _MONTHS.items()
}


def find(text: str, language: str, year_of: Callable[[int], int]) -> Iterator[ScriptNumber]:
    """Yield the dates of a text, in order. A month alone is none; a date without a year has 100 times its month plus its day as value.

    Args:
        text: The block's text.
        language: The language of the months.
        year_of: Converts a year of the language's calendar to the Gregorian one.
    """
    # See tests/monitor/facts/test_indic_and_thai.py::test_a_date_is_read.
    for match in _DATES[language].finditer(text):
        if match["day"] is None and match["year"] is None:
            continue
        month, day = _MONTHS[language][match["month"]], int(match["day"] or 1)
        if match["year"] is None:
            if 1 <= day <= 31:
                yield ScriptNumber(*match.span(), MentionType.DATE, 100 * month + day)
            continue
        days = _days(year_of(int(match["year"])), month, day)
        kind = MentionType.IDENTIFIER if days is None else MentionType.DATE
        yield ScriptNumber(*match.span(), kind, days or 0)


def _days(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() if _FIRST <= year <= _LAST else None
    except ValueError:
        return None
