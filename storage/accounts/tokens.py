"""API tokens, and the keys of signed links."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from storage.accounts.model import ApiToken, TokenScope
from storage.accounts.users import USER_COLUMNS, user_of
from storage.archive.rows import Row
from storage.database.dialect import upserting
from storage.schema.accounts import api_tokens, signing_keys, users

_TOKENS = select(
    api_tokens.c.id,
    api_tokens.c.name.label("token_name"),
    api_tokens.c.scopes,
    api_tokens.c.created_at,
    api_tokens.c.expires_at,
    api_tokens.c.used_at,
    *USER_COLUMNS,
).join(users, users.c.id == api_tokens.c.user_id)


def _token_of(row: Row) -> ApiToken:
    return ApiToken(
        row.id,
        user_of(row),
        row.token_name,
        frozenset(map(TokenScope, row.scopes)),
        row.created_at,
        row.expires_at,
        row.used_at,
    )


def add_token(
    connection: Connection,
    digest: str,
    user_id: int,
    name: str,
    scopes: Collection[TokenScope],
    *,
    expires_at: datetime | None,
    now: datetime,
) -> ApiToken:
    """Store a token of a user."""
    row = {
        "token_sha256": digest,
        "user_id": user_id,
        "name": name,
        "scopes": sorted(scopes),
        "created_at": now,
        "expires_at": expires_at,
    }
    key = connection.execute(insert(api_tokens).values(row).returning(api_tokens.c.id)).scalar_one()
    return _token_of(connection.execute(_TOKENS.where(api_tokens.c.id == key)).one())


def token(connection: Connection, digest: str, now: datetime) -> ApiToken | None:
    """Return the token with this digest; None if there is none, it has ended, or its user may not log in."""
    row = connection.execute(_TOKENS.where(api_tokens.c.token_sha256 == digest)).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now) or not row.is_active:
        return None
    return _token_of(row)


def tokens_of(connection: Connection, user_id: int | None) -> Sequence[ApiToken]:
    """Return the tokens of a user, or of all users with None, the newest first."""
    query = _TOKENS.order_by(api_tokens.c.id.desc())
    return list(
        map(_token_of, connection.execute(query if user_id is None else query.where(api_tokens.c.user_id == user_id)))
    )


def used(connection: Connection, token_id: int, now: datetime) -> None:
    connection.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=now))


def remove_token(connection: Connection, token_id: int, user_id: int | None) -> bool:
    """Remove a token of a user, or of any user with None; False if there is none."""
    query = delete(api_tokens).where(api_tokens.c.id == token_id)
    return connection.execute(query if user_id is None else query.where(api_tokens.c.user_id == user_id)).rowcount == 1


def signing_key(connection: Connection, name: str) -> bytes | None:
    return connection.execute(select(signing_keys.c.secret).where(signing_keys.c.name == name)).scalar()


def store_signing_key(connection: Connection, name: str, secret: bytes, now: datetime) -> bytes:
    """Store a key unless there is one; return the stored one."""
    row = {"name": name, "secret": secret, "created_at": now}
    connection.execute(upserting(connection, signing_keys).values(row).on_conflict_do_nothing())
    stored = signing_key(connection, name)
    assert stored is not None
    return stored


def remove_signing_key(connection: Connection, name: str) -> None:
    """Delete a key: links that were signed with it end."""
    connection.execute(delete(signing_keys).where(signing_keys.c.name == name))
