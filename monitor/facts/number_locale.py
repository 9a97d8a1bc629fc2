"""Language-dependent rules for numbers: the decimal sign, the number words, and the words that end a noun phrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from monitor.facts import money, vocabulary
from monitor.facts.number_words.reader import table
from monitor.facts.number_words.table import NumberWords

_COMMA_DECIMAL = frozenset(
    "af az ba be bg br bs ca cs cv da de el eo es et eu ff fi fo fr fy gl hr ht hu hy ia id ie is it jv ka kk kl ku ky lb ln lo lt lu lv mk nb nl nn no nr pl ps pt rm rn "
    "ro ru rw sc se sg sk sl sq sr ss su sv tg tk tr ts tt uk uz ve vi wo".split()
)
"""Languages with a decimal comma in CLDR (numbers/symbols in Western digits), as in Babel 2.19."""
_STOPS = {
    "de": "wurde wurden wird werden war waren gegen beim zum zur vom kommen leben gehören",
    "fr": "ont sont ont été étaient était a ne se vient vont vers chez sous entre devant après avant depuis",
    "es": "fue fueron tiene tienen hay se está están entre desde hasta pero como más ante viven vive sale es son era eran quedó quedaron marca llegan",
    "it": "sono è era erano ha hanno si sta tra fra ma come più davanti vive vivono dal al alla alle parte sul sulla nella nei",
    "pt": "o os as um uma do da dos das no na nos nas em é são foi foram tem têm se com vive vivem diante entre desde até mas mais sai marca ficou ficaram",
    "ar": "و",
    "nl": "van het een voor met op aan uit bij door naar is zijn heeft hebben wordt worden werd werden zat zaten die dat er tot open dicht betaalt sloten "
    "raakten liep woont stond",
}
"""Words that end a noun phrase in one language and can be nouns in another."""
_REFERENCES = {
    "nl": frozenset({"lid", "lijst"}),
    "it": frozenset({"comma"}),
    "fr": frozenset({"bp", "b.p."}),
    "de": frozenset({"liste"}),
    "es": frozenset({"km"}),
    "pt": frozenset({"linha"}),
}
_NO_REFERENCES = {"es": frozenset({"para"}), "pt": frozenset({"para"})}
"""References in other languages that are everyday words in this one."""
_PAST = {
    "es": ("aron", "ieron", "aban", "ían"),
    "it": ("arono", "irono", "erono", "avano", "evano"),
    "pt": ("aram", "eram", "iram", "avam", "iam"),
    "fr": ("aient", "èrent", "irent"),
}
"""Endings of verbs that follow their subject; no plural noun has them."""


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


@lru_cache(maxsize=64)
def of(code: str) -> NumberLocale:
    """Return the number rules of a language by its primary subtag; "" (unknown language) uses English number words."""
    return NumberLocale(
        code=code,
        comma_decimal=code in _COMMA_DECIMAL,
        number_words=table(code),
        magnitudes=money.magnitudes(code),
        stops=vocabulary.STOPS | frozenset(_STOPS.get(code, "").split()),
        verbs=_PAST.get(code, ()),
        noun_capitals=code == "de",
        references=(vocabulary.REFERENCES | _REFERENCES.get(code, frozenset())) - _NO_REFERENCES.get(code, frozenset()),
    )
