"""The supervisor: starts the processes of the service, restarts them when they end, and kills them when they exceed a limit or stop reporting.

It handles no external bytes: its only input is the reports of our own processes, made of fixed words and numbers. The unfinished work of a process that
ended is in the database, under leases that the supervisor releases at once.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pagewitness import logs
from pagewitness.service import reports
from pagewitness.service.bookkeeping import Bookkeeper
from pagewitness.service.control import Control, socket_path
from pagewitness.service.file_watch import FileWatch
from pagewitness.service.metric_totals import MetricTotals
from pagewitness.service.process import Launch, Process, Work
from pagewitness.service.process_limits import ended, excess
from pagewitness.settings import Settings
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore

log = logs.get("pagewitness.supervisor")

SILENT_SECONDS = 30.0
"""A process that sends no report for this long is considered hung: it is killed and restarted."""

START_SECONDS = 60.0
"""Maximum start time of a process."""

RESTART_SECONDS, LONGEST_RESTART_SECONDS = 0.5, 60.0
"""Restart backoff: the first wait, which doubles for each consecutive process that did no work, and the maximum."""

STEADY_SECONDS = 10.0
"""After running this long, a process counts as having worked: its backoff is reset when it ends."""

CRASHING_HOSTS_SECONDS = 10.0
"""Interval of the query for hosts at which fetchers crashed repeatedly, which are visited one at a time."""

SWITCH_SECONDS = 5.0
"""How long processes may take to close a database file that was replaced."""

_LOOP_SECONDS = 0.25
_STALL_SECONDS = 5.0
_BOOKKEEPING_SECONDS = 1.5

FETCHER, EXTRACTOR, DELIVERIES, WEB, CRASHING = "fetcher", "extractor", "deliveries", "web", "fetcher-alone"

_STAGES = (((FETCHER, CRASHING), 4.0), ((EXTRACTOR,), 2.0), ((DELIVERIES,), 0.5), ((WEB,), 0.0))
"""The order in which roles are stopped, with the seconds that each stage reserves for the later ones."""


@dataclass(slots=True)
class _Place:
    """A slot that holds one process of the service and its successors.

    Attributes:
        name: Unique name, for example "extractor-2".
        role: Role, for example "extractor".
        process: The running process; None while there is none.
        restarts: Number of restarts.
        cause: Why the last process ended; "" before the first end.
        failures: Number of consecutive processes that did no work.
        due: When to start the next process, on the monotonic clock; None: not scheduled.
    """

    name: str
    role: str
    process: Process | None = None
    restarts: int = 0
    cause: str = ""
    failures: int = 0
    due: float | None = 0.0


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
        self._outbox = outbox
        self._clock = clock
        self._launch = launch
        self._note_write_error = note_write_error
        self._file = FileWatch(store.database)
        self._listening = listening
        self._since = clock()
        self._lease = timedelta(seconds=settings.lease_seconds)
        names = [FETCHER, *(f"{EXTRACTOR}-{n}" for n in range(1, settings.extractors + 1)), DELIVERIES]
        names += [WEB] if listening is not None else []
        self._places = {name: _Place(name, name.partition("-")[0]) for name in names}
        self._places[CRASHING] = _Place(CRASHING, CRASHING, due=None)
        self._selector = selectors.DefaultSelector()
        self._bookkeeper = Bookkeeper()
        self._tally = MetricTotals()
        self._ending = False
        self._renewed = self._searched = self._looped = time.monotonic()
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
                self._shown(place)
                for place in self._places.values()
                if place.process is not None or place.due is not None or place.restarts
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
        for place in list(self._places.values()):
            self._reap(place, now)
            is_due = place.process is None and place.due is not None and now >= place.due
            if is_due and not self._ending and not self._file.is_switching:
                self._start(place)
        self._end_excesses(now)
        self._control.tidy()
        self._keep_leases(now)
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
            stage = [place for place in self._places.values() if place.role in roles]
            for place in stage:
                if place.process is not None:
                    place.process.terminate()
            last = end - reserved * min(1.0, self._settings.shutdown_seconds / 10)
            while any(place.process is not None for place in stage) and time.monotonic() < last:
                self._turn()
        left = [place.name for place in self._places.values() if place.process is not None]
        if left:
            log.warning("stopped without waiting for what is under way", processes=left)
            self._kill_all()
        else:
            log.info("stopped")

    def _kill_all(self) -> None:
        for place in self._places.values():
            if place.process is not None:
                place.process.kill("it was stopped")
                place.process.wait()
                self._reap(place, time.monotonic())

    # --- processes

    def _running(self) -> list[Process]:
        return [place.process for place in self._places.values() if place.process is not None]

    def _start(self, place: _Place) -> None:
        place.due = None
        try:
            process = self._launch(place.name, place.role, self._settings, self._listening)
        except OSError as error:
            place.cause = f"it could not be started: {error.strerror or error}"
            self._retry(place, time.monotonic())
            log.error("process not started", process=place.name, error=place.cause)  # noqa: TRY400
            return
        place.process = process
        self._selector.register(process.reports, selectors.EVENT_READ, lambda: self._receive(place, process))

    def _receive(self, place: _Place, process: Process) -> None:
        try:
            received = process.receive()
            for report in received:
                self._take(place, process, report)
        except (ValueError, KeyError, TypeError) as error:
            log.error("process ended for what it reported", process=place.name, error=str(error)[:200])  # noqa: TRY400
            process.kill("it reported what is no report")
            self._unregister(process)
            return
        if process.is_silent:
            self._unregister(process)

    def _take(self, place: _Place, process: Process, report: Mapping[str, Any]) -> None:
        kind = report["kind"]
        process.last_report_at = time.monotonic()
        if kind == reports.READY:
            process.is_ready, process.code = True, str(report["code"])[:64]
            log.info("process started", process=place.name, pid=process.pid)
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
            self._tally.report(place.name, report["families"])

    def _wake(self, role: str) -> None:
        for place in self._places.values():
            if place.role == role and place.process is not None and place.process.work is None:
                place.process.wake()

    def _reap(self, place: _Place, now: float) -> None:
        """If the slot's process has ended, release its leases and schedule its restart."""
        process = place.process
        if process is None or (code := process.poll()) is None:
            return
        self._receive(place, process)  # its last reports
        self._unregister(process)
        process.close()
        place.process = None
        self._tally.ended(place.name)
        if code == 0 and (self._ending or place.name == CRASHING):
            return  # ended normally, with no leases left
        own_doing = process.kill_reason if process.exceeded else excess(code)
        failure = f"it could not be started: {process.failure}" if process.failure else ""
        place.cause = failure or process.kill_reason or own_doing or ended(code)
        self._give_back(place, process, own_doing)
        if self._ending:
            return
        if process.has_worked or now - process.started_at > STEADY_SECONDS:
            place.failures = 0
        place.restarts += 1
        if place.name != CRASHING:
            self._retry(place, now, at_once=bool(own_doing) and place.failures == 0 and process.has_worked)
        log.warning("process ended", process=place.name, pid=process.pid, why=place.cause)

    def _retry(self, place: _Place, now: float, *, at_once: bool = False) -> None:
        wait = min(RESTART_SECONDS * 2 ** min(place.failures, 20), LONGEST_RESTART_SECONDS)
        place.due = now if at_once else now + wait
        place.failures += 0 if at_once else 1

    def _give_back(self, place: _Place, process: Process, own_doing: str) -> None:
        """Release a process's leases at once; count a failed attempt at the snapshot that made it exceed a limit or crash."""
        owner, store = process.owner, self._store
        if place.role == EXTRACTOR:
            work = process.work
            if work is not None and own_doing:
                log.error("extraction ended", page=work.page_id, snapshot=work.snapshot_id, why=own_doing)

            def give_back() -> None:
                if work is not None and own_doing:
                    store.fail_attempt(work.page_id, owner, own_doing, process.code)
                store.release_claims(owner, delayed=work is not None and not own_doing)

            self._bookkeeper.do("release claims", give_back)
        elif place.role in (FETCHER, CRASHING):
            self._bookkeeper.do("release hosts", lambda: store.release_hosts(owner, crashed=bool(own_doing)))
        elif place.role == DELIVERIES:
            self._bookkeeper.do("release deliveries", lambda: self._outbox.release(owner))

    def _end_excesses(self, now: float) -> None:
        for place in self._places.values():
            process = place.process
            if process is None or process.kill_reason:
                continue
            if process.work is not None:
                if now - process.work.since > process.work.seconds:
                    process.kill(f"it took longer than {process.work.seconds:g} s", exceeded=True)
            elif now - process.last_report_at > (SILENT_SECONDS if process.is_ready else START_SECONDS):
                process.kill(
                    f"it fell silent for {now - process.last_report_at:.0f} s", exceeded=place.role != EXTRACTOR
                )

    def _keep_leases(self, now: float) -> None:
        """Renew the claims of busy extractors, which cannot renew them while they extract."""
        if now - self._renewed < self._lease.total_seconds() / 3:
            return
        self._renewed = now
        owners = [
            place.process.owner
            for place in self._places.values()
            if place.role == EXTRACTOR and place.process is not None and place.process.work is not None
        ]
        if owners:
            self._bookkeeper.do("renew claims", lambda: self._renew(owners), once=True)

    def _renew(self, owners: Sequence[str]) -> None:
        for owner in owners:
            self._store.renew_claims(owner, self._lease)

    def _search_crashing_hosts(self, now: float) -> None:
        """Start a separate fetcher if a host at which fetchers crashed repeatedly is due."""
        place = self._places[CRASHING]
        if place.process is not None or now - self._searched < CRASHING_HOSTS_SECONDS:
            return
        self._searched = now

        def search() -> None:
            if self._store.due_crashing_host(self._clock()):
                place.due = 0.0

        self._bookkeeper.do("find crashing hosts", search, once=True)

    def _unregister(self, process: Process) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(process.reports)

    # --- status

    def _problems(self) -> list[str]:
        problems = [
            f"{place.name}: {problem}"
            for place in self._places.values()
            if place.name != CRASHING
            for problem in self._problems_of(place)
        ]
        if self._ending:
            return ["the service is stopping"]
        kept = self._bookkeeper.problem()
        problems += [self._file.problem] if self._file.problem else []
        return problems + ([f"leases cannot be given back: {kept}"] if kept else [])

    def _problems_of(self, place: _Place) -> Sequence[str]:
        if place.process is None:
            return [f"it is not running: {place.cause}" if place.cause else "it is not running"]
        return place.process.problems if place.process.is_ready else ["it is starting"]

    def _shown(self, place: _Place) -> dict[str, Any]:
        process = place.process
        shown: dict[str, Any] = {
            "name": place.name,
            "state": "waiting" if process is None else "running" if process.is_ready else "starting",
            "pid": None,
            "since": None,
            "memory_bytes": None,
            "restarts": place.restarts,
            "last_end": place.cause,
            "problems": list(self._problems_of(place)) if place.name != CRASHING else [],
            "snapshot": None,
        }
        if process is not None:
            shown |= {"pid": process.pid, "since": process.since.isoformat(), "memory_bytes": process.memory_bytes()}
            shown["snapshot"] = process.work.snapshot_id if process.work else None
        return shown


class Signals:
    """Collects signals in order of arrival. A second SIGTERM or SIGINT ends the process at once, with exit code 128 + its number."""

    def __init__(self) -> None:
        """Install the signal handlers; only the main thread may do this."""
        self._arrived: list[int] = []
        self._ending = False
        self._reads, self._writes = os.pipe()
        os.set_blocking(self._reads, False)
        os.set_blocking(self._writes, False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._take)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)

    def fileno(self) -> int:
        """Return the file descriptor that becomes readable when a signal arrives."""
        return self._reads

    def drain(self) -> None:
        """Empty the pipe, so that its descriptor becomes readable only at the next signal."""
        with suppress(BlockingIOError):
            while os.read(self._reads, 4096):
                pass

    def taken(self) -> list[int]:
        """Return the signals that arrived since the last call."""
        arrived, self._arrived = self._arrived, []
        return arrived

    def _take(self, number: int, _frame: object) -> None:
        if number != signal.SIGHUP:
            if self._ending:
                os._exit(128 + number)
            self._ending = True
        self._arrived.append(number)
