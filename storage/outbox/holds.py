"""Statements about held alerts: which are due, holding them longer, and storing the delivery that contains them. Each runs in the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    null,
    or_,
    select,
    text,
    true,
    type_coerce,
    update,
)

from alerts.delivery_policy import DeliveryPolicy
from alerts.holding import HOUR, Held, revised
from alerts.model import Hold, Rule, StoryEvent
from alerts.planned import DueHold, PlannedDelivery
from storage.database.columns import UtcDateTime
from storage.database.connection import database_now
from storage.outbox.planning import EVENTS_TO_PLAN, IS_OF_FACT, event_to_plan, insert_delivery
from storage.schema import alerts, events, pages

_HOLDS_AT_ONCE = 100

# A literal, because a bound parameter would keep the partial index from being used.
_HELD = text("alerts.delivery_id IS NULL")

_rule = case((alerts.c.hold == Hold.DEBOUNCE, alerts.c.rule), else_=null())
_page = case((alerts.c.hold == Hold.DEBOUNCE, events.c.page_id), else_=null())
_until = case((alerts.c.hold.is_(None), null()), else_=alerts.c.held_until)
_ALL_AT_ONCE = frozenset({Hold.DEBOUNCE, Hold.RATE_LIMIT, Hold.QUIET_HOURS})
"""Holds that end for all alerts when they end for the first."""


class AlreadyPlanned(Exception):
    """Another process has planned one of the alerts meanwhile."""


def detach(connection: Connection, delivery_ids: Sequence[int]) -> None:
    """Hold the alerts of unsent deliveries that are removed, until the next planning: their rules and channels stay, whatever is declared now."""
    which = alerts.c.delivery_id.in_(delivery_ids)
    connection.execute(update(alerts).where(which).values(delivery_id=None, held_until=alerts.c.planned_at))


def due_holds(connection: Connection, now: datetime) -> list[DueHold]:
    """See `alerts.ports.Outbox.due_holds`."""
    columns = (alerts.c.channel, alerts.c.hold, _rule.label("rule"), _page.label("page_id"))
    groups = (
        select(*columns)
        .join(events, events.c.id == alerts.c.event_id)
        .where(_HELD, _is_due(now))
        .group_by(*(column.element if hasattr(column, "element") else column for column in columns))
        .order_by(func.min(alerts.c.id))
        .limit(_HOLDS_AT_ONCE)
    )
    return [DueHold(row.channel, row.hold, row.rule, row.page_id) for row in connection.execute(groups)]


def held(connection: Connection, due: DueHold, limit: int, now: datetime) -> list[StoryEvent]:
    """See `alerts.ports.Outbox.held`."""
    query = (
        EVENTS_TO_PLAN.add_columns(alerts.c.rule.label("selecting_rule"))
        .join(alerts, alerts.c.event_id == events.c.id)
        .where(_of_hold(due, now), _is_of_page(due) if due.hold is Hold.DEBOUNCE else true())
        .order_by(IS_OF_FACT.desc(), alerts.c.id)
        .limit(limit)
    )
    return [StoryEvent(event_to_plan(row), row.selecting_rule) for row in connection.execute(query)]


def revise_holds(
    connection: Connection, rules: Mapping[str, Rule], policies: Mapping[str, DeliveryPolicy], now: datetime
) -> None:
    """Change until when alerts are held, after rules, channels or pages were declared differently; those of rules or channels that are gone stay as they are.

    Args:
        connection: The database connection.
        rules: The declared rules by name.
        policies: The delivery policies of the declared channels by name.
        now: On the observing clock.
    """
    kinds = (alerts.c.channel, alerts.c.rule, alerts.c.hold, alerts.c.held_until)
    pause = case((alerts.c.hold == Hold.PAUSED, pages.c.paused_until), else_=null())
    paused = select(*kinds, type_coerce(pause, UtcDateTime).label("page_paused_until")).select_from(
        alerts.join(events).outerjoin(pages, pages.c.id == events.c.page_id)
    )
    for row in connection.execute(paused.where(_HELD).distinct()).all():
        rule, policy = rules.get(row.rule), policies.get(row.channel)
        if rule is None or policy is None or row.hold is None:
            continue
        until = revised(Held(row.hold, row.held_until), rule, policy, now, row.page_paused_until)
        if until != row.held_until:
            which = [column == getattr(row, column.name) for column in kinds]
            if row.hold is Hold.PAUSED:
                which.append(alerts.c.event_id.in_(_events_of_pages_paused_until(row.page_paused_until)))
            connection.execute(update(alerts).where(_HELD, *which).values(held_until=until))


def _events_of_pages_paused_until(end: datetime | None) -> Select[int]:
    """Return the query of the events of pages with this pause; None: pages without one, and no page."""
    of_pages = select(events.c.id).outerjoin(pages, pages.c.id == events.c.page_id)
    return of_pages.where(pages.c.paused_until.is_(None) if end is None else pages.c.paused_until == end)


def hold_longer(connection: Connection, due: DueHold, hold: Hold, until: datetime, now: datetime) -> None:
    """See `alerts.ports.Outbox.hold_longer`."""
    page = select(events.c.id).where(events.c.id == alerts.c.event_id, _is_of_page(due))
    which = and_(_of_hold(due, now), page.exists()) if due.hold is Hold.DEBOUNCE else _of_hold(due, now)
    connection.execute(update(alerts).where(which).values(hold=hold, held_until=until))


def store_held(connection: Connection, delivery: PlannedDelivery, now: datetime) -> None:
    """Store a delivery of held alerts.

    Raises:
        AlreadyPlanned: One of them is no longer held. The transaction is to be rolled back.
    """
    created_at = database_now(connection)
    key = insert_delivery(connection, delivery, created_at, now)
    by_rule: Mapping[str, list[int]] = defaultdict(list)
    for alert in delivery.alerts:
        by_rule[alert.rule].append(alert.event_id)
    released = 0
    for rule, event_ids in by_rule.items():
        mine = (alerts.c.channel == delivery.channel, alerts.c.rule == rule, alerts.c.event_id.in_(event_ids))
        released += connection.execute(
            update(alerts).where(_HELD, *mine).values(delivery_id=key, held_until=_until)
        ).rowcount
    if released != len(delivery.alerts):
        raise AlreadyPlanned


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Whether the hold is over; also where the clock was set back since it was decided, which must not delay an alert."""
    return or_(alerts.c.held_until <= now, alerts.c.planned_at > now + HOUR)


def _is_of_page(due: DueHold) -> ColumnElement[bool]:
    """Whether an event is of the group's page; for a group without a page, whether it has none."""
    return events.c.page_id.is_not_distinct_from(due.page_id)


def _of_hold(due: DueHold, now: datetime) -> ColumnElement[bool]:
    """Whether an alert is of the group, as far as the alert itself says it: the page is that of its event."""
    which: list[ColumnElement[bool]] = [alerts.c.channel == due.channel, alerts.c.hold.is_not_distinct_from(due.hold)]
    if due.hold not in _ALL_AT_ONCE:
        which.append(_is_due(now))
    if due.rule is not None:
        which.append(alerts.c.rule == due.rule)
    return and_(_HELD, *which)
