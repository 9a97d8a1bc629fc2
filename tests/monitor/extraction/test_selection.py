"""The part of a page that is monitored, by CSS selectors: what is outside stays archived, as controls."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.extraction.selection import select
from monitor.model import (
    WHOLE_PAGE,
    AnalysisOutcome,
    BlockKind,
    CurrentVersion,
    EventKind,
    FactDefinition,
    FactKind,
    PageMemory,
    Selection,
    SnapshotRef,
    Verdict,
    facts_digest,
)
from monitor.pipeline.analyze import PageAnalysis, analyze, evaluate
from tests.support.heart import snapshot

PAGE = """<html lang=de><title>Amt</title><body>
<main><h1>Gebühren</h1><p id=fee>Der Ausweis kostet 37 Euro und gilt zehn Jahre lang.</p>
<table class=prices><tr><th>Pass</th><td>60 Euro</td></tr></table></main>
<div class=weather><h2>Wetter</h2><p>Heute sind es {degrees} Grad in der ganzen Stadt und Umgebung.</p></div>
<p>Es wohnen {people} Menschen in der <span class=name>schönen Stadt</span> am großen Fluss.</p>
</body></html>"""


def page(degrees: int = 12, people: int = 40_000, body: str = PAGE) -> bytes:
    return body.format(degrees=degrees, people=people).encode()


def kinds(selection: Selection, body: bytes | None = None) -> dict[str, BlockKind]:
    extracted = extract(body or page(), "text/html; charset=utf-8", selection.lookups)
    return {block.text: block.kind for block in select(extracted.blocks, extracted.found, selection).blocks}


def outside(selection: Selection) -> set[str]:
    return {text.split()[0] for text, kind in kinds(selection).items() if kind is BlockKind.CONTROL}


def test_blocks_outside_only_become_controls():
    assert outside(Selection(only=("main",))) == {"Wetter", "Heute", "Es", "Amt"}
    assert outside(Selection(only=("#fee", ".weather"))) == {"Gebühren", "Pass", "Es", "Amt"}


def test_blocks_wholly_inside_without_become_controls_and_others_stay():
    assert outside(Selection(without=(".weather", ".name"))) == {"Wetter", "Heute"}
    assert outside(Selection(only=("main",), without=("table",))) == {"Wetter", "Heute", "Es", "Amt", "Pass"}


def test_a_selection_that_matches_nothing_is_named_and_selects_nothing():
    selection = Selection(only=("#gone",), without=(".ads", "p:nth-child("))
    extracted = extract(page(), "text/html", selection.lookups)
    found = select(extracted.blocks, extracted.found, selection)
    assert found.is_missing
    assert found.blocks == extracted.blocks
    assert found.unmatched[:2] == ("#gone (nothing matches)", ".ads (nothing matches)")
    assert found.unmatched[2].startswith("p:nth-child( (")


@given(st.lists(st.sampled_from(["main", "p", "#fee", ".weather", ".none", "td"]), max_size=3), st.lists(st.sampled_from(["h1", "p", ".name", "table"]), max_size=3))  # fmt: skip
def test_texts_and_their_order_never_change(only, without):
    selection = Selection(tuple(only), tuple(without))
    extracted = extract(page(), "text/html", selection.lookups)
    found = select(extracted.blocks, extracted.found, selection)
    assert [block.text for block in found.blocks] == [block.text for block in extracted.blocks]
    kept = [block for block, before in zip(found.blocks, extracted.blocks, strict=True) if block == before]
    assert all(block.kind is BlockKind.CONTROL for block in found.blocks if block not in kept)


# --- from body to event


def process(
    body: bytes, selection: Selection, number: int, memory: PageMemory, facts=()
) -> tuple[PageAnalysis, AnalysisOutcome]:
    taken = snapshot(number)
    analysis = analyze(body, taken, facts, selection)
    return analysis, evaluate(taken, analysis, memory, memory.version)


def changes(before: bytes, after: bytes, selection: Selection) -> list[EventKind]:
    first, outcome = process(before, selection, 1, PageMemory())
    taken = snapshot(1)
    memory = PageMemory(CurrentVersion(1, first.version, taken), SnapshotRef(1, taken.taken_at))
    assert outcome.verdict is Verdict.OK
    _, outcome = process(after, selection, 2, memory)
    return [event.change.kind for event in outcome.events if event.change.level != "noise"]


def test_changes_are_reported_inside_the_selection_only():
    before, after = page(12, 40_000), page(25, 45_000)
    assert EventKind.NUMBER_CHANGED in changes(before, after, WHOLE_PAGE)
    assert changes(before, after, Selection(only=("main",))) == []
    assert changes(page(12), page(25), Selection(without=(".weather",))) == []
    assert EventKind.NUMBER_CHANGED in changes(before, after, Selection(without=(".weather",)))
    dearer = PAGE.replace("37 Euro", "43 Euro")
    assert EventKind.NUMBER_CHANGED in changes(page(), page(body=dearer), Selection(only=("main",)))


def test_a_page_without_the_selected_elements_is_empty_not_silent():
    analysis, outcome = process(page(), Selection(only=("#gone",)), 1, PageMemory())
    assert (analysis.verdict, outcome.verdict, outcome.version) == (Verdict.EMPTY, Verdict.EMPTY, None)
    assert "not on the page: #gone (nothing matches)" in outcome.reason


def test_elements_to_leave_out_may_be_missing_and_are_named():
    analysis, _ = process(page(), Selection(without=(".ads",)), 1, PageMemory())
    assert analysis.verdict is Verdict.OK
    assert analysis.reason.endswith("; not on the page: .ads (nothing matches)")


def test_a_document_without_elements_is_empty_for_only():
    text = b"The fee is 37 euros and has been for ten years in this town."
    analysis = analyze(text, replace(snapshot(1), content_type="text/plain"), (), Selection(only=("main",)))
    assert (analysis.verdict, "the page has no elements to find" in analysis.reason) == (Verdict.EMPTY, True)


def test_another_verdict_is_not_replaced():
    body = b"<html><title>403 Forbidden</title><h1>Forbidden</h1><p>You don't have permission to access this resource.</p></html>"
    assert analyze(body, snapshot(1, status=403), (), Selection(only=("main",))).verdict is Verdict.BLOCKED


def test_facts_are_read_inside_the_selection_and_where_they_name_an_element():
    people = FactDefinition("people", FactKind.COUNT_OF, ("menschen",))
    analysis, _ = process(page(), Selection(only=("main",)), 1, PageMemory(), (people,))
    assert analysis.version.readings[0].value is None
    analysis, _ = process(page(), Selection(only=("p",)), 1, PageMemory(), (people,))
    assert analysis.version.readings[0].value == 40_000


@pytest.mark.parametrize("other", [Selection(("main",)), Selection((), ("main",)), Selection(("main", "p"))])
def test_versions_of_another_selection_are_not_compared(other):
    assert facts_digest((), other) != facts_digest(())
    assert facts_digest((), Selection(("a", "b"))) == facts_digest((), Selection(("b", "a")))
    assert facts_digest((), WHOLE_PAGE) == facts_digest(())
