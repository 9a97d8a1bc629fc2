"""Two services live for minutes among hosts that misbehave, and lose their disks, databases and receivers over and over.

One keeps its pages in SQLite, the other in PostgreSQL; both watch the same web. A minute by default, which meets the first faults of each; with
SOAK_SECONDS=600 or more all of them are met, and memory is judged.
What they went through and how they were is printed every 30 s and, as a table, in the end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from storage.database.engine import open_database
from tests.e2e.command import pagewitness
from tests.soak import faults
from tests.soak.course import Course, keeps_up
from tests.soak.faults import Fault
from tests.soak.hook import Hook
from tests.soak.judged import flat, judge, log_without_surprises, nothing_waits, thirds, troubles_met, truthful
from tests.soak.origin import Origin
from tests.soak.script import OF_TLS, Mode
from tests.soak.watched import Watched, wait
from tests.support.receivers import Mailbox
from tests.support.stores import PostgresServer
from tests.support.watchlists import FACT, alert_tables, page

SEED = "a long night "
SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
LONG = SECONDS >= 300
STEADY_HOSTS, STEADY_PAGES, HOSTILE_HOSTS, TLS_HOSTS = 6, 4, 14, 4
DISK_BYTES = 256 * 1024 * 1024
SETTLE_SECONDS = 400
MET = {"certificate": 3, "time": 1, "redirected": 1, "headers": 1, "disconnect": 1, "refused": 1, "TLS connection": 1}
"""What must be among the reasons of checks that came to nothing, and in how many kinds."""

SETTINGS = {
    "visits": 12,
    "tick_seconds": 0.2,
    "lease_seconds": 22,
    "connect_seconds": 2,
    "read_seconds": 2,
    "total_seconds": 3,
}


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A server of the soak's own, which keeps what it committed when it crashes."""
    folder = Path(tempfile.mkdtemp(prefix="pagewitness-soak-"))
    folder.chmod(0o755)
    server = PostgresServer(folder)
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM RESET synchronous_commit")
        admin.execute("SELECT pg_reload_conf()")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def services(
    folder: Path, postgres: PostgresServer, origin: Origin, certificates: Path
) -> Iterator[tuple[list[Watched], bool]]:
    """Both, under way; and whether their databases have small disks of their own, which can be filled."""
    with ExitStack() as stack:
        disk = folder / "disk"
        small = stack.enter_context(faults.small_disk(disk, DISK_BYTES))
        databases = (("sqlite", f"sqlite:///{disk / 'p.db'}", disk), stack.enter_context(on_postgres(postgres, small)))
        both = []
        for name, url, where in databases:
            mailbox, hook = Mailbox(), Hook()
            mailbox.start()
            stack.callback(mailbox.close)
            hook.start()
            stack.callback(hook.close)
            both.append(Watched(name, url, where, folder, mailbox, hook))
            declare(both[-1], origin)
        for service in both:
            stack.enter_context(service.running(origin.now, ca_bundle=certificates, **SETTINGS))
        yield both, small


@contextmanager
def on_postgres(server: PostgresServer, small: bool) -> Iterator[tuple[str, str, Path]]:
    """A database in a tablespace of its own, on a small disk where there can be one."""
    disk = server._server.pgdata.parent / "disk"
    with faults.small_disk(disk, DISK_BYTES) as made:
        assert made == small
        owner = server._server.pgdata.stat()
        os.chown(disk, owner.st_uid, owner.st_gid)
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            admin.execute("CREATE DATABASE soak TEMPLATE template0 TABLESPACE small")
        yield "postgresql", server.url("soak"), disk
        server.drop("soak")


def declare(service: Watched, origin: Origin) -> None:
    pages = [
        page(host.url(path), every="1s" if host in origin.steady else "2s")
        for host in origin.hosts
        for path in host.pages
    ]
    rules = alert_tables(service.mailbox.port, service.hook.url, events=["fact_changed"])
    service.watchlist.write_text("".join(pages) + FACT + rules)


def troubles(service: Watched, postgres: PostgresServer, small: bool, long: float) -> list[tuple[Fault, float]]:
    """What a service goes through, and for how many seconds; `long` is enough for /readyz to notice."""
    full = [(faults.disk_full(service.disk), long)] if small else []
    if service.name == "sqlite":
        return [
            *full,
            (faults.hook_trouble(service, "down"), 15),
            (faults.locked(service.disk / "p.db"), long),
            (faults.mail_down(service), 15),
            (faults.quota(service), 15 if small else long),
            (faults.hook_trouble(service, "reset"), 10),
        ]
    return [
        (faults.stopped(postgres, crash=False), 12),
        (faults.hook_trouble(service, "busy"), 12),
        (faults.standby(postgres), long),
        (faults.mail_down(service), 15),
        (faults.stopped(postgres, crash=True), 20),
        (faults.hook_trouble(service, "error"), 10),
        *full,
    ]


def watch_over(courses: list[Course], origin: Origin, say: Callable[[str], None], ended: threading.Event) -> None:
    """A line every 30 s."""
    while not ended.wait(30):
        for course in courses:
            last = course.service.samples[-1]
            say(
                f"{origin.now():6.0f} s  {course.service.name:10}  {last.metrics.get('checks', 0):6.0f} checks"
                f"  lag {last.metrics.get('lag_seconds', -1):4.1f} s  unprocessed {last.metrics.get('snapshots_unprocessed', -1):2.0f}"
                f"  waiting {last.metrics.get('deliveries', -1):3.0f}  {last.rss / 1e6:6.1f} MB  {last.threads:3} threads"
                f"  {last.fds:3} files  {course.service.trouble or 'quiet'}"
            )


def settled(service: Watched, origin: Origin) -> bool:
    """Whether the service has seen every page as it is in the end, and has told all of it."""
    ends = {url: len(story.values) - 1 for url, story in origin.stories(origin.hosts).items()}
    seen = {(one.url, one.index) for one in origin.served if one.who == service.name}
    if not keeps_up(service.samples[-1]) or not all(end in seen for end in ends.items()):
        return False
    database = open_database(service.database_url)
    try:
        return nothing_waits(database) == {}
    finally:
        database.close()


def table(courses: list[Course], origin: Origin, say: Callable[[str], None]) -> None:
    say("\nfault                  service     lasted   way back")
    for course in courses:
        for one in course.passed:
            say(
                f"{one.name:22} {course.service.name:10} {one.ended - one.began:6.0f} s {one.recovered - one.ended:7.1f} s"
            )
    say("\nservice     third    memory  threads  files   checks")
    for course in courses:
        for number, third in enumerate(thirds(course.service.samples), 1):
            say(
                f"{course.service.name:10} {number:6} {third.rss / 1e6:6.1f} MB {third.threads:8.0f} {third.fds:6.0f} {third.checks:7.0f}"
            )
    say("\nservice     process          memory in each third: its share of what is shared / all of that")
    for course in courses:
        parts = thirds(course.service.samples)
        for name in parts[0].memory:
            each = "  ".join(
                "{:6.1f} / {:6.1f} MB".format(*(size / 1e6 for size in third.memory[name])) for third in parts
            )
            say(f"{course.service.name:10}  {name:15}  {each}")
    say("\nmet by both services: " + ", ".join(f"{mode} {count}" for mode, count in origin.shown.items()))


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 1500)
def test_two_services_outlive_everything_that_goes_wrong(
    tmp_path: Path, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)

    long = 65.0 if LONG else 12.0
    with Origin(SEED, SECONDS, steady=STEADY_HOSTS, pages=STEADY_PAGES, hostile=HOSTILE_HOSTS, tls=TLS_HOSTS) as origin:
        certificates = tmp_path / "ca.pem"
        origin.authority.cert_pem.write_to_path(certificates)
        with services(tmp_path, postgres, origin, certificates) as (both, small):
            origin.begin()
            say(f"\nsoaking for {SECONDS:.0f} s; a small disk of its own: {'yes' if small else 'no, a quota instead'}")
            courses = [Course(one, origin, troubles(one, postgres, small, long), 30 if LONG else 12) for one in both]
            ended = threading.Event()
            with ThreadPoolExecutor(3) as pool:
                lines = pool.submit(watch_over, courses, origin, say, ended)
                try:
                    running = [pool.submit(course.run, SECONDS) for course in courses]
                    for one in running:
                        one.result()
                    time.sleep(max(SECONDS - origin.now(), 0))
                    origin.behave()
                    for one in both:
                        wait(lambda one=one: settled(one, origin), SETTLE_SECONDS, f"{one.name} does not come to rest")
                    for one in both:
                        (status,) = pagewitness("status", "--json", db=one.database_url).rows
                        say(f"{one.name}: {status}")
                finally:
                    ended.set()
                    lines.result()
            for one in both:
                assert one.terminate() == 0
            table(courses, origin, say)
            assert origin.errors == []
            for course in courses:
                say(f"{course.service.name}: {judge(course.service, origin, course)}")
                say(f"{course.service.name}: errors logged: {dict(log_without_surprises(course.service))}")
                failed = troubles_met(course.service)
                say(
                    "checks that came to nothing: " + "; ".join(f"{why} {count}" for why, count in failed.most_common())
                )
                for why, kinds in MET.items():
                    assert not LONG or sum(why in one for one in failed) >= kinds, (
                        f"{why}: not as often as it should be"
                    )
                truthful(course.service)
                if LONG:
                    flat(course.service)
    met = {mode for mode, count in origin.shown.items() if count} | {Mode.DOWN, *OF_TLS}
    assert not LONG or met == set(Mode), set(Mode) - met
