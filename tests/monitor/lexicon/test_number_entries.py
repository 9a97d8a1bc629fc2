"""Every entry of the lexicon for numbers, sentences and updates is recognised by the code that it is for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from monitor import sentences
from monitor.diff import elapsed, timestamps
from monitor.diff.compare import compare
from monitor.diff.elapsed import SnapshotTimes
from monitor.facts import change_phrases, columns, mention_types, number_locale, units
from monitor.facts.number_words import reader
from monitor.facts.number_words.reader import NumberPhrase
from monitor.lexicon import TOPICS, Entry, entries, named, values
from monitor.lexicon.prefilter import parsed
from monitor.model import BlockKind, Mention, MentionType, Number
from monitor.sentences import Sentence
from tests.support.heart import mentions, version

_CARDINALS = "number_words.cardinals"
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


def is_dated(word: str, language: str) -> bool:
    (mention,) = mentions(f"Since 12 {word} 2019", language=language)
    return mention.type is DATE and mention.quote == f"12 {word} 2019"


def counts_down(unit: str, word: str) -> bool:
    days = [Mention(DURATION, value, unit, str(value), None, 0, 0, 2, 0, 9) for value in (5, 4)]
    times = SnapshotTimes(datetime(2021, 5, 1, tzinfo=UTC), datetime(2021, 5, 2, tzinfo=UTC))
    return elapsed.counts_down(*days, f"4 {unit} {word} X", times)


def is_stamp(opening: str) -> bool:
    date = Mention(DATE, 737_000, None, "5 May 2018", None, 0, len(opening), len(opening) + 10, 0, len(opening) + 10)
    text = f"{opening}5 May 2018"
    return timestamps.is_stamp(Sentence(text, 0, BlockKind.CONTENT, 0, (date,), text, ()), date, None)


def is_range(text: str) -> bool:
    return any(mention.upper is not None for mention in mentions(text))


def one_sentence(text: str) -> bool:
    return len(sentences.spans(text)) == 1


def number(text: str, language: str) -> NumberPhrase | None:
    """The number in words that a text consists of; None if it is not one number as a whole."""
    found = list(reader.find(text, reader.table(language)))
    return found[0] if len(found) == 1 and (found[0].start, found[0].end) == (0, len(text)) else None


def value_of(text: str, language: str) -> Number | None:
    phrase = number(text, language)
    return None if phrase is None else phrase.value


def word_for(value: int, language: str) -> str:
    """A word of the lexicon with a value, without articles."""
    table = reader.table(language)
    words = (word for words in (table.cardinals, table.scales) for word, of_word in words.items() if of_word == value)
    return next(word for word in words if word not in table.articles)


def joins(word: str, language: str) -> bool:
    two = word_for(2, language)
    heads = [word_for(60, language), word_for(100, language), f"{two} {word_for(1_000, language)}"]
    return any(number(f"{head} {word} {unit}", language) for head in heads for unit in (two, word_for(11, language)))


def divides(word: str, language: str) -> bool:
    table, two = reader.table(language), word_for(2, language)
    if table.denominators[word] == 2:
        return value_of(f"{two} {min(table.fraction_joiners)} {word}", language) == 2.5
    return value_of(f"{two} {word}", language) == pytest.approx(2 / table.denominators[word], rel=1e-6)


def multiplies(word: str, language: str) -> bool:
    """Whether a magnitude multiplies an amount of money by its value."""
    (mention,) = mentions(f"$5 {word}", language=language)
    factor = values("money.own_magnitudes", language).get(word, values("money.magnitudes", language).get(word))
    return mention.value == 5 * (factor or 0)


def joins_leading(word: str, language: str) -> bool:
    """Whether a word joins two parts of a number whose magnitudes precede them."""
    by_value = {value: name for name, value in values("money.leading_magnitudes", language).items()}
    found = mentions(f"{by_value[1_000_000]} 3 {word} {by_value[1_000]} 5", language=language)
    return found[0].value == 3_005_000


def is_currency(name: str, language: str) -> bool:
    (mention,) = mentions(f"5 {name}", language=language)
    return (mention.type, mention.unit) == (MentionType.MONEY, named("money.currencies", language)[name])


def is_vague(word: str, language: str) -> bool:
    hundred = next((one for one in reader.table(language).alone if value_of(one, language) in (100, 1_000)), "hundred")
    return list(reader.find(f"{word} {hundred}", reader.table(language))) == []


def changes_if_added(text: str) -> bool:
    """Whether a paragraph of the text is reported where it appears."""
    return bool(compare(version("The boats are here.", facts=()), version("The boats are here.", text, facts=())))


def timed(text: str) -> Sentence:
    """A sentence with a short duration after a text."""
    duration = Mention(MentionType.DURATION, 0.5, "seconds", "0.5", None, 0, 0, 3, 0, len(text))
    return Sentence(text, 0, BlockKind.CONTENT, 0, (duration,), text, tuple(text.split()))


RECOGNISED: dict[str, Callable[[str, str], bool]] = {
    "dates.eras": lambda word, language: is_typed(DATE, f"{word}3年5月1日", language),
    "dates.months": lambda word, _: is_dated(word, "en"),
    "dates.own_months": is_dated,
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
    "audience.by": lambda word, _: is_typed(VOLATILE, f"Read {word} 9,839 people"),
    "audience.shown": lambda word, _: is_typed(VOLATILE, f"{word} 12 times"),
    "numbers.stops": ends_unit,
    "numbers.own_stops": ends_unit,
    "numbers.own_nouns": lambda word, language: unit_of(f"12 {word}", language) == word,
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
    "numbers.totals": lambda word, _: columns.is_total(f"{word.title()} | 12"),
    "numbers.between": lambda word, _: is_range(f"{word} 12 and 15 members"),
    "numbers.hedges": lambda text, language: mentions(f"with {text} 12 members", language=language)[0].hedge == text,
    "numbers.own_hedges": lambda text, language: mentions(f"x {text} 12 xs", language=language)[0].hedge == text,
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
    "years.after": lambda word, language: is_year(
        f"x 2019{'' if language in ('zh', 'ja', 'ko') else ' '}{word}", language
    ),
    "times.before": lambda word, _: is_typed(TIME, f"They met there {word} 19."),
    "times.around": lambda word, _: is_typed(TIME, f"x {word} 19.30 h"),
    "times.units": lambda word, _: is_typed(TIME, f"x om 19.30 {word}"),
    "times.before_digits": lambda word, _: is_typed(TIME, f"The road opens {word} 1115."),
    "times.context": lambda word, _: is_typed(TIME, f"{word} at 1115."),
    "times.until": lambda word, _: is_typed(TIME, f"8 {word} 18:30"),
    "changes.verbs": lambda text, _: change_phrases.is_old(f"they {text} from "),
    "changes.no_verbs": lambda text, _: not change_phrases.is_old(f"they {text} from "),
    "changes.participles": lambda text, _: change_phrases.is_old(f"they {text} from "),
    "changes.moves": lambda text, _: change_phrases.is_old(f"they {text} from "),
    "changes.from": lambda word, _: change_phrases.is_old(f"they rose {word} "),
    "changes.postpositions": lambda word, language: mentions(f"3 {word} 5 लाख", language)[0].value == 300_000,
    "changes.by": lambda word, _: change_phrases.is_no_value(f"they rose {word} "),
    "changes.to": lambda word, _: change_phrases.became(f"they rose {word} ", ["rose", word]) is not None,
    "changes.leads": lambda word, _: (
        change_phrases.before_step(f"the sum fell from 40% {word} ") == "the sum fell from "
    ),
    "changes.values": lambda text, _: not change_phrases.is_no_value(f"rose {text} de "),
    "changes.comparisons": lambda text, _: change_phrases.is_no_value(f"x {text} "),
    "changes.past_verbs": lambda word, _: change_phrases.has_ended(f"it {word} ", " members until May"),
    "changes.until": lambda text, _: change_phrases.has_ended("it had ", f" members {text} x"),
    "ranges.to": lambda text, _: is_range(f"12 {text} 15 members"),
    "ranges.and": lambda word, _: is_range(f"between 12 {word} 15 members"),
    "sentences.abbreviations": lambda text, _: one_sentence(f"x {text}. Alder"),
    "sentences.before_numbers": lambda text, _: one_sentence(f"x {text}. 12"),
    "sentences.before_ordinals": lambda text, _: one_sentence(f"x {text} 5. Treffen"),
    "sentences.month_starts": lambda text, _: one_sentence(f"x 5. {text.title()}"),
    "updates.stamps": lambda text, _: is_stamp(f"{text} "),
    "updates.subjects": lambda word, _: is_stamp(f"Updated on: {word} "),
    "updates.authors": lambda word, _: is_stamp(f"Updated on: {word} Xyz "),
    "durations.until": lambda word, _: counts_down("days", word),
    "durations.days": lambda word, _: counts_down(word, "left"),
    "updates.request_ids": lambda text, _: not changes_if_added(f"{text}: 4f2d8a10"),
    "durations.terms": lambda word, _: elapsed.states_a_term(f"It is {word}: 5 days."),
    "updates.generation": lambda text, _: timestamps.is_generation_note(timed(text)),
    "updates.placeholders": lambda text, _: not changes_if_added(f"{text.capitalize()}…"),
    "updates.reading_times": lambda text, _: sentences.READING_TIME.search(f"{text}: 5 min") is not None,
    "updates.reading_minutes": lambda text, _: sentences.READING_TIME.search(f"5 {text}") is not None,
    "number_words.cardinals": lambda word, language: (
        word in reader.table(language).articles or value_of(word, language) == values(_CARDINALS, language)[word]
    ),
    "number_words.bound": lambda text, language: any(
        text in word and word != text for word in reader.table(language).cardinals
    ),
    "number_words.ordinals": lambda word, language: (phrase := number(word, language)) is not None and phrase.ordinal,
    "number_words.ordinal_stems": lambda text, language: number(f"{text}e", language) is not None,
    "number_words.scales": lambda word, language: (
        value_of(f"{word_for(2, language)} {word}", language) == 2 * reader.table(language).scales[word]
    ),
    "number_words.fractions": lambda word, language: value_of(word, language) == reader.table(language).fractions[word],
    "number_words.denominators": divides,
    "number_words.alone": lambda word, language: value_of(word, language) == reader.table(language).scales[word],
    "number_words.joiners": joins,
    "number_words.articles": lambda word, language: value_of(f"{word} {word_for(10**6, language)}", language) == 10**6,
    "number_words.halves": lambda word, language: value_of(f"{word} {word_for(10**6, language)}", language) == 500_000,
    "number_words.doubtful": lambda word, language: (phrase := number(word, language)) is not None and phrase.doubtful,
    "number_words.points": lambda word, language: (
        value_of(f"{word_for(2, language)} {word} {word_for(5, language)}", language) == 2.5
    ),
    "number_words.over": lambda word, language: (
        value_of(f"{word_for(2, language)} {word} {word_for(5, language)}", language) == 0.4
    ),
    "number_words.fraction_joiners": lambda word, language: any(
        value_of(f"{word_for(2, language)} {word} {half}", language) == 2.5
        for half, value in reader.table(language).denominators.items()
        if value == 2
    ),
    "number_words.denominator_marks": lambda word, language: (
        value_of(f"{word_for(2, language)} {word_for(11, language)} {word}", language)
        == pytest.approx(2 / 11, rel=1e-6)
    ),
    "numbers.shares_of": lambda text, _: mentions(f"2 {text} 5 members")[0].value == 0.4,
    "numbers.net": lambda word, _: mentions(f"zero {word}") == () == mentions(f"{word} zero"),
    "numbers.minus": lambda word, _: mentions(f"It is {word} 5 degrees.")[0].value == -5,
    "numbers.degrees": lambda word, _: mentions(f"-5 {word}")[0].value == -5,
    "numbers.shares": lambda text, _: mentions(f"2 {text} 5 members")[0].value == 0.4,
    "money.magnitudes": multiplies,
    "money.own_magnitudes": multiplies,
    "money.fused_magnitudes": lambda word, language: (
        is_typed(MentionType.MONEY, f"5 {word}", language)
        and mentions(f"5 {word}", language=language)[0].value == 5 * values("money.fused_magnitudes", language)[word]
    ),
    "money.leading_magnitudes": lambda word, language: (
        mentions(f"{word} 5", language=language)[0].value == 5 * values("money.leading_magnitudes", language)[word]
    ),
    "money.leading_joiners": joins_leading,
    "money.dotted_magnitudes": lambda word, language: (
        mentions(f"$5 {word}.", language=language)[0].quote == f"$5 {word}."
    ),
    "money.currencies": is_currency,
    "money.subunits": lambda word, language: mentions(f"5 euro 20 {word}", language=language)[0].value == 5.2,
    "money.percent": lambda text, language: is_typed(MentionType.PERCENT, f"5 {text}", language),
    "money.percent_before": lambda text, language: is_typed(MentionType.PERCENT, f"{text} 5", language),
    "number_words.weekdays": lambda word, language: number(f"segunda {word}", language) is None,
    "number_words.vague": is_vague,
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
