"""Finds what a number counts: the noun phrase after it, or the label before it."""

from __future__ import annotations

import re
from itertools import takewhile

from monitor.facts import change_phrases, vocabulary
from monitor.facts.number_locale import NumberLocale

# A letter with its combining marks (accents, Devanagari vowels, Arabic and Hebrew points).
_LETTERS = (
    r"(?:[^\W\d_][\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u200c\u200d]*)+"
)
_UNIT_WORD = re.compile(rf"(?:[A-Z]\.){{2,}}|{_LETTERS}(?:['’]{_LETTERS})?(?:-{_LETTERS})*\.?|-(?=[^\W\d_])|°[CF]\b")
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
_LABEL = re.compile(r"(?:^|[|.;]\s*)([^\W\d_][^|:.;\d]{0,60}?)\s*(?:\||:)\s*$")
_OPENING = re.compile(r"[^\W\d_]+(?:[ '’][^\W\d_]+){0,3} ?")
_HEADING = re.compile(r"(?P<label>[^\W\d_][^\d.:;!?|()]{1,50}?)\s\(?(?P<number>\d(?:[\d.,'’ \u00a0\u202f]*\d)?)\)?")
_HEADING_CHARS = 70
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_GAPS = frozenset(" \u00a0\u202f-")
_REACH = 128
_LONGEST = 4


def behind(
    text: str, at: int, stop: int, tongue: NumberLocale, *, particles: bool = False, next_cell: bool = True
) -> str | None:
    """Return the noun phrase after a number, at most four words, in lower case. It ends before the first word that cannot continue a noun phrase.

    Args:
        text: The block's text.
        at: The end of the number.
        stop: The end of its sentence.
        tongue: The number rules of the page's language.
        particles: Whether the phrase may begin with particles such as "of the", as after a percentage or a million.
        next_cell: Whether the noun may be in the next cell of a row, "87 | members".
    """
    if (first := text[at : at + 1]) not in _GAPS and first != "°" and not (first.isalnum() or first.isspace()):
        return None
    parts: list[str] = []
    if text.startswith("(", at + 1) and (again := _AGAIN.match(text, at, stop)) and _says_again(again[1], tongue):
        at = again.end()
    started = noun = False
    while len(parts) < _LONGEST and at < stop:
        gap = at
        while gap < stop and text[gap] in _GAPS:
            gap += 1
        if next_cell and not parts and text.startswith(" | ", at):
            gap = at + 3
        match = _UNIT_WORD.match(text, gap, stop)
        if match is None:
            break
        written = match.group()
        word, dotted = written.lower(), False
        if written[-1] == ".":
            word, dotted = word.rstrip("."), written[1:2] != "."
        if "'" in word or "’" in word:
            head, _, tail = word.replace("’", "'").partition("'")
            if head in _ELIDED:
                if parts or not (particles or head == "d"):
                    break
                word = tail
        if not parts and (
            (word in vocabulary.PARTICLES and (particles or word in _OF))
            or (started and particles and word in vocabulary.ARTICLES)
        ):
            started, at = True, match.end()
            continue
        if word in tongue.stops or _ends(word, tongue, first=not parts):
            break
        parts.append(word)
        noun = noun or written[0].isupper() or written[0] == "°" or written in _SMALL_UNITS
        at = match.end()
        if dotted or (tongue.noun_capitals and written[0].isupper() and not text[at + 1 : at + 2].isupper()):
            break
    if tongue.noun_capitals and parts and not noun:
        # "1926 geliefert": without a noun nothing is counted.
        return None
    return " ".join(parts) or None


_SMALL_UNITS = frozenset("km m cm mm kg g mg l ml ha t h min std sek kw kwh mw gwh ct".split())
"""Units that German writes in lower case."""
_YEARS = frozenset({"عام", "سنة"})
"""Words that follow a noun and precede a year: "نسمة عام 2023"."""
_OF = frozenset({"de", "di", "d"})
"""Particles that may follow any number, such as a dozen or a hundred. "of" is not one of them: "30 of Boeing's" counts something else."""


def _ends(word: str, tongue: NumberLocale, *, first: bool) -> bool:
    """Return whether a word ends the noun phrase: a verb by its ending, an Arabic word with the prefix "and", or the word "year"."""
    if bool(tongue.verbs) and word.endswith(tongue.verbs):
        return True
    return not first and ((word[0] == "و" and len(word) > 3) or word in _YEARS)


def _says_again(said: str, tongue: NumberLocale) -> bool:
    """Return whether parentheses repeat the number: "87 (eighty-seven) members"."""
    return said.isdigit() or all(
        word in tongue.spoken.tell or word in tongue.spoken.joiners for word in said.lower().replace("-", " ").split()
    )


def named(text: str, tongue: NumberLocale) -> str | None:
    """Return what a label counts, without its article, at most four words, in lower case; None if it counts nothing.

    For German the participle is kept: "Brücken geprüft".
    """
    said = text.split()
    while said and said[0].lower() in tongue.stops:
        del said[0]
    text = " ".join(said)
    unit = behind(text, 0, len(text), tongue)
    if unit is None or not tongue.noun_capitals:
        return unit
    said = text.lower().split()[:_LONGEST]
    return " ".join(takewhile(lambda word: word not in tongue.stops, said)) or unit


def label(before: str, tail: list[str], tongue: NumberLocale) -> str | None:
    """Return the label before a number that no noun follows: "Members | 87", "Members: 87"; None if there is none."""
    if not tail or tail[-1][-1] not in "|:":
        return None
    match = _LABEL.search(before, max(len(before) - _REACH, 0))
    if match is None:
        return None
    said = match.group(1).lower()
    counted = _NUMBER_OF.search(said) if not _NUMBER_WORDS.isdisjoint(said.split()) else None
    unit = behind(f" {counted['counted']}", 0, len(counted["counted"]) + 1, tongue) if counted else None
    return unit or " ".join(said.split()[:_LONGEST])


def heading(text: str, before: str, start: int, tongue: NumberLocale) -> str | None:
    """Return what the number at the end of a short block counts: "Members (87)", "Total members 87"; None for a year or a longer text."""
    if len(text) > _HEADING_CHARS or len(before) != start:
        return None
    match = _HEADING.fullmatch(text)
    if match is None or match.start("number") != start or _YEAR.fullmatch(match["number"]) is not None:
        return None
    return named(match["label"], tongue)


def number_of(before: str, tail: list[str], tongue: NumberLocale) -> str | None:
    """Return what a number counts according to the text before it: "the number of members has grown to 87", "from 13 members to 87"; None if unknown."""
    if not tail:
        return None
    if not _ARE.isdisjoint(tail[-3:]) and (subject := _SUBJECT.search(before, max(len(before) - _REACH, 0))):
        return behind(f" {subject['counted']}", 0, len(subject["counted"]) + 1, tongue)
    said, became = before, change_phrases.became(before, tail)
    if became is not None:
        if became.old is not None and (unit := behind(before, became.old, len(before), tongue)) is not None:
            return unit
        said = became.subject.rstrip()
        tail = said[-_REACH:].lower().split()
        if _NUMBER_WORDS.isdisjoint(tail) and _OPENING.fullmatch(said):
            # "I membri sono passati da 85 a 87": the sentence begins with its subject.
            return named(said, tongue)
    if _NUMBER_WORDS.isdisjoint(tail) or change_phrases.is_no_value(before):
        return None
    match = _NUMBER_OF.search(said, max(len(said) - _REACH, 0))
    return behind(f" {match['counted']}", 0, len(match["counted"]) + 1, tongue) if match else None
