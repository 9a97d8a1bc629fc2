"""Detect the legacy encoding of a text in another alphabet by its bytes, where nothing declares it.

In windows-1252, the letters above 127 are accented ones among unaccented ones. Where whole words consist of bytes from C0 to FF, they are letters of
another alphabet: Cyrillic, Greek or Hebrew. Encodings of Chinese, Japanese and Korean use as many bytes below C0.
"""

from __future__ import annotations

import re

_LOOK = 65_536
"""Number of bytes that are examined."""
_LEAST = 8
"""Minimum number of bytes above 127."""
_LETTERS_SHARE = 0.9
"""Minimum share of `_LETTERS` among the bytes above 127."""
_WORDS_SHARE = 0.7
"""Minimum share of these bytes that are in runs of at least three."""
_MANY = 30
"""Number of letters from which the absence of some of them says something."""
_HIGH = bytes(range(0x80, 0x100))
# Ukrainian and Belarusian letters, and ё, are below C0 in windows-1251.
_LETTERS = bytes([0xA8, 0xAA, 0xAF, 0xB2, 0xB3, 0xB4, 0xB8, 0xBA, 0xBF, *range(0xC0, 0x100)])
_RUN = re.compile(rb"[" + re.escape(_LETTERS) + rb"]{3,}+")
_INSIDE_GREEK = re.compile(rb"[\xe1-\xfb](?=[\xdc-\xdf])")
"""A Greek letter before an accented vowel; in Cyrillic encodings, these vowels are capital letters."""
_ACCENTS_SHARE = 0.03
_UPPER, _LOWER = bytes(range(0xC0, 0xE0)), bytes(range(0xE0, 0x100))
# In windows-1251 these are ы, ь, э, ю and я; Hebrew has no letters there.
_NOT_HEBREW = bytes([*range(0xC0, 0xE0), *range(0xFB, 0x100)])


def alphabet_encoding(body: bytes) -> str | None:
    """Return the encoding of a text in Cyrillic, Greek or Hebrew letters; None if its words do not consist of such letters.

    tests/monitor/extraction/test_legacy_encodings.py

    Args:
        body: The body, neither declared nor valid UTF-8.
    """
    start = body[:_LOOK]
    high = _count(start, _HIGH)
    letters = _count(start, _LETTERS)
    if high < _LEAST or letters < _LETTERS_SHARE * high:
        return None
    words = [match.group() for match in _RUN.finditer(start)]
    if sum(map(len, words)) < _WORDS_SHARE * letters:
        return None
    text = b" ".join(words)
    if len(_INSIDE_GREEK.findall(text)) > _ACCENTS_SHARE * letters:
        return "windows-1253"
    if letters >= _MANY and not _count(text, _NOT_HEBREW):
        return "windows-1255"
    # KOI8-R has the small letters where windows-1251 has the capital ones.
    inner = b"".join(word[1:] for word in words)
    return "koi8-r" if _count(inner, _UPPER) > _count(inner, _LOWER) else "windows-1251"


def _count(text: bytes, wanted: bytes) -> int:
    return len(text) - len(text.translate(None, wanted))
