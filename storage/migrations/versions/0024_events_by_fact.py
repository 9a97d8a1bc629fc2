"""An index of the events about each fact, for feeds, and what held alerts and payloads without content mean."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NOT_NULL = "fact IS NOT NULL"
COMMENTS: dict[tuple[str, str], tuple[sa.types.TypeEngine[Any], bool, str]] = {
    ("alerts", "hold"): (sa.String(length=32), True, "Why it is held, or was; null: it is delivered at once, also again without an erased page."),
    ("alerts", "held_until"): (sa.DateTime(timezone=True), True, "Until when it is held, or was (observing clock); null: it was not held."),
    ("deliveries", "payload"): (sa.Text(), False, "Content of all its attempts, JSON, fixed when planned; {}: erased with a page."),
}


def upgrade() -> None:
    where = sa.text(NOT_NULL)
    op.create_index("ix_events_fact_at", "events", ["fact", "at", "id"], sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name == "postgresql":  # SQLite stores no comments
        for (table, column), (kind, nullable, comment) in COMMENTS.items():
            op.alter_column(table, column, existing_type=kind, existing_nullable=nullable, comment=comment)
