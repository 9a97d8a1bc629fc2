"""Facts that flap, drift or wait to be confirmed: what a fact stated last is remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("candidate_since_id", KEY, nullable=True, comment="First look that showed the candidate; null where there is none."),
        sa.Column("candidate_since_at", TIME, nullable=True, comment="taken_at of candidate_since_id; null with it."),
        sa.Column("trail", sa.Text(), nullable=False, server_default=sa.text("'[]'"), comment="What it stated last, oldest first: [values, taken_at, number of the look]."),
        sa.Column("drifted", sa.Text(), nullable=True, comment="Value at which a drift was last told, JSON; null: near the baseline."),
    ):
        op.add_column("fact_states", column)
    # Nothing ever wrote another number there than 0.
    op.drop_column("fact_states", "candidate_seen")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "events",
            "superseded_at",
            existing_type=TIME,
            existing_nullable=True,
            existing_comment="Reserved; null.",
            comment="When a rereading found it no part of the story (observing clock); null: it is.",
        )
