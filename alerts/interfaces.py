"""What the voice asks of the outside: an outbox that remembers, and channels that carry.

`Outbox` keeps the promises of `monitor.interfaces.Store`: one transaction a method, any thread, UTC, `StorageError`. Leases and retry times run on
the database's own clock, never on the observing one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from alerts.model import ChannelConfig, Delivery, PlannedAlert, RecordedEvent, Rule


class Outbox(Protocol):
    """The memory of telling."""

    def rules(self) -> Sequence[Rule]:
        """The rules in force."""
        ...

    def channels(self) -> Sequence[ChannelConfig]:
        """The channels in force."""
        ...

    def unplanned(self, limit: int) -> Sequence[RecordedEvent]:
        """Live events that nobody planned yet, oldest first, at most `limit`."""
        ...

    def plan(self, event_ids: Sequence[int], alerts: Sequence[PlannedAlert], *, now: datetime) -> int:
        """T3: store alerts with their deliveries and mark the events planned (also those that no rule selected).

        Unique per (event, rule, channel): what is planned already stays as it is, uid and payload included.

        Returns:
            How many deliveries are new.
        """
        ...

    def claim(self, owner: str, *, lease: timedelta, limit: int) -> Sequence[Delivery]:
        """Lease up to `limit` due pending deliveries to `owner`, oldest first, and count the try. Nobody else gets them until the lease ends."""
        ...

    def sent(self, delivery_id: int, owner: str, receipt: str) -> None:
        """Mark a delivery sent. A no-op where it is not PENDING any more."""
        ...

    def failed(self, delivery_id: int, owner: str, error: str, *, retry_in: timedelta | None) -> None:
        """Note why a try failed and when the next is due; None ends it as DEAD. A no-op where `owner` no longer holds the lease."""
        ...

    def give_back(self, delivery_id: int, owner: str) -> None:
        """End the lease of a delivery that was not tried after all: it is due as before, and no try is counted. A no-op without the lease."""
        ...


class Channel(Protocol):
    """One way to reach people."""

    def send(self, delivery: Delivery) -> str:
        """Hand the delivery's payload over.

        Returns:
            The receipt: what the other side answered, in one line.

        Raises:
            DeliveryError: It did not take it.
        """
        ...
