"""What is watched and what the last applied watchlist declared."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Integer, String, Table

from monitor.model import PageSource, PageState
from storage.columns import JsonText, Key, Prose, UtcDateTime, closed
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
    comment="Leases: at most one visit with a host at a time.",
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
