"""Numbers in words: compounds, fractions, decimals and dozens, by language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.facts.number_words import reader
from monitor.model import MentionType
from tests.support.heart import mentions
from tests.support.pace import costs_less_than


def values_in(text: str, language: str) -> list[float]:
    return [phrase.value for phrase in reader.find(text, reader.table(language))]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("de", "dreizehntausendsechshundertacht", 13_608),
        ("de", "zweitausendundeins", 2_001),
        ("de", "fuenfunddreissig", 35),
        ("de", "drei Millionen vierhunderttausend", 3_400_000),
        ("nl", "vijftienduizend driehonderd", 15_300),
        ("nl", "tweehonderdenacht", 208),
        ("nl", "achttienhonderd", None),
        ("sv", "sextiosju", 67),
        ("sv", "tvåhundrafyrtioett", 241),
        ("sv", "fyratusen niohundra", 4_900),
        ("sv", "tre miljoner tvåhundratusen", 3_200_000),
        ("no", "trettifire", 34),
        ("no", "to hundre og femti", 250),
        ("da", "treogtres", 63),
        ("da", "to tusind fem hundrede", 2_500),
        ("it", "quarantottomila", 48_000),
        ("it", "milleottocentotrentuno", 1_831),
        ("tr", "üç yüz kırk bin", 340_000),
        ("tr", "on yedi", 17),
        ("pl", "sto dwadzieścia trzy tysiące", 123_000),
        ("cs", "dvě stě padesát", 250),
        ("ru", "сорок восемь тысяч двести", 48_200),
        ("uk", "шістдесят дев’ять", 69),
        ("es", "cuatrocientos mil veintidos", 400_022),
        ("pt", "oito milhoes e quinze", 8_000_015),
        ("fr", "deux mille trois cent soixante et onze", 2_371),
        ("en", "four hundred and seven thousand", 407_000),
    ],
)
def test_a_number_in_words_is_read_as_a_whole(language, text, value):
    assert values_in(text, language) == ([value] if value is not None else [])


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "five eighths", 0.625),
        ("en", "two and three quarters", 2.75),
        ("en", "a fifth of the fleet", 0.2),
        ("en", "four point two five", 4.25),
        ("en", "three point one million", 3_100_000),
        ("en", "five dozen", 60),
        ("de", "drei Achtel", 0.375),
        ("de", "sieben Komma vier", 7.4),
        ("de", "ein Viertel der Schiffe", 0.25),
        ("fr", "trois quarts des navires", 0.75),
        ("fr", "six virgule cinq", 6.5),
        ("es", "siete octavos", 0.875),
        ("es", "cuatro y medio", 4.5),
        ("it", "due terzi", 0.6666667),
        ("it", "nove virgola uno", 9.1),
        ("pt", "dois quintos", 0.4),
        ("nl", "drie achtsten", 0.375),
        ("sv", "tre fjärdedelar", 0.75),
        ("sv", "två dussin", 24),
        ("tr", "iki bölü beş", 0.4),
        ("tr", "dört nokta sekiz", 4.8),
    ],
)
def test_a_fraction_in_words_has_its_value(language, text, value):
    assert values_in(text, language) == [value]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "one third party"),
        ("en", "in four quarters"),
        ("en", "that is the point one makes"),
        ("es", "tres medios de prensa"),
        ("pt", "na terça-feira e na segunda-feira"),
        ("de", "der Tausender"),
    ],
)
def test_words_that_resemble_a_fraction_have_no_value_below_one(language, text):
    assert [value for value in values_in(text, language) if value != int(value)] == []


@pytest.mark.parametrize(
    ("language", "text", "value", "ordinal"),
    [
        ("en", "two hundredth", 200, True),
        ("en", "two hundredths", 0.02, False),
        ("en", "five millionth", 5_000_000, True),
        ("nl", "zeven miljoenste", 7_000_000, True),
        ("es", "tres milésimos", 0.003, False),
        ("fr", "un millionième", 0.000001, False),
    ],
)
def test_a_singular_denominator_after_a_number_is_an_ordinal(language, text, value, ordinal):
    assert [(found.value, found.ordinal) for found in reader.find(text, reader.table(language))] == [(value, ordinal)]


def test_a_fraction_does_not_count_what_it_is_a_part_of():
    (mention,) = mentions("Three quarters of members voted.")

    assert (mention.type, mention.value, mention.unit) == (MentionType.COUNT, 0.75, None)


def _swedish(value: int) -> str:
    units = (
        "noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton"
    )
    tens = "- - tjugo trettio fyrtio femtio sextio sjuttio åttio nittio".split()
    if value >= 1_000:
        return f"{_swedish(value // 1_000)}tusen{_swedish(value % 1_000) if value % 1_000 else ''}"
    if value >= 100:
        return f"{_swedish(value // 100)}hundra{_swedish(value % 100) if value % 100 else ''}"
    if value < 20:
        return units.split()[value]
    return tens[value // 10] + (_swedish(value % 10) if value % 10 else "")


def _turkish(value: int) -> str:
    if value >= 1_000:
        head = "" if value < 2_000 else _turkish(value // 1_000)
        return f"{head} bin {_turkish(value % 1_000) if value % 1_000 else ''}".strip()
    if value >= 100:
        head = "" if value < 200 else _turkish(value // 100)
        return f"{head} yüz {_turkish(value % 100) if value % 100 else ''}".strip()
    units, tens = (
        " bir iki üç dört beş altı yedi sekiz dokuz".split(" "),
        " on yirmi otuz kırk elli altmış yetmiş seksen doksan",
    )
    return f"{tens.split(' ')[value // 10]} {units[value % 10]}".strip()


@given(st.integers(2, 999_999))
def test_every_number_in_swedish_words_is_read(value):
    assert values_in(_swedish(value), "sv") == [value]


@given(st.integers(2, 999_999))
def test_every_number_in_turkish_words_is_read(value):
    assert values_in(_turkish(value), "tr") == [value]


def test_compounds_are_read_in_linear_time():
    text = "tausend" * 20_000 + " " + "zweitausend " * 20_000

    with costs_less_than(2):
        assert len(values_in(text, "de")) > 0


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "two hundred and "), ("en", "one and two thousand and "), ("pt", "duzentos e dois e ")],
)
def test_repeated_number_words_end_without_recursion(language, text):
    with costs_less_than(2):
        assert len(values_in(text * 5_000, language)) > 0


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "The port aims at net zero by 2050.", [2050]),
        ("en", "A net-zero port by 2040", [2040]),
        ("en", "A zero-waste market with zero stalls", [0]),
        ("de", "Der Hafen soll bis 2045 netto null erreichen.", [2045]),
        ("es", "El puerto llegará a cero neto en 2050.", [2050]),
        ("fr", "Le port vise zéro net en 2050.", [2050]),
        ("it", "Il porto punta a zero netto nel 2050.", [2050]),
        ("nl", "De haven wil in 2050 netto nul zijn.", [2050]),
        ("en", "The port has zero cranes.", [0]),
        ("de", "Der Hafen hat null Kräne.", [0]),
    ],
)
def test_net_zero_counts_nothing(language, text, values):
    ends = [end for one in mentions(text, language) for end in (one.value, one.upper) if end is not None]
    dated = [end for end in ends if end < 3_000]
    assert dated == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("het vijfentwintigste veld", 25),
        ("het honderdste veld", 100),
        ("het honderdzevende veld", 107),
        ("het honderdenderde veld", 103),
        ("het tweehonderdeerste veld", 201),
        ("het vierhonderdtwaalfde veld", 412),
        ("het honderdzesendertigste veld", 136),
        ("het vierduizend driehonderdtwintigste veld", 4_320),
    ],
)
def test_a_dutch_ordinal_is_one_word(text, value):
    (mention,) = mentions(text, "nl")
    assert (mention.type, mention.value) == (MentionType.ORDINAL, value)
