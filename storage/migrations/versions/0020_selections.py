"""CSS selectors of the part of a page that is monitored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = {
    "selected": "CSS selectors of the elements that are monitored, as only in the watchlist; empty: the whole page.",
    "left_out": "CSS selectors of the elements that are not monitored, as without in the watchlist.",
}


def upgrade() -> None:
    # With a constant default, both databases add the column without copying the table.
    for name, comment in COLUMNS.items():
        default = sa.text("'[]'")
        op.add_column("pages", sa.Column(name, sa.Text(), nullable=False, server_default=default, comment=comment))
