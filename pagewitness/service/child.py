"""One process of the service: `python -m pagewitness.service.child NAME ROLE OWNER PARENT REPORTS LIFELINE [LISTENING]`, started by the supervisor.

It reads its settings from standard input, reports over REPORTS, and ends when LIFELINE is closed, SIGTERM comes or its parent ends.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.metadata import version

from monitor.check import Processing
from monitor.errors import PagewitnessError
from monitor.model import Interpretation, Page, Snapshot
from monitor.understand import READING_VERSION, understand
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.course import log_processed
from pagewitness.litter import collect_seldom
from pagewitness.metrics import Metrics
from pagewitness.processing import PageProcessor
from pagewitness.pulse import Pulse, Seldom
from pagewitness.service.control import ask
from pagewitness.service.delivering import SWEEP_SECONDS, DeliveryLoop
from pagewitness.service.extracting import ExtractLoop
from pagewitness.service.fetching import FetchLoop
from pagewitness.service.jobs import JobClock
from pagewitness.service.process_limits import EXIT_MEMORY, end_with_parent, limit_cpu, limit_memory
from pagewitness.service.reports import Reporter
from pagewitness.settings import Settings
from pagewitness.visits import AdaptSchedule
from pagewitness.wiring import Parts, opened

log = logs.get("pagewitness.service")

FIRST_ATTEMPT_SECONDS = 5.0
"""Processor time of a first attempt: hardly a page takes longer, and one that does has its full time at the next attempt, when only one extractor is risked."""

# On a busy machine a second of processor time takes several; this limit is for code that waits without using any.
_WALL_PER_CPU, _WALL_SECONDS = 4.0, 10.0
_BEAT_SECONDS = 1.0
_METRICS_SECONDS = 5.0
_RETRY_SECONDS = 2.0
_DRAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Child:
    """What every role works with."""

    owner: str
    settings: Settings
    parts: Parts
    metrics: Metrics
    reporter: Reporter
    lifeline: int
    stopping: threading.Event
    listening: int | None


def main(arguments: list[str]) -> None:
    """Run one role until the end."""
    name, role, owner, parent, reports, lifeline, *listening = arguments
    end_with_parent(int(parent))
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    logs.configure(settings, process=name)
    collect_seldom()
    with opened(settings) as parts:
        metrics = Metrics(parts.database, clock=system_clock, version=version("pagewitness"))
        inherited = int(listening[0]) if listening else None
        reporter = Reporter(int(reports))
        _ROLES[role](_Child(owner, settings, parts, metrics, reporter, int(lifeline), stopping, inherited))


def _fetch(child: _Child, *, crashing: bool = False) -> None:
    clock = JobClock(child.metrics)
    loop = FetchLoop(
        child.parts,
        child.metrics,
        clock=system_clock,
        owner=child.owner,
        crashing=crashing,
        on_room=lambda: clock.hurry("tick"),
        on_archived=child.reporter.archived,
    )
    loop.pulse.begin()
    clock.add("tick", loop.tick, child.settings.tick_seconds, pulse=loop.pulse, goes_well=lambda: not loop.is_held())
    clock.add("renew", loop.renew, loop.lease.total_seconds() / 3)
    with _reporting(child, loop.pulse):
        clock.start()
        if crashing:
            _wait_idle(child, loop)
        else:
            child.stopping.wait()
        loop.stop()
        loop.settle()
        clock.stop()
        loop.close()


def _wait_idle(child: _Child, loop: FetchLoop) -> None:
    """Until nothing was due for a few ticks."""
    quiet = 0
    while quiet < 5 and not child.stopping.wait(child.settings.tick_seconds):
        quiet = 0 if loop.active() else quiet + 1


def _extract(child: _Child) -> None:
    settings, reporter = child.settings, child.reporter

    @contextmanager
    def watch(page_id: int, snapshot_id: int, attempts: int) -> Iterator[None]:
        seconds = settings.parse_seconds if attempts else min(FIRST_ATTEMPT_SECONDS, settings.parse_seconds)
        limit_cpu(seconds)
        reporter.working(page_id, snapshot_id, _WALL_PER_CPU * seconds + _WALL_SECONDS)
        yield

    def on_processed(page: Page, snapshot: Snapshot, interpretation: Interpretation) -> None:
        reporter.idle()
        told(page, snapshot, interpretation)

    told = log_processed(child.metrics)
    processing = Processing(
        child.parts.store,
        system_clock,
        settings.absences_before_lost,
        child.metrics.timed("read", understand),
        AdaptSchedule(),
    )
    store, owner = child.parts.store, child.owner
    processor = PageProcessor(
        store, processing, owner=owner, watch=watch, on_processed=on_processed, on_failed=reporter.idle
    )
    loop = ExtractLoop(store, processor, owner=owner, lease=timedelta(seconds=settings.lease_seconds))
    pulse = Pulse(settings.tick_seconds)
    pulse.begin()
    limit_memory(settings.parse_memory_bytes)

    def stop(*_: object) -> None:
        child.stopping.set()
        loop.wake()

    signal.signal(signal.SIGTERM, stop)
    with _reporting(child, pulse, woken=loop.wake):
        try:
            _run_extractor(child, loop, pulse)
        except MemoryError:
            os._exit(EXIT_MEMORY)


def _run_extractor(child: _Child, loop: ExtractLoop, pulse: Pulse) -> None:
    complaints = Seldom()
    while not child.stopping.is_set():
        try:
            pulse.tick(worked=False)
            limit_cpu(child.settings.parse_seconds)
            worked = loop.step()
            pulse.tick(worked=True)
            if not worked:
                loop.wait(child.settings.tick_seconds)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 — the database, or our own fault: the page waits, and is tried again
            child.metrics.failed("extract")
            complaints.complain("step failed, will be tried again", error, step="extract")
            child.stopping.wait(_RETRY_SECONDS)
    # What the fetcher archived last should not have to wait for the next start.
    last = time.monotonic() + _DRAIN_SECONDS
    with suppress(PagewitnessError):
        while time.monotonic() < last and loop.step():
            pass


def _deliver(child: _Child) -> None:
    clock = JobClock(child.metrics)
    loop = DeliveryLoop(child.parts, child.metrics, clock=system_clock, owner=child.owner)
    pulse = Pulse(child.settings.tick_seconds)
    pulse.begin()

    def plan() -> int:
        planned = loop.plan()
        if planned:
            clock.hurry("dispatch")
        return planned

    clock.add("plan", plan, child.settings.tick_seconds, pulse=pulse)
    clock.add("dispatch", loop.dispatch_apart, child.settings.tick_seconds)
    clock.add("sweep", loop.sweep, SWEEP_SECONDS)
    with _reporting(child, pulse, woken=lambda: clock.hurry("plan")):
        clock.start()
        child.stopping.wait()
        clock.stop()
        # What was recorded last goes out now, where that works at once.
        with suppress(PagewitnessError):
            loop.plan()
            loop.dispatch_apart()
            loop.stop(child.settings.shutdown_seconds)


def _serve(child: _Child) -> None:
    from pagewitness.server import Web  # noqa: PLC0415 (slow to import, and no other role needs it)

    assert child.listening is not None
    listening = socket.socket(fileno=child.listening)
    supervisor = partial(ask, child.settings)
    with (
        Web(child.parts, listening=listening, metrics=child.metrics, ask=supervisor) as web,
        _reporting(child, url=web.url),
    ):
        child.stopping.wait()


_ROLES: dict[str, Callable[[_Child], None]] = {
    "fetcher": _fetch,
    "fetcher-alone": lambda child: _fetch(child, crashing=True),
    "extractor": _extract,
    "deliveries": _deliver,
    "web": _serve,
}


@contextmanager
def _reporting(
    child: _Child, pulse: Pulse | None = None, *, woken: Callable[[], None] | None = None, url: str = ""
) -> Iterator[None]:
    """Beat, tell what was counted, and hear the supervisor, until the block ends."""
    ended = threading.Event()

    def beat() -> None:
        beats = 0
        while not ended.wait(_BEAT_SECONDS):
            # Without a beat the supervisor replaces us.
            if pulse is None or not pulse.stopped():
                idle = pulse.idle() if pulse is not None and not child.stopping.is_set() else []
                child.reporter.beat(idle, child.parts.database.write_error)
            beats += 1
            if beats % round(_METRICS_SECONDS / _BEAT_SECONDS) == 0:
                child.reporter.metrics(child.metrics.counted())

    def hear() -> None:
        while os.read(child.lifeline, 4096):
            if woken is not None:
                woken()
        os._exit(1)  # the supervisor is gone

    child.reporter.ready(READING_VERSION, url)
    for job in (beat, hear):
        threading.Thread(target=job, name=job.__name__, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        child.reporter.metrics(child.metrics.counted())


if __name__ == "__main__":
    main(sys.argv[1:])
