"""The terms of a text, for a full-text index. Both databases index these terms, not the text, so that they find the same.

A term is a run of letters, digits and marks, folded: compatibility forms and letter case are removed (Unicode NFKC, case folding), and so are diacritics
and vowel signs that are often left out (é → e, ё → е, Arabic and Hebrew points); decimal digits of all scripts become 0–9. Anything else separates terms.

Scripts that put no spaces between words (Han, Kana, Hangul, Thai, Lao, Khmer, Burmese) become overlapping pairs of characters, with the last character alone
at the end of a run, as Lucene's CJKBigramFilter does; a longer text is searched as a phrase of pairs.
`tests/monitor/search/test_tokens.py` has an example of each rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

LONGEST_TERM = 64
"""Characters of a term; longer ones are cut, in texts and queries alike."""

_LAST_MARK = 0x1F000
# Join the parts of a word, or vary a character's form, and are not displayed: soft hyphen, joiners, variation selectors.
_JOINERS = "\u00ad\u034f\u200c\u200d\u2060\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Points and accents of alphabets in which they are optional or folded; marks of other scripts are parts of letters.
_DROPPED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"
    f"\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f{_JOINERS}]+"
)
# Ranges of Unicode blocks. Thai, Lao, Burmese, Hangul Jamo, Khmer; Kana, Bopomofo, Hangul; Han; halfwidth Kana and Hangul.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f\ua960-\ua97f\ud7b0-\ud7ff"
    "\u3005-\u3007\u303b\u3041-\u318f\u31a0-\u31bf\u31f0-\u31ff\uac00-\ud7a3"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uffdc\U0001b000-\U0001b16f\U00020000-\U000323af"
)
_ASCII_WORD = re.compile(r"[a-zA-Z0-9]+")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_FIRST_UNSPACED = "\u0e00"


class Token(NamedTuple):
    """An occurrence of a term.

    Attributes:
        term: The folded term, never empty.
        start: Index of its first character in the text.
        end: Index after its last character.
    """

    term: str
    start: int
    end: int


class Phrase(NamedTuple):
    """Consecutive terms to search for.

    Attributes:
        terms: The terms, in order; at least one.
        is_prefix: Whether the last one may be the beginning of a longer term.
    """

    terms: tuple[str, ...]
    is_prefix: bool = False


class _Run(NamedTuple):
    """A run of word characters, folded.

    Attributes:
        text: The folded characters.
        start: Index of its first character in the text.
        end: Index after its last character.
        is_unspaced: Whether its script puts no spaces between words.
    """

    text: str
    start: int
    end: int
    is_unspaced: bool


def tokens(text: str) -> list[Token]:
    """Return the terms of a text in order, with their places."""
    found: list[Token] = []
    for run in _runs(text):
        if run.is_unspaced:
            found += _pairs(run)
        else:
            found.append(Token(run.text[:LONGEST_TERM], run.start, run.end))
    return found


def terms(text: str) -> list[str]:
    """Return the terms of a text in order."""
    if text.isascii():  # most texts in English: without places, several times as fast
        return [word[:LONGEST_TERM] for word in _ASCII_WORD.findall(text.lower())]
    return [token.term for token in tokens(text)]


def phrase_of(text: str, *, is_prefix: bool = False) -> Phrase | None:
    """Return the phrase that finds a text, wherever it is part of a longer one; None if it has no letters and digits.

    Args:
        text: Words as typed.
        is_prefix: Whether the last word may be the beginning of a longer one.
    """
    runs = list(_runs(text))
    if not runs:
        return None
    found = [token.term for run in runs[:-1] for token in (_pairs(run) if run.is_unspaced else [_whole(run)])]
    last = runs[-1]
    if not last.is_unspaced:
        return Phrase((*found, _whole(last).term), is_prefix)
    # The text may go on after the last character, which in the index is then part of a pair.
    pairs = [token.term for token in _pairs(last)]
    return (
        Phrase((*found, *pairs[:-1]), is_prefix=False) if len(pairs) > 1 else Phrase((*found, *pairs), is_prefix=True)
    )


def occurrences(text: str, phrases: Sequence[Phrase]) -> list[tuple[int, int]]:
    """Return where any of the phrases occurs in a text: (start, end) in order, without overlaps."""
    found = tokens(text)
    words = [token.term for token in found]
    spans: list[tuple[int, int]] = []
    for phrase in phrases:
        first, length = phrase.terms[0], len(phrase.terms)
        spans += (
            (found[index].start, found[index + length - 1].end)
            for index in range(len(words) - length + 1)
            if (words[index] == first or length == 1) and _fits(words, index, phrase)
        )
    return _joined(sorted(spans))


def _fits(words: Sequence[str], index: int, phrase: Phrase) -> bool:
    *before, last = phrase.terms
    end = index + len(before)
    is_last = words[end].startswith(last) if phrase.is_prefix else words[end] == last
    return is_last and words[index:end] == before


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _whole(run: _Run) -> Token:
    return Token(run.text[:LONGEST_TERM], run.start, run.end)


def _pairs(run: _Run) -> list[Token]:
    """Return each pair of adjacent characters, then the last character."""
    folded, start, end = run.text, run.start, run.end
    if len(folded) != end - start:
        return [Token(folded[n : n + 2], start, end) for n in range(len(folded))]
    return [Token(folded[n : n + 2], start + n, min(start + n + 2, end)) for n in range(len(folded))]


def _runs(text: str) -> Iterator[_Run]:
    """Yield the runs of a text in order; one that changes between kinds of script is split."""
    if text.isascii():
        for match in _ASCII_WORD.finditer(text):
            yield _Run(match[0].lower(), match.start(), match.end(), is_unspaced=False)
        return
    words, digits = _characters()
    # One class of characters is several times as fast as a choice of two; \w contains the underscore.
    spaced = text.replace("_", " ")
    if _OTHER_DIGIT.search(spaced):
        spaced = spaced.translate(digits)
    for match in words.finditer(spaced):
        word, start = match[0], match.start()
        if word.isascii():
            yield _Run(word.lower(), start, match.end(), is_unspaced=False)
        elif max(word) < _FIRST_UNSPACED:
            yield from _folded(word, start, words)
        else:
            for part in _scripts(word):
                yield from _folded(word[part], start + part.start, words)


def _scripts(word: str) -> Iterator[slice]:
    """Yield the parts of a word between which the kind of script changes; marks belong to the part before them."""
    start, kind = 0, _IS_UNSPACED.match(word) is not None
    for index in range(1, len(word)):
        is_unspaced = _IS_UNSPACED.match(word, index) is not None
        if is_unspaced != kind and not unicodedata.category(word[index]).startswith(("M", "C")):
            yield slice(start, index)
            start, kind = index, is_unspaced
    yield slice(start, len(word))


def _folded(word: str, start: int, words: re.Pattern[str]) -> Iterator[_Run]:
    """Yield the terms of one word: folding can leave none, or split it (½, ligatures of several words)."""
    for match in words.finditer(fold(word)):
        is_unspaced = _IS_UNSPACED.match(match[0]) is not None
        yield _Run(match[0], start, start + len(word), is_unspaced)


def fold(text: str) -> str:
    """Return a text without differences of case, compatibility forms and optional marks."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFKC", _DROPPED.sub("", decomposed))


@cache
def _characters() -> tuple[re.Pattern[str], Mapping[int, str]]:
    """Return the pattern of a word, and decimal digits of other scripts with their values. Listing all characters takes 20 ms, once."""
    marks, digits = [], {}
    for code in range(0x80, _LAST_MARK):
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] == "M":
            marks.append(character)
        elif category == "Nd":
            digits[code] = str(unicodedata.decimal(character))
    return re.compile(f"[\\w{''.join(marks)}{_JOINERS}]+"), digits
