"""What became of an event: the first cause that explains why there is no alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.outcome import outcome_of
from alerts.rules import Selection
from monitor.model import AlertOutcome, Cause, Level, Origin, SelectionReason
from rendering.selection import OUTCOMES
from tests.alerts.examples import SEEN, changed, event

BEFORE, AFTER = SEEN - timedelta(days=1), SEEN + timedelta(days=1)
YES, NO = Selection(SelectionReason.SELECTED), Selection(SelectionReason.KIND_NOT_NAMED)


def of(recorded, *, planned_at=SEEN, is_alerted=False, selections=((BEFORE, NO),)):
    return outcome_of(recorded, planned_at=planned_at, is_alerted=is_alerted, selections=selections)


def test_an_event_with_an_alert_is_alerted_whatever_the_rules_are_now():
    assert of(event(), is_alerted=True) is AlertOutcome.ALERTED
    assert of(event(), is_alerted=True, selections=()) is AlertOutcome.ALERTED


@pytest.mark.parametrize("origin", [Origin.IMPORT, Origin.BACKFILL])
def test_imported_events_are_never_sent(origin):
    recorded = event()
    imported = replace(recorded, event=replace(recorded.event, origin=origin))
    assert of(imported, planned_at=None, selections=((BEFORE, YES),)) is AlertOutcome.NOT_LIVE


@pytest.mark.parametrize("cause", [Cause.RULES, Cause.CODE])
def test_events_of_new_code_or_rules_are_never_sent(cause):
    recorded = event()
    derived = replace(recorded, event=replace(recorded.event, cause=cause))
    assert of(derived, selections=((BEFORE, YES),)) is AlertOutcome.REPROCESSED


def test_noise_and_held_changes_are_explained_without_the_rules():
    assert of(changed(level=Level.NOISE)) is AlertOutcome.NOISE
    assert of(changed(detail={"held": "flapping"})) is AlertOutcome.HELD
    assert of(changed(level=Level.NOISE), selections=()) is AlertOutcome.NOISE


@pytest.mark.parametrize(
    ("planned_at", "selections", "outcome"),
    [
        (SEEN, (), AlertOutcome.NO_RULE),
        (None, (), AlertOutcome.NO_RULE),
        (SEEN, ((BEFORE, NO), (AFTER, NO)), AlertOutcome.NOT_SELECTED),
        (None, ((BEFORE, NO), (BEFORE, YES)), AlertOutcome.WAITING),
        (SEEN, ((BEFORE, NO), (AFTER, YES)), AlertOutcome.RULES_CHANGED),
        (SEEN, ((BEFORE, YES), (AFTER, YES)), AlertOutcome.REPROCESSED),
    ],
)
def test_without_an_alert_the_rules_and_their_age_explain_it(planned_at, selections, outcome):
    assert of(event(), planned_at=planned_at, selections=selections) is outcome


def test_every_outcome_has_a_sentence():
    assert set(OUTCOMES) == set(AlertOutcome)
