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
