"""Whether work grows with its input only: how much longer twice, four and eight times as much takes, on one thread's processor time.

A ratio of times on one machine, so how quick it is does not matter; each time is the least of several, so nor does what else it does. Two things are
compared only where the shorter one takes long enough to be measured. Quadratic work quadruples with each doubling, linear work doubles.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import truediv
from statistics import median
from typing import Any, NamedTuple, TypeVar

Input = TypeVar("Input")

_FLOOR_SECONDS = 0.000_2
_DOUBLED = 2.6
"""Growth at one doubling from which the longer ones are measured, carefully."""
_LINEAR = 2.9
"""Growth at each doubling that is still linear work: caches, memory and a garbage collector make a little more than 2 of it."""
_LONGEST_SECONDS = 1.0
_ROUNDS = 3
"""How often work is measured that does not look linear: what a busy machine adds differs from time to time, quadratic work does not."""


class Growth(NamedTuple):
    """What work took.

    Attributes:
        seconds: For inputs of size 1, 2, 4 and 8, as far as measured; infinite where it was cut off.
    """

    seconds: tuple[float, ...]

    @property
    def is_linear(self) -> bool:
        """By the doubling in the middle: one may be where the work begins to be done in another way, or another thing was in the way."""
        if self.seconds[-1] == float("inf"):
            return False
        return len(self.seconds) < 3 or median(map(truediv, self.seconds[1:], self.seconds)) <= _LINEAR

    def __str__(self) -> str:
        return " → ".join(f"{seconds * 1000:.2f}" for seconds in self.seconds) + " ms"


def growth(
    work: Callable[[Input], object],
    made: Callable[[int], Input],
    *,
    floor: float = _FLOOR_SECONDS,
    longest: float = _LONGEST_SECONDS,
) -> Growth:
    """How the work grows.

    Args:
        work: Is given an input.
        made: Makes an input of size 1, 2, 4 or 8.
        floor: Seconds below which work is not compared.
        longest: Seconds of processor time after which work that can be interrupted (a pattern, Python code) is cut off.
    """
    first, second = made(1), made(2)
    short = _spent(work, first, longest)
    if short < floor or short == float("inf"):
        return Growth((short,))
    double = _spent(work, second, longest)
    if double < short * _DOUBLED or double == float("inf"):
        return Growth((short, double))
    for _ in range(_ROUNDS):
        seconds = [_least(work, text, longest) for text in (first, second)]
        for size in (4, 8):
            if seconds[-1] < float("inf"):
                seconds.append(_least(work, made(size), longest))
        grown = Growth(tuple(seconds))
        if grown.is_linear:
            break
    return grown


def pattern_work(pattern: re.Pattern[Any], mode: str) -> Callable[[str], object]:
    """A pattern applied to a text, in bytes where it is one of bytes; "search" tries every start, to the end."""
    apply = _search(pattern) if mode == "search" else getattr(pattern, mode)
    if isinstance(pattern.pattern, bytes):
        return lambda text: apply(text.encode("latin-1", "replace"))
    return apply  # type: ignore[no-any-return]


def _search(pattern: re.Pattern[Any]) -> Callable[[Any], object]:
    return lambda text: sum(1 for _ in pattern.finditer(text))


def _least(work: Callable[[Input], object], given: Input, longest: float) -> float:
    """The least of some times; of many where they are short."""
    least = _spent(work, given, longest)
    times = 1 if least > 0.3 else 3 if least > 0.02 else 7
    return min([least, *(_spent(work, given, longest) for _ in range(times - 1) if least < float("inf"))])


def _spent(work: Callable[[Input], object], given: Input, longest: float) -> float:
    try:
        with _cut_off(longest):
            began = time.thread_time()
            work(given)
            return time.thread_time() - began
    except _TookTooLong:
        return float("inf")


class _TookTooLong(Exception):
    """Was cut off."""


@contextmanager
def _cut_off(seconds: float) -> Iterator[None]:
    """Ends the block by an exception when it has taken that much processor time; a pattern too asks for signals while it matches."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cut(*_: object) -> None:
        raise _TookTooLong

    before = signal.signal(signal.SIGVTALRM, cut)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
