"""`AccountStore`: users, sessions, tokens and the audit log. Each method is one transaction; an audit entry is stored in the transaction of what it records."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from monitor.errors import ConfigurationError
from storage.accounts import audit, sessions, throttle, tokens, users
from storage.accounts.model import (
    ApiToken,
    AuditEntry,
    Credentials,
    LinkPurpose,
    OneTimeLink,
    Role,
    Session,
    TokenScope,
    User,
)
from storage.database.connection import Database
from storage.queries.paging import Cursor, Slice


class AccountStore:
    """Accounts of people and programs. Tokens are given as the SHA-256 of the token, 64 hex digits."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def has_users(self) -> bool:
        """Return whether any user was added."""
        with self.database.read() as connection:
            return users.has_users(connection)

    def users(self) -> Sequence[User]:
        """Return all users, by name."""
        with self.database.read() as connection:
            return users.all_users(connection)

    def user(self, user_id: int) -> User:
        """Return a user.

        Raises:
            UnknownName: There is none with this key.
        """
        with self.database.read() as connection:
            return users.user(connection, user_id)

    def user_named(self, name: str) -> User | None:
        """Return the user with this name, in any letter case; None if there is none."""
        with self.database.read() as connection:
            return users.user_named(connection, name)

    def user_of_subject(self, subject: str) -> User | None:
        """Return the user with this OpenID Connect identity; None if there is none."""
        with self.database.read() as connection:
            return users.user_of_subject(connection, subject)

    def credentials(self, name: str) -> Credentials | None:
        """Return what a login with this name is checked against; None if there is no such user."""
        with self.database.read() as connection:
            return users.credentials(connection, name)

    def add_user(self, name: str, role: Role, *, now: datetime, entry: AuditEntry, subject: str | None = None) -> User:
        """Add a user without a password.

        Raises:
            ConfigurationError: The name is taken or unusable.
        """
        with self.database.begin() as connection:
            audit.record(connection, entry)
            return users.add_user(connection, name, role, now, subject=subject)

    def change_user(
        self, user_id: int, *, role: Role | None = None, is_active: bool | None = None, entry: AuditEntry
    ) -> User:
        """Change a user's role, or whether the user may log in; None: leave it.

        Raises:
            UnknownName: There is no such user.
            ConfigurationError: It is the last administrator.
        """
        with self.database.begin() as connection:
            audit.record(connection, entry)
            return users.change_user(connection, user_id, role=role, is_active=is_active)

    def remove_user(self, user_id: int, *, entry: AuditEntry) -> User:
        """Remove a user with sessions, tokens and links.

        Raises:
            UnknownName: There is no such user.
            ConfigurationError: It is the last administrator.
        """
        with self.database.begin() as connection:
            audit.record(connection, entry)
            return users.remove_user(connection, user_id)

    def set_password(self, user_id: int, password_hash: str, *, entry: AuditEntry) -> None:
        """Set a user's password; it ends all sessions and links of the user."""
        with self.database.begin() as connection:
            audit.record(connection, entry)
            users.set_password(connection, user_id, password_hash)

    def rehash(self, user_id: int, before: str, after: str) -> None:
        """Replace the hash of an unchanged password."""
        with self.database.begin() as connection:
            users.rehash(connection, user_id, before, after)

    def set_totp(self, user_id: int, secret: str | None, step: int | None, *, entry: AuditEntry) -> None:
        """Set the secret of a user's one-time passwords, and the time step of the one that was entered; None: none are used."""
        with self.database.begin() as connection:
            audit.record(connection, entry)
            users.set_totp(connection, user_id, secret, step)

    def use_totp(self, user_id: int, step: int) -> bool:
        """Mark the one-time password of a time step as used; False if it, or a later one, was used before."""
        with self.database.begin() as connection:
            return users.use_totp(connection, user_id, step)

    def make_link(
        self,
        digest: str,
        purpose: LinkPurpose,
        user_id: int | None,
        *,
        expires_at: datetime,
        now: datetime,
        entry: AuditEntry | None = None,
    ) -> None:
        """Store a one-time link, which replaces earlier ones of the same purpose and user."""
        with self.database.begin() as connection:
            if entry is not None:
                audit.record(connection, entry)
            sessions.make_link(connection, digest, purpose, user_id, expires_at=expires_at, now=now)

    def link(self, digest: str, now: datetime) -> OneTimeLink | None:
        """Return the one-time link with this token; None if there is none, it was used, or it has ended."""
        with self.database.read() as connection:
            return sessions.link(connection, digest, now)

    def use_link_for_first_admin(
        self, digest: str, name: str, password_hash: str, *, now: datetime, entry: AuditEntry
    ) -> User | None:
        """Add the first administrator with a one-time link; None if the link was used or has ended, or there is a user already.

        Raises:
            ConfigurationError: The name is unusable.
        """
        with self.database.begin() as connection:
            found = sessions.link(connection, digest, now)
            if found is None or found.purpose is not LinkPurpose.FIRST_ADMIN or users.has_users(connection):
                return None
            if not sessions.use_link(connection, digest):
                return None
            audit.record(connection, entry)
            return users.add_user(connection, name, Role.ADMIN, now, password_hash=password_hash)

    def use_link_for_password(
        self, digest: str, password_hash: str, *, now: datetime, entry: AuditEntry
    ) -> User | None:
        """Set the password of a one-time link's user; None if the link was used or has ended."""
        with self.database.begin() as connection:
            found = sessions.link(connection, digest, now)
            if found is None or found.user is None or not sessions.use_link(connection, digest):
                return None
            audit.record(connection, entry)
            users.set_password(connection, found.user.id, password_hash)
            return found.user

    def start_session(
        self,
        digest: str,
        user_id: int,
        *,
        expires_at: datetime,
        address: str,
        browser: str,
        now: datetime,
        entry: AuditEntry,
        clear: Collection[str] = (),
    ) -> None:
        """Start a session of a user, and forget the failed logins of the subjects in `clear`."""
        with self.database.begin() as connection:
            audit.record(connection, entry)
            if clear:
                throttle.forget_failures(connection, clear)
            sessions.start_session(
                connection, digest, user_id, expires_at=expires_at, address=address, browser=browser, now=now
            )

    def session(self, digest: str, now: datetime) -> Session | None:
        """Return a session, and store that it was used; None if there is none or it has ended."""
        with self.database.read() as connection:
            found = sessions.session(connection, digest, now)
        if found is not None and sessions.is_seen_due(found.seen_at, now):
            with self.database.begin() as connection:
                sessions.seen(connection, digest, now)
        return found

    def sessions_of(self, user_id: int, now: datetime) -> Sequence[Session]:
        """Return the sessions of a user, the last used first."""
        with self.database.read() as connection:
            return sessions.sessions_of(connection, user_id, now)

    def end_session(self, digest: str, user_id: int, *, entry: AuditEntry) -> bool:
        """End a session of a user; False if the user has no such session."""
        with self.database.begin() as connection:
            ended = sessions.end_session(connection, digest, user_id)
            if ended:
                audit.record(connection, entry)
            return ended

    def end_sessions(self, user_id: int, *, keep: str | None, entry: AuditEntry) -> None:
        """End all sessions of a user but one; None: all."""
        with self.database.begin() as connection:
            audit.record(connection, entry)
            sessions.end_sessions(connection, user_id, keep=keep)

    def failures(self, subjects: Collection[str], now: datetime) -> dict[str, tuple[int, datetime]]:
        """Return for each subject with failed logins how many they are, and when the last one was."""
        with self.database.read() as connection:
            return throttle.failures(connection, subjects, now)

    def count_failure(self, subjects: Collection[str], now: datetime, *, entry: AuditEntry) -> None:
        """Count a failed login of each subject."""
        with self.database.begin() as connection:
            throttle.count_failure(connection, subjects, now)
            audit.record(connection, entry)

    def add_token(
        self,
        digest: str,
        user_id: int,
        name: str,
        scopes: Collection[TokenScope],
        *,
        expires_at: datetime | None,
        now: datetime,
        entry: AuditEntry,
    ) -> ApiToken:
        """Store an API token of a user.

        Raises:
            ConfigurationError: The name or the scopes are empty.
        """
        if not name.strip() or not scopes:
            raise ConfigurationError("a token takes a name and at least one scope")
        with self.database.begin() as connection:
            audit.record(connection, entry)
            return tokens.add_token(connection, digest, user_id, name.strip(), scopes, expires_at=expires_at, now=now)

    def token(self, digest: str, now: datetime) -> ApiToken | None:
        """Return an API token, and store that it was used; None if there is none or it has ended."""
        with self.database.read() as connection:
            found = tokens.token(connection, digest, now)
        if found is not None and sessions.is_seen_due(found.used_at, now):
            with self.database.begin() as connection:
                tokens.used(connection, found.id, now)
        return found

    def tokens_of(self, user_id: int | None) -> Sequence[ApiToken]:
        """Return the API tokens of a user, or of all with None, the newest first."""
        with self.database.read() as connection:
            return tokens.tokens_of(connection, user_id)

    def remove_token(self, token_id: int, user_id: int | None, *, entry: AuditEntry) -> bool:
        """Remove an API token of a user, or of any with None; False if there is none."""
        with self.database.begin() as connection:
            removed = tokens.remove_token(connection, token_id, user_id)
            if removed:
                audit.record(connection, entry)
            return removed

    def signing_key(self, name: str, fresh: bytes, now: datetime) -> bytes:
        """Return the key of signed links with this name; `fresh`, 32 random bytes, becomes it where there is none."""
        with self.database.read() as connection:
            stored = tokens.signing_key(connection, name)
        if stored is not None:
            return stored
        with self.database.begin() as connection:
            return tokens.store_signing_key(connection, name, fresh, now)

    def revoke_links(self, name: str, *, entry: AuditEntry) -> None:
        """End all links that were signed with the key of this name."""
        with self.database.begin() as connection:
            audit.record(connection, entry)
            tokens.remove_signing_key(connection, name)

    def record(self, entry: AuditEntry) -> None:
        """Add an entry to the audit log."""
        with self.database.begin() as connection:
            audit.record(connection, entry)

    def audit_slice(self, cursor: Cursor, *, user_id: int | None = None) -> Slice[AuditEntry]:
        """Return a slice of the audit log, the newest first; of one user, or of all with None."""
        with self.database.read() as connection:
            return audit.audit_slice(connection, cursor, user_id=user_id)
