"""Tables of pages, one for each writer: declaration, checks, results of processing, health, claims, and tombstones of erased pages.

`page_checks.next_check_at` says when a page is due. `apply` writes `pages`, T1 `page_checks`, T2 `page_results`; see docs/decisions/0031-pages-split-by-writer.md.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Integer, String, Table, text, true

from monitor.model import HealthStatus, PageSource, PageState, RequisiteMode
from storage.database.columns import DerivedJson, JsonText, Key, Prose, UtcDateTime, closed
from storage.schema.base import metadata, partial_index

pages = Table(
    "pages",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("url", Prose, nullable=False, unique=True, comment="Normalised URL. Never changes."),
    Column("label", Prose, nullable=False, comment="Display name; empty if it has none."),
    Column("host", Prose, nullable=False, comment="host or host:port of url, the unit of politeness and of leases."),
    Column(
        "every_seconds", Double, comment="Interval between checks, seconds; null: cron is set, or it is never due."
    ),
    Column("cron", Prose, comment="Five cron fields; null: every_seconds is set, or it is never due."),
    Column("timezone", Prose, nullable=False, comment="IANA name of the time zone of cron."),
    Column("facts", JsonText, nullable=False, comment="Names of the facts tracked on it, in the watchlist's order."),
    Column(
        "allow_private", Boolean, nullable=False, comment="Whether url's own host and port may be a private address."
    ),
    *closed("state", PageState, comment="Whether it is checked."),
    *closed("source", PageSource, comment="Where it was added from; apply retires only pages of a watchlist."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was added (observing clock)."),
    Column("retired_at", UtcDateTime, comment="When it was retired (observing clock); null: it is not retired."),
    Column("jitter_seconds", Double, comment="Maximum random delay of a check, seconds; null: none."),
    Column(
        "windows",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="Time windows in which checks are allowed, as written in the watchlist; empty: always.",
    ),
    Column("adaptive_min_seconds", Double, comment="Shortest interval of an adaptive schedule, seconds; null: not adaptive."),
    Column("adaptive_max_seconds", Double, comment="Longest interval of an adaptive schedule, seconds; null: not adaptive."),
    Column(
        "obey_robots",
        Boolean,
        nullable=False,
        server_default=true(),
        comment="Whether robots.txt can forbid checks.",
    ),
    Column(
        "mute",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="Headings and words whose changes are not reported, as written in the watchlist.",
    ),
    Column(
        "always_report",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="Headings and words whose changes are never noise, as written in the watchlist.",
    ),
    Column(
        "tags",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="Names of the groups that it belongs to, in the watchlist's order.",
    ),
    Column(
        "selected",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="CSS selectors of the elements that are monitored, as only in the watchlist; empty: the whole page.",
    ),
    Column(
        "left_out",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="CSS selectors of the elements that are not monitored, as without in the watchlist.",
    ),
    Column(
        "request",
        JsonText,
        nullable=False,
        server_default=text("'{}'"),
        comment="How it is requested: interval (seconds between two requests to its host), proxy, headers, cookies, basic_auth, "
        "secrets as in the watchlist; empty: as all pages.",
    ),
    *closed(
        "requisites",
        RequisiteMode,
        server_default=text("'on_change'"),
        comment="When the resources that it needs to look as it did are archived.",
    ),
    Column(
        "inherited",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="Pairs of a setting that is not its own and the table of the watchlist that it comes from.",
    ),
    Column("paused_until", UtcDateTime, comment="Until when its alerts are held (observing clock); null: they are not held. Checks go on."),
    comment="What is watched: identity and declaration of each page. Written by apply, and by commands that add, pause or resume it.",
)  # fmt: skip

page_checks = Table(
    "page_checks",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    Column("host", Prose, nullable=False, comment="Copy of pages.host, which never changes, for the index of due pages."),
    Column(
        "next_check_at",
        UtcDateTime,
        comment="When it is due (observing clock); null: never, as for every page that is not active.",
    ),
    Column(
        "scheduled_by",
        Key,
        comment="Snapshot whose T1 set next_check_at; null: something else set it, so T2 does not move it.",
    ),
    Column(
        "interval_seconds",
        Double,
        comment="Current interval of an adaptive schedule, seconds; null: not adaptive, or before the first check.",
    ),
    Column(
        "schedule_reason",
        Prose,
        nullable=False,
        server_default=text("''"),
        comment="Why next_check_at has its value, for display; empty where the schedule alone explains it.",
    ),
    Column(
        "failures",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Consecutive checks without a response, or with one that requests a pause.",
    ),
    # Keys of snapshots and versions here and in page_results are no foreign keys: pages and snapshots would refer to each other.
    Column("last_seq", Integer, nullable=False, server_default=text("0"), comment="seq of its newest snapshot; 0 before the first."),
    Column("latest_snapshot_id", Key, comment="Newest snapshot that did not fail; null before the first."),
    Column(
        "ok_snapshot_id",
        Key,
        comment="Latest processed snapshot with verdict ok, repeats included; null before the first. T2 writes it too.",
    ),
    Column(
        "repeats",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Consecutive 304 responses since the last ok response to a request without validators. T2 writes it too.",
    ),
    Column(
        "confirmed_at",
        UtcDateTime,
        comment="Time of the last ok response to a request without validators (observing clock); null: unknown. T2 writes it too.",
    ),
    partial_index("ix_page_checks_due", "next_check_at", where="next_check_at IS NOT NULL"),
    partial_index("ix_page_checks_due_by_host", "host", "next_check_at", where="next_check_at IS NOT NULL"),
    comment="When each page is due, and its newest snapshots. Written by T1 with every check; apply and commands reschedule.",
)  # fmt: skip

page_results = Table(
    "page_results",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    Column("version_id", Key, comment="Current version; null before the first."),
    Column(
        "settled_by",
        String(128),
        comment="Digest of the parser version for which repeating the same bytes changes nothing; null: not settled.",
    ),
    Column(
        "learned_noise",
        DerivedJson,
        comment="How often each place changes: code, missed checks, and by place [at, changed, rose, noisy]; null: nothing learned.",
    ),
    Column("validator_snapshot_id", Key, comment="Ok snapshot that the validators come from; null: no validators."),
    Column("validator_url", Prose, comment="URL that sent the validators; null: no validators."),
    Column("etag", Prose, comment="ETag as received; null: none was sent."),
    Column("last_modified", Prose, comment="Last-Modified as received; null: none was sent."),
    Column("discovery_due_at", UtcDateTime, comment="From when its requisites are to be discovered (observing clock); null: they are known."),
    Column("discovery_attempts", Integer, nullable=False, server_default=text("0"), comment="Attempts since then that did not finish."),
    partial_index("ix_page_results_discovery_due_at", "discovery_due_at", where="discovery_due_at IS NOT NULL"),
    comment="What processing a page's snapshots produced, and the validators of its next request. Written by T2 and reprocess; T1 drops refused validators.",
)  # fmt: skip

page_claims = Table(
    "page_claims",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    Column("lease_owner", Prose, comment="Process that is processing it; null: none."),
    Column("lease_until", UtcDateTime, comment="When the claim ends (database clock); null with lease_owner."),
    Column("snapshot_id", Key, comment="Snapshot that attempts and reason refer to; null: no attempt has failed."),
    Column(
        "attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Failed attempts to process snapshot_id.",
    ),
    Column(
        "reason", Prose, nullable=False, server_default=text("''"), comment="Why the last one failed; empty: none did."
    ),
    Column("tried_with", String(64), comment="Parser version of the last failed attempt; null: none failed."),
    Column("tried_at", UtcDateTime, comment="When an attempt last failed (database clock); null: none did."),
    Column(
        "delays",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Consecutive attempts that ended for a reason other than the page.",
    ),
    Column(
        "not_before", UtcDateTime, comment="Not claimed from the queue before this (database clock); null: no delay."
    ),
    comment="Which process is processing which page, and failed attempts. Written by extractors; deleted once the page is processed.",
)

page_health = Table(
    "page_health",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    *closed("status", HealthStatus, comment="Health status that was last reported."),
    Column("since_id", Key, comment="First snapshot with this status; null: it has been ok since the first."),
    Column("since_at", UtcDateTime, comment="taken_at of since_id; null with it."),
    *closed("candidate", HealthStatus, nullable=True, comment="Status that waits for confirmation; null: none."),
    Column("candidate_since_id", Key, comment="First snapshot with the candidate status; null with it."),
    Column("candidate_since_at", UtcDateTime, comment="taken_at of candidate_since_id; null with it."),
    Column("candidate_seen", Integer, nullable=False, comment="Consecutive checks with the candidate status."),
    Column("candidate_before_id", Key, comment="Last ok snapshot before the candidate; null: there was none."),
    Column("candidate_before_at", UtcDateTime, comment="taken_at of candidate_before_id; null with it."),
    Column("stale_since", UtcDateTime, comment="When page_stale was reported (observing clock); null: not stale."),
    Column(
        "disallowed_since",
        UtcDateTime,
        comment="When a check first found it disallowed by robots.txt (observing clock); null: it is not.",
    ),
    Column(
        "reported_certificate_expiry",
        UtcDateTime,
        comment="Expiry date for which certificate_expiring was last reported; null: none.",
    ),
    comment="Health of a page over several checks. Written by T2 and by the health sweep.",
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("url", Prose, nullable=False, unique=True, comment="Normalised URL whose content was erased."),
    Column("forgotten_at", UtcDateTime, nullable=False, comment="When it was erased (observing clock)."),
    Column("reason", Prose, nullable=False, comment="The reason given; empty if none was."),
    Column(
        "checks",
        JsonText,
        nullable=False,
        comment="A list of {at, outcome, verdict, sha256}, one for each erased snapshot.",
    ),
    comment="What remains of an erased page. Written by forget, which extends the list when it erases the page again.",
)
