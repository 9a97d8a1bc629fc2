"""Back up a PostgreSQL database with its own program, pg_dump."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

from monitor.errors import ConfigurationError, StorageError
from storage.database.connection import connect
from storage.database.engine import schema_version
from storage.maintenance.backup_file import Kept, written


def dump(url: str, file: Path, *, force: bool = False) -> Kept:
    """Write a PostgreSQL database with pg_dump, in its custom format, which pg_restore reads.

    Raises:
        ConfigurationError: It is not a PostgreSQL database, pg_dump is not installed, or the file exists already.
        StorageError: pg_dump failed; no file is left.
    """
    target = make_url(url)
    if target.get_backend_name() != "postgresql":
        raise ConfigurationError("--pg-dump is for PostgreSQL; an SQLite file is backed up without it")
    program = _client("pg_dump")
    with closing(connect(url, create=False)) as database, written(file, database, force=force) as part:
        version = schema_version(database)
        _run([program, "--format=custom", f"--file={part}", f"--dbname={_without_password(target)}"], target)
        _run([_client("pg_restore"), "--list", str(part)], target)
    return Kept(file, file.stat().st_size, version, {})


def _client(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise ConfigurationError(
            f"{name} is not installed; install PostgreSQL's client programs (Debian and Ubuntu: postgresql-client, Fedora: "
            "postgresql, Homebrew: libpq), or leave --pg-dump out: that needs no program"
        )
    return program


def _without_password(url: URL) -> str:
    parts = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return parts.render_as_string(hide_password=False)


def _run(command: list[str], url: URL) -> None:
    # Other users of the machine may read a command's arguments, but not its environment.
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"exit {done.returncode}"
        raise StorageError(f"{Path(command[0]).name} failed: {reason}")
