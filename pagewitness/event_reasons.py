"""What became of each event, and why each rule selected it or not: for `changes --why` and the screen of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from alerts.model import RecordedEvent, Rule
from alerts.outcome import outcome_of
from alerts.rules import Selection, TextOf, explain
from monitor.model import AlertOutcome, JsonValue
from monitor.times import iso_utc
from pagewitness.display import alert_state, hold_json, state_text
from rendering.noise_reasons import noise_reason
from rendering.selection import OUTCOMES, selection_sentence
from storage.queries.alert_history import AlertHistory, EventPlanning, StoredRule

_BATCH = 500
_UNSELECTED = frozenset({AlertOutcome.NOT_SELECTED, AlertOutcome.RULES_CHANGED, AlertOutcome.WAITING})


@dataclass(frozen=True, slots=True)
class EventReasons:
    """What became of an event, and why.

    Attributes:
        recorded: The event.
        outcome: What became of it.
        planning: What was planned for it.
        selections: Each rule now declared whose definition is usable, with its selection.
    """

    recorded: RecordedEvent
    outcome: AlertOutcome
    planning: EventPlanning
    selections: Sequence[tuple[StoredRule, Selection]]


def with_reasons(history: AlertHistory, found: Iterable[RecordedEvent], text_of: TextOf) -> Iterator[EventReasons]:
    """Yield each event with what became of it; alerts are read for many events at once."""
    text_of = lru_cache(maxsize=1)(text_of)
    declared = [stored for stored in history.rules() if stored.retired_at is None]
    usable = [(stored, stored.rule) for stored in declared if isinstance(stored.rule, Rule)]
    remaining = iter(found)
    while batch := list(islice(remaining, _BATCH)):
        plannings = history.planning_of({recorded.id for recorded in batch})
        for recorded in batch:
            planning = plannings.get(recorded.id, EventPlanning(None, ()))
            selections = [(stored, explain(rule, recorded, text_of)) for stored, rule in usable]
            outcome = outcome_of(
                recorded,
                planned_at=planning.planned_at,
                is_alerted=bool(planning.alerts),
                selections=[(stored.applied_at, selection) for stored, selection in selections],
            )
            yield EventReasons(recorded, outcome, planning, selections)


def reasons_json(reasons: EventReasons) -> dict[str, JsonValue]:
    """Return the value of the key `why` of `changes --why --json`."""
    planned_at = reasons.planning.planned_at
    return {
        "outcome": reasons.outcome.value,
        "sentence": reasons_line(reasons),
        "planned_at": iso_utc(planned_at) if planned_at else None,
        "alerts": [
            {
                "alert": alert.id,
                "id": alert.uid,
                "rule": alert.rule,
                "channel": alert.channel,
                "state": alert_state(alert.state),
                "planned_at": iso_utc(alert.planned_at),
                "sent_at": iso_utc(alert.sent_at) if alert.sent_at else None,
                **hold_json(alert),
            }
            for alert in reasons.planning.alerts
        ],
        "rules": [
            {
                "rule": stored.name,
                "selected": selection.selected,
                "reason": selection.reason.value,
                "values": dict(selection.values),
                "sentence": selection_sentence(selection.reason, selection.values),
            }
            for stored, selection in reasons.selections
        ],
    }


def reasons_line(reasons: EventReasons) -> str:
    """Return what became of an event in one line: its alerts, or why there are none, with the reason of each rule where these decided."""
    if reasons.planning.alerts:
        return "; ".join(
            f"“{alert.rule}” → {alert.channel}: {state_text(alert.state, alert.hold, alert.held_until)}, alert {alert.id}"
            for alert in reasons.planning.alerts
        )
    line = OUTCOMES[reasons.outcome]
    if reasons.outcome is AlertOutcome.NOISE:
        reason = noise_reason(reasons.recorded.event.change)
        return f"{line}: {reason}" if reason else line
    if reasons.outcome not in _UNSELECTED or not reasons.selections:
        return line
    rules = "; ".join(
        f"“{stored.name}”: {selection_sentence(selection.reason, selection.values)}"
        for stored, selection in reasons.selections
        if selection.selected or reasons.outcome is AlertOutcome.NOT_SELECTED
    )
    return f"{line} ({rules})"
