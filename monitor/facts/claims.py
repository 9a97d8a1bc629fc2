"""Stretches of text whose numbers are no counts: dates, clocks, phone numbers, versions and links.

Nearly all text holds none of them. Their patterns are therefore tried only where one can begin, at a run of digits or a month's name, which finds
the same as a search from every character and takes a tenth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.facts import words
from monitor.model import MentionType, Number

WORD = re.compile(r"\w\w*")
"""A word, or digits; written so that the engine can skip to its first character."""
DIGITS = re.compile(r"\d\d*")

_MONTH = "|".join(sorted(map(re.escape, words.MONTHS), key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?(?:\s+of|\s+de)?\s+(?P<m1>{_MONTH})\b\.?(?:,?(?:\s+de)?\s+(?P<y1>(?:19|20)\d\d)\b)?|"
    rf"\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:percent|%|[.,]\d))(?:,?\s+(?P<y2>(?:19|20)\d\d)\b)?|"
    rf"\b(?P<m3>{_MONTH})\b\.?,?\s+(?P<y3>(?:19|20)\d\d)\b|"
    r"\b(?P<y4>(?:19|20)\d\d)-(?P<m4>\d\d)-(?P<d4>\d\d)\b|"
    r"\b(?P<d5>\d{1,2})[./](?P<m5>\d{1,2})[./](?P<y5>(?:19|20)?\d\d)\b",
    re.IGNORECASE,
)
_MODAL = re.compile(r"^(?:may|march) \d{1,2}$|^\d{1,2} (?:may|march)$")
"""What looks like a day in May is a verb when it is written small: "the 28 may not agree"."""
_CLOCK = re.compile(
    r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\b\.?|uhr\b|GMT|UTC|BST|hrs?\b)|\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{1,2}\s*[ap]\.?m\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\+\d[\d\s().-]{6,}\d|\(\d{2,5}\)\s*\d[\d\s-]{4,}\d|\b\d{3}-\d{3}-\d{4}\b|\b0\d{2,4}[ -]\d{3,}[ -]?\d{3,}\b"
)
_DOTTED = re.compile(
    r"\b(?!\d{1,3}(?:\.\d{3})+\b)v?\d+(?:\.\d+){2,}\b|\bv\d+(?:\.\d+)*\b|\b\d+(?:/\d+)+\b", re.IGNORECASE
)
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.\w+|[#@]\w+")
_LINK_MARKS = ("@", "#", "://", "www.")
"""One of these stands in every link."""
_BEFORE_DIGITS = frozenset("+(vV")
"""What a phone number or a version may begin with, in front of its digits."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of text that one reading has taken.

    Attributes:
        start: Where it begins.
        end: Where it ends (exclusive).
        type: What it is.
        value: As a mention's; 0 where it has none.
    """

    start: int
    end: int
    type: MentionType
    value: Number


def find(text: str, digits: Sequence[int], said: frozenset[str]) -> list[Claim]:
    """The claims of a text, in order.

    Args:
        text: The text.
        digits: Where its runs of digits begin.
        said: Its words, lower case.
    """
    claims: list[Claim] = []
    if digits:
        months = [] if said.isdisjoint(words.MONTHS) else _months(text)
        dates = at(_DATE, text, sorted([*digits, *months]))
        claims += [_date_claim(match) for match in dates if not _MODAL.search(match.group())]
    if any(mark in text for mark in _LINK_MARKS):
        _add(claims, _LINK.finditer(text), MentionType.IDENTIFIER)
    if digits:
        signed = [*_signed(text, digits)]
        _add(claims, at(_CLOCK, text, digits), MentionType.TIME)
        _add(claims, at(_PHONE, text, signed), MentionType.IDENTIFIER)
        _add(claims, at(_DOTTED, text, signed), MentionType.IDENTIFIER)
    return sorted(claims, key=lambda claim: claim.start)


def at(pattern: re.Pattern[str], text: str, starts: Iterable[int]) -> Iterator[re.Match[str]]:
    """What `pattern.finditer(text)` finds, where a match can begin at one of `starts` only, which are in order."""
    end = 0
    for start in starts:
        if start >= end and (match := pattern.match(text, start)) is not None:
            end = match.end()
            yield match


def _add(claims: list[Claim], matches: Iterable[re.Match[str]], kind: MentionType) -> None:
    """Claim what no earlier claim touches."""
    for match in matches:
        start, end = match.span()
        if not any(claim.start < end and start < claim.end for claim in claims):
            claims.append(Claim(start, end, kind, 0))


def _months(text: str) -> list[int]:
    return [match.start() for match in WORD.finditer(text) if match.group().lower() in words.MONTHS]


def _signed(text: str, digits: Iterable[int]) -> Iterator[int]:
    for start in digits:
        if start and text[start - 1] in _BEFORE_DIGITS:
            yield start - 1
        yield start


def _date_claim(match: re.Match[str]) -> Claim:
    group = next(n for n in "12345" if match[f"m{n}"])
    year_text = match[f"y{group}"] if f"y{group}" in match.groupdict() else None
    year = int(year_text or 0)
    month_text = match[f"m{group}"].lower()
    month = words.MONTHS.get(month_text) or (int(month_text) if month_text.isdigit() else 1)
    day = int(match[f"d{group}"]) if group != "3" else 1
    try:
        value = date(year if year > 99 else year + 2000, month, day).toordinal()
    except ValueError:
        return Claim(match.start(), match.end(), MentionType.IDENTIFIER, 0)
    return Claim(match.start(), match.end(), MentionType.DATE, value if year_text else month * 100 + day)
