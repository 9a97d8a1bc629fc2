"""Until when the alerts of a page are held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COMMENT = "Until when its alerts are held (observing clock); null: they are not held. Checks go on."


def upgrade() -> None:
    # Without a default, both databases add the column without copying the table.
    op.add_column("pages", sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True, comment=COMMENT))
