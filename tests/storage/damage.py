"""Damage done to stored archives, for the tests that find it."""

from __future__ import annotations

from sqlalchemy import select, text, update

from storage.database.connection import Database
from storage.schema import bodies, versions


def flip(data: bytes, position: int, bit: int = 3) -> bytes:
    """`data` with one bit turned over."""
    at = position % len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def flip_body(database: Database, key: int) -> str:
    """Turn a bit over in the middle of a stored body; its SHA-256."""
    with database.begin() as connection:
        row = connection.execute(select(bodies.c.sha256, bodies.c.data).where(bodies.c.id == key)).one()
        broken = flip(bytes(row.data), len(row.data) // 2)
        connection.execute(update(bodies).where(bodies.c.id == key).values(data=broken))
        return row.sha256


def flip_version(database: Database, key: int) -> None:
    """Turn a bit over in the middle of a stored version."""
    with database.begin() as connection:
        blob = connection.execute(select(versions.c.blob).where(versions.c.id == key)).scalar_one()
        connection.execute(update(versions).where(versions.c.id == key).values(blob=flip(bytes(blob), len(blob) // 2)))


def unchecked(database: Database, statement: str) -> None:
    """Run a statement that foreign keys would refuse."""
    if database.engine.dialect.name == "postgresql":
        with database.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement))
        return
    raw = database.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA foreign_keys=OFF")
        raw.cursor().execute(statement)
        raw.commit()
        raw.cursor().execute("PRAGMA foreign_keys=ON")
    finally:
        raw.close()
