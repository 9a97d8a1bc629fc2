"""Determines the type of a number from its unit and the words before it."""

from __future__ import annotations

import re

from monitor.facts import vocabulary
from monitor.facts.number_locale import NumberLocale
from monitor.facts.numerals import Numeral
from monitor.lexicon import by_language, words
from monitor.model import Mention, MentionType, Number

# "6 hours ago" is quoted as a whole: tomorrow it is "1 day ago" although nothing has changed.
_AGO = re.compile(r"\s?[^\W\d_]+\s([^\W\d_]+)")
_DECADE = re.compile(r"(?:['’]?s|er|ern|'er)\b")
_YEAR_BEFORE = words("years.before")
_SUMS = words("years.sums")
_YEAR_AFTER = words("years.before_past")
# Scripts without spaces attach the word to the year.
_YEARS = tuple(word if word >= "\u3040" else f" {word}" for word in sorted(words("years.after")))
_OF_THEM = re.compile(r"\sof (?:them|these|those|which|whom)\b")
_DECADES = words("years.decades")
_DETERMINERS = words("years.determiners")
_GERMAN_DETERMINERS = words("years.own_determiners")
_PARTICIPLES = tuple(words("years.participles"))
_ENGLISH = frozenset({"en", ""})
_CLOCK_BEFORE = words("times.before")
_CLOCK_AROUND = words("times.around")
_CLOCK_UNITS = words("times.units")
_HOURS, _MINUTES = 24, 60
_TRIMMED = '.,("“'
_NEAR = 32
"""Characters after a number that are searched for the words of a page counter ("viewed", "today")."""
_FEW_WORDS = 4
_ENDS = ".,!:·|"
_PLURAL_ENDINGS = {code: tuple(text.split()) for code, text in by_language("numbers.plural_endings").items()}
_SHOWN_BY = 2
"""Words of "Read by" at the beginning of a text; "a book read by 9,839 people" is not about the page."""
_CLOCK_BEFORE_DIGITS = words("times.before_digits")
_CLOCK_CONTEXT = words("times.context")
_CLOCK_DIGITS = 4
_NEAR_CLOCK = 160
_COLON_TIME = re.compile(r"\b\d{1,2}:\d\d\b")
_BARE_BLOCK = 40
"""Maximum length of a block that consists of a counter only, in characters."""
_COUNTER_LINE = 240
"""Maximum length of a page's closing line that ends with a counter, in characters."""


def type_of(
    text: str, numeral: Numeral, value: Number, end: int, unit: str | None, tail: list[str], locale: NumberLocale
) -> tuple[MentionType, int]:
    """Return the type of a number that is not a percentage, money or ordinal, and the end of its quote.

    Args:
        text: The block's text.
        numeral: The number as written.
        value: Its value, including the magnitude.
        end: The end of the number and its magnitude.
        unit: What it counts; None if unknown.
        tail: The words before it in its sentence, in lower case.
        locale: The number rules of the page's language.
    """
    first = unit.partition(" ")[0] if unit else ""
    if _is_year(text, numeral, value, unit, first, tail, locale):
        decade = _DECADE.match(text, end)
        return MentionType.YEAR, decade.end() if decade else end
    if _is_clock(text, numeral, first, tail):
        return MentionType.TIME, end
    if first in vocabulary.DURATIONS:
        return _span_of_time(text, end, tail)
    if unit is not None and _is_audience(text, end, first, unit, tail):
        return MentionType.VOLATILE, end
    return MentionType.COUNT, end


def _is_year(
    text: str, numeral: Numeral, value: Number, unit: str | None, first: str, tail: list[str], locale: NumberLocale
) -> bool:
    if is_decade(text, numeral) or _is_nineties(value, tail):
        return True
    if not numeral.plain or numeral.end - numeral.start != 4:
        return _copyright(tail)
    if first in vocabulary.DURATIONS:
        return _copyright(tail)
    if text.startswith(_YEARS, numeral.end):
        return 1000 <= value <= 2100
    if not 1900 <= value <= 2100:
        # "In 1848", but not "in 1848 schools".
        past = 1000 <= value < 1900 and not unit and bool(tail) and tail[-1].strip(_TRIMMED) in _YEAR_AFTER
        return past or _copyright(tail)
    if first == "" and _OF_THEM.match(text, numeral.end):
        return False
    if text.startswith("-", numeral.end) and text[numeral.end + 1 : numeral.end + 2].isalpha():
        return True
    return (
        not unit or _says_year(text, numeral.end, tail, first, locale) or is_singular(unit, locale) or _copyright(tail)
    )


def is_singular(unit: str, locale: NumberLocale) -> bool:
    """Return whether an English noun phrase contains no plural: "2020 Audi estate" is a model year, not a count."""
    # See tests/monitor/facts/test_numbers_languages.py::test_a_wording_of_any_language_is_read_as_meant.
    return locale.code in _ENGLISH and not any(
        word.endswith("s") or word in vocabulary.PLURALS for word in unit.split()
    )


def is_counted(year: Mention, unit: str, locale: NumberLocale) -> bool:
    """Return whether a number that is otherwise typed as a year is a count under its label: "Stations" over "1980", but not "Season" over "1980"."""
    # See tests/monitor/facts/test_labels.py::test_a_year_under_its_label_stays_a_year.
    first = unit.partition(" ")[0]
    bare = year.upper is None and year.quote.isdecimal()
    if not bare or first in vocabulary.DURATIONS or first in _YEAR_BEFORE:
        return False
    if locale.code in _ENGLISH:
        return not is_singular(unit, locale)
    endings = _PLURAL_ENDINGS.get(locale.code, ())
    return bool(endings) and any(word.endswith(endings) and word not in locale.stops for word in unit.split())


def _is_nineties(value: Number, tail: list[str]) -> bool:
    """Return whether a number is a decade without its century: "años 90", "anni Novanta", "la década de los 90"."""
    if value % 10 or not 10 <= value <= 90 or not tail:
        return False
    return tail[-1] in _DECADES or (tail[-1] in ("los", "de") and "década" in tail[-3:])


def is_decade(text: str, numeral: Numeral) -> bool:
    """Return whether a number is a decade: "1990s", "1990er", "90s"."""
    tens = numeral.plain and numeral.end - numeral.start in (2, 4) and int(text[numeral.end - 1]) == 0
    return tens and _DECADE.match(text, numeral.end) is not None


def _says_year(text: str, end: int, tail: list[str], noun: str, locale: NumberLocale) -> bool:
    """Return whether the preceding word marks a year: "in 2019 members met", "the 2019 conference" (but not "the 2019 members")."""
    word = tail[-1].strip(_TRIMMED) if tail else ""
    if locale.noun_capitals and word in _GERMAN_DETERMINERS:
        # "Der 2011 gegründete Verein"
        return text[end + 1 : end + 2].islower() and noun.endswith(_PARTICIPLES)
    if word == "of" and len(tail) > 1 and tail[-2] in _SUMS:
        return False
    return word in _YEAR_BEFORE or (word in _DETERMINERS and not noun.endswith("s") and noun not in vocabulary.PLURALS)


def _copyright(tail: list[str]) -> bool:
    return bool(tail) and (tail[-1].endswith(("©", "(c)")) or tail[-1].strip(_TRIMMED) == "copyright")


def _is_clock(text: str, numeral: Numeral, first: str, tail: list[str]) -> bool:
    """Return whether a number is a time of day: "alle 19.30", "a las 23 h", "om 23 uur", "às 23"."""
    if numeral.plain and numeral.end - numeral.start == _CLOCK_DIGITS:
        return bool(tail) and _is_clock_without_colon(text, numeral, first, tail[-1])
    if not tail or numeral.worded or numeral.end - numeral.start > (2 if numeral.plain else 5):
        return False
    word = tail[-1].strip(_TRIMMED)
    if word not in _CLOCK_BEFORE and word not in _CLOCK_AROUND:
        return False
    hour, _, minute = text[numeral.start : numeral.end].replace(":", ".").partition(".")
    if not hour.isdecimal() or int(hour) > _HOURS or (minute and (len(minute) != 2 or int(minute) >= _MINUTES)):
        return False
    return (first in _CLOCK_UNITS and word in _CLOCK_AROUND) or (not first and word in _CLOCK_BEFORE)


def _is_clock_without_colon(text: str, numeral: Numeral, first: str, word: str) -> bool:
    """Return whether four digits are a time of day: "approx 1115" in a text that gives other times."""
    # See tests/monitor/facts/test_page_counters.py::test_four_digits_are_a_time_where_the_text_gives_times.
    hour, minute = int(text[numeral.start : numeral.start + 2]), int(text[numeral.start + 2 : numeral.end])
    if word.strip("(") not in _CLOCK_BEFORE_DIGITS or hour >= _HOURS or minute >= _MINUTES:
        return False
    if first and first not in _CLOCK_CONTEXT:
        return False
    near = text[max(numeral.start - _NEAR_CLOCK, 0) : numeral.end + _NEAR_CLOCK]
    return _COLON_TIME.search(near) is not None or not _CLOCK_CONTEXT.isdisjoint(
        part.strip(_ENDS) for part in near.lower().split()
    )


def _span_of_time(text: str, end: int, tail: list[str]) -> tuple[MentionType, int]:
    if (ago := _AGO.match(text, end)) is not None and ago[1].lower() in vocabulary.AGO_BEHIND:
        return MentionType.VOLATILE, ago.end()
    said_before = tail[-1] in vocabulary.AGO_BEFORE if tail else False
    return (MentionType.VOLATILE if said_before or tail[-3:] == ["il", "y", "a"] else MentionType.DURATION), end


def _is_audience(text: str, end: int, first: str, unit: str, tail: list[str]) -> bool:
    """Return whether a number counts the page's own audience: always for views and likes; for visitors if the text says "online", or nothing else."""
    # See tests/monitor/facts/test_labels.py::test_lines_of_the_audience_are_volatile.
    # See tests/monitor/facts/test_labels.py::test_numbers_that_do_not_count_the_audience_are_counts.
    if first in vocabulary.AUDIENCE:
        return True
    if unit.startswith(vocabulary.LIKES) or ("aime" in unit and _pleases(unit)) or _says_now(unit):
        return True
    if first in vocabulary.TIMES or first in vocabulary.SHOWN:
        near = [*tail[-3:], *text[end : end + _NEAR].lower().split()]
        return not vocabulary.SHOWN.isdisjoint(word.strip(_TRIMMED) for word in near)
    if first in vocabulary.COUNTERS or first in vocabulary.DOWNLOADS:
        near = [*unit.split(), *text[end : end + _NEAR].lower().replace("’", "'").split()[:_FEW_WORDS]]
        if not vocabulary.TODAY.isdisjoint(word.strip(_ENDS) for word in near):
            return True
    if first not in vocabulary.VISITORS:
        return False
    if len(tail) <= _SHOWN_BY and tail[-1:] and tail[-1] in vocabulary.SHOWN_BY and tail[0] in vocabulary.SHOWN:
        return True
    if first in vocabulary.COUNTERS and _is_counter(text, end):
        return True
    near = [*tail[-3:], *text[end : end + 2 * _NEAR].lower().split()[:_FEW_WORDS]]
    return not (vocabulary.NOW | vocabulary.LIKED).isdisjoint(word.strip(_ENDS) for word in near)


def is_audience_label(label: str) -> bool:
    """Return whether a label names the page's own audience: "Visits", "J'aime", "Users online"."""
    # See tests/monitor/facts/test_labels.py::test_a_box_of_the_audience_is_volatile.
    text = label.lower()
    return _is_audience("", 0, text.partition(" ")[0], text, []) or text.partition(" ")[0] in vocabulary.COUNTERS


def _pleases(unit: str) -> bool:
    """Return whether the unit counts French likes: "personnes aiment", "j'aime"."""
    return "aime" in unit.replace("’", "'").replace("j'", " ").split()


def _says_now(unit: str) -> bool:
    """Return whether the unit counts only current visitors: "gerade online", "connectés", "users online"; not "online courses"."""
    words = unit.split()
    return not vocabulary.NOW.isdisjoint(words) and all(
        word in vocabulary.NOW or word in vocabulary.VISITORS or word in vocabulary.MOMENT for word in words
    )


def _is_counter(text: str, end: int) -> bool:
    """Return whether the visits are those of the page: the block says nothing else, says that they are online, or is a copyright line."""
    if len(text) <= _BARE_BLOCK and len(text.split()) <= _FEW_WORDS:
        return True
    if len(text) > _COUNTER_LINE:
        return False
    behind = text[end:].lower().split()
    if "©" in text[:end] and len(behind) <= _FEW_WORDS:
        return True
    return len(text) <= 2 * _BARE_BLOCK and not vocabulary.NOW.isdisjoint(word.strip(_ENDS) for word in behind)
