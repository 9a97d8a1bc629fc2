"""Reads numbers in Hindi words, and digits before सौ, हज़ार, लाख, करोड़: सत्तासी · एक लाख बीस हज़ार · डेढ़ सौ · साढ़े तीन करोड़ · तीन चौथाई · 21वां. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from monitor.facts.number_words import month_names, spelled
from monitor.facts.number_words.script_number import ScriptNumber, entries, words
from monitor.facts.number_words.spelled_sum import Words
from monitor.facts.numerals import Numeral

SCRIPT = re.compile("[\u0900-\u097f]")
_WORD = re.compile(r"[0-9०-९](?:[0-9०-९,.]{0,38}[0-9०-९])?|[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")
_CHANDRABINDU, _ANUSVARA, _NUKTA = "\u0901", "\u0902", "\u093c"
_FOLDED = str.maketrans({_CHANDRABINDU: _ANUSVARA, _NUKTA: None, "\u200c": None, "\u200d": None})
_ORDINAL_ENDINGS = ("वां", "वीं", "वें")
_ORDINAL_DIGITS = re.compile(r"(?P<digits>[0-9०-९]{1,7}) ?(?:वां|वाँ|वीं|वें)(?![\u0900-\u097f])")


def _key(word: str) -> str:
    """Return a word without nukta, with anusvara for chandrabindu: हज़ार and हजार, पाँच and पांच are spellings of the same word."""
    return unicodedata.normalize("NFD", word).translate(_FOLDED)


def _table(topic: str) -> dict[str, int]:
    lines = (line.split() for line in entries(topic, ("hi",)))
    return {_key(word): int(value) for value, *forms in lines for word in forms}


def _decimals(topic: str) -> dict[str, Decimal]:
    lines = (line.split() for line in entries(topic, ("hi",)))
    return {_key(word): Decimal(value) for value, *forms in lines for word in forms}


def _keys(topic: str) -> frozenset[str]:
    return frozenset(map(_key, words(topic, ("hi",))))


_CARDINALS = _table("spelled.cardinals")
_SCALES = _table("spelled.scales")


def _ordinal(key: str) -> int | None:
    """Return the value of a cardinal with the ending of an ordinal: सातवां, सौवीं."""
    for ending in _ORDINAL_ENDINGS:
        if key.endswith(ending):
            stem = key.removesuffix(ending)
            return _CARDINALS.get(stem, _SCALES.get(stem))
    return None


_WORDS = Words(
    word=_WORD,
    key=_key,
    cardinals=_CARDINALS,
    scales=_SCALES,
    ordinals=_table("spelled.ordinals"),
    prefixes=_decimals("spelled.prefixes"),
    fractions=_decimals("spelled.fractions"),
    parts=_table("spelled.parts"),
    points=_keys("spelled.points"),
    lines=_keys("spelled.lines"),
    doubtful=_keys("spelled.doubtful"),
    no_start=_keys("spelled.articles"),
    joiners=_keys("spelled.joiners"),
    ordinal=_ordinal,
    minus=_keys("spelled.minus"),
    of=_keys("spelled.of"),
    shares=_keys("spelled.shares"),
)


def find(text: str) -> Iterator[Numeral | ScriptNumber]:
    """Yield the numbers of a text that contain a number word, and ordinals in digits, in order."""
    end = 0
    marked = {match.start(): match for match in _ORDINAL_DIGITS.finditer(text)}
    found: list[Numeral | ScriptNumber] = [
        Numeral(match.start(), match.end(), int(match["digits"]), ordinal=True, worded=True)
        for match in marked.values()
    ]
    dates = month_names.find(text, "hi", lambda year: year)
    for numeral in sorted([*dates, *found, *spelled.find(text, _WORDS)], key=lambda numeral: numeral.start):
        if numeral.start >= end:
            yield numeral
            end = numeral.end
