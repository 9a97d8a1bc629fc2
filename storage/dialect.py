"""The one difference between the databases' SQL that shows: INSERT … ON CONFLICT is spelled per dialect in SQLAlchemy."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upserting(connection: Connection, table: Table) -> Any:
    """An INSERT of this database's own dialect, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
