"""Entry point of a service process: `python -m pagewitness.service.child NAME ROLE OWNER PARENT REPORTS LIFELINE [LISTENING]`, run by the supervisor.

It reads its settings from standard input, reports over REPORTS, and ends when LIFELINE is closed, on SIGTERM or when its parent ends. Each role imports
only the modules it needs, because imported modules stay in the memory of the process.
"""

from __future__ import annotations

import signal
import sys
import threading
from importlib import import_module
from importlib.metadata import version

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.composition import open_app
from pagewitness.service.child_context import Child
from pagewitness.service.gc_tuning import collect_seldom
from pagewitness.service.metrics import Metrics
from pagewitness.service.process_limits import end_with_parent
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


def main(arguments: list[str]) -> None:
    """Run one role until the process is to end."""
    name, role, owner, parent, reports, lifeline, *listening = arguments
    end_with_parent(int(parent))
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    logs.configure(settings, process=name)
    collect_seldom()
    module, function = ROLES[role]
    run = getattr(import_module(module), function)
    try:
        # The supervisor has created the database. One that is missing now was moved away: an empty one in its place would be monitored instead.
        with open_app(settings, create=False) as parts:
            metrics = Metrics(parts.database, clock=system_clock, version=version("pagewitness"))
            inherited = int(listening[0]) if listening else None
            run(
                Child(name, owner, settings, parts, metrics, Reporter(int(reports)), int(lifeline), stopping, inherited)
            )
    except PagewitnessError as error:
        log.error("process cannot go on", error=str(error))  # noqa: TRY400 (the supervisor starts it again)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
