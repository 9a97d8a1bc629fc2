"""A service that takes its steps one by one, when a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from pagewitness.service import Service
from pagewitness.wiring import Parts


@contextmanager
def stepped(parts: Parts, clock: Callable[[], datetime]) -> Iterator[Service]:
    """A service under this clock, which ends with the block: one left behind would go on in other tests."""
    service = Service(parts, clock=clock)
    try:
        yield service
    finally:
        service.stop()
