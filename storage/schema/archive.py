"""What was received: snapshots, their exchanges, and bodies stored once."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, false

from monitor.model import FailureKind, Origin, Outcome, Truncation, Verdict
from storage.database.columns import JsonText, Key, Prose, Sha256, UtcDateTime, closed
from storage.schema.base import metadata, partial_index

bodies = Table(
    "bodies",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("sha256", Sha256, nullable=False, unique=True, comment="Of the content-decoded bytes."),
    Column("length_bytes", Integer, nullable=False, comment="Length of the content-decoded bytes."),
    Column(
        "base_id",
        ForeignKey("bodies.id"),
        comment="Body that data is a delta of; null: a keyframe, complete in itself.",
    ),
    Column("depth", Integer, nullable=False, comment="How many bases must be read first; 0 for a keyframe."),
    Column("data", LargeBinary, nullable=False, comment="A zstd frame, with the base as prefix where there is one."),
    Column("created_at", UtcDateTime, nullable=False, comment="taken_at of the look that first brought it."),
    partial_index("ix_bodies_base_id", "base_id", where="base_id IS NOT NULL"),
    comment="Bodies, content-decoded, stored once. Written by T1, never altered.",
)

body_chains = Table(
    "body_chains",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("url", Prose, nullable=False, comment="The URL whose bodies follow one another."),
    # A redirect's URL may be longer than an index of PostgreSQL takes (2,704 bytes).
    Column("url_sha256", Sha256, nullable=False, unique=True, comment="Of url in UTF-8: what it is found by."),
    Column("size", Integer, nullable=False, comment="How many links it has; its row lock orders writers."),
    comment="One chain of bodies for each URL. Written by T1.",
)

body_links = Table(
    "body_links",
    metadata,
    Column("chain_id", ForeignKey("body_chains.id"), primary_key=True, comment="The chain."),
    Column("n", Integer, primary_key=True, autoincrement=False, comment="0, 1, 2 … in order of first appearance."),
    Column("body_id", ForeignKey("bodies.id"), nullable=False, comment="The body that appeared."),
    UniqueConstraint("chain_id", "body_id"),
    Index("ix_body_links_body_id", "body_id"),
    comment="The order in which bodies first appeared under one URL, from which a delta's base is chosen. Written by T1.",
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Key, primary_key=True, comment="Key, growing with time of archiving, never used twice."),
    Column("page_id", ForeignKey("pages.id"), nullable=False, comment="Whose page it is."),
    Column("seq", Integer, nullable=False, comment="1, 2, 3 … per page, in the order of archiving."),
    Column(
        "taken_at",
        UtcDateTime,
        nullable=False,
        comment="When it was looked at (observing clock; import: its manifest).",
    ),
    *closed("origin", Origin, comment="Where it came from; only live alerts."),
    *closed("outcome", Outcome, comment="How the look went."),
    Column(
        "status", Integer, comment="Final status code, of the repeated snapshot for not_modified; null where it failed."
    ),
    Column("final_url", Prose, nullable=False, comment="URL that answered last."),
    Column(
        "content_type",
        Prose,
        comment="Content-Type as received, of the repeated snapshot for not_modified; null: none.",
    ),
    Column("body_id", ForeignKey("bodies.id"), comment="Body that it shows; null where it failed."),
    *closed("truncated", Truncation, nullable=True, comment="Why that body ends early; null where it is whole."),
    Column("repeats_id", ForeignKey("snapshots.id"), comment="Snapshot that it repeats; null where it repeats none."),
    # From here on written by reading: T2, or T1 for a repeat that needs no reading.
    *closed("verdict", Verdict, nullable=True, comment="What the page was; null while unread and where it failed."),
    Column("verdict_reason", Prose, nullable=False, comment="Why; empty where there is no verdict."),
    Column(
        "version_id",
        ForeignKey("versions.id", ondelete="SET NULL"),
        comment="Version that reads it; null while unread, where the verdict is not ok, or where it was thrown away.",
    ),
    Column("read_at", UtcDateTime, comment="When it was read (observing clock); null marks it unread."),
    Column(
        "robots_overruled",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether robots.txt forbade the look and a setting overruled it. T1.",
    ),
    Column(
        "moved_permanently",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether a redirect on the way was permanent (301 or 308). T1.",
    ),
    Column("previous_digest", Sha256, comment="Reserved for a hash chain; null."),
    Column("digest", Sha256, comment="Reserved for a hash chain; null."),
    UniqueConstraint("page_id", "seq"),
    Index("ix_snapshots_page_id_taken_at", "page_id", "taken_at"),
    Index("ix_snapshots_version_id", "version_id"),
    Index("ix_snapshots_body_id", "body_id"),
    partial_index("ix_snapshots_repeats_id", "repeats_id", where="repeats_id IS NOT NULL"),
    partial_index("ix_snapshots_unread", "page_id", "seq", where="read_at IS NULL"),
    # The queue of the extractors: live snapshots before imported ones, the longest waiting first.
    partial_index("ix_snapshots_unprocessed", "origin", "id", where="read_at IS NULL"),
    sqlite_autoincrement=True,
    comment="One look at a page each. Written by T1; reading fills verdict, version_id and read_at once.",
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("snapshot_id", ForeignKey("snapshots.id"), nullable=False, comment="The look that it belongs to."),
    Column("hop", Integer, nullable=False, comment="0, 1, 2 …; redirects first, the page's own last."),
    Column("url", Prose, nullable=False, comment="What was asked."),
    Column("request_headers", JsonText, nullable=False, comment="Pairs of name and value, as sent."),
    Column("started_at", UtcDateTime, nullable=False, comment="Observing clock."),
    Column("elapsed_ms", Integer, nullable=False, comment="Real milliseconds from the request to the end of the body."),
    Column("status", Integer, comment="Status code; null where no response came."),
    Column("reason", Prose, nullable=False, comment="Reason phrase; empty where there was none."),
    Column("http_version", String(16), nullable=False, comment="HTTP/1.1; empty where no response came."),
    Column("response_headers", JsonText, nullable=False, comment="Pairs of name and value, as received."),
    Column("peer", Prose, comment="Address and port connected to; null where none was."),
    Column("tls_version", Prose, comment="TLSv1.3; null over plain HTTP."),
    Column("tls_cipher", Prose, comment="Name of the cipher suite; null over plain HTTP."),
    Column(
        "entity_sha256", Sha256, comment="Of the entity as sent, still content-encoded; null where no response came."
    ),
    Column("entity_bytes", Integer, comment="Length of the entity as sent; null where no response came."),
    Column("body_id", ForeignKey("bodies.id"), comment="The content-decoded body; null where no response came."),
    *closed("truncated", Truncation, nullable=True, comment="Why the body ends early; null where it is whole."),
    *closed("failure_kind", FailureKind, nullable=True, comment="Why no response came, or not whole; null: it did."),
    Column("failure_message", Prose, comment="That in one line for people; null without a failure."),
    Column("failure_transient", Boolean, comment="Whether trying again may help; null without a failure."),
    Column(
        "certificate_expires_at",
        UtcDateTime,
        comment="notAfter of the server's certificate; null over plain HTTP, or where it was not seen.",
    ),
    UniqueConstraint("snapshot_id", "hop"),
    Index("ix_exchanges_body_id", "body_id"),
    comment="One request and its response each. Written by T1, never altered.",
)
