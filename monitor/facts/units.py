"""Finds what a number counts: the noun phrase after it, or the label before it."""

from __future__ import annotations

import re
from itertools import takewhile

from monitor.facts import change_phrases, vocabulary
from monitor.facts.number_locale import NumberLocale
from monitor.facts.powers import NOTE_SIGNS

# A letter with its combining marks (accents, Devanagari vowels, Arabic and Hebrew points). A vulgar fraction begins another number.
# See tests/monitor/facts/test_numeral_forms.py::test_a_row_of_fractions_is_read_in_linear_time.
_LETTERS = r"(?:[^\W\d_¼½¾⅐-⅞][\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u200c\u200d]*)+"
# See tests/monitor/facts/test_numeral_forms.py::test_hyphenated_number_words_are_read_in_linear_time.
_UNIT_WORD = re.compile(
    rf"(?:[A-Z]\.){{2,}}|{_LETTERS}(?:['’]{_LETTERS})?(?:-{_LETTERS}){{0,20}}\.?|-(?=[^\W\d_])|°[CF]\b"
)
_AGAIN = re.compile(r"\s?\((\d+|[^\W\d_][^()\d]{1,80})\)")
_ELIDED = frozenset({"d", "l", "dell", "all", "un"})
_NUMBER_OF = re.compile(
    r"\b(?:number of|total of|nombre (?:total )?de|(?:anzahl|zahl) der|número de|numero di|aantal|عدد)\s(?P<counted>[^.;:|\d]{2,60})$",
    re.IGNORECASE,
)
# "I residenti sono 18.432": the noun precedes a form of "to be".
_ARE = frozenset("sono erano son eran são eram sont".split())
_SUBJECT = re.compile(
    rf"\b(?:i|gli|le|los|las|os|as|les)\s(?P<counted>[^\W\d_]+(?:\s[^\W\d_]+){{0,2}}?)\s(?:{'|'.join(sorted(_ARE))})\s(?:(?:già|ormai|oggi|ya|hoy|já|hoje|ora|circa|quasi|más de|mais de)\s){{0,2}}$",
    re.IGNORECASE,
)
_NUMBER_WORDS = frozenset({"number", "total", "nombre", "anzahl", "zahl", "número", "numero", "aantal", "عدد"})
_LABEL = re.compile(r"(?:^|[|.;。；]\s*|:\s?[-−]?\d[\d.,]{0,20}\s)([^\W\d_][^|:：.;。；\d]{0,60}?)\s*(?:\||[:：])\s*$")
_NEXT_LABEL = re.compile(r"\s[^\W\d_][^|:.;\d]{0,60}:\s?[-−]?\d")
_OPENING = re.compile(r"[^\W\d_]+(?:[ '’][^\W\d_]+){0,3} ?")
_HEADING = re.compile(r"(?P<label>[^\W\d_][^\d.:;!?|()]{1,50}?)\s\(?(?P<number>\d(?:[\d.,'’ \u00a0\u202f]*\d)?)\)?")
_HEADING_CHARS = 70
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_GAPS = frozenset(" \u00a0\u202f-")
_REACH = 128
_LONGEST = 4


def behind(
    text: str, at: int, stop: int, locale: NumberLocale, *, particles: bool = False, next_cell: bool = True
) -> str | None:
    """Return the noun phrase after a number, at most four words, in lower case. It ends before the first word that cannot continue a noun phrase.

    Args:
        text: The block's text.
        at: The end of the number.
        stop: The end of its sentence.
        locale: The number rules of the page's language.
        particles: Whether the phrase may begin with particles such as "of the", as after a percentage or a million.
        next_cell: Whether the noun may be in the next cell of a row, "87 | members".
    """
    # See tests/monitor/facts/test_numbers_languages.py::test_a_wording_of_any_language_is_read_as_meant.
    while text[at : at + 1] in NOTE_SIGNS:
        # See tests/monitor/facts/test_powers.py::test_a_reference_to_a_note_is_no_part_of_a_number_or_its_noun.
        at += 1
    if not _may_precede(text[at : at + 1]):
        return None
    words: list[str] = []
    if text.startswith("(", at + 1):
        at = _after_repetition(text, at, stop, locale)
    noun = introduced = False
    while len(words) < _LONGEST and at < stop:
        match = _UNIT_WORD.match(text, _next_word(text, at, stop, next_cell=next_cell and not words), stop)
        word = None if match is None else _plain_word(match[0], first=not words, particles=particles)
        if match is None or word is None:
            break
        written, at = match[0], match.end()
        if not words and _introduces(word, particles=particles, introduced=introduced):
            introduced = True
            continue
        if _ends(word, locale, first=not words):
            break
        words.append(word)
        noun = noun or _is_german_noun(written)
        if _is_last(written, text[at + 1 : at + 2], locale):
            break
    if locale.noun_capitals and words and not noun:
        # "1926 geliefert": without a noun nothing is counted.
        return None
    return " ".join(words) or None


def _may_precede(character: str) -> bool:
    """Return whether a noun phrase may follow a number and this character; "" is the end of the text."""
    return character in _GAPS or character == "°" or character.isalnum() or character.isspace()


def _after_repetition(text: str, at: int, stop: int, locale: NumberLocale) -> int:
    """Return the end of the parentheses at an offset if they repeat the number, "87 (eighty-seven) members"; otherwise the offset."""
    # See tests/monitor/facts/test_fact_reader.py::test_a_wording_states_the_count.
    match = _AGAIN.match(text, at, stop)
    return match.end() if match is not None and _repeats_number(match[1], locale) else at


def _next_word(text: str, at: int, stop: int, *, next_cell: bool) -> int:
    """Return the offset of the next word after gaps, or in the next cell of a row."""
    if next_cell and text.startswith(" | ", at):
        return at + 3
    while at < stop and text[at] in _GAPS:
        at += 1
    return at


def _plain_word(written: str, *, first: bool, particles: bool) -> str | None:
    """Return a word in lower case, without full stops and without an elided article ("d'habitants"); None if the article ends the phrase."""
    word = written.lower()
    if word[-1] == ".":
        word = word.rstrip(".")
    if "'" in word or "’" in word:
        article, _, noun = word.replace("’", "'").partition("'")
        if article in _ELIDED:
            return noun if first and (particles or article == "d") else None
    return word


def _introduces(word: str, *, particles: bool, introduced: bool) -> bool:
    """Return whether a word is a particle before the noun phrase, such as "of", or an article after such a particle."""
    if word in vocabulary.PARTICLES and (particles or word in _OF):
        return True
    return introduced and particles and word in vocabulary.ARTICLES


def _is_german_noun(written: str) -> bool:
    """Return whether a German word can be a noun or a unit of measurement."""
    return written[0].isupper() or written[0] == "°" or written in _SMALL_UNITS


def _is_last(written: str, following: str, locale: NumberLocale) -> bool:
    """Return whether a word ends the noun phrase: an abbreviation, or a German noun before a character that is no capital."""
    if written[-1] == "." and written[1:2] != ".":
        return True
    return locale.noun_capitals and written[0].isupper() and not following.isupper()


_SMALL_UNITS = frozenset("km m cm mm kg g mg l ml ha t h min std sek kw kwh mw gwh ct".split())
"""Units that German writes in lower case."""
_YEARS = frozenset({"عام", "سنة"})
"""Words that follow a noun and precede a year: "نسمة عام 2023"."""
_OF = frozenset({"de", "di", "d"})
"""Particles that may follow any number, such as a dozen or a hundred. "of" is not one of them: "30 of Boeing's" counts something else."""


def _ends(word: str, locale: NumberLocale, *, first: bool) -> bool:
    """Return whether a word cannot continue the noun phrase: a stop word, a verb by its ending, an Arabic word with the prefix "and", or the word "year"."""
    if word in locale.stops:
        return True
    if bool(locale.verbs) and word.endswith(locale.verbs):
        return True
    return not first and ((word[0] == "و" and len(word) > 3) or word in _YEARS)


def _repeats_number(text: str, locale: NumberLocale) -> bool:
    """Return whether the text in parentheses after a number is a number in digits or words."""
    return text.isdigit() or all(
        word in locale.number_words.tell or word in locale.number_words.joiners
        for word in text.lower().replace("-", " ").split()
    )


def named(text: str, locale: NumberLocale) -> str | None:
    """Return what a label counts, without its article, at most four words, in lower case; None if it counts nothing.

    For German the participle is kept: "Brücken geprüft".
    """
    words = text.split()
    while words and words[0].lower() in locale.stops:
        del words[0]
    text = " ".join(words)
    unit = behind(text, 0, len(text), locale)
    if unit is None or not locale.noun_capitals:
        return unit
    return " ".join(takewhile(lambda word: word not in locale.stops, text.lower().split()[:_LONGEST])) or unit


def label(before: str, tail: list[str], locale: NumberLocale) -> str | None:
    """Return the label before a number that no noun follows: "Members | 87", "Members: 87"; None if there is none."""
    if not tail or tail[-1][-1] not in "|:：":
        return None
    match = _LABEL.search(before, max(len(before) - _REACH, 0))
    if match is None:
        return None
    text = match.group(1).lower()
    counted = _NUMBER_OF.search(text) if not _NUMBER_WORDS.isdisjoint(text.split()) else None
    return (_counted(counted, locale) if counted else None) or " ".join(text.split()[:_LONGEST])


def is_before_label(text: str, end: int) -> bool:
    """Return whether a label and its value follow a number: "Members: 87 Partners: 12"."""
    return _NEXT_LABEL.match(text, end) is not None


def heading(text: str, before: str, start: int, locale: NumberLocale) -> str | None:
    """Return what the number at the end of a short block counts: "Members (87)", "Total members 87"; None for a year or a longer text."""
    # See tests/monitor/facts/test_change_phrases_languages.py::test_a_number_at_the_end_of_a_heading_counts_what_it_names.
    # See tests/monitor/facts/test_change_phrases_languages.py::test_other_numbers_at_the_end_of_a_heading_are_no_counts.
    if len(text) > _HEADING_CHARS or len(before) != start:
        return None
    match = _HEADING.fullmatch(text)
    if match is None or match.start("number") != start or _YEAR.fullmatch(match["number"]) is not None:
        return None
    return named(match["label"], locale)


def number_of(before: str, tail: list[str], locale: NumberLocale) -> str | None:
    """Return what a number counts according to the text before it: "the number of members has grown to 87", "from 13 members to 87"; None if unknown."""
    # See tests/monitor/facts/test_change_phrases.py::test_current_values_state_the_fact_and_old_values_do_not.
    if not tail:
        return None
    if not _ARE.isdisjoint(tail[-3:]) and (subject := _SUBJECT.search(before, max(len(before) - _REACH, 0))):
        return _counted(subject, locale)
    text, became = before, change_phrases.became(before, tail)
    if became is not None:
        if became.old is not None and (unit := behind(before, became.old, len(before), locale)) is not None:
            return unit
        text = became.subject.rstrip()
        tail = text[-_REACH:].lower().split()
        if _NUMBER_WORDS.isdisjoint(tail) and _OPENING.fullmatch(text):
            # "I membri sono passati da 85 a 87": the sentence begins with its subject.
            return named(text, locale)
    if _NUMBER_WORDS.isdisjoint(tail) or change_phrases.is_no_value(before):
        return None
    match = _NUMBER_OF.search(text, max(len(text) - _REACH, 0))
    return _counted(match, locale) if match else None


def _counted(match: re.Match[str], locale: NumberLocale) -> str | None:
    """Return the noun phrase with which the group `counted` of a match begins."""
    counted = f" {match['counted']}"
    return behind(counted, 0, len(counted), locale)
