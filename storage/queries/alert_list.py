"""The inbox of messages and of alerts that are held: bounded slices, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select, text

from alerts.model import DeliveryState
from monitor.model import JsonValue
from storage.database.connection import ReadDatabase
from storage.queries.alert_history import (
    AlertOfDelivery,
    DeliveryRow,
    HeldAlert,
    alert_of,
    alerts_with_events,
    delivery_rows,
)
from storage.schema import alerts, deliveries, events, pages

T = TypeVar("T")

SCANNED = 2000
"""Number of messages, or of held alerts, that one slice is searched in at most."""
MOST_COUNTED = 1000
"""Held alerts that are counted at most."""

# Literals, because bound parameters would keep the partial indexes from being used.
_UNSENT = text("deliveries.state <> 'sent'")
_HELD = text("alerts.delivery_id IS NULL")
# Aliases, because the query of held alerts selects from both tables itself.
_EVENT, _PAGE = events.alias("wanted_event"), pages.alias("wanted_page")


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which messages, or held alerts, are wanted; None and "" select all.

    Attributes:
        state: State of the message; not for held alerts.
        channel: Name of the channel.
        rule: Name of a rule that selected one of its alerts.
        page: URL of the page of one of its alerts.
        fact: Fact of one of its alerts.
        since: Planned at this time or later.
    """

    state: DeliveryState | None = None
    channel: str = ""
    rule: str = ""
    page: str = ""
    fact: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertSlice(Generic[T]):
    """A slice of the inbox.

    Attributes:
        rows: Its rows, the newest first.
        next: The key that the next slice begins after; None if everything has been searched.
    """

    rows: tuple[T, ...]
    next: int | None


def message_slice(
    database: ReadDatabase, wanted: AlertFilter, limit: int, after: int | None = None
) -> AlertSlice[DeliveryRow]:
    """Return messages, by key. At most `SCANNED` are searched, so that a filter that nothing matches costs no more.

    Args:
        database: The database.
        wanted: The filter.
        limit: Maximum number of rows.
        after: Only messages with a smaller key; None: from the newest.
    """
    scanned = select(deliveries.c.id).order_by(deliveries.c.id.desc()).limit(SCANNED)
    if after is not None:
        scanned = scanned.where(deliveries.c.id < after)
    if wanted.state is not None and wanted.state is not DeliveryState.SENT:
        scanned = scanned.where(_UNSENT, deliveries.c.state == wanted.state)
    window = scanned.subquery()
    found = select(deliveries).where(deliveries.c.id.in_(select(window.c.id))).order_by(deliveries.c.id.desc())
    if wanted.state is not None:
        found = found.where(deliveries.c.state == wanted.state)
    if wanted.channel:
        found = found.where(deliveries.c.channel == wanted.channel)
    if wanted.since is not None:
        found = found.where(deliveries.c.created_at >= wanted.since)
    limits = _limits(wanted)
    if limits:
        found = found.where(exists().where(alerts.c.delivery_id == deliveries.c.id, *limits))
    with database.read() as connection:
        rows = connection.execute(found.limit(limit)).all()
        following = _next(connection, scanned, [row.id for row in rows], limit)
        return AlertSlice(tuple(delivery_rows(connection, rows)), following)


def held_slice(
    database: ReadDatabase, wanted: AlertFilter, limit: int, after: int | None = None
) -> AlertSlice[HeldAlert]:
    """Return alerts that wait for a later message; see `message_slice`."""
    scanned = select(alerts.c.id).where(_HELD).order_by(alerts.c.id.desc()).limit(SCANNED)
    if after is not None:
        scanned = scanned.where(alerts.c.id < after)
    window = scanned.subquery()
    columns = (alerts.c.channel.label("alert_channel"), alerts.c.hold, alerts.c.held_until)
    found = alerts_with_events().add_columns(*columns).where(alerts.c.id.in_(select(window.c.id)), *_limits(wanted))
    if wanted.channel:
        found = found.where(alerts.c.channel == wanted.channel)
    if wanted.since is not None:
        found = found.where(alerts.c.planned_at >= wanted.since)
    with database.read() as connection:
        rows = connection.execute(found.order_by(alerts.c.id.desc()).limit(limit)).all()
        following = _next(connection, scanned, [row.alert_id for row in rows], limit)
    held = (HeldAlert(alert_of(row), row.alert_channel, row.hold, row.held_until) for row in rows)
    return AlertSlice(tuple(held), following)


def held_count(database: ReadDatabase) -> int:
    """Return the number of held alerts, at most `MOST_COUNTED`."""
    some = select(alerts.c.id).where(_HELD).limit(MOST_COUNTED).subquery()
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(some)).scalar_one()


def payload_of(database: ReadDatabase, delivery_id: int) -> Mapping[str, JsonValue]:
    """Return the content of a message; empty if a page in it was erased."""
    with database.read() as connection:
        found = connection.execute(select(deliveries.c.payload).where(deliveries.c.id == delivery_id)).scalar()
    return found if isinstance(found, dict) else {}


def first_alerts(database: ReadDatabase, delivery_id: int, limit: int) -> list[AlertOfDelivery]:
    """Return the first alerts of a message, in the order of planning."""
    query = alerts_with_events().where(alerts.c.delivery_id == delivery_id).order_by(alerts.c.id).limit(limit)
    with database.read() as connection:
        return [alert_of(row) for row in connection.execute(query)]


def _limits(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    """Return the conditions on an alert that the filter's rule, page and fact are."""
    conditions = [alerts.c.rule == wanted.rule] if wanted.rule else []
    events_wanted = [_EVENT.c.fact == wanted.fact] if wanted.fact else []
    if wanted.page:
        page_id = select(_PAGE.c.id).where(_PAGE.c.url == wanted.page).scalar_subquery()
        events_wanted.append(_EVENT.c.page_id == page_id)
    if events_wanted:
        conditions.append(exists().where(_EVENT.c.id == alerts.c.event_id, *events_wanted))
    return conditions


def _next(connection: Connection, scanned: Select[tuple[int]], keys: list[int], limit: int) -> int | None:
    """Return the key after which the list continues: the last one shown if the slice is full, otherwise the last one searched if there may be more."""
    if len(keys) == limit:
        return keys[-1]
    window = scanned.subquery()
    count, last = connection.execute(select(func.count(), func.min(window.c.id)).select_from(window)).one()
    return last if count == SCANNED else None
