"""`SqlOutbox`: planned alerts and deliveries, on SQLite or PostgreSQL. Each method is one transaction; leases and retries use the database's clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Table

from alerts.model import (
    BrokenDeclaration,
    ChannelConfig,
    ChannelTrouble,
    Delivery,
    DueChannel,
    Hold,
    RecordedEvent,
    Rule,
    StoryEvent,
)
from alerts.planned import DueHold, HeldAlerts, PlannedDelivery, WaitingVisit
from storage.accounts import audit
from storage.accounts.model import AuditEntry
from storage.archive.snapshot_text import snapshot_text
from storage.database.connection import Database
from storage.outbox import holds, planning, sending
from storage.schema import channels, rules
from storage.watched.definitions import in_force
from storage.watched.stored_definitions import channel_of, rule_of

T = TypeVar("T")


class SqlOutbox:
    """Implements `alerts.ports.Outbox`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def rules(self) -> Sequence[Rule]:
        return [rule for rule in self._declared(rules, rule_of) if isinstance(rule, Rule)]

    def channels(self) -> Sequence[ChannelConfig]:
        return [
            channel for channel in self._declared(channels, channel_of) if not isinstance(channel, BrokenDeclaration)
        ]

    def broken(self) -> Sequence[BrokenDeclaration]:
        found = [*self._declared(channels, channel_of), *self._declared(rules, rule_of)]
        return [declared for declared in found if isinstance(declared, BrokenDeclaration)]

    def _declared(self, table: Table, read: Callable[[str, object], T]) -> list[T]:
        with self.database.read() as connection:
            return in_force(connection, table, read)

    def waiting_visits(self, limit: int) -> Sequence[WaitingVisit]:
        with self.database.read() as connection:
            return planning.waiting_visits(connection, limit)

    def unplanned(self, limit: int, visits: Sequence[WaitingVisit] | None = None) -> Sequence[RecordedEvent]:
        with self.database.read() as connection:
            return planning.unplanned(connection, limit, visits)

    def text_of(self, snapshot_id: int) -> str | None:
        with self.database.read() as connection:
            return snapshot_text(connection, snapshot_id)

    def sent_since(self, since: datetime) -> Mapping[str, Sequence[datetime]]:
        with self.database.read() as connection:
            return planning.sent_since(connection, since)

    def plan(
        self,
        event_ids: Sequence[int],
        deliveries: Sequence[PlannedDelivery],
        held: Sequence[HeldAlerts] = (),
        *,
        now: datetime,
    ) -> int:
        if not event_ids:
            return 0
        with self.database.begin() as connection:
            return planning.store_plan(connection, event_ids, deliveries, held, now)

    def due_holds(self, now: datetime) -> Sequence[DueHold]:
        with self.database.read() as connection:
            return holds.due_holds(connection, now)

    def held(self, due: DueHold, limit: int, *, now: datetime) -> Sequence[StoryEvent]:
        with self.database.read() as connection:
            return holds.held(connection, due, limit, now)

    def hold_longer(self, due: DueHold, hold: Hold, until: datetime, *, now: datetime) -> None:
        with self.database.begin() as connection:
            holds.hold_longer(connection, due, hold, until, now)

    def plan_held(self, delivery: PlannedDelivery, *, now: datetime) -> int:
        try:
            with self.database.begin() as connection:
                holds.store_held(connection, delivery, now)
        except holds.AlreadyPlanned:
            return 0
        return 1

    def due_channels(self) -> Sequence[DueChannel]:
        with self.database.read() as connection:
            return sending.due_channels(connection)

    def claim(self, owner: str, channel: str, *, lease: timedelta, limit: int) -> Sequence[Delivery]:
        with self.database.begin() as connection:
            return sending.claim(connection, owner, channel, lease=lease, limit=limit)

    def renew(self, delivery_ids: Sequence[int], owner: str, *, lease: timedelta) -> int:
        with self.database.begin() as connection:
            return sending.renew(connection, delivery_ids, owner, lease)

    def sent(self, delivery_id: int, owner: str, receipt: str) -> None:  # noqa: ARG002
        # For any owner: sending it twice would be worse than accepting the result of an owner whose lease has expired.
        with self.database.begin() as connection:
            sending.sent(connection, delivery_id, receipt)

    def failed(
        self,
        delivery_id: int,
        owner: str,
        error: str,
        *,
        retry_in: timedelta | None,
        trouble: ChannelTrouble | None = None,
    ) -> None:
        with self.database.begin() as connection:
            sending.failed(connection, delivery_id, owner, error, retry_in, trouble)

    def give_back(self, delivery_ids: Sequence[int], owner: str) -> None:
        with self.database.begin() as connection:
            sending.give_back(connection, delivery_ids, owner)

    def retry(self, uids: Collection[str] | None, *, entry: AuditEntry | None = None) -> int:
        """See `alerts.ports.Outbox.retry`; `entry` is recorded in the audit log if anything is sent again."""
        with self.database.begin() as connection:
            count = sending.retry(connection, uids)
            if count and entry is not None:
                audit.record(connection, entry)
            return count

    def release(self, owner: str) -> int:
        with self.database.begin() as connection:
            return sending.release(connection, owner)
