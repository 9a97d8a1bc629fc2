"""What a page states of a declared fact, and what it does not."""

from __future__ import annotations

import pytest

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.model import BlockKind, FactDefinition, FactKind
from tests.support.heart import MEMBERS, block, content

LAND = FactDefinition("land_freed", FactKind.PERCENT_OF, ("territory", "land"))
AID = FactDefinition("aid", FactKind.MONEY_OF, ("stabilisation fund", "aid"))


def reading(*blocks, fact=MEMBERS):
    made = tuple(part if not isinstance(part, str) else content(part)[0] for part in blocks)
    return read(fact, made, read_blocks(made, "en"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (60, "Sixty partners have signed up to the common plan."),
        (65, "Sixty-five coalition partners took part in the talks."),
        (68, "The 68-member alliance came together in spring."),
        (68, "It unites 68 nations and international organisations."),
        (74, "The 74 members renewed their promise."),
        (75, "With the islands on board the alliance now has 75 members."),
        (75, "It is made up of 75 member countries."),
        (79, "The islands joined as 79th member."),
        (79, "Find out who our 79 partners are."),
        (79, "The Coalition's 79 members sat down with ministers from the 79 partners."),
        (82, "The republic has become the 82nd partner."),
        (82, "The republic has become the eighty-second partner."),
        (83, "The note greets the republic as the 83rd member."),
        (85, "Together, the Coalition's 85 members work on it."),
        (87, "87 PARTNERS UNITED IN ONE AIM"),
        (87, "Envoys of 87 member countries arrived."),
        (87, "87 nations stood together."),
        (90, "All 90 coalition member states agreed."),
        (82, "It rests on 82 international coalition partners."),
        (1234, "Founded in 2019, we are a coalition of 1,234 members."),
        (87, "Members: 87"),
        (87, "Number of members | 87"),
        (87, "The number of members has grown to 87."),
        (85, "It grew from 82 to 85 members."),
        (60, "More than 60 partners take part."),
        (80, "80+ partners"),
        (87, "87 (eighty-seven) members"),
        (87, "13 of the 87 members sent ships."),
        (11_000_000, "11 million members"),
    ],
)
def test_a_wording_states_the_count(value, text):
    found = reading(text)
    assert found.value == value
    assert all(mention.value == value for mention in found.mentions)
    assert found.contradicts == ()


@pytest.mark.parametrize(
    "text",
    [
        "We have welcomed 14 new members since January 2017.",
        "At least 65 countries have prosecuted fighters who came home.",
        "Another 5 partners are expected.",
        "The other 13 members abstained.",
        "The first 10 members signed in Paris.",
        "The treaty has 3 founding members and 23 non-member partners.",
        "It was the first member to sign, and the 3rd largest partner.",
        "The 4th annual members' day was wet.",
        "12-15 members are usually there.",
        "Of its members, 12 percent pay.",
        "Members paid $81 million.",
        "Members since 2014, on 10 September 2014 and in Section 3.",
        "Several hundred members came.",
        "An 85-country gathering.",
        "There is no number of members here.",
        "",
    ],
)
def test_a_wording_does_not_state_the_count(text):
    found = reading(text) if text else reading()
    assert found.value is None
    assert (found.mentions, found.contradicts) == ((), ())
    assert "no count of members" in found.why


def test_other_numbers_of_the_same_noun_contradict():
    found = reading("87 nations stand together; 13 nations sent aircraft.")
    assert found.value == 87
    assert [mention.value for mention in found.contradicts] == [13]


def test_the_value_stated_in_most_places_is_chosen():
    found = reading("The pact has 86 members.", "Our 87 members met.", "All 87 partners came.")
    assert (found.value, [mention.value for mention in found.contradicts]) == (87, [86])
    assert found.why == "stated in 2 of 3 places"


def test_among_equals_the_value_in_a_heading_is_chosen():
    assert reading("The pact has 86 members.", block(BlockKind.HEADING, "87 partners united")).value == 87


def test_among_equals_the_first_value_is_chosen():
    assert reading("The pact has 86 members.", "Our 87 members met.").value == 86


@pytest.mark.parametrize("kind", [BlockKind.FEED, BlockKind.CONSENT, BlockKind.CONTROL])
def test_feeds_consent_bars_and_controls_never_state_a_fact(kind):
    assert reading(block(kind, "We and our 1711 partners store data.")).value is None
    assert reading(block(kind, "84 members!"), "The pact has 82 members.").contradicts == ()


@pytest.mark.parametrize("kind", [BlockKind.NAVIGATION, BlockKind.FOOTER])
def test_navigation_and_footer_state_a_fact_only_where_nothing_else_does(kind):
    alone = reading(block(kind, "82 Partners"))
    assert alone.value == 82
    assert "only in navigation or footer" in alone.why
    beside = reading(block(kind, "82 Partners"), "The pact has 83 members.")
    assert (beside.value, beside.contradicts) == (83, ())


def test_a_number_in_a_box_is_read_with_the_label_beside_it():
    assert reading("87", "Members", "24", "Harbours").value == 87
    assert (
        reading(block(BlockKind.HEADING, "At a glance"), "Harbours", "24", "Members", "87", "The end of it.").value
        == 87
    )
    assert reading("1,204", "views").value is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (99, "They have lost 99 percent of the territory they once held."),
        (98.5, "Of the land, 98.5% is free again."),
        (None, "99 percent of the members agree."),
        (None, "The territory has 99 harbours."),
        (50, "In the north 50 percent of the territory is free; 70 percent of the boats are back."),
    ],
)
def test_a_percentage_belongs_to_the_term_beside_it(value, text):
    found = reading(text, fact=LAND)
    assert (found.value, found.contradicts) == (value, ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (81_000_000, "Donors gave $81 million to the stabilisation fund."),
        (22_000_000_000, "In aid, 22 billion dollars has been paid."),
        (None, "The fleet cost $81 million."),
        (None, "81 aid workers were there."),
    ],
)
def test_an_amount_belongs_to_the_term_in_its_sentence(value, text):
    assert reading(text, fact=AID).value == value


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The league had 52 members until March; it has 54 today."),
        ("de", "Der Bund hatte bis März 52 Mitglieder; es sind 54 heute."),
        ("fr", "La ligue comptait 52 membres en mars ; elle en a 54 aujourd'hui."),
    ],
)
def test_a_current_number_takes_the_noun_of_the_past_one(language, text):
    fact = FactDefinition("members", FactKind.COUNT_OF, ("members", "mitglieder", "membres"))
    blocks = content(text)

    reading = read(fact, blocks, read_blocks(blocks, language))

    assert reading.value == 54
    assert "until" not in text or reading.contradicts == ()


def test_a_value_until_a_time_to_come_is_current():
    blocks = content("The mandate of its 52 members runs until March.")

    assert read(MEMBERS, blocks, read_blocks(blocks, "en")).value == 52
