"""SHA-256 in 32 bytes for bodies and snapshots; versions without the digest of their text, which nothing used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.errors import StorageError

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Columns of snapshots that are reserved, and null in every row.
RESERVED = ("previous_digest", "digest")
AT_ONCE = 500
DIGITS = re.compile("[0-9a-f]{64}")


def upgrade() -> None:
    op.drop_column("versions", "text_sha256")
    if op.get_bind().dialect.name == "postgresql":
        convert_on_postgresql()
    else:
        convert_on_sqlite()


def convert_on_postgresql() -> None:
    bad = op.get_bind().execute(sa.text("SELECT id FROM bodies WHERE sha256 !~ '^[0-9a-f]{64}$' ORDER BY id LIMIT 1")).scalar()
    if bad is not None:
        raise no_digest(bad)
    # The server converts row by row, and builds the index of the unique constraint again.
    op.alter_column(
        "bodies",
        "sha256",
        type_=sa.LargeBinary(32),
        existing_type=sa.String(64),
        existing_nullable=False,
        postgresql_using="decode(sha256, 'hex')",
    )
    for name in RESERVED:  # without copying the table
        op.drop_column("snapshots", name)
        op.add_column(
            "snapshots", sa.Column(name, sa.LargeBinary(32), nullable=True, comment="Reserved for a hash chain; null.")
        )


def convert_on_sqlite() -> None:
    """Convert the rows in slices, then change the type that the schema names.

    Tables that refer to bodies keep SQLite from replacing the table. A column of text stores bytes unchanged, and the type of a column is a part of
    its declaration only (https://www.sqlite.org/datatype3.html#type_affinity).
    """
    connection = op.get_bind()
    for rows in slices(connection):
        values = [(digest_of(row), row.id) for row in rows if not isinstance(row.sha256, bytes)]
        for value in values:
            connection.exec_driver_sql("UPDATE bodies SET sha256 = ? WHERE id = ?", value)
    for table, columns in {"bodies": ("sha256",), "snapshots": RESERVED}.items():
        declare_binary(connection, table, columns)


def slices(connection: sa.Connection) -> Iterator[list[Any]]:
    """Yield the keys and digests of bodies, a slice at a time."""
    after = -(2**63)
    query = sa.text("SELECT id, sha256 FROM bodies WHERE id > :after ORDER BY id LIMIT :most")
    while rows := list(connection.execute(query, {"after": after, "most": AT_ONCE})):
        yield rows
        after = rows[-1].id


def digest_of(row: Any) -> bytes:
    """Return the digest of a row as bytes.

    Raises:
        StorageError: It is no SHA-256.
    """
    if not DIGITS.fullmatch(row.sha256):
        raise no_digest(row.id)
    return bytes.fromhex(row.sha256)


def no_digest(key: int) -> StorageError:
    return StorageError(f"the body {key} has no SHA-256; nothing was changed, restore a backup")


def declare_binary(connection: sa.Connection, table: str, columns: tuple[str, ...]) -> None:
    """Declare columns of 64 characters as binary, see `add_word` of migration 0005."""
    made = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?"
    sql = connection.exec_driver_sql(made, (table,)).scalar_one()
    for column in columns:
        sql, changed = re.subn(rf"(?m)^(\s*){column} VARCHAR\(64\)", rf"\g<1>{column} BLOB", sql)
        assert changed == 1, f"{table}.{column} is not as it was made"
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    undefended = import_module("storage.migrations.versions.0005_processes")._undefended  # noqa: SLF001
    with undefended(connection):
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (sql, table))
        connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema=OFF")
