"""The supervisor: starts the processes of the service, restarts them when they end, and kills them when they exceed a limit or stop reporting.

It handles no external bytes: its only input is the reports of our own processes, made of fixed words and numbers. The unfinished work of a process that
ended is in the database, under leases that the supervisor releases at once.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pagewitness import logs
from pagewitness.service import reports
from pagewitness.service.bookkeeping import Bookkeeper
from pagewitness.service.control import Control, socket_path
from pagewitness.service.file_watch import FileWatch
from pagewitness.service.leases import Leases
from pagewitness.service.metric_totals import MetricTotals
from pagewitness.service.process import Launch, Process, Work
from pagewitness.service.process_limits import ended, excess
from pagewitness.service.process_slot import CRASHING, DELIVERIES, EXTRACTOR, FETCHER, WEB, ProcessSlot
from pagewitness.service.signals import Signals
from pagewitness.settings import Settings
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore

log = logs.get("pagewitness.supervisor")

SILENT_SECONDS = 30.0
"""A process that sends no report for this long is considered hung: it is killed and restarted."""

START_SECONDS = 60.0
"""Maximum start time of a process."""

STEADY_SECONDS = 10.0
"""After running this long, a process counts as having worked: its backoff is reset when it ends."""

CRASHING_HOSTS_SECONDS = 10.0
"""Interval of the query for hosts at which fetchers crashed repeatedly, which are visited one at a time."""

SWITCH_SECONDS = 5.0
"""How long processes may take to close a database file that was replaced."""

_LOOP_SECONDS = 0.25
_STALL_SECONDS = 5.0
_BOOKKEEPING_SECONDS = 1.5

_STAGES = (((FETCHER, CRASHING), 4.0), ((EXTRACTOR,), 2.0), ((DELIVERIES,), 0.5), ((WEB,), 0.0))
"""The order in which roles are stopped, with the seconds that each stage reserves for the later ones."""


class Supervisor:
    """Runs the service's processes until SIGTERM or SIGINT."""

    def __init__(
        self,
        settings: Settings,
        store: SqlStore,
        outbox: SqlOutbox,
        *,
        clock: Callable[[], datetime],
        launch: Launch,
        note_write_error: Callable[[str], None],
        listening: int | None,
    ) -> None:
        """Create the slots and the control socket; `run` starts the processes.

        Args:
            settings: The settings of this machine.
            store: Where host leases and page claims are released.
            outbox: Where delivery leases are released.
            clock: The wall clock.
            launch: Starts a process; see `pagewitness.service.process.start`.
            note_write_error: Stores the error of the last failed write ("" if it succeeded) outside the database, where `status` finds it.
            listening: File descriptor of the web's listening socket; None runs no web.

        Raises:
            ConfigurationError: The local control socket cannot be created.
        """
        self._settings = settings
        self._store = store
        self._clock = clock
        self._launch = launch
        self._note_write_error = note_write_error
        self._file = FileWatch(store.database)
        self._listening = listening
        self._since = clock()
        names = [FETCHER, *(f"{EXTRACTOR}-{n}" for n in range(1, settings.extractors + 1)), DELIVERIES]
        names += [WEB] if listening is not None else []
        self._slots = {name: ProcessSlot(name, name.partition("-")[0]) for name in names}
        self._slots[CRASHING] = ProcessSlot(CRASHING, CRASHING, due=None)
        self._selector = selectors.DefaultSelector()
        self._bookkeeper = Bookkeeper()
        self._leases = Leases(store, outbox, self._bookkeeper, timedelta(seconds=settings.lease_seconds))
        self._tally = MetricTotals()
        self._ending = False
        self._searched = self._looped = time.monotonic()
        answers: Mapping[str, Callable[[], Any]] = {"status": self.status, "metrics": self._tally.families}
        self._control = Control(socket_path(settings), answers, self._selector)

    # --- main loop

    def run(self, signals: Signals, reload: Callable[[], None]) -> None:
        """Keep the processes running until SIGTERM or SIGINT; SIGHUP calls `reload`, which must not block."""
        self._selector.register(signals, selectors.EVENT_READ, signals.drain)
        try:
            while not self._ending:
                self._turn()
                for number in signals.taken():
                    if number == signal.SIGHUP:
                        reload()
                    else:
                        self._ending = True
            self._end()
        finally:
            self._kill_all()
            self._bookkeeper.close(_BOOKKEEPING_SECONDS)
            self._control.close()
            self._selector.close()

    def status(self) -> dict[str, Any]:
        """Return the state of the processes, as shown by `status` and the web."""
        return {
            "pid": os.getpid(),
            "since": self._since.isoformat(),
            "problems": self._problems(),
            "processes": [
                slot.status(with_problems=slot.name != CRASHING)
                for slot in self._slots.values()
                if slot.process is not None or slot.due is not None or slot.restarts
            ],
        }

    def _turn(self) -> None:
        """Run one iteration: receive reports, restart ended processes, kill processes that exceeded a limit."""
        for key, _ in self._selector.select(_LOOP_SECONDS):
            key.data()
        now = time.monotonic()
        if now - self._looped > _STALL_SECONDS:
            # The supervisor itself was suspended; its processes may have been, too.
            for process in self._running():
                process.forgive(now - self._looped)
        self._looped = now
        for slot in list(self._slots.values()):
            self._reap(slot, now)
            is_due = slot.process is None and slot.due is not None and now >= slot.due
            if is_due and not self._ending and not self._file.is_switching:
                self._start(slot)
        self._end_excesses(now)
        self._control.tidy()
        self._leases.renew(self._slots.values(), now)
        self._note_write_error(next(filter(None, (process.write_error for process in self._running())), ""))
        if not self._ending:
            self._mind_the_file(now)
            self._search_crashing_hosts(now)

    def _mind_the_file(self, now: float) -> None:
        """Switch to the new database file if the open one was replaced, once no process uses the old one."""
        if self._file.wants_switch(now):
            for process in self._running():
                process.terminate()
        if self._file.is_switching:
            if now - self._file.since > SWITCH_SECONDS:
                for process in self._running():
                    process.kill("it used a database file that was replaced")
            if not self._running():
                self._file.switch()

    def _end(self) -> None:
        """Stop the processes with SIGTERM, stage by stage; kill those still running at the deadline."""
        log.info("stopping")
        end = time.monotonic() + self._settings.shutdown_seconds - min(2.0, self._settings.shutdown_seconds / 4)
        # In the order of the data flow, so that the last responses are still extracted and their alerts sent; each stage reserves time for the later ones.
        for roles, reserved in _STAGES:
            stage = [slot for slot in self._slots.values() if slot.role in roles]
            for slot in stage:
                if slot.process is not None:
                    slot.process.terminate()
            last = end - reserved * min(1.0, self._settings.shutdown_seconds / 10)
            while any(slot.process is not None for slot in stage) and time.monotonic() < last:
                self._turn()
        left = [slot.name for slot in self._slots.values() if slot.process is not None]
        if left:
            log.warning("stopped without waiting for what is under way", processes=left)
            self._kill_all()
        else:
            log.info("stopped")

    def _kill_all(self) -> None:
        for slot in self._slots.values():
            if slot.process is not None:
                slot.process.kill("it was stopped")
                slot.process.wait()
                self._reap(slot, time.monotonic())

    # --- processes

    def _running(self) -> list[Process]:
        return [slot.process for slot in self._slots.values() if slot.process is not None]

    def _start(self, slot: ProcessSlot) -> None:
        slot.due = None
        try:
            process = self._launch(slot.name, slot.role, self._settings, self._listening)
        except OSError as error:
            slot.cause = f"it could not be started: {error.strerror or error}"
            slot.schedule_restart(time.monotonic())
            log.error("process not started", process=slot.name, error=slot.cause)  # noqa: TRY400
            return
        slot.process = process
        self._selector.register(process.reports, selectors.EVENT_READ, lambda: self._receive(slot, process))

    def _receive(self, slot: ProcessSlot, process: Process) -> None:
        try:
            received = process.receive()
            for report in received:
                self._take(slot, process, report)
        except (ValueError, KeyError, TypeError) as error:
            log.error("process ended for what it reported", process=slot.name, error=str(error)[:200])  # noqa: TRY400
            process.kill("it reported what is no report")
            self._unregister(process)
            return
        if process.is_silent:
            self._unregister(process)

    def _take(self, slot: ProcessSlot, process: Process, report: Mapping[str, Any]) -> None:
        kind = report["kind"]
        process.last_report_at = time.monotonic()
        if kind == reports.READY:
            process.is_ready, process.code = True, str(report["code"])[:64]
            log.info("process started", process=slot.name, pid=process.pid)
            if report["url"]:
                log.info("listening", url=str(report["url"])[:200])
        elif kind == reports.BEAT:
            process.problems = [str(problem)[:500] for problem in report["problems"]][:10]
            process.write_error = str(report["write_error"])[:500]
        elif kind == reports.WORKING:
            process.work = Work(
                int(report["page"]), int(report["snapshot"]), time.monotonic(), float(report["seconds"])
            )
        elif kind == reports.IDLE:
            process.work, process.has_worked = None, True
            self._wake(DELIVERIES)
        elif kind == reports.ARCHIVED:
            process.has_worked = True
            self._wake(EXTRACTOR)
        elif kind == reports.METRICS:
            self._tally.report(slot.name, report["families"])

    def _wake(self, role: str) -> None:
        for slot in self._slots.values():
            if slot.role == role and slot.process is not None and slot.process.work is None:
                slot.process.wake()

    def _reap(self, slot: ProcessSlot, now: float) -> None:
        """If the slot's process has ended, release its leases and schedule its restart."""
        process = slot.process
        if process is None or (code := process.poll()) is None:
            return
        self._receive(slot, process)  # its last reports
        self._unregister(process)
        process.close()
        slot.process = None
        self._tally.ended(slot.name)
        if code == 0 and (self._ending or slot.name == CRASHING):
            return  # ended normally, with no leases left
        own_doing = process.kill_reason if process.exceeded else excess(code)
        failure = f"it could not be started: {process.failure}" if process.failure else ""
        slot.cause = failure or process.kill_reason or own_doing or ended(code)
        self._leases.release(slot.role, process, own_doing)
        if self._ending:
            return
        if process.has_worked or now - process.started_at > STEADY_SECONDS:
            slot.failures = 0
        slot.restarts += 1
        if slot.name != CRASHING:
            slot.schedule_restart(now, at_once=bool(own_doing) and slot.failures == 0 and process.has_worked)
        log.warning("process ended", process=slot.name, pid=process.pid, why=slot.cause)

    def _end_excesses(self, now: float) -> None:
        for slot in self._slots.values():
            process = slot.process
            if process is None or process.kill_reason:
                continue
            if process.work is not None:
                if now - process.work.since > process.work.seconds:
                    process.kill(f"it took longer than {process.work.seconds:g} s", exceeded=True)
            elif now - process.last_report_at > (SILENT_SECONDS if process.is_ready else START_SECONDS):
                process.kill(
                    f"it fell silent for {now - process.last_report_at:.0f} s", exceeded=slot.role != EXTRACTOR
                )

    def _search_crashing_hosts(self, now: float) -> None:
        """Start a separate fetcher if a host at which fetchers crashed repeatedly is due."""
        slot = self._slots[CRASHING]
        if slot.process is not None or now - self._searched < CRASHING_HOSTS_SECONDS:
            return
        self._searched = now

        def search() -> None:
            if self._store.due_crashing_host(self._clock()):
                slot.due = 0.0

        self._bookkeeper.do("find crashing hosts", search, once=True)

    def _unregister(self, process: Process) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(process.reports)

    # --- status

    def _problems(self) -> list[str]:
        problems = [
            f"{slot.name}: {problem}"
            for slot in self._slots.values()
            if slot.name != CRASHING
            for problem in slot.problems()
        ]
        if self._ending:
            return ["the service is stopping"]
        kept = self._bookkeeper.problem()
        problems += [self._file.problem] if self._file.problem else []
        return problems + ([f"leases cannot be given back: {kept}"] if kept else [])
