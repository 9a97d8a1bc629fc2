"""One turn of a channel: claims its due deliveries and sends them one after the other, within the duration of their lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.backoff import LONGEST, retry_in
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.model import ChannelTrouble, Delivery, DueChannel
from alerts.ports import BatchChannel, Channel, Outbox
from rendering.text_safety import one_line

_ERROR_LIMIT = 500
_SLOW = 0.25
"""A send that takes more than this fraction of `longest_send` counts as slow."""


class ChannelUnusable(ChannelUnreachable):
    """No active channel has that name, or its definition is unusable. Only a changed watchlist helps, so retries are rare."""


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """Results of sending.

    Attributes:
        sent: Deliveries that the receiver accepted.
        retried: Deliveries that failed and wait for their next attempt.
        dead: Deliveries refused permanently.
        problems: One line for each failed attempt: channel, delivery and reason.
    """

    sent: int = 0
    retried: int = 0
    dead: int = 0
    problems: tuple[str, ...] = ()

    def __add__(self, other: DispatchReport) -> DispatchReport:
        """Return the sum of both reports."""
        return DispatchReport(
            self.sent + other.sent,
            self.retried + other.retried,
            self.dead + other.dead,
            self.problems + other.problems,
        )


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Limits of one turn.

    Attributes:
        lease: Duration of a claim.
        longest_send: Maximum duration of one send. No send begins with less than that left of the lease, except the first of a claim.
        batch: Deliveries per claim.
    """

    lease: timedelta
    longest_send: timedelta
    batch: int

    @property
    def begin_within(self) -> float:
        """Seconds after a claim in which sends may begin."""
        return (self.lease - self.longest_send).total_seconds()


@dataclass(slots=True)
class ChannelBatch:
    """One turn of one channel, in one thread.

    Attributes:
        outbox: Where deliveries are stored.
        owner: Name of the claiming process; unique among all processes.
        due: The channel.
        open_channel: Returns the channel by its name; raises ChannelUnusable where there is none.
        limits: Limits of the turn.
        monotonic: Real seconds from any origin.
        stopping: Returns whether no further send may begin.
        holding: Called with the ids of the leased deliveries whenever they change.
        report: Results of the turn.
        slow: Whether the channel was slow to answer.
        more: Whether the turn ended while deliveries may still be due.
    """

    outbox: Outbox
    owner: str
    due: DueChannel
    open_channel: Callable[[str], Channel]
    limits: BatchLimits
    monotonic: Callable[[], float]
    stopping: Callable[[], bool]
    holding: Callable[[Sequence[int]], None]
    report: DispatchReport = field(default_factory=DispatchReport, init=False)
    slow: bool = field(default=False, init=False)
    more: bool = field(default=False, init=False)
    _failures: int = field(default=0, init=False)
    _channel: Channel | None = field(default=None, init=False)
    _connections: ExitStack = field(default_factory=ExitStack, init=False)

    def run(self) -> None:
        """Send until nothing is due, the time is over, or the channel fails.

        Raises:
            StorageError: The outbox could not record a result. Claimed deliveries are due again when their lease ends.
        """
        self._failures = self.due.failures
        over = self.monotonic() + self.limits.begin_within
        with self._connections:
            while batch := self._claim():
                if not self._carry_all(batch):
                    return
                if self.stopping() or self.monotonic() >= over:
                    self.more = True
                    return

    def _opened(self, name: str) -> Channel:
        """Return the channel, which keeps its connection open for the rest of the turn if it can."""
        channel = self.open_channel(name)
        if channel is not self._channel:
            self._connections.close()
            if isinstance(channel, BatchChannel):
                self._connections.enter_context(channel.batch())
            self._channel = channel
        return channel

    @property
    def state(self) -> DueChannel:
        """The channel after the turn."""
        return DueChannel(self.due.name, self._failures)

    def _claim(self) -> Sequence[Delivery]:
        # A failing channel is probed with one delivery.
        limit = 1 if self._failures else self.limits.batch
        return self.outbox.claim(self.owner, self.due.name, lease=self.limits.lease, limit=limit)

    def _carry_all(self, batch: Sequence[Delivery]) -> bool:
        """Send a claimed batch; return False if the turn ends with it. Deliveries not attempted are given back, so that no attempt is counted for them."""
        begin_by = self.monotonic() + self.limits.begin_within
        waiting = [delivery.id for delivery in batch]
        try:
            for delivery in batch:
                if delivery.id != batch[0].id and (self.stopping() or self.monotonic() >= begin_by):
                    self.more = True
                    break
                self.holding(waiting)
                going = self._carry(delivery)
                waiting.pop(0)
                if not going:
                    break
            if waiting:
                self.outbox.give_back(waiting, self.owner)
        finally:
            self.holding(())
        return not waiting and going

    def _carry(self, delivery: Delivery) -> bool:
        """Send one delivery and record the result; return whether the channel can take the next one."""
        began = self.monotonic()
        try:
            receipt = self._opened(delivery.channel).send(delivery)
        except DeliveryError as error:
            return self._failed(delivery, error)
        except Exception as error:  # noqa: BLE001  # a fault of one channel must not stop the others
            return self._failed(delivery, DeliveryError(f"{type(error).__name__}: {error}"))
        finally:
            self.slow = self.monotonic() - began > _SLOW * self.limits.longest_send.total_seconds()
        self.outbox.sent(delivery.id, self.owner, receipt)
        self._failures = 0
        self.report += DispatchReport(sent=1)
        return True

    def _failed(self, delivery: Delivery, error: DeliveryError) -> bool:
        trouble = self._trouble(error)
        wait = None if error.permanent else retry_in(delivery.attempts, error.retry_after)
        if wait is not None and trouble is not None:
            wait = max(wait, trouble.pause)
        line = one_line(str(error), _ERROR_LIMIT)
        problems = (f"{delivery.channel}: {delivery.uid}: {line}",)
        self.outbox.failed(delivery.id, self.owner, line, retry_in=wait, trouble=trouble)
        dead = wait is None
        self.report += DispatchReport(retried=int(not dead), dead=int(dead), problems=problems)
        self._failures += trouble is not None
        return trouble is None

    def _trouble(self, error: DeliveryError) -> ChannelTrouble | None:
        """Return the trouble of the whole channel that a failure indicates; None where it may concern this message alone."""
        if isinstance(error, ChannelUnusable):
            return ChannelTrouble(LONGEST)
        timed_out = isinstance(error, ChannelTimedOut)
        if timed_out or isinstance(error, ChannelUnreachable) or error.retry_after is not None:
            return ChannelTrouble(retry_in(self._failures + 1, error.retry_after), timed_out)
        return None
