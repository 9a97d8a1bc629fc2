"""Ports of alerts: an outbox that stores deliveries, and channels that send them.

`Outbox` gives the same guarantees as `monitor.ports.Store`: one transaction per method, thread-safe, UTC, `StorageError`. Leases and retry times use
the database's own clock, never the observing one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

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


class Outbox(Protocol):
    """Persistence port for alerts and deliveries."""

    def rules(self) -> Sequence[Rule]:
        """Return the active rules."""
        ...

    def channels(self) -> Sequence[ChannelConfig]:
        """Return the active channels."""
        ...

    def waiting_visits(self, limit: int) -> Sequence[WaitingVisit]:
        """Return the visits with live events that are not planned yet, those with the oldest events first, at most `limit`. The cost is bounded."""
        ...

    def unplanned(self, limit: int, visits: Sequence[WaitingVisit] | None = None) -> Sequence[RecordedEvent]:
        """Return live events that are not planned yet, oldest first, at most `limit`; with `visits`, only theirs, and rather those of facts if there are more."""
        ...

    def text_of(self, snapshot_id: int) -> str | None:
        """Return the text of the version that a snapshot shows; None if there is none, or none that can be decoded."""
        ...

    def sent_since(self, since: datetime) -> Mapping[str, Sequence[datetime]]:
        """Return, by channel, when the deliveries that were planned after `since` were planned, on the observing clock, for the rate limit."""
        ...

    def plan(
        self,
        event_ids: Sequence[int],
        deliveries: Sequence[PlannedDelivery],
        held: Sequence[HeldAlerts] = (),
        *,
        now: datetime,
    ) -> int:
        """T3: store deliveries and held alerts, and mark the events planned (including events that no rule selected).

        Nothing is stored if one of the events is already planned, by another process: its stories may have other members. Unique per (event, rule,
        channel): an existing alert stays unchanged.

        Returns:
            The number of new deliveries.
        """
        ...

    def due_holds(self, now: datetime) -> Sequence[DueHold]:
        """Return the groups of held alerts that are to be sent by `now`, those with the oldest alerts first. The cost is bounded."""
        ...

    def held(self, due: DueHold, limit: int, *, now: datetime) -> Sequence[StoryEvent]:
        """Return the events of a group of held alerts, those of facts first, then the oldest, at most `limit`."""
        ...

    def hold_longer(self, due: DueHold, hold: Hold, until: datetime, *, now: datetime) -> None:
        """Hold a group of alerts until another time."""
        ...

    def plan_held(self, delivery: PlannedDelivery, *, now: datetime) -> int:
        """Store a delivery of held alerts; return 1, or 0 where another process has already planned one of them, and nothing was stored."""
        ...

    def broken(self) -> Sequence[BrokenDeclaration]:
        """Return the active channels and rules that are unusable, channels first; `channels` and `rules` omit them."""
        ...

    def due_channels(self) -> Sequence[DueChannel]:
        """Return the channels through which a delivery can be sent now, by name. The cost does not depend on the number of sent deliveries."""
        ...

    def claim(self, owner: str, channel: str, *, lease: timedelta, limit: int) -> Sequence[Delivery]:
        """Lease up to `limit` due pending deliveries of one channel to `owner`, oldest first, and count the attempt.

        Returns nothing while one of the channel's deliveries is leased, or while the channel is paused: at most one sender per channel, among all
        processes. After a timeout the deliveries with the fewest attempts come first, so that one message cannot block the channel.
        """
        ...

    def renew(self, delivery_ids: Sequence[int], owner: str, *, lease: timedelta) -> int:
        """Extend the leases of these deliveries to `lease` from now; return how many of them `owner` still holds."""
        ...

    def sent(self, delivery_id: int, owner: str, receipt: str) -> None:
        """Mark a delivery sent and reset its channel's failures. A no-op where the delivery is no longer PENDING."""
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
        """Record why an attempt failed and when the next is due; with `retry_in` None the delivery becomes DEAD. A no-op where `owner` no longer holds the lease.

        Args:
            delivery_id: The delivery.
            owner: The process that claimed it.
            error: In one line.
            retry_in: From now, on the database's clock.
            trouble: Pauses the whole channel and counts one more failure of it; None where only this delivery is concerned.
        """
        ...

    def give_back(self, delivery_ids: Sequence[int], owner: str) -> None:
        """End the leases of deliveries that were not attempted: they are due as before, and no attempt is counted. A no-op without the lease."""
        ...

    def retry(self, uids: Collection[str] | None) -> int:
        """Make dead deliveries PENDING and due at once, with the same uid and payload; return how many. Their attempts stay counted.

        Args:
            uids: Only these deliveries; those among them that are not DEAD stay as they are. None: all dead ones.
        """
        ...

    def release(self, owner: str) -> int:
        """End all leases of an owner that is known to have exited, so that its deliveries are due at once; return how many. The attempts stay counted."""
        ...


class Channel(Protocol):
    """A connection to receivers of one kind."""

    def send(self, delivery: Delivery) -> str:
        """Transmit the delivery's payload.

        Returns:
            The receipt: the receiver's response, in one line.

        Raises:
            DeliveryError: The receiver did not accept it.
        """
        ...


@runtime_checkable
class BatchChannel(Channel, Protocol):
    """A channel that can keep its connection open over several deliveries."""

    def batch(self) -> AbstractContextManager[None]:
        """Return a context in which `send` keeps its connection open; leaving it closes the connection. Used by one thread."""
        ...
