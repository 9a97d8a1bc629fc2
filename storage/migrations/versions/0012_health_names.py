"""Standard names in `page_health`: status and reported_certificate_expiry. Comments of the alerting tables in the terms of the glossary."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

RENAMED = {"standing": "status", "certificate_told": "reported_certificate_expiry"}
EXPIRY = "Expiry date for which certificate_expiring was last reported; null: none."
STATUSES = "IN ('ok', 'gone', 'moved', 'blocked', 'unreadable')"

TABLES = {
    "events": "Changes of pages and their health. Copies quotes and values; does not reference versions. Written by T2.",
    "deliveries": "Payloads to send. Planned by T3; the dispatcher writes the rest.",
    "channel_states": "State of a channel across its deliveries. Written by the dispatcher; reset when its definition changes.",
}
COLUMNS = {
    "events": {
        "snapshot_id": "First snapshot that shows after; null if no snapshot shows it, as for page_stale and channel_failing.",
        "before_snapshot_id": "Last snapshot that shows before; null: none does.",
        "read_snapshot_id": "Snapshot whose processing recorded it; null: not recorded by processing.",
        "ordinal": "0, 1, 2 … among the events of read_snapshot_id.",
        "at": "taken_at of snapshot_id; without one, when it was detected (observing clock).",
        "kind": "Kind of event.",
        "level": "Importance of the event.",
        "origin": "Origin of the snapshot; only live events cause alerts.",
        "cause": "What caused it: a change of the page, or new code or rules.",
        "fact": "The fact's name; null: not about a declared fact.",
        "before": "Value before, JSON; null: none.",
        "after": "Value after, JSON; null: none.",
        "quote_before": "Value before as written on the page; null: none.",
        "quote_after": "Value after as written on the page; null: none.",
        "sentence_before": "Sentence that contained quote_before; null with it.",
        "sentence_after": "Sentence that contains quote_after; null with it.",
        "block_kind": "Kind of the block that contains it; null: not in a block.",
        "planned_at": "When its alerts were planned (observing clock); null: not yet. Written by T3.",
        "superseded_at": "When reprocessing removed it from the history (observing clock); null: it is part of the history.",
    },
    "deliveries": {
        "uid": "Message-ID or webhook-id of all its attempts.",
        "payload": "Content of all its attempts, JSON, fixed when planned.",
        "state": "State of the delivery.",
        "attempts": "Number of attempts started.",
        "next_try_at": "No attempt before this (database clock); null: sent or dead.",
        "lease_owner": "Process that is sending it; null: none.",
        "sent_at": "When the receiver accepted it (database clock); null: not yet.",
        "receipt": "Response of the receiver, one line; empty: not sent yet.",
        "last_error": "Why the last attempt failed, one line; empty: none failed.",
    },
    "channel_states": {
        "failures": "Consecutive attempts that failed because of the channel itself; 0 after a delivery was accepted.",
        "timed_out": "Whether the last of them timed out; if so, the delivery with the fewest attempts is sent next.",
    },
    "alerts": {
        "channel": "Name of the channel that it is sent through.",
        "delivery_id": "The delivery that contains it; several alerts may share one.",
    },
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for old, new in RENAMED.items():
            op.execute(f"ALTER TABLE page_health RENAME COLUMN {old} TO {new}")
        op.execute("ALTER TABLE page_health RENAME CONSTRAINT ck_page_health_standing TO ck_page_health_status")
        describe()
    else:
        copy_page_health()


def copy_page_health() -> None:
    """Copy the table: SQLite cannot rename a constraint. There is one row for each page, and no table references it."""
    columns = (
        sa.Column("page_id", KEY, autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("since_id", KEY, nullable=True),
        sa.Column("since_at", TIME, nullable=True),
        sa.Column("candidate", sa.String(length=32), nullable=True),
        sa.Column("candidate_since_id", KEY, nullable=True),
        sa.Column("candidate_since_at", TIME, nullable=True),
        sa.Column("candidate_seen", sa.Integer(), nullable=False),
        sa.Column("candidate_before_id", KEY, nullable=True),
        sa.Column("candidate_before_at", TIME, nullable=True),
        sa.Column("stale_since", TIME, nullable=True),
        sa.Column("disallowed_since", TIME, nullable=True),
        sa.Column("reported_certificate_expiry", TIME, nullable=True),
    )
    op.create_table(
        "new_page_health",
        *columns,
        sa.CheckConstraint(f"status {STATUSES}", name=op.f("ck_page_health_status")),
        sa.CheckConstraint(f"candidate {STATUSES}", name=op.f("ck_page_health_candidate")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_health_page_id")),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_page_health")),
    )
    new = [column.name for column in columns]
    old = [next((before for before, after in RENAMED.items() if after == name), name) for name in new]
    op.execute(f"INSERT INTO new_page_health ({', '.join(new)}) SELECT {', '.join(old)} FROM page_health")
    op.drop_table("page_health")
    op.rename_table("new_page_health", "page_health")


def describe() -> None:
    """Replace comments. SQLite stores none."""
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in {**COLUMNS, "page_health": {"reported_certificate_expiry": EXPIRY}}.items():
        for column, comment in columns.items():
            quoted = comment.replace("'", "''")
            op.get_bind().exec_driver_sql(f"COMMENT ON COLUMN {table}.{column} IS '{quoted}'")
