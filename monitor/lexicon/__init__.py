"""Words, phrases and patterns of pages, by topic, from one data file per language (`<language>.toml`).

Every pattern of extraction and page status that depends on a language is built from these files. To support a language there, add its file: nothing else
lists the languages. Numbers and dates of a language are in `monitor.facts`; CONTRIBUTING lists the places. `en.toml` explains each topic; `TOPICS` states how the entries of each are written.

Reads package data when a topic is first used; otherwise pure. Must not depend on any other package.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["TOPICS", "Entry", "alternatives", "by_language", "entries", "phrases", "words"]

Form = Literal["words", "phrases", "patterns"]
"""How the entries of a topic are written.

words: Separated by white space, lower case.
phrases: One a line, literal text.
patterns: One a line, regular expressions that are applied without regard to case. Parentheses group and do not capture.
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
    "comments.counted": "patterns",
    "comments.qualifiers": "patterns",
    "comments.requests": "patterns",
    "lists.further_reading": "patterns",
    "lists.folders": "patterns",
    "page_status.missing_names": "phrases",
    "page_status.missing_phrases": "phrases",
    "page_status.down_names": "phrases",
    "page_status.down_phrases": "phrases",
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
    "page_status.error_words": "patterns",
    "page_status.exclamations": "patterns",
}
"""All topics, as "table.key" of the files, and the form of their entries. A file contains those for which it has entries."""

_FIRST = "en"
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


def entries(topic: str) -> Iterator[Entry]:
    """Yield the entries of a topic, English first, then by language code, in the order of each file.

    Raises:
        KeyError: There is no such topic.
    """
    form = TOPICS[topic]
    for language, text in by_language(topic).items():
        for entry in text.split() if form == "words" else text.splitlines():
            yield Entry(language, entry)


def by_language(topic: str) -> Mapping[str, str]:
    """Return the text of a topic in each language that has it, English first, then by language code."""
    return _texts().get(topic, {})


def words(topic: str) -> frozenset[str]:
    """Return the words of a topic in all languages."""
    return frozenset(word for text in by_language(topic).values() for word in text.split())


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
