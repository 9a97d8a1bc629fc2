"""Several processes: claims on pages, slow and crashing hosts, unreadable pages."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

# The last word of each list as it was, and the word that is new behind it.
WORDS = (
    ("snapshots", "verdict", "'error'", "'unreadable'"),
    ("events", "kind", "'channel_failing'", "'page_unreadable'"),
    ("page_health", "standing", "'blocked'", "'unreadable'"),
    ("page_health", "candidate", "'blocked'", "'unreadable'"),
)


def upgrade() -> None:
    for table, column in (
        ("pages", sa.Column("scheduled_by", KEY, nullable=True, comment="Snapshot whose T1 set next_check_at; null: something else did, so T2 must not move it.")),
        ("hosts", sa.Column("slow", sa.Boolean(), nullable=False, server_default=sa.false(), comment="Whether it kept its last visit waiting; slow hosts get at most half of the visits.")),
        ("hosts", sa.Column("crashes", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="Fetchers in a row that crashed while visiting it; from 3 on it is visited alone.")),
    ):
        op.add_column(table, column)
    op.create_table(
        "page_claims",
        sa.Column("page_id", KEY, autoincrement=False, nullable=False, comment="The page."),
        sa.Column("lease_owner", sa.Text(), nullable=True, comment="Process that derives versions of it; null: none does."),
        sa.Column("lease_until", TIME, nullable=True, comment="When that claim ends (database clock); null with lease_owner."),
        sa.Column("snapshot_id", KEY, nullable=True, comment="Snapshot that attempts and reason are about; null: no attempt has failed."),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="Failed attempts to process snapshot_id."),
        sa.Column("reason", sa.Text(), nullable=False, server_default=sa.text("''"), comment="Why the last one failed; empty: none did."),
        sa.Column("tried_with", sa.String(length=64), nullable=True, comment="Reading version of the code that failed last; null: none did."),
        sa.Column("tried_at", TIME, nullable=True, comment="When an attempt last failed (database clock); null: none did."),
        sa.Column("delays", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="Attempts in a row that something else than the page cut short."),
        sa.Column("not_before", TIME, nullable=True, comment="Not claimed from the queue before this (database clock); null: at once."),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_claims_page_id")),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_page_claims")),
        comment="Who processes which page, and what failed there. A row goes when its page is processed.",
    )
    unprocessed, crashing = sa.text("read_at IS NULL"), sa.text("crashes >= 3")
    op.create_index(
        "ix_snapshots_unprocessed", "snapshots", ["origin", "id"], sqlite_where=unprocessed, postgresql_where=unprocessed
    )
    op.create_index("ix_hosts_crashes", "hosts", ["host"], sqlite_where=crashing, postgresql_where=crashing)
    for words in WORDS:
        add_word(*words)


def add_word(table: str, column: str, last: str, new: str) -> None:
    """Let a column of a closed list hold one word more, at the list's end.

    SQLite cannot alter a constraint, and copying a table of snapshots takes long. Its documentation describes this way for changes that leave the
    stored rows as they are (https://www.sqlite.org/lang_altertable.html#otheralter, the second procedure).
    """
    connection, name = op.get_bind(), f"ck_{table}_{column}"
    if connection.dialect.name == "postgresql":
        listed = next(
            check["sqltext"] for check in sa.inspect(connection).get_check_constraints(table) if check["name"] == name
        )
        op.drop_constraint(op.f(name), table, type_="check")
        words = [word.split("::")[0].strip("'( ") for word in listed.partition("[")[2].partition("]")[0].split(",")]
        quoted = ", ".join(f"'{word}'" for word in [*words, new.strip("'")])
        op.create_check_constraint(op.f(name), table, f"{column} IN ({quoted})")
        return
    sql = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).scalar_one()
    before, mark, after = sql.partition(f"CONSTRAINT {name} CHECK ")
    old_list, end, rest = after.partition(")")
    assert mark and old_list.rstrip().endswith(last), f"{name} is not as it was made"
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    with _undefended(connection):
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql(
            "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?",
            (f"{before}{mark}{old_list.rstrip()}, {new}{end}{rest}", table),
        )
        connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema=OFF")


@contextmanager
def _undefended(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite change its schema table; from Python 3.12 on, connections refuse it (`storage.database.connection.harden`)."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    if sys.version_info >= (3, 12):
        driver.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, False)
    try:
        yield
    finally:
        if sys.version_info >= (3, 12):
            driver.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
