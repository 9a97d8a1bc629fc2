"""Counts what SQLite does for a query."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event

from storage.database.connection import Database


def steps_of(database: Database, work: Callable[[], object]) -> int:
    """Instructions of SQLite's virtual machine that the work takes: a measure of the rows that it reads."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    def begin(connection) -> None:
        connection.connection.driver_connection.set_progress_handler(step, 1)

    event.listen(database.engine, "begin", begin)
    work()
    event.remove(database.engine, "begin", begin)
    return count
