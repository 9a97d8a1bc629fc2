"""Paths into JSON documents, and the values that a page is limited to by them."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction import json_path
from monitor.extraction.extract import extract
from monitor.extraction.selection import select
from monitor.model import BlockKind, Selection, Verdict
from monitor.pipeline.analyze import analyze
from tests.support.heart import snapshot

DOCUMENT = {
    "title": "Wohnheime",
    "generated": "2021-03-01 10:00",
    "homes": [
        {"name": "Nordhaus", "net fee": 310, "contact": {"name": "Frau Ode"}},
        {"name": "Südhaus", "net fee": 290, "tags": ["neu", "zentral"]},
        {"name": "Westhaus", "net fee": 405, "note": "<p>Ab <b>Mai</b> frei.</p><p>Bitte anrufen.</p>"},
    ],
}


def selected(*paths: str, document: object = DOCUMENT, content_type: str = "application/json") -> list[str]:
    """The texts inside the selection, without their names."""
    selection = Selection(only=paths)
    page = extract(json.dumps(document).encode(), content_type, selection.lookups)
    blocks = select(page.blocks, page.found, selection).blocks
    return [block.text.rpartition(" | ")[2] for block in blocks if block.kind is not BlockKind.CONTROL]


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("$.title", ["Wohnheime"]),
        ("$.homes[*].name", ["Nordhaus", "Südhaus", "Westhaus"]),
        ("$..name", ["Nordhaus", "Frau Ode", "Südhaus", "Westhaus"]),
        ("$.homes[0]", ["Nordhaus", "310", "Frau Ode"]),
        ("$['homes'][-1]['net fee']", ["405"]),
        ('$.homes.*["net fee"]', ["310", "290", "405"]),
        ("$.homes[1].tags[1]", ["zentral"]),
        ("$..[0]", ["Nordhaus", "310", "Frau Ode", "neu"]),
        ("$..contact.name", ["Frau Ode"]),
        ("$.homes[2].note", ["Ab Mai frei.", "Bitte anrufen."]),
    ],
)
def test_paths_select_values_with_all_that_is_in_them(path, texts):
    assert selected(path) == texts
    assert selected(path, content_type="text/plain") == texts


def test_several_paths_and_a_document_that_is_a_list():
    assert selected("$.title", "$.generated") == ["Wohnheime", "2021-03-01 10:00"]
    assert selected("$[1]", document=["a", "b", "c"]) == ["b"]
    assert selected("$", document={"a": [1, {"b": 2}]}) == ["1", "2"]


@pytest.mark.parametrize(
    "path",
    ["", "a", "$.", "$..", "$a", "$.a.", "$[", "$[01]", "$[a]", "$['a'b", "$.a[?@.b]", "$[1:2]", "$[1,2]", "$...a", "$..[.a]", "$.[0]", "$." + "a" * 500, "$" + ".a" * 21],
)  # fmt: skip
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match="path"):
        json_path.parse(path)


def naive(value: object, steps: tuple[json_path.Step, ...]) -> list[object]:
    """The values that a path selects, by its definition."""
    if not steps:
        return [value]
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    found = []
    for key, inner in pairs:
        step = steps[0]
        names = {key} if isinstance(value, dict) else {key, key - len(pairs)}
        wanted = step.name if step.name is not None else step.position
        if wanted is None or (wanted in names and isinstance(wanted, str) == isinstance(value, dict)):
            found += naive(inner, steps[1:])
        if step.descends:
            found += naive(inner, steps)
    return found


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else [str(value)]


documents = st.recursive(
    st.integers(0, 10**9).map(lambda number: f"v{number}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(
    documents, st.lists(st.sampled_from([".a", ".b", "[0]", "[-1]", ".*", "..a", "..[0]", "..*", "['c']"]), max_size=4)
)
def test_a_walk_finds_what_the_definition_says(document, steps):
    if not isinstance(document, dict | list):
        return
    path = "$" + "".join(steps)
    expected = {leaf for value in naive(document, json_path.parse(path).steps) for leaf in leaves(value)}
    page = extract(json.dumps(document).encode(), "application/json", Selection((path,)).lookups)
    found = page.found[Selection((path,)).lookups[0]] if page.found else None
    texts = {
        page.blocks[span.block].text.rpartition(" | ")[2]
        for element in (found.elements if found else ())
        for span in element
    }
    assert texts == expected


def test_time_grows_with_the_document_not_with_the_square_of_it():
    steps = "..*" * 20
    document = json.dumps([[[[["x"] * 20] * 10] * 10] * 5])
    began = time.monotonic()
    extract(document.encode(), "application/json", Selection(tuple(f"${steps[: 60 - n]}" for n in (0, 3, 6))).lookups)
    assert time.monotonic() - began < 20


# --- beside other kinds of pages


def test_a_path_on_a_page_of_html_and_a_selector_on_json_match_nothing():
    page = b"<html><main><p>The fee is 37 euros for every visitor of the town.</p></main></html>"
    analysis = analyze(page, snapshot(1), (), Selection(only=("$.fee",)))
    assert (analysis.verdict, "$.fee (the page is no JSON)" in analysis.reason) == (Verdict.EMPTY, True)
    taken = replace(snapshot(1), content_type="application/json")
    analysis = analyze(json.dumps(DOCUMENT).encode(), taken, (), Selection(only=("main",)))
    assert (analysis.verdict, "the page has no elements to find" in analysis.reason) == (Verdict.EMPTY, True)


def test_values_can_be_left_out():
    selection = Selection(without=("$.generated", "$..contact"))
    taken = replace(snapshot(1), content_type="application/json")
    analysis = analyze(json.dumps(DOCUMENT).encode(), taken, (), selection)
    assert analysis.verdict is Verdict.OK
    controls = [block.text for block in analysis.version.blocks if block.kind is BlockKind.CONTROL]
    assert controls == ["generated | 2021-03-01 10:00", "name | Frau Ode"]
