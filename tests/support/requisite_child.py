"""Archives a page and its requisites in a process of its own, which ends by SIGKILL at a step: `python -m tests.support.requisite_child DATABASE NOW STEP CROSSING`.

STEP is a key of `STEPS`, "none", or "search TEXT": while a body that contains TEXT is searched. CROSSING is 1 for the first time that the step is reached.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pagewitness.composition import open_app
from pagewitness.service.host_session import HostSession
from pagewitness.settings import Settings
from storage.requisites import archiving
from storage.store import SqlStore
from tests.support.services import stepped

STEPS: dict[str, tuple[Any, str, bool]] = {
    "a body is taken to be searched": (SqlStore, "next_discovery", True),
    "requisites are to be queued": (SqlStore, "store_discovery", False),
    "requisites are queued": (SqlStore, "store_discovery", True),
    "a visit begins": (SqlStore, "due_requisites", True),
    "a requisite is fetched": (HostSession, "fetch_page", True),
    "its transaction begins": (SqlStore, "archive_requisite", False),
    "its exchange is stored, uncommitted": (archiving, "_store", True),
    "its body is queued to be searched, uncommitted": (archiving, "_queue_discovery", True),
    "its transaction is committed": (SqlStore, "archive_requisite", True),
}
"""By name: the owner and name of a function, and whether the process ends after it or before it."""


def settings(database_url: str) -> Settings:
    """Return settings with short leases, so that those of a process that ended do not last."""
    return Settings(
        database_url=database_url, lease_seconds=1.5, send_seconds=1, tick_seconds=0.5, host_interval_seconds=0
    )


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(step: str, crossing: int) -> None:
    owner, name, is_after = STEPS[step]
    original: Callable[..., Any] = getattr(owner, name)
    left = crossing

    def armed(*args: Any, **more: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and not is_after:
            _end()
        result = original(*args, **more)
        if left == 0:
            _end()
        return result

    setattr(owner, name, armed)


def main(database_url: str, now: str, step: str, crossing: str) -> None:
    at = datetime.fromisoformat(now)
    if step in STEPS:
        _arm(step, int(crossing))
    with open_app(settings(database_url)) as app, stepped(app, lambda: at) as service:
        if step.startswith("search "):
            discover, text = service.discovering._discover, step.removeprefix("search ").encode()
            service.discovering._discover = lambda body, *args, **more: (
                _end() if text in body else None,
                discover(body, *args, **more),
            )[1]
        service.tick()
        service.settle()
        service.archive_requisites()


if __name__ == "__main__":
    main(*sys.argv[1:])
