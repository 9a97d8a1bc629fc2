"""Recognises numbers that are not readable: a numeral or magnitude follows the digits that no grammar parses. A wrong small value is worse than none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from monitor.facts.number_words.script_number import by_first, longest
from monitor.lexicon import words

_TIGHT = frozenset("十拾百佰千仟万萬億亿兆십백천만억")
"""Numerals that multiply the digits directly before them."""
_APART = frozenset("万萬億亿兆만억조")
"""Of these, those that also do so after a space; "2025 千代田" is no number."""
_GAP = frozenset(" \u00a0\u202f")
_REST = re.compile("[0-9０-９,.，．一二三四五六七八九〇零两十拾百佰千仟万萬億亿兆십백천만억조]{1,40}")
_WORDS = by_first(sorted(words("quantities.unread_magnitudes"), key=len, reverse=True))
"""Magnitudes of languages whose numbers are not read."""
_OPENINGS = frozenset("mbtкмтMBTМТБб")
"""First letters of the cognates of "million", "milliard", "billion" and "trillion"."""
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[·\u0300-\u036f]){2,15}(?![^\W\d_])")
_BARE = str.maketrans({"ð": "d", "ł": "l", "ı": "i", "·": None})
# Inflected, but no noun of persons: "millionnaires", "miljonäärit", "миллионеров" are counted themselves, and "billiard" is a game.
_ION = r"(?:[ouw]{1,2}[iue]?n(?!n?i?[ae]{1,2}i?r)[a-z]{0,6}|oi[a-z]{0,3}|ao|oes|o(?!hm|n|e)[a-z]{0,4})"
_COGNATE = re.compile(
    rf"(?:(?:mh?|bh?|tr)il(?:l+[ijyh]*|[ijyh]+)|miliy){_ION}|"
    r"mil+[ijy]+ar(?:[dt](?!i?[ae]{1,2}i?r)[a-z]{0,6}|i|ov?)?|ml(?:n|rd|jrd|jn|j|d)|mr?jrd|mrd|trln|"
    r"(?:м|б|тр)[иіыi]л(?:л[ьиіјй]*|[ьиіјй]+)[оёояу]+н(?!н?[еэа]р)[^\W\d_]{0,7}|м[иіы]л+[ьиіјй]+[аяә]рд(?!н?[еэа]р)[^\W\d_]{0,7}|"
    r"мл?рд|млн|трлн|ты[сш]яч[^\W\d_]{0,4}|тыс"
)
"""Words for a million and more in the languages of Europe and others that borrowed them, without diacritics."""


def end_of(text: str, end: int, known: Container[str] = frozenset()) -> int | None:
    """Return the end offset of an unparsed numeral that begins with the digits before `end`; None if nothing multiplies these digits.

    Args:
        text: The block's text.
        end: The end of the digits, as far as they were parsed.
        known: The magnitudes that are read on the page, in lower case.
    """
    # See tests/monitor/facts/test_unreadable.py::test_an_unknown_magnitude_leaves_no_value.
    at = end + (text[end : end + 1] in _GAP)
    following = text[at : at + 1]
    if following in _OPENINGS and following:
        return _cognate(text, at, known)
    if following in _WORDS and (word := longest(text, at, _WORDS)):
        stop = at + len(word)
        return None if following.isascii() and text[stop : stop + 1].isalpha() else stop
    if following not in (_TIGHT if at == end else _APART):
        return None
    match = _REST.match(text, at)
    return at + 1 if match is None else match.end()


def _cognate(text: str, at: int, known: Container[str]) -> int | None:
    """Return the end offset of a word that is like those for a million and more in other languages; None for a magnitude that is read, and other words."""
    # See tests/monitor/facts/test_unreadable.py::test_a_magnitude_of_any_language_leaves_no_small_value.
    match = _WORD.match(text, at)
    word = match[0].lower() if match is not None else ""
    if match is None or word in known:
        return None
    if word[0].isascii() and not word.isascii():
        word = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    return match.end() if _COGNATE.fullmatch(word.translate(_BARE)) is not None else None
