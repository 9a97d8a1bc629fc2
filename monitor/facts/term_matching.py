"""Decides whether a mention states a declared fact: whether it counts what the terms of the fact name, or stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from monitor.facts import change_phrases, vocabulary
from monitor.facts.nouns import holds, singular
from monitor.model import Block, FactDefinition, FactKind, Mention, MentionType

_COUNTING = frozenset({MentionType.COUNT, MentionType.ORDINAL})
_PHRASE_REACH = 3
"""Words that may be between a number and its noun: "82 international coalition partners"."""
_LAST_OF_A_FEW = 3
"""Up to this value an ordinal states an order ("the first member to sign"), above it a count ("the 79th member")."""
_PHRASE_CHARS = 120
"""Characters after a number that may contain a term of several words."""
_CLAUSE_REACH = 60
"""Maximum number of characters between a percentage and its term."""
_FAR = 500
"""Characters beside a mention that count as its sentence if the sentence is longer."""
_BEFORE = 192
"""Characters beside a mention that are searched for words that make it a part or an old value."""
_UNSPACED = "\u3040"
"""First character of the East Asian scripts."""


def states(fact: FactDefinition, mention: Mention, blocks: Sequence[Block]) -> bool:
    """Return whether a mention states the fact."""
    # See tests/monitor/facts/test_fact_reader.py::test_a_wording_states_the_count.
    # See tests/monitor/facts/test_fact_reader.py::test_an_amount_belongs_to_the_term_in_its_sentence.
    text = blocks[mention.block].text
    if fact.kind is FactKind.COUNT_OF:
        return (
            mention.type in _COUNTING
            and mention.upper is None
            and (_counts(fact.terms, mention) or _spelled_out(fact.terms, mention, text))
            and not _counts_less(mention, text)
        )
    if fact.kind is FactKind.PERCENT_OF:
        stated = mention.type is MentionType.PERCENT and _near(fact.terms, mention, text)
        return stated and not change_phrases.is_past(*_around(mention, text), differs=False)
    stated = mention.type is MentionType.MONEY and holds(sentence_of(mention, text), fact.terms)
    return stated and not change_phrases.is_past(*_around(mention, text))


def _around(mention: Mention, text: str) -> tuple[str, str]:
    """Return the text before and after a mention in its sentence, up to `_BEFORE` characters each."""
    before = text[max(mention.start - _BEFORE, mention.sentence_start) : mention.start]
    return before, text[mention.end : min(mention.end + _BEFORE, mention.sentence_end)]


def _counts(terms: Sequence[str], mention: Mention) -> bool:
    """Return whether one of the terms is the head of the mention's unit, without a preceding word that restricts it to a part."""
    unit = (mention.unit or "").split()
    # A cheap test first: most units have no word in common with the terms.
    unspaced = _unspaced(tuple(terms))
    if _nouns(tuple(terms)).isdisjoint(map(singular, unit)) and not any(word.startswith(unspaced) for word in unit):
        return False
    for position in range(min(len(unit), _PHRASE_REACH + 1)):
        if unit[position] in vocabulary.NOT_ALL or (position and unit[position - 1] in vocabulary.NOT_ALL):
            return False
        if any(_matches(term.split(), unit[position:]) for term in terms):
            return True
    return False


def _spelled_out(terms: Sequence[str], mention: Mention, text: str) -> bool:
    """Return whether a term longer than a unit directly follows the number: "2 501 maisons de santé", "members of parliament"."""
    # See tests/monitor/facts/test_change_phrases.py::test_a_fact_may_be_a_phrase_longer_than_a_unit.
    phrases = _phrases(tuple(terms))
    if not phrases or mention.unit is None:
        return False
    first = singular(mention.unit.split()[0])
    if all(phrase[0] != first for phrase in phrases):
        return False
    words = text[mention.end : mention.end + _PHRASE_CHARS].lower().split()
    return any(
        len(words) >= len(phrase)
        and all(term_word == singular(word.strip(".,;:!?()")) for term_word, word in zip(phrase, words, strict=False))
        for phrase in phrases
    )


@lru_cache(maxsize=256)
def _phrases(terms: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the terms of several words, each word in the singular."""
    return tuple(tuple(map(singular, term.split())) for term in terms if len(term.split()) > 1)


@lru_cache(maxsize=256)
def _nouns(terms: tuple[str, ...]) -> frozenset[str]:
    """Return the last word of each term, in the singular."""
    return frozenset(singular(term.split()[-1]) for term in terms)


@lru_cache(maxsize=256)
def _unspaced(terms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the last word of each term in a script whose words no space ends, or to which particles are attached."""
    return tuple(word for term in terms if (word := term.split()[-1]) >= _UNSPACED)


def _counts_less(mention: Mention, text: str) -> bool:
    """Return whether a mention is no count of the whole.

    It is a small ordinal ("the first member"), a part ("another 5 partners"), or an old value ("from 82 partners").
    """
    # See tests/monitor/facts/test_fact_reader.py::test_a_wording_does_not_state_the_count.
    if mention.type is MentionType.ORDINAL and mention.readable and mention.value <= _LAST_OF_A_FEW:
        return True
    before, behind = _around(mention, text)
    word = before.rsplit(None, 1)[-1:]
    return (bool(word) and word[0].lower() in vocabulary.PART_BEFORE) or (
        change_phrases.is_past(before, behind) or change_phrases.has_ended(before, behind)
    )


def _matches(term: list[str], unit: list[str]) -> bool:
    if len(unit) < len(term):
        return False
    return all(term_word == unit_word for term_word, unit_word in zip(term[:-1], unit, strict=False)) and _same_noun(
        term[-1], unit[len(term) - 1]
    )


def _same_noun(term: str, word: str) -> bool:
    """Return whether two words differ at most in number: members / member, countries / country; in East Asian scripts also in what follows: 会員 / 会員の."""
    # See tests/monitor/facts/test_east_asian.py::test_a_fact_is_counted_by_a_noun_that_no_space_ends.
    return singular(term) == singular(word) or (term >= _UNSPACED and word.startswith(term))


def _near(terms: Sequence[str], mention: Mention, text: str) -> bool:
    """Return whether a term precedes or follows the percentage within reach, with no other number and no semicolon between."""
    # See tests/monitor/facts/test_fact_reader.py::test_a_percentage_belongs_to_the_term_beside_it.
    # See tests/monitor/facts/test_change_phrases_languages.py::test_an_old_percentage_is_no_contradiction.
    behind = text[mention.end : min(mention.end + _CLAUSE_REACH, mention.sentence_end)]
    front = change_phrases.before_step(_around(mention, text)[0])[-_CLAUSE_REACH:]
    behind = behind[: next((index for index, char in enumerate(behind) if _separates(char)), len(behind))]
    front = front[max((index + 1 for index, char in enumerate(front) if _separates(char)), default=0) :]
    return holds(behind, terms) or holds(front, terms)


def _separates(char: str) -> bool:
    return char == ";" or char.isdigit()


def sentence_of(mention: Mention, text: str) -> str:
    """Return the sentence of a mention; of a very long sentence, which may contain thousands of mentions, only the part near it."""
    start, end = mention.start - _FAR, mention.end + _FAR
    return text[max(mention.sentence_start, start) : min(mention.sentence_end, end)]
