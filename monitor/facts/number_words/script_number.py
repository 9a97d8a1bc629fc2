"""A number that a reader of one script has read completely: with its type, unit and hedge. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from monitor.lexicon import by_language, values
from monitor.model import MentionType, Number


class ScriptNumber(NamedTuple):
    """A number with its type and unit.

    Attributes:
        start: Its start offset.
        end: Its end offset (exclusive).
        type: Its mention type.
        value: The value, as in `Mention`; None if the number is not readable.
        unit: What it counts, or an ISO 4217 code; None if unknown.
        hedge: As in `Mention`.
        upper: The upper end of a range; None if it is none.
    """

    start: int
    end: int
    type: MentionType
    value: Number | None
    unit: str | None = None
    hedge: str | None = None
    upper: Number | None = None


@cache
def entries(topic: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the entries of a topic of words, phrases or texts in these languages, the longest first."""
    form = by_language(topic)
    found = (line for language in languages for line in form.get(language, "").splitlines())
    return tuple(sorted(dict.fromkeys(found), key=len, reverse=True))


@cache
def words(topic: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a topic in these languages, the longest first."""
    found = (word for language in languages for word in by_language(topic).get(language, "").split())
    return tuple(sorted(dict.fromkeys(found), key=len, reverse=True))


@cache
def currencies(languages: tuple[str, ...]) -> Mapping[str, str]:
    """Return the ISO 4217 code of each name of a currency in these languages, the longest name first."""
    lines = (line.split() for line in entries("quantities.currencies", languages))
    names = {name: code for code, *names_of_code in lines for name in names_of_code}
    return {name: names[name] for name in sorted(names, key=len, reverse=True)}


@cache
def integers(topic: str) -> dict[str, int]:
    """Return the values of a topic in all languages, which are whole."""
    return {word: int(value) for word, value in values(topic).items()}


def longest(text: str, at: int, index: Mapping[str, tuple[str, ...]]) -> str:
    """Return the first of the words with which the text continues at an offset; "" if there is none. `index` is the result of `by_first`."""
    return next((word for word in index.get(text[at : at + 1], ()) if text.startswith(word, at)), "")


def by_first(candidates: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the words by their first character, in order: most texts continue with none of them, which one look-up shows."""
    index: dict[str, tuple[str, ...]] = {}
    for word in candidates:
        index[word[0]] = (*index.get(word[0], ()), word)
    return index


@cache
def topic_index(topic: str, languages: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the words of a topic in these languages by their first character, the longest first."""
    return by_first(words(topic, languages))


@cache
def currency_index(languages: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the names of currencies in these languages by their first character, the longest first."""
    return by_first(currencies(languages))
