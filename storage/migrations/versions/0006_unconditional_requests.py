"""When a page is requested without validators: how many 304s came since, and when it was last done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("repeats", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="304s in a row since a request without validators brought an ok look. T1, T2."),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True, comment="When a request without validators last brought an ok look (observing clock); null: not known. T1, T2."),
    ):
        op.add_column("pages", column)
