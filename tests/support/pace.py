"""What a piece of work costs, on this machine and at this moment: a test of cost is to fail for the cost, not for a slow or busy machine."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# What `_known_work` takes where the figures in the tests were found, in seconds of processor time.
_THERE_SECONDS = 0.0107
_WORDS = re.compile(r"\b\w+(?:-\w+)*\b|\d[\d,]*")
_TEXT = "The Coalition has 83 members, 12-15 more than in May 2019, and a number of well-wishers. " * 40


def _known_work() -> None:
    counted: dict[str, int] = {}
    for _ in range(50):
        for word in _WORDS.findall(_TEXT):
            counted[word] = counted.get(word, 0) + len(word)
        sorted(_TEXT.lower().split(), key=len)


def cheapest(work: Callable[[], object], times: int = 5) -> float:
    """Processor time that the work takes on this thread at its cheapest, in seconds: what else runs can only make it dearer."""
    spent = []
    for _ in range(times):
        began = time.thread_time()
        work()
        spent.append(time.thread_time() - began)
    return min(spent)


def slowness() -> float:
    """How many times longer than there everything takes here and now; 1 on a quicker machine."""
    times = 5
    began = time.thread_time()
    for _ in range(times):
        _known_work()
    return max(1.0, (time.thread_time() - began) / times / _THERE_SECONDS)


@contextmanager
def costs_less_than(seconds: float) -> Iterator[None]:
    """Fails where the block takes this thread more processor time, as a machine counts it that is as quick as the one where that was found."""
    began = time.thread_time()
    yield
    spent = time.thread_time() - began
    # Only now does it matter how quick this machine is.
    allowed = seconds if spent < seconds else seconds * slowness()
    assert spent < allowed, f"{spent:.2f} s of processor time, not less than {allowed:.2f}"
