"""Accounts: users, sessions, API tokens, one-time links, throttled logins, keys of signed links, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("name", sa.Text(), nullable=False, comment="Login name as it is shown."),
        sa.Column("name_key", sa.Text(), nullable=False, comment="Login name for comparison: NFKC, case-folded."),
        sa.Column("role", sa.String(32), nullable=False, comment="What the user may do."),
        sa.Column("password_hash", sa.Text(), nullable=True, comment="Argon2id hash with its parameters; null: no password yet, or another way to log in."),
        sa.Column("totp_secret", sa.Text(), nullable=True, comment="Secret of the time-based one-time passwords (RFC 6238), base32; null: not used."),
        sa.Column("totp_step", KEY, nullable=True, comment="Newest time step whose one-time password was used; it is accepted once; null: none."),
        sa.Column("subject", sa.Text(), nullable=True, comment="Issuer and subject of the user's OpenID Connect identity; null: none."),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true(), comment="Whether the user may log in."),
        sa.Column("created_at", TIME, nullable=False, comment="When the user was added (observing clock)."),
        sa.Column("last_login_at", TIME, nullable=True, comment="When the user last logged in (observing clock); null: never."),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'admin')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("subject", name=op.f("uq_users_subject")),
        sa.UniqueConstraint("name_key", name=op.f("uq_users_name_key")),
        comment="People who may use the web application. Written by the web application and the users commands.",
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.LargeBinary(32), nullable=False, comment="SHA-256 of the cookie's token, which is not stored."),
        sa.Column("user_id", KEY, nullable=False, comment="The user."),
        sa.Column("created_at", TIME, nullable=False, comment="When the user logged in (observing clock)."),
        sa.Column("seen_at", TIME, nullable=False, comment="When it was last used, to five minutes (observing clock)."),
        sa.Column("expires_at", TIME, nullable=False, comment="When it ends, whatever its use (observing clock)."),
        sa.Column("address", sa.Text(), nullable=False, comment="Network address of the login; empty: unknown."),
        sa.Column("browser", sa.Text(), nullable=False, comment="User-Agent of the login, cut; empty: none."),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
        comment="Logins. Written by the web application; deleted at logout, when revoked, and after expires_at.",
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "api_tokens",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("token_sha256", sa.LargeBinary(32), nullable=False, comment="SHA-256 of the token, which is not stored."),
        sa.Column("user_id", KEY, nullable=False, comment="The user on whose behalf it acts."),
        sa.Column("name", sa.Text(), nullable=False, comment="What it is for."),
        sa.Column("scopes", sa.Text(), nullable=False, comment="What it may do: a list of read, edit, admin, metrics."),
        sa.Column("created_at", TIME, nullable=False, comment="When it was made (observing clock)."),
        sa.Column("expires_at", TIME, nullable=True, comment="When it ends (observing clock); null: never."),
        sa.Column("used_at", TIME, nullable=True, comment="When it was last used, to five minutes (observing clock); null: never."),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_tokens_token_sha256")),
        comment="Tokens of programs and feed readers. Written by the web application and the tokens commands.",
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    op.create_table(
        "one_time_links",
        sa.Column("token_sha256", sa.LargeBinary(32), nullable=False, comment="SHA-256 of the link's token, which is not stored."),
        sa.Column("purpose", sa.String(32), nullable=False, comment="What it allows."),
        sa.Column("user_id", KEY, nullable=True, comment="The user who may choose a password; null for the first administrator."),
        sa.Column("created_at", TIME, nullable=False, comment="When it was made (observing clock)."),
        sa.Column("expires_at", TIME, nullable=False, comment="When it ends (observing clock)."),
        sa.CheckConstraint("purpose IN ('first_admin', 'password')", name=op.f("ck_one_time_links_purpose")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_one_time_links")),
        comment="Links with which a user chooses a password, once. Deleted when used.",
    )
    op.create_index("ix_one_time_links_user_id", "one_time_links", ["user_id"])
    op.create_table(
        "login_throttles",
        sa.Column("subject", sa.String(80), nullable=False, comment="What is throttled: digest of a name or of a network."),
        sa.Column("failures", sa.Integer(), nullable=False, comment="Failed logins since the last success or pause of a day."),
        sa.Column("failed_at", TIME, nullable=False, comment="When one last failed (observing clock)."),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_throttles")),
        comment="Failed logins, by name and by network. Written by the web application; deleted after a day.",
    )
    op.create_table(
        "signing_keys",
        sa.Column("name", sa.String(32), nullable=False, comment="What is signed with it."),
        sa.Column("secret", sa.LargeBinary(), nullable=False, comment="The key: 32 random bytes."),
        sa.Column("created_at", TIME, nullable=False, comment="When it was made (observing clock)."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_signing_keys")),
        comment="Keys of signed links. Deleting one revokes all links that were signed with it.",
    )
    op.create_table(
        "audit_log",
        sa.Column("id", KEY, nullable=False, comment="Key, in the order of the actions."),
        sa.Column("at", TIME, nullable=False, comment="When it happened (observing clock)."),
        sa.Column("user_id", KEY, nullable=True, comment="Who did it; null: no user was logged in, or the command line."),
        sa.Column("user_name", sa.Text(), nullable=False, comment="Name of the user at that time; empty with user_id null."),
        sa.Column("action", sa.String(64), nullable=False, comment="What was done: a word such as login or page.added."),
        sa.Column("subject", sa.Text(), nullable=False, comment="What it was done to: a name or URL; empty: nothing."),
        sa.Column("detail", sa.Text(), nullable=False, server_default=sa.text("'{}'"), comment="More about it: a JSON object of strings."),
        sa.Column("address", sa.Text(), nullable=False, comment="Network address of the request; empty: none."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        comment="What users did in the web application, and failed logins. Only added to.",
    )
    op.create_index("ix_audit_log_user_id", "audit_log", ["user_id", "id"])
