"""What is watched and what the last applied watchlist declared."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Integer, String, Table, false, text, true

from monitor.model import HealthStatus, PageSource, PageState
from storage.database.columns import DerivedJson, JsonText, Key, Prose, UtcDateTime, closed
from storage.schema.base import metadata, partial_index

pages = Table(
    "pages",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("url", Prose, nullable=False, unique=True, comment="Normalised URL."),
    Column("label", Prose, nullable=False, comment="What people call it; empty where nobody named it."),
    Column("host", Prose, nullable=False, comment="host or host:port of url: the unit of politeness and of leases."),
    Column(
        "every_seconds", Double, comment="Interval between looks, seconds; null where cron is given or it is never due."
    ),
    Column("cron", Prose, comment="Five cron fields; null where every_seconds is given or it is never due."),
    Column("timezone", Prose, nullable=False, comment="IANA name in which cron is read."),
    Column("facts", JsonText, nullable=False, comment="Names of the facts followed on it, in the watchlist's order."),
    Column(
        "allow_private", Boolean, nullable=False, comment="Whether url's own host and port may be a private address."
    ),
    *closed("state", PageState, comment="Whether it is looked at."),
    *closed("source", PageSource, comment="Who asked for it; apply retires only those of a watchlist."),
    Column(
        "next_check_at", UtcDateTime, comment="Due from then on (observing clock); null: never. Apply and T1 write it."
    ),
    Column(
        "scheduled_by",
        Key,
        comment="Snapshot whose T1 set next_check_at; null: something else did, so T2 must not move it.",
    ),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was first asked for (observing clock)."),
    Column("retired_at", UtcDateTime, comment="When it was retired (observing clock); null while it is not."),
    # What follows is running state. Its keys are no foreign keys, or pages and snapshots would point at each other.
    Column("last_seq", Integer, nullable=False, comment="seq of its newest snapshot; 0 before the first. T1."),
    Column("latest_snapshot_id", Key, comment="Newest snapshot that is not failed; null before the first. T1."),
    Column(
        "ok_snapshot_id", Key, comment="Latest read snapshot with verdict ok, repeats included; null before it. T1, T2."
    ),
    Column(
        "validator_snapshot_id", Key, comment="Ok snapshot that gave the validators; null where there are none. T2."
    ),
    Column("validator_url", Prose, comment="URL that gave the validators; null where there are none. T2."),
    Column("etag", Prose, comment="ETag as received; null where the server sent none. T2."),
    Column("last_modified", Prose, comment="Last-Modified as received; null where the server sent none. T2."),
    Column("version_id", Key, comment="Current version; null before the first. T2."),
    Column(
        "settled_by",
        String(128),
        comment="Reader digest under which another look at the same bytes can change nothing; null: not settled. T2.",
    ),
    Column("jitter_seconds", Double, comment="Most that a look is put off by chance, seconds; null: not at all."),
    Column(
        "windows",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="When looking is allowed, as written in the watchlist; empty: always.",
    ),
    Column(
        "adaptive_min_seconds", Double, comment="Shortest interval of an adaptive schedule, seconds; null: it is none."
    ),
    Column(
        "adaptive_max_seconds", Double, comment="Longest interval of an adaptive schedule, seconds; null: it is none."
    ),
    Column(
        "interval_seconds",
        Double,
        comment="Interval an adaptive schedule has come to; null: it is none, or before the first look.",
    ),
    Column(
        "schedule_reason",
        Prose,
        nullable=False,
        server_default=text("''"),
        comment="Why next_check_at is when it is, for people; empty where the schedule says it all.",
    ),
    Column(
        "obey_robots",
        Boolean,
        nullable=False,
        server_default=true(),
        comment="Whether robots.txt may forbid looking at it.",
    ),
    Column(
        "failures",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Looks in a row without a response, or with one that asks to be left alone. T1.",
    ),
    Column(
        "mute",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="Headings and words at which changes mean nothing, as written in the watchlist.",
    ),
    Column(
        "always_report",
        JsonText,
        nullable=False,
        server_default=text("'[]'"),
        comment="Headings and words at which no change is noise, as written in the watchlist.",
    ),
    Column(
        "churn",
        DerivedJson,
        comment="What was learned of its noise: code, missed looks, and by place [at, changed, rose, noisy]; null: nothing yet. T2.",
    ),
    Column(
        "repeats",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="304s in a row since a request without validators brought an ok look. T1, T2.",
    ),
    Column(
        "confirmed_at",
        UtcDateTime,
        comment="When a request without validators last brought an ok look (observing clock); null: not known. T1, T2.",
    ),
    partial_index("ix_pages_due", "next_check_at", where="state = 'active'"),
    partial_index("ix_pages_due_by_host", "host", "next_check_at", where="state = 'active'"),
    comment="One watched URL each, with its schedule and running state.",
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Prose, primary_key=True, comment="host or host:port."),
    Column("lease_owner", Prose, comment="Who visits it now; null: nobody."),
    Column("lease_until", UtcDateTime, comment="When that lease ends (database clock); null: no lease."),
    Column("last_visit_at", UtcDateTime, comment="When its last visit ended (database clock); null before the first."),
    Column(
        "not_before",
        UtcDateTime,
        comment="No visit before this (database clock): it asked to be left alone; null: it did not.",
    ),
    Column(
        "not_before_why", Prose, nullable=False, server_default=text("''"), comment="What it said; empty with null."
    ),
    Column(
        "spacing_seconds",
        Double,
        comment="Least time between two requests that it asks for (crawl-delay), seconds; null: it asks for none.",
    ),
    Column(
        "slow",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether it kept its last visit waiting; slow hosts get at most half of the visits.",
    ),
    Column(
        "crashes",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Fetchers in a row that crashed while visiting it; from 3 on it is visited alone.",
    ),
    partial_index("ix_hosts_crashes", "host", where="crashes >= 3"),
    comment="Leases: at most one visit with a host at a time. And what a host asks of its guests.",
)

page_claims = Table(
    "page_claims",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    Column("lease_owner", Prose, comment="Process that derives versions of it; null: none does."),
    Column("lease_until", UtcDateTime, comment="When that claim ends (database clock); null with lease_owner."),
    Column("snapshot_id", Key, comment="Snapshot that attempts and reason are about; null: no attempt has failed."),
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
    Column("tried_with", String(64), comment="Reading version of the code that failed last; null: none did."),
    Column("tried_at", UtcDateTime, comment="When an attempt last failed (database clock); null: none did."),
    Column(
        "delays",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Attempts in a row that something else than the page cut short.",
    ),
    Column(
        "not_before", UtcDateTime, comment="Not claimed from the queue before this (database clock); null: at once."
    ),
    comment="Who processes which page, and what failed there. A row goes when its page is processed.",
)

robots = Table(
    "robots",
    metadata,
    Column("host", Prose, primary_key=True, comment="Scheme and host that it rules, https://example.org."),
    Column("fetched_at", UtcDateTime, nullable=False, comment="When it was asked for (database clock)."),
    Column("expires_at", UtcDateTime, nullable=False, comment="When it is to be asked for again (database clock)."),
    Column("status", Integer, comment="What the server answered; null where it could not be reached."),
    Column("body", Prose, nullable=False, comment="Its text; empty unless status is 2xx."),
    Column(
        "unreachable_since", UtcDateTime, comment="Since when it could not be had (database clock); null: it could."
    ),
    comment="Each host's robots.txt as last asked for. Written by visits.",
)

page_health = Table(
    "page_health",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    *closed("standing", HealthStatus, comment="What was last told of it."),
    Column("since_id", Key, comment="First snapshot that found it so; null where it was ok from the first."),
    Column("since_at", UtcDateTime, comment="taken_at of since_id; null with it."),
    *closed("candidate", HealthStatus, nullable=True, comment="Standing that waits to be confirmed; null: none."),
    Column("candidate_since_id", Key, comment="First snapshot that found the candidate; null with it."),
    Column("candidate_since_at", UtcDateTime, comment="taken_at of candidate_since_id; null with it."),
    Column("candidate_seen", Integer, nullable=False, comment="Looks in a row that found the candidate."),
    Column("candidate_before_id", Key, comment="Last ok snapshot before the candidate; null where there was none."),
    Column("candidate_before_at", UtcDateTime, comment="taken_at of candidate_before_id; null with it."),
    Column(
        "stale_since", UtcDateTime, comment="When page_stale was told (observing clock); null while it is not stale."
    ),
    Column(
        "disallowed_since",
        UtcDateTime,
        comment="When robots.txt was found to forbid it (observing clock); null: it does not.",
    ),
    Column("certificate_told", UtcDateTime, comment="Expiry date that was last told of; null before."),
    comment="How a page stands, over looks. Written by T2 and by the tidy job.",
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("url", Prose, nullable=False, unique=True, comment="Normalised URL whose content was removed."),
    Column("forgotten_at", UtcDateTime, nullable=False, comment="When it was removed (observing clock)."),
    Column("reason", Prose, nullable=False, comment="Why, as the person who did it wrote; empty where they did not."),
    Column(
        "looks",
        JsonText,
        nullable=False,
        comment="A list of {at, outcome, verdict, sha256}, one for each snapshot that was removed.",
    ),
    comment="What stays of a page whose content had to be removed. Written by forget; removing it again adds looks.",
)


def _declared(name: str, what: str) -> Table:
    return Table(
        name,
        metadata,
        Column("name", Prose, primary_key=True, comment="Name in the watchlist."),
        Column("definition", JsonText, nullable=False, comment="As declared, JSON; secrets as written, not resolved."),
        Column("position", Integer, nullable=False, comment="Place in the watchlist, from 0."),
        Column(
            "applied_at", UtcDateTime, nullable=False, comment="When this definition was applied (observing clock)."
        ),
        Column("retired_at", UtcDateTime, comment="When it left the watchlist (observing clock); null while in force."),
        comment=f"{what} that the last applied watchlist declared.",
    )


facts = _declared("facts", "Facts")
channels = _declared("channels", "Channels")
rules = _declared("rules", "Rules")
