"""Finds the dates of a term: "founded on 10 September 2014", "Founded | 2014", a date in a box under its label. Pure.

The value is an ISO 8601 text, as precise as the page: "2014-09-10", "2014-09" or "2014". A date without a year, or relative to today ("2 days ago"), is
not a value.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from monitor.facts import labels
from monitor.facts.nouns import holds, occurrences
from monitor.model import Block, Mention, MentionType

_DATED = frozenset({MentionType.DATE, MentionType.YEAR})
_FIRST_YEAR = date(1000, 1, 1).toordinal()
"""Smaller values are a month and a day without a year."""
_SEMICOLON = re.compile(";")
_NUMBERS = re.compile(r"\d+")
_MONTH_MARKS, _DAY_MARKS = frozenset("月월"), frozenset("日号號일")
"""Marks after the month and the day of East Asian dates."""
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_LABEL_CHARS = 60
_IN_FRONT = 2
"""Factor by which the distance of a date before its term counts, because "founded in 2014" is the usual order."""


def stating(terms: Sequence[str], blocks: Sequence[Block], mentions: Iterable[Mention]) -> list[Mention]:
    """Return the dates that belong to one of the terms, with their ISO 8601 text as value."""
    # See tests/monitor/facts/test_fact_kinds.py::test_a_date_belongs_to_the_term_beside_it.
    sentences: defaultdict[tuple[int, int], list[Mention]] = defaultdict(list)
    for mention in mentions:
        dated = (mention.type in _DATED and mention.readable) or _is_labelled_year(mention, terms)
        if dated and (iso := _iso(mention, blocks[mention.block].text)) is not None:
            sentences[mention.block, mention.sentence_start].append(mention._replace(value=iso))
    stated: list[Mention] = []
    alone = any(_is_alone(date, blocks[date.block]) for dates in sentences.values() for date in dates)
    beside = labels.beside(blocks, _is_label, _is_dated, doubtful_first=True) if alone else {}
    named = {place for place, label in beside.items() if holds(blocks[label].text, terms)}
    for dates in sentences.values():
        near = set(_nearest(terms, blocks[dates[0].block].text, dates))
        boxed = dates[0].block in named
        stated += [
            mention for mention in dates if mention in near or (boxed and _is_alone(mention, blocks[mention.block]))
        ]
    return stated


def agree(one: str, other: str) -> bool:
    """Return whether two dates are compatible: the less precise one is a prefix of the other."""
    # See tests/monitor/facts/test_fact_kinds.py::test_a_less_exact_date_agrees_and_the_most_exact_one_is_quoted.
    return one.startswith(other) or other.startswith(one)


def _is_labelled_year(mention: Mention, terms: Sequence[str]) -> bool:
    """Return whether a number that is otherwise typed as a count is the year under the label of a term: "Founded | 2014"."""
    bare = (
        mention.type is MentionType.COUNT
        and mention.readable
        and mention.hedge is None
        and _YEAR.fullmatch(mention.quote) is not None
    )
    return bare and mention.unit is not None and holds(mention.unit, terms)


def _iso(mention: Mention, text: str) -> str | None:
    if mention.type is not MentionType.DATE:
        decade = re.search(r"\d['’]?s\b", text[mention.start : mention.end + 3])
        return None if decade or not 1000 <= mention.value <= 9999 else str(mention.value)
    if mention.value < _FIRST_YEAR:
        return None
    day = date.fromordinal(mention.value)
    return f"{day:%Y-%m}" if _is_month(mention.quote) else day.isoformat()


def _is_month(quote: str) -> bool:
    """Return whether a date is written without a day: "March 2024", 2024年3月."""
    if not _MONTH_MARKS.isdisjoint(quote):
        return _DAY_MARKS.isdisjoint(quote)
    return len(_NUMBERS.findall(quote)) == 1


def _nearest(terms: Sequence[str], text: str, dates: Sequence[Mention]) -> Iterator[Mention]:
    """Yield, for each occurrence of a term in the sentence of the dates, the nearest date that no semicolon separates from it.

    Only the adjacent date on either side is a candidate: a semicolon before that date also separates the term from all further dates. The time therefore
    does not grow with the product of terms and dates.
    """
    begin, end = dates[0].sentence_start, dates[0].sentence_end
    ordered = sorted(dates, key=lambda mention: mention.start)
    starts = [mention.start for mention in ordered]
    parted = _Semicolons(text, begin, end)
    for start, stop in occurrences(text[begin:end], terms):
        first_behind = bisect_left(starts, begin + stop)
        beside = ordered[max(first_behind - 1, 0) : first_behind + 1]
        reachable = [
            (distance, mention.start, mention)
            for mention in beside
            if (distance := _distance(parted, begin + start, begin + stop, mention)) is not None
        ]
        if reachable:
            yield min(reachable, key=lambda place: place[:2])[2]


class _Semicolons:
    """The positions of the semicolons in a sentence."""

    def __init__(self, text: str, begin: int, end: int) -> None:
        self._places = [match.start() for match in _SEMICOLON.finditer(text, begin, end)]

    def between(self, start: int, stop: int) -> bool:
        """Return whether there is a semicolon from `start` up to `stop` (exclusive)."""
        return bisect_left(self._places, start) < bisect_left(self._places, stop)


def _distance(parted: _Semicolons, start: int, stop: int, mention: Mention) -> int | None:
    behind = mention.start >= stop
    first, last = (stop, mention.start) if behind else (mention.end, start)
    return None if parted.between(first, last) else max(last - first, 0) * (1 if behind else _IN_FRONT)


def _is_alone(mention: Mention, block: Block) -> bool:
    """Return whether a date has a block of its own."""
    return len(mention.quote) + 2 >= len(block.text)


def _is_label(block: Block) -> bool:
    return len(block.text) <= _LABEL_CHARS and not _NUMBERS.search(block.text)


def _is_dated(block: Block) -> bool:
    return len(block.text) <= _LABEL_CHARS and _NUMBERS.search(block.text) is not None
