"""Values of accounts: users, sessions, API tokens, one-time links and entries of the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a user may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class TokenScope(StrEnum):
    """What an API token may do, within what its user may do."""

    READ = "read"
    EDIT = "edit"
    ADMIN = "admin"
    METRICS = "metrics"


class LinkPurpose(StrEnum):
    """What a one-time link allows: to add the first administrator, or to choose a password."""

    FIRST_ADMIN = "first_admin"
    PASSWORD = "password"  # noqa: S105 (no password)


@dataclass(frozen=True, slots=True)
class User:
    """A person who may use the web application.

    Attributes:
        id: Its key.
        name: Login name.
        role: What the user may do.
        is_active: Whether the user may log in.
        has_password: Whether a password is set.
        has_totp: Whether a login needs a one-time password too.
        created_at: When the user was added.
        last_login_at: When the user last logged in; None: never.
    """

    id: int
    name: str
    role: Role
    is_active: bool
    has_password: bool
    has_totp: bool
    created_at: datetime
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against.

    Attributes:
        user: The user.
        password_hash: Argon2id hash; None: there is no password.
        totp_secret: Base32 secret of one-time passwords; None: none are used.
        totp_step: Newest time step that was used; None: none.
    """

    user: User
    password_hash: str | None = field(repr=False)
    totp_secret: str | None = field(repr=False)
    totp_step: int | None


@dataclass(frozen=True, slots=True)
class Session:
    """A login.

    Attributes:
        token_sha256: SHA-256 of its token, 64 hex digits.
        user: The user.
        created_at: When it began.
        seen_at: When it was last used.
        expires_at: When it ends.
        address: Network address of the login.
        browser: User-Agent of the login.
    """

    token_sha256: str
    user: User
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of a program.

    Attributes:
        id: Its key.
        user: The user on whose behalf it acts.
        name: What it is for.
        scopes: What it may do.
        created_at: When it was made.
        expires_at: When it ends; None: never.
        used_at: When it was last used; None: never.
    """

    id: int
    user: User
    name: str
    scopes: frozenset[TokenScope]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link that may be used once.

    Attributes:
        purpose: What it allows.
        user: The user who may choose a password; None for the first administrator.
        expires_at: When it ends.
    """

    purpose: LinkPurpose
    user: User | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was done, for the audit log.

    Attributes:
        at: When.
        user_id: Who did it; None: no user was logged in, or the command line.
        user_name: Name of the user; "" with None.
        action: What was done, a word such as "login" or "page.added".
        subject: What it was done to; "" for nothing.
        detail: More about it.
        address: Network address of the request; "" for none.
        id: Its key; None before it is stored.
    """

    at: datetime
    user_id: int | None
    user_name: str
    action: str
    subject: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    id: int | None = None


IDLE = timedelta(days=7)
"""A session ends when it was not used for this long."""
SEEN_EVERY = timedelta(minutes=5)
"""The time of the last use of a session or token is stored at most this often, so that reading seldom writes."""
