"""Tables of the search index, except `search_terms`, which is made by `storage.search.terms`: each kind of database has its own form of it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, UniqueConstraint

from monitor.model import BlockKind
from storage.database.columns import Key, Prose, UtcDateTime, closed
from storage.schema.base import metadata, partial_index

search_blocks = Table(
    "search_blocks",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False, comment="Key, in order of first_at."),
    Column("page_id", ForeignKey("pages.id"), nullable=False, comment="The page."),
    Column("digest", LargeBinary, nullable=False, comment="First 16 bytes of the SHA-256 of text in UTF-8."),
    *closed("kind", BlockKind, comment="Kind of the block that first had it."),
    Column("body", Prose, nullable=False, comment="The text, possibly cut."),
    Column("first_at", UtcDateTime, nullable=False, comment="taken_at of first_snapshot_id."),
    # No foreign keys: the rows of a page are removed before its snapshots, and checking would take an index each.
    Column("first_snapshot_id", Key, nullable=False, comment="First snapshot that has it."),
    Column("last_at", UtcDateTime, comment="taken_at of last_snapshot_id; null with it."),
    Column(
        "last_snapshot_id",
        Key,
        comment="Last ok snapshot that has it; null: the page's last ok snapshot, it is present.",
    ),
    Column("gone_at", UtcDateTime, comment="taken_at of gone_snapshot_id; null with it."),
    Column("gone_snapshot_id", Key, comment="First ok snapshot without it after that; null: it is present."),
    Column("returns", Integer, nullable=False, comment="How often it appeared again."),
    UniqueConstraint("page_id", "digest"),
    partial_index("ix_search_blocks_present", "page_id", where="gone_at IS NULL"),
    comment="Distinct texts that pages showed, for search. Written by T2, reprocessing and indexing; can be derived again.",
)

search_absences = Table(
    "search_absences",
    metadata,
    Column("block_id", ForeignKey("search_blocks.id"), primary_key=True, autoincrement=False, comment="The text."),
    Column("n", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … in order of time."),
    Column("last_at", UtcDateTime, nullable=False, comment="taken_at of the last ok snapshot that had it before."),
    Column("last_snapshot_id", Key, nullable=False, comment="That snapshot."),
    Column("gone_at", UtcDateTime, nullable=False, comment="taken_at of the first ok snapshot without it."),
    Column("gone_snapshot_id", Key, nullable=False, comment="That snapshot."),
    Column("back_at", UtcDateTime, nullable=False, comment="taken_at of the first ok snapshot that has it again."),
    Column("back_snapshot_id", Key, nullable=False, comment="That snapshot."),
    comment="When texts that returned were absent; at most 100 of each, later ones are only counted. Written with search_blocks.",
)

search_backlog = Table(
    "search_backlog",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    Column("reached_at", UtcDateTime, comment="taken_at of reached_snapshot_id; null: indexing has not begun."),
    Column(
        "reached_snapshot_id",
        Key,
        comment="Last of its snapshots that is indexed, in order of time; null: indexing has not begun.",
    ),
    comment="Pages whose versions are not all indexed for search. Written by migration and reprocessing; indexing removes them.",
)
