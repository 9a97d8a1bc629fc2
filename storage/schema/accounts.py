"""Tables of accounts: users, sessions, API tokens, one-time links, throttled logins, keys for signed links, and the audit log."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text, true

from storage.accounts.model import LinkPurpose, Role
from storage.database.columns import BinarySha256, JsonText, Key, Prose, UtcDateTime, closed
from storage.schema.base import metadata

users = Table(
    "users",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("name", Prose, nullable=False, comment="Login name as it is shown."),
    Column("name_key", Prose, nullable=False, unique=True, comment="Login name for comparison: NFKC, case-folded."),
    *closed("role", Role, comment="What the user may do."),
    Column("password_hash", Prose, comment="Argon2id hash with its parameters; null: no password yet, or another way to log in."),
    Column("totp_secret", Prose, comment="Secret of the time-based one-time passwords (RFC 6238), base32; null: not used."),
    Column("totp_step", Key, comment="Newest time step whose one-time password was used; it is accepted once; null: none."),
    Column("subject", Prose, unique=True, comment="Issuer and subject of the user's OpenID Connect identity; null: none."),
    Column("is_active", Boolean, nullable=False, server_default=true(), comment="Whether the user may log in."),
    Column("created_at", UtcDateTime, nullable=False, comment="When the user was added (observing clock)."),
    Column("last_login_at", UtcDateTime, comment="When the user last logged in (observing clock); null: never."),
    comment="People who may use the web application. Written by the web application and the users commands.",
)  # fmt: skip

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", BinarySha256, primary_key=True, comment="SHA-256 of the cookie's token, which is not stored."),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="The user."),
    Column("created_at", UtcDateTime, nullable=False, comment="When the user logged in (observing clock)."),
    Column("seen_at", UtcDateTime, nullable=False, comment="When it was last used, to five minutes (observing clock)."),
    Column("expires_at", UtcDateTime, nullable=False, comment="When it ends, whatever its use (observing clock)."),
    Column("address", Prose, nullable=False, comment="Network address of the login; empty: unknown."),
    Column("browser", Prose, nullable=False, comment="User-Agent of the login, cut; empty: none."),
    Index("ix_sessions_user_id", "user_id"),
    comment="Logins. Written by the web application; deleted at logout, when revoked, and after expires_at.",
)  # fmt: skip

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Key, primary_key=True, comment="Key."),
    Column("token_sha256", BinarySha256, nullable=False, unique=True, comment="SHA-256 of the token, which is not stored."),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="The user on whose behalf it acts."),
    Column("name", Prose, nullable=False, comment="What it is for."),
    Column("scopes", JsonText, nullable=False, comment="What it may do: a list of read, edit, admin, metrics."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was made (observing clock)."),
    Column("expires_at", UtcDateTime, comment="When it ends (observing clock); null: never."),
    Column("used_at", UtcDateTime, comment="When it was last used, to five minutes (observing clock); null: never."),
    Index("ix_api_tokens_user_id", "user_id"),
    comment="Tokens of programs and feed readers. Written by the web application and the tokens commands.",
)  # fmt: skip

one_time_links = Table(
    "one_time_links",
    metadata,
    Column("token_sha256", BinarySha256, primary_key=True, comment="SHA-256 of the link's token, which is not stored."),
    *closed("purpose", LinkPurpose, comment="What it allows."),
    Column("user_id", ForeignKey("users.id"), comment="The user who may choose a password; null for the first administrator."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was made (observing clock)."),
    Column("expires_at", UtcDateTime, nullable=False, comment="When it ends (observing clock)."),
    Index("ix_one_time_links_user_id", "user_id"),
    comment="Links with which a user chooses a password, once. Deleted when used.",
)  # fmt: skip

login_throttles = Table(
    "login_throttles",
    metadata,
    Column("subject", String(80), primary_key=True, comment="What is throttled: digest of a name or of a network."),
    Column("failures", Integer, nullable=False, comment="Failed logins since the last success or pause of a day."),
    Column("failed_at", UtcDateTime, nullable=False, comment="When one last failed (observing clock)."),
    comment="Failed logins, by name and by network. Written by the web application; deleted after a day.",
)  # fmt: skip

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("name", String(32), primary_key=True, comment="What is signed with it."),
    Column("secret", LargeBinary, nullable=False, comment="The key: 32 random bytes."),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was made (observing clock)."),
    comment="Keys of signed links. Deleting one revokes all links that were signed with it.",
)  # fmt: skip

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Key, primary_key=True, comment="Key, in the order of the actions."),
    Column("at", UtcDateTime, nullable=False, comment="When it happened (observing clock)."),
    # No foreign key: an entry outlives its user.
    Column("user_id", Key, comment="Who did it; null: no user was logged in, or the command line."),
    Column("user_name", Prose, nullable=False, comment="Name of the user at that time; empty with user_id null."),
    Column("action", String(64), nullable=False, comment="What was done: a word such as login or page.added."),
    Column("subject", Prose, nullable=False, comment="What it was done to: a name or URL; empty: nothing."),
    Column("detail", JsonText, nullable=False, server_default=text("'{}'"), comment="More about it: a JSON object of strings."),
    Column("address", Prose, nullable=False, comment="Network address of the request; empty: none."),
    Index("ix_audit_log_user_id", "user_id", "id"),
    comment="What users did in the web application, and failed logins. Only added to.",
)  # fmt: skip
