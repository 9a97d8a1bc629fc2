"""Derives readings from mentions: which mentions state a declared fact, which value is chosen, and which mentions contradict it.

The order of preference:

1. If content, heading or row blocks state the fact, only those count; otherwise navigation and footer blocks. Feed, consent and control blocks never
   count, unless the fact's scope names them.
2. The value stated in the most places.
3. Among equals, the value in the most prominent place: a heading, a box or a row before a sentence of prose.
4. Among equals, the value that is stated as current ("in 2020 there were 82, today there are 85").
5. Among equals, the value whose sentence shares a word with the page's title.
6. Among equals, the first one on the page.

A mention that is not readable is never a value. Where no other mention states the fact, the reading has no value and lists these mentions.

Every other value is a contradiction. So is the size of a list that differs from a count, if the fact is compared with a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from monitor.facts import change_phrases, dates, lists, scopes, text_facts, vocabulary
from monitor.facts.nouns import holds, singular
from monitor.facts.scopes import PageContent
from monitor.limits import CONTRADICTIONS, QUOTE_CHARS, cut
from monitor.model import (
    Block,
    BlockKind,
    FactDefinition,
    FactKind,
    Found,
    JsonValue,
    Lookup,
    Mention,
    MentionType,
    Reading,
    Scope,
    Span,
)

_COUNTING = frozenset({MentionType.COUNT, MentionType.ORDINAL})
_PHRASE_REACH = 3
"""Words that may be between a number and its noun: "82 international coalition partners"."""
_LAST_OF_A_FEW = 3
"""Up to this value an ordinal states an order ("the first member to sign"), above it a count ("the 79th member")."""
_PHRASE_CHARS = 120
"""Characters after a number that may contain a term of several words."""
_CLAUSE_REACH = 60
"""Maximum number of characters between a percentage and its term."""
_CLAUSE = re.compile(r"[,;.:\d]|\s(?:and|but|while|und|et|y|ed?|en|maar|mais|pero|ma)\s")
_BEFORE = 192
"""Characters beside a mention that are searched for words that make it a part or an old value."""
_FAR = 500
"""Characters beside a mention that count as its sentence if the sentence is longer."""
_BOX_CHARS = 60
"""Maximum length, in characters, of a block without sentence punctuation that counts as a box."""
_UNSPACED = "\u3040"
"""First character of the East Asian scripts."""
_SUBJECT_CHARS = 4
"""Minimum length, in characters, of a title word that can be the page's subject."""


def read(
    fact: FactDefinition,
    blocks: Sequence[Block],
    mentions: Sequence[Mention],
    title: str = "",
    lookups: Mapping[Lookup, Found] | None = None,
) -> Reading:
    """Return the reading of a fact on a page.

    Args:
        fact: The fact.
        blocks: The page's blocks.
        mentions: The mentions of all blocks.
        title: The page's title; "" if there is none.
        lookups: The results of the fact's lookups; None if the page has no elements to search.
    """
    page = PageContent(blocks, mentions, title, lookups or {})
    if fact.kind is FactKind.LIST:
        return lists.read(fact, page)
    stating = _stating(fact, page)
    counting, last_resort = scopes.preferred(stating, fact, page)
    counted = [stating[index] for index in counting]
    chosen_from = [mention for mention in counted if mention.readable]
    if not chosen_from:
        why = f"not readable: {cut(counted[0].quote, QUOTE_CHARS)}" if counted else _why_not(fact, page)
        return Reading(fact.name, None, tuple(counted), (), why)
    value, tie = _preferred(chosen_from, page, fact)
    agreeing = tuple(
        sorted(
            (mention for mention in chosen_from if _agrees(fact, mention, value)),
            key=lambda mention: (mention.value != value, _is_ordinal(mention)),
        )
    )
    others = tuple(mention for mention in chosen_from if not _agrees(fact, mention, value))
    where = f", only in {_where(chosen_from, page)}" if last_resort else ""
    more = f"; {CONTRADICTIONS} of {len(others):,} contradictions are kept" if len(others) > CONTRADICTIONS else ""
    reason = f"stated in {len(agreeing)} of {len(chosen_from)} places{where}{tie}{more}"
    return _compared_with_list(fact, Reading(fact.name, value, agreeing, others[:CONTRADICTIONS], reason), page)


def _where(stating: Sequence[Mention], page: PageContent) -> str:
    images = any(page.blocks[mention.block].kind is BlockKind.IMAGE for mention in stating)
    others = any(page.blocks[mention.block].kind is not BlockKind.IMAGE for mention in stating)
    return " and ".join(["navigation or footer"] * others + ["the alternative text of an image"] * images)


def _stating(fact: FactDefinition, page: PageContent) -> list[Mention]:
    """Return the mentions that state the fact within its scope."""
    if fact.kind is FactKind.TEXT:
        return [
            mention for mention in text_facts.stating(fact, page) if _readable(fact, page.blocks[mention.block].kind)
        ]
    allowed = _in_scope(fact, page)
    if fact.kind is FactKind.DATE_OF:
        return dates.stating(fact.terms, page.blocks, allowed)
    return [mention for mention in allowed if states(fact, mention, page.blocks)]


def _in_scope(fact: FactDefinition, page: PageContent) -> Sequence[Mention]:
    if fact.scope == Scope():
        return [mention for mention in page.mentions if _readable(fact, page.blocks[mention.block].kind)]
    reach: dict[int, list[Span]] = {}
    for span in scopes.spans(fact.scope, page):
        reach.setdefault(span.block, []).append(span)
    return [
        mention
        for mention in page.mentions
        if any(span.start < mention.end and mention.start < span.end for span in reach.get(mention.block, ()))
    ]


def _readable(fact: FactDefinition, kind: BlockKind) -> bool:
    """Return whether a fact may be stated in blocks of a kind."""
    return scopes.kind_allowed(fact.scope, kind) or fact.source is not None


def _why_not(fact: FactDefinition, page: PageContent) -> str:
    troubles = [
        f"; {lookup.selector}: {trouble}" for lookup in fact.lookups if (trouble := page.lookup(lookup).trouble)
    ]
    if fact.kind is FactKind.TEXT:
        what = f"nothing matches {fact.pattern}" if fact.source is None else f"no text at {fact.source.selector}"
    else:
        what = f"no {fact.kind.value.replace('_of', '')} of {' / '.join(fact.terms)}"
    return f"{what}{scopes.described(fact.scope)} on the page{''.join(troubles[:1])}"


def _agrees(fact: FactDefinition, mention: Mention, value: JsonValue) -> bool:
    # See tests/monitor/facts/test_fact_kinds.py::test_a_less_exact_date_agrees_and_the_most_exact_one_is_quoted.
    return dates.agree(mention.value, value) if fact.kind is FactKind.DATE_OF else bool(mention.value == value)


def _is_ordinal(mention: Mention) -> bool:
    """Return whether a mention is an ordinal, so that a plain count is preferred to "the 82nd partner"; otherwise page order decides."""
    return mention.type is MentionType.ORDINAL


def _preferred(mentions: Sequence[Mention], page: PageContent, fact: FactDefinition) -> tuple[JsonValue, str]:
    """Return the chosen value, and the tie-breaker if another value is stated in as many places: ", in a heading or a box"; "" if there is no tie."""
    # See tests/monitor/facts/test_fact_reader.py::test_the_value_stated_in_most_places_is_chosen.
    # See tests/monitor/facts/test_fact_kinds.py::test_among_equals_prominence_decides_then_the_subject_then_the_place.
    # See tests/monitor/facts/test_change_phrases.py::test_a_value_stated_as_current_is_chosen_and_the_reason_says_so.
    values = dict.fromkeys(mention.value for mention in mentions)
    if len(values) == 1:
        return mentions[0].value, ""
    subject = _subject(page.title, fact)

    def rank(value: JsonValue) -> tuple[int, int, int, int, int, int]:
        places = [mention for mention in mentions if _agrees(fact, mention, value)]
        prominence = max(_prominence(page.blocks[mention.block]) for mention in places)
        of_now = any(_is_of_now(mention, page.blocks[mention.block].text) for mention in places)
        spoken_of = any(_speaks_of(subject, mention, page) for mention in places)
        first = min((mention.block, mention.start) for mention in places)
        # Of dates that agree, the most precise is the value.
        return len(places), prominence, int(of_now), int(spoken_of), -(first[0] * 100_000 + first[1]), len(str(value))

    ranked = sorted(((rank(value), value) for value in values), key=lambda item: item[0], reverse=True)
    best, value = ranked[0]
    rivals = [other for other, rival in ranked[1:] if other[0] == best[0] and not _same_place(other, best)]
    if not rivals:
        return value, ""
    reasons = (", in a heading or a box", ", said of now", ", beside a word of the title", ", first on the page")
    return value, next(reason for index, reason in enumerate(reasons, 1) if best[index] > rivals[0][index])


def _same_place(other: tuple[int, ...], best: tuple[int, ...]) -> bool:
    return other[:5] == best[:5]


def _is_of_now(mention: Mention, text: str) -> bool:
    """Return whether the words around a number, up to the next number or clause boundary, state that it is current."""
    before = _CLAUSE.split(text[max(mention.start - _CLAUSE_REACH, mention.sentence_start) : mention.start])[-1]
    behind = _CLAUSE.split(text[mention.end : min(mention.end + _CLAUSE_REACH, mention.sentence_end)])[0]
    return not vocabulary.OF_NOW.isdisjoint(f"{before} {behind}".lower().replace("’", "'").split())


def _prominence(block: Block) -> int:
    """Return 2 for a heading, a row or a box, which readers see first; 1 for prose."""
    if block.kind in (BlockKind.HEADING, BlockKind.ROW):
        return 2
    return 2 if len(block.text) <= _BOX_CHARS and block.text[-1] not in ".!?:;…" else 1


def _subject(title: str, fact: FactDefinition) -> frozenset[str]:
    """Return the words of the title that may be the page's subject, without the fact's own terms."""
    own = {singular(word) for term in fact.terms for word in term.split()}
    words = (singular(word.strip(".,:;!?()|\"'“”‘’«»")) for word in title.lower().split())
    return frozenset(word for word in words if len(word) >= _SUBJECT_CHARS and word not in own)


def _speaks_of(subject: frozenset[str], mention: Mention, page: PageContent) -> bool:
    sentence = _sentence(mention, page.blocks[mention.block].text)
    return any(holds(sentence, (word,)) for word in subject)


def _sentence(mention: Mention, text: str) -> str:
    """Return the sentence of a mention; of a very long sentence, which may contain thousands of mentions, only the part near it."""
    start, end = mention.start - _FAR, mention.end + _FAR
    return text[max(mention.sentence_start, start) : min(mention.sentence_end, end)]


def _compared_with_list(fact: FactDefinition, reading: Reading, page: PageContent) -> Reading:
    """Add the size of the list that the fact is compared with: as a mention if it equals the value, otherwise as a contradiction."""
    # See tests/monitor/facts/test_fact_kinds.py::test_a_count_that_differs_from_the_size_of_its_list_contradicts.
    if fact.against is None:
        return reading
    counted = lists.counted(fact.against, page)
    if counted is None:
        reason = f"{reading.why}; {fact.against.name} has no names to count"
        return Reading(fact.name, reading.value, reading.mentions, reading.contradicts, reason)
    reason = f"{reading.why}; {fact.against.name} has {counted.value} names"
    if counted.value == reading.value:
        return Reading(fact.name, reading.value, (*reading.mentions, counted), reading.contradicts, reason)
    return Reading(fact.name, reading.value, reading.mentions, (*reading.contradicts, counted), reason)


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
    stated = mention.type is MentionType.MONEY and holds(_sentence(mention, text), fact.terms)
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
