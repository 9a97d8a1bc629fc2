"""Recognises spans of text whose numbers are not counts: dates, seasons, times of day, phone numbers, versions, scores and links.

Most texts contain none of them. Each pattern is therefore tried only at a run of digits or a month name, and only if the adjacent character can belong to
it. The result is the same as a search from every character, in a tenth of the time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from monitor.facts import vocabulary
from monitor.facts.any_of import any_of
from monitor.facts.number_words.reader import WORD
from monitor.facts.number_words.table import signs_of
from monitor.model import MentionType, Number

DIGITS = re.compile(r"\d\d*")
Run = tuple[int, int]
"""Start and end (exclusive) of a run of digits."""

_MONTH = any_of(vocabulary.MONTHS)
_MONTH_SIGNS = signs_of(vocabulary.MONTHS)
_NO_ASCII = re.compile("[\u0370-\u06ff]")
"""The scripts of the month names without ASCII letters."""
# 1000 to 2099 in Western, Arabic and Persian digits.
_YEAR = r"(?:1\d|20|١\d|٢٠|۱\d|۲۰)\d\d"
_RECENT = r"(?:19|20|١٩|٢٠|۱۹|۲۰)\d\d"
# Scripts without spaces have no word boundary at digits: 電話03-1234-5678です.
_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_START, _END = rf"(?:\b|(?<=[{_UNSPACED}]))", rf"(?:\b|(?=[{_UNSPACED}]))"
# A date can be the last of several: "7-9 September", "12. bis 14. März", "3 and 9 May", "March 12-14".
_DATE = re.compile(
    rf"\b(?:(?P<e1>\d{{1,2}})\.?\s?(?:[-–]|bis|to|and|und|et|y|e|en|au|al|tot|t/m|a|à)\s?)?(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|e|\.|º|°)?(?:\s+of|\s+de)?\s+(?P<m1>{_MONTH})\b\.?"
    rf"(?:,?(?:\s+del?)?\s+(?P<y1>{_YEAR}|['’]\d\d)\b)?|"
    rf"\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[-–]\s?(?P<e2>\d{{1,2}})(?:st|nd|rd|th)?)?\b(?!\s*(?:percent|%|[.,]\d))"
    rf"(?:,?\s+(?P<y2>{_YEAR}|['’]\d\d)\b)?|"
    rf"\b(?P<m3>{_MONTH})\b(?:\.?,?(?:\s+del?)?\s+|[./-])(?P<y3>{_YEAR}|['’]\d\d)\b|"
    rf"\b(?P<d7>\d{{1,2}})(?P<s7>[-./])(?P<m7>{_MONTH})\.?(?P=s7)(?P<y7>{_YEAR}|\d\d)\b|"
    rf"\b(?P<y8>{_YEAR})\.?\s+(?P<m8>{_MONTH})\b\.?\s+(?P<d8>\d{{1,2}})\b(?![.,:]\d|,?\s+{_YEAR})|"
    rf"{_START}(?P<y9>{_YEAR})/(?P<m9>\d{{1,2}})/(?P<d9>\d{{1,2}}){_END}(?![./-]\d)|"
    rf"{_START}(?P<y4>{_YEAR})-(?P<m4>\d\d)-(?P<d4>\d\d)(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?{_END}|"
    rf"\b(?P<d5>\d{{1,2}})[./](?P<m5>\d{{1,2}})[./](?P<y5>{_RECENT}|\d\d)\b(?![./-]\d)|"
    rf"\b(?P<d6>\d{{1,2}})-(?P<m6>\d{{1,2}})-(?P<y6>{_YEAR})\b(?!-\d)",
    re.IGNORECASE,
)
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?!\d)")
_MODAL = re.compile(r"^(?:may|march|mar) \d{1,2}$|^\d{1,2} (?:may|march|mar)$")
"""A lower-case "may" or "march" beside a number is a verb: "the 28 may not agree"."""
_CLOCK = re.compile(
    r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\b\.?|uhr\b|uur\b|GMT|UTC|BST|hrs?\b)|"
    rf"{_START}\d{{1,2}}:\d{{2}}(?::\d{{2}})?{_END}|\b\d{{1,2}}\s?h\s?[0-5]\d\b|"
    r"\b\d{1,2}\s*(?:[ap]\.?m\b|uhr\b|o['’]clock\b|صباحا|مساء|ظهرا)",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\+\d[\d\s().-]{6,}\d|\(\d{2,5}\)\s*\d[\d\s-]{4,}\d|"
    rf"{_START}(?:\d{{3}}-\d{{3}}-\d{{4}}|0\d(?:[ .]\d\d){{4}}|0\d{{2,4}}[ -]\d{{3,}}(?:[ -]?\d{{3,}})+|"
    rf"0\d{{1,4}}(?:[ -]\d{{2,4}}){{2,}}|0\d{{1,4}} \d{{3,}}[ -]\d{{1,4}}|0\d{{1,4}} ?/ ?\d{{2,}}(?:[ -]\d{{1,5}})+){_END}"
)
_GROUPS = re.compile(r"\b\d{2,5}(?:[ \u00a0]\d{2,5}){2,}\b")
"""Digits in groups that are not thousands: "123 4567 89"."""
_DOTTED = re.compile(
    r"\b(?!\d{1,3}(?:\.\d{3}){1,9}\b(?![./]\d))v?\d+(?:\.\d+){2,}(?:/\d+(?:-\d+)?)?\b|\bv\d+(?:\.\d+)*\b|\b\d+(?:[.,]\d+)?(?:/\d+)+(?:-\d+)?\b|"
    r"\b\d+(?:-\d+){3,}\b|"
    rf"{_START}\d{{1,3}}:\d{{1,3}}{_END}",
    re.IGNORECASE,
)
_SEASON = re.compile(rf"\b(?P<first>{_RECENT})[/–-](?P<second>{_RECENT}|\d\d)\b(?![/–-]\d)")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w.+-]{1,64}@[\w-]+\.\w+|[#@]\w+")
_BEFORE_DIGITS = frozenset("+(vV")
"""Characters before the digits with which a phone number or a version can begin."""
_DAY_MARKS = frozenset(" \u00a0.–snrtedSNRTED\u00ba\u00b0")
_DATE_SIGNS = frozenset("./-")
_CLOCK_MARKS = frozenset(":.hHaApP")
_CLOCK_WORDS = frozenset("apuohAPUOHصمظ")
_PHONE_MARKS = frozenset(" .-\u00a0")
_DOTTED_MARKS = frozenset("./-,:")
_SEASON_MARKS = frozenset("/–-")
_MARKS = _DAY_MARKS | _DATE_SIGNS | _CLOCK_MARKS | _PHONE_MARKS | _DOTTED_MARKS | _SEASON_MARKS
"""Characters after the leading digits of a token, apart from other white space."""
_MANY_DIGITS = 7
_MONTHS = 12
_DAYS = 31
_PIVOT = 69
"""Two-digit years from here on belong to the 20th century, as in POSIX."""


class NumberToken(NamedTuple):
    """A span of text that a pattern has recognised.

    Attributes:
        start: Its start offset.
        end: Its end offset (exclusive).
        type: Its mention type.
        value: The value, as in `Mention`; 0 if there is none.
        upper: The last year of a season ("2018/19") or the last day of several ("7-9 May"); None for all others.
    """

    start: int
    end: int
    type: MentionType
    value: Number
    upper: Number | None = None


def find(text: str, digits: Sequence[Run], signs: Iterable[bytes], language: str = "") -> list[NumberToken]:
    """Return the tokens of a text, in order and without overlaps.

    Args:
        text: The text.
        digits: Its runs of digits.
        signs: Its words as returned by `number_words.reader.ascii_folded`, split at spaces.
        language: The primary subtag of the page's language; "" if unknown.
    """
    starts = openings(text, digits, signs)
    tokens: list[NumberToken] = []
    links = list(_LINK.finditer(text)) if "@" in text or "#" in text or "://" in text or "www." in text else []
    # "https://example.org/2015/03/30" is no date, but "#5 May 2019" contains one.
    if links:
        tokens += _as(MentionType.IDENTIFIER, (link for link in links if link.group()[0] not in "#@"))
    if "date" in starts:
        dates = at(_DATE, text, sorted(starts["date"]))
        months = vocabulary.months(language)
        tokens += filter(None, (_date_token(match, months) for match in dates if not _MODAL.search(match.group())))
    if links:
        tokens += _as(MentionType.IDENTIFIER, (link for link in links if link.group()[0] in "#@"))
    if "season" in starts:
        tokens += filter(None, map(_season, at(_SEASON, text, starts["season"])))
    if "clock" in starts:
        tokens += _as(MentionType.TIME, at(_CLOCK, text, starts["clock"]))
    if "phone" in starts:
        tokens += _as(MentionType.IDENTIFIER, at(_PHONE, text, starts["phone"]))
        tokens += _as(MentionType.IDENTIFIER, filter(_is_number_plate, at(_GROUPS, text, starts["phone"])))
    if "dotted" in starts:
        tokens += _as(MentionType.IDENTIFIER, at(_DOTTED, text, starts["dotted"]))
    return _without_overlaps(tokens) if len(tokens) > 1 else tokens


def openings(text: str, digits: Sequence[Run], signs: Iterable[bytes]) -> dict[str, list[int]]:
    """Return the offsets at which tokens can begin, by pattern; in order except for dates. See `find` for the arguments."""
    # See tests/monitor/facts/test_prefilters.py::test_matching_only_at_openings_finds_the_same_as_a_search.
    starts: defaultdict[str, list[int]] = defaultdict(list)
    months = _month_names(text, signs)
    if months:
        starts["date"] += months
    for start, end in digits:
        following, signed = text[end : end + 1], text[start - 1 : start] in _BEFORE_DIGITS
        if signed or following in _MARKS or following.isspace():
            _add_dates_and_times(starts, text, start, end, with_months=bool(months))
            _add_identifiers(starts, text, start, end, signed=signed)
    return starts


def _month_names(text: str, signs: Iterable[bytes]) -> list[int]:
    """Return the offsets of the names of months in a text."""
    if _MONTH_SIGNS.isdisjoint(signs) and (text.isascii() or _NO_ASCII.search(text) is None):
        return []
    return [match.start() for match in WORD.finditer(text) if match[0].lower() in vocabulary.MONTHS]


def _add_dates_and_times(
    starts: defaultdict[str, list[int]], text: str, start: int, end: int, *, with_months: bool
) -> None:
    """Add the offset of a run of digits to those at which a date, a season or a time of day can begin."""
    following, size = text[end : end + 1], end - start
    if size <= 4 and (following in _DATE_SIGNS or (with_months and following in _DAY_MARKS)):
        starts["date"].append(start)
    if size == 4 and following in _SEASON_MARKS:
        starts["season"].append(start)
    if size <= 2 and (following in _CLOCK_MARKS or (following.isspace() and text[end + 1 : end + 2] in _CLOCK_WORDS)):
        starts["clock"].append(start)


def _add_identifiers(starts: defaultdict[str, list[int]], text: str, start: int, end: int, *, signed: bool) -> None:
    """Add the offsets of a run of digits and its sign to those at which a phone number or a version can begin."""
    following = text[end : end + 1]
    slashed = text[start] == "0" and text.startswith(("/", " /"), end)
    if signed or slashed or (following in _PHONE_MARKS and text[end + 1 : end + 2].isdigit()):
        starts["phone"] += [start - 1, start] if signed else [start]
    if following in _DOTTED_MARKS or (signed and text[start - 1] in "vV"):
        starts["dotted"] += [start - 1, start] if signed else [start]


def at(pattern: re.Pattern[str], text: str, starts: Iterable[int]) -> list[re.Match[str]]:
    """Return the matches of `pattern.finditer(text)`, given that a match can begin only at one of `starts`, which are in order."""
    matches: list[re.Match[str]] = []
    end = 0
    for start in starts:
        if start >= end and (match := pattern.match(text, start)) is not None:
            end = match.end()
            matches.append(match)
    return matches


def _as(kind: MentionType, matches: Iterable[re.Match[str]]) -> list[NumberToken]:
    return [NumberToken(*match.span(), kind, 0) for match in matches]


def _without_overlaps(tokens: list[NumberToken]) -> list[NumberToken]:
    """Return the tokens in text order; of overlapping tokens the one that was recognised first is kept."""
    rank = {id(token): place for place, token in enumerate(tokens)}
    kept: list[NumberToken] = []
    for token in sorted(tokens, key=lambda token: token.start):
        if not kept or token.start >= kept[-1].end:
            kept.append(token)
        elif rank[id(token)] < rank[id(kept[-1])]:
            kept[-1] = token
    return kept


def _is_number_plate(match: re.Match[str]) -> bool:
    """Return whether groups of digits are an identifier: neither thousands nor a list of years."""
    groups = match.group().replace("\u00a0", " ").split(" ")
    if all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3:
        return False
    return sum(map(len, groups)) >= _MANY_DIGITS and not all(len(group) == 4 for group in groups)


def _season(match: re.Match[str]) -> NumberToken | None:
    """Return the token of a season, 2018/19, 2018-2019, 2014–2026: two years, the second one later."""
    first, second = int(match["first"]), int(match["second"])
    if second < 100:
        second += first // 100 * 100
        second += 100 if second <= first else 0
        if second - first > 10:
            return None
    return NumberToken(*match.span(), MentionType.YEAR, first, second) if second > first else None


def _date_token(match: re.Match[str], names: Mapping[str, int]) -> NumberToken | None:
    """Return the token of a date; None if its month is none in the page's language, or its day is none of any month."""
    group = next(number for number in "123456789" if match[f"m{number}"])
    months = match[f"m{group}"].lower()
    month = int(months) if months.isdigit() else names.get(months)
    day = int(match[f"d{group}"]) if group != "3" else 1
    if month is None or (day > _DAYS and months in names):
        return None
    if group in "56" and month > _MONTHS:
        month, day = day, month
    value = _day(match[f"y{group}"], month, day)
    if value is None:
        return NumberToken(*match.span(), MentionType.IDENTIFIER, 0)
    other = _day(match[f"y{group}"], month, int(match[f"e{group}"])) if group in "12" and match[f"e{group}"] else None
    if other is None or other == value:
        return NumberToken(*match.span(), MentionType.DATE, value)
    return NumberToken(*match.span(), MentionType.DATE, min(value, other), max(value, other))


def day_and_month(text: str, start: int) -> NumberToken | None:
    """Return a German date without a year, "24.12."; None if there is none."""
    match = _DAY_MONTH.match(text, start)
    value = _day(None, int(match["month"]), int(match["day"])) if match is not None else None
    return None if match is None or value is None else NumberToken(*match.span(), MentionType.DATE, value)


def _day(year: str | None, month: int, day: int) -> int | None:
    """Return the days since 0001-01-01, or 100 * month + day if there is no year; None if the date does not exist."""
    number = int((year or "0").lstrip("'’"))
    if number < 100:
        number += 2000 if number < _PIVOT else 1900
    try:
        value = date(number, month, day).toordinal()
    except ValueError:
        return None
    return value if year else month * 100 + day
