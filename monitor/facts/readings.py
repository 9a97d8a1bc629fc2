"""Mentions to readings: which mentions state a declared fact, which value the page stands for, and who disagrees.

The preference, in order: where content, heading or row blocks state the fact, only those count; else navigation and footer do; feed, consent and
control blocks never. Among the values stated, the one stated in most places; among equals the one in the more prominent place (a heading
before text); among equals the first on the page. Every other value is a contradiction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from monitor.facts import words
from monitor.model import (
    READING_KINDS,
    Block,
    BlockKind,
    FactDefinition,
    FactKind,
    Mention,
    MentionType,
    Number,
    Reading,
)

_LAST_RESORT = frozenset({BlockKind.NAVIGATION, BlockKind.FOOTER})
_COUNTING = frozenset({MentionType.COUNT, MentionType.ORDINAL})
_PHRASE_REACH = 3
"""Words that may stand between a number and its noun: "82 international coalition partners"."""
_LAST_OF_A_FEW = 3
"""Up to here an ordinal tells an order ("the first member to sign"), beyond it how many there are ("the 79th member")."""
_CLAUSE_REACH = 60
"""Characters between a percentage and the term it belongs to."""


def read(fact: FactDefinition, blocks: Sequence[Block], mentions: Sequence[Mention]) -> Reading:
    """What a page says of a fact."""
    stating = [mention for mention in mentions if states(fact, mention, blocks)]
    inside = [mention for mention in stating if blocks[mention.block].kind in READING_KINDS]
    chosen_from = inside or [mention for mention in stating if blocks[mention.block].kind in _LAST_RESORT]
    if not chosen_from:
        return Reading(
            fact.name, None, (), (), f"no {fact.kind.value.replace('_of', '')} of {' / '.join(fact.terms)} on the page"
        )
    value = _preferred(chosen_from, blocks)
    agreeing = tuple(sorted((mention for mention in chosen_from if mention.value == value), key=_is_ordinal))
    others = tuple(mention for mention in chosen_from if mention.value != value)
    where = "" if inside else ", only in navigation or footer"
    why = f"stated in {len(agreeing)} of {len(chosen_from)} places{where}"
    return Reading(fact.name, value, agreeing, others, why)


def _is_ordinal(mention: Mention) -> bool:
    """A plain count says it better than "the 82nd partner"; in all else the page's order stands."""
    return mention.type is MentionType.ORDINAL


def _preferred(mentions: Sequence[Mention], blocks: Sequence[Block]) -> Number:
    def rank(value: Number) -> tuple[int, int, int]:
        places = [mention for mention in mentions if mention.value == value]
        in_heading = any(blocks[mention.block].kind is BlockKind.HEADING for mention in places)
        first = min((mention.block, mention.start) for mention in places)
        return len(places), int(in_heading), -(first[0] * 100_000 + first[1])

    return max({mention.value for mention in mentions}, key=rank)


def states(fact: FactDefinition, mention: Mention, blocks: Sequence[Block]) -> bool:
    """Whether a mention states the fact."""
    text = blocks[mention.block].text
    if fact.kind is FactKind.COUNT_OF:
        return (
            mention.type in _COUNTING
            and mention.upper is None
            and _counts(fact.terms, mention)
            and not _counts_less(mention, text[mention.sentence_start : mention.start])
        )
    if fact.kind is FactKind.PERCENT_OF:
        return mention.type is MentionType.PERCENT and _near(fact.terms, mention, text)
    return mention.type is MentionType.MONEY and _in_sentence(
        fact.terms, text[mention.sentence_start : mention.sentence_end]
    )


def _counts(terms: Sequence[str], mention: Mention) -> bool:
    """Whether one of the terms heads the mention's unit, with nothing before it that makes it count less than the whole."""
    unit = (mention.unit or "").split()
    # Most units are of something else altogether.
    if _nouns(tuple(terms)).isdisjoint(map(_singular, unit)):
        return False
    for position in range(min(len(unit), _PHRASE_REACH + 1)):
        if unit[position] in words.NOT_ALL or (position and unit[position - 1] in words.NOT_ALL):
            return False
        if any(_matches(term.split(), unit[position:]) for term in terms):
            return True
    return False


@lru_cache(maxsize=256)
def _nouns(terms: tuple[str, ...]) -> frozenset[str]:
    """The last word of each term, in the singular."""
    return frozenset(_singular(term.split()[-1]) for term in terms)


def _counts_less(mention: Mention, before: str) -> bool:
    """Whether it is "the first member" rather than "the 79th member", or what stands in front makes it a part: "another 5 partners"."""
    if mention.type is MentionType.ORDINAL and mention.value <= _LAST_OF_A_FEW:
        return True
    word = before.rsplit(None, 1)[-1:]
    return bool(word) and word[0].lower() in words.PART_BEFORE


def _matches(term: list[str], unit: list[str]) -> bool:
    if len(unit) < len(term):
        return False
    return all(given == said for given, said in zip(term[:-1], unit, strict=False)) and _same_noun(
        term[-1], unit[len(term) - 1]
    )


def _same_noun(term: str, word: str) -> bool:
    """Equal but for number: members / member, countries / country."""
    return _singular(term) == _singular(word)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _near(terms: Sequence[str], mention: Mention, text: str) -> bool:
    """Whether a term stands within reach behind the percentage, or in front of it, with no other number and no semicolon between."""
    behind = text[mention.end : min(mention.end + _CLAUSE_REACH, mention.sentence_end)]
    front = text[max(mention.start - _CLAUSE_REACH, mention.sentence_start) : mention.start]
    behind = behind[: next((n for n, char in enumerate(behind) if _parts(char)), len(behind))]
    front = front[max((n + 1 for n, char in enumerate(front) if _parts(char)), default=0) :]
    return _in_sentence(terms, behind) or _in_sentence(terms, front)


def _parts(char: str) -> bool:
    return char == ";" or char.isdigit()


def _in_sentence(terms: Sequence[str], sentence: str) -> bool:
    tokens = [_singular(token.strip(".,;:!?()\"'“”’")) for token in sentence.lower().replace("-", " ").split()]
    return any(
        all(_singular(part) == tokens[at + offset] for offset, part in enumerate(term.split()))
        for term in terms
        for at in range(len(tokens) - len(term.split()) + 1)
    )
