"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A BigInteger identity key fails on SQLite, whose INTEGER PRIMARY KEY is 64 bits wide anyway.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bodies",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="Of the content-decoded bytes."),
        sa.Column("length_bytes", sa.Integer(), nullable=False, comment="Length of the content-decoded bytes."),
        sa.Column("base_id", KEY, nullable=True, comment="Body that data is a delta of; null: a keyframe, complete in itself."),
        sa.Column("depth", sa.Integer(), nullable=False, comment="How many bases must be read first; 0 for a keyframe."),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="A zstd frame, with the base as prefix where there is one."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="taken_at of the look that first brought it."),
        sa.ForeignKeyConstraint(["base_id"], ["bodies.id"], name=op.f("fk_bodies_base_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodies")),
        sa.UniqueConstraint("sha256", name=op.f("uq_bodies_sha256")),
        comment="Bodies, content-decoded, stored once. Written by T1, never altered.",
    )
    op.create_table(
        "body_chains",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("url", sa.Text(), nullable=False, comment="The URL whose bodies follow one another."),
        sa.Column("url_sha256", sa.String(length=64), nullable=False, comment="Of url in UTF-8: what it is found by."),
        sa.Column("size", sa.Integer(), nullable=False, comment="How many links it has; its row lock orders writers."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_chains")),
        sa.UniqueConstraint("url_sha256", name=op.f("uq_body_chains_url_sha256")),
        comment="One chain of bodies for each URL. Written by T1.",
    )
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False, comment="Name in the watchlist."),
        sa.Column("definition", sa.Text(), nullable=False, comment="As declared, JSON; secrets as written, not resolved."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place in the watchlist, from 0."),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False, comment="When this definition was applied (observing clock)."),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True, comment="When it left the watchlist (observing clock); null while in force."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channels")),
        comment="Channels that the last applied watchlist declared.",
    )
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False, comment="Key, never used twice."),
        sa.Column("uid", sa.String(length=64), nullable=False, comment="Message-ID and webhook-id of all its tries."),
        sa.Column("channel", sa.Text(), nullable=False, comment="The channel's name."),
        sa.Column("payload", sa.Text(), nullable=False, comment="What all its tries carry, JSON, frozen when planned."),
        sa.Column("state", sa.String(32), nullable=False, comment="Where it stands."),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="Tries begun so far."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was planned (database clock)."),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True, comment="Not before this (database clock); null once sent or dead."),
        sa.Column("lease_owner", sa.Text(), nullable=True, comment="Who is sending it now; null: nobody."),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True, comment="When that lease ends (database clock); null: no lease."),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True, comment="When the other side took it (database clock); null before."),
        sa.Column("receipt", sa.Text(), nullable=False, comment="What the other side answered, one line; empty before."),
        sa.Column("last_error", sa.Text(), nullable=False, comment="Why the last try failed, one line; empty where none did."),
        sa.CheckConstraint("state IN ('pending', 'sent', 'dead')", name=op.f("ck_deliveries_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("uid", name=op.f("uq_deliveries_uid")),
        comment="Payloads on their way. Planned by T3; the dispatcher writes the rest.",
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_deliveries_due", "deliveries", ["id"], unique=False, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False, comment="Name in the watchlist."),
        sa.Column("definition", sa.Text(), nullable=False, comment="As declared, JSON; secrets as written, not resolved."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place in the watchlist, from 0."),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False, comment="When this definition was applied (observing clock)."),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True, comment="When it left the watchlist (observing clock); null while in force."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
        comment="Facts that the last applied watchlist declared.",
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False, comment="host or host:port."),
        sa.Column("lease_owner", sa.Text(), nullable=True, comment="Who visits it now; null: nobody."),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True, comment="When that lease ends (database clock); null: no lease."),
        sa.Column("last_visit_at", sa.DateTime(timezone=True), nullable=True, comment="When its last visit ended (database clock); null before the first."),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
        comment="Leases: at most one visit with a host at a time.",
    )
    op.create_table(
        "pages",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("url", sa.Text(), nullable=False, comment="Normalised URL."),
        sa.Column("label", sa.Text(), nullable=False, comment="What people call it; empty where nobody named it."),
        sa.Column("host", sa.Text(), nullable=False, comment="host or host:port of url: the unit of politeness and of leases."),
        sa.Column("every_seconds", sa.Double(), nullable=True, comment="Interval between looks, seconds; null where cron is given or it is never due."),
        sa.Column("cron", sa.Text(), nullable=True, comment="Five cron fields; null where every_seconds is given or it is never due."),
        sa.Column("timezone", sa.Text(), nullable=False, comment="IANA name in which cron is read."),
        sa.Column("facts", sa.Text(), nullable=False, comment="Names of the facts followed on it, in the watchlist's order."),
        sa.Column("allow_private", sa.Boolean(), nullable=False, comment="Whether url's own host and port may be a private address."),
        sa.Column("state", sa.String(32), nullable=False, comment="Whether it is looked at."),
        sa.Column("source", sa.String(32), nullable=False, comment="Who asked for it; apply retires only those of a watchlist."),
        sa.Column(
            "next_check_at", sa.DateTime(timezone=True), nullable=True, comment="Due from then on (observing clock); null: never. Apply and T1 write it."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was first asked for (observing clock)."),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True, comment="When it was retired (observing clock); null while it is not."),
        sa.Column("last_seq", sa.Integer(), nullable=False, comment="seq of its newest snapshot; 0 before the first. T1."),
        sa.Column("latest_snapshot_id", KEY, nullable=True, comment="Newest snapshot that is not failed; null before the first. T1."),
        sa.Column("ok_snapshot_id", KEY, nullable=True, comment="Latest read snapshot with verdict ok, repeats included; null before it. T1, T2."),
        sa.Column("validator_snapshot_id", KEY, nullable=True, comment="Ok snapshot that gave the validators; null where there are none. T2."),
        sa.Column("validator_url", sa.Text(), nullable=True, comment="URL that gave the validators; null where there are none. T2."),
        sa.Column("etag", sa.Text(), nullable=True, comment="ETag as received; null where the server sent none. T2."),
        sa.Column("last_modified", sa.Text(), nullable=True, comment="Last-Modified as received; null where the server sent none. T2."),
        sa.Column("version_id", KEY, nullable=True, comment="Current version; null before the first. T2."),
        sa.Column(
            "settled_by",
            sa.String(length=128),
            nullable=True,
            comment="Reader digest under which another look at the same bytes can change nothing; null: not settled. T2.",
        ),
        sa.CheckConstraint("source IN ('watchlist', 'added', 'imported')", name=op.f("ck_pages_source")),
        sa.CheckConstraint("state IN ('active', 'paused', 'retired')", name=op.f("ck_pages_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("url", name=op.f("uq_pages_url")),
        comment="One watched URL each, with its schedule and running state.",
    )
    op.create_index(
        "ix_pages_due", "pages", ["next_check_at"], unique=False, sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'")
    )
    op.create_index(
        "ix_pages_due_by_host",
        "pages",
        ["host", "next_check_at"],
        unique=False,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "rules",
        sa.Column("name", sa.Text(), nullable=False, comment="Name in the watchlist."),
        sa.Column("definition", sa.Text(), nullable=False, comment="As declared, JSON; secrets as written, not resolved."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place in the watchlist, from 0."),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False, comment="When this definition was applied (observing clock)."),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True, comment="When it left the watchlist (observing clock); null while in force."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rules")),
        comment="Rules that the last applied watchlist declared.",
    )
    op.create_table(
        "body_links",
        sa.Column("chain_id", KEY, nullable=False, comment="The chain."),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False, comment="0, 1, 2 … in order of first appearance."),
        sa.Column("body_id", KEY, nullable=False, comment="The body that appeared."),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_body_links_body_id")),
        sa.ForeignKeyConstraint(["chain_id"], ["body_chains.id"], name=op.f("fk_body_links_chain_id")),
        sa.PrimaryKeyConstraint("chain_id", "n", name=op.f("pk_body_links")),
        sa.UniqueConstraint("chain_id", "body_id", name=op.f("uq_body_links_chain_id_body_id")),
        comment="The order in which bodies first appeared under one URL, from which a delta's base is chosen. Written by T1.",
    )
    op.create_table(
        "fact_states",
        sa.Column("page_id", KEY, nullable=False, comment="The page."),
        sa.Column("fact", sa.Text(), nullable=False, comment="The fact's name."),
        sa.Column("reader", sa.String(length=128), nullable=False, comment="Digest of the reader under which it stands."),
        sa.Column("value", sa.Text(), nullable=True, comment="Last good value, JSON; null where it was never read."),
        sa.Column("quote", sa.Text(), nullable=True, comment="The page's characters that stated it; null where it was never read."),
        sa.Column("sentence", sa.Text(), nullable=True, comment="The sentence they stood in; null where it was never read."),
        sa.Column("since_id", KEY, nullable=True, comment="Snapshot that first showed value; null where it was never read."),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=True, comment="taken_at of since_id; null where it was never read."),
        sa.Column("seen_id", KEY, nullable=True, comment="Last snapshot known to show value; null: the page's last ok look."),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True, comment="taken_at of seen_id; null with it."),
        sa.Column("absent_since_id", KEY, nullable=True, comment="First ok snapshot in a row without it; null where the last had it, or none did."),
        sa.Column("absent_since_at", sa.DateTime(timezone=True), nullable=True, comment="taken_at of absent_since_id; null with it."),
        sa.Column("absences", sa.Integer(), nullable=False, comment="Ok looks in a row without it."),
        sa.Column("lost", sa.Boolean(), nullable=False, comment="Whether fact_lost has been told."),
        sa.Column("candidate", sa.Text(), nullable=True, comment="Value waiting to be confirmed, JSON; null where there is none."),
        sa.Column("candidate_seen", sa.Integer(), nullable=False, comment="Ok looks in a row that showed the candidate."),
        sa.Column("baseline", sa.Text(), nullable=True, comment="Value that drift is measured against, JSON; null where it was never read."),
        sa.Column("baseline_at", sa.DateTime(timezone=True), nullable=True, comment="When the baseline was taken (observing clock); null without one."),
        sa.Column("contradiction", sa.Text(), nullable=False, comment="All values of the open contradiction; empty: it agrees."),
        sa.Column("flapping", sa.Boolean(), nullable=False, comment="Whether the fact is held as flapping."),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_fact_states_page_id")),
        sa.PrimaryKeyConstraint("page_id", "fact", name=op.f("pk_fact_states")),
        comment="What is remembered of one fact on one page. Written by T2.",
    )
    op.create_table(
        "versions",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("page_id", KEY, nullable=False, comment="Whose page it is."),
        sa.Column("seq", sa.Integer(), nullable=False, comment="1, 2, 3 … per page, in the order of reading."),
        sa.Column("snapshot_id", KEY, nullable=False, comment="Snapshot whose body it was read from."),
        sa.Column("code", sa.String(length=64), nullable=False, comment="Reading version of the code that read it."),
        sa.Column("facts", sa.String(length=64), nullable=False, comment="Digest of the fact definitions that it was read with."),
        sa.Column("learned", sa.String(length=64), nullable=False, comment="Digest of the learned state; empty where there was none."),
        sa.Column("title", sa.Text(), nullable=False, comment="The page's title; empty where there is none."),
        sa.Column("language", sa.Text(), nullable=True, comment="BCP 47 tag, lower case; null where unknown."),
        sa.Column("text_sha256", sa.String(length=64), nullable=False, comment="Of the page's text in UTF-8."),
        sa.Column("blob", sa.LargeBinary(), nullable=False, comment="Blocks and mentions: JSON in a zstd frame, based like a body."),
        sa.Column("blob_base_id", KEY, nullable=True, comment="Version that blob is a delta of; null: a keyframe."),
        sa.Column("blob_depth", sa.Integer(), nullable=False, comment="How many bases must be read first; 0 for a keyframe."),
        sa.Column("blob_length", sa.Integer(), nullable=False, comment="Length of the JSON in bytes."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was recorded (observing clock)."),
        sa.ForeignKeyConstraint(["blob_base_id"], ["versions.id"], name=op.f("fk_versions_blob_base_id")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_versions_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("page_id", "seq", name=op.f("uq_versions_page_id_seq")),
        comment="One understanding of a page each; a new one only where that differs. Written by T2, can be derived anew.",
    )
    op.create_index("ix_versions_blob_base_id", "versions", ["blob_base_id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("version_id", KEY, nullable=False, comment="The version."),
        sa.Column("fact", sa.Text(), nullable=False, comment="The fact's name."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place among the version's readings, from 0."),
        sa.Column("value", sa.Text(), nullable=True, comment="The value, JSON; null where the page does not state it."),
        sa.Column("quote", sa.Text(), nullable=True, comment="The page's characters that state it; null where it does not."),
        sa.Column("sentence", sa.Text(), nullable=True, comment="The sentence they stand in; null where there is none."),
        sa.Column("contradicts", sa.Text(), nullable=False, comment="Other values stated: a list of {value, quote, sentence}."),
        sa.Column("why", sa.Text(), nullable=False, comment="Why this value was chosen, or why there is none."),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_readings_version_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id", "fact", name=op.f("pk_readings")),
        comment="The value of a fact at one version. Written by T2; the mentions themselves are in the version's blob.",
    )
    op.create_index("ix_readings_fact", "readings", ["fact"], unique=False)
    op.create_table(
        "snapshots",
        sa.Column("id", KEY, nullable=False, comment="Key, growing with time of archiving, never used twice."),
        sa.Column("page_id", KEY, nullable=False, comment="Whose page it is."),
        sa.Column("seq", sa.Integer(), nullable=False, comment="1, 2, 3 … per page, in the order of archiving."),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, comment="When it was looked at (observing clock; import: its manifest)."),
        sa.Column("origin", sa.String(32), nullable=False, comment="Where it came from; only live alerts."),
        sa.Column("outcome", sa.String(32), nullable=False, comment="How the look went."),
        sa.Column("status", sa.Integer(), nullable=True, comment="Final status code, of the repeated snapshot for not_modified; null where it failed."),
        sa.Column("final_url", sa.Text(), nullable=False, comment="URL that answered last."),
        sa.Column("content_type", sa.Text(), nullable=True, comment="Content-Type as received, of the repeated snapshot for not_modified; null: none."),
        sa.Column("body_id", KEY, nullable=True, comment="Body that it shows; null where it failed."),
        sa.Column("truncated", sa.String(32), nullable=True, comment="Why that body ends early; null where it is whole."),
        sa.Column("repeats_id", KEY, nullable=True, comment="Snapshot that it repeats; null where it repeats none."),
        sa.Column("verdict", sa.String(32), nullable=True, comment="What the page was; null while unread and where it failed."),
        sa.Column("verdict_reason", sa.Text(), nullable=False, comment="Why; empty where there is no verdict."),
        sa.Column(
            "version_id", KEY, nullable=True, comment="Version that reads it; null while unread, where the verdict is not ok, or where it was thrown away."
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True, comment="When it was read (observing clock); null marks it unread."),
        sa.Column("previous_digest", sa.String(length=64), nullable=True, comment="Reserved for a hash chain; null."),
        sa.Column("digest", sa.String(length=64), nullable=True, comment="Reserved for a hash chain; null."),
        sa.CheckConstraint("origin IN ('live', 'import', 'backfill')", name=op.f("ck_snapshots_origin")),
        sa.CheckConstraint("outcome IN ('full', 'same_body', 'not_modified', 'failed')", name=op.f("ck_snapshots_outcome")),
        sa.CheckConstraint("truncated IN ('length', 'time', 'disconnect')", name=op.f("ck_snapshots_truncated")),
        sa.CheckConstraint(
            "verdict IN ('ok', 'blocked', 'soft_error', 'consent_wall', 'login_wall', 'empty', 'partial', 'gone', 'moved', 'other_language', 'error')",
            name=op.f("ck_snapshots_verdict"),
        ),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_snapshots_body_id")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_snapshots_page_id")),
        sa.ForeignKeyConstraint(["repeats_id"], ["snapshots.id"], name=op.f("fk_snapshots_repeats_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_snapshots_version_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("page_id", "seq", name=op.f("uq_snapshots_page_id_seq")),
        comment="One look at a page each. Written by T1; reading fills verdict, version_id and read_at once.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_snapshots_page_id_taken_at", "snapshots", ["page_id", "taken_at"], unique=False)
    op.create_index(
        "ix_snapshots_unread",
        "snapshots",
        ["page_id", "seq"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_snapshots_version_id", "snapshots", ["version_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", KEY, nullable=False, comment="Key, never used twice."),
        sa.Column("page_id", KEY, nullable=True, comment="The page; null for channel_failing."),
        sa.Column("snapshot_id", KEY, nullable=True, comment="First that showed after; null for channel_failing."),
        sa.Column("before_snapshot_id", KEY, nullable=True, comment="Last that showed before; null where none did."),
        sa.Column("read_snapshot_id", KEY, nullable=True, comment="Whose reading made it; null where none did."),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="0, 1, 2 … among the events that one reading made."),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="taken_at of snapshot_id."),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True, comment="taken_at of before_snapshot_id; null with it."),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, comment="When it was recorded (observing clock)."),
        sa.Column("kind", sa.String(32), nullable=False, comment="What happened."),
        sa.Column("level", sa.String(32), nullable=False, comment="How much it matters."),
        sa.Column("origin", sa.String(32), nullable=False, comment="That of the snapshot; only live alerts."),
        sa.Column("cause", sa.String(32), nullable=False, comment="What made it."),
        sa.Column("fact", sa.Text(), nullable=True, comment="The fact's name; null where no declared fact is concerned."),
        sa.Column("before", sa.Text(), nullable=True, comment="Value before, JSON; null where there was none or it is no value."),
        sa.Column("after", sa.Text(), nullable=True, comment="Value after, JSON; null as before."),
        sa.Column("quote_before", sa.Text(), nullable=True, comment="The page's characters before; null where nothing stood there."),
        sa.Column("quote_after", sa.Text(), nullable=True, comment="The page's characters after; null where nothing stands there."),
        sa.Column("sentence_before", sa.Text(), nullable=True, comment="The sentence before; null as quote_before."),
        sa.Column("sentence_after", sa.Text(), nullable=True, comment="The sentence after; null as quote_after."),
        sa.Column("summary", sa.Text(), nullable=False, comment="One line for people."),
        sa.Column("block_kind", sa.String(32), nullable=True, comment="Kind of the block it stands in; null: in none."),
        sa.Column("detail", sa.Text(), nullable=False, comment="Extras: unit, why, place_before, place_after."),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True, comment="When its alerts were planned (observing clock); null: not yet. T3."),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True, comment="Reserved; null."),
        sa.CheckConstraint(
            "block_kind IN ('content', 'heading', 'row', 'feed', 'navigation', 'consent', 'control', 'footer')", name=op.f("ck_events_block_kind")
        ),
        sa.CheckConstraint("cause IN ('page', 'rules', 'code')", name=op.f("ck_events_cause")),
        sa.CheckConstraint(
            "kind IN ('fact_changed', 'fact_contradiction', 'fact_agreed', 'fact_lost', 'fact_found', 'fact_drifted', 'fact_flapping', 'number_changed', 'text_changed', 'page_gone', 'page_moved', 'page_blocked', 'page_back', 'page_stale', 'page_new', 'certificate_expiring', 'channel_failing')",
            name=op.f("ck_events_kind"),
        ),
        sa.CheckConstraint("level IN ('fact', 'number', 'text', 'health', 'noise')", name=op.f("ck_events_level")),
        sa.CheckConstraint("origin IN ('live', 'import', 'backfill')", name=op.f("ck_events_origin")),
        sa.ForeignKeyConstraint(["before_snapshot_id"], ["snapshots.id"], name=op.f("fk_events_before_snapshot_id")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_events_page_id")),
        sa.ForeignKeyConstraint(["read_snapshot_id"], ["snapshots.id"], name=op.f("fk_events_read_snapshot_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name=op.f("fk_events_snapshot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("read_snapshot_id", "ordinal", name=op.f("uq_events_read_snapshot_id_ordinal")),
        comment="What somebody may want to hear of. Copies what it says; never points at versions. Written by T2.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_at_id", "events", ["at", "id"], unique=False)
    op.create_index("ix_events_page_id_at", "events", ["page_id", "at"], unique=False)
    op.create_index(
        "ix_events_unplanned",
        "events",
        ["id"],
        unique=False,
        sqlite_where=sa.text("planned_at IS NULL AND origin = 'live'"),
        postgresql_where=sa.text("planned_at IS NULL AND origin = 'live'"),
    )
    op.create_table(
        "exchanges",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("snapshot_id", KEY, nullable=False, comment="The look that it belongs to."),
        sa.Column("hop", sa.Integer(), nullable=False, comment="0, 1, 2 …; redirects first, the page's own last."),
        sa.Column("url", sa.Text(), nullable=False, comment="What was asked."),
        sa.Column("request_headers", sa.Text(), nullable=False, comment="Pairs of name and value, as sent."),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="Observing clock."),
        sa.Column("elapsed_ms", sa.Integer(), nullable=False, comment="Real milliseconds from the request to the end of the body."),
        sa.Column("status", sa.Integer(), nullable=True, comment="Status code; null where no response came."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Reason phrase; empty where there was none."),
        sa.Column("http_version", sa.String(length=16), nullable=False, comment="HTTP/1.1; empty where no response came."),
        sa.Column("response_headers", sa.Text(), nullable=False, comment="Pairs of name and value, as received."),
        sa.Column("peer", sa.Text(), nullable=True, comment="Address and port connected to; null where none was."),
        sa.Column("tls_version", sa.Text(), nullable=True, comment="TLSv1.3; null over plain HTTP."),
        sa.Column("tls_cipher", sa.Text(), nullable=True, comment="Name of the cipher suite; null over plain HTTP."),
        sa.Column("entity_sha256", sa.String(length=64), nullable=True, comment="Of the entity as sent, still content-encoded; null where no response came."),
        sa.Column("entity_bytes", sa.Integer(), nullable=True, comment="Length of the entity as sent; null where no response came."),
        sa.Column("body_id", KEY, nullable=True, comment="The content-decoded body; null where no response came."),
        sa.Column("truncated", sa.String(32), nullable=True, comment="Why the body ends early; null where it is whole."),
        sa.Column("failure_kind", sa.String(32), nullable=True, comment="Why no response came, or not whole; null: it did."),
        sa.Column("failure_message", sa.Text(), nullable=True, comment="That in one line for people; null without a failure."),
        sa.Column("failure_transient", sa.Boolean(), nullable=True, comment="Whether trying again may help; null without a failure."),
        sa.CheckConstraint(
            "failure_kind IN ('bad_url', 'dns', 'refused_address', 'connect', 'tls', 'timeout', 'protocol', 'too_many_redirects')",
            name=op.f("ck_exchanges_failure_kind"),
        ),
        sa.CheckConstraint("truncated IN ('length', 'time', 'disconnect')", name=op.f("ck_exchanges_truncated")),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_exchanges_body_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name=op.f("fk_exchanges_snapshot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
        sa.UniqueConstraint("snapshot_id", "hop", name=op.f("uq_exchanges_snapshot_id_hop")),
        comment="One request and its response each. Written by T1, never altered.",
    )
    op.create_table(
        "alerts",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("event_id", KEY, nullable=False, comment="The event."),
        sa.Column("rule", sa.Text(), nullable=False, comment="Name of the rule that selected it."),
        sa.Column("channel", sa.Text(), nullable=False, comment="Name of the channel it goes through."),
        sa.Column("delivery_id", KEY, nullable=False, comment="What carries it; several may share one."),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False, comment="When it was planned (observing clock)."),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_alerts_delivery_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_alerts_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("event_id", "rule", "channel", name=op.f("uq_alerts_event_id_rule_channel")),
        comment="Events that a rule selected for a channel. Written by T3.",
    )
    op.create_index("ix_alerts_delivery_id", "alerts", ["delivery_id"], unique=False)
