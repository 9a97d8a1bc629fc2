"""Number words, magnitudes, ranges, hedges, dates and decoys of each language, and the corpus they are measured on."""

from __future__ import annotations

from datetime import date

import pytest

from eval.numbers.corpus import HALVES, MIXED, rows
from eval.numbers.scoring import results, share
from monitor.facts.mentions import MOST, read_blocks
from monitor.facts.number_words import reader
from monitor.model import MentionType
from tests.support.heart import content, mentions
from tests.support.pace import costs_less_than

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pt", "sv", "th", "tr", "zh")
FLOOR = 0.98


@pytest.mark.parametrize("half", HALVES)
def test_the_corpus_is_read_as_well_as_promised(half):
    scored = [result for result in results(rows()) if result.row.half == half]

    assert share(scored) >= FLOOR


def test_the_corpus_has_enough_sentences_of_every_language_in_both_halves():
    table = rows()

    assert len(table) >= 550
    assert len({row.sentence for row in table}) == len(table)
    for language in LANGUAGES:
        assert sum(row.table == language for row in table) >= 50
        assert {row.half for row in table if row.table == language} == set(HALVES)
    for kind in {row.kind for row in table}:
        assert {row.half for row in table if row.kind == kind} == set(HALVES)
    assert {row.table for row in table} == {*LANGUAGES, MIXED}


@pytest.mark.parametrize(
    ("language", "text", "value", "ordinal"),
    [
        ("en", "nine hundred and ninety-nine", 999, False),
        ("en", "two dozen", 24, False),
        ("de", "neunhundertneunundneunzig", 999, False),
        ("de", "dreißig", 30, False),
        ("de", "dreissig", 30, False),
        ("de", "zwei Millionen dreihundert", 2_000_300, False),
        ("de", "siebzehnten", 17, True),
        ("nl", "negenhonderdnegenennegentig", 999, False),
        ("nl", "drieëntwintig", 23, False),
        ("nl", "achtste", 8, True),
        ("fr", "soixante-dix-sept", 77, False),
        ("fr", "soixante et onze", 71, False),
        ("fr", "quatre-vingt-dix-neuf", 99, False),
        ("fr", "deux mille trois cents", 2_300, False),
        ("fr", "quatre-vingts", 80, False),
        ("fr", "trente-deuxième", 32, True),
        ("es", "novecientos noventa y nueve", 999, False),
        ("es", "tres mil quinientas", 3_500, False),
        ("es", "dos mil millones", 2_000_000_000, False),
        ("it", "novecentonovantanove", 999, False),
        ("it", "ventotto", 28, False),
        ("it", "tremila", 3_000, False),
        ("it", "trentatreesimo", 33, True),
        ("pt", "novecentos e noventa e nove", 999, False),
        ("pt", "mil e duzentos", 1_200, False),
        ("pt", "dois bilhões", 2_000_000_000, False),
        ("en", "two and a half million", 2_500_000, False),
        ("en", "a million and a half", 1_500_000, False),
        ("en", "one and a half", 1.5, False),
        ("de", "eineinhalb Millionen", 1_500_000, False),
        ("de", "anderthalb", 1.5, False),
        ("nl", "tweeënhalf miljoen", 2_500_000, False),
        ("nl", "honderdtal", 100, False),
        ("fr", "deux millions et demi", 2_500_000, False),
        ("fr", "un millier", 1_000, False),
        ("es", "un millón y medio", 1_500_000, False),
        ("es", "un centenar", 100, False),
        ("it", "due milioni e mezzo", 2_500_000, False),
        ("it", "un centinaio", 100, False),
        ("pt", "um milhão e meio", 1_500_000, False),
        ("pt", "uma centena", 100, False),
    ],
)
def test_a_number_in_words_has_its_value(language, text, value, ordinal):
    (said,) = reader.find(text, reader.table(language))

    assert (said.start, said.end, said.value, said.ordinal) == (0, len(text), value, ordinal)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "several hundred members"),
        ("en", "one of the largest"),
        ("de", "mehrere tausend Menschen"),
        ("de", "einer der größten"),
        ("fr", "l'un des plus grands"),
        ("fr", "un bateau neuf."),
        ("es", "uno de los mayores"),
        ("pt", "segunda-feira"),
        ("it", "secondo i dati"),
        ("nl", "een van de grootste"),
        ("nl", "ten opzichte van"),
        ("pt", "dos membros"),
        ("xx", "eleven members"),
    ],
)
def test_words_that_count_nothing_are_no_number(language, text):
    assert not mentions(text, language)


@pytest.mark.parametrize(
    ("language", "text", "kind", "value", "upper", "unit"),
    [
        ("en", "$5 million to $8 million", "money", 5_000_000, 8_000_000, "USD"),
        ("en", "between $5 and $8 million", "money", 5_000_000, 8_000_000, "USD"),
        ("en", "four to six guests", "count", 4, 6, "guests"),
        ("de", "zwischen 1,5 und 2 Mrd. Euro", "money", 1_500_000_000, 2_000_000_000, "EUR"),
        ("de", "2 Billionen Bäume", "count", 2 * 10**12, None, "bäume"),
        ("en", "2 billion trees", "count", 2 * 10**9, None, "trees"),
        ("fr", "4,5 Md€", "money", 4_500_000_000, None, "EUR"),
        ("fr", "1,2 million d’habitants", "count", 1_200_000, None, "habitants"),
        ("es", "5.000 millones de euros", "money", 5_000_000_000, None, "EUR"),
        ("nl", "tussen de 200 en 250 lopers", "count", 200, 250, "lopers"),
        ("it", "dal 5% all'8%", "percent", 5, None, None),
        ("ar", "من 4 إلى 6 ضيوف", "count", 4, 6, "ضيوف"),
        ("ar", "٥ آلاف لاجئ", "count", 5_000, None, "لاجئ"),
        ("en", "7-9 June 2023", "date", date(2023, 6, 7).toordinal(), date(2023, 6, 9).toordinal(), None),
        ("en", "1880-1914", "year", 1880, 1914, None),
        ("en", "in 1848", "year", 1848, None, None),
        ("en", "2020 Audi estate", "year", 2020, None, None),
        ("en", "the 90s", "year", 90, None, None),
        ("en", "A total of 1957 tests", "count", 1957, None, "tests"),
        ("de", "1926 geliefert", "year", 1926, None, None),
        ("en", "3-1", "identifier", 3, None, None),
        ("en", "the 3rd", "ordinal", 3, None, None),
        ("de", "das 5. Treffen", "ordinal", 5, None, "treffen"),
        ("fr", "le 82ème membre", "ordinal", 82, None, "membre"),
        ("es", "el 82.º socio", "ordinal", 82, None, "socio"),
        ("fr", "2 millions et demi d'habitants", "count", 2_500_000, None, "habitants"),
        ("de", "Am 24.12. ist zu.", "date", 1224, None, None),
        ("ar", "٢٠٠ شركة و٤٥ جامعة", "count", 200, None, "شركة"),
        ("ar", "٤٣٫٥ مليون نسمة عام ٢٠٢٣", "count", 43_500_000, None, "نسمة"),
    ],
)
def test_a_wording_of_any_language_is_read_as_meant(language, text, kind, value, upper, unit):
    first = mentions(text, language)[0]

    assert (first.type, first.value, first.upper, first.unit) == (kind, value, upper, unit)


@pytest.mark.parametrize(
    ("language", "text", "kinds"),
    [
        ("en", "Articles 5, 7 and 9 apply.", ["identifier"] * 3),
        ("en", "page 3 of 12", ["identifier"] * 2),
        ("en", "order no. 48213 ships", ["identifier"]),
        ("en", "call 900 123 456", ["identifier"]),
        ("en", "call for 900 members", ["count"]),
        ("en", "Week 13 brings 13 games", ["identifier", "count"]),
        ("en", "a week 13 members joined", ["count"]),
        ("en", "Washington DC 20006", ["identifier"]),
        ("de", "Kirchweg 4, 20457 Hamburg", ["identifier"] * 2),
        ("fr", "12 rue des Lilas, 75011 Paris", ["identifier"] * 2),
        ("en", "192.168.12.40", ["identifier"]),
        ("en", "rated 4.7/5 by 12 guests", ["identifier", "count"]),
        ("en", "There are 57 visitors online.", ["volatile"]),
        ("en", "57 visitors came to the fair in the rain.", ["count"]),
        ("en", "1,204 visitors", ["volatile"]),
        ("en", "Our fields today 57 users online What we do Where we are", ["volatile"]),
        ("en", "57 people bought a ticket for the fair online.", ["count"]),
        ("fr", "674 mentions j’aime", ["volatile"]),
        ("de", "311 Mal geteilt", ["volatile"]),
        ("de", "311 Mal gemessen", ["count"]),
        ("fr", "il y a 3 jours", ["volatile"]),
        ("es", "hace 3 días", ["volatile"]),
        ("it", "alle 23", ["time"]),
        ("nl", "tussen 9.00 en 17.00 uur", ["time"] * 2),
        ("de", "9 bis 17 Uhr", ["time"] * 2),
        ("de", "Kirchweg 4a, 20457 Hamburg", ["identifier"] * 2),
        ("de", "Postfach 1234", ["identifier"]),
        ("fr", "BP 1234", ["identifier"]),
        ("es", "Apartado de Correos 1234", ["identifier"]),
        ("es", "C/ Olmo, 45, bajo", ["identifier"]),
        ("it", "comma 2", ["identifier"]),
    ],
)
def test_decoys_are_not_mistaken_for_counts(language, text, kinds):
    assert [mention.type for mention in mentions(text, language)] == kinds


@pytest.mark.parametrize(
    ("language", "beside", "value"),
    [
        ("en", "", 1.234),
        ("en", "It is 12,5 % of all.", 1234),
        ("en", "The town has 1.250.000 people.", 1234),
        ("en", "It is 12.5 % of all.", 1.234),
        ("en", "It is 12.5 % here and 12,5 % there.", 1.234),
        ("de", "", 1234),
        ("de", "It is 12.5 % of all.", 1234),
        ("bg", "", 1234),
        ("hr", "", 1234),
        ("nn", "", 1234),
        ("vi", "", 1234),
        ("ja", "", 1.234),
        ("he", "", 1.234),
    ],
)
def test_other_numbers_of_the_page_decide_an_ambiguous_separator(language, beside, value):
    found = read_blocks(content("There are 1.234 members.", *filter(None, [beside])), language)

    assert found[0].value == value


def test_the_sentence_decides_an_ambiguous_separator_before_the_page():
    blocks = content(
        "There are 1.234 members, 12,5 % of all.", "It is 12.5 %, 13.5 % and 1,250,000.", "There are 1.234 more."
    )

    values = [mention.value for mention in read_blocks(blocks, "en") if mention.quote == "1.234"]

    assert values == [1234, 1.234]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "piece", ["1,234 members ", "12-15 ", "123.", "two ", "+1 ", "May 5 ", "87 (eighty ", "a.", "U."]
)
def test_a_hostile_sentence_gives_a_bounded_result(language, piece):
    text = f"5 {(piece * 30_000)[:60_000]}"

    found = mentions(" ".join(text.split()), language)

    assert 0 < len(found) <= MOST


def test_numbers_of_a_block_beyond_the_limit_are_omitted():
    found = mentions("7 " * (MOST + 5))

    assert len(found) == MOST


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_sentence_of_a_megabyte_takes_no_two_seconds(language):
    text = ("We have 1,234 members and 12-15 more since May 2019. " * 20_000)[:1_000_000].replace(". ", ", ")
    with costs_less_than(2):
        read_blocks(content(text), language)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("fr", "Réunion du 10 févr. 2024 à Paris", date(2024, 2, 10)),
        ("fr", "Réunion du 14 juil. 2024 à Paris", date(2024, 7, 14)),
        ("es", "Reunión del 10 abr. 2024", date(2024, 4, 10)),
        ("pt", "Reunião de 10 de fev. de 2024", date(2024, 2, 10)),
        ("it", "Riunione del 10 ott 2024", date(2024, 10, 10)),
        ("nl", "Vergadering op 10 mrt. 2024", date(2024, 3, 10)),
    ],
)
def test_a_month_is_read_in_the_abbreviation_of_its_language(language, text, day):
    (mention,) = mentions(text, language)

    assert (mention.type, mention.value) == (MentionType.DATE, day.toordinal())
