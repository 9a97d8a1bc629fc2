"""Values of planning (T3): visits whose events wait, planned deliveries, and held alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alerts.model import Hold
from monitor.model import JsonValue


class PlannedAlert(NamedTuple):
    """An event that a rule selected for a channel.

    Attributes:
        event_id: The event.
        rule: The rule's name.
    """

    event_id: int
    rule: str


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One message through one channel, with the payload of all attempts.

    Attributes:
        uid: "msg_" and 32 hex digits; constant over all attempts (Message-ID, webhook-id).
        channel: The channel's name.
        alerts: What it contains; at least one.
        payload: JSON-ready, in the form of the channel's type: {"subject","text","html"} for email, {"body"} with the exact text to sign and send for a webhook.
    """

    uid: str
    channel: str
    alerts: tuple[PlannedAlert, ...]
    payload: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class HeldAlerts:
    """Alerts that wait for a later message through one channel.

    Attributes:
        channel: The channel's name.
        alerts: The alerts; at least one.
        hold: Why they wait.
        until: Until when, on the observing clock.
    """

    channel: str
    alerts: tuple[PlannedAlert, ...]
    hold: Hold
    until: datetime


@dataclass(frozen=True, slots=True)
class DueHold:
    """Held alerts of one channel that are to be sent now, in one message; those without a hold in one message for each story.

    Attributes:
        channel: The channel's name; it may no longer be active.
        hold: Why they were held; None where they had a delivery that was removed because it contained an erased page.
        rule: For DEBOUNCE the rule; None for others.
        page_id: For DEBOUNCE the page; None for others, and for events without a page.
    """

    channel: str
    hold: Hold | None
    rule: str | None = None
    page_id: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingVisit:
    """Unplanned events that belong together: those of one visit to a host, or one event that no check recorded.

    Attributes:
        visit_id: First snapshot of the visit; None for events that no check recorded.
        first_event_id: The oldest of the events.
        last_event_id: The newest of them.
        size: Their number.
        began_at: When the first of them was recorded, on the observing clock.
        fact_at: When the first of a declared fact was recorded; None where there is none.
        is_open: Whether the visit may have further events: it is in progress, or has unprocessed snapshots.
    """

    visit_id: int | None
    first_event_id: int
    last_event_id: int
    size: int
    began_at: datetime
    fact_at: datetime | None
    is_open: bool
