"""The one MetaData, how constraints are named, and partial indexes."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index over the rows that satisfy `where`; a query uses it only where it says the same in literals."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
