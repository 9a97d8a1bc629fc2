"""What the voice asks of the outside: an outbox that remembers, and channels that carry.

`Outbox` keeps the promises of `monitor.ports.Store`: one transaction a method, any thread, UTC, `StorageError`. Leases and retry times run on
the database's own clock, never on the observing one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from alerts.model import (
    BrokenDeclaration,
    ChannelConfig,
    ChannelTrouble,
    Delivery,
    DueChannel,
    PlannedAlert,
    RecordedEvent,
    Rule,
)


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

    def broken(self) -> Sequence[BrokenDeclaration]:
        """The channels and rules in force that cannot be used, channels first; `channels` and `rules` leave them out."""
        ...

    def due_channels(self) -> Sequence[DueChannel]:
        """The channels through which something can be sent now, by name. Deliveries that were sent already cost nothing, however many they are."""
        ...

    def claim(self, owner: str, channel: str, *, lease: timedelta, limit: int) -> Sequence[Delivery]:
        """Lease up to `limit` due pending deliveries of one channel to `owner`, oldest first, and count the attempt.

        Nobody gets anything of the channel while one of its deliveries is leased, or while the channel is paused: at most one sender a channel, among all
        processes. After a timeout the deliveries with the fewest attempts come first, so that one message cannot block the channel.
        """
        ...

    def renew(self, delivery_ids: Sequence[int], owner: str, *, lease: timedelta) -> int:
        """Let the leases of these deliveries end `lease` from now; returns how many of them `owner` still holds."""
        ...

    def sent(self, delivery_id: int, owner: str, receipt: str) -> None:
        """Mark a delivery sent, which ends its channel's trouble. A no-op where it is not PENDING any more."""
        ...

    def failed(
        self,
        delivery_id: int,
        owner: str,
        error: str,
        *,
        retry_in: timedelta | None,
        trouble: ChannelTrouble | None = None,
    ) -> None:
        """Note why an attempt failed and when the next is due; None ends it as DEAD. A no-op where `owner` no longer holds the lease.

        Args:
            delivery_id: The delivery.
            owner: Who claimed it.
            error: In one line.
            retry_in: From now, on the database's clock.
            trouble: Pauses the whole channel and counts one more failure of it; None where only this delivery is concerned.
        """
        ...

    def give_back(self, delivery_ids: Sequence[int], owner: str) -> None:
        """End the leases of deliveries that were not tried after all: they are due as before, and no attempt is counted. A no-op without the lease."""
        ...

    def release(self, owner: str) -> int:
        """End all leases of an owner that is known to have ended, so that its deliveries are due at once; returns how many. The attempt stays counted."""
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
