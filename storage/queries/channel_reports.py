"""Health of channels: what waits or is held, what was sent last, and why the last attempt failed. Its cost does not depend on the number of sent deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, select, text

from storage.database.connection import Database, database_now
from storage.schema import alerts, channel_states, deliveries

# Literals, because bound parameters would keep the partial indexes from being used.
_PENDING = text("deliveries.state = 'pending'")
_UNSENT = text("deliveries.state <> 'sent'")
_DEAD = text("deliveries.state = 'dead'")
_OF_CHANNEL = deliveries.c.channel == bindparam("channel")

_LAST_SENT = select(func.max(deliveries.c.sent_at)).where(_OF_CHANNEL)
_STATE = select(channel_states.c.failures, channel_states.c.not_before).where(
    channel_states.c.channel == bindparam("channel")
)
_WAITING = select(func.count().label("number"), func.min(deliveries.c.created_at).label("since")).where(
    and_(_PENDING, _OF_CHANNEL)
)
_REFUSED = select(func.count()).where(and_(_UNSENT, _DEAD, _OF_CHANNEL))
_HELD = select(func.count().label("number"), func.min(alerts.c.held_until).label("until")).where(
    and_(text("alerts.delivery_id IS NULL"), alerts.c.channel == bindparam("channel"))
)
_LAST_ERROR = (
    select(deliveries.c.last_error)
    .where(and_(_UNSENT, _OF_CHANNEL), deliveries.c.last_error != "")
    .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
    .limit(1)
)


_OVERDUE = select(deliveries.c.id).where(_PENDING, deliveries.c.next_try_at < bindparam("before")).limit(1)


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """Health of one channel. All times but `held_until` are the database's clock.

    Attributes:
        name: The channel's name.
        last_sent_at: When it last accepted a delivery; None: never.
        failures: Consecutive attempts that failed because of the channel itself; 0 after it accepted one.
        paused_until: Nothing is sent before this, because of failures; None while it is not paused.
        waiting: Number of deliveries to send.
        waiting_since: When the oldest of them was planned; None where none waits.
        dead: Number of deliveries that it refused permanently.
        last_error: Why the newest failed delivery was not accepted; "" where none failed.
        held: Number of alerts that wait for a later message: a digest, or the end of a pause, quiet hours or a limit.
        held_until: When the first of them is to be sent, on the observing clock; None where none is held.
    """

    name: str
    last_sent_at: datetime | None
    failures: int
    paused_until: datetime | None
    waiting: int
    waiting_since: datetime | None
    dead: int
    last_error: str
    held: int = 0
    held_until: datetime | None = None

    @property
    def state(self) -> str:
        """One of "paused", "failing" (the next attempt is due), "waiting", "ok", and "unused" where nothing was ever sent through it."""
        if self.paused_until is not None:
            return "paused"
        if self.failures:
            return "failing"
        if self.waiting:
            return "waiting"
        return "unused" if self.last_sent_at is None and not self.dead else "ok"


def channel_reports(database: Database, names: Sequence[str]) -> list[ChannelReport]:
    """Return the health of these channels, in their order."""
    with database.read() as connection:
        clock = database_now(connection)
        return [_report(connection, name, clock) for name in names]


def overdue_deliveries(database: Database, delay: timedelta) -> bool:
    """Return whether a delivery has been due for longer than `delay` without an attempt: its channel is paused or slow, or nothing is sent at all."""
    with database.read() as connection:
        before = database_now(connection) - delay
        return connection.execute(_OVERDUE, {"before": before}).first() is not None


def _report(connection: Connection, name: str, clock: datetime) -> ChannelReport:
    which = {"channel": name}
    state = connection.execute(_STATE, which).one_or_none()
    waiting = connection.execute(_WAITING, which).one()
    held = connection.execute(_HELD, which).one()
    paused = None if state is None or state.not_before is None or state.not_before <= clock else state.not_before
    return ChannelReport(
        name=name,
        last_sent_at=connection.execute(_LAST_SENT, which).scalar(),
        failures=0 if state is None else state.failures,
        paused_until=paused,
        waiting=waiting.number,
        waiting_since=waiting.since,
        dead=connection.execute(_REFUSED, which).scalar_one(),
        last_error=connection.execute(_LAST_ERROR, which).scalar() or "",
        held=held.number,
        held_until=held.until,
    )
