"""Reads numbers in Arabic words, and digits before ألف, مليون: ثلاثة وعشرون · مئتان وخمسون ألفا · أحد عشر · مليونان · ثلاثة أرباع · نصف مليون. Pure.

A unit precedes its ten, and all parts after the first begin with the conjunction و. Two of a scale are one word (مئتان, ألفين).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from monitor.facts.number_words import spelled
from monitor.facts.number_words.script_number import ScriptNumber, entries, words
from monitor.facts.number_words.spelled_sum import Words
from monitor.facts.numerals import Numeral

_DIGIT = "0-9٠-٩۰-۹"
_WORD = re.compile(rf"[{_DIGIT}](?:[{_DIGIT},.٫٬]{{0,38}}[{_DIGIT}])?|[\u0621-\u065f\u0670-\u06d3]+")
_MARKS = str.maketrans(
    dict.fromkeys(map(chr, [*range(0x64B, 0x660), 0x640, 0x670]), "") | dict.fromkeys("أإآٱ", "ا") | {"ى": "ي"}
)
_PREPOSITIONS = frozenset("بلك")
_SHORTEST = 4
"""Minimum length of a number word after a preposition that is written with it."""
_ARTICLE, _AND, _DAMMA = "ال", "و", "\u064f"


def _folded(word: str) -> str:
    """Return a word without vowel signs and without hamza on its alif."""
    return word.translate(_MARKS)


def _marked(word: str) -> str:
    """Return a folded word with the vowel sign of a fraction on its first letter: خُمس is a fifth, خَمس is five."""
    return f"{word[0]}{_DAMMA}{_folded(word[2:])}" if word[1:2] == _DAMMA else _folded(word)


def _table(topic: str) -> dict[str, int]:
    lines = (line.split() for line in entries(topic, ("ar",)))
    return {_folded(word): int(value) for value, *forms in lines for word in forms}


def _keys(topic: str) -> frozenset[str]:
    return frozenset(map(_folded, words(topic, ("ar",))))


_CARDINALS, _SCALES, _DUALS = (_table(f"spelled.{name}") for name in ("cardinals", "scales", "duals"))
_PARTS, _ORDINALS = _table("spelled.parts"), _table("spelled.ordinals")
_BARE = _keys("spelled.bare")
_WITH_ARTICLE = (_CARDINALS.keys() | _SCALES.keys() | _DUALS.keys()) - _BARE

_FRACTIONS = {
    _marked(word): Decimal(value)
    for value, *forms in map(str.split, entries("spelled.fractions", ("ar",)))
    for word in forms
}
_FIFTHS = {word: value for word, value in _CARDINALS.items() if word in _keys("spelled.fifths")}
_KNOWN = _CARDINALS.keys() | _SCALES.keys() | _DUALS.keys()


def _key(word: str) -> str:
    """Return a word as the tables have it: without vowel signs, and without the article if it is a number word."""
    if _DAMMA in word[1:3]:
        conjunction = _AND if word[0] == _AND else ""
        marked = _marked(word.removeprefix(conjunction))
        if marked in _FRACTIONS:
            return conjunction + marked
    folded = _folded(word)
    bare = folded.removeprefix(_ARTICLE)
    if bare in _WITH_ARTICLE or folded in _KNOWN:
        return bare if bare in _WITH_ARTICLE else folded
    # بثلاثة is "with three".
    rest = folded[1:]
    return rest if folded[:1] in _PREPOSITIONS and len(rest) >= _SHORTEST and rest in _WITH_ARTICLE else folded


def _joined(key: str) -> str | None:
    """Return the word after the conjunction و; None if there is no conjunction."""
    if not key.startswith(_AND) or len(key) <= len(_AND) + 1:
        return None
    rest = key.removeprefix(_AND)
    bare = rest.removeprefix(_ARTICLE)
    return bare if bare in _WITH_ARTICLE else rest


def _part_before(word: str, following: str) -> int | None:
    """Return the denominator of خمس, سبع, تسع or عشر before a definite noun; before an indefinite one it is a cardinal."""
    # See tests/monitor/facts/test_indic_and_thai.py::test_an_arabic_fraction_precedes_a_definite_noun.
    known = following in _KNOWN or following in _ORDINALS
    return None if known or not following.startswith(_ARTICLE) else _FIFTHS.get(word)


_WORDS = Words(
    word=_WORD,
    key=_key,
    cardinals=_CARDINALS,
    scales=_SCALES,
    duals=_DUALS,
    ordinals=_ORDINALS,
    fractions=_FRACTIONS,
    parts=_PARTS,
    doubtful=_keys("spelled.doubtful"),
    no_start=_keys("spelled.articles"),
    joined=_joined,
    joiners=_keys("spelled.joiners"),
    minus=_keys("spelled.minus"),
    points=_keys("spelled.points"),
    lines=_keys("spelled.lines"),
    part_before=_part_before,
    ones=_keys("spelled.ones"),
    out_of=_keys("spelled.out_of"),
    every=_keys("spelled.every"),
    units_first=True,
)


def find(text: str) -> Iterator[Numeral | ScriptNumber]:
    """Yield the numbers of a text that contain a number word, in order."""
    return spelled.find(text, _WORDS)
