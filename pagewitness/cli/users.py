"""The `users` commands: they work without the web interface, also for an administrator who is locked out."""

from __future__ import annotations

from monitor.errors import ConfigurationError
from monitor.times import iso_utc
from pagewitness.cli.common import app_on
from pagewitness.cli.output import err, print_json, print_table
from pagewitness.clock import system_clock
from pagewitness.web.access.tokens import digest, new_token
from pagewitness.web.accounts.first_admin import first_admin_link
from pagewitness.web.accounts.login import LINK_LENGTH, WELCOME
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, LinkPurpose, Role, User


def list_users(*, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.users.list_users`."""
    with app_on(db) as parts:
        found = AccountStore(parts.database).users()
        if json:
            print_json(map(_user_json, found))
            return
        print_table(
            ["name", "role", "login", "last login"],
            [
                (
                    user.name,
                    user.role.value,
                    _login(user),
                    iso_utc(user.last_login_at) if user.last_login_at else "never",
                )
                for user in found
            ],
            empty="there is no user yet; `pagewitness users link` makes a link for the first administrator",
        )


def add(name: str, *, role: str, db: str | None) -> None:
    """See `pagewitness.cli.commands.users.add`."""
    try:
        wanted = Role(role)
    except ValueError:
        raise ConfigurationError(f"{role!r} is no role; it takes viewer, editor or admin") from None
    with app_on(db) as parts:
        accounts = AccountStore(parts.database)
        user = accounts.add_user(name, wanted, now=system_clock(), entry=_entry("user.added", name, role=role))
        print(_password_link(accounts, user, parts.settings.base_url))


def link(name: str | None, *, db: str | None) -> None:
    """See `pagewitness.cli.commands.users.link`."""
    with app_on(db) as parts:
        accounts, base = AccountStore(parts.database), parts.settings.base_url
        if name is not None:
            print(_password_link(accounts, _named(accounts, name), base))
            return
        first = first_admin_link(accounts, base, system_clock())
        if first is None:
            raise ConfigurationError("there are users already; name the one who is to choose a password")
        print(first)


def set_active(name: str, *, is_active: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.users.disable`."""
    with app_on(db) as parts:
        accounts = AccountStore(parts.database)
        user = _named(accounts, name)
        entry = _entry("user.enabled" if is_active else "user.disabled", user.name)
        accounts.change_user(user.id, is_active=is_active, entry=entry)
        err.print(f"{user.name} may {'log in' if is_active else 'no longer log in'}")


def reset_one_time_passwords(name: str, *, db: str | None) -> None:
    """See `pagewitness.cli.commands.users.reset_one_time_passwords`."""
    with app_on(db) as parts:
        accounts = AccountStore(parts.database)
        user = _named(accounts, name)
        accounts.set_totp(user.id, None, None, entry=_entry("totp.off", user.name))
        err.print(f"{user.name} logs in without one-time password")


def _named(accounts: AccountStore, name: str) -> User:
    user = accounts.user_named(name)
    if user is None:
        raise ConfigurationError(f"there is no user {name}; `pagewitness users list` lists them")
    return user


def _password_link(accounts: AccountStore, user: User, base_url: str) -> str:
    token, now = new_token(), system_clock()
    entry = _entry("link.made", user.name)
    accounts.make_link(digest(token), LinkPurpose.PASSWORD, user.id, expires_at=now + LINK_LENGTH, now=now, entry=entry)
    return f"{base_url}{WELCOME}{token}"


def _entry(action: str, subject: str, **detail: str) -> AuditEntry:
    return AuditEntry(system_clock(), None, "", action, subject, {**detail, "by": "command line"})


def _login(user: User) -> str:
    if not user.is_active:
        return "disabled"
    return ("password" if user.has_password else "no password yet") + (
        " and one-time password" if user.has_totp else ""
    )


def _user_json(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role.value,
        "is_active": user.is_active,
        "has_password": user.has_password,
        "has_one_time_password": user.has_totp,
        "created_at": iso_utc(user.created_at),
        "last_login_at": None if user.last_login_at is None else iso_utc(user.last_login_at),
    }
