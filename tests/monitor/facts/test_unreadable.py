"""Numbers that no grammar parses: they have no value, rather than a small one."""

from __future__ import annotations

import pytest

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.model import FactDefinition, FactKind
from tests.support.heart import content, mentions

_MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))


@pytest.mark.parametrize(
    ("language", "text", "quote"),
    [
        ("ja", "参加者は3万億人です。", "3万億"),
        ("ja", "3億億円", "3億億"),
        ("zh", "共有3亿亿人参加", "3亿亿"),
        ("zh", "约 5 亿万亿 人", "5 亿万亿"),
        ("bn", "তহবিলে ৩ কোটি টাকা আছে", "৩ কোটি"),
        ("ta", "3 லட்சம் மக்கள்", "3 லட்சம்"),
        ("en", "A crowd of 3 লাখ came", "3 লাখ"),
        ("sw", "watu 5 elfu walikuja", "5 elfu"),
        ("ko", "회원은 3만억 명이다.", "3만억"),
    ],
)
def test_an_unknown_magnitude_leaves_no_value(language, text, quote):
    (mention,) = mentions(text, language)
    assert (mention.value, mention.upper, mention.readable) == (None, None, False)
    assert mention.quote == quote


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Szkółka ma 3 millióval drzew.", "3 millióval"),
        ("Garden has 3 miljoniga puid.", "3 miljoniga"),
        ("Ormanda 3 milyondan ağaç var.", "3 milyondan"),
        ("The bank lent 4 miliardima.", "4 miliardima"),
        ("У лесе 3 мільённаў дрэў.", "3 мільённаў"),
        ("Қорда 2 миллиардтан астам теңге бар.", "2 миллиардтан"),
        ("Orchards with 2 mhilliúin trees.", "2 mhilliúin"),
        ("Between 3 and 5 miliwnau of trees.", "3 and 5 miliwnau"),
        ("A crop of 3–5 miljonās trees.", "3–5 miljonās"),
        ("A crop of 3 to 5 bilyonlarca trees.", "3 to 5 bilyonlarca"),
        ("The fund has 7 mjrd left.", "7 mjrd"),
    ],
)
def test_a_magnitude_of_any_language_leaves_no_small_value(text, quote):
    (mention,) = mentions(text, "fi")
    assert (mention.value, mention.upper, mention.readable, mention.quote) == (None, None, False, quote)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "3 millionaires"),
        ("fr", "3 millionnaires"),
        ("fi", "3 miljonääriä"),
        ("de", "3 Milliardäre"),
        ("it", "3 milionari"),
        ("pl", "3 milionerów"),
        ("ru", "3 миллионера"),
        ("en", "3 billiard tables"),
        ("en", "3 trilogies"),
        ("sv", "3 miljöer"),
        ("en", "3 military posts"),
        ("en", "3 miles"),
        ("ru", "3 билета"),
        ("tt", "3 билен"),
        ("es", "3 milongas"),
        ("en", "3 bullion bars"),
        ("en", "3 millilitres"),
    ],
)
def test_a_word_that_resembles_a_magnitude_leaves_the_number_readable(language, text):
    assert [mention.value for mention in mentions(text, language)] == [3]


@pytest.mark.parametrize("text", ["3 members", "EXPO 2025 千代田", "第3回", "2025年", "3人"])
def test_a_number_without_a_magnitude_is_readable(text):
    assert all(mention.readable for mention in mentions(text, "ja"))


def test_a_fact_stated_in_an_unreadable_form_has_no_value():
    blocks = content("The pact has 3万億 members.")
    reading = read(_MEMBERS, blocks, read_blocks(blocks, "en"))
    assert (reading.value, reading.unreadable, reading.quote) == (None, True, "3万億")
    assert reading.why == "not readable: 3万億"


def test_a_readable_place_states_the_fact_beside_an_unreadable_one():
    blocks = content("The pact has 3万億 members.", "The pact has 85 members.")
    reading = read(_MEMBERS, blocks, read_blocks(blocks, "en"))
    assert (reading.value, reading.unreadable, reading.contradicts) == (85, False, ())


def test_a_fact_that_is_not_stated_is_not_unreadable():
    blocks = content("The pact has no members.")
    reading = read(_MEMBERS, blocks, read_blocks(blocks, "en"))
    assert (reading.value, reading.unreadable, reading.mentions) == (None, False, ())
