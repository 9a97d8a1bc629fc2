"""Tables of the archive: snapshots, their exchanges, and bodies, each stored once."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, false

from monitor.model import FailureKind, Origin, Outcome, Truncation, Verdict
from storage.database.columns import JsonText, Key, Prose, Sha256, UtcDateTime, closed
from storage.schema.base import metadata, partial_index

bodies = Table(
    "bodies",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("sha256", Sha256, nullable=False, unique=True, comment="SHA-256 of the content-decoded bytes."),
    Column("length_bytes", Integer, nullable=False, comment="Length of the content-decoded bytes."),
    Column(
        "base_id",
        ForeignKey("bodies.id"),
        comment="Body that data is a delta of; null: a keyframe, complete in itself.",
    ),
    Column("depth", Integer, nullable=False, comment="Number of bases to decode first; 0 for a keyframe."),
    Column("data", LargeBinary, nullable=False, comment="A zstd frame, with the base as prefix if there is one."),
    Column("created_at", UtcDateTime, nullable=False, comment="taken_at of the first check that received it."),
    partial_index("ix_bodies_base_id", "base_id", where="base_id IS NOT NULL"),
    comment="Bodies, content-decoded, each stored once. Written by T1, never changed.",
)

body_chains = Table(
    "body_chains",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("url", Prose, nullable=False, comment="The URL that these bodies were received from."),
    # A redirect's URL may be longer than an index of PostgreSQL takes (2,704 bytes).
    Column("url_sha256", Sha256, nullable=False, unique=True, comment="SHA-256 of url in UTF-8, the lookup key."),
    Column("size", Integer, nullable=False, comment="Number of its links; locking this row serialises writers."),
    comment="One sequence of bodies for each URL. Written by T1.",
)

body_links = Table(
    "body_links",
    metadata,
    Column("chain_id", ForeignKey("body_chains.id"), primary_key=True, comment="The chain."),
    Column("n", Integer, primary_key=True, autoincrement=False, comment="0, 1, 2 … in order of first receipt."),
    Column("body_id", ForeignKey("bodies.id"), nullable=False, comment="The body."),
    UniqueConstraint("chain_id", "body_id"),
    Index("ix_body_links_body_id", "body_id"),
    comment="The order in which bodies were first received from a URL; a delta's base is chosen from it. Written by T1.",
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Key, primary_key=True, comment="Key, in order of archiving, never reused."),
    Column("page_id", ForeignKey("pages.id"), nullable=False, comment="The page."),
    Column("seq", Integer, nullable=False, comment="1, 2, 3 … per page, in the order of archiving."),
    Column(
        "taken_at",
        UtcDateTime,
        nullable=False,
        comment="Time of the check (observing clock; import: its manifest).",
    ),
    *closed("origin", Origin, comment="Its origin; only live snapshots cause alerts."),
    *closed("outcome", Outcome, comment="Outcome of the check."),
    Column(
        "status",
        Integer,
        comment="Final status code, for not_modified that of the repeated snapshot; null: the check failed.",
    ),
    Column("final_url", Prose, nullable=False, comment="URL of the final response, after redirects."),
    Column(
        "content_type",
        Prose,
        comment="Content-Type as received, for not_modified that of the repeated snapshot; null: none.",
    ),
    Column("body_id", ForeignKey("bodies.id"), comment="Its body; null: the check failed."),
    *closed("truncated", Truncation, nullable=True, comment="Why that body is truncated; null: it is complete."),
    Column("repeats_id", ForeignKey("snapshots.id"), comment="Snapshot that it repeats; null: none."),
    # Written by processing: T2, or T1 for a repeat that needs no processing.
    *closed("verdict", Verdict, nullable=True, comment="Its verdict; null: unprocessed, or the check failed."),
    Column("verdict_reason", Prose, nullable=False, comment="Reason for the verdict; empty without one."),
    Column(
        "version_id",
        ForeignKey("versions.id", ondelete="SET NULL"),
        comment="Its version; null: unprocessed, the verdict is not ok, or the version was removed.",
    ),
    Column("read_at", UtcDateTime, comment="When it was processed (observing clock); null: unprocessed."),
    Column(
        "robots_overruled",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether it was fetched although robots.txt disallows it, because the page ignores robots.txt.",
    ),
    Column(
        "moved_permanently",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether one of its redirects was permanent (301 or 308).",
    ),
    Column(
        "visit_id",
        Key,
        comment="First snapshot of the visit to the host that it was taken in; null: it is the first itself.",
    ),
    Column("previous_digest", Sha256, comment="Reserved for a hash chain; null."),
    Column("digest", Sha256, comment="Reserved for a hash chain; null."),
    UniqueConstraint("page_id", "seq"),
    Index("ix_snapshots_page_id_taken_at", "page_id", "taken_at"),
    Index("ix_snapshots_version_id", "version_id"),
    Index("ix_snapshots_body_id", "body_id"),
    partial_index("ix_snapshots_repeats_id", "repeats_id", where="repeats_id IS NOT NULL"),
    partial_index("ix_snapshots_unread", "page_id", "seq", where="read_at IS NULL"),
    partial_index("ix_snapshots_visit_id", "visit_id", where="read_at IS NULL AND visit_id IS NOT NULL"),
    # The extractors' queue: live snapshots before imported ones, the longest waiting first.
    partial_index("ix_snapshots_unprocessed", "origin", "id", where="read_at IS NULL"),
    sqlite_autoincrement=True,
    comment="One check of a page each. Written by T1; processing sets verdict, version_id and read_at.",
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("snapshot_id", ForeignKey("snapshots.id"), nullable=False, comment="The snapshot that it belongs to."),
    Column("hop", Integer, nullable=False, comment="0, 1, 2 …; redirects first, the final one last."),
    Column("url", Prose, nullable=False, comment="The requested URL."),
    Column(
        "request_headers",
        JsonText,
        nullable=False,
        comment="Pairs of name and value, as sent; secret values are replaced by [redacted].",
    ),
    Column("started_at", UtcDateTime, nullable=False, comment="Observing clock."),
    Column("elapsed_ms", Integer, nullable=False, comment="Real milliseconds from the request to the end of the body."),
    Column("status", Integer, comment="Status code; null: no response."),
    Column("reason", Prose, nullable=False, comment="Reason phrase; empty if there was none."),
    Column("http_version", String(16), nullable=False, comment="HTTP/1.1; empty without a response."),
    Column("response_headers", JsonText, nullable=False, comment="Pairs of name and value, as received."),
    Column("peer", Prose, comment="Address and port of the connection; null: no connection."),
    Column("tls_version", Prose, comment="TLSv1.3; null over plain HTTP."),
    Column("tls_cipher", Prose, comment="Name of the cipher suite; null over plain HTTP."),
    Column("entity_sha256", Sha256, comment="SHA-256 of the body as sent, before content-decoding; null: no response."),
    Column("entity_bytes", Integer, comment="Length of the body as sent; null: no response."),
    Column("body_id", ForeignKey("bodies.id"), comment="The content-decoded body; null: no response."),
    *closed("truncated", Truncation, nullable=True, comment="Why the body is truncated; null: it is complete."),
    *closed(
        "failure_kind",
        FailureKind,
        nullable=True,
        comment="Why there is no response, or only a part of it; null: no failure.",
    ),
    Column("failure_message", Prose, comment="The failure in one line, for display; null without a failure."),
    Column("failure_transient", Boolean, comment="Whether a retry may succeed; null without a failure."),
    Column(
        "certificate_expires_at",
        UtcDateTime,
        comment="notAfter of the server's certificate; null over plain HTTP, or unknown.",
    ),
    UniqueConstraint("snapshot_id", "hop"),
    Index("ix_exchanges_body_id", "body_id"),
    comment="One request and its response each. Written by T1, never changed.",
)
