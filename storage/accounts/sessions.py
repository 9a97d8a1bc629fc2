"""Sessions and one-time links, found by the digest of their token."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from storage.accounts.model import IDLE, SEEN_EVERY, LinkPurpose, OneTimeLink, Session
from storage.accounts.users import USER_COLUMNS, logged_in, user_of
from storage.archive.rows import Row
from storage.schema.accounts import one_time_links, sessions, users

_LONGEST_BROWSER = 300

_COLUMNS = (
    sessions.c.token_sha256,
    sessions.c.created_at,
    sessions.c.seen_at,
    sessions.c.expires_at,
    sessions.c.address,
    sessions.c.browser,
)
_SESSIONS = select(*_COLUMNS, *USER_COLUMNS).join(users, users.c.id == sessions.c.user_id)
_LINKS = select(
    one_time_links.c.purpose, one_time_links.c.expires_at, one_time_links.c.user_id.label("for_user"), *USER_COLUMNS
).outerjoin(users, users.c.id == one_time_links.c.user_id)


def start_session(
    connection: Connection,
    digest: str,
    user_id: int,
    *,
    expires_at: datetime,
    address: str,
    browser: str,
    now: datetime,
) -> None:
    """Start a session of a user, and delete those that have ended."""
    connection.execute(delete(sessions).where((sessions.c.expires_at <= now) | (sessions.c.seen_at <= now - IDLE)))
    connection.execute(
        insert(sessions).values(
            token_sha256=digest,
            user_id=user_id,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
            address=address,
            browser=browser[:_LONGEST_BROWSER],
        )
    )
    logged_in(connection, user_id, now)


def session(connection: Connection, digest: str, now: datetime) -> Session | None:
    """Return the session with this token; None if there is none, it has ended, or its user may not log in."""
    row = connection.execute(_SESSIONS.where(sessions.c.token_sha256 == digest)).first()
    if row is None or row.expires_at <= now or row.seen_at <= now - IDLE or not row.is_active:
        return None
    return _session_of(row)


def _session_of(row: Row) -> Session:
    return Session(
        row.token_sha256, user_of(row), row.created_at, row.seen_at, row.expires_at, row.address, row.browser
    )


def sessions_of(connection: Connection, user_id: int, now: datetime) -> Sequence[Session]:
    """Return the sessions of a user that have not ended, the last used first."""
    query = _SESSIONS.where(
        sessions.c.user_id == user_id, sessions.c.expires_at > now, sessions.c.seen_at > now - IDLE
    ).order_by(sessions.c.seen_at.desc())
    return list(map(_session_of, connection.execute(query)))


def is_seen_due(seen_at: datetime | None, now: datetime) -> bool:
    """Whether the time of the last use is to be stored again."""
    return seen_at is None or now - seen_at >= SEEN_EVERY


def seen(connection: Connection, digest: str, now: datetime) -> None:
    connection.execute(update(sessions).where(sessions.c.token_sha256 == digest).values(seen_at=now))


def end_session(connection: Connection, digest: str, user_id: int) -> bool:
    """End a session of a user; False if the user has no such session."""
    query = delete(sessions).where(sessions.c.token_sha256 == digest, sessions.c.user_id == user_id)
    return connection.execute(query).rowcount == 1


def end_sessions(connection: Connection, user_id: int, *, keep: str | None = None) -> None:
    """End all sessions of a user but one."""
    query = delete(sessions).where(sessions.c.user_id == user_id)
    connection.execute(query if keep is None else query.where(sessions.c.token_sha256 != keep))


def make_link(
    connection: Connection,
    digest: str,
    purpose: LinkPurpose,
    user_id: int | None,
    *,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Store a one-time link. It replaces the earlier ones of the same purpose and user; those that have ended are deleted."""
    same = (one_time_links.c.purpose == purpose) & one_time_links.c.user_id.is_not_distinct_from(user_id)
    connection.execute(delete(one_time_links).where(same | (one_time_links.c.expires_at <= now)))
    row = {"purpose": purpose, "user_id": user_id, "created_at": now, "expires_at": expires_at}
    connection.execute(insert(one_time_links).values(token_sha256=digest, **row))


def link(connection: Connection, digest: str, now: datetime) -> OneTimeLink | None:
    """Return the link with this token; None if there is none, it was used, or it has ended."""
    row = connection.execute(_LINKS.where(one_time_links.c.token_sha256 == digest)).first()
    if row is None or row.expires_at <= now or (row.for_user is not None and not row.is_active):
        return None
    return OneTimeLink(row.purpose, None if row.for_user is None else user_of(row), row.expires_at)


def use_link(connection: Connection, digest: str) -> bool:
    """Delete a link; False if another request has used it."""
    return connection.execute(delete(one_time_links).where(one_time_links.c.token_sha256 == digest)).rowcount == 1
