"""Detects when a fact has moved far from its baseline, even if each single step was small. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Drift, FactState, JsonValue


def baseline(state: FactState, drift: Drift, now: datetime) -> JsonValue:
    """Return the value that `drift` is measured from, or None if there is none.

    Args:
        state: The state before the value that is measured.
        drift: The drift rule of the fact.
        now: The time of the check.
    """
    # See tests/monitor/tracking/test_fact_state.py::test_a_drift_says_from_what_to_what_and_by_which_measure.
    if drift.baseline is None:
        return state.baseline
    if not isinstance(drift.baseline, timedelta):
        return drift.baseline
    earlier = [entry.values[0] for entry in state.trail if entry.at <= now - drift.baseline]
    return earlier[-1] if earlier else state.trail[0].values[0] if state.trail else state.baseline


def measured(state: FactState, value: JsonValue, drift: Drift, now: datetime) -> tuple[JsonValue, JsonValue]:
    """Compare a new value with the baseline.

    A single step that reaches the threshold is already reported as a change, not as drift. A reported drift is not repeated until the value
    has moved by the threshold again.

    Args:
        state: The previous state.
        value: The current value.
        drift: The drift rule of the fact.
        now: The time of the check.

    Returns:
        The baseline of the drift to report, or None if no drift is to be reported; and the new value of `FactState.drifted`.
    """
    # See tests/monitor/tracking/test_fact_state.py::test_small_steps_are_told_where_they_lead_far_from_the_baseline.
    base = baseline(state, drift, now)
    if not is_number(base) or not is_number(value) or not drift.threshold.reached(base, value):
        return None, None
    if is_number(state.value) and drift.threshold.reached(state.value, value):
        return None, value
    reference = state.drifted if is_number(state.drifted) else base
    if not drift.threshold.reached(reference, value):
        return None, state.drifted
    return base, value


def is_number(value: JsonValue) -> bool:
    """Return whether a JSON value is a number; booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)
