"""A good guest and a page's health: schedules that adapt, robots.txt, host pauses, standings, tombstones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table, column in (
        ("pages", sa.Column("jitter_seconds", sa.Double(), nullable=True, comment="Most that a look is put off by chance, seconds; null: not at all.")),
        ("pages", sa.Column("windows", sa.Text(), nullable=False, server_default=sa.text("'[]'"), comment="When looking is allowed, as written in the watchlist; empty: always.")),
        ("pages", sa.Column("adaptive_min_seconds", sa.Double(), nullable=True, comment="Shortest interval of an adaptive schedule, seconds; null: it is none.")),
        ("pages", sa.Column("adaptive_max_seconds", sa.Double(), nullable=True, comment="Longest interval of an adaptive schedule, seconds; null: it is none.")),
        ("pages", sa.Column("interval_seconds", sa.Double(), nullable=True, comment="Interval an adaptive schedule has come to; null: it is none, or before the first look.")),
        ("pages", sa.Column("schedule_reason", sa.Text(), nullable=False, server_default=sa.text("''"), comment="Why next_check_at is when it is, for people; empty where the schedule says it all.")),
        ("pages", sa.Column("obey_robots", sa.Boolean(), nullable=False, server_default=sa.true(), comment="Whether robots.txt may forbid looking at it.")),
        ("pages", sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="Looks in a row without a response, or with one that asks to be left alone. T1.")),
        ("snapshots", sa.Column("robots_overruled", sa.Boolean(), nullable=False, server_default=sa.false(), comment="Whether robots.txt forbade the look and a setting overruled it. T1.")),
        ("snapshots", sa.Column("moved_permanently", sa.Boolean(), nullable=False, server_default=sa.false(), comment="Whether a redirect on the way was permanent (301 or 308). T1.")),
        ("exchanges", sa.Column("certificate_expires_at", TIME, nullable=True, comment="notAfter of the server's certificate; null over plain HTTP, or where it was not seen.")),
        ("hosts", sa.Column("not_before", TIME, nullable=True, comment="No visit before this (database clock): it asked to be left alone; null: it did not.")),
        ("hosts", sa.Column("not_before_why", sa.Text(), nullable=False, server_default=sa.text("''"), comment="What it said; empty with null.")),
        ("hosts", sa.Column("spacing_seconds", sa.Double(), nullable=True, comment="Least time between two requests that it asks for (crawl-delay), seconds; null: it asks for none.")),
    ):
        op.add_column(table, column)
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment(
            "hosts",
            "Leases: at most one visit with a host at a time. And what a host asks of its guests.",
            existing_comment="Leases: at most one visit with a host at a time.",
        )
        for name, kind, old, new in (
            ("detail", sa.Text(), "Extras: unit, why, place_before, place_after.", "Extras: unit, why, place_before, place_after, quotes, between, missed."),
            ("snapshot_id", KEY, "First that showed after; null for channel_failing.", "First that showed after; null where no look showed it, as with page_stale and channel_failing."),
            ("at", TIME, "taken_at of snapshot_id.", "taken_at of snapshot_id; without one, when it was found (observing clock)."),
        ):
            op.alter_column("events", name, existing_type=kind, existing_nullable=name == "snapshot_id", existing_comment=old, comment=new)
    op.create_table(
        "robots",
        sa.Column("host", sa.Text(), nullable=False, comment="Scheme and host that it rules, https://example.org."),
        sa.Column("fetched_at", TIME, nullable=False, comment="When it was asked for (database clock)."),
        sa.Column("expires_at", TIME, nullable=False, comment="When it is to be asked for again (database clock)."),
        sa.Column("status", sa.Integer(), nullable=True, comment="What the server answered; null where it could not be reached."),
        sa.Column("body", sa.Text(), nullable=False, comment="Its text; empty unless status is 2xx."),
        sa.Column("unreachable_since", TIME, nullable=True, comment="Since when it could not be had (database clock); null: it could."),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_robots")),
        comment="Each host's robots.txt as last asked for. Written by visits.",
    )
    op.create_table(
        "page_health",
        sa.Column("page_id", KEY, autoincrement=False, nullable=False, comment="The page."),
        sa.Column("standing", sa.String(length=32), nullable=False, comment="What was last told of it."),
        sa.Column("since_id", KEY, nullable=True, comment="First snapshot that found it so; null where it was ok from the first."),
        sa.Column("since_at", TIME, nullable=True, comment="taken_at of since_id; null with it."),
        sa.Column("candidate", sa.String(length=32), nullable=True, comment="Standing that waits to be confirmed; null: none."),
        sa.Column("candidate_since_id", KEY, nullable=True, comment="First snapshot that found the candidate; null with it."),
        sa.Column("candidate_since_at", TIME, nullable=True, comment="taken_at of candidate_since_id; null with it."),
        sa.Column("candidate_seen", sa.Integer(), nullable=False, comment="Looks in a row that found the candidate."),
        sa.Column("candidate_before_id", KEY, nullable=True, comment="Last ok snapshot before the candidate; null where there was none."),
        sa.Column("candidate_before_at", TIME, nullable=True, comment="taken_at of candidate_before_id; null with it."),
        sa.Column("stale_since", TIME, nullable=True, comment="When page_stale was told (observing clock); null while it is not stale."),
        sa.Column("disallowed_since", TIME, nullable=True, comment="When robots.txt was found to forbid it (observing clock); null: it does not."),
        sa.Column("certificate_told", TIME, nullable=True, comment="Expiry date that was last told of; null before."),
        sa.CheckConstraint("standing IN ('ok', 'gone', 'moved', 'blocked')", name=op.f("ck_page_health_standing")),
        sa.CheckConstraint("candidate IN ('ok', 'gone', 'moved', 'blocked')", name=op.f("ck_page_health_candidate")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_health_page_id")),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_page_health")),
        comment="How a page stands, over looks. Written by T2 and by the tidy job.",
    )
    op.create_table(
        "tombstones",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("url", sa.Text(), nullable=False, comment="Normalised URL whose content was removed."),
        sa.Column("forgotten_at", TIME, nullable=False, comment="When it was removed (observing clock)."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, as the person who did it wrote; empty where they did not."),
        sa.Column("looks", sa.Text(), nullable=False, comment="A list of {at, outcome, verdict, sha256}, one for each snapshot that was removed."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("url", name=op.f("uq_tombstones_url")),
        comment="What stays of a page whose content had to be removed. Written by forget; removing it again adds looks.",
    )
    # Whether a channel fails is asked again and again.
    op.create_index("ix_deliveries_channel_sent_at", "deliveries", ["channel", "sent_at"])
    unsent = sa.text("state <> 'sent'")
    op.create_index(
        "ix_deliveries_unsent", "deliveries", ["channel", "created_at"], sqlite_where=unsent, postgresql_where=unsent
    )
    # Removing a body or a snapshot asks who still points at it.
    for table, key in (
        ("body_links", "body_id"),
        ("snapshots", "body_id"),
        ("exchanges", "body_id"),
        ("events", "snapshot_id"),
        ("events", "before_snapshot_id"),
    ):
        op.create_index(f"ix_{table}_{key}", table, [key])
    for table, key in (("bodies", "base_id"), ("snapshots", "repeats_id")):
        where = sa.text(f"{key} IS NOT NULL")
        op.create_index(f"ix_{table}_{key}", table, [key], sqlite_where=where, postgresql_where=where)
