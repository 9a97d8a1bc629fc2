"""Tables of the archive: snapshots, their exchanges, and bodies, each stored once."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from monitor.model import (
    ExchangeRole,
    FailureKind,
    Origin,
    Outcome,
    RequisiteKind,
    RequisiteState,
    Truncation,
    Verdict,
)
from storage.database.columns import BinarySha256, JsonText, Key, Prose, SortKey, UtcDateTime, closed
from storage.schema.base import metadata, partial_index

bodies = Table(
    "bodies",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("sha256", BinarySha256, nullable=False, unique=True, comment="SHA-256 of the content-decoded bytes."),
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

archived_urls = Table(
    "archived_urls",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("url", Prose, nullable=False, comment="The requested URL."),
    # A redirect's URL may be longer than an index of PostgreSQL takes (2,704 bytes).
    Column("url_sha256", BinarySha256, nullable=False, unique=True, comment="SHA-256 of url in UTF-8, the lookup key."),
    Column("surt", SortKey, nullable=False, comment="Sort-friendly form of url (SURT), equal for equivalent URLs."),
    Column("surt_number", Key, nullable=False, comment="First 64 bits of the SHA-256 of surt, signed."),
    Column(
        "body_count",
        Integer,
        nullable=False,
        comment="Number of its rows in body_links; locking this row serialises writers.",
    ),
    Index("ix_archived_urls_surt_number", "surt_number"),
    Index("ix_archived_urls_surt", "surt", "id"),
    comment="URLs that were requested, whether they are monitored pages or not. Written by T1.",
)

body_links = Table(
    "body_links",
    metadata,
    Column("url_id", ForeignKey("archived_urls.id"), primary_key=True, comment="The URL."),
    Column("n", Integer, primary_key=True, autoincrement=False, comment="0, 1, 2 … in order of first receipt."),
    Column("body_id", ForeignKey("bodies.id"), nullable=False, comment="The body."),
    UniqueConstraint("url_id", "body_id"),
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
    Column("previous_digest", BinarySha256, comment="Reserved for a hash chain; null."),
    Column("digest", BinarySha256, comment="Reserved for a hash chain; null."),
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
    Column("url_id", ForeignKey("archived_urls.id"), nullable=False, comment="The requested URL."),
    *closed("role", ExchangeRole, comment="What it was requested for."),
    Column("snapshot_id", ForeignKey("snapshots.id"), comment="The snapshot that it belongs to; null: none."),
    Column("hop", Integer, comment="0, 1, 2 …; redirects first, the final one last; null without a snapshot."),
    # No foreign keys: checking them would scan the table whenever an exchange is removed.
    Column(
        "repeats_id",
        Key,
        comment="Exchange that a 304 confirms: the newest with a body of the same URL; null: it is no such 304.",
    ),
    Column(
        "header_base_id",
        Key,
        comment="Earlier exchange of the same URL that the headers are stored as a difference from; null: they are complete.",
    ),
    Column(
        "request_headers",
        JsonText,
        nullable=False,
        comment="Pairs of name and value, as sent, secret values replaced by [redacted]; or a difference, an object.",
    ),
    Column("started_at", UtcDateTime, nullable=False, comment="Observing clock."),
    Column("elapsed_ms", Integer, nullable=False, comment="Real milliseconds from the request to the end of the body."),
    Column("status", Integer, comment="Status code; null: no response."),
    Column("reason", Prose, nullable=False, comment="Reason phrase; empty if there was none."),
    Column("http_version", String(16), nullable=False, comment="HTTP/1.1; empty without a response."),
    Column(
        "response_headers",
        JsonText,
        nullable=False,
        comment="Pairs of name and value, as received; or a difference, an object.",
    ),
    Column("peer", Prose, comment="Address and port of the connection; null: no connection."),
    Column("tls_version", Prose, comment="TLSv1.3; null over plain HTTP."),
    Column("tls_cipher", Prose, comment="Name of the cipher suite; null over plain HTTP."),
    Column(
        "entity_sha256",
        BinarySha256,
        comment="SHA-256 of the body as sent, before content-decoding; null: no response.",
    ),
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
    Index("ix_exchanges_url_id_started_at", "url_id", "started_at"),
    partial_index("ix_exchanges_header_bases", "url_id", "id", where="header_base_id IS NULL"),
    comment="One request and its response each. Written by T1, never changed.",
)

requisites = Table(
    "requisites",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    Column("url_id", ForeignKey("archived_urls.id"), primary_key=True, autoincrement=False, comment="Its URL."),
    # No foreign key: checking it would scan the table.
    Column("parent_url_id", Key, comment="Requisite in which it was first found; null: the page itself."),
    *closed("kind", RequisiteKind, comment="How the page uses it."),
    Column("host", Prose, nullable=False, comment="host or host:port of its URL, the unit of politeness and of leases."),
    Column("position", Integer, nullable=False, comment="Order in which a page's requisites are requested: 0, 1, 2 …"),
    # No foreign keys: a snapshot or exchange can be removed before the page.
    Column("first_snapshot_id", Key, nullable=False, comment="Snapshot in which it was first found."),
    Column("last_snapshot_id", Key, nullable=False, comment="Newest snapshot in which it was found."),
    *closed("state", RequisiteState, comment="Its state."),
    Column("reason", Prose, nullable=False, comment="Why it is not archived; empty otherwise."),
    Column("due_at", UtcDateTime, comment="When it is to be requested (observing clock); null: not again before a new version."),
    Column("attempts", Integer, nullable=False, comment="Consecutive requests that failed."),
    Column("exchange_id", Key, comment="Newest exchange with a response to it; null: none."),
    Column("discovery_due_at", UtcDateTime, comment="From when its own requisites are to be discovered (observing clock); null: they are known, or it has none."),
    Column("discovery_attempts", Integer, nullable=False, server_default=text("0"), comment="Attempts since then that did not finish."),
    Index("ix_requisites_url_id", "url_id"),
    Index("ix_requisites_page_id_last_snapshot_id", "page_id", "last_snapshot_id", "first_snapshot_id"),
    Index("ix_requisites_page_id_first_snapshot_id", "page_id", "first_snapshot_id"),
    partial_index("ix_requisites_due", "host", "due_at", where="due_at IS NOT NULL"),
    partial_index("ix_requisites_discovery_due_at", "discovery_due_at", where="discovery_due_at IS NOT NULL"),
    comment="Resources that a page needs to look as it did. Written by discovery, and by the T1 of their exchanges.",
)  # fmt: skip
