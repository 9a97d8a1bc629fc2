"""Statements about held alerts: which are due, holding them longer, and storing the delivery that contains them. Each runs in the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, null, or_, select, text, type_coerce, update

from alerts.delivery_policy import DeliveryPolicy
from alerts.holding import HOUR, Held, revised
from alerts.model import DueHold, Hold, PlannedDelivery, Rule, StoryEvent
from storage.database.columns import UtcDateTime
from storage.database.connection import database_now
from storage.outbox.planning import EVENTS_TO_PLAN, IS_OF_FACT, event_to_plan, insert_delivery
from storage.schema import alerts, events, pages

_HOLDS_AT_ONCE = 100

# A literal, because a bound parameter would keep the partial index from being used.
_HELD = text("alerts.delivery_id IS NULL")

_rule = case((alerts.c.hold == Hold.DEBOUNCE, alerts.c.rule), else_=null())
_page = case((alerts.c.hold == Hold.DEBOUNCE, events.c.page_id), else_=null())
_ALL_AT_ONCE = frozenset({Hold.DEBOUNCE, Hold.RATE_LIMIT, Hold.QUIET_HOURS})
"""Holds that end for all alerts when they end for the first."""


class AlreadyPlanned(Exception):
    """Another process has planned one of the alerts meanwhile."""


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
        .where(_of_hold(due, now))
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
        if rule is None or policy is None:
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
    page = select(events.c.id).where(events.c.id == alerts.c.event_id, events.c.page_id == due.page_id)
    mine = _of_hold(replace(due, page_id=None), now)
    which = and_(mine, page.exists()) if due.page_id is not None else mine
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
        released += connection.execute(update(alerts).where(_HELD, *mine).values(delivery_id=key)).rowcount
    if released != len(delivery.alerts):
        raise AlreadyPlanned


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Whether the hold is over; also where the clock was set back since it was decided, which must not delay an alert."""
    return or_(alerts.c.held_until <= now, alerts.c.planned_at > now + HOUR)


def _of_hold(due: DueHold, now: datetime) -> ColumnElement[bool]:
    which: list[ColumnElement[bool]] = [alerts.c.channel == due.channel, alerts.c.hold == due.hold]
    if due.hold not in _ALL_AT_ONCE:
        which.append(_is_due(now))
    if due.rule is not None:
        which.append(alerts.c.rule == due.rule)
    if due.page_id is not None:
        which.append(events.c.page_id == due.page_id)
    return and_(_HELD, *which)
