"""The audit log: what users did, and failed logins."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from storage.accounts.model import AuditEntry
from storage.archive.rows import Row
from storage.queries.paging import Cursor, Query, Slice, read_slice
from storage.schema.accounts import audit_log

_ENTRIES = select(audit_log)


def record(connection: Connection, entry: AuditEntry) -> None:
    """Add an entry to the audit log."""
    connection.execute(
        insert(audit_log).values(
            at=entry.at,
            user_id=entry.user_id,
            user_name=entry.user_name,
            action=entry.action,
            subject=entry.subject,
            detail=dict(entry.detail),
            address=entry.address,
        )
    )


def audit_slice(connection: Connection, cursor: Cursor, *, user_id: int | None = None) -> Slice[AuditEntry]:
    """Return a slice of the audit log, the newest first; of one user, or of all with None."""
    wanted = _ENTRIES if user_id is None else _ENTRIES.where(audit_log.c.user_id == user_id)

    def following(key: int | None) -> Query:
        return (wanted if key is None else wanted.where(audit_log.c.id < key)).order_by(audit_log.c.id.desc())

    def preceding(key: int) -> Query:
        return wanted.where(audit_log.c.id > key).order_by(audit_log.c.id)

    return read_slice(connection, cursor, following, preceding, _entry_of)


def _entry_of(row: Row) -> AuditEntry:
    return AuditEntry(row.at, row.user_id, row.user_name, row.action, row.subject, row.detail, row.address, row.id)
