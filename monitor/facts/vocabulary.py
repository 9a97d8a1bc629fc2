"""Vocabulary for numbers in all languages, from `monitor.lexicon`: months, durations, page audiences, references, and words that cannot be part of a unit.

Number words are in `number_words`, currencies and magnitudes in `money`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from monitor.lexicon import phrases, values, words

_ANYWHERE = {name: int(month) for name, month in values("dates.months").items()}
MONTHS = frozenset([*_ANYWHERE, *values("dates.own_months")])
"""The names and abbreviations of CLDR, except abbreviations that are words of another language: "ago", "dic", "gen", "lug", "mag", "out", "set"."""
DURATIONS = words("durations.units")
AGO_BEHIND = words("durations.after_ages")
AGO_BEFORE = words("durations.before_ages")

AUDIENCE = words("audience.units")
VISITORS = words("audience.visitors")
COUNTERS = words("audience.counters")
NOW = words("audience.now")
MOMENT = words("audience.moment")
TODAY = words("audience.today")
DOWNLOADS = words("audience.downloads")
LIKED = words("audience.liked")
LIKES = phrases("audience.likes")
TIMES = words("audience.times")
SHOWN = words("audience.shown")
SHOWN_BY = words("audience.by")

REFERENCES = words("numbers.references")
NAMED = words("numbers.capital_references")
SMALL_REFERENCES = NAMED | words("numbers.small_references")

STREETS = tuple(sorted(words("addresses.street_endings")))
STREET_WORDS = words("addresses.street_openings")
STREET_NAMES = words("addresses.street_words")

PHONES = words("numbers.telephones")
SCORES = words("numbers.scores")

NET = words("numbers.net")
STOPS = words("numbers.stops")
PARTICLES = words("numbers.particles")
ARTICLES = words("numbers.articles")
PLURALS = words("numbers.plurals")

PART_BEFORE = words("numbers.part_before")
OF_NOW = words("numbers.current")
NOT_ALL = words("numbers.not_whole")


@cache
def months(language: str) -> Mapping[str, int]:
    """Return the numbers of the months by their names and abbreviations on pages of a language."""
    # See tests/monitor/facts/test_date_forms.py::test_a_month_of_another_language_is_no_date.
    return _ANYWHERE | {name: int(month) for name, month in values("dates.own_months", language).items()}
