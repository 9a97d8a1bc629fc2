"""Words, phrases and patterns of pages, by topic, from one data file per language (`<language>.toml`).

Every pattern that depends on a language is built from these files. To support a language, add its file: nothing else lists the languages. Only the grammar of
number words is code (`monitor.facts.number_words`). `en.toml` explains each topic; `TOPICS` states how the entries of each are written.

Reads package data when a topic is first used; otherwise pure. Must not depend on any other package.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = [
    "TOPICS",
    "Entry",
    "alternatives",
    "by_language",
    "entries",
    "named",
    "own_words",
    "phrases",
    "values",
    "words",
]

Form = Literal["words", "phrases", "patterns", "texts", "values", "named"]
"""How the entries of a topic are written.

words: Separated by white space, lower case.
phrases: One a line, literal text.
patterns: One a line, regular expressions that are applied without regard to case. Parentheses group and do not capture.
texts: One a line, literal text whose case matters.
values: A number a line, then the words that have this value, lower case.
named: A code a line, then the phrases that denote it, separated by commas, lower case.
"""


class Entry(NamedTuple):
    """An entry of a topic.

    Attributes:
        language: The file that it is from, a primary subtag of BCP 47.
        text: The word, phrase or pattern.
    """

    language: str
    text: str


TOPICS: Mapping[str, Form] = {
    "detection.function_words": "words",
    "consent.accepting": "words",
    "consent.before_accepting": "words",
    "consent.beside_accepting": "words",
    "consent.accepting_labels": "patterns",
    "consent.subjects": "patterns",
    "consent.bars": "patterns",
    "consent.addresses": "patterns",
    "controls.labels": "patterns",
    "prompts.headings": "patterns",
    "prompts.newsletters": "patterns",
    "prompts.subscribing": "patterns",
    "prompts.in_articles": "patterns",
    "articles.bylines": "patterns",
    "articles.advertisements": "patterns",
    "articles.credit_starts": "patterns",
    "articles.credit_openings": "patterns",
    "articles.credits_in_brackets": "patterns",
    "articles.credit_ends": "patterns",
    "posts.networks": "patterns",
    "posts.announcing": "patterns",
    "posts.age_units": "patterns",
    "posts.before_ages": "patterns",
    "posts.after_ages": "patterns",
    "posts.age_words": "patterns",
    "posts.member_counts": "patterns",
    "posts.member_labels": "patterns",
    "comments.counted": "patterns",
    "comments.qualifiers": "patterns",
    "comments.requests": "patterns",
    "lists.further_reading": "patterns",
    "lists.folders": "patterns",
    "lists.recommendations": "patterns",
    "page_status.missing_names": "phrases",
    "page_status.missing_phrases": "phrases",
    "page_status.down_names": "phrases",
    "page_status.down_phrases": "phrases",
    "page_status.down_states": "phrases",
    "page_status.down_adverbs": "phrases",
    "page_status.down_patterns": "patterns",
    "page_status.challenge_names": "phrases",
    "page_status.challenge_phrases": "phrases",
    "page_status.login_names": "phrases",
    "page_status.login_phrases": "phrases",
    "page_status.other_actions": "patterns",
    "page_status.consent_names": "phrases",
    "page_status.consent_phrases": "phrases",
    "page_status.consent_subjects": "patterns",
    "page_status.weak_names": "phrases",
    "page_status.weak_phrases": "phrases",
    "page_status.self_references": "phrases",
    "page_status.waiting": "phrases",
    "page_status.script_requests": "phrases",
    "page_status.error_words": "patterns",
    "page_status.exclamations": "patterns",
    "dates.months": "values",
    "dates.eras": "values",
    "dates.own_months": "values",
    "durations.units": "words",
    "durations.after_ages": "words",
    "durations.before_ages": "words",
    "durations.terms": "words",
    "durations.until": "words",
    "durations.days": "words",
    "audience.units": "words",
    "audience.visitors": "words",
    "audience.counters": "words",
    "audience.now": "words",
    "audience.moment": "words",
    "audience.today": "words",
    "audience.downloads": "words",
    "audience.liked": "words",
    "audience.likes": "phrases",
    "audience.times": "words",
    "audience.shown": "words",
    "audience.by": "words",
    "numbers.stops": "words",
    "numbers.own_stops": "words",
    "numbers.own_nouns": "words",
    "numbers.past_endings": "words",
    "numbers.plural_endings": "words",
    "numbers.plurals": "words",
    "numbers.references": "words",
    "numbers.own_references": "words",
    "numbers.no_references": "words",
    "numbers.capital_references": "words",
    "numbers.small_references": "words",
    "numbers.particles": "words",
    "numbers.articles": "words",
    "numbers.part_before": "words",
    "numbers.not_whole": "words",
    "numbers.current": "words",
    "numbers.telephones": "words",
    "numbers.scores": "words",
    "numbers.between": "words",
    "numbers.hedges": "phrases",
    "numbers.no_hedges": "phrases",
    "numbers.shares": "phrases",
    "numbers.shares_of": "words",
    "numbers.totals": "words",
    "numbers.minus": "words",
    "numbers.net": "words",
    "numbers.degrees": "words",
    "numbers.own_hedges": "phrases",
    "addresses.street_endings": "words",
    "addresses.street_openings": "words",
    "addresses.street_words": "words",
    "years.before": "words",
    "years.before_past": "words",
    "years.sums": "words",
    "years.decades": "words",
    "years.determiners": "words",
    "years.own_determiners": "words",
    "years.participles": "words",
    "years.after": "words",
    "times.before": "words",
    "times.around": "words",
    "times.units": "words",
    "times.until": "words",
    "times.before_digits": "words",
    "times.context": "words",
    "changes.verbs": "patterns",
    "changes.no_verbs": "patterns",
    "changes.participles": "patterns",
    "changes.moves": "patterns",
    "changes.from": "words",
    "changes.postpositions": "words",
    "changes.by": "words",
    "changes.to": "words",
    "changes.leads": "words",
    "changes.values": "patterns",
    "changes.comparisons": "patterns",
    "changes.past_verbs": "words",
    "changes.until": "phrases",
    "ranges.to": "phrases",
    "ranges.and": "words",
    "sentences.abbreviations": "texts",
    "sentences.before_numbers": "patterns",
    "sentences.before_ordinals": "patterns",
    "sentences.month_starts": "phrases",
    "updates.stamps": "patterns",
    "updates.reading_times": "patterns",
    "updates.reading_minutes": "patterns",
    "updates.generation": "patterns",
    "updates.placeholders": "patterns",
    "updates.subjects": "words",
    "updates.authors": "words",
    "updates.request_ids": "patterns",
    "number_words.cardinals": "values",
    "number_words.bound": "values",
    "number_words.ordinals": "values",
    "number_words.ordinal_stems": "values",
    "number_words.scales": "values",
    "number_words.fractions": "values",
    "number_words.denominators": "values",
    "number_words.alone": "words",
    "number_words.joiners": "words",
    "number_words.articles": "words",
    "number_words.halves": "words",
    "number_words.doubtful": "words",
    "number_words.points": "words",
    "number_words.over": "words",
    "number_words.fraction_joiners": "words",
    "number_words.weekdays": "words",
    "number_words.vague": "words",
    "number_words.denominator_marks": "words",
    "money.magnitudes": "values",
    "money.own_magnitudes": "values",
    "money.dotted_magnitudes": "words",
    "money.fused_magnitudes": "values",
    "money.leading_magnitudes": "values",
    "money.leading_joiners": "words",
    "money.currencies": "named",
    "money.subunits": "words",
    "money.percent": "phrases",
    "money.percent_before": "words",
    "han.digits": "values",
    "han.tens": "values",
    "han.myriads": "values",
    "hangul.digits": "values",
    "hangul.native": "values",
    "hangul.tens": "values",
    "hangul.myriads": "values",
    "quantities.counters": "words",
    "quantities.sole_counters": "words",
    "quantities.names": "words",
    "quantities.ordinal_names": "words",
    "quantities.ordinal_marks": "words",
    "quantities.currencies": "texts",
    "quantities.hedges_after": "words",
    "quantities.no_numbers": "words",
    "quantities.no_hedges": "words",
    "quantities.unread_magnitudes": "words",
    "quantities.ordinal_openings": "words",
    "quantities.name_openings": "words",
    "thai.digits": "values",
    "thai.tens": "values",
    "thai.myriads": "values",
    "spelled.cardinals": "texts",
    "spelled.scales": "texts",
    "spelled.ordinals": "texts",
    "spelled.prefixes": "texts",
    "spelled.fractions": "texts",
    "spelled.parts": "texts",
    "spelled.fifths": "words",
    "spelled.points": "words",
    "spelled.lines": "words",
    "spelled.doubtful": "words",
    "spelled.articles": "words",
    "spelled.joiners": "words",
    "spelled.minus": "words",
    "spelled.of": "words",
    "spelled.shares": "words",
    "spelled.ones": "words",
    "spelled.out_of": "words",
    "spelled.every": "words",
    "spelled.duals": "texts",
    "spelled.bare": "words",
    "spelled.months": "texts",
}
"""All topics, as "table.key" of the files, and the form of their entries. A file contains those for which it has entries."""

_FIRST = "en"
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


def entries(topic: str) -> Iterator[Entry]:
    """Yield the entries of a topic, English first, then by language code, in the order of each file; values without their numbers.

    Raises:
        KeyError: There is no such topic.
    """
    form = TOPICS[topic]
    for language, text in by_language(topic).items():
        for line in text.splitlines():
            of_line = line.split() if form in ("words", "values") else [line]
            if form == "named":
                of_line = [line, *line.partition(" ")[2].split(", ")]
            yield from (Entry(language, entry) for entry in of_line[form in ("values", "named") :])


def by_language(topic: str) -> Mapping[str, str]:
    """Return the text of a topic in each language that has it, English first, then by language code."""
    return _texts().get(topic, {})


def words(topic: str) -> frozenset[str]:
    """Return the words of a topic in all languages."""
    return frozenset(word for text in by_language(topic).values() for word in text.split())


def own_words(topic: str, language: str) -> frozenset[str]:
    """Return the words of a topic in one language, by its primary subtag; none if it has no file."""
    return frozenset(by_language(topic).get(language, "").split())


def values(topic: str, language: str | None = None) -> dict[str, int | float]:
    """Return the value of each word of a topic, in one language or in all; whole numbers are ints."""
    texts = by_language(topic)
    of_languages = texts.values() if language is None else [texts.get(language, "")]
    lines = (line.split() for text in of_languages for line in text.splitlines())
    return {word: float(value) if "." in value else int(value) for value, *of_value in lines for word in of_value}


def named(topic: str, language: str | None = None) -> dict[str, str]:
    """Return the code of each phrase of a topic, in one language or in all; of several codes the one in the first language."""
    texts = by_language(topic)
    of_languages = [*texts.values()] if language is None else [texts.get(language, "")]
    lines = [line.partition(" ") for text in of_languages for line in text.splitlines()]
    return {phrase: code for code, _, of_code in reversed(lines) for phrase in of_code.split(", ")}


def phrases(topic: str) -> tuple[str, ...]:
    """Return the phrases of a topic in all languages, without duplicates."""
    return tuple(dict.fromkeys(entry.text for entry in entries(topic)))


def alternatives(topic: str) -> str:
    """Return the source of a pattern that matches what any pattern of a topic matches. It is a group, and captures nothing."""
    return f"(?:{'|'.join(_GROUP.sub('(?:', text) for text in phrases(topic))})"


@cache
def _texts() -> dict[str, dict[str, str]]:
    """Return the content of all files: for each topic, the text by language."""
    found: dict[str, dict[str, str]] = {}
    paths = sorted(Path(__file__).parent.glob("*.toml"), key=lambda path: (path.stem != _FIRST, path.stem))
    for path in paths:
        for table, topics in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for key, text in topics.items():
                found.setdefault(f"{table}.{key}", {})[path.stem] = text
    return found
