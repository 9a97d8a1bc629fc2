"""Selection of events by rules. Pure."""

from __future__ import annotations

from alerts.model import Direction, RecordedEvent, Rule
from monitor.model import Change, EventKind, Level
from monitor.tracking.drift import is_number

_STEPS = frozenset({EventKind.FACT_CHANGED, EventKind.FACT_FOUND, EventKind.NUMBER_CHANGED})
"""Kinds to which a rule's `step` applies. A drift has already reached its fact's own threshold."""
_MOVES = _STEPS | {EventKind.FACT_DRIFTED}
"""Kinds whose direction and value a rule may limit."""


def selects(rule: Rule, recorded: RecordedEvent) -> bool:
    """Return whether `rule` selects this event: it names its kind, and its page and fact where the rule is limited to some.

    Noise is never selected, nor a change that is held (`Change.held`). A rule that names fact_changed therefore also selects fact_flapping, which reports that
    changes are held; and one with a `step` also fact_drifted, or many small steps would remain unreported. A value that is not a number, or had none before,
    is selected whatever the rule's step and bounds: it cannot be measured.

    An event without a page, or without a fact, is not selected by a rule limited to pages, or to facts.
    """
    change = recorded.event.change
    return (
        change.kind in kinds(rule)
        and change.held is None
        and change.level is not Level.NOISE
        and (not rule.pages or recorded.page_url in rule.pages)
        and (not rule.facts or change.fact in rule.facts)
        and _moves_enough(rule, change)
    )


def kinds(rule: Rule) -> frozenset[EventKind]:
    """Return the kinds of events that a rule selects: those it names, and those that replace held changes or small steps."""
    if EventKind.FACT_CHANGED not in rule.events:
        return rule.events
    more = {EventKind.FACT_FLAPPING, EventKind.FACT_DRIFTED} if rule.step is not None else {EventKind.FACT_FLAPPING}
    return rule.events | more


def _moves_enough(rule: Rule, change: Change) -> bool:
    if change.kind not in _MOVES or not is_number(change.after):
        return True
    if is_number(change.before):
        if rule.step is not None and change.kind in _STEPS and not rule.step.reached(change.before, change.after):
            return False
        if rule.direction is not None and (change.after > change.before) is not (rule.direction is Direction.UP):
            return False
    bounds = (rule.above is not None, rule.below is not None)
    is_out = (rule.above is not None and change.after > rule.above) or (
        rule.below is not None and change.after < rule.below
    )
    return is_out or not any(bounds)
