"""Tables of alerting: events, alerts and deliveries."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from alerts.model import DeliveryState
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
        comment="First that showed after; null where no look showed it, as with page_stale and channel_failing.",
    ),
    Column("before_snapshot_id", ForeignKey("snapshots.id"), comment="Last that showed before; null where none did."),
    Column("read_snapshot_id", ForeignKey("snapshots.id"), comment="Whose reading made it; null where none did."),
    Column("ordinal", Integer, nullable=False, comment="0, 1, 2 … among the events that one reading made."),
    Column(
        "at",
        UtcDateTime,
        nullable=False,
        comment="taken_at of snapshot_id; without one, when it was found (observing clock).",
    ),
    Column("from_at", UtcDateTime, comment="taken_at of before_snapshot_id; null with it."),
    Column("recorded_at", UtcDateTime, nullable=False, comment="When it was recorded (observing clock)."),
    *closed("kind", EventKind, comment="What happened."),
    *closed("level", Level, comment="How much it matters."),
    *closed("origin", Origin, comment="That of the snapshot; only live alerts."),
    *closed("cause", Cause, comment="What made it."),
    Column("fact", Prose, comment="The fact's name; null where no declared fact is concerned."),
    Column("before", DerivedJson, comment="Value before, JSON; null where there was none or it is no value."),
    Column("after", DerivedJson, comment="Value after, JSON; null as before."),
    Column("quote_before", Prose, comment="The page's characters before; null where nothing stood there."),
    Column("quote_after", Prose, comment="The page's characters after; null where nothing stands there."),
    Column("sentence_before", Prose, comment="The sentence before; null as quote_before."),
    Column("sentence_after", Prose, comment="The sentence after; null as quote_after."),
    Column("reason", Prose, comment="Reason code; null for an event recorded before schema 0011."),
    Column(
        "summary", Prose, nullable=False, comment="Sentence of an event recorded before schema 0011; empty since then."
    ),
    *closed("block_kind", BlockKind, nullable=True, comment="Kind of the block it stands in; null: in none."),
    Column(
        "detail",
        DerivedJson,
        nullable=False,
        comment="Values of the reason code, and unit, why, place_before, place_after, quotes, between.",
    ),
    Column("planned_at", UtcDateTime, comment="When its alerts were planned (observing clock); null: not yet. T3."),
    Column(
        "superseded_at",
        UtcDateTime,
        comment="When a rereading found it no part of the story (observing clock); null: it is.",
    ),
    UniqueConstraint("read_snapshot_id", "ordinal"),
    Index("ix_events_at_id", "at", "id"),
    Index("ix_events_page_id_at", "page_id", "at"),
    Index("ix_events_snapshot_id", "snapshot_id"),
    Index("ix_events_before_snapshot_id", "before_snapshot_id"),
    partial_index("ix_events_unplanned", "id", where="planned_at IS NULL AND origin = 'live'"),
    sqlite_autoincrement=True,
    comment="What somebody may want to hear of. Copies what it says; never points at versions. Written by T2.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Key, primary_key=True, comment="Key, never used twice."),
    Column("uid", String(64), nullable=False, unique=True, comment="Message-ID and webhook-id of all its tries."),
    Column("channel", Prose, nullable=False, comment="The channel's name."),
    Column("payload", JsonText, nullable=False, comment="What all its tries carry, JSON, frozen when planned."),
    *closed("state", DeliveryState, comment="Where it stands."),
    Column("attempts", Integer, nullable=False, comment="Tries begun so far."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was planned (database clock)."),
    Column("next_try_at", UtcDateTime, comment="Not before this (database clock); null once sent or dead."),
    Column("lease_owner", Prose, comment="Who is sending it now; null: nobody."),
    Column("lease_until", UtcDateTime, comment="When that lease ends (database clock); null: no lease."),
    Column("sent_at", UtcDateTime, comment="When the other side took it (database clock); null before."),
    Column("receipt", Prose, nullable=False, comment="What the other side answered, one line; empty before."),
    Column("last_error", Prose, nullable=False, comment="Why the last try failed, one line; empty where none did."),
    Index("ix_deliveries_channel_sent_at", "channel", "sent_at"),
    partial_index("ix_deliveries_due", "channel", "next_try_at", where="state = 'pending'"),
    partial_index("ix_deliveries_pending", "channel", "id", where="state = 'pending'"),
    partial_index("ix_deliveries_leased", "channel", "lease_until", where="lease_until IS NOT NULL"),
    partial_index("ix_deliveries_unsent", "channel", "created_at", where="state <> 'sent'"),
    sqlite_autoincrement=True,
    comment="Payloads on their way. Planned by T3; the dispatcher writes the rest.",
)

channel_states = Table(
    "channel_states",
    metadata,
    Column("channel", Prose, primary_key=True, comment="The channel's name."),
    Column(
        "failures",
        Integer,
        nullable=False,
        comment="Sends in a row that failed because of the channel itself; 0 since it last took a delivery.",
    ),
    Column("not_before", UtcDateTime, comment="No attempt before this (database clock); null: no pause."),
    Column(
        "timed_out",
        Boolean,
        nullable=False,
        comment="Whether the last of them got no answer in time: then the least tried delivery goes first.",
    ),
    comment="How a channel fares as a whole. Written by the dispatcher; a changed definition begins anew.",
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("event_id", ForeignKey("events.id"), nullable=False, comment="The event."),
    Column("rule", Prose, nullable=False, comment="Name of the rule that selected it."),
    Column("channel", Prose, nullable=False, comment="Name of the channel it goes through."),
    Column(
        "delivery_id", ForeignKey("deliveries.id"), nullable=False, comment="What carries it; several may share one."
    ),
    Column("planned_at", UtcDateTime, nullable=False, comment="When it was planned (observing clock)."),
    UniqueConstraint("event_id", "rule", "channel"),
    Index("ix_alerts_delivery_id", "delivery_id"),
    comment="Events that a rule selected for a channel. Written by T3.",
)
