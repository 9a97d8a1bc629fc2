"""Host templates: the lists of links on each page, and those that several pages of a host show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database.columns import Key, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_templates",
        sa.Column("host", sa.Text(), nullable=False, comment="host or host:port."),
        sa.Column("code", sa.String(64), nullable=False, comment="Version of the algorithm; what another one learned is discarded."),
        sa.Column("lists", sa.Text(), nullable=False, comment="By digest of a list of links, the time from which it is part of the template, microseconds since 1970-01-01 UTC."),
        sa.PrimaryKeyConstraint("host", name="pk_host_templates"),
        comment="Lists of links that several pages of a host show. Written while a page of the host is processed; can be learned again.",
    )  # fmt: skip
    op.create_table(
        "page_lists",
        sa.Column("page_id", Key, autoincrement=False, nullable=False, comment="The page."),
        sa.Column("version_id", Key, nullable=False, comment="Version that they were found in, current when this row was written."),
        sa.Column("at", UtcDateTime(), nullable=False, comment="taken_at of the snapshot that first showed the version."),
        sa.Column("code", sa.String(64), nullable=False, comment="Version of the algorithm; what another one found is discarded."),
        sa.Column("identity", sa.String(64), nullable=False, comment="Digest of title and longest text; equal for one page with several URLs."),
        sa.Column("lists", sa.Text(), nullable=False, comment="Digests of its lists of links, in reading order."),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_page_lists_page_id"),
        sa.PrimaryKeyConstraint("page_id", name="pk_page_lists"),
        comment="The lists of links on a page, from which its host's template is learned. Written when that is needed; can be derived again.",
    )  # fmt: skip
