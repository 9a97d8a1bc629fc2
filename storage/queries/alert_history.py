"""`AlertHistory`: read-only queries of what was planned, sent and refused, and of the rules it was selected by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Text, func, select, text, type_coerce

from alerts.model import BrokenDeclaration, DeliveryState, Hold, RecordedEvent, Rule
from monitor.model import Change
from storage.archive import event_rows
from storage.archive.rows import Row
from storage.database.connection import ReadDatabase
from storage.outbox.planning import EVENTS
from storage.queries.paging import Query, stream_after, stream_keys
from storage.schema import alerts, deliveries, events, rules
from storage.watched.stored_definitions import rule_of

_BATCH = 500
_MOST_DIGITS = 18
# A literal, because a bound parameter would keep the partial index from being used.
_UNSENT = text("deliveries.state <> 'sent'")
_DELIVERY_FIELDS = (
    *("id", "uid", "channel", "state", "attempts", "created_at", "next_try_at"),
    *("sent_at", "receipt", "last_error"),
)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery and how many alerts it contains.

    Attributes:
        id: The database's key.
        uid: Its id as sent to the receiver, the same for all attempts.
        channel: Name of the channel.
        state: Its state.
        attempts: Attempts begun so far.
        created_at: When it was planned, real time.
        next_try_at: No attempt before this, real time; None once sent or dead.
        sent_at: When the receiver accepted it, real time; None before.
        receipt: The receiver's response, in one line; "" before.
        last_error: Why the last attempt failed; "" if none did.
        alerts: Number of its alerts.
        change: The change of its first alert; None if it has none.
    """

    id: int
    uid: str
    channel: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    receipt: str
    last_error: str
    alerts: int
    change: Change | None


@dataclass(frozen=True, slots=True)
class AlertOfDelivery:
    """One alert, of a delivery or held.

    Attributes:
        id: The database's key.
        rule: Name of the rule that selected the event.
        planned_at: When it was planned, on the observing clock.
        recorded: The event.
    """

    id: int
    rule: str
    planned_at: datetime
    recorded: RecordedEvent


@dataclass(frozen=True, slots=True)
class AlertState:
    """An alert of an event, and the state of its delivery.

    Attributes:
        id: The alert's key.
        uid: The delivery's id as sent to the receiver; None while the alert is held.
        rule: Name of the rule that selected the event.
        channel: Name of the channel.
        state: The delivery's state; None while the alert is held.
        planned_at: When the alert was planned, on the observing clock.
        sent_at: When the receiver accepted the delivery, real time; None before.
        hold: Why it is held, or was; None where it was delivered at once.
        held_until: Until when, on the observing clock; None with `hold`.
    """

    id: int
    uid: str | None
    rule: str
    channel: str
    state: DeliveryState | None
    planned_at: datetime
    sent_at: datetime | None
    hold: Hold | None
    held_until: datetime | None


class HeldAlert(NamedTuple):
    """An alert that waits for a later message.

    Attributes:
        alert: The alert with its event.
        channel: Name of the channel.
        hold: Why it waits; None where its delivery was removed, because it contained an erased page, and it waits for a new one.
        until: Until when, on the observing clock.
    """

    alert: AlertOfDelivery
    channel: str
    hold: Hold | None
    until: datetime


@dataclass(frozen=True, slots=True)
class EventPlanning:
    """What was planned for an event.

    Attributes:
        planned_at: When its alerts were planned, on the observing clock; None: not yet, or never, as for imported events.
        alerts: Its alerts, in the order of planning.
    """

    planned_at: datetime | None
    alerts: tuple[AlertState, ...]


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule that an applied watchlist declares or declared.

    Attributes:
        name: Its name.
        rule: The rule, or why its stored definition is unusable.
        applied_at: When this definition was applied, on the observing clock.
        retired_at: When it left the watchlist; None while in force.
    """

    name: str
    rule: Rule | BrokenDeclaration
    applied_at: datetime
    retired_at: datetime | None


class AlertHistory:
    """Queries of alerts, deliveries and rules. Those that return an iterator read one slice after another, each in a transaction of its own."""

    def __init__(self, database: ReadDatabase) -> None:
        self.database = database

    def delivery(self, key: str) -> DeliveryRow | None:
        """Return the delivery with a uid, or with the alert of a number; None if there is none."""
        which = deliveries.c.uid == key
        if key.isascii() and key.isdigit() and len(key) <= _MOST_DIGITS:
            which = deliveries.c.id == select(alerts.c.delivery_id).where(alerts.c.id == int(key)).scalar_subquery()
        with self.database.read() as connection:
            row = connection.execute(select(deliveries).where(which)).one_or_none()
            return None if row is None else next(iter(delivery_rows(connection, [row])))

    def held(self, key: str) -> HeldAlert | None:
        """Return the held alert of a number; None if there is none, or it is not held."""
        if not (key.isascii() and key.isdigit() and len(key) <= _MOST_DIGITS):
            return None
        columns = (alerts.c.channel.label("alert_channel"), alerts.c.hold, alerts.c.held_until)
        query = alerts_with_events().add_columns(*columns)
        with self.database.read() as connection:
            row = connection.execute(query.where(alerts.c.id == int(key), alerts.c.delivery_id.is_(None))).one_or_none()
        return None if row is None else HeldAlert(alert_of(row), row.alert_channel, row.hold, row.held_until)

    def dead(self) -> Iterator[DeliveryRow]:
        """Yield the dead deliveries, oldest first. Their keys are read at once."""
        keys_query = select(deliveries.c.id).where(_UNSENT, deliveries.c.state == DeliveryState.DEAD)
        with self.database.read() as connection:
            keys = sorted(connection.execute(keys_query).scalars())

        def read(part: Sequence[int]) -> list[DeliveryRow]:
            query = select(deliveries).where(deliveries.c.id.in_(part)).order_by(deliveries.c.id)
            with self.database.read() as connection:
                return delivery_rows(connection, connection.execute(query).all())

        return stream_keys(keys, read, _BATCH)

    def alerts_of(self, delivery_id: int) -> Iterator[AlertOfDelivery]:
        """Yield the alerts of a delivery, in the order of planning."""
        query = alerts_with_events().where(alerts.c.delivery_id == delivery_id).order_by(alerts.c.id).limit(_BATCH)

        def read(last: int | None) -> list[tuple[int, AlertOfDelivery]]:
            with self.database.read() as connection:
                found = connection.execute(query.where(alerts.c.id > (last or 0)))
                return [(row.alert_id, alert_of(row)) for row in found]

        return stream_after(read)

    def planning_of(self, event_ids: Collection[int]) -> dict[int, EventPlanning]:
        """Return what was planned for these events, by event id."""
        planned = select(events.c.id, events.c.planned_at).where(events.c.id.in_(event_ids))
        states = (
            select(
                *(alerts.c[name] for name in ("id", "event_id", "rule", "channel", "planned_at", "hold", "held_until")),
                *(deliveries.c[name] for name in ("uid", "state", "sent_at")),
            )
            .outerjoin(deliveries, deliveries.c.id == alerts.c.delivery_id)
            .where(alerts.c.event_id.in_(event_ids))
            .order_by(alerts.c.id)
        )
        found: dict[int, list[AlertState]] = defaultdict(list)
        with self.database.read() as connection:
            for row in connection.execute(states):
                found[row.event_id].append(AlertState(**{name: getattr(row, name) for name in AlertState.__slots__}))
            return {
                row.id: EventPlanning(row.planned_at, tuple(found.get(row.id, ())))
                for row in connection.execute(planned)
            }

    def rules(self) -> list[StoredRule]:
        """Return the rules in the order of the watchlist, those no longer declared last."""
        # Selected as text, so that a damaged definition does not fail the whole query.
        query = select(
            rules.c.name,
            rules.c.applied_at,
            rules.c.retired_at,
            type_coerce(rules.c.definition, Text).label("definition"),
        ).order_by(rules.c.retired_at.is_not(None), rules.c.position)
        with self.database.read() as connection:
            return [
                StoredRule(row.name, rule_of(row.name, row.definition), row.applied_at, row.retired_at)
                for row in connection.execute(query)
            ]


def alerts_with_events() -> Query:
    """Return the query of alerts with their events, for `alert_of`."""
    more = (alerts.c.id.label("alert_id"), alerts.c.rule, alerts.c.planned_at.label("alert_planned_at"))
    return EVENTS.add_columns(*more).where(alerts.c.event_id == events.c.id)


def alert_of(row: Row) -> AlertOfDelivery:
    """Convert a row of `alerts_with_events`."""
    return AlertOfDelivery(row.alert_id, row.rule, row.alert_planned_at, event_rows.recorded_event(row))


def delivery_rows(connection: Connection, found: Sequence[Row]) -> list[DeliveryRow]:
    """Convert rows of `deliveries`, with the number of their alerts and the change of the first."""
    counts = _counts(connection, [row.id for row in found])
    first = [alert_id for _, alert_id in counts.values()]
    query = alerts_with_events().where(alerts.c.id.in_(first))
    changes = {row.alert_id: event_rows.change(row) for row in connection.execute(query)}
    return [
        DeliveryRow(
            **{name: getattr(row, name) for name in _DELIVERY_FIELDS},
            alerts=counts.get(row.id, (0, 0))[0],
            change=changes.get(counts.get(row.id, (0, 0))[1]),
        )
        for row in found
    ]


def _counts(connection: Connection, keys: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """Return the number of alerts of each delivery, and the key of the first."""
    query = (
        select(alerts.c.delivery_id, func.count().label("number"), func.min(alerts.c.id).label("first"))
        .where(alerts.c.delivery_id.in_(keys))
        .group_by(alerts.c.delivery_id)
    )
    return {row.delivery_id: (row.number, row.first) for row in connection.execute(query)}
