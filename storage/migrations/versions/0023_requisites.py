"""Requisites of pages: their queue, the pages that have some to be discovered, and when a page's are archived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

KINDS = "kind IN ('style_sheet', 'image', 'font', 'icon', 'media', 'frame', 'document')"
STATES = "state IN ('waiting', 'archived', 'failed', 'disallowed', 'over_budget')"
MODES = "requisites IN ('off', 'on_change', 'on')"
DISCOVERY = "From when its requisites are to be discovered (observing clock); null: they are known."
ATTEMPTS = "Attempts since then that did not finish."


def upgrade() -> None:
    add_mode()
    op.add_column("page_results", sa.Column("discovery_due_at", TIME, nullable=True, comment=DISCOVERY))
    op.add_column(
        "page_results",
        sa.Column("discovery_attempts", sa.Integer(), nullable=False, server_default=sa.text("0"), comment=ATTEMPTS),
    )
    partial_index("ix_page_results_discovery_due_at", "page_results", ["discovery_due_at"], "discovery_due_at IS NOT NULL")
    op.create_table(
        "requisites",
        sa.Column("page_id", KEY, autoincrement=False, nullable=False, comment="The page."),
        sa.Column("url_id", KEY, autoincrement=False, nullable=False, comment="Its URL."),
        sa.Column("parent_url_id", KEY, nullable=True, comment="Requisite in which it was first found; null: the page itself."),
        sa.Column("kind", sa.String(32), nullable=False, comment="How the page uses it."),
        sa.Column("host", sa.Text(), nullable=False, comment="host or host:port of its URL, the unit of politeness and of leases."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Order in which a page's requisites are requested: 0, 1, 2 …"),
        sa.Column("first_snapshot_id", KEY, nullable=False, comment="Snapshot in which it was first found."),
        sa.Column("last_snapshot_id", KEY, nullable=False, comment="Newest snapshot in which it was found."),
        sa.Column("state", sa.String(32), nullable=False, comment="Its state."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it is not archived; empty otherwise."),
        sa.Column("due_at", TIME, nullable=True, comment="When it is to be requested (observing clock); null: not again before a new version."),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="Consecutive requests that failed."),
        sa.Column("exchange_id", KEY, nullable=True, comment="Newest exchange with a response to it; null: none."),
        sa.Column("discovery_due_at", TIME, nullable=True, comment="From when its own requisites are to be discovered (observing clock); null: they are known, or it has none."),
        sa.Column("discovery_attempts", sa.Integer(), nullable=False, server_default=sa.text("0"), comment=ATTEMPTS),
        sa.CheckConstraint(KINDS, name=op.f("ck_requisites_kind")),
        sa.CheckConstraint(STATES, name=op.f("ck_requisites_state")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_requisites_page_id")),
        sa.ForeignKeyConstraint(["url_id"], ["archived_urls.id"], name=op.f("fk_requisites_url_id")),
        sa.PrimaryKeyConstraint("page_id", "url_id", name=op.f("pk_requisites")),
        comment="Resources that a page needs to look as it did. Written by discovery, and by the T1 of their exchanges.",
    )
    op.create_index("ix_requisites_url_id", "requisites", ["url_id"])
    partial_index("ix_requisites_due", "requisites", ["host", "due_at"], "due_at IS NOT NULL")
    partial_index("ix_requisites_discovery_due_at", "requisites", ["discovery_due_at"], "discovery_due_at IS NOT NULL")
    # Pages that are already monitored get theirs too, even if they never change again.
    op.execute(
        "UPDATE page_results SET discovery_due_at = (SELECT min(created_at) FROM pages) "
        "WHERE version_id IS NOT NULL AND page_id IN (SELECT id FROM pages WHERE state = 'active')"
    )


def add_mode() -> None:
    column = sa.Column(
        "requisites",
        sa.String(32),
        sa.CheckConstraint(MODES, name=op.f("ck_pages_requisites")),
        nullable=False,
        server_default=sa.text("'on_change'"),
        comment="When the resources that it needs to look as it did are archived.",
    )
    op.add_column("pages", column)


def partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    """Create an index over the rows that satisfy `where`."""
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
