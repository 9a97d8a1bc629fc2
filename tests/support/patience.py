"""Waiting for conditions: tested often, with a long limit, since the limit is reached only if the condition never holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 120.0
"""What is waited for at most. A busy machine may stop a process for seconds."""

Result = TypeVar("Result")


def soon(holds: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    """Return whether the condition holds in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def given_time(seconds: float, attempt: Callable[[float], Result], enough: Callable[[Result], object]) -> Result:
    """Return the result of `attempt` within a limit that has to be short, and yet long enough for something to happen first.

    If `enough` reports that too little happened, as on a machine that was busy elsewhere, the attempt is made again with more time; the last one counts
    however it ends.
    """
    for longer in (1, 8, 64):
        arrived = attempt(seconds * longer)
        if enough(arrived):
            break
    return arrived
