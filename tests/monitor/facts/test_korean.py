"""Numbers in Korean text: Sino-Korean and native numerals, counters, and words that only look like numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.facts.number_words.korean import numeral_at
from monitor.model import FactDefinition, FactKind, MentionType
from tests.monitor.facts.test_east_asian import stated
from tests.support.heart import content, mentions
from tests.support.pace import cheapest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3만 5천", 35_000),
        ("삼만 오천", 35_000),
        ("만오천", 15_000),
        ("백스물다섯", 125),
        ("스물다섯", 25),
        ("천삼백", 1_300),
        ("2천 2백 50만", 22_500_000),
        ("23억8천만", 2_380_000_000),
        ("1조 2000억", 1_200_000_000_000),
        ("이백점 영삼", 200.03),
        ("3만억", None),
        ("십십", None),
        ("만억", None),
    ],
)
def test_a_numeral_is_parsed(text, value):
    numeral = numeral_at(text, 0)
    assert (numeral.end, numeral.value) == (len(text), value)


def in_hangul(number: int) -> str:
    """A number below 10¹² in Sino-Korean syllables."""
    digits, text = " 일이삼사오육칠팔구", ""
    for unit, name in ((10**8, "억"), (10**4, "만"), (1, "")):
        section = number // unit % 10**4
        for power, sign in ((1_000, "천"), (100, "백"), (10, "십"), (1, "")):
            digit = section // power % 10
            if digit:
                text += (digits[digit] if digit > 1 or not sign else "") + sign
        text += name if section else ""
    return text


@given(st.integers(1, 10**12 - 1))
def test_every_number_that_is_written_out_is_parsed(number):
    text = in_hangul(number)
    numeral = numeral_at(f"{text} 명", 0)
    assert (numeral.end, numeral.value) == (len(text), number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("회원은 4만 5천 명이다.", "count 45000 명"),
        ("서른다섯 개 나라가 서명했다.", "count 35 개 나라가"),
        ("두 사람이 남았다.", "count 2 사람"),
        ("이십 퍼센트", "percent 20 -"),
        ("3할 5푼", "percent 35 -"),
        ("5~7명", "count 5..7 명"),
        ("3~5만 명", "count 30000..50000 명"),
        ("82명에서 85명으로 늘었다.", "count 82 명; count 85 명"),
        ("3조 2천억 원", "money 3200000000000 KRW"),
        ("12번째 회원", "ordinal 12 -"),
        ("제3회 대회", "ordinal 3 회"),
        ("제4장", "identifier 4 -"),
        ("오후 3시 30분", "time 3 -"),
        ("3시간 20분", "duration 3 시간; duration 20 분"),
        ("영하 10도", "count -10 도"),
        ("1998년에 세웠다.", "year 1998 -"),
        ("5월 3일에 연다.", "date 503 -"),
        ("10년간 이어졌다.", "duration 10 년간"),
    ],
)
def test_a_quantity_is_read(text, expected):
    assert stated(text, "ko") == expected


@pytest.mark.parametrize(
    "text",
    [
        "이상한 일반 사람이 천천히 간다.",
        "구조를 이해하면 조사 결과가 나온다.",
        "만약 만일의 경우에는 백화점으로 간다.",
        "세계의 네트워크와 두부, 열매, 오이.",
        "한 사람이 한 번에 한 가지를 했다.",
        "이천으로 간다.",
    ],
)
def test_a_word_with_a_numeral_is_no_number(text):
    assert stated(text, "ko") == ""


@pytest.mark.parametrize(
    ("text", "quote"), [("수백 명이 모였다.", "수백"), ("몇백 명이 모였다.", "몇백"), ("3만억 명", "3만억")]
)
def test_an_open_number_is_not_readable(text, quote):
    (mention,) = mentions(text, "ko")
    assert (mention.readable, mention.quote) == (False, quote)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("오백이 넘는다.", 500),
        ("3만이다.", 30_000),
        ("오백이상이다.", 500),
        ("삼백이 대부분이다.", 300),
        ("삼백이 명이다.", 302),
        ("오백이십 명이다.", 520),
    ],
)
def test_a_particle_is_no_digit(text, value):
    (mention,) = mentions(text, "ko")
    assert mention.value == value


@pytest.mark.parametrize("text", ["주민의 3분의 2가 반대했다.", "주민의 삼분의 이가 반대했다."])
def test_a_fraction_counts_nothing(text):
    (mention,) = mentions(text, "ko")
    assert (round(mention.value, 4), mention.unit) == (0.6667, None)


def test_a_group_is_no_trillion():
    assert stated("3조 학생", "ko").startswith("count 3 ")


@pytest.mark.parametrize("text", ["2024년 3월 5일", "2024년 03월 05일", "2024년3월5일"])
def test_a_date_is_read(text):
    (mention,) = mentions(text, "ko")
    assert (mention.type, mention.value, mention.quote) == (MentionType.DATE, date(2024, 3, 5).toordinal(), text)


def test_a_fact_is_counted_by_a_noun_with_a_particle():
    blocks = content("연합에는 87개 회원국이 참가했다.")
    fact = FactDefinition("member_count", FactKind.COUNT_OF, ("회원국",))
    assert read(fact, blocks, read_blocks(blocks, "ko")).value == 87


@pytest.mark.parametrize("piece", ["백만", "3만 ", "삼분의", "수백", "5~", "만", "일", "스물"])
def test_numerals_take_linear_time(piece):
    short, long = piece * 2_000, piece * 8_000
    assert cheapest(lambda: mentions(long, "ko")) < 12 * max(cheapest(lambda: mentions(short, "ko")), 0.001)
