"""Mentions to readings: which mentions state a declared fact, which value the page stands for, and who disagrees.

The preference, in order:

1. where content, heading or row blocks state the fact, only those count; else navigation and footer do; feed, consent and control blocks never,
   unless the fact's scope names them;
2. among the values stated, the one stated in most places;
3. among equals the one in the most prominent place: a heading, a box or a row before a sentence in a text;
4. among equals the one that is said of now ("in 2020 there were 82, today there are 85");
5. among equals the one whose sentence shares a word with the page's title, its subject;
6. among equals the first on the page.

Every other value is a contradiction, and so is a list that has another number of names than a count says, where it is held against one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from monitor.facts import change_phrases, dates, lists, scopes, text_facts, vocabulary
from monitor.facts.nouns import holds, singular
from monitor.facts.scopes import ScopeMatches
from monitor.limits import CONTRADICTIONS
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
"""Words that may stand between a number and its noun: "82 international coalition partners"."""
_LAST_OF_A_FEW = 3
"""Up to here an ordinal tells an order ("the first member to sign"), beyond it how many there are ("the 79th member")."""
_PHRASE_CHARS = 120
"""Characters behind a number in which such a phrase of several words stands."""
_CLAUSE_REACH = 60
"""Characters between a percentage and the term it belongs to."""
_CLAUSE = re.compile(r"[,;.:\d]|\s(?:and|but|while|und|et|y|ed?|en|maar|mais|pero|ma)\s")
_BEFORE = 192
"""Characters beside a mention in which it is said that it is a part, or was so."""
_FAR = 500
"""Characters beside a mention that count as its sentence, where that is longer."""
_BOX_CHARS = 60
"""Characters up to which a block that is no sentence is a box."""
_SUBJECT_CHARS = 4
"""Characters from which a word of the title can be its subject."""


def read(
    fact: FactDefinition,
    blocks: Sequence[Block],
    mentions: Sequence[Mention],
    title: str = "",
    found: Mapping[Lookup, Found] | None = None,
) -> Reading:
    """What a page says of a fact.

    Args:
        fact: What to read.
        blocks: The page's blocks.
        mentions: The mentions of all of them.
        title: The page's title; "" where there is none.
        found: What the fact's lookups came to; None where nothing could be looked for.
    """
    seen = ScopeMatches(blocks, mentions, title, found or {})
    if fact.kind is FactKind.LIST:
        return lists.read(fact, seen)
    stating = _stating(fact, seen)
    counting, last_resort = scopes.preferred(stating, fact, seen)
    chosen_from = [stating[index] for index in counting]
    if not chosen_from:
        return Reading(fact.name, None, (), (), _why_not(fact, seen))
    value, tie = _preferred(chosen_from, seen, fact)
    agreeing = tuple(
        sorted(
            (mention for mention in chosen_from if _agrees(fact, mention, value)),
            key=lambda mention: (mention.value != value, _is_ordinal(mention)),
        )
    )
    others = tuple(mention for mention in chosen_from if not _agrees(fact, mention, value))
    where = ", only in navigation or footer" if last_resort else ""
    more = f"; {CONTRADICTIONS} of {len(others):,} contradictions are kept" if len(others) > CONTRADICTIONS else ""
    why = f"stated in {len(agreeing)} of {len(chosen_from)} places{where}{tie}{more}"
    return _held_against(fact, Reading(fact.name, value, agreeing, others[:CONTRADICTIONS], why), seen)


def _stating(fact: FactDefinition, seen: ScopeMatches) -> list[Mention]:
    """The mentions that state the fact, wherever its scope lets it be read."""
    if fact.kind is FactKind.TEXT:
        return [
            mention for mention in text_facts.stating(fact, seen) if _readable(fact, seen.blocks[mention.block].kind)
        ]
    allowed = _in_scope(fact, seen)
    if fact.kind is FactKind.DATE_OF:
        return dates.stating(fact.terms, seen.blocks, allowed)
    return [mention for mention in allowed if states(fact, mention, seen.blocks)]


def _in_scope(fact: FactDefinition, seen: ScopeMatches) -> Sequence[Mention]:
    if fact.scope == Scope():
        return [mention for mention in seen.mentions if _readable(fact, seen.blocks[mention.block].kind)]
    reach: dict[int, list[Span]] = {}
    for span in scopes.spans(fact.scope, seen):
        reach.setdefault(span.block, []).append(span)
    return [
        mention
        for mention in seen.mentions
        if any(span.start < mention.end and mention.start < span.end for span in reach.get(mention.block, ()))
    ]


def _readable(fact: FactDefinition, kind: BlockKind) -> bool:
    """Whether a fact may be read in such a block at all."""
    return scopes.kind_allowed(fact.scope, kind) or fact.source is not None


def _why_not(fact: FactDefinition, seen: ScopeMatches) -> str:
    troubles = [
        f"; {lookup.selector}: {trouble}" for lookup in fact.lookups if (trouble := seen.lookup(lookup).trouble)
    ]
    if fact.kind is FactKind.TEXT:
        what = f"nothing matches {fact.pattern}" if fact.source is None else f"no text at {fact.source.selector}"
    else:
        what = f"no {fact.kind.value.replace('_of', '')} of {' / '.join(fact.terms)}"
    return f"{what}{scopes.described(fact.scope)} on the page{''.join(troubles[:1])}"


def _agrees(fact: FactDefinition, mention: Mention, value: JsonValue) -> bool:
    return dates.agree(mention.value, value) if fact.kind is FactKind.DATE_OF else bool(mention.value == value)


def _is_ordinal(mention: Mention) -> bool:
    """A plain count says it better than "the 82nd partner"; in all else the page's order stands."""
    return mention.type is MentionType.ORDINAL


def _preferred(mentions: Sequence[Mention], seen: ScopeMatches, fact: FactDefinition) -> tuple[JsonValue, str]:
    """The value that the page stands for, and what decided where as many places state another: ", in a heading"; "" where none do."""
    values = dict.fromkeys(mention.value for mention in mentions)
    if len(values) == 1:
        return mentions[0].value, ""
    subject = _subject(seen.title, fact)

    def rank(value: JsonValue) -> tuple[int, int, int, int, int, int]:
        places = [mention for mention in mentions if _agrees(fact, mention, value)]
        prominence = max(_prominence(seen.blocks[mention.block]) for mention in places)
        of_now = any(_is_of_now(mention, seen.blocks[mention.block].text) for mention in places)
        spoken_of = any(_speaks_of(subject, mention, seen) for mention in places)
        first = min((mention.block, mention.start) for mention in places)
        # Of dates that agree, the most exact is the value.
        return len(places), prominence, int(of_now), int(spoken_of), -(first[0] * 100_000 + first[1]), len(str(value))

    ranked = sorted(((rank(value), value) for value in values), key=lambda item: item[0], reverse=True)
    best, value = ranked[0]
    rivals = [other for other, rival in ranked[1:] if other[0] == best[0] and not _same_place(other, best)]
    if not rivals:
        return value, ""
    reasons = (", in a heading or a box", ", said of now", ", beside a word of the title", ", first on the page")
    return value, next(reason for n, reason in enumerate(reasons, 1) if best[n] > rivals[0][n])


def _same_place(other: tuple[int, ...], best: tuple[int, ...]) -> bool:
    return other[:5] == best[:5]


def _is_of_now(mention: Mention, text: str) -> bool:
    """Whether the words around a number, up to the next number or comma, say that it is so today."""
    before = _CLAUSE.split(text[max(mention.start - _CLAUSE_REACH, mention.sentence_start) : mention.start])[-1]
    behind = _CLAUSE.split(text[mention.end : min(mention.end + _CLAUSE_REACH, mention.sentence_end)])[0]
    return not vocabulary.OF_NOW.isdisjoint(f"{before} {behind}".lower().replace("’", "'").split())


def _prominence(block: Block) -> int:
    """2 for a heading, a row or a box, which readers see first; 1 for prose."""
    if block.kind in (BlockKind.HEADING, BlockKind.ROW):
        return 2
    return 2 if len(block.text) <= _BOX_CHARS and block.text[-1] not in ".!?:;…" else 1


def _subject(title: str, fact: FactDefinition) -> frozenset[str]:
    """The words of the title that may be what the page is about, the fact's own terms apart."""
    own = {singular(word) for term in fact.terms for word in term.split()}
    said = (singular(word.strip(".,:;!?()|\"'“”‘’«»")) for word in title.lower().split())
    return frozenset(word for word in said if len(word) >= _SUBJECT_CHARS and word not in own)


def _speaks_of(subject: frozenset[str], mention: Mention, seen: ScopeMatches) -> bool:
    sentence = _sentence(mention, seen.blocks[mention.block].text)
    return any(holds(sentence, (word,)) for word in subject)


def _sentence(mention: Mention, text: str) -> str:
    """The sentence of a mention; of a very long one, in which thousands may stand, what is near it."""
    start, end = mention.start - _FAR, mention.end + _FAR
    return text[max(mention.sentence_start, start) : min(mention.sentence_end, end)]


def _held_against(fact: FactDefinition, reading: Reading, seen: ScopeMatches) -> Reading:
    """The reading with what a list counts to, beside what the page states."""
    if fact.against is None:
        return reading
    counted = lists.counted(fact.against, seen)
    if counted is None:
        why = f"{reading.why}; {fact.against.name} has no names to count"
        return Reading(fact.name, reading.value, reading.mentions, reading.contradicts, why)
    why = f"{reading.why}; {fact.against.name} has {counted.value} names"
    if counted.value == reading.value:
        return Reading(fact.name, reading.value, (*reading.mentions, counted), reading.contradicts, why)
    return Reading(fact.name, reading.value, reading.mentions, (*reading.contradicts, counted), why)


def states(fact: FactDefinition, mention: Mention, blocks: Sequence[Block]) -> bool:
    """Whether a mention states the fact."""
    text = blocks[mention.block].text
    if fact.kind is FactKind.COUNT_OF:
        return (
            mention.type in _COUNTING
            and mention.upper is None
            and (_counts(fact.terms, mention) or _spelled_out(fact.terms, mention, text))
            and not _counts_less(mention, text)
        )
    if fact.kind is FactKind.PERCENT_OF:
        said = mention.type is MentionType.PERCENT and _near(fact.terms, mention, text)
        return said and not change_phrases.is_past(*_around(mention, text), differs=False)
    said = mention.type is MentionType.MONEY and holds(_sentence(mention, text), fact.terms)
    return said and not change_phrases.is_past(*_around(mention, text))


def _around(mention: Mention, text: str) -> tuple[str, str]:
    """What stands in front of a mention and behind it in its sentence, as far as it is looked at."""
    before = text[max(mention.start - _BEFORE, mention.sentence_start) : mention.start]
    return before, text[mention.end : min(mention.end + _BEFORE, mention.sentence_end)]


def _counts(terms: Sequence[str], mention: Mention) -> bool:
    """Whether one of the terms heads the mention's unit, with nothing before it that makes it count less than the whole."""
    unit = (mention.unit or "").split()
    # Most units are of something else altogether.
    if _nouns(tuple(terms)).isdisjoint(map(singular, unit)):
        return False
    for position in range(min(len(unit), _PHRASE_REACH + 1)):
        if unit[position] in vocabulary.NOT_ALL or (position and unit[position - 1] in vocabulary.NOT_ALL):
            return False
        if any(_matches(term.split(), unit[position:]) for term in terms):
            return True
    return False


def _spelled_out(terms: Sequence[str], mention: Mention, text: str) -> bool:
    """Whether a term that is longer than a unit stands right behind the number: "2 501 maisons de santé", "members of parliament"."""
    phrases = _phrases(tuple(terms))
    if not phrases or mention.unit is None:
        return False
    first = singular(mention.unit.split()[0])
    if all(phrase[0] != first for phrase in phrases):
        return False
    said = text[mention.end : mention.end + _PHRASE_CHARS].lower().split()
    return any(
        len(said) >= len(phrase)
        and all(given == singular(word.strip(".,;:!?()")) for given, word in zip(phrase, said, strict=False))
        for phrase in phrases
    )


@lru_cache(maxsize=256)
def _phrases(terms: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The terms of several words, each word in the singular."""
    return tuple(tuple(map(singular, term.split())) for term in terms if len(term.split()) > 1)


@lru_cache(maxsize=256)
def _nouns(terms: tuple[str, ...]) -> frozenset[str]:
    """The last word of each term, in the singular."""
    return frozenset(singular(term.split()[-1]) for term in terms)


def _counts_less(mention: Mention, text: str) -> bool:
    """Whether it is "the first member" rather than "the 79th member", or what stands in front makes it a part, "another 5 partners", or what was: "from 82 partners"."""
    if mention.type is MentionType.ORDINAL and mention.value <= _LAST_OF_A_FEW:
        return True
    before, behind = _around(mention, text)
    word = before.rsplit(None, 1)[-1:]
    return (bool(word) and word[0].lower() in vocabulary.PART_BEFORE) or change_phrases.is_past(before, behind)


def _matches(term: list[str], unit: list[str]) -> bool:
    if len(unit) < len(term):
        return False
    return all(given == said for given, said in zip(term[:-1], unit, strict=False)) and _same_noun(
        term[-1], unit[len(term) - 1]
    )


def _same_noun(term: str, word: str) -> bool:
    """Equal but for number: members / member, countries / country."""
    return singular(term) == singular(word)


def _near(terms: Sequence[str], mention: Mention, text: str) -> bool:
    """Whether a term stands within reach behind the percentage, or in front of it, with no other number and no semicolon between."""
    behind = text[mention.end : min(mention.end + _CLAUSE_REACH, mention.sentence_end)]
    front = change_phrases.before_step(_around(mention, text)[0])[-_CLAUSE_REACH:]
    behind = behind[: next((n for n, char in enumerate(behind) if _parts(char)), len(behind))]
    front = front[max((n + 1 for n, char in enumerate(front) if _parts(char)), default=0) :]
    return holds(behind, terms) or holds(front, terms)


def _parts(char: str) -> bool:
    return char == ";" or char.isdigit()
