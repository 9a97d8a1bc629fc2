"""How the number words of a language are formed from those of the lexicon: compounds, ordinals, denominators, spellings without diacritics. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, cast

from monitor.facts.number_words.table import AFTER_HUNDREDS, AFTER_TENS, ANYWHERE, NEVER, NumberWords
from monitor.lexicon import by_language, own_words, values

Words = dict[str, int]
_GERMAN_ENDINGS = ("e", "en", "er", "es", "em")
_TURKISH_HARMONY = dict(zip("aıeiouöü", "ııiiuuüü", strict=True))
"""The close vowel of a suffix by the last vowel of the word."""
_APOSTROPHES = str.maketrans(dict.fromkeys("'’", "\u02bc"))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class _Grammar(NamedTuple):
    """The grammar of a language.

    Attributes:
        joins: As in `NumberWords`.
        compounds: Adds the compounds below a thousand to cardinals; arguments: cardinals, forms within compounds, words for a hundred.
        ordinals: Returns further ordinals; argument: cardinals.
        denominators: Returns further denominators; arguments: cardinals, ordinals.
        inner_joiners: As in `NumberWords`.
        by_twenties: As in `NumberWords`.
        without_diacritics: Whether words are also written without diacritics: "milhoes", "fuenf".
        letters: As in `NumberWords`.
        inflected: Returns further forms of cardinals.
    """

    joins: int = NEVER
    compounds: Callable[[Words, Words, Iterable[str]], Words] | None = None
    ordinals: Callable[[Words], Words] | None = None
    denominators: Callable[[Words, Words], Words] | None = None
    inner_joiners: tuple[str, ...] = ()
    by_twenties: bool = False
    without_diacritics: bool = False
    letters: Mapping[int, str] = {}
    inflected: Callable[[Words], Words] | None = None


def number_words(code: str) -> NumberWords:
    """Return the number words of a language by its primary subtag; an empty table for a language without them."""
    if code not in by_language("number_words.cardinals"):
        return NumberWords()
    grammar = _GRAMMARS.get(code, _Grammar())
    cardinals, scales = _whole("cardinals", code), _whole("scales", code)
    alone = own_words("number_words.alone", code)
    if grammar.compounds is not None:
        hundreds = [word for word, value in scales.items() if value == 100]
        cardinals = grammar.compounds(cardinals, _whole("bound", code), hundreds)
    if grammar.inflected is not None:
        cardinals |= grammar.inflected(cardinals | {word: value for word, value in scales.items() if value == 100})
    ordinals = _whole("ordinals", code) | (grammar.ordinals(cardinals) if grammar.ordinals else {})
    denominators = _whole("denominators", code)
    if grammar.denominators is not None:
        denominators = grammar.denominators(cardinals, ordinals) | denominators
    joiners, articles = own_words("number_words.joiners", code), own_words("number_words.articles", code)
    halves, points = own_words("number_words.halves", code), own_words("number_words.points", code)
    fractions = values("number_words.fractions", code)
    if grammar.without_diacritics:
        known = {*cardinals, *ordinals, *scales, *denominators, *joiners, *articles, *halves}
        plain = _german_plain if code == "de" else _plain
        for table in (cardinals, ordinals, scales, denominators, fractions):
            table |= {short: value for word, value in table.items() if (short := plain(word)) not in known}
        points |= frozenset(map(plain, points))
    inner = {word: value for word, value in scales.items() if grammar.compounds is not None and value >= 1_000}
    return NumberWords(
        cardinals=cardinals,
        ordinals=ordinals,
        scales=scales,
        alone=alone,
        joiners=joiners,
        joins=grammar.joins,
        articles=articles,
        halves=halves,
        fractions=fractions,
        denominators=denominators,
        denominator_marks=own_words("number_words.denominator_marks", code),
        fraction_joiners=own_words("number_words.fraction_joiners", code),
        points=points,
        over=own_words("number_words.over", code),
        doubtful=own_words("number_words.doubtful", code),
        vague=own_words("number_words.vague", code),
        by_twenties=grammar.by_twenties,
        # The longer of two words with the same beginning first: "miljoner" before "miljon".
        inner_scales=tuple(sorted(inner.items(), key=lambda item: (-item[1], -len(item[0])))),
        inner_joiners=grammar.inner_joiners,
        letters=grammar.letters,
    )


def _whole(key: str, code: str) -> Words:
    return cast("Words", values(f"number_words.{key}", code))


def _plain(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))


def _german_plain(word: str) -> str:
    return word.translate(_UMLAUTS)


def _by_value(words: Words) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for word, value in words.items():
        found.setdefault(value, []).append(word)
    return found


def _units(cardinals: Words, bound: Words) -> dict[int, list[str]]:
    """Return the words for 1 to 9 as they are within compounds."""
    within = _by_value(bound)
    return {value: within.get(value, words) for value, words in _by_value(cardinals).items() if 1 <= value <= 9}


def _units_first(joint: str) -> Callable[[Words, Words, Iterable[str]], Words]:
    """Compounds with the unit before the ten: "einundzwanzig", "vijfentwintig", "femogtyve"."""

    def compounds(cardinals: Words, bound: Words, hundreds: Iterable[str]) -> Words:
        formed: Words = {}
        for ten, value in cardinals.items():
            if 20 <= value < 100 and value % 10 == 0:
                for digit, units in _units(cardinals, bound).items():
                    # Dutch separates two vowels: "tweeëndertig".
                    formed |= {
                        f"{unit}{'ën' if joint == 'en' and unit[-1] == 'e' else joint}{ten}": value + digit
                        for unit in units
                    }
        return _with_hundreds(cardinals | formed, bound, hundreds, ("", joint))

    return compounds


def _tens_first(cardinals: Words, bound: Words, hundreds: Iterable[str]) -> Words:
    """Compounds with the ten before the unit: "tjugofem", "etthundratrettiotvå"."""
    units = _by_value(cardinals)
    formed = {
        f"{ten}{unit}": value + digit
        for ten, value in cardinals.items()
        if 20 <= value < 100 and value % 10 == 0
        for digit in range(1, 10)
        for unit in units[digit]
    }
    return _with_hundreds(cardinals | formed, bound, hundreds, ("", "och", "og"))


def _with_hundreds(below: Words, bound: Words, hundreds: Iterable[str], joints: Iterable[str]) -> Words:
    """Add the compounds from 100 to 999 to those below."""
    words = dict(below)
    for hundred in hundreds:
        heads = {hundred: 100} | {
            f"{unit}{hundred}": 100 * digit for digit, units in _units(below, bound).items() for unit in units
        }
        words |= heads
        words |= {
            f"{head}{joint}{word}": value + rest
            for head, value in heads.items()
            for word, rest in below.items()
            if 0 < rest < 100
            for joint in joints
        }
    return words


def _italian(cardinals: Words, bound: Words, _: Iterable[str]) -> Words:
    """Compounds in which the ten loses its vowel before another one: "ventuno", "trentotto", "ventitré"."""
    units = {word: value for word, value in cardinals.items() if value <= 9 and value and word != "una"}
    words = dict(cardinals)
    for ten, value in cardinals.items():
        if 20 <= value <= 90 and value % 10 == 0 and not ten.endswith("ina"):
            for unit, digit in units.items():
                word = f"{ten[:-1] if digit in (1, 8) else ten}{unit}"
                words[word] = value + digit
                if digit == 1:
                    words[word[:-1]] = value + 1
                elif digit == 3:
                    words[f"{word[:-1]}é"] = value + 3
    below = {word: value for word, value in words.items() if 0 < value < 100}
    for hundred in bound:
        for unit, digit in {"": 1, **units}.items():
            if digit > 1 or not unit:
                words[f"{unit}{hundred}"] = 100 * digit
                words |= {f"{unit}{hundred}{word}": 100 * digit + value for word, value in below.items()}
    return words


def _turkish_possessives(cardinals: Words) -> Words:
    """Return the forms with the possessive suffix, "on yedisi", except "biri" and "onu", which are pronouns."""
    forms: Words = {}
    for word, value in cardinals.items():
        harmony = next((_TURKISH_HARMONY[char] for char in reversed(word) if char in _TURKISH_HARMONY), "")
        if value not in (1, 10):
            forms[
                f"{word.removesuffix('t')}{'d' if word[-1] == 't' else 's' if word[-1] in _TURKISH_HARMONY else ''}{harmony}"
            ] = value
    return forms


def _german_ordinals(cardinals: Words) -> Words:
    stems = _by_value(_whole("ordinal_stems", "de"))
    ordinals: Words = {}
    for word, value in cardinals.items():
        if 0 < value < 100:
            for stem in stems.get(value, [f"{word}{'t' if value < 20 else 'st'}"]):
                ordinals |= {f"{stem}{ending}": value for ending in _GERMAN_ENDINGS}
    return ordinals


def _italian_ordinals(cardinals: Words) -> Words:
    return {
        f"{word.replace('tré', 'tree')[:-1]}esim{ending}": value
        for word, value in cardinals.items()
        if value > 10 and not word.endswith(("ina", "una"))
        for ending in "oa"
    }


def _dutch_ordinals(cardinals: Words) -> Words:
    """Return the ordinals from 20 to 999: "twintigste", "honderdvijfendertigste", "driehonderdachtste"."""
    # See tests/monitor/facts/test_number_words.py::test_a_dutch_ordinal_is_one_word.
    small = {value: word for word, value in _whole("ordinals", "nl").items()}
    ordinals: Words = {}
    by_value = _by_value(cardinals)
    for word, value in cardinals.items():
        rest = value % 100
        if value >= 20 and (rest >= 20 or not rest):
            ordinals[f"{word}ste"] = value
        elif value > 100:
            end = next((name for name in by_value[rest] if word.endswith(name)), None)
            if end is not None:
                ordinals[f"{word.removesuffix(end)}{small[rest]}"] = value
    return ordinals


def _swedish_denominators(cardinals: Words, ordinals: Words) -> Words:
    teens = {f"{word}del": value for word, value in ordinals.items() if value >= 3}
    tens = {f"{word}ndel": value for word, value in cardinals.items() if 20 <= value < 100 and value % 10 == 0}
    return {f"{word}{ending}": value for word, value in (teens | tens).items() for ending in ("", "ar", "s")}


def _german_denominators(cardinals: Words, _: Words) -> Words:
    return {
        f"{word}{'tel' if value < 20 else 'stel'}": value for word, value in cardinals.items() if 4 <= value <= 1_000
    }


def _plural_ordinals(ending: str) -> Callable[[Words, Words], Words]:
    """Denominators that are ordinals in the plural: "fifths", "quintos", "achtsten"; in the singular they are ordinals, too."""

    def denominators(_: Words, ordinals: Words) -> Words:
        forms = {f"{word}{ending}": value for word, value in ordinals.items() if value >= 3}
        return forms | {word: value for word, value in ordinals.items() if value >= 3}

    return denominators


def _spanish_denominators(cardinals: Words, ordinals: Words) -> Words:
    """Return ordinals in the plural and words in -avo: "cinco octavos", "veintidós treintavos"."""
    found = _plural_ordinals("s")(cardinals, ordinals)
    for word, value in cardinals.items():
        if value > 3:
            stem = word.removesuffix("a")
            found |= {f"{stem}avo{plural}": value for plural in ("", "s")}
    return found


def _italian_denominators(_: Words, ordinals: Words) -> Words:
    """Return ordinals in the plural: "tre quinti", "due terzi"."""
    found = {f"{word[:-1]}i": value for word, value in ordinals.items() if value >= 3 and word.endswith("o")}
    return found | {word: value for word, value in ordinals.items() if value >= 3}


_GRAMMARS: Mapping[str, _Grammar] = {
    "en": _Grammar(AFTER_HUNDREDS, denominators=_plural_ordinals("s")),
    "de": _Grammar(AFTER_HUNDREDS, _units_first("und"), _german_ordinals, _german_denominators, ("und",), without_diacritics=True),
    "nl": _Grammar(AFTER_HUNDREDS, _units_first("en"), _dutch_ordinals, _plural_ordinals("n"), ("en", "ën"), without_diacritics=True),
    "sv": _Grammar(AFTER_HUNDREDS, _tens_first, None, _swedish_denominators, ("och",)),
    "no": _Grammar(AFTER_HUNDREDS, _tens_first, None, None, ("og",)),
    "da": _Grammar(AFTER_HUNDREDS, _units_first("og"), None, None, ("og",)),
    "fr": _Grammar(AFTER_TENS, denominators=_plural_ordinals("s"), by_twenties=True, without_diacritics=True),
    "es": _Grammar(AFTER_TENS, denominators=_spanish_denominators, without_diacritics=True),
    "it": _Grammar(NEVER, _italian, _italian_ordinals, _italian_denominators, without_diacritics=True),
    "pt": _Grammar(ANYWHERE, denominators=_plural_ordinals("s"), without_diacritics=True),
    "uk": _Grammar(letters=_APOSTROPHES),
    "tr": _Grammar(letters={ord("İ"): "i"}, inflected=_turkish_possessives),
}  # fmt: skip
"""Languages whose number words are not one word a part, without joiners. Others need an entry in the lexicon only."""
