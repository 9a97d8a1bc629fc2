"""The process of the service: the signals it obeys, and how it ends.

SIGTERM and SIGINT end it when what is under way is done, or after a while without that. A second one ends it at once. SIGHUP reads the watchlist again.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
from collections.abc import Callable
from types import FrameType

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.server import Web
from pagewitness.service import Service
from pagewitness.wiring import Parts
from storage.declared import ApplyReport
from storage.exclusive import Hold

log = logs.get("pagewitness.service")

_ENDING = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """Signals as a queue, in the order in which they came. A second one that asks to end is obeyed on the spot, with exit code 128 + its number."""

    def __init__(self) -> None:
        """From now on they are taken; only the main thread may do this."""
        self._came: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._ending = False
        for number in (*_ENDING, signal.SIGHUP):
            signal.signal(number, self._take)

    def wait(self) -> int:
        """The next one."""
        return self._came.get()

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if number in _ENDING:
            if self._ending:
                os._exit(128 + number)
            self._ending = True
        self._came.put(number)


def run(parts: Parts, signals: Signals, declare: Callable[[], ApplyReport] | None, hold: Hold) -> None:
    """Watch until a signal says to end. Does not return where work had to be abandoned: it ends the process then, with exit code 0.

    Args:
        parts: What to work with.
        signals: Taken since before there was anything to lose.
        declare: Reads the watchlist and applies it; None where there is none.
        hold: The lock that keeps other services off an SQLite file.
    """
    service = Service(parts, clock=system_clock, hold=hold)
    with Web(parts, service) as web:
        service.start()
        log.info("listening", url=web.url)
        while signals.wait() == signal.SIGHUP:
            reload(declare)
        ended = service.stop(parts.settings.shutdown_seconds)
    if not ended:
        # A thread that hangs would keep the interpreter waiting. Nothing is lost: what it was at is still due, unread or pending.
        logging.shutdown()
        os._exit(0)


def reload(declare: Callable[[], ApplyReport] | None) -> None:
    """Apply the watchlist as it is now; one that cannot be used changes nothing, and the log says all that is wrong with it."""
    if declare is None:
        log.warning("nothing to reload: PAGEWITNESS_WATCHLIST is not set")
        return
    try:
        report = declare()
    except PagewitnessError as error:
        log.error("watchlist not applied, all stays as it was", problems=str(error).splitlines())  # noqa: TRY400
    except Exception:
        log.exception("watchlist not applied, all stays as it was")
    else:
        log.info("watchlist applied", added=report.added, changed=report.changed, retired=report.retired)
