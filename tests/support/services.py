"""A service in this process: one whose steps are called one by one by a test, and one whose clock runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.service.in_process import InProcessService
from pagewitness.service.interval_jobs import JobClock


@contextmanager
def stepped(app: AppContext, clock: Callable[[], datetime]) -> Iterator[InProcessService]:
    """A service under this clock, which ends with the block: one left behind would go on in other tests."""
    service = InProcessService(app, clock=clock)
    try:
        yield service
    finally:
        service.close()


@contextmanager
def ticking(app: AppContext) -> Iterator[InProcessService]:
    """A service that takes its steps by itself, as its processes do, until the block ends."""
    with stepped(app, system_clock) as service:
        clock, every = JobClock(service.metrics), app.settings.tick_seconds
        fetching = service.fetching
        fetching.liveness.begin()
        clock.add("tick", fetching.tick, every, liveness=fetching.liveness, is_success=lambda: not fetching.is_held())
        clock.add("renew", fetching.renew, fetching.lease.total_seconds() / 3)
        clock.add("extract", service.extract, every)
        clock.add("plan", service.plan, every)
        clock.add("dispatch", service.dispatch, every)
        clock.start()
        try:
            yield service
        finally:
            fetching.stop()
            fetching.settle()
            clock.stop()
            service.extract()
