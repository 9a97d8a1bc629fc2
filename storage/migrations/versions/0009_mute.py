"""Columns named as the watchlist keys that they hold: mute and always_report."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for old, new in (("noise", "mute"), ("heed", "always_report")):
        # The statement of both databases; Alembic's own would copy an SQLite table row by row.
        op.execute(f"ALTER TABLE pages RENAME COLUMN {old} TO {new}")
