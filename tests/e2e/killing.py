"""A supervised service whose processes are killed again and again, its supervisor among them, and what is found in its database meanwhile."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from pagewitness.clock import system_clock
from pagewitness.composition import open_app
from pagewitness.service.control import ask
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from tests.e2e.command import environment
from tests.e2e.stories import Origin, declare
from tests.support.arming import FOLDER, Arming, Death
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.receivers import Mailbox, Receiver
from tests.support.seams import HALF_AN_ANSWER, MESSAGE_TAKEN, SEAMS, Countdown, Item, Stage

ROOT = Path(__file__).parents[2]
SUPERVISOR = "supervisor"
PROCESSES = ("fetcher", "extractor-1", "extractor-2", "deliveries", "web")
GLANCE_SECONDS = 0.1
"""Interval between two queries of a running service's database: they take processor time from it."""
SHORT_LEASE_SECONDS = 4.0
"""Lease of a service whose supervisor is to be killed: the leases of its processes expire after this."""
LONG_LEASE_SECONDS = 300.0
"""Lease of the last service, longer than any wait: a killed process's leases would be missed if they were not released."""


@dataclass(frozen=True)
class Kill:
    """A kill.

    Attributes:
        role: Of the process: "fetcher", "extractor", "deliveries", "web" or "supervisor".
        seam: Where it struck; "" at any time.
        item: What was at stake; None where it struck at any time.
    """

    role: str
    seam: str = ""
    item: Item | None = None

    @property
    def stage(self) -> Stage | None:
        """The stage that it fell into; None where it struck at any time."""
        return SEAMS[self.seam].stage if self.seam else None


@dataclass(frozen=True)
class Found:
    """What a database holds.

    Attributes:
        checks: Its snapshots by page and body.
        waiting: How many snapshots, events and deliveries are not done with, and how many pages are claimed or wait after a failed attempt.
        owners: In whose names something is leased or claimed, or was when its process ended.
    """

    checks: Counter[tuple[str, str]]
    waiting: int
    owners: frozenset[str]

    def kept(self) -> Counter[str]:
        """Snapshots by URL."""
        kept: Counter[str] = Counter()
        for (url, _), count in self.checks.items():
            kept[url] += count
        return kept


def found(url: str) -> Found:
    """What is in the database now, in one consistent look."""
    with _connected(url) as run:
        checks = run(
            "SELECT pages.url, bodies.sha256, count(*) FROM snapshots JOIN pages ON pages.id = snapshots.page_id"
            " JOIN bodies ON bodies.id = snapshots.body_id GROUP BY pages.url, bodies.sha256"
        )
        ((waiting,),) = run(
            "SELECT (SELECT count(*) FROM snapshots WHERE read_at IS NULL)"
            " + (SELECT count(*) FROM events WHERE planned_at IS NULL AND origin = 'live')"
            " + (SELECT count(*) FROM deliveries WHERE state = 'pending') + (SELECT count(*) FROM page_claims)"
        )
        owners = run(
            "SELECT lease_owner FROM hosts UNION SELECT lease_owner FROM page_claims UNION SELECT lease_owner FROM deliveries"
        )
        return Found(
            checks=Counter({(page, bytes(digest).hex()): count for page, digest, count in checks}),
            waiting=waiting,
            owners=frozenset(owner for (owner,) in owners if owner is not None),
        )


Run = Callable[[str], list[Any]]


@contextmanager
def _connected(url: str) -> Iterator[Run]:
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield lambda sql: connection.execute(sql).fetchall()
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)) as file:
        file.execute("BEGIN")
        yield lambda sql: file.execute(sql).fetchall()


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


_SETTLED_SECONDS = 400.0
"""Maximum time until everything is delivered: a channel that a busy machine kept waiting is paused for minutes."""


class Lane:
    """One database with an origin and receivers of its own, and the one service on it.

    Attributes:
        url: The database.
        origin, mailbox, receiver: Whom it has to do with.
        log: What all processes wrote to standard error.
    """

    def __init__(self, url: str, folder: Path, origin: Origin, mailbox: Mailbox, receiver: Receiver) -> None:
        """Declare pages, channels and rules; nothing runs yet."""
        self.url, self.origin, self.mailbox, self.receiver = url, origin, mailbox, receiver
        self.log = folder / "log.txt"
        self._arming = Arming(folder)
        self._environment = environment(
            {
                "database_url": url,
                "web_port": 0,
                "log_format": "json",
                "tick_seconds": 0.1,
                "host_interval_seconds": 0,
                "send_seconds": 0.8 * SHORT_LEASE_SECONDS,
                "extractors": 2,
                "runtime_dir": folder,
            }
        ) | {FOLDER: str(folder)}
        self._settings = Settings(database_url=url, runtime_dir=folder)
        self._next_glance = 0.0
        self._is_finished = False
        watchlist = loader.load(declare(folder, origin, mailbox, receiver))
        with open_app(self._settings) as app:
            app.store.apply_declared(
                watchlist.pages, watchlist.facts, watchlist.channels, watchlist.rules, now=system_clock()
            )

    # --- the service

    @contextmanager
    def running(self) -> Iterator[None]:
        """A service, killed in the end where it still lives."""
        self._start(SHORT_LEASE_SECONDS)
        try:
            yield
        finally:
            self._process.kill()
            self._process.wait()

    def _start(self, lease_seconds: float) -> None:
        environ = self._environment | {"PAGEWITNESS_LEASE_SECONDS": str(lease_seconds)}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "tests.support.mortal_supervisor"]
            self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=log)

    def live_on(self) -> None:
        """End the story with the present step, let the service finish what is begun, and end it in good order."""
        self.origin.last = self.origin.place
        self._wait(lambda: self._is_finished, _SETTLED_SECONDS)
        self._wait(lambda: found(self.url).waiting == 0, _SETTLED_SECONDS)
        self._process.send_signal(signal.SIGTERM)
        assert soon(lambda: self._process.poll() is not None), self.last_words()
        assert self._process.poll() == 0, self.last_words()

    def last_words(self) -> str:
        return self.log.read_text()[-5000:]

    def _pid(self, name: str) -> int | None:
        """The number of a process; None where none of that name runs."""
        status = ask(self._settings, "status") or {"processes": []}
        return next((one["pid"] for one in status["processes"] if one["name"] == name), None)

    def _present(self, name: str) -> int:
        """The number of a process, once it has come so far as to say in whose name it works."""

        def ready() -> bool:
            pid = self._pid(name)
            return pid is not None and self._arming.owner(pid) is not None

        self._wait(ready)
        pid = self._pid(name)
        assert pid is not None, self.last_words()
        return pid

    # --- kills

    def kill_at(self, seam: str, crossings: int) -> Kill:
        """Have the process die that first crosses a seam for the n-th time, and wait until it is replaced."""
        if seam in (HALF_AN_ANSWER, MESSAGE_TAKEN):
            death = self._killed_by_a_peer(seam, crossings)
        else:
            self._arming.arm(seam, crossings)
            self._wait(lambda: self._arming.death() is not None)
            death = self._arming.death()
            assert death is not None
        self._wait_until_replaced(death.pid, death.name)
        return Kill(SEAMS[seam].role, seam, death.item)

    def kill_any(self, name: str, seconds: float) -> Kill:
        """Kill a process after so many seconds, whatever it is at, and wait until it is replaced."""
        self._live(seconds)
        pid = self._present(name)
        os.kill(pid, signal.SIGKILL)
        self._wait_until_replaced(pid, name)
        return Kill(name.partition("-")[0])

    def kill_supervisor(self, seconds: float, *, is_last: bool) -> Kill:
        """Kill the supervisor after so many seconds: its processes end with it, and another one is started."""
        self._live(seconds)
        pids = [self._present(name) for name in PROCESSES]
        self._process.kill()
        self._process.wait()
        assert soon(lambda: not any(map(is_alive, pids))), "a process outlives its supervisor"
        self._start(LONG_LEASE_SECONDS if is_last else SHORT_LEASE_SECONDS)
        return Kill(SUPERVISOR)

    def _killed_by_a_peer(self, seam: str, crossings: int) -> Death:
        """Have the origin or a receiver kill the process that it has to do with, while that waits for it."""
        countdown, name = Countdown(seam, crossings), SEAMS[seam].role
        pid = self._present(name)
        deaths: list[Death] = []

        def kill(item: Item) -> None:
            os.kill(pid, signal.SIGKILL)
            soon(lambda: not is_alive(pid))
            deaths.append(Death(pid, name, item))

        def take(uid: str) -> None:
            if countdown.is_over(MESSAGE_TAKEN):
                kill(("delivery", uid))

        self.origin.on_request = countdown.is_over
        self.origin.on_half = lambda url: kill(("look", url))
        self.mailbox.on_taken = lambda message: take(str(message["X-Pagewitness-Delivery"]))
        self.receiver.on_taken = lambda call: take(call.headers["webhook-id"])
        self._wait(lambda: deaths)
        return deaths[0]

    def _wait_until_replaced(self, pid: int, name: str) -> None:
        """Wait until another process has replaced it and its leases are released."""
        owner = self._arming.owner(pid)
        self._wait(lambda: self._pid(name) not in (None, pid))
        self._wait(lambda: owner not in found(self.url).owners)

    # --- time that passes

    def _live(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self._wait(lambda: time.monotonic() > end)

    def _wait(self, until: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for something while the service runs and the origin goes on with its story."""

        def arrived() -> bool:
            self._go_on()
            return self._process.poll() is not None or bool(until())

        assert soon(arrived, seconds), self.last_words()
        assert self._process.poll() is None, self.last_words()

    def _go_on(self) -> None:
        """Let the origin go on, now and then."""
        if time.monotonic() >= self._next_glance:
            self._next_glance = time.monotonic() + GLANCE_SECONDS
            self._is_finished = self.origin.go_on(found(self.url).checks)
