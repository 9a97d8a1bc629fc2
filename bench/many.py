"""Many pages on many hosts: what a tick costs, what the service costs while nothing is due, and how soon it checks after it is started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Self

from sqlalchemy import Connection, func, insert, select, text, update

from bench.databases import both
from bench.measure import ROOT, peak_rss_mb
from bench.small import Part
from monitor.model import Origin, Outcome, PageSource, PageState, Schedule, Verdict
from pagewitness.service.health_sweep import sweep_once
from pagewitness.service.host_visits import PAGES_A_VISIT
from storage.archive.bodies import arrival, store_bodies
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.schema import exchanges, hosts, page_checks, page_results, pages, snapshots
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from storage.watched.pages import declared_values

_HOSTS, _VISITS = 2_000, 8
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_LEASE = timedelta(minutes=5)
_ROUNDS = 30
_BATCH = 5_000
_IDLE_SECONDS, _SETTLING_SECONDS = 60, 15
_HEADERS = [
    ["Server", "nginx"],
    ["Date", "Sat, 21 Nov 2026 12:00:00 GMT"],
    ["Content-Type", "text/html; charset=UTF-8"],
]


def many(count: int, folder: Path) -> list[Part]:
    """`count` pages over 2,000 hosts, on SQLite and on PostgreSQL; a tenth of them first, so that what is not due shows."""
    parts: list[Part] = []
    for name, url in both(folder):
        database = open_database(url)
        _declare_hosts(database)
        _watch(database, count // 10)
        parts += _ticks(database, f"{name}, {count // 10:,} pages")
        _watch(database, count)
        parts += _ticks(database, f"{name}, {count:,} pages")
        parts.append(_swept(database, f"{name}, {count:,} pages"))
        database.close()
        parts += _running(url, f"{name}, {count:,} pages")
    return parts


# --- the tick --------------------------------------------------------------------------------------------------------


def _ticks(database: Database, name: str) -> list[Part]:
    store = SqlStore(database)
    parts = [Part(f"{name}: an empty reading transaction, the floor", _wall(lambda: _nothing(database)))]
    for due in (0, 100, 2_000, 10_000):
        _make_due(database, due)
        parts.append(Part(f"{name}: tick, {due:,} due", _wall(lambda: _tick(store), lambda: _give_back(database))))
    return parts


def _nothing(database: Database) -> None:
    with database.read() as connection:
        connection.execute(text("SELECT 1"))


def _tick(store: SqlStore) -> None:
    """What `pagewitness.service.Service.tick` queries while all its places are free."""
    due = store.due_hosts(_NOW, _VISITS)
    begun = store.begin_visits(due, _NOW, "bench", _LEASE, pages_a_visit=PAGES_A_VISIT)
    assert [visit.host for visit in begun] == due


def _give_back(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(update(hosts).values(lease_owner=None, lease_until=None))


def _make_due(database: Database, due: int) -> None:
    """Exactly so many pages due, on as many hosts as can be; all others are not due for a month."""
    with database.begin() as connection:
        connection.execute(update(page_checks).values(next_check_at=_NOW + timedelta(days=30)))
        first = select(pages.c.id).order_by(pages.c.id).limit(due).scalar_subquery()
        due_now = update(page_checks).where(page_checks.c.page_id.in_(first))
        connection.execute(due_now.values(next_check_at=_NOW - timedelta(seconds=1)))
    _settle(database)


def _swept(database: Database, name: str) -> Part:
    store = SqlStore(database)
    return Part(f"{name}: the tidy job, every 30 s", _wall(lambda: sweep_once(store, database, _NOW), rounds=5))


def _wall(work: Callable[[], object], after: Callable[[], object] = lambda: None, rounds: int = _ROUNDS) -> str:
    """Milliseconds of real time, as the service feels them: PostgreSQL's work is done elsewhere."""
    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
        after()
    # The first one reads what is not in memory yet.
    return f"{median(taken[1:]):.1f} ms, 95 % under {quantiles(taken[1:], n=20)[-1]:.1f}"


# --- the service -----------------------------------------------------------------------------------------------------


def _running(url: str, name: str) -> list[Part]:
    """The service as a process: its first check, then a minute in which nothing is due."""
    with _Listener() as listener, closing(open_database(url)) as database:
        _make_due(database, 0)
        SqlStore(database).add_page(
            listener.url,
            schedule=Schedule(every=timedelta(days=30)),
            allow_private=True,
            source=PageSource.ADDED,
            now=datetime.now(UTC),
        )
        with database.begin() as connection:
            connection.execute(
                update(page_checks)
                .where(page_checks.c.page_id.in_(select(pages.c.id).where(pages.c.url != listener.url)))
                .values(next_check_at=datetime.now(UTC) + timedelta(days=30))
            )
        _settle(database)
        began = time.perf_counter()
        with _service(url) as process:
            assert listener.asked.wait(60), "the service checked nothing"
            checked = time.perf_counter() - began
            time.sleep(_SETTLING_SECONDS)
            before = _cpu_seconds(process.pid)
            time.sleep(_IDLE_SECONDS)
            idle = (_cpu_seconds(process.pid) - before) / _IDLE_SECONDS * 100
            rss = peak_rss_mb(process.pid)
        with database.begin() as connection:
            found = connection.execute(select(pages.c.id).where(pages.c.url == listener.url)).scalar_one()
            connection.execute(update(pages).where(pages.c.id == found).values(state=PageState.RETIRED))
            connection.execute(update(page_checks).where(page_checks.c.page_id == found).values(next_check_at=None))
    return [
        Part(f"{name}: from the start of `pagewitness run` to its first check", f"{checked:.1f} s"),
        Part(f"{name}: the service while nothing is due", f"{idle:.2f} % of one core, peak RSS {rss:.0f} MiB"),
    ]


@contextmanager
def _service(url: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "PAGEWITNESS_DATABASE_URL": url,
        "PAGEWITNESS_WEB_PORT": "0",
        "PAGEWITNESS_LOG_LEVEL": "warning",
        "PAGEWITNESS_WATCHLIST": "",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "pagewitness", "run"],
        cwd=tempfile.gettempdir(),
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Listener:
    """A server that answers everything with a short page, and records when it was first requested."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/page"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    requested = connection.recv(65_536)
                    if requested.startswith(b"GET /page"):
                        self.asked.set()
                        self._answer(connection, b"200 OK", b"<p>The network has 83 member cities.</p>")
                    else:
                        self._answer(connection, b"404 Not Found", b"")

    def _answer(self, connection: socket.socket, status: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        connection.sendall(head % (status, len(body)) + body)


# --- the database ----------------------------------------------------------------------------------------------------


def _declare_hosts(database: Database) -> None:
    visited = [{"host": _host(number), "last_visit_at": _NOW - timedelta(hours=1)} for number in range(_HOSTS)]
    with database.begin() as connection:
        connection.execute(insert(hosts), visited)


def _watch(database: Database, count: int) -> None:
    """Go on watching until there are `count` pages, each checked once."""
    with database.begin() as connection:
        there = connection.execute(select(func.count()).select_from(pages)).scalar_one()
        body = arrival("http://river.example/", b"<p>The network has 83 member cities.</p>")
        body_id = store_bodies(connection, [body], _NOW)[body.sha256]
        for first in range(there, count, _BATCH):
            _insert(connection, range(first + 1, min(first + _BATCH, count) + 1), body_id)
    _settle(database)


def _insert(connection: Connection, numbers: Sequence[int], body_id: int) -> None:
    """Pages, snapshots and exchanges of these keys, by plain rows: looking at them all would take an hour."""
    page = DeclaredPage("", "", Schedule(every=timedelta(days=30)), (), allow_private=False)
    watched = declared_values(page, PageSource.WATCHLIST)
    checked = _NOW - timedelta(days=1)
    for table, row in (
        (pages, _page_row),
        (page_checks, _checks_row),
        (page_results, _results_row),
        (snapshots, _snapshot_row),
        (exchanges, _exchange_row),
    ):
        connection.execute(insert(table), [row(number, checked, body_id, watched) for number in numbers])


def _page_row(number: int, checked: datetime, _: int, watched: dict[str, object]) -> dict[str, object]:
    return {
        **watched,
        "id": number,
        "url": _url(number),
        "host": _host(number),
        "state": PageState.ACTIVE,
        "source": PageSource.WATCHLIST,
        "created_at": checked,
    }


def _checks_row(number: int, *_: object) -> dict[str, object]:
    return {
        "page_id": number,
        "host": _host(number),
        "next_check_at": _NOW + timedelta(days=30),
        "last_seq": 1,
        "latest_snapshot_id": number,
        "ok_snapshot_id": number,
    }


def _results_row(number: int, *_: object) -> dict[str, object]:
    return {
        "page_id": number,
        "validator_snapshot_id": number,
        "validator_url": _url(number),
        "etag": f'"{number}"',
    }


def _snapshot_row(number: int, checked: datetime, body_id: int, _: object) -> dict[str, object]:
    return {
        "id": number,
        "page_id": number,
        "seq": 1,
        "taken_at": checked,
        "origin": Origin.LIVE,
        "outcome": Outcome.FULL,
        "status": 200,
        "final_url": _url(number),
        "content_type": "text/html; charset=UTF-8",
        "body_id": body_id,
        "verdict": Verdict.OK,
        "verdict_reason": "reads well",
        "read_at": checked,
    }


def _exchange_row(number: int, checked: datetime, body_id: int, _: object) -> dict[str, object]:
    return {
        "snapshot_id": number,
        "hop": 0,
        "url": _url(number),
        "request_headers": [["User-Agent", "Pagewitness"]],
        "started_at": checked,
        "elapsed_ms": 80,
        "status": 200,
        "reason": "OK",
        "http_version": "HTTP/1.1",
        "response_headers": _HEADERS,
        "entity_bytes": 40,
        "body_id": body_id,
        # Half of the hosts have a certificate that lasts.
        "certificate_expires_at": _NOW + timedelta(days=365) if number % 2 else None,
    }


def _host(number: int) -> str:
    return f"www.host-{number % _HOSTS:04d}.example"


def _url(number: int) -> str:
    return f"https://{_host(number)}/articles/{number:06d}/"


def _settle(database: Database) -> None:
    """What a database does by itself in the long run: keys after the rows written by hand, no dead rows, fresh statistics, a short log."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in ("pages", "snapshots", "exchanges"):
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest((SELECT max(id) FROM {table}), 1))"
                )
            )
        connection.execute(text("VACUUM ANALYZE"))
