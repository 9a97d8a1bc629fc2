"""Dates as pages write them, in several languages."""

from __future__ import annotations

import re
from datetime import date

import pytest

from monitor.facts.any_of import any_of
from monitor.facts.fact_reader import read
from monitor.model import FactDefinition, FactKind, MentionType
from tests.support.heart import content, mentions


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "Updated 17-Oct-2018", date(2018, 10, 17)),
        ("en", "Updated 17/Oct/2018", date(2018, 10, 17)),
        ("en", "Updated Oct 17, 2018", date(2018, 10, 17)),
        ("en", "Updated 2018/10/17", date(2018, 10, 17)),
        ("en", "Wed, Oct 17, '18", date(2018, 10, 17)),
        ("en", "Updated 17 Oct '98", date(1998, 10, 17)),
        ("ru", "Дата: 17 октября 2018 года", date(2018, 10, 17)),
        ("uk", "Дата: 17 жовтня 2018", date(2018, 10, 17)),
        ("bg", "Дата: 17 октомври 2018", date(2018, 10, 17)),
        ("pl", "Dnia 17 października 2018", date(2018, 10, 17)),
        ("cs", "Dne 17. října 2018", date(2018, 10, 17)),
        ("tr", "Tarih: 17 Ekim 2018", date(2018, 10, 17)),
        ("sv", "Den 17 maj 2018", date(2018, 5, 17)),
        ("no", "Den 17. desember 2018", date(2018, 12, 17)),
        ("da", "Den 17. marts 2018", date(2018, 3, 17)),
        ("fi", "Päivä 17. lokakuuta 2018", date(2018, 10, 17)),
        ("hu", "Kelt: 2018. október 17.", date(2018, 10, 17)),
        ("ro", "Data: 17 octombrie 2018", date(2018, 10, 17)),
        ("el", "Στις 17 Οκτωβρίου 2018", date(2018, 10, 17)),
        ("id", "Tanggal 17 Agustus 2018", date(2018, 8, 17)),
    ],
)
def test_a_date_has_its_day(language, text, day):
    (mention,) = mentions(text, language)

    assert (mention.type, mention.value) == (MentionType.DATE, day.toordinal())


@pytest.mark.parametrize(
    ("text", "month"),
    [("Founded OCT.2018", "2018-10"), ("Founded Oct-2018", "2018-10"), ("Founded Oct '18", "2018-10")],
)
def test_a_month_and_a_year_are_as_precise_as_written(text, month):
    fact = FactDefinition("founded", FactKind.DATE_OF, ("founded",))
    blocks = content(text)

    assert read(fact, blocks, mentions(text)).value == month


@pytest.mark.parametrize(
    "text",
    [
        "Version 2018.10.17.4",
        "see https://example.org/2018/10/17/news",
        "2018/19 season",
        "They may 2 members",
        "17-Octets-2018",
    ],
)
def test_other_texts_are_no_dates(text):
    assert MentionType.DATE not in {mention.type for mention in mentions(text)}


@pytest.mark.parametrize(
    ("language", "text"),
    [("nl", "Er zijn 87 leden."), ("es", "Hay 12 marca en total."), ("de", "Bis März 52 Mitglieder")],
)
def test_a_month_of_another_language_is_no_date(language, text):
    assert [mention.type for mention in mentions(text, language)] == [MentionType.COUNT]


def test_a_pattern_for_words_matches_the_longest():

    pattern = re.compile(any_of(["mar", "march", "may", "ma.y"]))

    assert [pattern.match(word).group() for word in ("march", "mart", "may", "ma.y")] == ["march", "mar", "may", "ma.y"]
    assert pattern.match("maxy") is None
