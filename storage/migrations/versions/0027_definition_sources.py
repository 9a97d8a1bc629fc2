"""Where facts, channels and rules were declared: in a watchlist, or in the web application."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KINDS = {"facts": "Facts", "channels": "Channels", "rules": "Rules"}
SOURCES = "source IN ('watchlist', 'web')"
COMMENT = "Where it was declared; apply retires only those of a watchlist."


def upgrade() -> None:
    for table, kind in KINDS.items():
        op.add_column(
            table,
            sa.Column(
                "source",
                sa.String(32),
                sa.CheckConstraint(SOURCES, name=op.f(f"ck_{table}_source")),
                nullable=False,
                server_default=sa.text("'watchlist'"),
                comment=COMMENT,
            ),
        )
        if op.get_bind().dialect.name == "postgresql":
            op.create_table_comment(table, f"{kind} that the last applied watchlist or the web application declared.")
