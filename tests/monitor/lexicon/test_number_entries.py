"""Every entry of the lexicon for numbers, sentences and updates is recognised by the code that it is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor import sentences
from monitor.diff import timestamps
from monitor.facts import change_phrases, mention_types, number_locale, units
from monitor.lexicon import TOPICS, Entry, entries, values
from monitor.lexicon.prefilter import parsed
from monitor.model import MentionType
from tests.support.heart import mentions

COUNT, DATE, DURATION, IDENTIFIER = MentionType.COUNT, MentionType.DATE, MentionType.DURATION, MentionType.IDENTIFIER
TIME, VOLATILE, YEAR = MentionType.TIME, MentionType.VOLATILE, MentionType.YEAR


def is_typed(type_: MentionType, text: str, language: str = "en") -> bool:
    return type_ in [mention.type for mention in mentions(text, language=language)]


def ends_unit(word: str, language: str) -> bool:
    return units.behind(f" Xs {word} Xs", 0, len(word) + 7, number_locale.of(language)) == "xs"


def names(word: str, language: str, number: str = "12") -> bool:
    return is_typed(IDENTIFIER, f"Die {word} {number}", language)


def is_year(text: str, language: str = "en") -> bool:
    return is_typed(YEAR, text, language)


def unit_of(text: str, language: str = "en") -> str | None:
    return mentions(text, language=language)[0].unit


def is_dated(word: str) -> bool:
    (mention,) = mentions(f"Since 12 {word} 2019")
    return mention.type is DATE and mention.quote == f"12 {word} 2019"


def is_range(text: str) -> bool:
    return any(mention.upper is not None for mention in mentions(text))


def one_sentence(text: str) -> bool:
    return len(sentences.spans(text)) == 1


RECOGNISED: dict[str, Callable[[str, str], bool]] = {
    "dates.months": lambda word, _: is_dated(word),
    "durations.units": lambda word, _: is_typed(DURATION, f"It took 3 {word}"),
    "durations.after_ages": lambda word, _: is_typed(VOLATILE, f"3 days {word}"),
    "durations.before_ages": lambda word, _: is_typed(VOLATILE, f"{word} 3 days"),
    "audience.units": lambda word, _: is_typed(VOLATILE, f"12 {word}"),
    "audience.visitors": lambda word, _: is_typed(VOLATILE, f"Right now 12 {word} online"),
    "audience.counters": lambda word, _: is_typed(VOLATILE, f"12 {word}"),
    "audience.now": lambda word, _: is_typed(VOLATILE, f"12 visitors {word}"),
    "audience.moment": lambda word, _: mention_types.is_audience_label(f"{word} online"),
    "audience.today": lambda word, _: is_typed(VOLATILE, f"There were 12 downloads {word}"),
    "audience.downloads": lambda word, _: is_typed(VOLATILE, f"There were 12 {word} today"),
    "audience.liked": lambda word, _: is_typed(VOLATILE, f"12 people {word} x"),
    "audience.likes": lambda text, _: is_typed(VOLATILE, f"12 {text}"),
    "audience.times": lambda word, _: is_typed(VOLATILE, f"12 {word} shared"),
    "audience.shown": lambda word, _: is_typed(VOLATILE, f"{word} 12 times"),
    "numbers.stops": ends_unit,
    "numbers.own_stops": ends_unit,
    "numbers.past_endings": lambda ending, language: ends_unit(f"x{ending}", language),
    "numbers.plural_endings": lambda ending, language: mention_types.is_counted(
        mentions("1980")[0], f"xy{ending}", number_locale.of(language)
    ),
    "numbers.plurals": lambda word, _: not mention_types.is_singular(word, number_locale.of("en")),
    "numbers.references": lambda word, language: names(word.title(), language),
    "numbers.own_references": names,
    "numbers.no_references": lambda word, language: not names(word, language) and names(word, "en"),
    "numbers.capital_references": lambda word, _: names(word.title(), "en") and not names(word, "en"),
    "numbers.small_references": lambda word, _: names(word.title(), "en") and not names(word, "en"),
    "numbers.particles": lambda word, _: unit_of(f"1.2 million {word} x") == "x",
    "numbers.articles": lambda word, _: unit_of(f"1.2 million of {word} x") == "x",
    "numbers.telephones": lambda word, _: is_typed(IDENTIFIER, f"{word} 123 456 789"),
    "numbers.scores": lambda word, _: is_typed(IDENTIFIER, f"they {word} 1-3"),
    "numbers.between": lambda word, _: is_range(f"{word} 12 and 15 members"),
    "numbers.hedges": lambda text, language: mentions(f"with {text} 12 members", language=language)[0].hedge == text,
    "numbers.no_hedges": lambda text, language: mentions(f"x {text} 12 x", language=language)[0].hedge is None,
    "addresses.street_endings": lambda text, _: is_typed(IDENTIFIER, f"Kron{text} 12,"),
    "addresses.street_openings": lambda text, _: is_typed(IDENTIFIER, f"{text.title()} Alder 12, 1"),
    "addresses.street_words": lambda text, _: is_typed(IDENTIFIER, f"at 12 Alder {text.title()}"),
    "years.before": lambda word, _: is_year(f"{word} 2019 members"),
    "years.before_past": lambda word, _: is_year(f"{word} 1848"),
    "years.sums": lambda word, _: is_typed(COUNT, f"a {word} of 1957 members"),
    "years.decades": lambda word, _: is_year(f"{word} 90"),
    "years.determiners": lambda word, _: is_year(f"{word} 2019 conference", "fr"),
    "years.own_determiners": lambda word, language: is_year(f"{word} 2011 gegründete Verein", language),
    "years.participles": lambda text, language: is_year(f"Der 2011 gebau{text} Verein", language),
    "years.after": lambda word, language: is_year(f"x 2019{'' if language in ('zh', 'ko') else ' '}{word}", language),
    "times.before": lambda word, _: is_typed(TIME, f"They met there {word} 19."),
    "times.around": lambda word, _: is_typed(TIME, f"x {word} 19.30 h"),
    "times.units": lambda word, _: is_typed(TIME, f"x om 19.30 {word}"),
    "times.until": lambda word, _: is_typed(TIME, f"8 {word} 18:30"),
    "changes.verbs": lambda text, _: change_phrases.is_old(f"they {text} from "),
    "changes.no_verbs": lambda text, _: not change_phrases.is_old(f"they {text} from "),
    "changes.participles": lambda text, _: change_phrases.is_old(f"they {text} from "),
    "changes.moves": lambda text, _: change_phrases.is_old(f"they {text} from "),
    "changes.from": lambda word, _: change_phrases.is_old(f"they rose {word} "),
    "changes.by": lambda word, _: change_phrases.is_no_value(f"they rose {word} "),
    "changes.to": lambda word, _: change_phrases.became(f"they rose {word} ", ["rose", word]) is not None,
    "changes.leads": lambda word, _: (
        change_phrases.before_step(f"the sum fell from 40% {word} ") == "the sum fell from "
    ),
    "changes.values": lambda text, _: not change_phrases.is_no_value(f"rose {text} de "),
    "changes.comparisons": lambda text, _: change_phrases.is_no_value(f"x {text} "),
    "ranges.to": lambda text, _: is_range(f"12 {text} 15 members"),
    "ranges.and": lambda word, _: is_range(f"between 12 {word} 15 members"),
    "sentences.abbreviations": lambda text, _: one_sentence(f"x {text}. Alder"),
    "sentences.before_numbers": lambda text, _: one_sentence(f"x {text}. 12"),
    "sentences.before_ordinals": lambda text, _: one_sentence(f"x {text} 5. Treffen"),
    "sentences.month_starts": lambda text, _: one_sentence(f"x 5. {text.title()}"),
    "updates.stamps": lambda text, _: timestamps.is_stamp(text),
    "updates.reading_times": lambda text, _: sentences.READING_TIME.search(f"{text}: 5 min") is not None,
    "updates.reading_minutes": lambda text, _: sentences.READING_TIME.search(f"5 {text}") is not None,
}
"""For each topic, whether an entry of a language, or a text that it matches, is recognised."""
BY_FACTS = {"numbers.part_before", "numbers.not_whole", "numbers.current"}
"""Topics of readings: see tests/monitor/facts/test_fact_reader.py."""


def examples(topic: str, entry: Entry) -> list[str]:
    if TOPICS[topic] == "patterns":
        return [" ".join(text.split()) for text in parsed(entry.text).texts()]
    return [entry.text]


@pytest.mark.parametrize("topic", RECOGNISED)
def test_every_entry_of_a_topic_is_recognised(topic: str):
    missed = [
        (entry.language, text)
        for entry in entries(topic)
        for text in examples(topic, entry)
        if not RECOGNISED[topic](text, entry.language)
    ]
    assert missed == []


def test_every_topic_of_these_tables_is_tested():
    tables = {topic.split(".")[0] for topic in RECOGNISED}

    assert {topic for topic in TOPICS if topic.split(".")[0] in tables} == {*RECOGNISED, *BY_FACTS}


def test_months_have_their_numbers():
    assert set(values("dates.months").values()) == set(range(1, 13))
    assert [values("dates.months")[name] for name in ("january", "märz", "mai", "août", "ottobre")] == [1, 3, 5, 8, 10]
