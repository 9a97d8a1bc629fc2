"""Sentence boundaries in a block of text, and sentences with their numbers masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model import BlockKind, Mention

READING_TIME = re.compile(
    r"\b\d{1,2}[ -]?min(?:ute)?s?\.? read\b|\b(?:lesezeit|lesedauer|(?:temps de )?lecture|tiempo de lectura|tempo di lettura|tempo de leitura|leestijd|reading time|lettura)\b"
    r"\s?:?.{0,12}\d{1,2} ?min|\b\d{1,2} min(?:\.|uten|utes|uti|utos)? (?:de lecture|de lectura|di lettura|de leitura|lesezeit|leestijd|lesen)\b",
    re.IGNORECASE,
)
"""Estimated reading time of a text: "7 min read", "Lesezeit: 5 Minuten". It depends on the text only."""
# The first end mark of a run, closing quotes, then white space before a character that can begin a sentence (capital, digit, opening quote, caseless script).
_END = re.compile(
    r"[.!?…。！？؟।](?<![.!?…。！？؟।][.!?…。！？؟।])[.!?…。！？؟।]*[\"'”’»)\]]*(?:\s+|(?<=[。！？]))(?=[\"'“‘«(\[¿¡]*[^\W_a-zß-öø-ÿ])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|No|Nr|Nos|Art|Arts|Sec|Fig|vs|etc|approx|ca|cf|e\.g|i\.e|p|pp|vol|Inc|Ltd|Co|Corp|Gen|Col|Lt|Sgt|Rev|Hon|Gov|Sen|Rep|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Mio|Mrd|bzw|z\.B|d\.h|M|Mme|Abs|Bd)|\b[A-Z]|\bU\.S|\bU\.K|\bU\.N)\.$"
)


# "am 10. September": the full stop marks an ordinal, and a month follows.
_DAY = re.compile(r"(?<!\d)\d{1,2}\.$")
# "das 5. Treffen": the full stop marks an ordinal after an article. "order no. 7": the full stop of an abbreviation before digits.
_ORDINAL = re.compile(
    r"\b(?:der|die|das|dem|den|des|zum|zur|beim|vom|am|im|(?:sein|ihr|unser|mein|kein|jed|dies)e?[mnrs]?)\s\d{1,3}\.$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:nos?|nrs?|ext|extn|dw|int|fax|mob|ph|apt|bldg|rm|ste|n|núm|num|art|tel|tél|fig|sec|abs|kap|cap|pp?|ch|vol|mln|mld|mio|mrd|ca|c|approx|s?fr|rs)\.$",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz])")


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
    """

    text: str
    block: int
    kind: BlockKind
    start: int
    mentions: tuple[Mention, ...]
    masked: str
    words: tuple[str, ...]
