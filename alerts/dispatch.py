"""Dispatcher: sends due deliveries through their channels, one turn per channel at a time, and records the results.

At least once: a delivery is marked sent only after its channel accepted it, so a crash in between sends it again, with the same id and content.
A delivery is retried until it is accepted or refused permanently. Channels do not wait for each other: docs/decisions/0026.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from alerts.channel_batch import BatchLimits, ChannelBatch, ChannelUnusable, DispatchReport
from alerts.channel_rotation import Rotation
from alerts.channels.unreachable import ChannelUnreachable
from alerts.model import BrokenDeclaration, ChannelConfig, DueChannel
from alerts.ports import Channel, Outbox

__all__ = ["LONGEST_SEND", "PLACES", "DispatchReport", "Dispatcher", "dispatch_once"]

LONGEST_SEND = timedelta(seconds=20)
PLACES = 16
"""Number of channels served at the same time."""

_RENEWALS = 3  # per lease


class Dispatcher:
    """Sends due deliveries, either with threads (repeated `step`, then `stop`) or without (`drain`); not both at the same time.

    `step` never waits for a send. Call it more often than every third of the lease, because it renews the leases of sends in progress.
    """

    def __init__(
        self,
        outbox: Outbox,
        open_channel: Callable[[ChannelConfig], Channel],
        owner: str,
        *,
        lease: timedelta = timedelta(seconds=30),
        longest_send: timedelta = LONGEST_SEND,
        batch: int = 20,
        places: int = PLACES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create a dispatcher; nothing is sent yet, and no thread runs.

        Args:
            outbox: Where deliveries are stored; used from several threads.
            open_channel: Creates a channel from its configuration; called again when that changes. A channel is used by one thread at a time.
            owner: Name of the claiming process; unique among all processes.
            lease: Duration of a claim.
            longest_send: Maximum duration of one send.
            batch: Deliveries per claim.
            places: Number of channels served at the same time, each by a thread; at least 1.
            monotonic: Real seconds from any origin.
        """
        self._outbox = outbox
        self._owner = owner
        self._limits = BatchLimits(lease, longest_send, batch)
        self._monotonic = monotonic
        self._channels = _Channels(outbox, open_channel)
        self._changed = threading.Condition()
        # Under `_changed`:
        self._rotation = Rotation(places)
        self._held: dict[str, Sequence[int]] = {}
        self._report = DispatchReport()
        self._fault: Exception | None = None
        self._stopping = False
        self._renewed_at = monotonic()

    def drain(self) -> DispatchReport:
        """Send in this thread until nothing is due, or until no more sends may begin within a lease; at least one attempt is made.

        Raises:
            StorageError: As for `ChannelBatch.run`.
        """
        over = self._monotonic() + self._limits.begin_within
        report = DispatchReport()
        while self._offer():
            before = report
            while (report == before or self._monotonic() < over) and (due := self._take()) is not None:
                turn = self._turn(due)
                try:
                    turn.run()
                finally:
                    self._end(turn)
                    report += turn.report
            if report == before or self._monotonic() >= over:
                break
        return report

    def step(self) -> DispatchReport:
        """Renew leases, begin a turn for each due channel while there are free places, and return the results of turns since the last step.

        Raises:
            StorageError: The outbox failed, here or in a turn since the last step; claimed deliveries are due again when their lease ends.
        """
        self._renew()
        if not self._stopping:
            self._offer()
            self._begin_turns()
        with self._changed:
            report, self._report = self._report, DispatchReport()
            fault, self._fault = self._fault, None
            if fault is not None:
                self._report = report
                raise fault
        return report

    def stop(self, within: float | None = None) -> bool:
        """Begin no further send and wait for sends in progress.

        Args:
            within: Maximum seconds to wait; None waits until all end.

        Returns:
            Whether all ended. A send still in progress is abandoned when the process exits (its thread is a daemon), and its lease ends by itself or
            by `Outbox.release`. `step` still reports the turns that ended.
        """
        with self._changed:
            self._stopping = True
            return self._changed.wait_for(lambda: not self._rotation.active, within)

    # --- due channels ---

    def _offer(self) -> bool:
        """Query the due channels; return whether there are any."""
        due = self._outbox.due_channels()
        if due:
            self._channels.refresh()
        with self._changed:
            self._rotation.offer(due)
        return bool(due)

    def _take(self) -> DueChannel | None:
        with self._changed:
            return self._rotation.take()

    # --- turns ---

    def _begin_turns(self) -> None:
        while not self._stopping and (due := self._take()) is not None:
            thread = threading.Thread(target=self._serve, args=(due,), name="deliveries", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads available; retried at the next step
                self._end(self._turn(due))
                return

    def _serve(self, due: DueChannel | None) -> None:
        """Thread main: serve one channel after the other while any waits for a place."""
        while due is not None:
            turn = self._turn(due)
            try:
                turn.run()
            except Exception as error:  # noqa: BLE001 — `step` raises it
                with self._changed:
                    self._fault = error
            due = self._end(turn, take=True)

    def _turn(self, due: DueChannel) -> ChannelBatch:
        def holding(delivery_ids: Sequence[int]) -> None:
            with self._changed:
                self._held[due.name] = tuple(delivery_ids)

        return ChannelBatch(
            self._outbox,
            self._owner,
            due,
            self._channels.get,
            self._limits,
            self._monotonic,
            lambda: self._stopping,
            holding,
        )

    def _end(self, turn: ChannelBatch, *, take: bool = False) -> DueChannel | None:
        """End a turn and free its place; with `take`, return the next channel for it."""
        with self._changed:
            self._held.pop(turn.due.name, None)
            if take:
                self._report += turn.report
            self._rotation.done(turn.due.name, slow=turn.slow, again=turn.state if turn.more else None)
            following = self._rotation.take() if take and not self._stopping else None
            self._changed.notify_all()
            return following

    def _renew(self) -> None:
        now = self._monotonic()
        with self._changed:
            held = [key for keys in self._held.values() for key in keys]
        if held and now - self._renewed_at >= self._limits.lease.total_seconds() / _RENEWALS:
            self._outbox.renew(held, self._owner, lease=self._limits.lease)
            self._renewed_at = now


def dispatch_once(
    outbox: Outbox,
    open_channel: Callable[[ChannelConfig], Channel],
    owner: str,
    *,
    lease: timedelta = timedelta(seconds=30),
    limit: int = 20,
    longest_send: timedelta = LONGEST_SEND,
    monotonic: Callable[[], float] = time.monotonic,
) -> DispatchReport:
    """Send due deliveries in this thread, one channel after the other; see `Dispatcher.drain`.

    A channel that cannot be reached, does not answer in time or asks for a pause is skipped from then on: it delays the others by that one
    attempt. `Dispatcher.step` delays none.
    """
    dispatcher = Dispatcher(
        outbox, open_channel, owner, lease=lease, longest_send=longest_send, batch=limit, monotonic=monotonic
    )
    return dispatcher.drain()


class _Channels:
    """The active channels, opened once per configuration. Each is requested by one thread at a time."""

    def __init__(self, outbox: Outbox, open_channel: Callable[[ChannelConfig], Channel]) -> None:
        self._outbox = outbox
        self._open_channel = open_channel
        self._configs: Mapping[str, ChannelConfig] = {}
        self._broken: Mapping[str, BrokenDeclaration] = {}
        self._open: dict[str, tuple[ChannelConfig, Channel]] = {}

    def refresh(self) -> None:
        """Reload the configurations."""
        self._configs = {config.name: config for config in self._outbox.channels()}
        self._broken = {broken.name: broken for broken in self._outbox.broken() if broken.kind == "channel"}
        for name in self._open.keys() - self._configs.keys():
            self._open.pop(name, None)

    def get(self, name: str) -> Channel:
        """Return the channel.

        Raises:
            ChannelUnusable: No active channel has that name, or its definition is unusable.
            ChannelUnreachable: It could not be opened.
        """
        config = self._configs.get(name)
        if config is None:
            raise ChannelUnusable(self._why_not(name))
        config_then, channel = self._open.get(name, (None, None))
        if channel is None or config_then != config:
            try:
                channel = self._open_channel(config)
            except Exception as error:
                raise ChannelUnreachable(f"{type(error).__name__}: {error}") from error
            self._open[name] = (config, channel)
        return channel

    def _why_not(self, name: str) -> str:
        broken = self._broken.get(name)
        if broken is None:
            return "no channel has that name any more; give it back to the watchlist"
        return f"the channel's stored definition cannot be used: {broken.problem}; apply the watchlist again"
