"""What holds for the number reader whatever the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor import sentences
from monitor.facts.mentions import read_blocks
from monitor.facts.number_words import reader
from monitor.model import MentionType
from tests.support.heart import content, mentions, version

_FRAGMENTS = st.sampled_from(
    "87 1,234 1.234 1 234 12-15 82nd 2019 5% $81 million €1.2bn ten eighty-seven half a hundred of the to from between and members days "
    "ago views dos mil millones quatre-vingt-douze 5. zwischen 12,5 1.250.000 2018/19 ٣٫٥٪ 3-1 90s Articles 7 and Flight BA . : | ( ) [41] + ' - 10 September 2014 10:30 © # / COVID-19 No. ¡ ٨٧ 8७ ² ½ a Mr. ! ? … 10. Sept. +1 202 555 0143 https://x.y".split(
        " "
    )
)
_texts = st.one_of(
    st.lists(_FRAGMENTS, max_size=14).map(" ".join),
    st.lists(_FRAGMENTS, max_size=14).map("".join),
    st.text(max_size=60),
).map(lambda text: " ".join(text.split()))
_languages = st.sampled_from([None, "en", "de", "fr-CA", "es", "it", "pt", "nl", "ar", "xx-", "-"])


def _grouped(value: int, separator: str) -> str:
    return f"{value:,}".replace(",", separator)


def _indian(value: int) -> str:
    head, tail = str(value)[:-3], str(value)[-3:]
    pairs = []
    while head:
        head, pair = head[:-2], head[-2:]
        pairs.insert(0, pair)
    return ",".join([*pairs, tail])


def _in_words(value: int) -> str:
    units = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    ).split()
    tens = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
    for scale, name in ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred")):
        if value >= scale:
            rest = value % scale
            return f"{_in_words(value // scale)} {name}" + (
                f" {'and ' if rest < 100 else ''}{_in_words(rest)}" if rest else ""
            )
    if value < 20:
        return units[value]
    return tens[value // 10] + (f"-{units[value % 10]}" if value % 10 else "")


@given(st.integers(0, 10**10), st.sampled_from(["\u00a0", "\u202f", "\u2009", " ", "’", "'", ","]))
def test_one_value_reads_the_same_however_its_thousands_are_set_apart(value, separator):
    (mention,) = mentions(f"They count {_grouped(value, separator)} stones.")
    assert (mention.value, mention.unit, mention.type) == (value, "stones", MentionType.COUNT)


@given(st.integers(0, 10**10), st.sampled_from(["de", "fr", "es", "it", "nl", "pt-BR"]))
def test_one_value_reads_the_same_in_languages_that_group_by_dots(value, language):
    (mention,) = mentions(f"{_grouped(value, '.')} xyz", language)
    assert mention.value == value


@given(
    st.integers(1_000, 10**8),
    st.integers(1, 99),
    st.sampled_from(
        [
            ("en", ",", "."),
            ("de", ".", ","),
            ("fr", "\u202f", ","),
            ("fr", " ", ","),
            ("es", ".", ","),
            ("de-CH", "’", "."),
            ("en", "٬", "٫"),
        ]
    ),
    st.sampled_from(["€{}", "€ {}", "{} €", "{}€", "EUR {}", "{} euro", "{} EUR"]),
)
def test_one_amount_of_money_reads_the_same_in_every_locale(whole, cents, locale, shape):
    language, group, point = locale
    written = shape.format(f"{_grouped(whole, group)}{point}{cents:02}")

    (mention,) = mentions(f"xyz {written}", language)

    assert (mention.value, mention.type, mention.unit) == (float(f"{whole}.{cents:02}"), MentionType.MONEY, "EUR")
    assert mention.quote == written


@given(st.integers(1, 999), st.sampled_from(["en", "de", "fr", "es", "it", "pt", "nl"]))
def test_a_language_reads_its_own_words_whatever_the_case(value, language):
    table = reader.table(language)
    words = [word for word, number in table.cardinals.items() if number == value and word not in table.articles]
    for word in words:
        (said,) = reader.find(word.upper(), table)
        assert said.value == value


@given(st.integers(1_000, 10**10))
def test_one_value_reads_the_same_grouped_the_indian_way(value):
    assert [mention.value for mention in mentions(f"They count {_indian(value)} stones.")] == [value]


@given(st.integers(0, 10**9), st.sampled_from(["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९"]))
def test_one_value_reads_the_same_in_other_digits(value, digits):
    text = str(value).translate(str.maketrans("0123456789", digits))
    assert [mention.value for mention in mentions(f"{text} xyz")] == [value]


@given(st.integers(0, 999_999_999))
def test_one_value_reads_the_same_in_words(value):
    assert [(said.value, said.ordinal) for said in reader.find(_in_words(value), reader.table("en"))] == [
        (value, False)
    ]
    assert [mention.value for mention in mentions(f"There are {_in_words(value)} stones.")] == [value]


@given(st.integers(1, 9_999), st.sampled_from([("million", 10**6), ("billion", 10**9), ("bn", 10**9), ("m", 10**6)]))
def test_a_magnitude_multiplies_money_exactly(tenths, magnitude):
    word, scale = magnitude
    gap = "" if len(word) < 3 else " "
    (mention,) = mentions(f"It cost ${tenths / 10:.1f}{gap}{word}.")
    assert (mention.value, mention.unit) == (tenths * scale // 10, "USD")
    assert isinstance(mention.value, int)


@given(_texts, _languages)
def test_mentions_are_sorted_disjoint_and_quote_their_offsets(text, language):
    found = mentions(text, language)
    assert found == mentions(text, language)
    last = 0
    for mention in found:
        assert last <= mention.start < mention.end <= len(text)
        assert mention.quote == text[mention.start : mention.end]
        assert mention.sentence_start <= mention.start
        assert mention.end <= mention.sentence_end <= len(text)
        assert mention.unit is None or mention.unit == mention.unit.strip() != ""
        assert mention.value >= 0
        last = mention.end


@given(_texts)
def test_sentences_cover_all_but_the_white_space_between_them(text):
    spans = sentences.spans(text)
    at = 0
    for start, end in spans:
        assert not text[at:start].strip()
        assert start < end
        at = end
    assert not text[at:].strip()


@given(st.lists(_texts.filter(bool), max_size=6), st.lists(_texts.filter(bool), max_size=6), _languages, _languages)
def test_reading_like_another_version_changes_nothing_but_the_time(before, after, language, other):
    old = version(*before, language=language)
    blocks = content(*after, *before[::-1])
    assert read_blocks(blocks, other, old) == read_blocks(blocks, other)
