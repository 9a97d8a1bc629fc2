"""Group commit for SQLite, which admits one writer at a time and pays for each commit: writes of several threads share a transaction.

A thread that finds no transaction in progress begins one for all waiting writes; while it commits, further writes queue. No write is delayed for this.
Each write has a savepoint, so that a failing one is rolled back alone, and each is acknowledged only after the commit.
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
"""Maximum number of writes in one transaction."""


class _Write(Generic[Result]):
    """A queued write.

    Attributes:
        operation: The function to call in the transaction.
        done: Whether it is committed, or has failed.
        result: Its result.
        error: Why it failed; None if it did not.
    """

    __slots__ = ("done", "error", "operation", "result")

    def __init__(self, operation: Callable[[Connection], Result]) -> None:
        self.operation = operation
        self.done = False
        self.result: Result | None = None
        self.error: BaseException | None = None


class GroupCommit:
    """Combines the writes of the threads of one process."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        """`begin` opens a writing transaction, committed at the end of its block."""
        self._begin = begin
        self._waiting: deque[_Write[Any]] = deque()
        self._committing = threading.Lock()

    def write(self, operation: Callable[[Connection], Result]) -> Result:
        """Run an operation in a transaction, together with waiting writes of other threads.

        Raises:
            StorageError: The transaction could not be begun or committed.
            Exception: Any exception of `operation`; its changes are rolled back.
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
        except BaseException as error:  # noqa: BLE001 — raised again in each waiting thread
            for write in writes:
                write.error = write.error or error
        finally:
            for write in writes:
                write.done = True


def _attempt(connection: Connection, write: _Write[Any], *, alone: bool) -> None:
    """Run one write; if it fails, roll back only that one."""
    if alone:
        write.result = write.operation(connection)
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("SAVEPOINT one_write")
    try:
        write.result = write.operation(connection)
    except Exception as error:  # noqa: BLE001 — raised again in the thread that requested the write
        write.error = error
        driver.execute(
            "ROLLBACK TO one_write"
        )  # fails where SQLite has rolled back the whole transaction, as on a full disk
    driver.execute("RELEASE one_write")
