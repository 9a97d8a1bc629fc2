"""Limit an SQLite file to one service: a lock on a file beside it, which also records the holder and the result of its last write.

The lock is the operating system's (flock), so it ends with the process that holds it, however that ends. The lock file is kept: if it were removed, two
services waiting for it could each lock a different file. On PostgreSQL any number of services share a database, and nothing is locked.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ConfigurationError
from storage.database.connection import Database, sqlite_path

# Written in full when the lock is taken, so that later notes need no space on a full disk.
_NOTE_BYTES = 4096
_MOST_WORDS = 1000
_UNSUPPORTED = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class Holder:
    """The service that runs on a database.

    Attributes:
        pid: Its process; 0 if the lock file does not name it.
        write_error: Why its last write failed; empty if it did not.
    """

    pid: int
    write_error: str


class Hold:
    """The lock while it is held."""

    def __init__(self, descriptor: int | None) -> None:
        """`descriptor` is None if there is nothing to lock."""
        self._descriptor = descriptor
        self._noted: str | None = None

    def note(self, write_error: str = "") -> None:
        """Record the result of the last write for `holder_of`; an unchanged result is not written again."""
        message = write_error[:_MOST_WORDS]
        if self._descriptor is None or message == self._noted:
            return
        note = json.dumps({"pid": os.getpid(), "write_error": message}).encode()
        # An escaped character takes up to six bytes, a surrogate pair twelve.
        if len(note) > _NOTE_BYTES:
            note = json.dumps({"pid": os.getpid(), "write_error": message[: _MOST_WORDS // 4]}).encode()
        with suppress(OSError):
            os.pwrite(self._descriptor, note.ljust(_NOTE_BYTES), 0)
            self._noted = message


@contextmanager
def hold_exclusive(database: Database) -> Iterator[Hold]:
    """Hold the lock for the duration of the block. A supervisor of several processes does this once for all of them.

    Raises:
        ConfigurationError: Another service runs on the SQLite file; the message names its process.
    """
    path = _lock_file(database)
    if path is None:
        yield Hold(None)
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _taken(descriptor):
            pid = _read(descriptor).pid
            who = f"process {pid}" if pid else "another process"
            raise ConfigurationError(
                f"{database.place}: a service runs on it already ({who}); an SQLite file takes one service, stop that one or use PostgreSQL"
            )
        hold = Hold(descriptor)
        hold.note()
        yield hold
    finally:
        os.close(descriptor)


def holder_of(database: Database) -> Holder | None:
    """Return the service that runs on a database; None if there is none, and on PostgreSQL."""
    path = _lock_file(database)
    try:
        descriptor = os.open(path or "", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _taken(descriptor) else _read(descriptor)
    finally:
        os.close(descriptor)


def _lock_file(database: Database) -> Path | None:
    if database.engine.dialect.name != "sqlite":
        return None
    path = sqlite_path(database.engine.url).resolve()
    return path.with_name(f"{path.name}-lock")


def _taken(descriptor: int) -> bool:
    """Take the lock; return False if another process holds it. On a file system without locks it always succeeds."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _UNSUPPORTED
    return True


def _read(descriptor: int) -> Holder:
    try:
        note = json.loads(os.pread(descriptor, _NOTE_BYTES, 0))
        return Holder(int(note["pid"]), str(note["write_error"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Holder(0, "")
