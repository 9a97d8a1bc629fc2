from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.model import Direction
from alerts.rules import selects
from monitor.model import EventKind, Level, Threshold
from tests.alerts.examples import RULE, URL, changed, event


def test_a_rule_without_limits_selects_its_kinds_on_every_page():
    assert selects(RULE, event())
    assert not selects(RULE, changed(kind=EventKind.FACT_LOST))


@pytest.mark.parametrize(("pages", "wanted"), [((URL,), True), (("https://elsewhere.example/",), False)])
def test_a_rule_limited_to_pages_selects_only_those(pages, wanted):
    assert selects(replace(RULE, pages=pages), event()) is wanted


@pytest.mark.parametrize(("facts", "wanted"), [(("member_count",), True), (("budget",), False)])
def test_a_rule_limited_to_facts_selects_only_those(facts, wanted):
    assert selects(replace(RULE, facts=facts), event()) is wanted


def test_an_event_of_no_page_or_fact_passes_no_rule_that_is_limited():
    recorded = event(replace(changed().event.change, fact=None), url=None)
    assert selects(RULE, recorded)
    assert not selects(replace(RULE, pages=(URL,)), recorded)
    assert not selects(replace(RULE, facts=("member_count",)), recorded)


FIVE = Threshold(5)
FIVE_PERCENT = Threshold(5, percent=True)


@pytest.mark.parametrize(
    ("limits", "before", "after", "wanted"),
    [
        ({"step": FIVE}, 83, 87, False),
        ({"step": FIVE}, 83, 88, True),
        ({"step": FIVE}, 88, 83, True),
        ({"step": FIVE_PERCENT}, 100, 96, False),
        ({"step": FIVE_PERCENT}, 100, 95, True),
        ({"step": FIVE_PERCENT}, 0, 1, True),
        ({"step": FIVE}, None, 83, True),
        ({"step": FIVE}, "draft", "final", True),
        ({"direction": Direction.UP}, 83, 85, True),
        ({"direction": Direction.UP}, 85, 83, False),
        ({"direction": Direction.DOWN}, 85, 83, True),
        ({"above": 90}, 83, 91, True),
        ({"above": 90}, 83, 90, False),
        ({"above": 90}, None, 83, False),
        ({"below": 80}, 83, 79, True),
        ({"below": 80}, 83, 81, False),
        ({"above": 90, "below": 80}, 83, 85, False),
        ({"above": 90, "below": 80}, 83, 79, True),
        ({"above": 90, "below": 80}, 83, 91, True),
        ({"step": FIVE, "direction": Direction.DOWN, "below": 80}, 85, 79, True),
        ({"step": FIVE, "direction": Direction.DOWN, "below": 80}, 83, 79, False),
    ],
    ids=str,
)
def test_a_rule_may_ask_how_far_which_way_and_beyond_what_a_number_moves(limits, before, after, wanted):
    assert selects(replace(RULE, **limits), changed(before=before, after=after)) is wanted


@pytest.mark.parametrize("kind", [EventKind.FACT_FOUND, EventKind.NUMBER_CHANGED])
@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ({"step": FIVE}, False),
        ({"step": Threshold(2)}, True),
        ({"step": FIVE_PERCENT}, False),
        ({"direction": Direction.DOWN}, False),
        ({"above": 84}, True),
        ({"below": 80}, False),
    ],
    ids=str,
)
def test_the_limits_of_numbers_hold_for_facts_and_for_numbers_of_no_fact(kind, limits, wanted):
    rule = replace(RULE, events=frozenset({kind}), **limits)
    assert selects(rule, changed(kind=kind, level=Level.NUMBER)) is wanted


def test_a_held_change_is_selected_by_no_rule_and_its_summary_by_every_rule_for_changes():
    assert not selects(RULE, changed(detail={"held": "flapping"}))
    assert selects(RULE, changed(kind=EventKind.FACT_FLAPPING, before=83, after=[83, 85]))
    lost_only = replace(RULE, events=frozenset({EventKind.FACT_LOST}))
    assert not selects(lost_only, changed(kind=EventKind.FACT_FLAPPING))


def test_a_rule_with_a_step_reports_drift_whatever_its_last_step_was():
    drifted = changed(kind=EventKind.FACT_DRIFTED, before=100, after=94)
    assert not selects(RULE, drifted)
    assert selects(replace(RULE, step=FIVE_PERCENT), drifted)
    assert not selects(replace(RULE, step=FIVE_PERCENT, direction=Direction.UP), drifted)


def test_steps_limit_nothing_that_is_no_number_of_its_own():
    agreed = changed(kind=EventKind.FACT_LOST, before=83, after=None)
    assert selects(replace(RULE, events=frozenset({EventKind.FACT_LOST}), step=FIVE, above=200), agreed)


def test_noise_is_selected_by_no_rule():
    recorded = event(replace(changed().event.change, level=Level.NOISE))
    assert not selects(RULE, recorded)
