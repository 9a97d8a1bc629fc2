"""Language-dependent rules for numbers: the decimal sign, the number words, and the words that end a noun phrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from monitor.facts import magnitudes, vocabulary
from monitor.facts.number_words.reader import table
from monitor.facts.number_words.table import NumberWords
from monitor.lexicon import by_language, own_words

_COMMA_DECIMAL = frozenset(
    "af az ba be bg br bs ca cs cv da de el eo es et eu ff fi fo fr fy gl hr ht hu hy ia id ie is it jv ka kk kl ku ky lb ln lo lt lu lv mk nb nl nn no nr pl ps pt rm rn "
    "ro ru rw sc se sg sk sl sq sr ss su sv tg tk tr ts tt uk uz ve vi wo".split()
)
"""Languages with a decimal comma in CLDR (numbers/symbols in Western digits), as in Babel 2.19."""


@dataclass(frozen=True)
class NumberLocale:
    """The number rules of one language.

    Attributes:
        code: Its primary subtag; "" if the page's language is unknown.
        comma_decimal: Whether it writes 1.234,5 rather than 1,234.5.
        number_words: Its number words; empty if there is no table for the language.
        magnitudes: Words and abbreviations after a number that multiply it.
        stops: Words that end a noun phrase.
        verbs: Endings of words that end a noun phrase.
        noun_capitals: Whether nouns, and only nouns, are capitalised.
        references: Words after which a number names something.
    """

    code: str
    comma_decimal: bool
    number_words: NumberWords
    magnitudes: Mapping[str, int]
    stops: frozenset[str]
    verbs: tuple[str, ...]
    noun_capitals: bool
    references: frozenset[str]


def _own_stops(code: str) -> frozenset[str]:
    """Return the words that end a noun phrase in one language; where none are listed, its function words."""
    # See tests/monitor/facts/test_labels.py::test_function_words_end_a_noun_phrase_where_none_are_listed.
    own = own_words("numbers.own_stops", code)
    if own or code in by_language("numbers.stops"):
        return own
    return own_words("detection.function_words", code) - own_words("numbers.own_nouns", code)


@lru_cache(maxsize=64)
def of(code: str) -> NumberLocale:
    """Return the number rules of a language by its primary subtag; "" (unknown language) uses English number words."""
    return NumberLocale(
        code=code,
        comma_decimal=code in _COMMA_DECIMAL,
        number_words=table(code),
        magnitudes=magnitudes.of_language(code),
        stops=vocabulary.STOPS | vocabulary.OF_NOW | _own_stops(code),
        verbs=tuple(by_language("numbers.past_endings").get(code, "").split()),
        noun_capitals=code == "de",
        references=(vocabulary.REFERENCES | own_words("numbers.own_references", code))
        - own_words("numbers.no_references", code),
    )
