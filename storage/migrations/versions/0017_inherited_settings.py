"""Tags of pages, how they are requested, and the tables of the watchlist that their settings come from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = {
    "tags": ("[]", "Names of the groups that it belongs to, in the watchlist's order."),
    "request": ("{}", "How it is requested: interval, seconds between two requests to its host; empty: as all pages."),
    "inherited": ("[]", "Pairs of a setting that is not its own and the table of the watchlist that it comes from."),
}


def upgrade() -> None:
    # With a constant default, both databases add the column without copying the table.
    for name, (empty, comment) in COLUMNS.items():
        default = sa.text(f"'{empty}'")
        op.add_column("pages", sa.Column(name, sa.Text(), nullable=False, server_default=default, comment=comment))
