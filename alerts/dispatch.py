"""The dispatcher: claims deliveries that are due, hands each to its channel, and notes what came of it.

At least once: a delivery is marked sent only after its channel took it, so a crash in between sends it again, with the same id and content.
Nothing is given up unless the other side refused it for good.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerts.backoff import LONGEST, retry_in
from alerts.errors import DeliveryError
from alerts.interfaces import Channel, Outbox
from alerts.model import ChannelConfig, Delivery
from alerts.shown import one_line
from alerts.unreachable import ChannelUnreachable

LONGEST_SEND = timedelta(seconds=20)
_ERROR_LIMIT = 500


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """What one run came to.

    Attributes:
        sent: Deliveries that the other side took.
        retried: Deliveries that failed and wait for their next try, those included that a channel out of reach was spared.
        dead: Deliveries refused for good.
        problems: One line for each failed try: channel, delivery and reason.
    """

    sent: int = 0
    retried: int = 0
    dead: int = 0
    problems: tuple[str, ...] = ()


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
    """Send what is due until nothing is, or until another send might outlast the lease.

    A channel that cannot be reached, or asks for a pause, is left alone for the rest of the run: its deliveries are put back, so it holds up
    no other channel for longer than that one try.

    Args:
        outbox: Where deliveries are.
        open_channel: Makes a channel of its configuration; asked once a run for each.
        owner: Who claims; unique among all processes and threads.
        lease: How long a claim holds.
        limit: Deliveries a claim.
        longest_send: The longest that one send may take. No send is begun with less than that left of the lease, except the run's first.
        monotonic: Real seconds from any beginning.

    Raises:
        StorageError: The outbox could not note something. What was claimed comes back when its lease ends.
    """
    last_start = monotonic() + (lease - longest_send).total_seconds()
    run = _Run(outbox, open_channel, owner, lambda: monotonic() < last_start)
    while run.has_time() and (batch := outbox.claim(owner, lease=lease, limit=limit)):
        # First tries go first: a channel in trouble shows by its repeated ones.
        for delivery in sorted(batch, key=lambda delivery: delivery.attempts > 1):
            run.carry(delivery)
    return DispatchReport(run.sent, run.retried, run.dead, tuple(run.problems))


class _Run:
    """One call of `dispatch_once`: the channels opened in it, those to be left alone, and the counts."""

    def __init__(
        self,
        outbox: Outbox,
        open_channel: Callable[[ChannelConfig], Channel],
        owner: str,
        in_time: Callable[[], bool],
    ) -> None:
        self.sent = self.retried = self.dead = 0
        self.problems: list[str] = []
        self._outbox = outbox
        self._open_channel = open_channel
        self._owner = owner
        self._in_time = in_time
        self._begun = False
        self._configs: Mapping[str, ChannelConfig] | None = None
        self._open: dict[str, Channel] = {}
        self._left_alone: dict[str, DeliveryError] = {}

    def has_time(self) -> bool:
        """Whether a send may begin. The first always may, so that a short lease slows things down but stops nothing."""
        return not self._begun or self._in_time()

    def carry(self, delivery: Delivery) -> None:
        """Take one claimed delivery to its end in this run."""
        if delivery.channel in self._left_alone:
            self._put_back(delivery, self._left_alone[delivery.channel])
        elif not self.has_time():
            # No try: counted as one, it would put off the next real one, and make a channel look as if it failed.
            self._outbox.give_back(delivery.id, self._owner)
        elif delivery.channel not in self._channels():
            self._problem(delivery, "no channel has that name any more; give it back to the watchlist", LONGEST)
        else:
            self._try(delivery)

    def _try(self, delivery: Delivery) -> None:
        self._begun = True
        try:
            receipt = self._channel(delivery.channel).send(delivery)
        except DeliveryError as error:
            self._failed(delivery, error)
        except Exception as error:  # noqa: BLE001  # whatever a channel does wrong must not stop the others
            self._failed(delivery, DeliveryError(f"{type(error).__name__}: {error}"))
        else:
            self._outbox.sent(delivery.id, self._owner, receipt)
            self.sent += 1

    def _failed(self, delivery: Delivery, error: DeliveryError) -> None:
        if isinstance(error, ChannelUnreachable) or error.retry_after is not None:
            self._left_alone[delivery.channel] = error
        wait = None if error.permanent else retry_in(delivery.attempts, error.retry_after)
        self._problem(delivery, str(error), wait)

    def _problem(self, delivery: Delivery, error: str, wait: timedelta | None) -> None:
        line = one_line(error, _ERROR_LIMIT)
        self.problems.append(f"{delivery.channel}: {delivery.uid}: {line}")
        self._note(delivery, line, wait)

    def _put_back(self, delivery: Delivery, error: DeliveryError) -> None:
        reason = one_line(f"not tried, as another just failed: {error}", _ERROR_LIMIT)
        self._note(delivery, reason, retry_in(delivery.attempts, error.retry_after))

    def _note(self, delivery: Delivery, error: str, wait: timedelta | None) -> None:
        self._outbox.failed(delivery.id, self._owner, error, retry_in=wait)
        if wait is None:
            self.dead += 1
        else:
            self.retried += 1

    def _channels(self) -> Mapping[str, ChannelConfig]:
        if self._configs is None:
            self._configs = {config.name: config for config in self._outbox.channels()}
        return self._configs

    def _channel(self, name: str) -> Channel:
        if name not in self._open:
            self._open[name] = self._open_channel(self._channels()[name])
        return self._open[name]
