"""Counters of assigned keys: some keys must never be reused, not even after their row was deleted, so a copy continues the source's counters."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select, text


def copy_counter(source: Connection, target: Connection, table: Table) -> None:
    """Continue a table's key counter in the copy; a no-op for a table without one."""
    if not _counts_keys(table):
        return
    highest = target.execute(select(func.max(table.c.id))).scalar() or 0
    _set_counter(target, table, max(highest, _counter(source, table)))


def _counts_keys(table: Table) -> bool:
    key = table.autoincrement_column
    return key is not None and key.name == "id"


def _counter(connection: Connection, table: Table) -> int:
    """Return the last key that was assigned; 0 if there is none, or the database does not record it."""
    if connection.dialect.name == "postgresql":
        state = text("SELECT coalesce(pg_sequence_last_value(CAST(:sequence AS regclass)), 0)")
        last: int = connection.execute(state, {"sequence": _sequence(connection, table)}).scalar_one()
        return last
    found = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    return found.scalar() or 0


def _set_counter(connection: Connection, table: Table, last: int) -> None:
    if last == 0:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(:sequence, :last)"), {"sequence": _sequence(connection, table), "last": last}
        )
    elif table.dialect_options["sqlite"]["autoincrement"]:
        row = {"name": table.name, "last": last}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), row)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), row)


def _sequence(connection: Connection, table: Table) -> str:
    name: str = connection.execute(
        text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}
    ).scalar_one()
    return name
