"""What a stored version states of its declared facts: values for the banner, and the quotes to mark in the replayed page. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.limits import SENTENCE_CHARS, cut
from monitor.model import BESIDE_TEXT, BlockKind, FactDefinition, Mention, MentionType, Reading, Version
from pagewitness.display import fact_value
from pagewitness.replay.highlight import MOST_QUOTES
from pagewitness.replay.text_quotes import CONTEXT_CHARS, TextQuote
from rendering.text_safety import one_line

FACTS = 30
"""Number of facts that a banner shows."""
_NAMES = 30
"""Number of names of a list that are marked."""
_VALUE_CHARS = 120
_AROUND_VALUE = SENTENCE_CHARS // 2
_BEFORE = 4 * CONTEXT_CHARS
"""Characters of context, with white space, of which enough are compared."""
_BESIDE = {
    BlockKind.METADATA: "stated in the page's metadata only",
    BlockKind.IMAGE: "stated in the alternative text of an image only",
    BlockKind.STRUCK: "stated in struck-out text only",
}
NOT_FOUND = "not found in the page as shown"


@dataclass(frozen=True, slots=True)
class StatedFact:
    """What a version states of a fact.

    Attributes:
        name: Its name.
        value: The value with its unit; "" if the page does not state it.
        others: Other values that the page states as well, as written.
        quotes: The texts to mark: the sentence with the value, or the names of a list.
        absence: What to show if none of these is found on the page.
    """

    name: str
    value: str
    others: tuple[str, ...]
    quotes: tuple[TextQuote, ...]
    absence: str


def stated_facts(version: Version, definitions: Sequence[FactDefinition]) -> list[StatedFact]:
    """Return what a version states of its facts, in their order; of many facts the first `FACTS`, with at most `MOST_QUOTES` quotes in all."""
    quoting = _Quoting(version)
    by_name = {definition.name: definition for definition in definitions}
    left = MOST_QUOTES
    found = []
    for reading in version.readings[:FACTS]:
        mentions = reading.mentions[: _NAMES if _is_list(reading) else 1]
        quotes = tuple(quoting.quote(reading.fact, mention) for mention in mentions[:left])
        left -= len(quotes)
        found.append(
            StatedFact(
                reading.fact,
                _value(version, reading, by_name.get(reading.fact)),
                tuple(dict.fromkeys(one_line(mention.quote, _VALUE_CHARS) for mention in reading.contradicts[:3])),
                quotes,
                _BESIDE.get(version.blocks[mentions[0].block].kind, NOT_FOUND) if mentions else "",
            )
        )
    return found


def _is_list(reading: Reading) -> bool:
    return bool(reading.mentions) and reading.mentions[0].type is MentionType.NAME


def _value(version: Version, reading: Reading, definition: FactDefinition | None) -> str:
    if reading.unreadable:
        return f"“{one_line(reading.quote or '', _VALUE_CHARS)}”, not readable"
    value = fact_value(reading.value, definition, quote=reading.quote, sentence=version.stated_in(reading))
    return cut(value, _VALUE_CHARS)


class _Quoting:
    """Makes quotes of the mentions of one version."""

    def __init__(self, version: Version) -> None:
        self._blocks = version.blocks
        self._shown = [index for index, block in enumerate(version.blocks) if block.kind not in BESIDE_TEXT]
        self._begins = [0, *accumulate(len(version.blocks[index].text) for index in self._shown)]

    def quote(self, name: str, mention: Mention) -> TextQuote:
        text = self._blocks[mention.block].text
        value_end = min(mention.end, mention.start + SENTENCE_CHARS)
        if mention.type is MentionType.NAME:
            start, end = mention.start, value_end
        else:
            start = max(mention.sentence_start, mention.start - _AROUND_VALUE)
            end = max(min(mention.sentence_end, value_end + _AROUND_VALUE), value_end)
        place = bisect_right(self._shown, mention.block) - 1
        before = self._text(place - 1)[-_BEFORE:] + text[max(start - _BEFORE, 0) : start]
        after = text[end : end + _BEFORE] + self._text(place + 1)[:_BEFORE]
        total = self._begins[-1] or 1
        position = (self._begins[max(place, 0)] + start) / total
        return TextQuote(
            name, text[start:end], mention.start - start, value_end - start, before, after, min(position, 1.0)
        )

    def _text(self, place: int) -> str:
        return self._blocks[self._shown[place]].text if 0 <= place < len(self._shown) else ""
