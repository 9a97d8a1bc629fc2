"""Recognises numbers that name something rather than count it: sections, versions, footnotes, house numbers, telephone numbers, scores."""

from __future__ import annotations

import re

from monitor.facts import vocabulary
from monitor.facts.number_locale import NumberLocale
from monitor.facts.numerals import Numeral

_BEHIND = re.compile(r"[_/](?=[^\W_])|(?![KM])[A-Z]\b(?!\.)|[eE]\d")
_OPEN_NAMES = frozenset("_/e")
_PHONES_AHEAD = tuple(word for word in sorted(vocabulary.PHONES) if word >= "\u0e00")
"""Words for telephones and postcodes in scripts without spaces, or whose particles are attached to words."""
_LEAST_DIGITS = 5
_LISTED = re.compile(r"(?!\d{1,3}(?:,\d{3})+$)\d+(?:,\d+)+")
_DASHES = frozenset("-–—")
_LIST = re.compile(r"[.)]\s+[^\W\d_]")
_POSTCODE = re.compile(r" (?:[A-Z]{2} )?[A-ZÀ-ÖØ-Þ][^\W\d_]+")
_DUTCH_POSTCODE = re.compile(r" ?[A-Z]{2}\b")
_STREET = re.compile(
    rf",? (?:[^\W\d_]+\.? ){{0,3}}?(?:{'|'.join(sorted(vocabulary.STREET_NAMES))})\b(?!\$)", re.IGNORECASE
)
_HOUSE = re.compile(r"[a-z]?(?:[,. ]|$)")
"""Text after a house number: "Kirchweg 4a,"."""
_STATE = re.compile(r"\b[A-Z]{2} $")
_HOUSE_NUMBER = re.compile(r"\d[a-z]?\s*[,|·]$")
_NEAR = 8
_UNSPACED = "\u3040"
"""First character of the scripts that write numbers without spaces around them."""
_ARABIC_PREFIXES = frozenset("وبلفك")
_TRIMMED = "([\"“«‹'‘,:"
_AFTER_HOUSES = frozenset({"", ",", ".", " "})
"""Characters after a house number."""
_LONG_FRACTION = 4
_ROAD = re.compile(r"(?:^|\s)[ABLKES] $")
"""A German road: "die B 27"."""
_CODE = 3
_TELEPHONE = 7
_SHORT_NUMBER = 3
_CALLED = re.compile(r"\s?(?:$|[.,;:)!]|(?:in|if|for|im|bei|oder|ou|o|or|of|en|em|se|si|wenn)\b)")
"""Text after an emergency number, as in "call 112"."""
_POSTAL_DISTRICT = re.compile(r"[a-z]{1,2}\d{1,2}[a-z]?")


def is_name(text: str, numeral: Numeral, before: str, tail: list[str], locale: NumberLocale) -> bool:
    """Return whether a number names something: "COVID-19", "B2B", "F-16", "3D", "Section 3", "[41]", "No. 12", "Kirchweg 4".

    Args:
        text: The block's text.
        numeral: The number.
        before: The text before it in its sentence.
        tail: The words of that text, in lower case.
        locale: The number rules of the page's language.
    """
    # See tests/monitor/facts/test_numbers_languages.py::test_decoys_are_not_mistaken_for_counts.
    # See tests/monitor/facts/test_change_phrases.py::test_days_roads_and_telephones_count_nothing.
    if numeral.worded:
        return False
    start, end = numeral.start, numeral.end
    if _is_attached(text, start, end):
        return True
    if numeral.plain and end - start >= _LEAST_DIGITS and _is_called(text, start):
        return True
    if numeral.plain and (_leads_with_zero(text, start, end) or _begins_list_item(text, numeral, before)):
        return True
    if not tail:
        return _is_address(text, numeral, before, tail, locale)
    return (
        _is_long_fraction(text, start, end)
        or _is_reference(tail, before, locale)
        or (locale.noun_capitals and numeral.plain and _is_road(text, end, before))
        or _is_address(text, numeral, before, tail, locale)
        or _is_telephone(text, numeral, tail)
        or (text[end : end + 2].isupper() and _POSTAL_DISTRICT.fullmatch(tail[-1]) is not None)
    )


def _is_attached(text: str, start: int, end: int) -> bool:
    """Return whether the characters beside a number make it a name: "[41]", "#12", "COVID-19", "3D", "12_a"."""
    previous, following = text[start - 1] if start else " ", text[end : end + 1]
    if (previous in "[-–" or previous.isalpha()) and _joined(text, start, previous):
        return True
    if previous in "#_/" or (previous == "[" and following == "]"):
        return True
    if following == "," and text[end + 1 : end + 2] in _DASHES and _LISTED.fullmatch(text, start, end):
        return True
    return (following in _OPEN_NAMES or following.isupper()) and _BEHIND.match(text, end) is not None


def _is_called(text: str, start: int) -> bool:
    """Return whether a word for a telephone of a script without spaces is directly before digits: 电话13812345678, 電話番号は0312345678."""
    # See tests/monitor/facts/test_east_asian.py::test_a_telephone_number_counts_nothing.
    before = text[max(start - _NEAR, 0) : start]
    return not before.isascii() and before.rstrip(":：はが는은 ").endswith(_PHONES_AHEAD)


def _begins_list_item(text: str, numeral: Numeral, before: str) -> bool:
    """Return whether a number of at most two digits is that of a list item: "1. Members"."""
    return not before and numeral.end - numeral.start <= 2 and _LIST.match(text, numeral.end) is not None


def _is_long_fraction(text: str, start: int, end: int) -> bool:
    """Return whether a number after a colon has so many decimals that it is measured by a program: "Time:0.123456"."""
    return text[start - 1] == ":" and "." in text[start:end] and end - text.index(".", start) > _LONG_FRACTION


def _is_road(text: str, end: int, before: str) -> bool:
    """Return whether a number belongs to a German road, "die B 27"; "Gruppe B 27 Punkte" counts something."""
    # See tests/monitor/facts/test_change_phrases.py::test_a_number_after_a_word_that_resembles_a_reference_is_a_count.
    return _ROAD.search(before, max(len(before) - 4, 0)) is not None and not text[end + 1 : end + 2].isupper()


def _joined(text: str, start: int, previous: str) -> bool:
    """Return whether a number is attached to a word: "B2", "F-16". An Arabic prefix, such as "and", does not count as a word."""
    if previous.isalpha():
        if previous >= _UNSPACED:
            return False
        return previous not in _ARABIC_PREFIXES or (start > 1 and text[start - 2].isalpha())
    return start > 1 and text[start - 2].isalpha()


def _leads_with_zero(text: str, start: int, end: int) -> bool:
    return end - start > 1 and int(text[start]) == 0


def _is_reference(tail: list[str], before: str, locale: NumberLocale) -> bool:
    word = tail[-1].strip(_TRIMMED)
    if "'" in word or "’" in word:
        word = word.replace("’", "'").partition("'")[2] or word
    if word not in locale.references and word not in vocabulary.NAMED:
        # "Flight BA 117"
        code = len(word) <= _CODE and len(tail) > 1 and tail[-2].strip(_TRIMMED) in locale.references
        return code and before.rstrip().endswith(word.upper())
    if word in vocabulary.SMALL_REFERENCES:
        # "No 5" is a name, "no 5 members" is a count.
        return before.rstrip()[-len(tail[-1]) :][:1].isupper()
    return True


def _is_address(text: str, numeral: Numeral, before: str, tail: list[str], locale: NumberLocale) -> bool:
    """Return whether a number is a house number or a postcode."""
    if not numeral.plain or numeral.end - numeral.start > 5:
        return False
    behind = text[numeral.end : numeral.end + 1]
    size = numeral.end - numeral.start
    if size <= 4:
        if tail and len(tail[-1]) > 3 and tail[-1].endswith(vocabulary.STREETS) and _HOUSE.match(text, numeral.end):
            return True
        if behind == " ":
            first = text[numeral.end + 1 : numeral.end + 2]
            if (first.isupper() or locale.code == "fr") and _STREET.match(text, numeral.end):
                return True
        elif behind in _AFTER_HOUSES and any(word.strip(_TRIMMED) in vocabulary.STREET_WORDS for word in tail[-4:]):
            return True
    return _is_postcode(text, numeral, before, locale)


def _is_postcode(text: str, numeral: Numeral, before: str, locale: NumberLocale) -> bool:
    """Return whether a number is a postcode: five digits and a town at the beginning of an address part; in Dutch four digits and two capitals."""
    size = numeral.end - numeral.start
    if not numeral.plain or size not in (4, 5):
        return False
    front = before.rstrip()
    if size == 5 and _STATE.search(before, max(len(before) - 3, 0)):
        return True
    if size == 4 and not locale.noun_capitals:
        return locale.code == "nl" and _DUTCH_POSTCODE.match(text, numeral.end) is not None
    if front and front[-1] not in ",|·":
        return False
    if locale.noun_capitals and _HOUSE_NUMBER.search(front, max(len(front) - _NEAR, 0)) is None:
        return False
    return bool(front or locale.code in ("fr", "es", "it")) and _POSTCODE.match(text, numeral.end) is not None


def _is_telephone(text: str, numeral: Numeral, tail: list[str]) -> bool:
    """Return whether a number is a telephone number after a word like "call": more than seven characters in groups, or three digits."""
    written = text[numeral.start : numeral.end]
    if numeral.plain and len(written) == _SHORT_NUMBER and not vocabulary.PHONES.isdisjoint(tail[-2:]):
        return _CALLED.match(text, numeral.end) is not None
    return (
        len(written) > _TELEPHONE
        and " " in written.replace("\u00a0", " ")
        and not vocabulary.PHONES.isdisjoint(word.strip(_TRIMMED) for word in tail)
    )
