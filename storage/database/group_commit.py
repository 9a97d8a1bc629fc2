"""Writes of several threads in one transaction of SQLite, which lets one writer in at a time and pays for each commit.

A thread that finds no transaction under way begins one for all that wait; while it commits, the next ones gather. Nothing is put off for that. Each
write has a savepoint, so that one that fails undoes itself alone, and each is acknowledged only after the commit.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

Result = TypeVar("Result")

MOST_AT_ONCE = 64
"""Writes in one transaction at most."""


class _Write(Generic[Result]):
    """A write that waits.

    Attributes:
        operation: What to do in the transaction.
        done: Whether it is committed, or has failed.
        result: What it gave.
        error: Why it failed; None where it did not.
    """

    __slots__ = ("done", "error", "operation", "result")

    def __init__(self, operation: Callable[[Connection], Result]) -> None:
        self.operation = operation
        self.done = False
        self.result: Result | None = None
        self.error: BaseException | None = None


class GroupCommit:
    """Gathers the writes of the threads of one process."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        """`begin` gives a writing transaction, committed at the end of its block."""
        self._begin = begin
        self._waiting: deque[_Write[Any]] = deque()
        self._committing = threading.Lock()

    def write(self, operation: Callable[[Connection], Result]) -> Result:
        """Do something in a transaction, together with what other threads have to write.

        Raises:
            StorageError: The transaction could not be begun or committed.
            Exception: What `operation` raised; it has changed nothing then.
        """
        mine = _Write(operation)
        self._waiting.append(mine)
        while not mine.done:
            with self._committing:
                if not mine.done:
                    self._commit([self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))])
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]

    def _commit(self, writes: list[_Write[Any]]) -> None:
        try:
            with self._begin() as connection:
                for write in writes:
                    _attempt(connection, write, alone=len(writes) == 1)
        except BaseException as error:  # noqa: BLE001 — whoever waits is told
            for write in writes:
                write.error = write.error or error
        finally:
            for write in writes:
                write.done = True


def _attempt(connection: Connection, write: _Write[Any], *, alone: bool) -> None:
    """Do one write; where it fails, it alone is undone, and the others go on."""
    if alone:
        write.result = write.operation(connection)
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("SAVEPOINT one_write")
    try:
        write.result = write.operation(connection)
    except Exception as error:  # noqa: BLE001 — it is raised in the thread whose write it is
        write.error = error
        driver.execute(
            "ROLLBACK TO one_write"
        )  # fails where SQLite has undone the whole transaction, as with a full disk
    driver.execute("RELEASE one_write")
