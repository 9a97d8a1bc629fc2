"""Channels that do not wait for each other: how each fares, and indexes by channel over what is pending."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_states",
        sa.Column("channel", sa.Text(), nullable=False, comment="The channel's name."),
        sa.Column("failures", sa.Integer(), nullable=False, comment="Sends in a row that failed because of the channel itself; 0 since it last took a delivery."),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True, comment="No attempt before this (database clock); null: no pause."),
        sa.Column("timed_out", sa.Boolean(), nullable=False, comment="Whether the last of them got no answer in time: then the least tried delivery goes first."),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_states")),
        comment="How a channel fares as a whole. Written by the dispatcher; a changed definition begins anew.",
    )
    op.drop_index("ix_deliveries_due", "deliveries")
    for name, columns, condition in (
        ("ix_deliveries_due", ["channel", "next_try_at"], "state = 'pending'"),
        ("ix_deliveries_pending", ["channel", "id"], "state = 'pending'"),
        ("ix_deliveries_leased", ["channel", "lease_until"], "lease_until IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "deliveries", columns, sqlite_where=where, postgresql_where=where)
