"""One channel's turn: its due deliveries are claimed and sent one after the other, within the time that their lease leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.backoff import LONGEST, retry_in
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.model import ChannelTrouble, Delivery, DueChannel
from alerts.ports import Channel, Outbox
from alerts.rendering.text_safety import one_line

_ERROR_LIMIT = 500
_SLOW = 0.25
"""A send that takes more than this part of the longest one counts as slow."""


class ChannelUnusable(ChannelUnreachable):
    """There is no such channel in force, or its definition cannot be used. Only another watchlist helps, so it is tried seldom."""


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """What sending came to.

    Attributes:
        sent: Deliveries that the other side took.
        retried: Deliveries that failed and wait for their next attempt.
        dead: Deliveries refused for good.
        problems: One line for each failed attempt: channel, delivery and reason.
    """

    sent: int = 0
    retried: int = 0
    dead: int = 0
    problems: tuple[str, ...] = ()

    def __add__(self, other: DispatchReport) -> DispatchReport:
        """Both together."""
        return DispatchReport(
            self.sent + other.sent,
            self.retried + other.retried,
            self.dead + other.dead,
            self.problems + other.problems,
        )


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much one turn may do.

    Attributes:
        lease: How long a claim holds.
        longest_send: The longest that one send may take. No send begins with less than that left of the lease, except the first of a claim.
        batch: Deliveries a claim.
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
        outbox: Where deliveries are.
        owner: Who claims; unique among all processes.
        due: The channel.
        open_channel: Gives the channel by its name; raises ChannelUnusable where there is none.
        limits: How much the turn may do.
        monotonic: Real seconds from any beginning.
        stopping: Whether no further send is to begin.
        holding: Called with the ids of the deliveries that are leased at each moment.
        report: What came of it.
        slow: Whether the channel was slow to answer.
        more: Whether the turn ended before the channel had nothing due.
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

    def run(self) -> None:
        """Send until nothing is due, the time is over, or the channel is in trouble.

        Raises:
            StorageError: The outbox could not note something. What was claimed comes back when its lease ends.
        """
        self._failures = self.due.failures
        over = self.monotonic() + self.limits.begin_within
        while batch := self._claim():
            if not self._carry_all(batch):
                return
            if self.stopping() or self.monotonic() >= over:
                self.more = True
                return

    @property
    def state(self) -> DueChannel:
        """The channel after the turn."""
        return DueChannel(self.due.name, self._failures)

    def _claim(self) -> Sequence[Delivery]:
        # A channel in trouble is probed with one delivery.
        limit = 1 if self._failures else self.limits.batch
        return self.outbox.claim(self.owner, self.due.name, lease=self.limits.lease, limit=limit)

    def _carry_all(self, batch: Sequence[Delivery]) -> bool:
        """Send a claimed batch; False where the turn ends with it. What is not tried is given back: it would count as an attempt."""
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
        """Send one delivery and note what came of it; whether the channel can take the next one."""
        began = self.monotonic()
        try:
            receipt = self.open_channel(delivery.channel).send(delivery)
        except DeliveryError as error:
            return self._failed(delivery, error)
        except Exception as error:  # noqa: BLE001  # whatever a channel does wrong must not stop the others
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
        """What a failure says of the whole channel; None where it may be this message's alone."""
        if isinstance(error, ChannelUnusable):
            return ChannelTrouble(LONGEST)
        timed_out = isinstance(error, ChannelTimedOut)
        if timed_out or isinstance(error, ChannelUnreachable) or error.retry_after is not None:
            return ChannelTrouble(retry_in(self._failures + 1, error.retry_after), timed_out)
        return None
