"""The whole service as processes: pages a second with one extractor and with two, changed and unchanged, one page a host, and beside slow hosts.

All pages become due at once after the service has started; what is measured is from its first T1 to its last T2, by the database's own times, and the
processor time of all its processes by the system's account.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from bench.databases import both
from bench.server import HOSTS, serving
from bench.small import Part
from monitor.model import FactDefinition, FactKind, Schedule
from pagewitness.service.control import ask
from pagewitness.settings import Settings, from_env
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.schema import page_checks, pages, snapshots
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage

_FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("member cities", "members"))
_SLOW_SECONDS = 2.0
_SLOW_HOSTS = 200
_PATIENCE_SECONDS = 600
_SETTLING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What one service did.

    Attributes:
        seconds: From its first T1 to its last T2.
        cpu_seconds: Of all its processes, after they have started.
        pages: How many pages it checked.
    """

    seconds: float
    cpu_seconds: float
    pages: int

    def __str__(self) -> str:
        return f"{self.pages / self.seconds:.0f} pages/s, {1000 * self.cpu_seconds / self.pages:.2f} CPU ms a page"


def service(count: int, folder: Path) -> list[Part]:
    """Pages a second of the whole service, on each database."""
    parts: list[Part] = []
    with serving(count) as served:
        for name, url in both(folder):
            database = open_database(url)
            _declare(database, served.urls())
            served.show(edition=0, etag=True)
            _run(folder, database, url, extractors=2)
            for edition, extractors in ((1, 1), (2, 2)):
                served.show(edition=edition, etag=True)
                ran = _run(folder, database, url, extractors=extractors)
                parts.append(Part(f"{name}: changed, {extractors} extractor{'s' * (extractors > 1)}", str(ran)))
            ran = _run(folder, database, url, extractors=2)
            parts.append(Part(f"{name}: unchanged (304), {len(HOSTS)} hosts", str(ran)))
            database.close()
    parts += one_page_a_host(count, folder)
    return parts + beside_slow_hosts(count, folder)


def one_page_a_host(count: int, folder: Path) -> list[Part]:
    """Unchanged pages, each on a host of its own: the host is claimed and released for one page."""
    parts = []
    with _many_hosts(count) as port:
        for name, url in both(folder / "hosts"):
            (folder / "hosts").mkdir(exist_ok=True)
            database = open_database(url)
            _declare(database, [f"http://{_address(number)}:{port}/" for number in range(count)])
            _run(folder, database, url, extractors=2)
            ran = _run(folder, database, url, extractors=1)
            parts.append(Part(f"{name}: unchanged (304), one page a host", str(ran)))
            database.close()
    return parts


def beside_slow_hosts(count: int, folder: Path) -> list[Part]:
    """Fast hosts alone, and beside 200 hosts that answer after two seconds."""
    parts = []
    with _many_hosts(count, slow=_SLOW_HOSTS) as port:
        for name, url in both(folder / "slow"):
            (folder / "slow").mkdir(exist_ok=True)
            database = open_database(url)
            fast = [f"http://{_address(number)}:{port}/" for number in range(_SLOW_HOSTS, _SLOW_HOSTS + count)]
            _declare(database, fast)
            _run(folder, database, url, extractors=1)
            alone = _run(folder, database, url, extractors=1)
            _declare(database, fast + [f"http://{_address(number)}:{port}/" for number in range(_SLOW_HOSTS)])
            _run(folder, database, url, extractors=1)  # from now on it is known which hosts are slow
            alongside = _run(folder, database, url, extractors=1, among=fast)
            rates = f"{60 * alone.pages / alone.seconds:.0f} fast pages a minute alone, {60 * alongside.pages / alongside.seconds:.0f} beside them"
            parts.append(Part(f"{name}: {_SLOW_HOSTS} hosts that answer after {_SLOW_SECONDS:g} s", rates))
            database.close()
    return parts


def _declare(database: Database, urls: Sequence[str]) -> None:
    hour = Schedule(every=timedelta(hours=12))
    declared = [DeclaredPage(url, "", hour, (_FACT.name,), allow_private=True) for url in urls]
    SqlStore(database).apply_declared(declared, [_FACT], [], [], now=datetime.now(UTC))


def _run(folder: Path, database: Database, url: str, *, extractors: int, among: Sequence[str] = ()) -> Ran:
    """Let a service that has started check every page once; `among` limits what is measured to these."""
    with database.begin() as connection:
        before = connection.execute(select(func.max(snapshots.c.id))).scalar() or 0
        connection.execute(update(page_checks).values(next_check_at=datetime.now(UTC) + timedelta(days=1)))
        total = connection.execute(select(func.count()).select_from(pages)).scalar_one()
    with _service(folder, url, extractors) as cpu_seconds:
        started = cpu_seconds()
        with database.begin() as connection:
            connection.execute(update(page_checks).values(next_check_at=datetime.now(UTC) - timedelta(seconds=1)))
        _wait(lambda: _done(database, before) >= total)
        spent = cpu_seconds() - started
    with database.read() as connection:
        counted = select(func.min(snapshots.c.taken_at), func.max(snapshots.c.read_at), func.count()).where(
            snapshots.c.id > before
        )
        if among:
            counted = counted.join(pages, pages.c.id == snapshots.c.page_id).where(pages.c.url.in_(list(among)))
        first, last, count = connection.execute(counted).one()
    return Ran(max((last - first).total_seconds(), 0.001), spent, count)


def _done(database: Database, before: int) -> int:
    with database.read() as connection:
        found = select(func.count()).where(snapshots.c.id > before, snapshots.c.read_at.is_not(None))
        return int(connection.execute(found).scalar_one())


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not until():
        if time.monotonic() > end:
            raise SystemExit("the service did not check all pages in time")
        time.sleep(0.2)


@contextmanager
def _service(folder: Path, url: str, extractors: int) -> Iterator[Callable[[], float]]:
    """A service; gives the processor time of all its processes."""
    given = {
        "PAGEWITNESS_DATABASE_URL": url,
        "PAGEWITNESS_WEB_PORT": "0",
        "PAGEWITNESS_LOG_LEVEL": "error",
        "PAGEWITNESS_EXTRACTORS": str(extractors),
        "PAGEWITNESS_RUNTIME_DIR": str(folder),
    }
    settings = from_env(given)
    process = subprocess.Popen([sys.executable, "-m", "pagewitness", "run"], env={**os.environ, **given})
    try:

        def cpu_seconds() -> float:
            status = ask(settings, "status") or {"processes": []}
            numbers = [process.pid, *(one["pid"] for one in status["processes"] if one["pid"])]
            return sum(map(_cpu_of, numbers))

        _wait(lambda: _is_ready(settings))
        time.sleep(_SETTLING_SECONDS)
        yield cpu_seconds
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _is_ready(settings: Settings) -> bool:
    status = ask(settings, "status")
    return status is not None and all(
        one["state"] == "running" for one in status["processes"] if one["name"] != "fetcher-alone"
    )


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _address(number: int) -> str:
    return f"127.1.{number // 250}.{number % 250 + 1}"


@contextmanager
def _many_hosts(count: int, slow: int = 0) -> Iterator[int]:
    """A server on every loopback address; those of the first `slow` numbers answer late. Gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.service", str(count), str(slow)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def _serve(addresses: int, slow: int) -> None:
    late = {_address(number) for number in range(slow)}
    page = b"<!doctype html><html lang=en><title>Pact</title><h1>The pact</h1><p>The pact has 87 members in all the world.</p>"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if writer.get_extra_info("sockname")[0] in late:
                    await asyncio.sleep(_SLOW_SECONDS)
                same = b'If-None-Match: "1"' in head
                status = b"404 Not Found" if b"/robots.txt" in head else b"304 Not Modified" if same else b"200 OK"
                body = page if status == b"200 OK" else b""
                length = b"" if same else b"Content-Length: %d\r\n" % len(body)
                writer.write(
                    b'HTTP/1.1 %s\r\nContent-Type: text/html\r\nETag: "1"\r\n%s\r\n%s' % (status, length, body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, _address(0), 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    others = await asyncio.start_server(answer, [_address(number) for number in range(1, addresses)], port)
    print(port, flush=True)
    await asyncio.gather(server.serve_forever(), others.serve_forever())


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) + int(sys.argv[2]), int(sys.argv[2])))
