"""How much of a page's text each version changed, for the calendar of its history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

COMMENT = "Words of a thousand that differ from the version before; null: not known, or the first."


def upgrade() -> None:
    # Null is not known: older versions get a degree when their page is reprocessed and they change.
    op.add_column("versions", sa.Column("changed_permille", sa.Integer(), nullable=True, comment=COMMENT))
