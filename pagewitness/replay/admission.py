"""Admission control: a bounded capacity, granted in order of request, within one event loop."""

from __future__ import annotations

import asyncio
from collections import deque


class Admission:
    """A FIFO semaphore in which each holder takes a weight, such as a number of places or bytes of memory.

    Attributes:
        capacity: The total weight. A single weight above it is admitted alone.
        in_use: The sum of the weights of all current holders.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.in_use = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, weight: int, seconds: float) -> None:
        """Wait until `weight` fits and take it; `leave` releases it.

        Raises:
            TimeoutError: It did not fit within `seconds`.
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
                self.leave(weight)  # admitted at the moment of the timeout or cancellation
            else:
                if (weight, admitted) in self._waiting:
                    self._waiting.remove((weight, admitted))
                self._admit()
            raise

    def leave(self, weight: int) -> None:
        """Release `weight`."""
        self.in_use -= weight
        self._admit()

    def resize(self, weight: int, now: int) -> None:
        """Change a held `weight` to `now`, even if that exceeds the capacity."""
        self.leave(weight - now)

    def _fits(self, weight: int) -> bool:
        return self.in_use + weight <= self.capacity or self.in_use == 0

    def _admit(self) -> None:
        while self._waiting and self._fits(self._waiting[0][0]):
            weight, admitted = self._waiting.popleft()
            if not admitted.cancelled():
                self.in_use += weight
                admitted.set_result(None)
