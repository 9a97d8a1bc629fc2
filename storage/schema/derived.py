"""What was understood: versions, readings and fact states."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from storage.database.columns import DerivedJson, Key, Prose, Sha256, UtcDateTime
from storage.schema.base import metadata

versions = Table(
    "versions",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("page_id", ForeignKey("pages.id"), nullable=False, comment="Whose page it is."),
    Column("seq", Integer, nullable=False, comment="1, 2, 3 … per page, in the order of reading."),
    # No foreign key: snapshots point at versions, and a version can be thrown away.
    Column("snapshot_id", Key, nullable=False, comment="Snapshot whose body it was read from."),
    Column("code", String(64), nullable=False, comment="Reading version of the code that read it."),
    Column("facts", String(64), nullable=False, comment="Digest of the fact definitions that it was read with."),
    Column("learned", String(64), nullable=False, comment="Digest of the learned state; empty where there was none."),
    Column("title", Prose, nullable=False, comment="The page's title; empty where there is none."),
    Column("language", Prose, comment="BCP 47 tag, lower case; null where unknown."),
    Column("text_sha256", Sha256, nullable=False, comment="Of the page's text in UTF-8."),
    Column(
        "blob", LargeBinary, nullable=False, comment="Blocks and mentions: JSON in a zstd frame, based like a body."
    ),
    Column("blob_base_id", ForeignKey("versions.id"), comment="Version that blob is a delta of; null: a keyframe."),
    Column("blob_depth", Integer, nullable=False, comment="How many bases must be read first; 0 for a keyframe."),
    Column("blob_length", Integer, nullable=False, comment="Length of the JSON in bytes."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was recorded (observing clock)."),
    UniqueConstraint("page_id", "seq"),
    Index("ix_versions_blob_base_id", "blob_base_id"),
    comment="One understanding of a page each; a new one only where that differs. Written by T2, can be derived anew.",
)

readings = Table(
    "readings",
    metadata,
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, comment="The version."),
    Column("fact", Prose, primary_key=True, comment="The fact's name."),
    Column("position", Integer, nullable=False, comment="Place among the version's readings, from 0."),
    Column("value", DerivedJson, comment="The value, JSON; null where the page does not state it."),
    Column("quote", Prose, comment="The page's characters that state it; null where it does not."),
    Column("sentence", Prose, comment="The sentence they stand in; null where there is none."),
    Column(
        "contradicts", DerivedJson, nullable=False, comment="Other values stated: a list of {value, quote, sentence}."
    ),
    Column("why", Prose, nullable=False, comment="Why this value was chosen, or why there is none."),
    Index("ix_readings_fact", "fact"),
    comment="The value of a fact at one version. Written by T2; the mentions themselves are in the version's blob.",
)

fact_states = Table(
    "fact_states",
    metadata,
    Column("page_id", ForeignKey("pages.id"), primary_key=True, comment="The page."),
    Column("fact", Prose, primary_key=True, comment="The fact's name."),
    Column("reader", String(128), nullable=False, comment="Digest of the reader under which it stands."),
    Column("value", DerivedJson, comment="Last good value, JSON; null where it was never read."),
    Column("quote", Prose, comment="The page's characters that stated it; null where it was never read."),
    Column("sentence", Prose, comment="The sentence they stood in; null where it was never read."),
    Column("since_id", Key, comment="Snapshot that first showed value; null where it was never read."),
    Column("since_at", UtcDateTime, comment="taken_at of since_id; null where it was never read."),
    Column("seen_id", Key, comment="Last snapshot known to show value; null: the page's last ok look."),
    Column("seen_at", UtcDateTime, comment="taken_at of seen_id; null with it."),
    Column(
        "absent_since_id",
        Key,
        comment="First ok snapshot in a row without it; null where the last had it, or none did.",
    ),
    Column("absent_since_at", UtcDateTime, comment="taken_at of absent_since_id; null with it."),
    Column("absences", Integer, nullable=False, comment="Ok looks in a row without it."),
    Column("lost", Boolean, nullable=False, comment="Whether fact_lost has been told."),
    Column("candidate", DerivedJson, comment="Value waiting to be confirmed, JSON; null where there is none."),
    Column(
        "baseline", DerivedJson, comment="Value that drift is measured against, JSON; null where it was never read."
    ),
    Column("baseline_at", UtcDateTime, comment="When the baseline was taken (observing clock); null without one."),
    Column(
        "contradiction", DerivedJson, nullable=False, comment="All values of the open contradiction; empty: it agrees."
    ),
    Column("flapping", Boolean, nullable=False, comment="Whether the fact is held as flapping."),
    Column("candidate_since_id", Key, comment="First look that showed the candidate; null where there is none."),
    Column("candidate_since_at", UtcDateTime, comment="taken_at of candidate_since_id; null with it."),
    Column(
        "trail",
        DerivedJson,
        nullable=False,
        server_default=text("'[]'"),
        comment="What it stated last, oldest first: [values, taken_at, number of the look].",
    ),
    Column("drifted", DerivedJson, comment="Value at which a drift was last told, JSON; null: near the baseline."),
    comment="What is remembered of one fact on one page. Written by T2.",
)
