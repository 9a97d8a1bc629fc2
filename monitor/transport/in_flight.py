"""Memory budget for the response bodies of a process: each body is bounded, but many arrive at the same time.

A body larger than each fetch's own allowance waits for room, and its server waits meanwhile. One fetch at a time may exceed the remaining room, so that at
least one can finish and release its room, even if all of them wait for more.
"""

from __future__ import annotations

import threading

FREE_BYTES = 1024 * 1024
"""Allowance of every fetch; only bytes beyond it are counted. Pages are seldom larger."""

IN_FLIGHT_BYTES = 48 * 1024 * 1024
"""Bytes that all fetches of a process together may hold beyond their allowances."""


class InFlight:
    """Room shared by fetches."""

    def __init__(self, room: int = IN_FLIGHT_BYTES) -> None:
        self._room = room
        self._changed = threading.Condition()
        self._held: dict[Held, int] = {}
        self._beyond: Held | None = None

    def take(self, held: Held, size: int, seconds: float | None) -> bool:
        """Set the size held by one fetch; return False if there was no room in time, and its size is unchanged."""
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
        """Reduce the size held by one fetch."""
        with self._changed:
            self._held[held] = size
            if self._beyond is held and sum(self._held.values()) <= self._room:
                self._beyond = None
            self._changed.notify_all()

    def give_back(self, held: Held) -> None:
        """Release everything held by one fetch."""
        with self._changed:
            self._held.pop(held, None)
            if self._beyond is held:
                self._beyond = None
            self._changed.notify_all()


class Held:
    """Bytes held by one fetch. Not thread-safe."""

    def __init__(self, room: InFlight) -> None:
        self._room = room
        self._size = 0

    def grow(self, size: int, seconds: float | None = None) -> bool:
        """Hold `size` bytes in total, if that is more than before.

        Args:
            size: Bytes.
            seconds: Maximum time to wait for room; None waits until other fetches finish.

        Returns:
            False if there was no room in time.
        """
        size = max(0, size - FREE_BYTES)
        if size <= self._size:
            return True
        if not self._room.take(self, size, seconds):
            return False
        self._size = size
        return True

    def shrink(self, size: int) -> None:
        """Hold at most `size` bytes from now on."""
        size = max(0, size - FREE_BYTES)
        if size < self._size:
            self._size = size
            self._room.shrink(self, size)

    def release(self) -> None:
        """Release everything held."""
        if self._size:
            self._size = 0
            self._room.give_back(self)


SHARED = InFlight()
"""The room of this process."""
