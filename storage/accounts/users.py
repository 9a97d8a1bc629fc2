"""Users: adding and changing them, and what a login is checked against."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from monitor.errors import ConfigurationError, UnknownName
from storage.accounts.model import Credentials, Role, User
from storage.archive.rows import Row
from storage.schema.accounts import api_tokens, one_time_links, sessions, users

LONGEST_NAME = 64
"""Characters of a login name."""

USER_COLUMNS = (
    users.c.id.label("user_id"),
    users.c.name.label("login_name"),
    users.c.role,
    users.c.is_active,
    users.c.password_hash,
    users.c.totp_secret,
    users.c.created_at.label("user_created_at"),
    users.c.last_login_at,
)
"""The columns that `user_of` needs."""


def user_of(row: Row) -> User:
    """Return the user of a row with `USER_COLUMNS`."""
    return User(
        row.user_id,
        row.login_name,
        row.role,
        row.is_active,
        row.password_hash is not None,
        row.totp_secret is not None,
        row.user_created_at,
        row.last_login_at,
    )


def name_key(name: str) -> str:
    """Return a login name in the form in which names are compared."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def check_name(name: str) -> str:
    """Return a login name without surrounding spaces.

    Raises:
        ConfigurationError: It is empty, too long, or has characters that do not print.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigurationError(f"a user's name takes 1 to {LONGEST_NAME} printable characters")
    return name


def has_users(connection: Connection) -> bool:
    return connection.execute(select(users.c.id).limit(1)).first() is not None


def all_users(connection: Connection) -> Sequence[User]:
    return [user_of(row) for row in connection.execute(select(*USER_COLUMNS).order_by(users.c.name_key))]


def user(connection: Connection, user_id: int) -> User:
    """Return a user.

    Raises:
        UnknownName: There is none with this key.
    """
    row = connection.execute(select(*USER_COLUMNS).where(users.c.id == user_id)).first()
    if row is None:
        raise UnknownName("there is no such user")
    return user_of(row)


def user_named(connection: Connection, name: str) -> User | None:
    row = connection.execute(select(*USER_COLUMNS).where(users.c.name_key == name_key(name))).first()
    return None if row is None else user_of(row)


def credentials(connection: Connection, name: str) -> Credentials | None:
    query = select(*USER_COLUMNS, users.c.totp_step).where(users.c.name_key == name_key(name))
    row = connection.execute(query).first()
    return None if row is None else Credentials(user_of(row), row.password_hash, row.totp_secret, row.totp_step)


def user_of_subject(connection: Connection, subject: str) -> User | None:
    row = connection.execute(select(*USER_COLUMNS).where(users.c.subject == subject)).first()
    return None if row is None else user_of(row)


def add_user(connection: Connection, name: str, role: Role, now: datetime, **values: Any) -> User:
    """Add a user.

    Raises:
        ConfigurationError: The name is taken or unusable.
    """
    name = check_name(name)
    if user_named(connection, name) is not None:
        raise ConfigurationError(f"there is a user {name} already")
    row = {"name": name, "name_key": name_key(name), "role": role, "is_active": True, "created_at": now, **values}
    try:
        key = connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one()
    except IntegrityError:
        raise ConfigurationError(f"there is a user {name} already") from None
    return user(connection, key)


def change_user(connection: Connection, user_id: int, *, role: Role | None, is_active: bool | None) -> User:
    """Change a user's role, or whether the user may log in; None: leave it. A user who may no longer log in is logged out.

    Raises:
        UnknownName: There is no such user.
        ConfigurationError: It is the last administrator.
    """
    before = user(connection, user_id)
    values: dict[str, Any] = {}
    if role is not None:
        values["role"] = role
    if is_active is not None:
        values["is_active"] = is_active
    loses = before.role is Role.ADMIN and before.is_active and (role not in (None, Role.ADMIN) or is_active is False)
    if loses and not _other_admin(connection, user_id):
        raise ConfigurationError(f"{before.name} is the last administrator; make another user one first")
    if values:
        connection.execute(update(users).where(users.c.id == user_id).values(values))
    if is_active is False:
        connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
        connection.execute(delete(one_time_links).where(one_time_links.c.user_id == user_id))
    return user(connection, user_id)


def _other_admin(connection: Connection, user_id: int) -> bool:
    """Whether another administrator may log in. The rows are locked on PostgreSQL, so that two administrators cannot remove each other."""
    query = select(users.c.id).where(users.c.role == Role.ADMIN, users.c.is_active).order_by(users.c.id)
    return any(key != user_id for key in connection.scalars(query.with_for_update()))


def remove_user(connection: Connection, user_id: int) -> User:
    """Remove a user with sessions, tokens and links. What the user did stays in the audit log.

    Raises:
        UnknownName: There is no such user.
        ConfigurationError: It is the last administrator.
    """
    removed = change_user(connection, user_id, role=None, is_active=False)
    connection.execute(delete(api_tokens).where(api_tokens.c.user_id == user_id))
    connection.execute(delete(users).where(users.c.id == user_id))
    return removed


def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    """Set a user's password, and end all sessions and links of the user."""
    connection.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    connection.execute(delete(one_time_links).where(one_time_links.c.user_id == user_id))


def rehash(connection: Connection, user_id: int, before: str, after: str) -> None:
    """Replace the hash of an unchanged password, because the parameters of hashes have changed."""
    connection.execute(
        update(users).where(users.c.id == user_id, users.c.password_hash == before).values(password_hash=after)
    )


def set_totp(connection: Connection, user_id: int, secret: str | None, step: int | None) -> None:
    """Set the secret of a user's one-time passwords; None: none are used."""
    connection.execute(update(users).where(users.c.id == user_id).values(totp_secret=secret, totp_step=step))


def use_totp(connection: Connection, user_id: int, step: int) -> bool:
    """Mark the one-time password of a time step as used; False if it, or a later one, was used before."""
    unused = func.coalesce(users.c.totp_step, -1) < step
    done = connection.execute(update(users).where(users.c.id == user_id, unused).values(totp_step=step))
    return done.rowcount == 1


def logged_in(connection: Connection, user_id: int, now: datetime) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(last_login_at=now))
