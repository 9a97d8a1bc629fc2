"""Whether a fact has moved far from its baseline, however small its steps were. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Drift, FactState, JsonValue


def baseline(state: FactState, drift: Drift, now: datetime) -> JsonValue:
    """The value that `drift` measures from; None where there is none.

    Args:
        state: The state before the value that is measured.
        drift: What is asked for.
        now: The time of the look.
    """
    if drift.baseline is None:
        return state.baseline
    if not isinstance(drift.baseline, timedelta):
        return drift.baseline
    stood = [stand.values[0] for stand in state.trail if stand.at <= now - drift.baseline]
    return stood[-1] if stood else state.trail[0].values[0] if state.trail else state.baseline


def measured(state: FactState, value: JsonValue, drift: Drift, now: datetime) -> tuple[JsonValue, JsonValue]:
    """How a new value stands to the baseline.

    A step that goes as far by itself is told as a change already; so is a drift that was told, until the value moved as far again.

    Args:
        state: The state before.
        value: The value now.
        drift: What is asked for.
        now: The time of the look.

    Returns:
        The baseline that a drift is to be told from, None where none is to be told; and the value for `FactState.drifted`.
    """
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
    """Whether a JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)
