"""Changes beside the text: reported where the text does not report them, by their source, and never contradicting a fact."""

from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.model import EventKind, FactDefinition, FactKind, Level, Scope, Version
from monitor.model.enums import BlockKind
from monitor.pipeline.analyze import analyze
from rendering.sentences import summary
from tests.support.heart import MEMBERS, snapshot

PROSE = "<p>The union meets each spring in another town, and its lodges sing together.</p>"


def version(markup: str, *facts: FactDefinition) -> Version:
    return analyze(markup.encode(), snapshot(), facts).version


def summaries(old: str, new: str, *facts: FactDefinition) -> list[tuple[str, str]]:
    return [(change.level.value, summary(change)) for change in compare(version(old, *facts), version(new, *facts))]


def page(head: str = "", body: str = "") -> str:
    return f'<html lang="en"><head>{head}</head><body><h1>The union</h1>{PROSE}{body}</body></html>'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (page("<title>Union of lodges</title>"), page("<title>League of lodges</title>"), [("text", "title changed: “Union of lodges” → “League of lodges”")]),
        (page("<title>Union: 64 lodges</title>"), page("<title>Union: 65 lodges</title>"), [("number", "title 64 → 65 (+1)")]),
        (page('<meta name="description" content="Singing since 1901">'), page('<meta name="description" content="Dancing since 1901">'), [("text", "description changed: “Singing since 1901” → “Dancing since 1901”")]),
        (page('<script type="application/ld+json">{"price": "5", "priceCurrency": "EUR"}</script>'), page('<script type="application/ld+json">{"price": "7", "priceCurrency": "EUR"}</script>'), [("number", "price in JSON-LD 5 EUR → 7 EUR (+2)")]),
        (page('<meta property="og:availability" content="instock">'), page('<meta property="og:availability" content="oos">'), [("text", "og:availability changed: “availability | instock” → “availability | oos”")]),
        (page("", '<img alt="Map of the 64 lodges">'), page("", '<img alt="Map of the 65 lodges">'), [("text", "alternative text changed: “Map of the 64 lodges” → “Map of the 65 lodges”")]),
        (page(), page("", '<img alt="A chart of all dues since 1901">'), [("text", "new alternative text: “A chart of all dues since 1901”")]),
        (page("", "<p><s>Dues are €9 a year.</s></p>"), page("", "<p><s>Dues are €8 a year.</s></p>"), [("text", "struck-out text changed: “Dues are €9 a year.” → “Dues are €8 a year.”")]),
    ],
)  # fmt: skip
def test_a_change_beside_the_text_is_reported_with_its_source(old, new, expected):
    assert summaries(old, new) == expected


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:title" content="Lodges of the north">',
        '<meta name="description" content="Singing in the hills">',
        '<meta property="og:description" content="Chants des collines">',
    ],
)
def test_metadata_that_only_appears_or_disappears_is_no_change(head):
    assert summaries(page(), page(head)) == []
    assert summaries(page(head), page()) == []
    priced = page('<script type="application/ld+json">{"price": "5", "priceCurrency": "EUR"}</script>')
    assert summaries(page(), priced) != []


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        (page("<title>Union: 64 lodges</title>", "<p>It has 64 lodges.</p>"), page("<title>Union: 65 lodges</title>", "<p>It has 65 lodges.</p>"), 1),
        (page("", "<p>Dues are €9 a year.</p>"), page("", "<p><s>Dues are €9 a year.</s></p>"), 1),
        (page("", "<p>Dues: €9 <s>€7</s></p>"), page("", "<p>Dues: <s>€9</s> €7</p>"), 1),
        (page("", "<img alt='A lodge'>"), page("", "<img alt='Two singers'>"), 1),
        (page("", "<img alt='Mill Logo'>"), page("", "<img alt='Old Bridge logo'>"), 0),
        (page(), page('<title>Union</title><meta property="og:title" content="Singing union">'), 0),
        (page(), page('<meta property="product:price:amount" content="5">'), 1),
        (page("", "<img alt='A lodge'>"), page(), 0),
        (page(), page('<meta name="description" content="The union meets each spring in another town">'), 0),
        (page('<meta property="article:modified_time" content="2020-01-01">'), page('<meta property="article:modified_time" content="2020-01-02">'), 0),
    ],
)  # fmt: skip
def test_what_the_text_reports_or_repeats_is_not_reported_again(old, new, count):
    assert len(summaries(old, new)) == count


def test_a_fact_reports_what_the_title_repeats():
    old, new = (page(f"<title>{n} members</title>", f"<p>It has {n} members.</p>") for n in (64, 65))
    assert summaries(old, new, MEMBERS) == []


@pytest.mark.parametrize(
    "beside", ['<meta name="description" content="A union of 99 members.">', "<p><s>99 members</s></p>"]
)
def test_metadata_and_struck_text_neither_state_nor_contradict_a_fact(beside):
    (reading,) = version(page(beside, f"{beside}<p>It has 64 members.</p>"), MEMBERS).readings
    assert (reading.value, reading.contradicts) == (64, ())
    (reading,) = version(page(beside, beside), MEMBERS).readings
    assert reading.value is None


def test_a_fact_may_be_scoped_to_metadata():
    fact = FactDefinition("members", FactKind.COUNT_OF, ("members",), scope=Scope(kinds=(BlockKind.METADATA,)))
    markup = page('<meta name="description" content="A union of 99 members.">', "<p>It has 64 members.</p>")
    assert version(markup, fact).readings[0].value == 99


def test_an_alternative_text_states_a_fact_only_if_nothing_else_does():
    image = '<img alt="Map of the 99 members">'
    (reading,) = version(page("", image), MEMBERS).readings
    assert (reading.value, reading.why) == (99, "stated in 1 of 1 places, only in the alternative text of an image")
    (reading,) = version(page("", f"{image}<p>It has 64 members.</p>"), MEMBERS).readings
    assert (reading.value, reading.contradicts) == (64, ())


def test_an_equal_page_makes_no_change_and_a_swap_makes_the_opposite_one():
    old, new = page("<title>One</title>"), page("<title>Two</title>", '<img alt="Map of the 65 lodges">')
    assert summaries(old, old) == summaries(new, new) == []
    there, back = compare(version(old), version(new)), compare(version(new), version(old))
    assert [(c.sentence_before, c.sentence_after) for c in there] == [
        (c.sentence_after, c.sentence_before) for c in back
    ]
    assert {change.kind for change in there} == {EventKind.TEXT_CHANGED}
    assert {change.level for change in there} == {Level.TEXT}
