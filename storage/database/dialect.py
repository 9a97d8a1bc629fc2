"""The one difference between the databases' SQL that shows: INSERT … ON CONFLICT is spelled per dialect in SQLAlchemy."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upserting(connection: Connection, table: Table) -> Any:
    """An INSERT of this database's own dialect, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return upsert_of(connection.dialect.name)(table)


def upsert_of(dialect: str) -> Any:
    """The function that makes such an INSERT into a table."""
    return sqlite.insert if dialect == "sqlite" else postgresql.insert
