"""The context of a service process, and its reports to the supervisor while its role runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from monitor.parser_version import PARSER_VERSION
from pagewitness.composition import AppContext
from pagewitness.service.liveness import Liveness
from pagewitness.service.metrics import Metrics
from pagewitness.service.reports import Reporter
from pagewitness.settings import Settings

_BEAT_SECONDS = 1.0
_METRICS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Child:
    """The objects that every role works with."""

    name: str
    owner: str
    settings: Settings
    parts: AppContext
    metrics: Metrics
    reporter: Reporter
    lifeline: int
    stopping: threading.Event
    listening: int | None


@contextmanager
def reporting(
    child: Child, pulse: Liveness | None = None, *, woken: Callable[[], None] | None = None, url: str = ""
) -> Iterator[None]:
    """Send heartbeats and metrics to the supervisor, and call `woken` when it wakes the process, until the block ends."""
    ended = threading.Event()

    def beat() -> None:
        beats = 0
        while not ended.wait(_BEAT_SECONDS):
            # Without a heartbeat the supervisor restarts this process.
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
        os._exit(1)  # the supervisor has ended

    child.reporter.ready(PARSER_VERSION, url)
    for job in (beat, hear):
        threading.Thread(target=job, name=job.__name__, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        child.reporter.metrics(child.metrics.counted())
