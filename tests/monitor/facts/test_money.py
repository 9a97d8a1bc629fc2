"""Amounts of money and percentages: currencies before and after, magnitudes, hundredths, thousands."""

from __future__ import annotations

import itertools

import pytest

from monitor.model import MentionType
from tests.support.heart import mentions


def first(text: str, language: str | None = "en"):
    mention = mentions(text, language)[0]
    return mention.type, mention.value, mention.unit


@pytest.mark.parametrize(
    ("language", "text", "value", "code"),
    [
        ("en", "It costs $15.95/mo.", 15.95, "USD"),
        ("en", "It costs US$ 1MM.", 1_000_000, "USD"),
        ("en", "It costs ₹3.5 crore.", 35_000_000, "INR"),
        ("en", "It costs RM75.", 75, "MYR"),
        ("en", "It costs R8,250.00.", 8_250, "ZAR"),
        ("en", "It costs NT$450.", 450, "TWD"),
        ("no", "Det koster kr 500.", 500, "NOK"),
        ("da", "Det koster kr. 500.", 500, "DKK"),
        ("sv", "Det kostar kr 500.", 500, "SEK"),
        ("en", "It costs Rs.750.", 750, "INR"),
        ("id", "Harganya Rp 31.500.", 31_500, "IDR"),
        ("en", "It costs -$5.", -5, "USD"),
        ("en", "The result was −€1.2 million.", -1_200_000, "EUR"),
    ],
)
def test_a_currency_before_an_amount_makes_it_money(language, text, value, code):
    assert first(text, language) == (MentionType.MONEY, value, code)


@pytest.mark.parametrize(
    ("language", "text", "value", "code"),
    [
        ("en", "They lost 30 MUSD.", 30_000_000, "USD"),
        ("de", "Ein Verlust von 500 TEUR.", 500_000, "EUR"),
        ("ru", "Цена 5 450 руб.", 5_450, "RUB"),
        ("uk", "Ціна 950 грн.", 950, "UAH"),
        ("bg", "Цена 3430 лв.", 3_430, "BGN"),
        ("tr", "Fiyatı 69 TL.", 69, "TRY"),
        ("tr", "Yatırım 280 milyon $ oldu.", 280_000_000, "USD"),
        ("pl", "Cena 2,5 mln zł.", 2_500_000, "PLN"),
        ("cs", "Cena 250 Kč.", 250, "CZK"),
        ("hu", "Ára 990 Ft.", 990, "HUF"),
        ("sv", "Priset är 1 200 kronor.", 1_200, "SEK"),
        ("no", "Prisen er 1 200 kroner.", 1_200, "NOK"),
        ("en", "It costs 29 RON.", 29, "RON"),
        ("es", "Cuesta 15 dolares.", 15, "USD"),
        ("fr", "Le prix est de 12€50.", 12.5, "EUR"),
        (None, "75 KD", 75, "KWD"),
        (None, "75 RD$", 75, "DOP"),
        (None, "75 ر.س", 75, "SAR"),
    ],
)
def test_a_currency_after_an_amount_makes_it_money(language, text, value, code):
    assert first(text, language) == (MentionType.MONEY, value, code)


@pytest.mark.parametrize(
    "text", ["The pool is 6 Ft deep.", "There were 12 LE units.", "5 all told.", "They try 3 try again."]
)
def test_words_that_resemble_a_currency_are_none(text):
    assert MentionType.MONEY not in [mention.type for mention in mentions(text)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Un parcours de 12 KM."),
        ("sv", "De var 87 som kom."),
        ("fr", "Les 12 Le Monde du jour."),
        ("de", "Die 12 TOP Angebote"),
        ("en", "Meet in Rm. 12 today."),
        ("en", "PHP 8 is out."),
    ],
)
def test_abbreviations_in_prose_are_no_currencies(language, text):
    assert MentionType.MONEY not in [mention.type for mention in mentions(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "1.2 lakh members", 120_000),
        ("en", "6 lakh crore members", 6 * 10**12),
        ("en", "10 bln members", 10**10),
        ("en", "2 dozen members", 24),
        ("nl", "3 miljoen en een half inwoners", 3_500_000),
        ("en", "2.5 k members", 2_500),
        ("de", "4,5 Mrd. Menschen", 4_500_000_000),
        ("sv", "3 miljoner medlemmar", 3_000_000),
        ("tr", "10 bin üye", 10_000),
        ("tr", "1 trilyon üye", 10**12),
        ("ru", "2 трлн жителей", 2 * 10**12),
        ("uk", "12 тис. жителів", 12_000),
        ("pl", "45 tys. osób", 45_000),
        ("ro", "3 mii oameni", 3_000),
        ("bg", "7 хил. души", 7_000),
        ("vi", "8 triệu người", 8_000_000),
        ("it", "2 bilioni di stelle", 2 * 10**12),
        ("es", "3 mil millones de personas", 3 * 10**9),
        ("de", "3 Tsd. Besucher", 3_000),
        ("en", "3.5 bn people", 3_500_000_000),
        ("pt", "3 mi de pessoas", 3_000_000),
        ("lt", "5 tūkst. narių", 5_000),
        ("lv", "4 milj. cilvēku", 4_000_000),
        ("et", "6 tuhat liiget", 6_000),
        ("fi", "2 milj. kävijää", 2_000_000),
        ("hr", "4 tisuće članova", 4_000),
        ("sr", "3 хиљаде чланова", 3_000),
        ("sl", "8 tisoč članov", 8_000),
        ("ca", "2 milions de visitants", 2_000_000),
    ],
)
def test_a_magnitude_multiplies(language, text, value):
    assert first(text, language)[:2] == (MentionType.COUNT, value)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("es", "1 millón 200 mil habitantes", 1_200_000),
        ("es", "3 mil 500 socios", 3_500),
        ("pt", "2 milhões e 300 mil moradores", 2_300_000),
        ("fr", "4 millions 150 mille visiteurs", 4_150_000),
        ("tr", "1 milyon 234 bin 567 üye", 1_234_567),
        ("ru", "1 млн 200 тыс. жителей", 1_200_000),
        ("en", "3 crore 50 lakh voters", 35_000_000),
        ("vi", "1 triệu 200 nghìn người", 1_200_000),
        ("de", "1 Million und 200 Tausend Besucher", 1_200_000),
    ],
)
def test_a_number_has_several_magnitudes(language, text, value):
    (mention,) = mentions(text, language)
    assert (mention.type, mention.value) == (MentionType.COUNT, value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("5 million 12% of them", [5_000_000, 12]),
        ("5 million 300 people", [5_000_000, 300]),
        ("2 thousand 3 thousand", [2_000, 3_000]),
        ("5k 300 people", [5_000, 300]),
        ("1.5 million 200 thousand", [1_500_000, 200_000]),
    ],
)
def test_numbers_beside_each_other_are_not_added(text, values):
    assert [mention.value for mention in mentions(text)] == values


@pytest.mark.parametrize(
    ("text", "value"), [("3 bn euros", 3_000_000_000), ("12 m euros", 12_000_000), ("5 mn dollars", 5_000_000)]
)
def test_a_short_magnitude_stands_apart_before_a_currency(text, value):
    assert first(text)[:2] == (MentionType.MONEY, value)


@pytest.mark.parametrize("text", ["5 mm of rain", "12 m of rope", "a 3 b", "7 cr of it"])
def test_units_that_resemble_a_magnitude_do_not_multiply(text):
    assert mentions(text)[0].value in (3, 5, 7, 12)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "It was 7 dollars 25 cents then.", 7.25),
        ("en", "It was 7 dollars and 25 cents.", 7.25),
        ("en", "It cost twelve dollars forty.", 12.4),
        ("de", "Es sind vier Euro zwanzig.", 4.2),
        ("pt", "Custa 6 euros com 40 centavos.", 6.4),
        ("tr", "50 lira 30 kuruş", 50.3),
        ("en", "$ 18. 94", 18.94),
    ],
)
def test_hundredths_belong_to_their_amount(language, text, value):
    (mention,) = mentions(text, language)

    assert (mention.type, mention.value) == (MentionType.MONEY, value)


@pytest.mark.parametrize("text", ["They paid 7 dollars and 25 members left.", "It cost $7. 25 members left."])
def test_another_number_is_no_hundredth(text):
    assert [mention.value for mention in mentions(text)] == [7, 25]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "the price of 300.000 VND", 300_000),
        (None, "12.500 ₫", 12_500),
        (None, "3.500 €", 3_500),
        (None, "3.500 KWD", 3.5),
        ("en", "$1.459 a gallon", 1.459),
        ("en", "12.50 VND", 12.5),
    ],
)
def test_an_amount_without_decimals_has_thousands(language, text, value):
    assert first(text, language)[:2] == (MentionType.MONEY, value)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("tr", "Üyelerin yüzde 30'u geldi.", 30),
        ("tr", "Üyelerin yüzde otuzu geldi.", 30),
        ("tr", "Oran % 19 oldu.", 19),
        ("eu", "Kideen %30", 30),
    ],
)
def test_a_percentage_may_begin_with_its_sign(language, text, value):
    assert [m.value for m in mentions(text, language) if m.type is MentionType.PERCENT] == (
        [] if value is None else [value]
    )


def test_an_encoded_character_is_no_percentage():
    assert MentionType.PERCENT not in [mention.type for mention in mentions("name%2Fplace %2Fplace")]


@pytest.mark.parametrize(
    ("text", "value"),
    [("177mm $12.95", 177), ("4.1M", 4_100_000), ("32M ago", 32), ("$149B", 149 * 10**9), ("Route 32B closes", 32)],
)
def test_letters_after_a_number_are_a_magnitude_only_where_they_can_be(text, value):
    assert mentions(text)[0].value == value


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("sv", "Vinsten blev 12 mnkr.", ("money", 12_000_000, "SEK", "12 mnkr")),
        ("sv", "Den kostar 450 tkr.", ("money", 450_000, "SEK", "450 tkr")),
        ("no", "Hallen kostet 3 mdkr.", ("money", 3_000_000_000, "NOK", "3 mdkr")),
        ("hu", "A csarnok 25 eFt-ba került.", ("money", 25_000, "HUF", "25 eFt")),
        ("de", "Der Hof kostet 5 T€.", ("money", 5_000, "EUR", "5 T€")),
        ("fi", "Halli maksoi 3 mnEUR.", ("money", 3_000_000, "EUR", "3 mnEUR")),
        ("en", "The hall cost 450 kCHF.", ("money", 450_000, "CHF", "450 kCHF")),
        ("es", "La obra costó 5 MM de dólares.", ("money", 5_000_000, "USD", "5 MM de dólares")),
        ("es", "La obra costó 5 MM de pesos.", ("count", 5_000_000, "pesos", "5 MM")),
        ("es", "Cayeron 5 mm de lluvia.", ("count", 5, "mm", "5")),
        ("en", "Feed costs 3 eft.", ("count", 3, "eft", "3")),
    ],
)
def test_a_magnitude_is_fused_with_its_currency(language, text, expected):
    (found,) = mentions(text, language)
    assert (found.type.value, found.value, found.unit, found.quote) == expected


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("is", "3 milljónir manna", 3_000_000),
        ("is", "12 þúsund manns", 12_000),
        ("sq", "4 miliardë lekë", 4_000_000_000),
        ("eu", "3 mila lagun", 3_000),
        ("cy", "3 miliwn o bobl", 3_000_000),
        ("mt", "3 miljun ruħ", 3_000_000),
        ("az", "5 milyard manat", 5_000_000_000),
        ("kk", "5 мың адам", 5_000),
        ("be", "3 мільёны чалавек", 3_000_000),
        ("mk", "3 илјади луѓе", 3_000),
        ("el", "3 εκατομμυρίων κατοίκων", 3_000_000),
        ("ro", "3 mil. lei", 3_000_000),
        ("no", "3 mill. kroner", 3_000_000),
        ("fa", "۳ میلیون و ۲۰۰ هزار نفر", 3_200_000),
    ],
)
def test_a_magnitude_of_a_language_without_number_words_multiplies(language, text, value):
    (found,) = mentions(text, language)
    assert found.value == value


@pytest.mark.parametrize(
    ("language", "text", "value", "quote"),
    [
        ("sw", "Watu milioni 3 walihama.", 3_000_000, "milioni 3"),
        ("sw", "Miti elfu 30 ilipandwa.", 30_000, "elfu 30"),
        ("sw", "Miti laki 2.5 ilipandwa.", 250_000, "laki 2.5"),
        ("sw", "Miti milioni 3 na elfu 200 na mia 5 ilipandwa.", 3_200_500, "milioni 3 na elfu 200 na mia 5"),
        ("sw", "Miti (bilioni 2) ilipandwa.", 2_000_000_000, "bilioni 2"),
        ("ha", "Itatuwa miliyan 3 da dubu 40 ne.", 3_040_000, "miliyan 3 da dubu 40"),
        ("en", "The book Milioni 3 sold.", 3, "3"),
    ],
)
def test_a_magnitude_may_precede_its_number(language, text, value, quote):
    (found,) = mentions(text, language)
    assert (found.value, found.quote) == (value, quote)


def test_a_leading_magnitude_belongs_to_the_next_number():
    found = mentions("Mwaka 2020 milioni 3 walihama, na vijiji 12 na elfu 5.", "sw")
    assert [mention.value for mention in found] == [2020, 3_000_000, 12, 5_000]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It costs 1.200,- €", (MentionType.MONEY, 1_200, "EUR")),
        ("en", "It costs 1,200.- USD", (MentionType.MONEY, 1_200, "USD")),
        ("de", "Es kostet 1.200,– Euro.", (MentionType.MONEY, 1_200, "EUR")),
        ("sv", "Det kostar 12,- kr.", (MentionType.MONEY, 12, "SEK")),
        ("de", "Es kostet 12.- CHF", (MentionType.MONEY, 12, "CHF")),
        ("en", "It costs 12,345,- kr", (MentionType.COUNT, 12_345, None)),
        ("es", "1.- Huertos", (MentionType.COUNT, 1, None)),
    ],
)
def test_a_dash_after_the_decimal_sign_means_no_cents(language, text, expected):
    assert first(text, language) == expected


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("Bs. 120", 120, "BOB"),
        ("S/. 120.50", 120.5, "PEN"),
        ("FCFA 12 000", 12_000, "XOF"),
        ("PHP 1,250.00", 1_250, "PHP"),
        ("Ft 4.560", 4_560, "HUF"),
        ("Lei 120,50", 120.5, "RON"),
        ("KD 20.500", 20.5, "KWD"),
        ("U$S 120", 120, "USD"),
        ("L 120.50", 120.5, "HNL"),
        ("AU $3.88", 3.88, "AUD"),
        ("Our price: CDN$ 3.88", 3.88, "CAD"),
        ("12.000 F CFA", 12_000, "XOF"),
        ("€ 119 95", 119.95, "EUR"),
        ("$ 119 .95", 119.95, "USD"),
        ("119 € 95", 119.95, "EUR"),
        ("12 T$", 12, "TOP"),
        ("$1,250.00 MXN", 1_250, "MXN"),
        ("$ 12.990 CLP", 12_990, "CLP"),
        ("$12.99 USD", 12.99, "USD"),
        ("$12 EUR 11", 12, "USD"),
    ],
)
def test_a_price_alone_has_its_currency_before_it(text, value, code):
    assert first(text, None) == (MentionType.MONEY, value, code)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "L 120.50"),
        (None, "L 120"),
        (None, "MK 1,200 boats and sails"),
        (None, "The K 12.50"),
        ("en", "PHP 8,250"),
    ],
)
def test_letters_before_a_number_are_no_currency_in_a_text(language, text):
    assert first(text, language)[0] is not MentionType.MONEY


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sw", "99 elfu 1000 na laki 12"),
        ("sw", "Watu 100 elfu 12 na miti 5 elfu 3"),
        ("sw", "laki 1000 laki 12"),
        ("tr", "9 10 % 12"),
        ("tr", "yüzde 9 % 12 % 5"),
    ],
)
def test_mentions_do_not_overlap(language, text):
    found = mentions(text, language)
    assert found
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
