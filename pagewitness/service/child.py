"""Entry point of a service process, called in the process that the fork server has forked for the supervisor.

It sends its reports over a pipe, and ends when its lifeline is closed, on SIGTERM or when the fork server ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.composition import open_app
from pagewitness.service.child_context import Child
from pagewitness.service.gc_tuning import collect_seldom
from pagewitness.service.metrics import Metrics
from pagewitness.service.reports import Reporter
from pagewitness.settings import Settings

log = logs.get("pagewitness.service")

ROLES = {
    "fetcher": ("pagewitness.service.fetcher", "run"),
    "fetcher-alone": ("pagewitness.service.fetcher", "run_alone"),
    "extractor": ("pagewitness.service.extractor", "run"),
    "deliveries": ("pagewitness.service.deliveries", "run"),
    "web": ("pagewitness.service.web_process", "run"),
}
"""Module and function of each role; the function returns when the process is to end."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a process of the service is started with.

    Attributes:
        name: Unique name, for example "extractor-2".
        role: Key of `ROLES`.
        owner: Owner of its leases and claims.
        descriptors: File descriptors: a pipe with its configuration, the pipe for its reports, its lifeline and, for the web, the listening socket.
            The configuration is {"settings", "environment"}; it comes from the supervisor directly, so that no secret passes through the memory that
            all processes share.
    """

    name: str
    role: str
    owner: str
    descriptors: Sequence[int]


def main(start: Start) -> None:
    """Run one role until the process is to end."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    configuration, reports, lifeline, *listening = start.descriptors
    with os.fdopen(configuration, encoding="utf-8") as file:
        given = json.load(file)
    os.environ.update(given["environment"])
    settings = Settings.model_validate_json(given["settings"])
    logs.configure(settings, process=start.name)
    collect_seldom()
    module, function = ROLES[start.role]
    run = getattr(import_module(module), function)
    try:
        # The supervisor has created the database. One that is missing now was moved away: an empty one in its place would be monitored instead.
        with open_app(settings, create=False) as parts:
            metrics = Metrics(parts.database, clock=system_clock, version=version("pagewitness"))
            inherited = listening[0] if listening else None
            run(
                Child(
                    start.name, start.owner, settings, parts, metrics, Reporter(reports), lifeline, stopping, inherited
                )
            )
    except PagewitnessError as error:
        log.error("process cannot go on", error=str(error))  # noqa: TRY400 (the supervisor starts it again)
        sys.exit(1)
