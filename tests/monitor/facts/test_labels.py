"""Numbers in boxes: each under its own label, whichever way the boxes are written; and boxes that count the page's own audience."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.facts.mentions import read_blocks
from tests.support.heart import content, mentions


def counted(html: str, language: str = "en"):
    cleaned = extract(f"<html><body><main>{html}</main></body></html>".encode(), "text/html; charset=utf-8")
    return [(mention.value, mention.unit) for mention in read_blocks(cleaned.blocks, language)]


FIRST = "<div><div>Members</div><div>60</div></div><div><div>Stations</div><div>846</div></div><div><div>Volunteers</div><div>9,629</div></div>"
BEHIND = (
    "<div><p>60</p><p>Members</p></div><div><p>846</p><p>Stations</p></div><div><p>9,629</p><p>Volunteers</p></div>"
)
HEADED = "<div><h3>Members</h3><p>60</p></div><div><h3>Stations</h3><p>846</p></div><div><h3>Volunteers</h3><p>9,629</p></div>"
OWN = [(60, "members"), (846, "stations"), (9629, "volunteers")]


@pytest.mark.parametrize("boxes", [FIRST, BEHIND, HEADED])
@pytest.mark.parametrize(
    "before", ["", "<h2>At a glance</h2>", "<h2>At a glance</h2><p>This is how far we have come.</p>"]
)
@pytest.mark.parametrize(
    "behind", ["", "<h2>Members and partners</h2><p>They met.</p>", "<p>So it goes on, year by year.</p>"]
)
def test_every_box_of_a_run_has_its_own_label(before, boxes, behind):
    assert counted(before + boxes + behind) == OWN


def test_a_figure_with_its_measure_is_one_of_the_run():
    boxes = "<div><p>Plants</p><h5>142</h5></div><div><p>Outages</p><h5>3</h5></div><div><p>Capacity</p><h5>18.4 GW</h5></div>"
    assert counted(f"<h2>At a glance</h2>{boxes}<p>So it goes on.</p>")[:2] == [(142, "plants"), (3, "outages")]
    boxes = "<p>14,200</p><p>Meals served</p><p>37</p><p>Kitchens</p><p>£2.1m</p><p>raised in 2025</p>"
    assert counted(f"<h2>At a glance</h2>{boxes}")[:2] == [(14200, "meals served"), (37, "kitchens")]


def test_a_figure_and_its_label_in_two_spans_are_apart():
    assert counted("<div><span>91M</span><span>people served</span></div>") == [(91_000_000, "people served")]


def test_a_list_of_names_behind_boxes_is_no_label_of_the_last():
    names = "<div>Ada Brook</div><div>Ivo Sand</div><div>Mia Holt</div>"
    assert counted(f"<p>This is how far we have come.</p>{FIRST}{names}") == OWN


@pytest.mark.parametrize(
    ("unit", "html"),
    [
        ("members", "<h2>Members</h2><p>60</p><h2>Our partners</h2><p>They met.</p>"),
        ("members", "<h2>At a glance</h2><p>60</p><p>Members</p>"),
        ("members", "<h2>At a glance</h2><p>60</p><h3>Members</h3><p>They met.</p>"),
        (None, "<p>This is how far we have come.</p><p>60</p><p>So it goes on.</p>"),
    ],
)
def test_a_single_box_takes_no_heading_of_the_next_section(unit, html):
    assert counted(html) == [(60, unit)]


def types(language: str, *texts: str) -> list[str]:
    return [str(mention.type) for mention in read_blocks(content(*texts), language)]


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Visits"),
        ("en", "Users online"),
        ("de", "Besuche"),
        ("de", "Gerade online"),
        ("de", "Gefällt mir"),
        ("fr", "Visites"),
        ("fr", "J'aime"),
        ("fr", "Utilisateurs en ligne"),
        ("es", "Me gusta"),
        ("es", "Visitas"),
        ("it", "Mi piace"),
        ("it", "Visite"),
        ("pt", "Visitas"),
        ("nl", "Bezoekers"),
    ],
)
def test_a_box_of_the_audience_is_volatile(language, label):
    assert types(language, "1.204", label) == ["volatile"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "334 415 visites 12 utilisateurs en ligne"),
        ("es", "Unión de Pueblos, asociación. © Unión de Pueblos. 370.927 visitas"),
        ("de", "Gerade online: 12"),
        ("fr", "12 connectés"),
        ("en", "Downloads today: 12"),
        ("de", "12 Personen gefällt das"),
        ("nl", "12 vind-ik-leuks"),
    ],
)
def test_lines_of_the_audience_are_volatile(language, text):
    assert set(types(language, text)) == {"volatile"}


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("12", "Online courses")),
        ("en", ("1,204", "Downloads")),
        ("en", ("4,812", "Home visits")),
        ("en", ("The library has 12,000 users.",)),
        ("fr", ("Le musée accueille 240 000 visiteurs par an.",)),
        ("en", ("Our nurses made 4,812 visits to homes on the coast.",)),
        ("en", ("Stations", "1980")),
        ("de", ("Stationen", "1980")),
        ("en", ("Stations | 1980",)),
    ],
)
def test_numbers_that_do_not_count_the_audience_are_counts(language, texts):
    assert types(language, *texts) == ["count"]


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Founded"),
        ("en", "Season"),
        ("de", "Gegründet"),
        ("de", "Jahr"),
        ("de", "Zuletzt aktualisiert"),
        ("fr", "Année"),
    ],
)
def test_a_year_under_its_label_stays_a_year(language, label):
    assert types(language, label, "1980") == ["year"]


def test_a_currency_belongs_to_one_amount():
    found = read_blocks(content("1 EUR = 1.1788 USD 231 users online"), "en")
    assert [str(mention.type) for mention in found][-2:] == ["money", "volatile"]


@pytest.mark.parametrize(
    "text",
    [
        "Members: 61 Partners: 14 Donors: 3",
        "Members: 61 | Partners: 14 | Donors: 3",
        "Members 61; Partners: 14; Donors: 3",
    ],
)
def test_a_value_belongs_to_its_label_whatever_separates_them(text):
    found = {mention.unit: mention.value for mention in mentions(text)}

    assert (found["partners"], found["donors"]) == (14, 3)
    assert found.get("members", 61) == 61


def test_a_number_and_its_noun_are_no_label():
    assert [mention.unit for mention in mentions("We have 40 km of rope: 12 of it")] == ["km", None]


@pytest.mark.parametrize(
    ("language", "text", "unit"),
    [
        ("sv", "Förbundet har 87 medlemmar och en kassa.", "medlemmar"),
        ("pl", "Związek ma 87 członków i biuro.", "członków"),
        ("ru", "Союз имеет 87 членов и бюро.", "членов"),
        ("id", "Ada 87 orang yang datang.", "orang"),
        ("en", "They chose two more members.", "more members"),
    ],
)
def test_function_words_end_a_noun_phrase_where_none_are_listed(language, text, unit):
    assert mentions(text, language)[0].unit == unit
