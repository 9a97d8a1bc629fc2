"""Facts that are stated in a form that is not readable: their checks are counted apart from absences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a constant default, both databases add the column without copying the table.
    op.add_column(
        "fact_states",
        sa.Column(
            "unreadable",
            sa.Integer(),
            nullable=False,
            server_default=sa.text("0"),
            comment="Of these, those in which the page stated it in a form that is not readable.",
        ),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        comments = {
            "absent_since_id": (sa.BigInteger(), "First of the consecutive ok snapshots without a readable value; null: the last one had it, or none did."),
            "absences": (sa.Integer(), "Of these, those in which the page did not state the fact."),
        }
        for column, (kind, comment) in comments.items():
            op.alter_column("fact_states", column, existing_type=kind, comment=comment)
