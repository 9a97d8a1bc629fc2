"""The search index. The versions of existing pages are indexed afterwards, page by page: the migration only lists the pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
KINDS = (
    "kind IN ('content', 'heading', 'row', 'feed', 'navigation', 'consent', 'control', 'footer', 'metadata', 'image', "
    "'struck')"
)


def upgrade() -> None:
    create_blocks()
    op.create_table(
        "search_absences",
        sa.Column("block_id", KEY, autoincrement=False, nullable=False, comment="The text."),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False, comment="1, 2, 3 … in order of time."),
        sa.Column("last_at", TIME, nullable=False, comment="taken_at of the last ok snapshot that had it before."),
        sa.Column("last_snapshot_id", KEY, nullable=False, comment="That snapshot."),
        sa.Column("gone_at", TIME, nullable=False, comment="taken_at of the first ok snapshot without it."),
        sa.Column("gone_snapshot_id", KEY, nullable=False, comment="That snapshot."),
        sa.Column("back_at", TIME, nullable=False, comment="taken_at of the first ok snapshot that has it again."),
        sa.Column("back_snapshot_id", KEY, nullable=False, comment="That snapshot."),
        sa.ForeignKeyConstraint(["block_id"], ["search_blocks.id"], name=op.f("fk_search_absences_block_id")),
        sa.PrimaryKeyConstraint("block_id", "n", name=op.f("pk_search_absences")),
        comment="When texts that returned were absent; at most 100 of each, later ones are only counted. Written with search_blocks.",
    )
    op.create_table(
        "search_backlog",
        sa.Column("page_id", KEY, autoincrement=False, nullable=False, comment="The page."),
        sa.Column("reached_at", TIME, nullable=True, comment="taken_at of reached_snapshot_id; null: indexing has not begun."),
        sa.Column("reached_snapshot_id", KEY, nullable=True, comment="Last of its snapshots that is indexed, in order of time; null: indexing has not begun."),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_search_backlog_page_id")),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_search_backlog")),
        comment="Pages whose versions are not all indexed for search. Written by migration and reprocessing; indexing removes them.",
    )
    create_terms()
    op.execute("INSERT INTO search_backlog (page_id) SELECT DISTINCT page_id FROM versions")


def create_blocks() -> None:
    op.create_table(
        "search_blocks",
        sa.Column("id", KEY, autoincrement=False, nullable=False, comment="Key, in order of first_at."),
        sa.Column("page_id", KEY, nullable=False, comment="The page."),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="First 16 bytes of the SHA-256 of text in UTF-8."),
        sa.Column("kind", sa.String(32), nullable=False, comment="Kind of the block that first had it."),
        sa.Column("body", sa.Text(), nullable=False, comment="The text, possibly cut."),
        sa.Column("first_at", TIME, nullable=False, comment="taken_at of first_snapshot_id."),
        sa.Column("first_snapshot_id", KEY, nullable=False, comment="First snapshot that has it."),
        sa.Column("last_at", TIME, nullable=True, comment="taken_at of last_snapshot_id; null with it."),
        sa.Column("last_snapshot_id", KEY, nullable=True, comment="Last ok snapshot that has it; null: the page's last ok snapshot, it is present."),
        sa.Column("gone_at", TIME, nullable=True, comment="taken_at of gone_snapshot_id; null with it."),
        sa.Column("gone_snapshot_id", KEY, nullable=True, comment="First ok snapshot without it after that; null: it is present."),
        sa.Column("returns", sa.Integer(), nullable=False, comment="How often it appeared again."),
        sa.CheckConstraint(KINDS, name=op.f("ck_search_blocks_kind")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_search_blocks_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_blocks")),
        sa.UniqueConstraint("page_id", "digest", name=op.f("uq_search_blocks_page_id_digest")),
        comment="Distinct texts that pages showed, for search. Written by T2, reprocessing and indexing; can be derived again.",
    )
    where = sa.text("gone_at IS NULL")
    op.create_index("ix_search_blocks_present", "search_blocks", ["page_id"], sqlite_where=where, postgresql_where=where)


def create_terms() -> None:
    """Create the full-text index. Its terms are made by the application; the ascii tokenizer splits at spaces only."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='', columnsize=0, tokenize='ascii')")
        return
    op.execute(
        "CREATE TABLE search_terms (block_id BIGINT PRIMARY KEY REFERENCES search_blocks ON DELETE CASCADE, terms TSVECTOR NOT NULL)"
    )
    # With fastupdate, queries would read the list of insertions that wait for the next vacuum.
    op.execute("CREATE INDEX ix_search_terms_terms ON search_terms USING gin (terms) WITH (fastupdate = off)")
