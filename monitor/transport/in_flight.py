"""How many bytes of bodies a process holds at the same time, whatever servers send: each body is bounded, but so many arrive at once.

A body beyond what every look may hold waits for room, which holds its server up. One look at a time may go beyond what is left, so that there is always
one that comes to its end and makes room, also where all of them wait for more.
"""

from __future__ import annotations

import threading

FREE_BYTES = 1024 * 1024
"""What every look may hold; only what is more is counted. Pages are seldom larger."""

IN_FLIGHT_BYTES = 48 * 1024 * 1024
"""What all looks of a process may hold beyond that, together."""


class InFlight:
    """The room that looks share."""

    def __init__(self, room: int = IN_FLIGHT_BYTES) -> None:
        self._room = room
        self._changed = threading.Condition()
        self._held: dict[Held, int] = {}
        self._beyond: Held | None = None

    def take(self, held: Held, size: int, seconds: float | None) -> bool:
        """Let one of them hold so much; False where there was no room in time, and it holds what it held."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._fits(held, size), seconds):
                return False
            self._held[held] = size
            return True

    def _fits(self, held: Held, size: int) -> bool:
        others = sum(self._held.values()) - self._held.get(held, 0)
        if others + size <= self._room or size <= self._held.get(held, 0):
            return True
        if self._beyond is None:
            self._beyond = held
        return self._beyond is held

    def shrink(self, held: Held, size: int) -> None:
        """Let one of them hold less."""
        with self._changed:
            self._held[held] = size
            if self._beyond is held and sum(self._held.values()) <= self._room:
                self._beyond = None
            self._changed.notify_all()

    def give_back(self, held: Held) -> None:
        """Let one of them hold nothing."""
        with self._changed:
            self._held.pop(held, None)
            if self._beyond is held:
                self._beyond = None
            self._changed.notify_all()


class Held:
    """What one look holds. One thread at a time."""

    def __init__(self, room: InFlight) -> None:
        self._room = room
        self._size = 0

    def grow(self, size: int, seconds: float | None = None) -> bool:
        """Hold so many bytes in all, where that is more than until now.

        Args:
            size: Bytes.
            seconds: How long room is waited for; None as long as it takes: until those that hold some come to their ends.

        Returns:
            False where there was no room in time.
        """
        size = max(0, size - FREE_BYTES)
        if size <= self._size:
            return True
        if not self._room.take(self, size, seconds):
            return False
        self._size = size
        return True

    def shrink(self, size: int) -> None:
        """Hold no more than so many bytes any more."""
        size = max(0, size - FREE_BYTES)
        if size < self._size:
            self._size = size
            self._room.shrink(self, size)

    def release(self) -> None:
        """Hold nothing any more."""
        if self._size:
            self._size = 0
            self._room.give_back(self)


SHARED = InFlight()
"""The room of this process."""
