"""Failed logins, counted by subject: the digest of a name, or of a network."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from storage.database.dialect import upserting
from storage.schema.accounts import login_throttles

FORGOTTEN_AFTER = timedelta(days=1)
"""Failed logins are forgotten when none failed for this long."""


def failures(connection: Connection, subjects: Collection[str], now: datetime) -> dict[str, tuple[int, datetime]]:
    """Return for each subject with failed logins how many they are, and when the last one was."""
    query = select(login_throttles).where(
        login_throttles.c.subject.in_(subjects), login_throttles.c.failed_at > now - FORGOTTEN_AFTER
    )
    return {row.subject: (row.failures, row.failed_at) for row in connection.execute(query)}


def count_failure(connection: Connection, subjects: Collection[str], now: datetime) -> None:
    """Count a failed login of each subject; forget those of long ago."""
    connection.execute(delete(login_throttles).where(login_throttles.c.failed_at <= now - FORGOTTEN_AFTER))
    for subject in sorted(subjects):
        add = upserting(connection, login_throttles).values(subject=subject, failures=1, failed_at=now)
        more = {"failures": login_throttles.c.failures + 1, "failed_at": now}
        connection.execute(add.on_conflict_do_update(index_elements=["subject"], set_=more))


def forget_failures(connection: Connection, subjects: Collection[str]) -> None:
    connection.execute(delete(login_throttles).where(login_throttles.c.subject.in_(subjects)))
