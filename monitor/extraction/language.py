"""Detect the language of a text by its script and its most common words; return no answer if the result is uncertain.

A page's declared language (`lang`) is usually right but sometimes left over from a template, so it is checked: if the text is certainly in another
language, the text wins. Languages that share their function words with a neighbour (Danish and Norwegian, Czech and Slovak, Croatian and its
relatives) are distinguished only if the text is clear; otherwise a declared neighbour wins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from monitor.lexicon import by_language

_SAMPLE_CHARS = 2_500
"""Number of characters that are examined; a longer sample takes longer and does not improve the result."""
_FEWEST_HITS = 5
"""Minimum number of function words that a decision needs."""
_SHARE = 0.12
"""Minimum share of function words in prose of a language; lists of names have fewer."""
_AHEAD = 1.35
"""Required ratio between the function words of the best language and those of the second."""
_LETTERS = 20
"""Minimum number of letters for a script to count; they must also be at least a fifth of all letters."""

_FUNCTION_WORDS = {language: text.split() for language, text in by_language("detection.function_words").items()}
_WORD = re.compile(r"[^\W\d_][^\W\d_]*")
"""One or more letters; written so that the engine can skip to the first."""
_ASCII_LETTERS = bytes(place if chr(place).isalpha() else ord(" ") for place in range(128)) + b" " * 128
_LETTER_BEYOND = re.compile("[^\x00-\x7f\u00a0-\u00a9\u2000-\u206f\u20a0-\u20cf]")
"""Possible letters beyond ASCII: excludes quotes, dashes, spaces and currency signs, which occur in texts of every language."""
_SCRIPTS = re.compile(
    "(?P<greek>[\u0370-\u03ff]+)|(?P<cyrillic>[\u0400-\u04ff]+)|(?P<he>[\u0590-\u05ff]+)|(?P<arabic>[\u0600-\u06ff\ufb50-\ufefc]+)|(?P<hi>[\u0900-\u097f]+)|(?P<th>[\u0e00-\u0e7f]+)|"
    "(?P<ja>[\u3040-\u30ff]+)|(?P<han>[\u4e00-\u9fff]+)|(?P<ko>[\uac00-\ud7af]+)"
)
_OTHER_SCRIPT = re.compile("[\u0370-\u06ff\u0900-\u0e7f\u3040-\u9fff\uac00-\ud7af]")
_ALONE = frozenset({"he", "hi", "th", "ja", "ko"})
"""Scripts that nearly always mean one language."""
_OF_SCRIPT = {
    "greek": ("el",),
    "cyrillic": ("ru", "uk", "bg", "sr"),
    "arabic": ("ar", "fa", "ur"),
    "latin": tuple("en de fr es it pt nl sv da no fi pl cs sk hu ro tr id vi hr".split()),
}
_VOTES = {
    script: {
        word: tuple(language for language in languages if word in _FUNCTION_WORDS[language])
        for word in {word for language in languages for word in _FUNCTION_WORDS[language]}
    }
    for script, languages in _OF_SCRIPT.items()
}
# Codes of the same language, or of languages so close that a reader of one reads the other.
_ALIASES = {
    "nb": "no", "nn": "no", "bs": "hr", "sh": "hr", "iw": "he", "in": "id", "ms": "id", "cmn": "zh", "yue": "zh", "mo": "ro", "me": "hr", "cnr": "hr",
}  # fmt: skip
_NEAR = ({"da", "no", "sv"}, {"cs", "sk"}, {"hr", "sr"}, {"es", "pt", "gl", "ca", "ast"}, {"nl", "af", "fy"}, {"ru", "be", "uk", "bg", "mk", "sr", "kk", "ky", "mn", "tg"},
         {"ar", "fa", "ur", "ckb", "ps", "ug"}, {"hi", "mr", "ne", "sa"}, {"he", "yi"}, {"id", "jv", "su"}, {"tr", "az", "tk"}, {"fr", "oc"}, {"de", "lb", "gsw", "nds"})  # fmt: skip
"""Groups of languages that this detector may confuse; if one is declared and another of its group is detected, the declared one is kept."""
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")


def language_of(declared: Iterable[str | None], text: str) -> str | None:
    """Return the language of a page.

    Args:
        declared: The page's declarations, the most reliable first; tags of any form, None for a missing one.
        text: The page's text.

    Returns:
        A BCP 47 tag, lower case: the declared one unless the text clearly contradicts it, the detected one if none is declared; None if neither is
        certain.
    """
    tag = next(filter(None, map(_tag, declared)), None)
    found = detect(text)
    if tag is None or found is None:
        return tag or found
    return tag if agree(tag, found) else found


def agree(one: str, other: str) -> bool:
    """Return whether two tags may describe the same text: they mean the same language, or two that are easily confused."""
    first, second = (
        _ALIASES.get(code, code) for code in (one.split("-", maxsplit=1)[0], other.split("-", maxsplit=1)[0])
    )
    return first == second or any(first in near and second in near for near in _NEAR)


def detect(text: str) -> str | None:
    """Return the primary subtag of a text's language; None if the text is short, mixed, a list of names, or in no known language."""
    sample = text[:_SAMPLE_CHARS].lower()
    if sample.isascii() or _OTHER_SCRIPT.search(sample) is None:
        return _by_words(sample, "latin")
    letters: dict[str, int] = {}
    for found in _SCRIPTS.finditer(sample):
        script = str(found.lastgroup)
        letters[script] = letters.get(script, 0) + len(found.group())
    if not letters:
        return _by_words(sample, "latin")
    script = max(letters, key=lambda name: letters[name])
    # A Chinese character carries as much text as several letters, and most of a Japanese text is Chinese characters.
    if letters.get("ja", 0) >= _LETTERS // 2 and letters["ja"] * 8 >= letters.get("han", 0):
        script = "ja"
    if letters[script] < _LETTERS or letters[script] * 5 < sum(map(str.isalpha, sample)):
        return _by_words(sample, "latin")
    if script == "han":
        return "zh"
    return script if script in _ALONE else _by_words(sample, script)


def _words(sample: str) -> list[str]:
    """Return the words of a lower-case text. If all letters are ASCII, splitting bytes takes half the time of the pattern."""
    if sample.isascii() or _LETTER_BEYOND.search(sample) is None:
        return sample.encode("ascii", "replace").translate(_ASCII_LETTERS).decode("ascii").split()
    return _WORD.findall(sample)


def _by_words(sample: str, script: str) -> str | None:
    votes = _VOTES[script]
    words = _words(sample)
    hits: dict[str, int] = {}
    # Count words that vote for the same languages together.
    for languages, count in Counter(map(votes.get, words)).items():
        for language in languages or ():
            hits[language] = hits.get(language, 0) + count
    ranked = sorted(hits.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < max(_FEWEST_HITS, _SHARE * len(words)):
        return None
    best, most = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    return best if most >= _AHEAD * second else _distinguished(sample, ranked)


# Letters that one of two neighbouring languages uses and the other does not.
_DISTINCTIVE_LETTERS = (("da", "no", "æ", ""), ("sk", "cs", "ľĺŕôä", "řěů"), ("ru", "uk", "ыэъё", "іїєґ"), ("uk", "bg", "іїєґ", "щъ"), ("ru", "bg", "ыэё", ""), ("sr", "bg", "јљњђћџ", "щъя"), ("sr", "ru", "јљњђћџ", "ыэщъя"))  # fmt: skip


def _distinguished(sample: str, ranked: list[tuple[str, int]]) -> str | None:
    """Return the better of two languages that share function words, by the letters that only one of them uses.

    Returns None if the letters do not decide and the function words are too close.
    """
    (best, most), (next_best, close) = ranked[0], ranked[1]
    for one, other, of_one, of_other in _DISTINCTIVE_LETTERS:
        if {best, next_best} == {one, other} and of_one and of_other:
            ones, others = sum(map(sample.count, of_one)), sum(map(sample.count, of_other))
            if ones != others and min(ones, others) * 10 <= max(ones, others):
                return one if ones > others else other
    return best if most >= close + 4 and most >= 1.15 * close else None


def _tag(declared: str | None) -> str | None:
    """Return a declared tag in normalised form ("en_GB" → "en-gb"); None if it is not a language tag."""
    folded = (declared or "").split(",")[0].strip().lower().replace("_", "-")
    return folded if _TAG.fullmatch(folded) and folded not in ("und", "mul", "zxx", "en-en") else None
