"""Suggests facts to follow on a page: counts, amounts of money, percentages and the date of the last update. Pure.

A suggestion is only made if `monitor.facts.fact_reader` extracts exactly the displayed value with the suggested definition from the same page. It is
therefore a statement about what a check will find, not a guess.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from monitor.facts import fact_reader
from monitor.facts.nouns import singular
from monitor.facts.term_matching import sentence_of
from monitor.lexicon import alternatives, words
from monitor.model import READING_KINDS, BlockKind, FactDefinition, FactKind, JsonValue, Mention, MentionType, Version

MOST = 8
"""Number of suggestions for a page."""

_CANDIDATES = 40
"""Number of mentions whose definitions are tried on a page: each is applied to all its mentions."""
_KINDS = {
    MentionType.COUNT: FactKind.COUNT_OF,
    MentionType.MONEY: FactKind.MONEY_OF,
    MentionType.PERCENT: FactKind.PERCENT_OF,
}
_SUFFIXES = {
    FactKind.COUNT_OF: "count",
    FactKind.MONEY_OF: "amount",
    FactKind.PERCENT_OF: "percent",
    FactKind.DATE_OF: "date",
}
_BOX_CHARS = 60
"""Maximum length of a block without sentence punctuation that is displayed as a figure rather than as prose."""
_NOUN_REACH = 60
"""Characters beside an amount or percentage that are searched for its noun."""
_NOUN_WORDS = 2
_LEAST_CHARS = 3
"""Minimum length of a noun in a script whose words are separated by spaces."""
_SMALL = 10
"""Smaller counts are mostly part of the wording: "three reasons"."""
_YEARS = range(1900, 2101)
"""Counts without a separator in this range are mostly years: "2025 trends"."""
_CONTRADICTIONS = 3
"""With more contradictions a noun does not name one thing: "12 cups" in a table of coffee makers."""
_NAME_CHARS = 40
_CONNECTING = (
    "detection.function_words",
    "numbers.stops",
    "numbers.between",
    "numbers.hedges",
    "number_words.cardinals",
)
"""Topics of the lexicon whose words are no nouns of a fact: "$22 billion since 2014"."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BOUNDARY = re.compile(r"[.,;:!?()|\d]")
_LETTER_RUN = re.compile(r"[a-z0-9]+")
_STAMP = re.compile(rf"\b{alternatives('updates.stamps')}(?![a-z])", re.IGNORECASE)
_UPDATED = "last_updated"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A fact that could be declared for a page.

    Attributes:
        definition: The fact. Its name differs from those of all other suggestions.
        value: What the page states at present, as in a reading.
        mention: The mention that states it.
        sentence: The sentence of this mention.
        contradicting: The mentions of the same fact with other values.
    """

    definition: FactDefinition
    value: JsonValue
    mention: Mention
    sentence: str
    contradicting: tuple[Mention, ...]

    @property
    def contradictions(self) -> int:
        """How many other values the page states."""
        return len(self.contradicting)


def suggest(version: Version, *, taken: Collection[str] = (), most: int = MOST) -> tuple[Suggestion, ...]:
    """Return the facts that a page states most prominently, the most prominent first.

    See tests/pagewitness/test_suggestions.py.

    Args:
        version: The content of the page.
        taken: Names of declared facts, which no suggestion gets.
        most: Maximum number of suggestions.
    """
    names = set(taken)
    suggestions: list[Suggestion] = []
    stated: set[tuple[int, int]] = set()
    loudest = sorted(_loudest(version), key=lambda pair: -pair[0])
    for mention in [mention for _, mention in loudest[:_CANDIDATES]]:
        if len(suggestions) == most:
            break
        # See tests/pagewitness/test_suggestions.py::test_a_contradiction_is_no_suggestion_of_its_own.
        if (mention.block, mention.start) in stated:
            continue
        found = _suggestion(version, mention)
        if found is None or any(_same_fact(found, other) for other in suggestions):
            continue
        covered = (mention, found.mention, *found.contradicting)
        stated.update((other.block, other.start) for other in covered)
        name = _free(found.definition.name, names)
        names.add(name)
        suggestions.append(replace(found, definition=replace(found.definition, name=name)))
    return tuple(suggestions)


def loudness(version: Version, mention: Mention) -> float:
    """Return how prominently a page displays a mention, larger for a more prominent one; 0 where it is not worth a suggestion."""
    block = version.blocks[mention.block]
    if block.kind not in READING_KINDS or not mention.readable or mention.upper is not None:
        return 0
    if mention.type is MentionType.DATE:
        return 1.5 if _STAMP.search(sentence_of(mention, block.text)) else 0
    if mention.type not in _KINDS or (mention.type is MentionType.COUNT and not _is_quantity(mention)):
        return 0
    figure = len(block.text) <= _BOX_CHARS and block.text[-1] not in ".!?:;…"
    place = {BlockKind.HEADING: 3.0, BlockKind.ROW: 1.0}.get(block.kind, 0.0) + (2.0 if figure else 0.0)
    size = min(math.log10(abs(float(mention.value)) + 1), 9) / 6
    early = 2.0 / (1 + mention.block / 20)
    own = 1.5 if mention.type is MentionType.COUNT else 0.5
    title = 1.0 if _in_title(version.title, mention) else 0.0
    return 1 + place + size + early + own + title


def _loudest(version: Version) -> Iterator[tuple[float, Mention]]:
    places: dict[tuple[MentionType, str, object], int] = {}
    for mention in version.mentions:
        key = (mention.type, mention.unit or "", mention.value)
        places[key] = places.get(key, 0) + 1
    for mention in version.mentions:
        loud = loudness(version, mention)
        if loud:
            repeated = places[mention.type, mention.unit or "", mention.value]
            yield loud + min(repeated - 1, 3) * 0.5, mention


def _is_quantity(mention: Mention) -> bool:
    """Return whether a count is one of things that a page may follow, rather than wording ("one thing") or a year ("2025 trends")."""
    # See tests/pagewitness/test_suggestions.py::test_numbers_that_are_wording_are_not_suggested.
    if mention.unit is None or abs(mention.value) < _SMALL:
        return False
    return not (mention.value in _YEARS and mention.quote.strip().isdecimal())


def _in_title(title: str, mention: Mention) -> bool:
    unit = {singular(word) for word in (mention.unit or "").split() if len(word) > _LEAST_CHARS}
    return bool(unit) and any(singular(word.lower()) in unit for word in _WORD.findall(title))


def _suggestion(version: Version, mention: Mention) -> Suggestion | None:
    """Return the definition of a mention that extracts its value with the fewest contradictions, the first of equals; None if there is none."""
    # See tests/pagewitness/test_suggestions.py::test_the_noun_with_fewer_contradictions_is_chosen.
    found: list[Suggestion] = []
    for fact in _definitions(mention, version.blocks[mention.block].text):
        reading = fact_reader.read(fact, version.blocks, version.mentions, version.title)
        places = [(stated.block, stated.start) for stated in reading.mentions]
        if reading.value is None or (mention.block, mention.start) not in places:
            continue
        first = reading.mentions[0]
        if first.value != reading.value:
            continue
        sentence = sentence_of(first, version.blocks[first.block].text).strip()
        found.append(Suggestion(fact, reading.value, first, sentence, reading.contradicts))
    best = min(found, key=lambda one: one.contradictions, default=None)
    return best if best is not None and best.contradictions <= _CONTRADICTIONS else None


def _definitions(mention: Mention, text: str) -> Iterator[FactDefinition]:
    if mention.type is MentionType.DATE:
        stamp = _STAMP.search(sentence_of(mention, text))
        if stamp is not None:
            yield FactDefinition(_UPDATED, FactKind.DATE_OF, (_folded(stamp.group().rstrip(" :：")),))
        return
    kind = _KINDS[mention.type]
    for term in dict.fromkeys(_terms(mention, text)):
        if term:
            yield FactDefinition(_name(term, kind), kind, (term,))


def _terms(mention: Mention, text: str) -> Iterator[str]:
    """Yield the noun phrases that may name what a mention measures, the best first."""
    if mention.type is MentionType.COUNT:
        yield from _of_unit((mention.unit or "").split())
        return
    if mention.type is MentionType.PERCENT and mention.unit:
        yield from _of_unit(mention.unit.split())
    behind = text[mention.end : min(mention.end + _NOUN_REACH, mention.sentence_end)]
    before = text[max(mention.start - _NOUN_REACH, mention.sentence_start) : mention.start]
    yield _phrase(_WORD.findall(_BOUNDARY.split(behind, maxsplit=1)[0]))
    yield " ".join(reversed(_phrase(_WORD.findall(_BOUNDARY.split(before)[-1])[::-1]).split()))


def _of_unit(unit: Sequence[str]) -> Iterator[str]:
    """Yield a unit up to the first function word, then its last and its first word."""
    connecting = _connecting_words()
    end = next((index for index, word in enumerate(unit) if word in connecting), len(unit))
    if end == 0 or any(len(word) < _LEAST_CHARS and word.isascii() for word in unit[:end]):
        return
    if end <= _NOUN_WORDS:
        yield " ".join(unit[:end])
    yield unit[end - 1]
    yield unit[0]


def _phrase(found: Sequence[str]) -> str:
    """Return the first sequence of up to two words that are no function words; "" if there is none."""
    connecting = _connecting_words()
    phrase: list[str] = []
    for word in map(_folded, found):
        if word in connecting or len(word) < _LEAST_CHARS:
            if phrase:
                break
            continue
        phrase.append(word)
        if len(phrase) == _NOUN_WORDS:
            break
    return " ".join(phrase)


@cache
def _connecting_words() -> frozenset[str]:
    return frozenset[str]().union(*map(words, _CONNECTING))


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _same_fact(one: Suggestion, other: Suggestion) -> bool:
    """Return whether two suggestions would follow the same thing: of the same kind, and with a noun in common."""
    if one.definition.kind is not other.definition.kind:
        return False
    nouns = [{singular(word) for term in it.definition.terms for word in term.split()[-1:]} for it in (one, other)]
    return not nouns[0].isdisjoint(nouns[1])


def _name(term: str, kind: FactKind) -> str:
    """Return a name such as "member_count"; only the kind for a term without letters that can be written in ASCII."""
    plain = unicodedata.normalize("NFKD", term.lower()).encode("ascii", "ignore").decode()
    parts = [singular(word) for word in _LETTER_RUN.findall(plain)]
    return "_".join([*parts, _SUFFIXES[kind]])[-_NAME_CHARS:].lstrip("_0123456789")


def _free(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken, with a number behind it if necessary."""
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
