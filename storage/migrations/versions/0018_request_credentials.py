"""Checks that fail because a secret of their request cannot be read, and comments of what requests contain."""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COMMENTS = {
    ("pages", "request"): "How it is requested: interval (seconds between two requests to its host), proxy, headers, cookies, basic_auth, "
    "secrets as in the watchlist; empty: as all pages.",
    ("exchanges", "request_headers"): "Pairs of name and value, as sent; secret values are replaced by [redacted].",
}


def upgrade() -> None:
    add_word = import_module("storage.migrations.versions.0005_processes").add_word
    add_word("exchanges", "failure_kind", "'too_many_redirects'", "'credentials'")
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        for (table, column), comment in COMMENTS.items():
            op.alter_column(table, column, existing_type=sa.Text(), comment=comment)
