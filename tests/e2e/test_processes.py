"""Four services share one PostgreSQL and look after fifty hosts; one of them is killed in the middle.

Judged at the origin, which writes down every request, and by what is archived. Pages on loopback may be asked without any pause, so these are not
allowed to be private, and the origin is reached as the services' proxy: then it sees the pauses that an unknown host would get.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
import pytest

from monitor.model import Schedule
from pagewitness.clock import system_clock
from storage.database.engine import open_database
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from tests.support.patience import PATIENCE_SECONDS, soon

HOSTS = [f"127.0.0.{number}" for number in range(2, 52)]
PAGES_A_HOST = 40
PAGES = len(HOSTS) * PAGES_A_HOST
PROCESSES = 4
# A service that is held up for longer than two thirds of this, where it cannot notice, may ask a host that another has taken over.
LEASE_SECONDS = 8.0
PERIOD_SECONDS = 40.0
INTERVAL_SECONDS = 0.25
# By how much a page may seem early: what it waited for its turn within the visit before.
EARLY_SECONDS = 10.0
# What a busy machine may need to notice that a lease has ended, and to begin a visit.
SLACK_SECONDS = 20.0
# The checks of a host take at least this long together, so that a killed process is in the middle of some.
ANSWER_SECONDS = 0.05


@dataclass(frozen=True)
class Asked:
    """One request: `began` when it came and `ended` when the answer was begun, in seconds on the test's clock; `who` is the service that asked,
    `connection` the connection's number: the system gives a client's port again, on loopback within seconds.
    """

    host: str
    path: str
    who: str
    connection: int
    began: float
    ended: float


class Origin:
    """All hosts in one: a small HTTP/1.1 proxy that answers itself."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.url = ""
        self._connections = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="origin", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=500), self._loop
        ).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        ours = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not ours]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = next(self._connections)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                began = time.monotonic()
                url = urlsplit(head.split(" ", 2)[1])
                host, path = str(url.hostname), url.path
                who = next(line[12:] for line in head.splitlines() if line.lower().startswith("user-agent: "))
                await asyncio.sleep(ANSWER_SECONDS)
                self.requests.append(Asked(host, path, who, connection, began, time.monotonic()))
                writer.write(answer(host, path))
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client is gone
        finally:
            writer.close()

    def pages(self) -> list[Asked]:
        """What was asked of pages, robots.txt left out."""
        return [requested for requested in self.requests if requested.path != "/robots.txt"]


def answer(host: str, path: str) -> bytes:
    if path == "/robots.txt":
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    body = f'<!doctype html><html lang="en"><title>{path}</title><body><main><p>Page {path} of {host}.</p></main></body></html>'
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@contextmanager
def service(url: str, proxy: str, name: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`pagewitness run` under a name of its own; its supervisor, with which all its processes end, is killed in the end where it still lives."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PAGEWITNESS_")} | {
        "PAGEWITNESS_DATABASE_URL": url,
        "PAGEWITNESS_WEB_PORT": "0",
        "PAGEWITNESS_USER_AGENT": name,
        "PAGEWITNESS_PROXY": proxy,
        "PAGEWITNESS_HOST_INTERVAL_SECONDS": str(INTERVAL_SECONDS),
        "PAGEWITNESS_VISITS": "20",
        "PAGEWITNESS_TICK_SECONDS": "0.2",
        "PAGEWITNESS_LEASE_SECONDS": str(LEASE_SECONDS),
        "PAGEWITNESS_EXTRACTORS": "1",
        # Each has a socket of its own: they share a database, and so its name.
        "PAGEWITNESS_RUNTIME_DIR": str(log.with_suffix("")),
        "PAGEWITNESS_SEND_SECONDS": str(LEASE_SECONDS / 2),
    }
    with log.open("wb") as stderr:
        process = subprocess.Popen([sys.executable, "-m", "pagewitness", "run"], env=environment, stderr=stderr)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def declare(url: str) -> None:
    """Pages that are due at once, and then once a period."""
    database = open_database(url)
    pages = [
        DeclaredPage(
            f"http://{host}/{number}", "", Schedule(every=timedelta(seconds=PERIOD_SECONDS)), (), allow_private=False
        )
        for host in HOSTS
        for number in range(PAGES_A_HOST)
    ]
    SqlStore(database).apply_declared(pages, [], [], [], now=system_clock() - timedelta(seconds=1))
    database.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_four_services_share_the_work_and_take_over_what_a_dead_one_leaves(postgres_server, tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(PROCESSES)]
    logs = {name: tmp_path / f"{name}.log" for name in names}
    with (
        postgres_server.cloned("template_built") as url,
        Origin() as origin,
        psycopg.connect(url, autocommit=True) as database,
        ExitStack() as running,
    ):

        def value(sql: str) -> int:
            row = database.execute(sql).fetchone()
            assert row is not None
            return int(row[0])

        def check_times(times: int) -> bool:
            """Whether every page has been checked that often, and these snapshots processed."""
            often = "SELECT page_id FROM snapshots WHERE read_at IS NOT NULL GROUP BY page_id HAVING count(*) >= "
            return value(f"SELECT count(*) FROM ({often} {times}) AS x") == PAGES

        services = {name: running.enter_context(service(url, origin.url, name, logs[name])) for name in names}
        assert soon(lambda: all(b"listening" in log.read_bytes() for log in logs.values())), logs
        declare(url)

        assert soon(lambda: len(origin.pages()) > PAGES // 3), len(origin.requests)
        leases = leased_by(database, services)
        victim = max(leases, key=lambda name: len(leases[name]))
        services[victim].send_signal(signal.SIGKILL)
        services[victim].wait()
        killed = time.monotonic()
        ends = lease_ends(database, services, victim)
        assert soon(lambda: check_times(2), 200), value("SELECT count(*) FROM snapshots")
        for name in set(names) - {victim}:
            services[name].send_signal(signal.SIGTERM)
            assert services[name].wait(PATIENCE_SECONDS) == 0, logs[name].read_text()[-3000:]

        assert (
            value("SELECT count(*) FROM snapshots WHERE outcome = 'failed' OR verdict <> 'ok' OR read_at IS NULL") == 0
        )
        assert value("SELECT count(*) FROM hosts WHERE lease_owner IS NOT NULL") == 0
        checks = "SELECT url, count(*) FROM snapshots JOIN pages ON pages.id = page_id GROUP BY url"
        kept = Counter(dict(database.execute(checks).fetchall()))

    requested = origin.pages()
    lost = Counter(f"http://{one.host}/{one.path.strip('/')}" for one in requested) - kept
    assert set(lost.values()) <= {1}, "only what the dead service had asked for is not kept"
    assert {urlsplit(url).hostname for url in lost} <= set(ends)
    assert len({urlsplit(url).hostname for url in lost}) == len(lost), "one a host"
    once_a_period(requested, lost, victim)
    assert {one.who for one in requested if one.began > killed + SLACK_SECONDS} == set(names) - {victim}
    check_one_visit_at_a_time(origin.requests)
    taken_over(requested, ends, victim, killed)


def leased_by(database: psycopg.Connection, services: dict[str, subprocess.Popen[bytes]]) -> dict[str, set[str]]:
    """The hosts that each service has leased now."""
    leased: defaultdict[str, set[str]] = defaultdict(set)
    names = {str(process.pid): name for name, process in services.items()}
    for owner, host in database.execute("SELECT lease_owner, host FROM hosts WHERE lease_until > now()"):
        leased[names[owner.split(":")[1]]].add(host.split(":")[0])
    return leased


def lease_ends(
    database: psycopg.Connection, services: dict[str, subprocess.Popen[bytes]], name: str
) -> dict[str, float]:
    """When the leases of one service end by themselves, on the test's clock; by host."""
    rows = database.execute(
        "SELECT host, extract(epoch FROM lease_until - clock_timestamp())::float8 FROM hosts"
        " WHERE split_part(lease_owner, ':', 2) = %s",
        [str(services[name].pid)],
    ).fetchall()
    now = time.monotonic()
    return {host.split(":")[0]: now + left for host, left in rows}


def once_a_period(requested: list[Asked], lost: Counter[str], victim: str) -> None:
    """No page was requested twice in a period, nor omitted in one, except that what the killed process had lost was requested again."""
    times: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in requested:
        times[f"http://{one.host}{one.path}"].append(one)
    assert len(times) == PAGES
    for url, checks in times.items():
        if lost[url]:
            # The last one that it requested.
            checks.remove([one for one in checks if one.who == victim][-1])
        for earlier, later in pairwise(checks):
            assert PERIOD_SECONDS - EARLY_SECONDS < later.began - earlier.began < 2 * PERIOD_SECONDS, (earlier, later)


def check_one_visit_at_a_time(requested: list[Asked]) -> None:
    """Each host had its pause between two requests, whichever process made them, and no visit overlapped another."""
    by_host: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in requested:
        by_host[one.host].append(one)
    assert set(by_host) == set(HOSTS)
    for requests in by_host.values():
        requests.sort(key=lambda one: one.began)
        for earlier, later in pairwise(requests):
            # The database's clock, which dates the end of a visit, counts whole milliseconds.
            assert later.began >= earlier.ended + INTERVAL_SECONDS - 0.002, (earlier, later)
        spans = sorted((one[0].began, one[-1].ended) for one in visits(requests))
        for (_, ended), (began, _) in pairwise(spans):
            assert began >= ended, [one for one in requests if ended - 5 < one.began < ended + 5]


def visits(requests: list[Asked]) -> list[list[Asked]]:
    """Requests of one service over one connection: each visit opens its own."""
    found: defaultdict[tuple[str, int], list[Asked]] = defaultdict(list)
    for one in requests:
        found[one.who, one.connection].append(one)
    return list(found.values())


def taken_over(requested: list[Asked], ends: dict[str, float], victim: str, killed: float) -> None:
    """What the dead service had left at its hosts was begun by others once its leases had ended, and not before."""
    assert len(ends) > len(HOSTS) // PROCESSES // 2
    taken = 0
    for host, end in ends.items():
        others = [one.began for one in requested if one.host == host and one.who != victim and one.began > killed]
        mine = {one.path for one in requested if one.host == host and one.who == victim}
        # The database's clock counts milliseconds, and was read a moment before the test's.
        assert min(others) > end - 0.1, host
        if len(mine) < PAGES_A_HOST:
            taken += 1
            assert min(others) < end + SLACK_SECONDS, host
    assert taken
