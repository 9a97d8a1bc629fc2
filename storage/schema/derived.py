"""Tables of derived data: versions, readings, fact states and lists of links."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from storage.database.columns import DerivedJson, Key, Prose, UtcDateTime
from storage.schema.base import metadata

versions = Table(
    "versions",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("page_id", ForeignKey("pages.id"), nullable=False, comment="The page."),
    Column("seq", Integer, nullable=False, comment="1, 2, 3 … per page, in order of processing."),
    # No foreign key: snapshots refer to versions, and a version can be removed.
    Column("snapshot_id", Key, nullable=False, comment="Snapshot whose body it was extracted from."),
    Column("code", String(64), nullable=False, comment="Parser version that derived it."),
    Column("facts", String(64), nullable=False, comment="Digest of the fact definitions that it was derived with."),
    Column("learned", String(64), nullable=False, comment="Digest of the learned state; empty without one."),
    Column("title", Prose, nullable=False, comment="The page's title; empty if it has none."),
    Column("language", Prose, comment="BCP 47 tag, lower case; null: unknown."),
    Column(
        "blob",
        LargeBinary,
        nullable=False,
        comment="Blocks and mentions: JSON in a zstd frame, stored as a delta like a body.",
    ),
    Column("blob_base_id", ForeignKey("versions.id"), comment="Version that blob is a delta of; null: a keyframe."),
    Column("blob_depth", Integer, nullable=False, comment="Number of bases to decode first; 0 for a keyframe."),
    Column("blob_length", Integer, nullable=False, comment="Length of the JSON in bytes."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was recorded (observing clock)."),
    Column(
        "changed_permille",
        Integer,
        comment="Words of a thousand that differ from the version before; null: not known, or the first.",
    ),
    UniqueConstraint("page_id", "seq"),
    Index("ix_versions_blob_base_id", "blob_base_id"),
    comment="What was extracted from a page; a new version only if it differs from the last. Written by T2, can be derived again.",
)

readings = Table(
    "readings",
    metadata,
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, comment="The version."),
    Column("fact", Prose, primary_key=True, comment="The fact's name."),
    Column("position", Integer, nullable=False, comment="Index among the version's readings, from 0."),
    Column("value", DerivedJson, comment="The value, JSON; null: the page does not state it."),
    Column("quote", Prose, comment="The value as written on the page; null: the page does not state it."),
    Column("sentence", Prose, comment="The sentence that contains the quote; null: none."),
    Column(
        "contradicts", DerivedJson, nullable=False, comment="Other values stated: a list of {value, quote, sentence}."
    ),
    Column("why", Prose, nullable=False, comment="Reason for choosing this value, or for choosing none."),
    Index("ix_readings_fact", "fact"),
    comment="The value of a fact at one version. Written by T2; the mentions themselves are in the version's blob.",
)

fact_states = Table(
    "fact_states",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, comment="The page."),
    Column("fact", Prose, primary_key=True, comment="The fact's name."),
    Column("reader", String(128), nullable=False, comment="Digest of the parser version that derived it."),
    Column("value", DerivedJson, comment="Last accepted value, JSON; null: the page never stated it."),
    Column("quote", Prose, comment="The value as written on the page; null: the page never stated it."),
    Column("sentence", Prose, comment="The sentence that contained the quote; null: the page never stated it."),
    Column("since_id", Key, comment="Snapshot that first showed value; null: the page never stated it."),
    Column("since_at", UtcDateTime, comment="taken_at of since_id; null: the page never stated it."),
    Column("seen_id", Key, comment="Last snapshot known to show value; null: the page's last ok snapshot."),
    Column("seen_at", UtcDateTime, comment="taken_at of seen_id; null with it."),
    Column(
        "absent_since_id",
        Key,
        comment="First of the consecutive ok snapshots without a readable value; null: the last one had it, or none did.",
    ),
    Column("absent_since_at", UtcDateTime, comment="taken_at of absent_since_id; null with it."),
    Column("absences", Integer, nullable=False, comment="Of these, those in which the page did not state the fact."),
    Column(
        "unreadable",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Of these, those in which the page stated it in a form that is not readable.",
    ),
    Column("lost", Boolean, nullable=False, comment="Whether fact_lost has been reported."),
    Column("candidate", DerivedJson, comment="Value that waits for confirmation, JSON; null: none."),
    Column(
        "baseline", DerivedJson, comment="Value that drift is measured against, JSON; null: the page never stated it."
    ),
    Column("baseline_at", UtcDateTime, comment="When the baseline was taken (observing clock); null without one."),
    Column("contradiction", DerivedJson, nullable=False, comment="All values of the open contradiction; empty: none."),
    Column("flapping", Boolean, nullable=False, comment="Whether the fact is flapping."),
    Column("candidate_since_id", Key, comment="First snapshot that showed the candidate; null: no candidate."),
    Column("candidate_since_at", UtcDateTime, comment="taken_at of candidate_since_id; null with it."),
    Column(
        "trail",
        DerivedJson,
        nullable=False,
        server_default=text("'[]'"),
        comment="Latest statements, oldest first: [values, taken_at, number of the check].",
    ),
    Column("drifted", DerivedJson, comment="Value at which a drift was last reported, JSON; null: near the baseline."),
    comment="Current state of one fact on one page. Written by T2.",
)

page_lists = Table(
    "page_lists",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, autoincrement=False, comment="The page."),
    # No foreign key: a version can be removed.
    Column(
        "version_id", Key, nullable=False, comment="Version that they were found in, current when this row was written."
    ),
    Column("at", UtcDateTime, nullable=False, comment="taken_at of the snapshot that first showed the version."),
    Column(
        "code", String(64), nullable=False, comment="Version of the algorithm; what another one found is discarded."
    ),
    Column(
        "identity",
        String(64),
        nullable=False,
        comment="Digest of title and longest text; equal for one page with several URLs.",
    ),
    Column("lists", DerivedJson, nullable=False, comment="Digests of its lists of links, in reading order."),
    comment="The lists of links on a page, from which its host's template is learned. Written when that is needed; can be derived again.",
)
