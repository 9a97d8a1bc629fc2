"""The lives of a service that is killed again and again, and what is found in its database after each."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.e2e.command import BASE, environment, forked
from tests.e2e.stories import Origin, declare
from tests.support import seams
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.receivers import Mailbox, Receiver
from tests.support.seams import HALF_AN_ANSWER, MESSAGE_TAKEN, Countdown, Item, Stage

GLANCE_SECONDS = 0.1
"""Between two looks into a living service's database: they take processor time from it."""
LEASE_SECONDS = 1.0
"""So short that a life need not wait for what the one before had leased. A claim gets only few messages through then."""


@dataclass(frozen=True)
class Found:
    """What a database holds that is not done with; `looks` are its snapshots by page and body."""

    looks: Counter[tuple[str, str]]
    unread: frozenset[int]
    unplanned: frozenset[int]
    unplanned_of: frozenset[int]
    pending: frozenset[str]

    @property
    def is_idle(self) -> bool:
        return not (self.unread or self.unplanned or self.pending)

    def kept(self) -> Counter[str]:
        """Snapshots by URL."""
        kept: Counter[str] = Counter()
        for (url, _), count in self.looks.items():
            kept[url] += count
        return kept


def found(url: str, *, dead: bool) -> Found:
    """What is in the database. Of a dead service's SQLite file a copy is read: to recover it is left to the next life."""
    with _connected(url, dead=dead) as run:
        events = run("SELECT id, read_snapshot_id FROM events WHERE planned_at IS NULL AND origin = 'live'")
        looks = run(
            "SELECT pages.url, bodies.sha256, count(*) FROM snapshots JOIN pages ON pages.id = snapshots.page_id"
            " JOIN bodies ON bodies.id = snapshots.body_id GROUP BY pages.url, bodies.sha256"
        )
        return Found(
            looks=Counter({(url, digest): count for url, digest, count in looks}),
            unread=frozenset(key for (key,) in run("SELECT id FROM snapshots WHERE read_at IS NULL")),
            unplanned=frozenset(key for key, _ in events),
            unplanned_of=frozenset(snapshot for _, snapshot in events),
            pending=frozenset(uid for (uid,) in run("SELECT uid FROM deliveries WHERE state = 'pending'")),
        )


Run = Callable[[str], list[Any]]


@contextmanager
def _connected(url: str, *, dead: bool) -> Iterator[Run]:
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            if dead:
                _wait_for_the_last_words(connection)
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield lambda sql: connection.execute(sql).fetchall()
        return
    path = Path(url.removeprefix("sqlite:///"))
    with tempfile.TemporaryDirectory() as folder:
        if dead:
            for file in path.parent.glob(f"{path.name}*"):
                shutil.copy(file, folder)
            path = Path(folder) / path.name
        with closing(sqlite3.connect(path, timeout=10)) as file:
            file.execute("BEGIN")
            yield lambda sql: file.execute(sql).fetchall()


def _wait_for_the_last_words(connection: psycopg.Connection) -> None:
    """A killed client's COMMIT may still be on its way through the server."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    assert soon(lambda: connection.execute(others).fetchone() == (0,)), "somebody is still connected"


class Life:
    """One process of the service. `died` is set once it is known to be dead."""

    def __init__(self, pid: int, poll: Callable[[], int | None]) -> None:
        self.pid = pid
        self.poll = poll
        self.died = threading.Event()
        self.item: Item | None = None

    def kill(self, item: Item | None = None) -> None:
        """Kill it while its peer waits; from the thread of that peer."""
        self.item = item
        os.kill(self.pid, signal.SIGKILL)
        self.died.wait(PATIENCE_SECONDS)


class Lane:
    """One database with an origin and receivers of its own, and the lives of the service on it, one after the other.

    Attributes:
        url: The database.
        origin, mailbox, receiver: Whom it has to do with.
        log: What all lives wrote to standard error.
    """

    def __init__(self, url: str, folder: Path, origin: Origin, mailbox: Mailbox, receiver: Receiver) -> None:
        self.url, self.origin, self.mailbox, self.receiver = url, origin, mailbox, receiver
        self.log = folder / "log.txt"
        self.watchlist = declare(folder, origin, mailbox, receiver)
        self._report = folder / "report.json"
        self._next_glance = 0.0
        self._before = found(url, dead=True)
        self._asked_before = origin.asked()
        self._received_before = self.received()

    def received(self) -> frozenset[str]:
        """Ids of all messages that were taken."""
        mails = {str(message["X-Pagewitness-Delivery"]) for message in self.mailbox.messages}
        return frozenset(mails | {call.headers["webhook-id"] for call in self.receiver.calls})

    def kill_at(self, seam: str, crossings: int) -> Stage | None:
        """Let a service live until it crosses a seam for the n-th time; gives the stage in which the item at stake is found then."""
        self._report.unlink(missing_ok=True)
        # What is crossed in our own process is counted here, everything else in the service's.
        ours = seam in (HALF_AN_ANSWER, MESSAGE_TAKEN)
        fatal = ("", 0) if ours else (seam, crossings)
        process = forked(seams.serve, *fatal, str(self._report), str(self.log), self._environment())
        assert process.pid is not None
        life = Life(process.pid, lambda: process.exitcode)
        if ours:
            self._lie_in_wait(life, Countdown(seam, crossings))
        self._see_out(life)
        process.join()
        item = life.item or tuple(json.loads(self._report.read_text()))
        return self._judged(lambda now: self._stage_of(item, now, asked=seam != "look begins"))

    def kill_after(self, seconds: float) -> Stage | None:
        """Kill the plain program so long after it began to watch; gives the stage that it was newly in, None where it was in none."""
        with self._plain() as process:
            began = self.log.stat().st_size
            assert soon(lambda: b"watching" in self.log.read_bytes()[began:]), self.last_words()
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                self._go_on()
                time.sleep(min(left, 0.02))
            assert process.poll() is None, self.last_words()
        return self._judged(self._newly_in)

    def live_on(self) -> None:
        """End the story with the present step, let a service finish what is begun, and end it in good order."""
        self.origin.last = self.origin.place
        with self._plain(lease_seconds=30) as process:
            assert soon(self._go_on), self.last_words()
            assert soon(lambda: found(self.url, dead=False).is_idle), self.last_words()
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0, self.last_words()

    def last_words(self) -> str:
        return self.log.read_text()[-5000:]

    def _environment(self, lease_seconds: float = LEASE_SECONDS) -> dict[str, str]:
        return environment(
            {
                "database_url": self.url,
                "watchlist": self.watchlist,
                "web_port": 0,
                "tick_seconds": 0.1,
                "lease_seconds": lease_seconds,
                "send_seconds": 0.8 * lease_seconds,
            }
        )

    @contextmanager
    def _plain(self, **settings: float) -> Iterator[subprocess.Popen[bytes]]:
        with self.log.open("ab") as log:
            process = subprocess.Popen([*BASE, "run"], env=self._environment(**settings), stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def _see_out(self, life: Life) -> None:
        """Wait for the end of a life while the origin goes on with its story."""
        try:
            assert soon(lambda: life.poll() is not None or self._go_on()), self.last_words()
            assert life.poll() == -signal.SIGKILL, self.last_words()
        finally:
            if life.poll() is None:
                os.kill(life.pid, signal.SIGKILL)
            life.died.set()
            self._lie_in_wait(None, Countdown("", 0))

    def _go_on(self) -> bool:
        """Let the origin go on, now and then; whether its story is told."""
        if time.monotonic() < self._next_glance:
            return False
        self._next_glance = time.monotonic() + GLANCE_SECONDS
        return self.origin.go_on(found(self.url, dead=False).looks)

    def _lie_in_wait(self, life: Life | None, countdown: Countdown) -> None:
        """Have the origin or the receivers do the killing, who answer no more after it; None: no more."""
        self.origin.on_request = countdown.is_over

        def take(uid: str) -> None:
            if life and countdown.is_over(MESSAGE_TAKEN):
                life.kill(("delivery", uid))

        self.origin.on_half = lambda url: life.kill(("look", url)) if life else None
        self.mailbox.on_taken = lambda message: take(str(message["X-Pagewitness-Delivery"]))
        self.receiver.on_taken = lambda call: take(call.headers["webhook-id"])

    def _judged(self, judge: Callable[[Found], Stage | None]) -> Stage | None:
        now = found(self.url, dead=True)
        stage = judge(now)
        self._before, self._asked_before, self._received_before = now, self.origin.asked(), self.received()
        return stage

    def _lost(self, url: str, now: Found) -> int:
        """Looks at a page in this life that came to nothing: asked for, and not archived."""
        asked = self.origin.asked()[url] - self._asked_before[url]
        return asked - (now.kept()[url] - self._before.kept()[url])

    def _stage_of(self, item: Item, now: Found, *, asked: bool) -> Stage | None:
        """Where an item stands, as its peers and the database know it; None where it is past all of it."""
        kind, key = item
        if kind == "look":
            return Stage.FETCHING if self._lost(str(key), now) == asked else None
        if kind == "snapshot" and key in now.unread:
            return Stage.ARCHIVED
        if key in (now.unplanned_of if kind == "events of" else now.unplanned):
            return Stage.RECORDED
        if key in now.pending:
            return Stage.SENT if key in self.received() else Stage.PLANNED
        return None

    def _newly_in(self, now: Found) -> Stage | None:
        """The furthest stage that something entered in this life and did not leave."""
        sent = now.pending & self.received()
        if sent - self._received_before:
            return Stage.SENT
        if now.pending - self._before.pending - sent:
            return Stage.PLANNED
        if now.unplanned - self._before.unplanned:
            return Stage.RECORDED
        if now.unread - self._before.unread:
            return Stage.ARCHIVED
        return Stage.FETCHING if any(self._lost(url, now) for url in self.origin.urls.values()) else None
