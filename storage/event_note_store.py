"""`EventNoteStore`: what users add to events: acknowledgements and comments. Each method is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from monitor.errors import ConfigurationError, UnknownName
from storage.accounts import audit
from storage.accounts.model import AuditEntry
from storage.database.connection import Database, ReadDatabase
from storage.schema import event_acknowledgements, event_comments, events

LONGEST_COMMENT = 4000
"""Maximum number of characters of a comment."""
MOST_COMMENTS = 200
"""Maximum number of comments of an event, so that its screen is bounded."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That a user has dealt with an event.

    Attributes:
        at: When, on the observing clock.
        user_name: Name of the user at that time.
    """

    at: datetime
    user_name: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What a user wrote about an event.

    Attributes:
        at: When, on the observing clock.
        user_name: Name of the user at that time.
        text: Plain text.
    """

    at: datetime
    user_name: str
    text: str


@dataclass(frozen=True, slots=True)
class EventNotes:
    """What users added to an event.

    Attributes:
        acknowledged: Its acknowledgement; None: it has none.
        comments: Its comments, the oldest first.
    """

    acknowledged: Acknowledgement | None
    comments: tuple[Comment, ...]


def event_notes(database: ReadDatabase, event_id: int) -> EventNotes:
    """Return what users added to an event; nothing for an unknown one."""
    acknowledged = select(event_acknowledgements).where(event_acknowledgements.c.event_id == event_id)
    comments = select(event_comments).where(event_comments.c.event_id == event_id).order_by(event_comments.c.id)
    with database.read() as connection:
        found = connection.execute(acknowledged).one_or_none()
        rows = connection.execute(comments.limit(MOST_COMMENTS)).all()
    return EventNotes(
        None if found is None else Acknowledgement(found.at, found.user_name),
        tuple(Comment(row.at, row.user_name, row.body) for row in rows),
    )


class EventNoteStore:
    """Acknowledgements and comments of events. Its methods are thread-safe."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def notes(self, event_id: int) -> EventNotes:
        """Return what users added to an event; nothing for an unknown one."""
        return event_notes(self.database, event_id)

    def acknowledge(self, event_id: int, *, entry: AuditEntry) -> bool:
        """Acknowledge an event on behalf of the user of the audit entry, at its time.

        Returns:
            Whether it was not acknowledged before; otherwise nothing changes, and the first acknowledgement stays.

        Raises:
            UnknownName: There is no such event.
        """
        with self.database.begin() as connection:
            _lock(connection, event_id)
            known = select(event_acknowledgements.c.event_id).where(event_acknowledgements.c.event_id == event_id)
            if connection.execute(known).first() is not None:
                return False
            values = {"event_id": event_id, "at": entry.at, "user_name": entry.user_name}
            connection.execute(insert(event_acknowledgements).values(values))
            audit.record(connection, entry)
            return True

    def withdraw_acknowledgement(self, event_id: int, *, entry: AuditEntry) -> bool:
        """Remove the acknowledgement of an event; return whether it had one."""
        mine = event_acknowledgements.c.event_id == event_id
        with self.database.begin() as connection:
            removed = connection.execute(delete(event_acknowledgements).where(mine)).rowcount > 0
            if removed:
                audit.record(connection, entry)
            return removed

    def comment(self, event_id: int, text: str, *, entry: AuditEntry) -> None:
        """Add a comment on behalf of the user of the audit entry, at its time. The entry does not contain the text.

        Args:
            event_id: The event.
            text: Plain text; white space around it is removed.
            entry: What the audit log gets.

        Raises:
            UnknownName: There is no such event.
            ConfigurationError: The text is empty or too long, or the event has too many comments.
        """
        written = text.strip()
        if not written:
            raise ConfigurationError("a comment needs a text")
        if len(written) > LONGEST_COMMENT:
            raise ConfigurationError(f"a comment has at most {LONGEST_COMMENT:,} characters, this one {len(written):,}")
        with self.database.begin() as connection:
            _lock(connection, event_id)
            mine = select(event_comments.c.id).where(event_comments.c.event_id == event_id).limit(MOST_COMMENTS)
            if len(connection.execute(mine).all()) == MOST_COMMENTS:
                raise ConfigurationError(f"a change has at most {MOST_COMMENTS} comments")
            values = {"event_id": event_id, "at": entry.at, "user_name": entry.user_name, "body": written}
            connection.execute(insert(event_comments).values(values))
            audit.record(connection, entry)


def _lock(connection: Connection, event_id: int) -> None:
    """Lock an event's row, so that concurrent notes on it are ordered and erasing waits."""
    row = select(events.c.id).where(events.c.id == event_id, events.c.superseded_at.is_(None)).with_for_update()
    if connection.execute(row).first() is None:
        raise UnknownName("there is no such change")
