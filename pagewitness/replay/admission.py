"""Who may work next: a bounded capacity, shared in the order of asking. For one event loop."""

from __future__ import annotations

import asyncio
from collections import deque


class Admission:
    """A capacity of which each holder takes a weight: places, or bytes of memory.

    Attributes:
        capacity: What there is. A weight above it is admitted alone.
        in_use: The weights of all that were admitted and have not left.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.in_use = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, weight: int, seconds: float) -> None:
        """Wait for room and take it; `leave` gives it back.

        Raises:
            TimeoutError: There was none within so many seconds.
        """
        if not self._waiting and self._fits(weight):
            self.in_use += weight
            return
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((weight, admitted))
        try:
            async with asyncio.timeout(seconds):
                await admitted
        except BaseException:
            if admitted.done() and not admitted.cancelled():
                self.leave(weight)  # admitted in the moment in which it gave up
            else:
                if (weight, admitted) in self._waiting:
                    self._waiting.remove((weight, admitted))
                self._admit()
            raise

    def leave(self, weight: int) -> None:
        """Give room back."""
        self.in_use -= weight
        self._admit()

    def resize(self, weight: int, now: int) -> None:
        """Hold `now` in place of `weight`, whether there is room or not."""
        self.leave(weight - now)

    def _fits(self, weight: int) -> bool:
        return self.in_use + weight <= self.capacity or self.in_use == 0

    def _admit(self) -> None:
        while self._waiting and self._fits(self._waiting[0][0]):
            weight, admitted = self._waiting.popleft()
            if not admitted.cancelled():
                self.in_use += weight
                admitted.set_result(None)
