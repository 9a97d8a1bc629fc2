"""Why a rule selected the event of an alert, for the command line and the screens. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.model import BrokenDeclaration
from alerts.rules import Selection, TextOf, explain
from rendering.selection import selection_sentence
from storage.queries.alert_history import AlertOfDelivery, StoredRule


@dataclass(frozen=True, slots=True)
class AlertReason:
    """Why an alert was planned, by the present definition of its rule.

    Attributes:
        rule_is: "as planned", "declared differently since" or "no longer declared".
        selection: Whether the rule selects the event now, and why; None if there is no usable definition.
        sentence: The reason as text; None with `selection`.
    """

    rule_is: str
    selection: Selection | None
    sentence: str | None


def reason_of(stored: StoredRule | None, alert: AlertOfDelivery, text_of: TextOf) -> AlertReason:
    """Return why an alert was planned.

    Args:
        stored: The stored rule of its name; None if there is none.
        alert: The alert.
        text_of: See `alerts.rules.explain`.
    """
    if stored is None or stored.retired_at is not None:
        rule_is = "no longer declared"
    elif stored.applied_at > alert.planned_at:
        rule_is = "declared differently since"
    else:
        rule_is = "as planned"
    if stored is None or isinstance(stored.rule, BrokenDeclaration):
        return AlertReason(rule_is, None, None)
    selection = explain(stored.rule, alert.recorded, text_of)
    return AlertReason(rule_is, selection, selection_sentence(selection.reason, selection.values))
