"""Sentence boundaries in a block of text, and sentences with their numbers masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.lexicon import alternatives, phrases
from monitor.model import BlockKind, Mention

READING_TIME = re.compile(
    rf"\b\d{{1,2}}[ -]?{alternatives('updates.reading_minutes')}\b|\b{alternatives('updates.reading_times')}\b\s?:?.{{0,12}}\d{{1,2}} ?min",
    re.IGNORECASE,
)
"""Estimated reading time of a text: "7 min read", "Lesezeit: 5 Minuten". It depends on the text only."""
# The first end mark of a run, closing quotes, then white space before a character that can begin a sentence (capital, digit, opening quote, caseless script).
_END = re.compile(
    r"[.!?…。！？؟।](?<![.!?…。！？؟।][.!?…。！？؟।])[.!?…。！？؟।]*[\"'”’»)\]]*(?:\s+|(?<=[。！？]))(?=[\"'“‘«(\[¿¡]*[^\W_a-zß-öø-ÿ])"
)
_ABBREVIATION = re.compile(rf"(?:\b(?:{'|'.join(map(re.escape, phrases('sentences.abbreviations')))})|\b[A-Z])\.$")
# "am 10. September": the full stop marks an ordinal, and a month follows.
_DAY = re.compile(r"(?<!\d)\d{1,2}\.$")
# "das 5. Treffen": the full stop marks an ordinal after an article. "order no. 7": the full stop of an abbreviation before digits.
_ORDINAL = re.compile(rf"\b{alternatives('sentences.before_ordinals')}\s\d{{1,3}}\.$", re.IGNORECASE)
_NUMBERED = re.compile(rf"\b{alternatives('sentences.before_numbers')}\.$", re.IGNORECASE)
_MONTH = re.compile("|".join(text.capitalize() for text in phrases("sentences.month_starts")))


def spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence, in order; together they cover the text except the white space between sentences."""
    return list(each(text))


def each(text: str) -> Iterator[tuple[int, int]]:
    """Yield the same spans one at a time, for callers that stop before the end."""
    start = 0
    for match in _END.finditer(text):
        mark_end = match.start() + len(match.group().rstrip())
        if text[match.start()] == "." and _ABBREVIATION.search(text, max(start, mark_end - 12), mark_end):
            continue
        if _MONTH.match(text, match.end()) and _DAY.search(text, max(start, mark_end - 4), mark_end):
            continue
        if text[match.start()] == "." and _goes_on(text, max(start, mark_end - 16), mark_end, match.end()):
            continue
        yield start, mark_end
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _goes_on(text: str, start: int, end: int, following: int) -> bool:
    if text[end - 2 : end - 1].isdigit():
        return _ORDINAL.search(text, start, end) is not None
    return text[following : following + 1].isdigit() and _NUMBERED.search(text, start, end) is not None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a version.

    Attributes:
        text: The sentence as it is on the page.
        block: Index of its block.
        kind: The block's kind.
        start: Start of the sentence in the block's text.
        mentions: The mentions in the sentence, in order.
        masked: The text with every mention's quote replaced by its type.
        words: The words of `masked`.
        place: The place that distinguishes it from others of its form; "" if it may move freely. See `monitor.diff.places`.
        group: The group of its row in a table; "" outside groups.
    """

    text: str
    block: int
    kind: BlockKind
    start: int
    mentions: tuple[Mention, ...]
    masked: str
    words: tuple[str, ...]
    place: str = ""
    group: str = ""
