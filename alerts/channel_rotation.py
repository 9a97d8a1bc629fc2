"""Order in which channels are served: the longest waiting first, and at most half of the places for slow channels. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from alerts.model import DueChannel

_REMEMBERED = 1000


class Rotation:
    """A fair order of channels over a bounded number of places. A channel has at most one place; not thread-safe.

    A channel counts as slow while it fails, or if its last turn was slow. Slow channels together get half of the places, so that, however many hang, the
    other channels wait at most for the turns in progress.
    """

    def __init__(self, places: int) -> None:
        """Create a rotation with no channel due.

        Args:
            places: Number of channels that may be served at the same time; at least 1.
        """
        self._places = places
        self._slow_places = max(1, places // 2)
        self._quick_queue: deque[DueChannel] = deque()
        self._slow_queue: deque[DueChannel] = deque()
        self._active: dict[str, bool] = {}
        self._slow: set[str] = set()
        self._served: dict[str, int] = {}
        self._turns = 0

    @property
    def active(self) -> int:
        """Number of places in use."""
        return len(self._active)

    def offer(self, due: Iterable[DueChannel]) -> None:
        """Replace the waiting channels by `due`, without channels that are being served."""
        waiting = [channel for channel in due if channel.name not in self._active]
        self._forget({channel.name for channel in waiting})
        waiting.sort(key=lambda channel: (self._served.get(channel.name, 0), channel.name))
        self._quick_queue = deque(channel for channel in waiting if not self._is_slow(channel))
        self._slow_queue = deque(channel for channel in waiting if self._is_slow(channel))

    def take(self) -> DueChannel | None:
        """Return the next channel to serve, which occupies a place until `done`; None where none waits or no place is free for it."""
        if len(self._active) >= self._places:
            return None
        queues = [self._quick_queue] if self._quick_queue else []
        if self._slow_queue and sum(self._active.values()) < self._slow_places:
            queues.append(self._slow_queue)
        if not queues:
            return None
        channel = min(queues, key=lambda queue: self._served.get(queue[0].name, 0)).popleft()
        self._active[channel.name] = self._is_slow(channel)
        return channel

    def done(self, name: str, *, slow: bool, again: DueChannel | None = None) -> None:
        """End a turn of a channel.

        Args:
            name: The channel.
            slow: Whether it was slow to answer.
            again: The channel's current state if it has more due deliveries; it waits behind the others. None: the next `offer` decides.
        """
        self._turns += 1
        self._served[name] = self._turns
        self._active.pop(name, None)
        (self._slow.add if slow else self._slow.discard)(name)
        if again is not None:
            (self._slow_queue if self._is_slow(again) else self._quick_queue).append(again)

    def _is_slow(self, channel: DueChannel) -> bool:
        return channel.failures > 0 or channel.name in self._slow

    def _forget(self, due: set[str]) -> None:
        """Remove channels that are no longer due: names come from the database, so their number is unbounded."""
        if len(self._served) > 2 * len(due) + _REMEMBERED:
            kept = due | self._active.keys()
            self._served = {name: turn for name, turn in self._served.items() if name in kept}
            self._slow &= kept
