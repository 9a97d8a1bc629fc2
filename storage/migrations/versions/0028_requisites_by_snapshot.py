"""Indexes that count the requisites of a snapshot, however many others its page has."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_requisites_page_id_last_snapshot_id", "requisites", ["page_id", "last_snapshot_id", "first_snapshot_id"]
    )
    op.create_index("ix_requisites_page_id_first_snapshot_id", "requisites", ["page_id", "first_snapshot_id"])
