"""Noise: what was learned of a page's, and what the watchlist says of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("noise", sa.Text(), nullable=False, server_default=sa.text("'[]'"), comment="Headings and words at which changes mean nothing, as written in the watchlist."),
        sa.Column("heed", sa.Text(), nullable=False, server_default=sa.text("'[]'"), comment="Headings and words at which no change is noise, as written in the watchlist."),
        sa.Column("churn", sa.Text(), nullable=True, comment="What was learned of its noise: code, missed looks, and by place [at, changed, rose, noisy]; null: nothing yet. T2."),
    ):
        op.add_column("pages", column)
