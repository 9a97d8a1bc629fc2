"""Tables of what users add to events: acknowledgements and comments."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from storage.database.columns import Key, Prose, UtcDateTime
from storage.schema.base import metadata

event_acknowledgements = Table(
    "event_acknowledgements",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True, autoincrement=False, comment="The event."),
    Column("at", UtcDateTime, nullable=False, comment="When it was acknowledged (observing clock)."),
    # No reference to the user: an acknowledgement outlives its user.
    Column("user_name", Prose, nullable=False, comment="Name of the user at that time."),
    comment="Events that a user has dealt with. Written by the web application.",
)

event_comments = Table(
    "event_comments",
    metadata,
    Column("id", Key, primary_key=True, comment="Key, in the order of the comments."),
    Column("event_id", ForeignKey("events.id"), nullable=False, comment="The event."),
    Column("at", UtcDateTime, nullable=False, comment="When it was written (observing clock)."),
    Column("user_name", Prose, nullable=False, comment="Name of the user at that time."),
    Column("body", Prose, nullable=False, comment="The comment, plain text."),
    Index("ix_event_comments_event_id", "event_id", "id"),
    comment="What users wrote about events. Written by the web application; only added to.",
)
