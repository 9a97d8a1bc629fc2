"""Reads dates with marks after year, month and day: 2024年3月5日 · 二〇二四年三月五日 · 3月5日 · 令和6年3月5日 · 2024년 3월 5일. Pure."""

from __future__ import annotations

import re
from datetime import date

from monitor.facts.number_words.han import CHARACTERS, numeral_at
from monitor.facts.number_words.script_number import ScriptNumber, integers
from monitor.model import MentionType, Number

_ERAS = integers("dates.eras")
"""The year before the first year of an era."""
ERAS = rf"(?:{'|'.join(map(re.escape, _ERAS))})(?= ?[元0-9０-９{CHARACTERS}])"
"""Pattern of an era before its year."""
_N = rf"[0-9０-９]{{1,4}}|[{CHARACTERS}]{{1,6}}"
_MONTH = rf"[0-9０-９]{{1,2}}|[{CHARACTERS}]{{1,3}}"
_DATE = re.compile(
    rf"(?:(?P<era>{'|'.join(map(re.escape, _ERAS))}) ?)?(?P<year>{_N}|(?<=[和成治正国國])元)(?:年|년)(?P<note>[（(][^（）()]{{1,12}}[）)])?"
    rf"(?:度|(?: ?(?P<month>{_MONTH})(?:月|월)(?: ?(?P<day>{_MONTH})(?:日|号|號|일))?)?)"
)
_DAY = re.compile(rf"(?P<month>{_MONTH})(?:月|월)(?: ?(?P<day>{_MONTH})(?:日|号|號|일))?")
_PERIOD = re.compile(r"[間间来來]|以上|以内|[代生]?目|ぶり|前|後|后|級|级|동안|간|전|후|째|생|차")
"""Text after 年 with which a number of years is a duration."""
_DAYS = re.compile(r"[間间]|동안|간|[ヶか个個]")
_FIRST, _LAST = 1_000, 2_100


def date_at(text: str, start: int, *, chinese: bool) -> ScriptNumber | None:
    """Return the date, the month or the year that begins at an offset; None if none does, and for a duration ("3年間")."""
    # See tests/monitor/facts/test_east_asian.py::test_a_date_is_read.
    match = _DATE.match(text, start)
    if match is not None:
        dated = _dated(text, match, chinese=chinese)
        if dated is not None:
            return dated
    match = _DAY.match(text, start)
    if (
        match is None
        or _DAYS.match(text, match.end())
        or (match["day"] is None and text[match.end() : match.end() + 1] in "間间個个球面光曜亮饼餅"[:6])
    ):
        return None
    month, day = _number(match["month"], chinese=chinese), _number(match["day"] or "0", chinese=chinese)
    if month is None or day is None or not 1 <= month <= 12 or day > 31:
        return None
    return ScriptNumber(start, match.end(), MentionType.DATE, month * 100 + day)


def _dated(text: str, match: re.Match[str], *, chinese: bool) -> ScriptNumber | None:
    start, end = match.span()
    number = 1 if match["year"] == "元" else _number(match["year"], chinese=chinese)
    if number is None:
        return None
    era = match["era"]
    year = number + _ERAS[era] if era else number
    if not _FIRST <= year <= _LAST or (era is None and len(match["year"]) < 4):
        return None
    month, day = match["month"], match["day"]
    if month is None:
        if _PERIOD.match(text, end) and not era:
            return None
        return ScriptNumber(start, end, MentionType.YEAR, year)
    days = _days(year, _number(month, chinese=chinese), _number(day or "1", chinese=chinese))
    return ScriptNumber(start, end, MentionType.IDENTIFIER if days is None else MentionType.DATE, days or 0)


def _days(year: int, month: int | None, day: int | None) -> Number | None:
    if month is None or day is None:
        return None
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None


def _number(text: str, *, chinese: bool) -> int | None:
    if text.isdecimal():
        return int(text)
    numeral = numeral_at(text, 0, chinese=chinese)
    value = None if numeral is None or numeral.end != len(text) else numeral.value
    return value if isinstance(value, int) else None
