"""Why a rule selects an event, or does not: the code, its values, and the sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Direction, TextCondition
from alerts.rules import explain, selects
from monitor.model import (
    SELECTION_VALUES,
    EventKind,
    Level,
    NoiseReason,
    SelectionReason,
    SnapshotRef,
    Threshold,
)
from rendering.selection import selection_sentence
from tests.alerts.examples import RULE, SEEN, URL, changed, event

DOCS = Path(__file__).parents[2] / "docs"
FIVE = Threshold(5)
OTHER_PAGE = "https://elsewhere.example/"

WHEN_RED = replace(RULE, when_text=TextCondition(present="(?i)red alert"))
WHEN_OPEN = replace(RULE, when_text=TextCondition(absent="closed"))
TEXTS = {7: "Level: RED ALERT, closed", 8: "Level: green"}
"""Texts of snapshots; the example event's is 7."""


def shown_by(number: int):
    """The example event, first shown by another snapshot."""
    recorded = event()
    return replace(recorded, event=replace(recorded.event, snapshot=SnapshotRef(number, SEEN)))


EXPLAINED = [
    pytest.param(WHEN_RED, event(), SelectionReason.SELECTED, "it selects fact_changed", id="text"),
    pytest.param(
        WHEN_RED,
        shown_by(8),
        SelectionReason.TEXT_MISSING,
        "the page's text has no match of the pattern “(?i)red alert”",
        id="text missing",
    ),
    pytest.param(
        WHEN_OPEN,
        event(),
        SelectionReason.TEXT_FOUND,
        "the page's text has a match of the pattern “closed”",
        id="text found",
    ),
    pytest.param(WHEN_OPEN, shown_by(8), SelectionReason.SELECTED, "it selects fact_changed", id="no such text"),
    pytest.param(
        replace(RULE, when_text=TextCondition("(?i)red", "closed")),
        event(),
        SelectionReason.TEXT_FOUND,
        "the page's text has a match of the pattern “closed”",
        id="one of two texts",
    ),
    pytest.param(
        WHEN_RED,
        shown_by(9),
        SelectionReason.TEXT_UNKNOWN,
        "it selects fact_changed; the page's text is unknown, so that the pattern “(?i)red alert” does not exclude it",
        id="unknown text",
    ),
    pytest.param(
        replace(WHEN_RED, events=frozenset({EventKind.PAGE_GONE})),
        changed(kind=EventKind.PAGE_GONE, level=Level.HEALTH, fact=None),
        SelectionReason.SELECTED,
        "it selects page_gone",
        id="page health has no text",
    ),
    pytest.param(RULE, event(), SelectionReason.SELECTED, "it selects fact_changed", id="kind"),
    pytest.param(
        replace(RULE, step=Threshold(2), direction=Direction.UP, above=84),
        event(),
        SelectionReason.SELECTED,
        "it selects fact_changed; 83 → 85 (+2): at least 2, up, above 84",
        id="every limit of a number",
    ),
    pytest.param(
        replace(RULE, step=FIVE),
        changed(kind=EventKind.FACT_DRIFTED, before=100, after=94),
        SelectionReason.SELECTED,
        "it selects fact_drifted",
        id="drift",
    ),
    pytest.param(
        replace(RULE, under=("members", "partners")),
        changed(detail={"anchor": ["About us", "Our partners (85)", "In Europe"]}),
        SelectionReason.SELECTED,
        "it selects fact_changed; under “Our partners (85)”",
        id="section",
    ),
    pytest.param(
        replace(RULE, under=("партнёры",)),
        changed(detail={"anchor": ["Наши ПАРТНЁРЫ"]}),
        SelectionReason.SELECTED,
        "it selects fact_changed; under “Наши ПАРТНЁРЫ”",
        id="section in Russian",
    ),
    pytest.param(
        replace(RULE, under=("members",)),
        event(),
        SelectionReason.SECTION_UNKNOWN,
        "it selects fact_changed; its section is unknown, so that under “members” does not exclude it",
        id="unknown section",
    ),
    pytest.param(
        replace(RULE, under=("members",), events=frozenset({EventKind.PAGE_GONE})),
        changed(kind=EventKind.PAGE_GONE, level=Level.HEALTH, fact=None),
        SelectionReason.SELECTED,
        "it selects page_gone",
        id="page health has no section",
    ),
    pytest.param(
        replace(RULE, under=("members", "partners")),
        changed(detail={"anchor": ["About us", "Budget"]}),
        SelectionReason.OTHER_SECTION,
        "the change is under “Budget”, not under “members” or “partners”",
        id="another section",
    ),
    pytest.param(
        replace(RULE, under=("会員",)),
        changed(detail={"anchor": []}),
        SelectionReason.OTHER_SECTION,
        "the change is under no heading, not under “会員”",
        id="no section",
    ),
    pytest.param(
        RULE,
        changed(kind=EventKind.FACT_LOST),
        SelectionReason.KIND_NOT_NAMED,
        "it does not select fact_lost",
        id="another kind",
    ),
    pytest.param(
        RULE,
        changed(detail={"held": "flapping"}),
        SelectionReason.HELD,
        "the fact alternates between two values, which is reported once as fact_flapping",
        id="held",
    ),
    pytest.param(
        RULE,
        changed(level=Level.NOISE, detail={"noise": NoiseReason.MUTED.value}),
        SelectionReason.NOISE,
        "noise: muted in the watchlist",
        id="muted",
    ),
    pytest.param(
        RULE,
        changed(
            level=Level.NOISE,
            detail={"noise": NoiseReason.CHANGES_OFTEN.value, "noise_checks": 6, "noise_window": 8},
        ),
        SelectionReason.NOISE,
        "noise: changes at nearly every check (6 of the last 8 checks changed it)",
        id="often",
    ),
    pytest.param(RULE, changed(level=Level.NOISE), SelectionReason.NOISE, "noise", id="noise of an unknown reason"),
    pytest.param(
        replace(RULE, pages=(OTHER_PAGE,)),
        event(),
        SelectionReason.PAGE_NOT_NAMED,
        f"it is limited to other pages than {URL}",
        id="another page",
    ),
    pytest.param(
        replace(RULE, pages=(OTHER_PAGE,)),
        event(url=None),
        SelectionReason.PAGE_NOT_NAMED,
        "it is limited to pages, and the event is of no page",
        id="no page",
    ),
    pytest.param(
        replace(RULE, levels=frozenset({Level.TEXT, Level.HEALTH})),
        event(),
        SelectionReason.LEVEL_NOT_NAMED,
        "it is limited to other levels than fact",
        id="another level",
    ),
    pytest.param(
        replace(RULE, tags=("ministries", "Берлин")),
        replace(event(), page_tags=("press", "Берлин")),
        SelectionReason.SELECTED,
        "it selects fact_changed",
        id="tag",
    ),
    pytest.param(
        replace(RULE, tags=("ministries",)),
        replace(event(), page_tags=("press", "Berlin")),
        SelectionReason.TAG_NOT_NAMED,
        "it is limited to other tags than press, Berlin",
        id="another tag",
    ),
    pytest.param(
        replace(RULE, tags=("ministries",)),
        event(url=None),
        SelectionReason.TAG_NOT_NAMED,
        "it is limited to tags, and the page has none",
        id="no tag",
    ),
    pytest.param(
        replace(RULE, hosts=("*.coalition.example", "elsewhere.example")),
        event(),
        SelectionReason.HOST_NOT_NAMED,
        "it is limited to other hosts than coalition.example",
        id="another host",
    ),
    pytest.param(
        replace(RULE, hosts=("*",)),
        event(url=None),
        SelectionReason.HOST_NOT_NAMED,
        "it is limited to hosts, and the event is of no page",
        id="no host",
    ),
    pytest.param(
        replace(RULE, facts=("budget",)),
        event(),
        SelectionReason.FACT_NOT_NAMED,
        "it is limited to other facts than member_count",
        id="another fact",
    ),
    pytest.param(
        replace(RULE, facts=("budget",)),
        changed(fact=None),
        SelectionReason.FACT_NOT_NAMED,
        "it is limited to facts, and the event is of no declared fact",
        id="no fact",
    ),
    pytest.param(
        replace(RULE, step=FIVE),
        event(),
        SelectionReason.STEP_NOT_REACHED,
        "83 → 85 (+2) is less than its step of 5",
        id="small step",
    ),
    pytest.param(
        replace(RULE, step=Threshold(5, percent=True)),
        changed(before=100, after=96.5),
        SelectionReason.STEP_NOT_REACHED,
        "100 → 96.5 (−3.5) is less than its step of 5 %",
        id="small percentage",
    ),
    pytest.param(
        replace(RULE, direction=Direction.DOWN),
        event(),
        SelectionReason.OTHER_DIRECTION,
        "83 → 85 (+2) is not down",
        id="up",
    ),
    pytest.param(
        replace(RULE, above=90),
        event(),
        SelectionReason.WITHIN_BOUNDS,
        "85 is not above 90",
        id="not above",
    ),
    pytest.param(
        replace(RULE, above=90, below=80),
        changed(before=None),
        SelectionReason.WITHIN_BOUNDS,
        "85 is not above 90 and not below 80",
        id="between",
    ),
]


@pytest.mark.parametrize(("rule", "recorded", "reason", "sentence"), EXPLAINED)
def test_a_selection_gives_its_reason(rule, recorded, reason, sentence):
    selection = explain(rule, recorded, TEXTS.get)
    assert selection.reason is reason
    assert selection.selected is (reason is SelectionReason.SELECTED or reason.value.endswith("_unknown"))
    assert selection_sentence(selection.reason, selection.values) == sentence


def test_the_text_is_read_only_where_nothing_else_excludes_the_event():
    def never(_: int) -> str:
        raise AssertionError

    assert not selects(replace(WHEN_RED, facts=("budget",)), event(), never)
    assert selects(RULE, event(), never)
    assert selects(WHEN_RED, shown_by(0), never), "no snapshot shows it"


def test_every_reason_occurs_in_the_examples():
    assert {parameters.values[2] for parameters in EXPLAINED} == set(SelectionReason)


def test_every_reason_is_in_the_reference_in_the_order_in_which_they_are_given():
    section = (DOCS / "reference" / "json.md").read_text().partition("\n## Selections\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(SelectionReason)


@pytest.mark.parametrize("reason", [reason for reason in SelectionReason if SELECTION_VALUES[reason]])
def test_a_sentence_without_its_values_is_refused(reason):
    with pytest.raises(KeyError):
        selection_sentence(reason, {})


numbers = st.none() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6) | st.text(max_size=5) | st.lists(st.integers())


@given(
    before=numbers,
    after=numbers,
    kind=st.sampled_from(EventKind),
    level=st.sampled_from(Level),
    held=st.booleans(),
    fact=st.sampled_from([None, "member_count", "budget"]),
    url=st.sampled_from([None, URL, OTHER_PAGE]),
    kinds=st.frozensets(st.sampled_from(EventKind), min_size=1),
    pages=st.sampled_from([(), (URL,)]),
    facts=st.sampled_from([(), ("budget",)]),
    step=st.sampled_from([None, FIVE, Threshold(10, percent=True)]),
    direction=st.sampled_from([None, *Direction]),
    above=st.none() | st.integers(-10, 10),
    below=st.none() | st.integers(-10, 10),
    under=st.sampled_from([(), ("members",)]),
    headings=st.none() | st.lists(st.sampled_from(["Our members", "Budget"])),
)
def test_every_selection_has_a_sentence_and_only_a_reason_to_select_selects(
    before, after, kind, level, held, fact, url, kinds, pages, facts, step, direction, above, below, under, headings
):
    rule = replace(
        RULE,
        under=under,
        events=kinds,
        pages=pages,
        facts=facts,
        step=step,
        direction=direction,
        above=above,
        below=below,
    )
    detail = {
        **({"held": "flapping"} if held else {}),
        **({} if headings is None else {"anchor": headings}),
    }
    change = replace(event().event.change, kind=kind, level=level, fact=fact, before=before, after=after, detail=detail)
    recorded = event(change, url=url)
    selection = explain(rule, recorded)
    sentence = selection_sentence(selection.reason, selection.values)
    assert sentence
    assert "\n" not in sentence
    assert selects(rule, recorded) is selection.selected
    if selection.selected:
        assert level is not Level.NOISE
        assert not held
        assert not under or level is Level.HEALTH or headings is None or "Our members" in headings
