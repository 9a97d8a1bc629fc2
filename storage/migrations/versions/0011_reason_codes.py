"""Reason codes of events: new events store values and a code, events of earlier versions keep their sentence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable and without a constraint: both databases add it without copying the table.
    op.add_column(
        "events",
        sa.Column("reason", sa.Text(), nullable=True, comment="Reason code; null for an event recorded before schema 0011."),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        comments = {
            "summary": "Sentence of an event recorded before schema 0011; empty since then.",
            "detail": "Values of the reason code, and unit, why, place_before, place_after, quotes, between.",
        }
        for column, comment in comments.items():
            op.alter_column("events", column, existing_type=sa.Text(), existing_nullable=False, comment=comment)
