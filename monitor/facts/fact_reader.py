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

from monitor.facts import dates, lists, scopes, text_facts, vocabulary
from monitor.facts.nouns import holds, singular
from monitor.facts.scopes import PageContent
from monitor.facts.term_matching import sentence_of, states
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

_CLAUSE_REACH = 60
"""Characters beside a number that are searched for words that make it current."""
_CLAUSE = re.compile(r"[,;.:\d]|\s(?:and|but|while|und|et|y|ed?|en|maar|mais|pero|ma)\s")
_BOX_CHARS = 60
"""Maximum length, in characters, of a block without sentence punctuation that counts as a box."""
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
    sentence = sentence_of(mention, page.blocks[mention.block].text)
    return any(holds(sentence, (word,)) for word in subject)


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
