"""Tables of alerting: events, alerts and deliveries."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from alerts.model import DeliveryState, Hold
from monitor.model import BlockKind, Cause, EventKind, Level, Origin
from storage.database.columns import DerivedJson, JsonText, Key, Prose, UtcDateTime, closed
from storage.schema.base import metadata, partial_index

events = Table(
    "events",
    metadata,
    Column("id", Key, primary_key=True, comment="Key, never used twice."),
    Column("page_id", ForeignKey("pages.id"), comment="The page; null for channel_failing."),
    Column(
        "snapshot_id",
        ForeignKey("snapshots.id"),
        comment="First snapshot that shows after; null if no snapshot shows it, as for page_stale and channel_failing.",
    ),
    Column(
        "before_snapshot_id", ForeignKey("snapshots.id"), comment="Last snapshot that shows before; null: none does."
    ),
    Column(
        "read_snapshot_id",
        ForeignKey("snapshots.id"),
        comment="Snapshot whose processing recorded it; null: not recorded by processing.",
    ),
    Column("ordinal", Integer, nullable=False, comment="0, 1, 2 … among the events of read_snapshot_id."),
    Column(
        "at",
        UtcDateTime,
        nullable=False,
        comment="taken_at of snapshot_id; without one, when it was detected (observing clock).",
    ),
    Column("from_at", UtcDateTime, comment="taken_at of before_snapshot_id; null with it."),
    Column("recorded_at", UtcDateTime, nullable=False, comment="When it was recorded (observing clock)."),
    *closed("kind", EventKind, comment="Kind of event."),
    *closed("level", Level, comment="Importance of the event."),
    *closed("origin", Origin, comment="Origin of the snapshot; only live events cause alerts."),
    *closed("cause", Cause, comment="What caused it: a change of the page, or new code or rules."),
    Column("fact", Prose, comment="The fact's name; null: not about a declared fact."),
    Column("before", DerivedJson, comment="Value before, JSON; null: none."),
    Column("after", DerivedJson, comment="Value after, JSON; null: none."),
    Column("quote_before", Prose, comment="Value before as written on the page; null: none."),
    Column("quote_after", Prose, comment="Value after as written on the page; null: none."),
    Column("sentence_before", Prose, comment="Sentence that contained quote_before; null with it."),
    Column("sentence_after", Prose, comment="Sentence that contains quote_after; null with it."),
    Column("reason", Prose, comment="Reason code; null for an event recorded before schema 0011."),
    Column(
        "summary", Prose, nullable=False, comment="Sentence of an event recorded before schema 0011; empty since then."
    ),
    *closed(
        "block_kind", BlockKind, nullable=True, comment="Kind of the block that contains it; null: not in a block."
    ),
    Column(
        "detail",
        DerivedJson,
        nullable=False,
        comment="Values of the reason code, and unit, why, place_before, place_after, quotes, between.",
    ),
    Column(
        "planned_at",
        UtcDateTime,
        comment="When its alerts were planned (observing clock); null: not yet. Written by T3.",
    ),
    Column(
        "superseded_at",
        UtcDateTime,
        comment="When reprocessing removed it from the history (observing clock); null: it is part of the history.",
    ),
    UniqueConstraint("read_snapshot_id", "ordinal"),
    Index("ix_events_at_id", "at", "id"),
    Index("ix_events_page_id_at", "page_id", "at"),
    Index("ix_events_snapshot_id", "snapshot_id"),
    Index("ix_events_before_snapshot_id", "before_snapshot_id"),
    partial_index("ix_events_fact_at", "fact", "at", "id", where="fact IS NOT NULL"),
    partial_index("ix_events_unplanned", "id", where="planned_at IS NULL AND origin = 'live'"),
    sqlite_autoincrement=True,
    comment="Changes of pages and their health. Copies quotes and values; does not reference versions. Written by T2.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Key, primary_key=True, comment="Key, never used twice."),
    Column("uid", String(64), nullable=False, unique=True, comment="Message-ID or webhook-id of all its attempts."),
    Column("channel", Prose, nullable=False, comment="The channel's name."),
    Column(
        "payload",
        JsonText,
        nullable=False,
        comment="Content of all its attempts, JSON, fixed when planned; {}: erased with a page.",
    ),
    *closed("state", DeliveryState, comment="State of the delivery."),
    Column("attempts", Integer, nullable=False, comment="Number of attempts started."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was planned (database clock)."),
    Column(
        "planned_at",
        UtcDateTime,
        comment="When it was planned (observing clock), for the rate limit; null: before schema 0019.",
    ),
    Column("next_try_at", UtcDateTime, comment="No attempt before this (database clock); null: sent or dead."),
    Column("lease_owner", Prose, comment="Process that is sending it; null: none."),
    Column("lease_until", UtcDateTime, comment="When that lease ends (database clock); null: no lease."),
    Column("sent_at", UtcDateTime, comment="When the receiver accepted it (database clock); null: not yet."),
    Column("receipt", Prose, nullable=False, comment="Response of the receiver, one line; empty: not sent yet."),
    Column("last_error", Prose, nullable=False, comment="Why the last attempt failed, one line; empty: none failed."),
    Index("ix_deliveries_channel_sent_at", "channel", "sent_at"),
    partial_index("ix_deliveries_planned_at", "planned_at", where="planned_at IS NOT NULL"),
    partial_index("ix_deliveries_due", "channel", "next_try_at", where="state = 'pending'"),
    partial_index("ix_deliveries_pending", "channel", "id", where="state = 'pending'"),
    partial_index("ix_deliveries_leased", "channel", "lease_until", where="lease_until IS NOT NULL"),
    partial_index("ix_deliveries_unsent", "channel", "created_at", where="state <> 'sent'"),
    sqlite_autoincrement=True,
    comment="Payloads to send. Planned by T3; the dispatcher writes the rest.",
)

channel_states = Table(
    "channel_states",
    metadata,
    Column("channel", Prose, primary_key=True, comment="The channel's name."),
    Column(
        "failures",
        Integer,
        nullable=False,
        comment="Consecutive attempts that failed because of the channel itself; 0 after a delivery was accepted.",
    ),
    Column("not_before", UtcDateTime, comment="No attempt before this (database clock); null: no pause."),
    Column(
        "timed_out",
        Boolean,
        nullable=False,
        comment="Whether the last of them timed out; if so, the delivery with the fewest attempts is sent next.",
    ),
    comment="State of a channel across its deliveries. Written by the dispatcher; reset when its definition changes.",
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("event_id", ForeignKey("events.id"), nullable=False, comment="The event."),
    Column("rule", Prose, nullable=False, comment="Name of the rule that selected it."),
    Column("channel", Prose, nullable=False, comment="Name of the channel that it is sent through."),
    Column(
        "delivery_id",
        ForeignKey("deliveries.id"),
        comment="The delivery that contains it; several alerts may share one; null: it is held.",
    ),
    Column("planned_at", UtcDateTime, nullable=False, comment="When it was planned (observing clock)."),
    *closed(
        "hold",
        Hold,
        nullable=True,
        comment="Why it is held, or was; null: it is delivered at once, also again without an erased page.",
    ),
    Column(
        "held_until", UtcDateTime, comment="Until when it is held, or was (observing clock); null: it was not held."
    ),
    UniqueConstraint("event_id", "rule", "channel"),
    Index("ix_alerts_delivery_id", "delivery_id"),
    partial_index("ix_alerts_held", "held_until", "channel", where="delivery_id IS NULL"),
    comment="Events that a rule selected for a channel. Written by T3.",
)
