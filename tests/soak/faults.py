"""What is done to a service's database and receivers, for real: a full disk, a lock, a server that stops or only reads."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.soak.watched import Watched
from tests.support.family import family
from tests.support.stores import PostgresServer


@dataclass(frozen=True)
class Fault:
    """One kind of trouble.

    Attributes:
        name: What it is.
        of_database: Whether nothing can be recorded meanwhile: /readyz must say so where it lasts.
        applied: Makes it, for as long as it is entered.
    """

    name: str
    of_database: bool
    applied: Callable[[], AbstractContextManager[None]]


# --- receivers ---


def mail_down(service: Watched) -> Fault:
    @contextmanager
    def applied() -> Iterator[None]:
        service.mailbox.stop()
        try:
            yield
        finally:
            service.mailbox.start()

    return Fault("mail server down", False, applied)


def hook_trouble(service: Watched, trouble: str) -> Fault:
    @contextmanager
    def applied() -> Iterator[None]:
        service.hook.trouble = trouble
        if trouble == "down":
            service.hook.stop()
        try:
            yield
        finally:
            if trouble == "down":
                service.hook.start()
            service.hook.trouble = ""

    return Fault(f"webhook {trouble}", False, applied)


# --- disks ---


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[bool]:
    """Make a folder a file system of its own of this size; False where the machine does not allow that."""
    folder.mkdir()
    with suppress(OSError):
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=755", "none", str(folder)],
            check=False,
            capture_output=True,
        )
        if made.returncode == 0:
            try:
                yield True
            finally:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
            return
    yield False


def disk_full(folder: Path) -> Fault:
    """Every byte of the small disk that a database is on is used up by somebody else."""

    @contextmanager
    def applied() -> Iterator[None]:
        filler = folder / "filler"
        try:
            with filler.open("wb", buffering=0) as file:
                for size in (1024 * 1024, 4096):
                    with suppress(OSError):
                        while True:
                            file.write(bytes(size))
            yield
        finally:
            filler.unlink()

    return Fault("disk full", True, applied)


def quota(service: Watched) -> Fault:
    """No file of the service's may grow beyond some kilobytes: the kernel refuses every write behind that, as it does on a full disk."""

    @contextmanager
    def applied() -> Iterator[None]:
        assert service.process is not None
        supervisor = service.process.pid
        _, hard = resource.prlimit(supervisor, resource.RLIMIT_FSIZE)

        def limit(size: int) -> None:
            for pid in family(supervisor):  # the supervisor first: whatever it starts from now on inherits its limits
                with suppress(ProcessLookupError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

        limit(64 * 1024)
        try:
            yield
        finally:
            limit(hard)

    return Fault("quota used up", True, applied)


# --- SQLite ---

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
connection.close()
"""


def locked(path: Path) -> Fault:
    """Another process holds the write lock: the database can only be read."""

    @contextmanager
    def applied() -> Iterator[None]:
        with subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdin is not None
            assert holder.stdout.readline() == b"held\n"
            try:
                yield
            finally:
                holder.stdin.close()
                holder.wait(60)

    return Fault("locked by another", True, applied)


# --- PostgreSQL ---


def stopped(server: PostgresServer, *, crash: bool) -> Fault:
    """The server is stopped, in good order or like a crash, and started again."""

    @contextmanager
    def applied() -> Iterator[None]:
        if crash:
            pid = server._server.get_pid()
            assert pid is not None
            os.kill(pid, signal.SIGQUIT)
            while (server._server.pgdata / "postmaster.pid").exists():
                time.sleep(0.05)
        else:
            server._server.stop()
        try:
            yield
        finally:
            server.start()

    return Fault("PostgreSQL crashed" if crash else "PostgreSQL stopped", True, applied)


def standby(server: PostgresServer) -> Fault:
    """The server comes back as a standby, which can only be read, and is promoted in the end."""

    @contextmanager
    def applied() -> Iterator[None]:
        data = server._server.pgdata
        server._server.stop()
        signal_file = data / "standby.signal"
        signal_file.touch()
        os.chown(signal_file, data.stat().st_uid, data.stat().st_gid)
        server.start()
        try:
            yield
        finally:
            with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
                admin.execute("SELECT pg_promote(true, 120)")

    return Fault("PostgreSQL read-only", True, applied)
