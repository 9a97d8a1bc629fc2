"""How a page is read, as scripts get it: the JSON of `inspect` and `compare`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.model import Event as Told
from monitor.model import EventKind, FactDefinition, FactKind, Origin, SnapshotRef
from monitor.pipeline.analyze import PageAnalysis, analyze
from pagewitness.inspection.json_output import changes_between, inspection, loose_snapshot
from rendering.event_json import change_json, event_json

FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("members", "partners"))


def page(*paragraphs: str, status: int = 200) -> PageAnalysis:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    body = f'<!doctype html><html lang="en-GB"><title>The Coalition</title><main>{text}</main></html>'.encode()
    return analyze(body, loose_snapshot("https://example.org/", "text/html; charset=utf-8", status), (FACT,))


def kinds(old: PageAnalysis, new: PageAnalysis) -> list[tuple[EventKind, object, object]]:
    return [(change.kind, change.before, change.after) for change in changes_between(old, new)]


def test_an_inspection_has_the_promised_keys_and_is_json():
    read = inspection("a.html", page("The Coalition has 87 members.", "Some say it is 86 members – «mostly».", "Café."))
    assert list(read) == "file title language verdict reason text blocks mentions facts".split()
    assert (read["file"], read["title"], read["language"], read["verdict"]) == (
        "a.html",
        "The Coalition",
        "en-gb",
        "ok",
    )
    assert read["text"] == "\n".join(block["text"] for block in read["blocks"] if block["kind"] != "metadata")
    assert json.loads(json.dumps(read)) == read


def test_a_fact_names_its_mentions_and_what_contradicts_it():
    (fact,) = inspection("a.html", page("It has 87 members.", "All 87 members met.", "It pays 86 members."))["facts"]
    assert list(fact) == "name value mentions contradicts why".split()
    assert (fact["name"], fact["value"]) == ("member_count", 87)
    assert [mention["sentence"] for mention in fact["contradicts"]] == ["It pays 86 members."]
    assert fact["why"]


def test_mentions_point_at_their_characters():
    read = inspection("a.html", page("Founded in 2014, it has about 1.2 million members in 87 countries."))
    assert read["mentions"]
    for mention in read["mentions"]:
        assert list(mention) == "value type unit quote sentence hedge block start end readable".split()
        text = read["blocks"][mention["block"]]["text"]
        assert text[mention["start"] : mention["end"]] == mention["quote"]
        assert mention["quote"] in mention["sentence"]


def test_a_mention_that_is_not_readable_has_no_value():
    read = inspection("a.html", page("It has 3万億 members."))
    (mention,) = read["mentions"]
    assert (mention["value"], mention["readable"], mention["quote"]) == (None, False, "3万億")
    (fact,) = read["facts"]
    assert (fact["value"], fact["mentions"]) == (None, [mention])


def test_a_page_that_does_not_state_a_fact_says_so():
    (fact,) = inspection("a.html", page("Nobody has counted."))["facts"]
    assert (fact["value"], fact["mentions"], fact["contradicts"]) == (None, [], [])


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        (["It has 83 members."], ["It has 83 members."], []),
        (["It has 83 members."], ["It has 85 members."], [(EventKind.FACT_CHANGED, 83, 85)]),
        (
            ["It has 86 members."],
            ["It has 87 members.", "All 87 members met.", "It pays 86 members."],
            [(EventKind.FACT_CHANGED, 86, 87), (EventKind.FACT_CONTRADICTION, None, [87, 86])],
        ),
    ],
)
def test_what_would_be_reported_of_facts(old: list[str], new: list[str], reported: list[object]):
    found = kinds(page(*old), page(*new))
    assert [change for change in found if change[0].value.startswith("fact_")] == reported
    assert found or not reported


def test_a_contradiction_that_stood_before_is_nothing_new():
    same = ["It has 87 members.", "All 87 members met.", "It pays 86 members."]
    assert kinds(page(*same), page(*same)) == []


def test_one_check_without_a_fact_is_no_loss_yet():
    assert EventKind.FACT_LOST not in {kind for kind, *_ in kinds(page("It has 83 members."), page("Nobody counted."))}


@pytest.mark.parametrize("statuses", [(403, 200), (200, 403), (503, 503)])
def test_nothing_is_reported_between_pages_that_are_not_both_ok(statuses: tuple[int, int]):
    old, new = statuses
    assert kinds(page("It has 83 members.", status=old), page("It has 85 members.", status=new)) == []


def test_a_change_has_the_keys_of_changes_json_without_times_page_and_origin():
    (change,) = changes_between(page("It has 83 members."), page("It has 85 members."))
    when = datetime(2021, 3, 1, tzinfo=UTC)
    event = Told(change, SnapshotRef(2, when), SnapshotRef(1, when), Origin.LIVE)
    whole = event_json(event, "https://example.org/")
    left_out = ("at", "from_at", "url", "origin")
    assert change_json(change) == {key: value for key, value in whole.items() if key not in left_out}
    assert list(change_json(change)) == [key for key in whole if key not in left_out]
