"""The one visible SQL difference between the databases: SQLAlchemy spells INSERT … ON CONFLICT per dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upserting(connection: Connection, table: Table) -> Any:
    """Return an INSERT in the database's own dialect, which has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return upsert_of(connection.dialect.name)(table)


def upsert_of(dialect: str) -> Any:
    """Return the function that creates an INSERT into a table in this dialect."""
    return sqlite.insert if dialect == "sqlite" else postgresql.insert
