"""What became of an event: whether alerts were planned for it, or why not. Pure; `rendering.selection` has the sentence of each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.model import RecordedEvent
from alerts.rules import Selection
from monitor.model import AlertOutcome, Cause, Level, Origin


def outcome_of(
    recorded: RecordedEvent,
    *,
    planned_at: datetime | None,
    is_alerted: bool,
    selections: Sequence[tuple[datetime, Selection]],
) -> AlertOutcome:
    """Return what became of an event.

    Args:
        recorded: The event.
        planned_at: When its alerts were planned, on the observing clock; None: not yet.
        is_alerted: Whether there are alerts of it.
        selections: For each rule now declared, when its definition was applied, and whether it selects the event.
    """
    change = recorded.event.change
    if is_alerted:
        return AlertOutcome.ALERTED
    if recorded.event.origin is not Origin.LIVE:
        return AlertOutcome.NOT_LIVE
    if recorded.event.cause is not Cause.PAGE:
        return AlertOutcome.REPROCESSED
    if change.level is Level.NOISE:
        return AlertOutcome.NOISE
    if change.held is not None:
        return AlertOutcome.HELD
    if not selections:
        return AlertOutcome.NO_RULE
    selecting = [applied_at for applied_at, selection in selections if selection.selected]
    if not selecting:
        return AlertOutcome.NOT_SELECTED
    if planned_at is None:
        return AlertOutcome.WAITING
    # Events that reprocessing finds are marked planned when they are recorded, whatever rules select.
    return AlertOutcome.RULES_CHANGED if min(selecting) > planned_at else AlertOutcome.REPROCESSED
