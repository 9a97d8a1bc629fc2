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
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from bench.databases import postgresql
from bench.measure import ROOT, Row, child, peak_rss_mb, spending
from bench.server import Served
from monitor.model import FactDefinition, FactKind, Page, Schedule
from monitor.pipeline.archive import CheckResult
from monitor.pipeline.process import Processing
from pagewitness.composition import open_fetcher, owner_name
from pagewitness.service.gc_tuning import collect_seldom
from pagewitness.service.host_visits import PAGES_A_VISIT, Visitor
from pagewitness.service.page_processor import PageProcessor
from pagewitness.settings import Settings
from storage.database.engine import open_database
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage

_FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("member cities", "members"))
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
ON_SQLITE = "Pagewitness, SQLite"
_LEASE = timedelta(seconds=60)


class _Tally:
    """Observes visits: their results, and the CPU seconds from page to page."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.events = 0
        self.each: list[float] = []
        self._last = time.process_time()

    def checked(self, page: Page, checked: CheckResult) -> None:  # noqa: ARG002
        now = time.process_time()
        self.each.append(now - self._last)
        self._last = now
        self.outcomes[checked.snapshot.outcome.value] += 1
        self.events += sum(len(reading.events) for reading in checked.outcomes)

    def on_disallowed(self, page: Page, reason: str) -> None:  # noqa: ARG002
        raise RuntimeError(reason)

    def on_error(self, page: Page, error: Exception) -> None:  # noqa: ARG002
        raise error


def phase(url: str, day: int) -> dict[str, Any]:
    """Visit every page that is due on that day."""
    collect_seldom()
    database = open_database(url)
    store, settings = SqlStore(database), Settings()

    def clock() -> datetime:
        return _BEGINNING + timedelta(days=day)

    owner = owner_name()
    visitor = Visitor(
        store=store,
        fetcher=lambda: open_fetcher(settings),
        clock=clock,
        owner=owner,
        lease=_LEASE,
        interval=timedelta(0),
        stopping=threading.Event(),
        processor=PageProcessor(store, Processing(store, clock, settings.absences_before_lost), owner=owner),
    )
    tally, start = _Tally(), time.process_time()
    with spending() as spent:
        while hosts := store.due_hosts(clock(), 100):
            for begun in store.begin_visits(hosts, clock(), owner, _LEASE, pages_a_visit=PAGES_A_VISIT):
                visitor.visit_due(begun, tally)
    database.close()
    return {
        "cpu": spent.cpu,
        "wall": spent.wall,
        "median_cpu": median(tally.each),
        "rss_mb": peak_rss_mb(),
        "start_cpu": start,
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


class Walk:
    """One database, checked repeatedly, two days apart. Each check is a process of its own."""

    def __init__(
        self, served: Served, url: str, size: Callable[[], tuple[int, int]], name: str, root: Path = ROOT
    ) -> None:
        """Declare the pages.

        Args:
            served: The server.
            url: Of a database that is empty still.
            size: Bytes of the database, and of bodies and versions in it.
            name: What to call it.
            root: The checkout whose code checks them, of our schema version.
        """
        self._served, self._url, self._size, self._name, self._root = served, url, size, name, root
        self._day = 0
        declare(url, served.urls())
        self._before = size()

    def check(self, phase: str) -> Row:
        """See `bench.phases.Walker`."""
        result = child("bench.ours", self._root, url=self._url, day=self._day)
        self._day += 2
        pages = sum(result["outcomes"].values())
        assert pages == self._served.pages, result
        before, self._before = self._before, self._size()
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in result["outcomes"].items())
        return Row(
            self._name,
            phase,
            cpu_ms=result["cpu"] / pages * 1000,
            wall_ms=result["wall"] / pages * 1000,
            rss_mb=result["rss_mb"],
            bytes_each=(self._before[0] - before[0]) / pages,
            stored_each=(self._before[1] - before[1]) / pages,
            start_ms=result["start_cpu"] * 1000,
            note=f"{outcomes}; {result['events']} events; median page {result['median_cpu'] * 1000:.2f}",
        )


@contextmanager
def on_sqlite(served: Served, root: Path = ROOT) -> Iterator[Walk]:
    """On an SQLite file of its own, by the code of this checkout or of another one."""
    with _folder() as folder:
        path = folder / "bench.db"

        def size() -> tuple[int, int]:
            with closing(sqlite3.connect(path)) as file:
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (stored,) = file.execute(_STORED).fetchone()
            return path.stat().st_size, stored

        yield Walk(served, f"sqlite:///{path}", size, ON_SQLITE if root == ROOT else f"{root.name}, SQLite", root)


@contextmanager
def on_postgresql(served: Served, root: Path = ROOT) -> Iterator[Walk]:
    """On a PostgreSQL server of its own, by the code of this checkout or of another one. Its CPU is not counted, ours is.

    Raises:
        ImportError: There is none to be had.
    """
    with _folder() as folder, postgresql(folder) as url, closing(open_database(url)) as database:

        def size() -> tuple[int, int]:
            with database.read() as connection:
                whole = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
                return whole, connection.execute(text(_STORED)).scalar_one()

        yield Walk(served, url, size, f"{'Pagewitness' if root == ROOT else root.name}, PostgreSQL", root)


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


if __name__ == "__main__":
    print(json.dumps(phase(**json.loads(sys.argv[1]))))
