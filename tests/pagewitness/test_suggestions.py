"""The facts that are suggested for a page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.facts import fact_reader
from monitor.model import BlockKind, FactKind
from monitor.pipeline.analyze import analyze
from pagewitness.inspection.json_output import loose_snapshot
from pagewitness.suggestions import MOST, suggest
from tests.support.heart import block, version

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def suggested(*blocks, language="en", taken=()):
    return suggest(version(*blocks, facts=(), language=language), taken=taken)


def of_html(html):
    return suggest(
        analyze(html.encode(), loose_snapshot("https://example.org/", "text/html; charset=utf-8", 200), ()).version
    )


@pytest.mark.parametrize(
    ("text", "language", "name", "kind", "terms", "value"),
    [
        ("The alliance has 87 members today.", "en", "member_count", FactKind.COUNT_OF, ("members",), 87),
        ("Dem Bündnis gehören 87 Mitglieder an.", "de", "mitglieder_count", FactKind.COUNT_OF, ("mitglieder",), 87),
        ("L'alliance compte 87 membres.", "fr", "membre_count", FactKind.COUNT_OF, ("membres",), 87),
        ("The flood relief fund holds £22 bn.", "en", None, FactKind.MONEY_OF, None, 22_000_000_000),
        (
            "They have spent $14 billion since 2014 on reconstruction.",
            "en",
            None,
            FactKind.MONEY_OF,
            None,
            14_000_000_000,
        ),
        ("Turnout reached 62 percent of voters.", "en", "voter_percent", FactKind.PERCENT_OF, ("voters",), 62),
        ("Last updated: 5 January 2021", "en", "last_updated", FactKind.DATE_OF, ("last updated",), "2021-01-05"),
    ],
)
def test_a_statement_is_suggested_as_a_fact(text, language, name, kind, terms, value):
    [found] = suggested(text, language=language)
    assert (found.definition.kind, found.value, found.sentence) == (kind, value, text)
    assert name in (None, found.definition.name)
    assert terms in (None, found.definition.terms)


@pytest.mark.parametrize("text", ["They spent $14 billion since 2014.", "It costs between £20 and £30 or less."])
def test_words_that_connect_are_no_noun_of_an_amount(text):
    terms = {word for found in suggested(text) for term in found.definition.terms for word in term.split()}
    assert terms.isdisjoint({"since", "between", "less", "and", "than"})


@pytest.mark.parametrize(
    "text", ["There are three reasons for it.", "These are the 2025 trends.", "Room 214 is closed.", "No number here."]
)
def test_numbers_that_are_wording_are_not_suggested(text):
    assert suggested(text) == ()


def test_the_most_prominent_statement_comes_first():
    found = suggested(
        "The 45 towns are far from each other, and some of them are small.",
        block(BlockKind.HEADING, "87 partners united"),
        "Some 12,000 visitors came to the yearly meeting, which was held in the rain.",
    )
    assert [one.definition.name for one in found] == ["partner_count", "visitor_count", "town_count"]


def test_a_figure_above_its_label_is_suggested():
    found = of_html(
        "<title>Relief</title><main><h1>Relief work</h1><p>We help people after floods, storms and fires.</p><div><p>87 members</p></div></main>"
    )
    assert [(one.definition.name, one.value) for one in found] == [("member_count", 87)]


def test_only_the_text_of_the_page_is_suggested():
    found = suggested(
        block(BlockKind.NAVIGATION, "120 members"),
        block(BlockKind.CONSENT, "We share data with 800 partners"),
        "Our 15 teams are ready.",
    )
    assert [one.definition.name for one in found] == ["team_count"]


def test_the_noun_with_fewer_contradictions_is_chosen():
    found = suggested("The council paid £30 million to schools.", "A rival paid £12 million to schools.")[0]
    assert (found.definition.terms, found.value, found.contradictions) == (("council paid",), 30_000_000, 0)


def test_a_noun_that_names_many_things_is_not_suggested():
    assert (
        suggested(
            *(
                f"Machine {letter} makes {count} cups."
                for letter, count in zip("ABCDEFG", range(12, 40, 4), strict=True)
            )
        )
        == ()
    )


def test_a_contradiction_is_no_suggestion_of_its_own():
    found = suggested("The alliance has 87 members.", "All 87 members met in May.", "On the ground, 86 members help.")
    assert [(one.value, one.contradictions) for one in found] == [(87, 1)]


def test_a_name_that_is_taken_gets_a_number():
    assert [
        one.definition.name for one in suggested("It has 87 members.", taken={"member_count", "member_count_2"})
    ] == ["member_count_3"]


def test_a_noun_in_another_script_gets_a_valid_name():
    [found] = suggested("В союз входят 87 участников.", language="ru")
    assert (found.definition.name, found.value) == ("count", 87)


_NOUN = st.sampled_from(
    ["members", "partner states", "3D printers", "visitors", "Mitglieder", "会員", "of the", "open cases", "tonnes"]
)
_NUMBER = st.sampled_from(
    [
        "87",
        "12,000",
        "1.5 million",
        "£22 bn",
        "62 %",
        "$14.5 million",
        "ninety",
        "2025",
        "5 January 2021",
        "10–20",
        "3万億",
    ]
)
_TEXT = st.lists(
    st.one_of(
        _NOUN,
        _NUMBER,
        st.sampled_from(["The", "has", "since", "of", ".", ";", "Last updated:", "from", "to", "another"]),
    ),
    min_size=1,
    max_size=14,
)
_BLOCK = st.tuples(
    st.sampled_from([BlockKind.CONTENT, BlockKind.HEADING, BlockKind.ROW, BlockKind.FOOTER]), _TEXT.map(" ".join)
)


@given(st.lists(_BLOCK, min_size=1, max_size=6))
def test_each_suggestion_extracts_exactly_the_displayed_value(blocks):
    page = version(*(block(kind, text) for kind, text in blocks), facts=())
    found = suggest(page)
    assert len(found) <= MOST
    assert len({one.definition.name for one in found}) == len(found)
    for one in found:
        reading = fact_reader.read(one.definition, page.blocks, page.mentions, page.title)
        assert (reading.value, reading.mentions[0]) == (one.value, one.mention)
        assert one.mention.quote in one.sentence
        assert len(reading.contradicts) == one.contradictions
        assert _NAME.fullmatch(one.definition.name)
