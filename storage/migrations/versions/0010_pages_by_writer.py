"""One table for each writer of a page's state: declaration in `pages`, checks in `page_checks`, results of processing in `page_results`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

# Column of the new table, and the expression over `pages` that fills it.
CHECKS = {
    "page_id": "id",
    "host": "host",
    # Only an active page is due; the new indexes leave out the rest by this.
    "next_check_at": "CASE WHEN state = 'active' THEN next_check_at END",
    "scheduled_by": "scheduled_by",
    "interval_seconds": "interval_seconds",
    "schedule_reason": "schedule_reason",
    "failures": "failures",
    "last_seq": "last_seq",
    "latest_snapshot_id": "latest_snapshot_id",
    "ok_snapshot_id": "ok_snapshot_id",
    "repeats": "repeats",
    "confirmed_at": "confirmed_at",
}
RESULTS = {
    "page_id": "id",
    "version_id": "version_id",
    "settled_by": "settled_by",
    "learned_noise": "churn",
    "validator_snapshot_id": "validator_snapshot_id",
    "validator_url": "validator_url",
    "etag": "etag",
    "last_modified": "last_modified",
}

# Comments in the terms of the glossary.
TABLES = {
    "bodies": "Bodies, content-decoded, each stored once. Written by T1, never changed.",
    "body_chains": "One sequence of bodies for each URL. Written by T1.",
    "body_links": "The order in which bodies were first received from a URL; a delta's base is chosen from it. Written by T1.",
    "channels": "Channels that the last applied watchlist declared. Written by apply.",
    "exchanges": "One request and its response each. Written by T1, never changed.",
    "fact_states": "Current state of one fact on one page. Written by T2.",
    "facts": "Facts that the last applied watchlist declared. Written by apply.",
    "hosts": "Leases, at most one visit to a host at a time, and the politeness that a host asks for. Written by visits.",
    "page_claims": "Which process is processing which page, and failed attempts. Written by extractors; deleted once the page is processed.",
    "page_health": "Health of a page over several checks. Written by T2 and by the health sweep.",
    "pages": "What is watched: identity and declaration of each page. Written by apply, and by commands that add, pause or resume it.",
    "robots": "The last fetched robots.txt of each host. Written by visits.",
    "rules": "Rules that the last applied watchlist declared. Written by apply.",
    "snapshots": "One check of a page each. Written by T1; processing sets verdict, version_id and read_at.",
    "tombstones": "What remains of an erased page. Written by forget, which extends the list when it erases the page again.",
    "versions": "What was extracted from a page; a new version only if it differs from the last. Written by T2, can be derived again.",
}
COLUMNS = {
    "bodies": {
        "sha256": "SHA-256 of the content-decoded bytes.",
        "depth": "Number of bases to decode first; 0 for a keyframe.",
        "data": "A zstd frame, with the base as prefix if there is one.",
        "created_at": "taken_at of the first check that received it.",
    },
    "body_chains": {
        "url": "The URL that these bodies were received from.",
        "url_sha256": "SHA-256 of url in UTF-8, the lookup key.",
        "size": "Number of its links; locking this row serialises writers.",
    },
    "body_links": {
        "n": "0, 1, 2 … in order of first receipt.",
        "body_id": "The body.",
    },
    "exchanges": {
        "snapshot_id": "The snapshot that it belongs to.",
        "hop": "0, 1, 2 …; redirects first, the final one last.",
        "url": "The requested URL.",
        "status": "Status code; null: no response.",
        "reason": "Reason phrase; empty if there was none.",
        "http_version": "HTTP/1.1; empty without a response.",
        "peer": "Address and port of the connection; null: no connection.",
        "entity_sha256": "SHA-256 of the body as sent, before content-decoding; null: no response.",
        "entity_bytes": "Length of the body as sent; null: no response.",
        "body_id": "The content-decoded body; null: no response.",
        "truncated": "Why the body is truncated; null: it is complete.",
        "failure_kind": "Why there is no response, or only a part of it; null: no failure.",
        "failure_message": "The failure in one line, for display; null without a failure.",
        "failure_transient": "Whether a retry may succeed; null without a failure.",
        "certificate_expires_at": "notAfter of the server's certificate; null over plain HTTP, or unknown.",
    },
    "fact_states": {
        "reader": "Digest of the parser version that derived it.",
        "value": "Last accepted value, JSON; null: the page never stated it.",
        "quote": "The value as written on the page; null: the page never stated it.",
        "sentence": "The sentence that contained the quote; null: the page never stated it.",
        "since_id": "Snapshot that first showed value; null: the page never stated it.",
        "since_at": "taken_at of since_id; null: the page never stated it.",
        "seen_id": "Last snapshot known to show value; null: the page's last ok snapshot.",
        "absent_since_id": "First of the consecutive ok snapshots without it; null: the last one had it, or none did.",
        "absences": "Consecutive ok checks without it.",
        "lost": "Whether fact_lost has been reported.",
        "candidate": "Value that waits for confirmation, JSON; null: none.",
        "baseline": "Value that drift is measured against, JSON; null: the page never stated it.",
        "contradiction": "All values of the open contradiction; empty: none.",
        "flapping": "Whether the fact is flapping.",
        "candidate_since_id": "First snapshot that showed the candidate; null: no candidate.",
        "trail": "Latest statements, oldest first: [values, taken_at, number of the check].",
        "drifted": "Value at which a drift was last reported, JSON; null: near the baseline.",
    },
    "hosts": {
        "lease_owner": "Process that is visiting it; null: none.",
        "not_before": "No visit before this (database clock), because the host requested a pause; null: no pause.",
        "not_before_why": "Its request; empty: no pause.",
        "spacing_seconds": "Minimum interval between two requests that it asks for (crawl-delay), seconds; null: none.",
        "slow": "Whether it was slow at its last visit; slow hosts get at most half of the visits.",
        "crashes": "Consecutive fetcher crashes during its visits; from 3 on it is visited alone.",
    },
    "page_claims": {
        "lease_owner": "Process that is processing it; null: none.",
        "lease_until": "When the claim ends (database clock); null with lease_owner.",
        "snapshot_id": "Snapshot that attempts and reason refer to; null: no attempt has failed.",
        "tried_with": "Parser version of the last failed attempt; null: none failed.",
        "delays": "Consecutive attempts that ended for a reason other than the page.",
        "not_before": "Not claimed from the queue before this (database clock); null: no delay.",
    },
    "page_health": {
        "standing": "Health status that was last reported.",
        "since_id": "First snapshot with this status; null: it has been ok since the first.",
        "candidate": "Status that waits for confirmation; null: none.",
        "candidate_since_id": "First snapshot with the candidate status; null with it.",
        "candidate_seen": "Consecutive checks with the candidate status.",
        "candidate_before_id": "Last ok snapshot before the candidate; null: there was none.",
        "stale_since": "When page_stale was reported (observing clock); null: not stale.",
        "disallowed_since": "When a check first found it disallowed by robots.txt (observing clock); null: it is not.",
        "certificate_told": "Expiry date that was last reported; null: none was.",
    },
    "pages": {
        "url": "Normalised URL. Never changes.",
        "label": "Display name; empty if it has none.",
        "host": "host or host:port of url, the unit of politeness and of leases.",
        "every_seconds": "Interval between checks, seconds; null: cron is set, or it is never due.",
        "cron": "Five cron fields; null: every_seconds is set, or it is never due.",
        "timezone": "IANA name of the time zone of cron.",
        "facts": "Names of the facts tracked on it, in the watchlist's order.",
        "state": "Whether it is checked.",
        "source": "Where it was added from; apply retires only pages of a watchlist.",
        "created_at": "When it was added (observing clock).",
        "retired_at": "When it was retired (observing clock); null: it is not retired.",
        "jitter_seconds": "Maximum random delay of a check, seconds; null: none.",
        "windows": "Time windows in which checks are allowed, as written in the watchlist; empty: always.",
        "adaptive_min_seconds": "Shortest interval of an adaptive schedule, seconds; null: not adaptive.",
        "adaptive_max_seconds": "Longest interval of an adaptive schedule, seconds; null: not adaptive.",
        "obey_robots": "Whether robots.txt can forbid checks.",
        "mute": "Headings and words whose changes are not reported, as written in the watchlist.",
        "always_report": "Headings and words whose changes are never noise, as written in the watchlist.",
    },
    "readings": {
        "position": "Index among the version's readings, from 0.",
        "value": "The value, JSON; null: the page does not state it.",
        "quote": "The value as written on the page; null: the page does not state it.",
        "sentence": "The sentence that contains the quote; null: none.",
        "why": "Reason for choosing this value, or for choosing none.",
    },
    "robots": {
        "host": "Scheme and host that it applies to, https://example.org.",
        "fetched_at": "When it was requested (database clock).",
        "expires_at": "When it is to be requested again (database clock).",
        "status": "Status code; null: no response.",
        "unreachable_since": "Since when it is unreachable (database clock); null: it is reachable.",
    },
    "snapshots": {
        "id": "Key, in order of archiving, never reused.",
        "page_id": "The page.",
        "taken_at": "Time of the check (observing clock; import: its manifest).",
        "origin": "Its origin; only live snapshots cause alerts.",
        "outcome": "Outcome of the check.",
        "status": "Final status code, for not_modified that of the repeated snapshot; null: the check failed.",
        "final_url": "URL of the final response, after redirects.",
        "content_type": "Content-Type as received, for not_modified that of the repeated snapshot; null: none.",
        "body_id": "Its body; null: the check failed.",
        "truncated": "Why that body is truncated; null: it is complete.",
        "repeats_id": "Snapshot that it repeats; null: none.",
        "verdict": "Its verdict; null: unprocessed, or the check failed.",
        "verdict_reason": "Reason for the verdict; empty without one.",
        "version_id": "Its version; null: unprocessed, the verdict is not ok, or the version was removed.",
        "read_at": "When it was processed (observing clock); null: unprocessed.",
        "robots_overruled": "Whether it was fetched although robots.txt disallows it, because the page ignores robots.txt.",
        "moved_permanently": "Whether one of its redirects was permanent (301 or 308).",
    },
    "tombstones": {
        "url": "Normalised URL whose content was erased.",
        "forgotten_at": "When it was erased (observing clock).",
        "reason": "The reason given; empty if none was.",
        "checks": "A list of {at, outcome, verdict, sha256}, one for each erased snapshot.",
    },
    "versions": {
        "page_id": "The page.",
        "seq": "1, 2, 3 … per page, in order of processing.",
        "snapshot_id": "Snapshot whose body it was extracted from.",
        "code": "Parser version that derived it.",
        "facts": "Digest of the fact definitions that it was derived with.",
        "learned": "Digest of the learned state; empty without one.",
        "title": "The page's title; empty if it has none.",
        "language": "BCP 47 tag, lower case; null: unknown.",
        "text_sha256": "SHA-256 of the page's text in UTF-8.",
        "blob": "Blocks and mentions: JSON in a zstd frame, stored as a delta like a body.",
        "blob_depth": "Number of bases to decode first; 0 for a keyframe.",
    },
}

def upgrade() -> None:
    op.create_table(
        "page_checks",
        sa.Column("page_id", KEY, autoincrement=False, nullable=False, comment="The page."),
        sa.Column("host", sa.Text(), nullable=False, comment="Copy of pages.host, which never changes, for the index of due pages."),
        sa.Column("next_check_at", TIME, nullable=True, comment="When it is due (observing clock); null: never, as for every page that is not active."),
        sa.Column("scheduled_by", KEY, nullable=True, comment="Snapshot whose T1 set next_check_at; null: something else set it, so T2 does not move it."),
        sa.Column("interval_seconds", sa.Double(), nullable=True, comment="Current interval of an adaptive schedule, seconds; null: not adaptive, or before the first check."),
        sa.Column("schedule_reason", sa.Text(), nullable=False, server_default=sa.text("''"), comment="Why next_check_at has its value, for display; empty where the schedule alone explains it."),
        sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="Consecutive checks without a response, or with one that requests a pause."),
        sa.Column("last_seq", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="seq of its newest snapshot; 0 before the first."),
        sa.Column("latest_snapshot_id", KEY, nullable=True, comment="Newest snapshot that did not fail; null before the first."),
        sa.Column("ok_snapshot_id", KEY, nullable=True, comment="Latest processed snapshot with verdict ok, repeats included; null before the first. T2 writes it too."),
        sa.Column("repeats", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="Consecutive 304 responses since the last ok response to a request without validators. T2 writes it too."),
        sa.Column("confirmed_at", TIME, nullable=True, comment="Time of the last ok response to a request without validators (observing clock); null: unknown. T2 writes it too."),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_checks_page_id")),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_page_checks")),
        comment="When each page is due, and its newest snapshots. Written by T1 with every check; apply and commands reschedule.",
    )
    op.create_table(
        "page_results",
        sa.Column("page_id", KEY, autoincrement=False, nullable=False, comment="The page."),
        sa.Column("version_id", KEY, nullable=True, comment="Current version; null before the first."),
        sa.Column("settled_by", sa.String(length=128), nullable=True, comment="Digest of the parser version for which repeating the same bytes changes nothing; null: not settled."),
        sa.Column("learned_noise", sa.Text(), nullable=True, comment="How often each place changes: code, missed checks, and by place [at, changed, rose, noisy]; null: nothing learned."),
        sa.Column("validator_snapshot_id", KEY, nullable=True, comment="Ok snapshot that the validators come from; null: no validators."),
        sa.Column("validator_url", sa.Text(), nullable=True, comment="URL that sent the validators; null: no validators."),
        sa.Column("etag", sa.Text(), nullable=True, comment="ETag as received; null: none was sent."),
        sa.Column("last_modified", sa.Text(), nullable=True, comment="Last-Modified as received; null: none was sent."),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_results_page_id")),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_page_results")),
        comment="What processing a page's snapshots produced, and the validators of its next request. Written by T2 and reprocess; T1 drops refused validators.",
    )
    for table, columns in (("page_checks", CHECKS), ("page_results", RESULTS)):
        op.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM pages")
    for index in ("ix_pages_due", "ix_pages_due_by_host"):
        op.drop_index(index, "pages")
    for moved in [*CHECKS, *RESULTS.values()]:
        if moved not in ("id", "page_id", "host"):
            op.drop_column("pages", moved)
    due = sa.text("next_check_at IS NOT NULL")
    for index, keys in (("ix_page_checks_due", ["next_check_at"]), ("ix_page_checks_due_by_host", ["host", "next_check_at"])):
        op.create_index(index, "page_checks", keys, sqlite_where=due, postgresql_where=due)
    # The statement of both databases; Alembic's own would copy an SQLite table row by row.
    op.execute("ALTER TABLE tombstones RENAME COLUMN looks TO checks")
    if op.get_bind().dialect.name == "postgresql":
        describe()


def describe() -> None:
    """Replace comments. SQLite stores none."""
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            quoted = comment.replace("'", "''")
            op.get_bind().exec_driver_sql(f"COMMENT ON COLUMN {table}.{column} IS '{quoted}'")
