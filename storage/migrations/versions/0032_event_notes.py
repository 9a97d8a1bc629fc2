"""Acknowledgements and comments of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "event_acknowledgements",
        sa.Column("event_id", KEY, autoincrement=False, nullable=False, comment="The event."),
        sa.Column("at", TIME, nullable=False, comment="When it was acknowledged (observing clock)."),
        sa.Column("user_name", sa.Text(), nullable=False, comment="Name of the user at that time."),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_acknowledgements_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_acknowledgements")),
        comment="Events that a user has dealt with. Written by the web application.",
    )
    op.create_table(
        "event_comments",
        sa.Column("id", KEY, nullable=False, comment="Key, in the order of the comments."),
        sa.Column("event_id", KEY, nullable=False, comment="The event."),
        sa.Column("at", TIME, nullable=False, comment="When it was written (observing clock)."),
        sa.Column("user_name", sa.Text(), nullable=False, comment="Name of the user at that time."),
        sa.Column("body", sa.Text(), nullable=False, comment="The comment, plain text."),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_comments_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_comments")),
        comment="What users wrote about events. Written by the web application; only added to.",
    )
    op.create_index("ix_event_comments_event_id", "event_comments", ["event_id", "id"])
