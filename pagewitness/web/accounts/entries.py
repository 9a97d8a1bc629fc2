"""The routes of accounts."""

from __future__ import annotations

from pagewitness.web.access.cookies import Cookies
from pagewitness.web.access.gate import Entry
from pagewitness.web.access.identity import Access
from pagewitness.web.access.passwords import Passwords
from pagewitness.web.accounts.account import PATH as ACCOUNT
from pagewitness.web.accounts.account import AccountScreen
from pagewitness.web.accounts.administration import AUDIT, USERS, AuditScreen, UsersScreen
from pagewitness.web.accounts.login import WELCOME, LoginScreens
from pagewitness.web.screens import Screens
from storage.account_store import AccountStore


def account_entries(screens: Screens, accounts: AccountStore, cookies: Cookies, base_url: str | None) -> list[Entry]:
    """Return the routes of login, accounts, users and the audit log."""
    passwords = Passwords()
    login = LoginScreens(screens, accounts, cookies, passwords)
    account = AccountScreen(screens, accounts, cookies, passwords)
    users = UsersScreen(screens, accounts, base_url)
    return [
        Entry("/login", login.form, Access.PUBLIC),
        Entry("/login", login.log_in, Access.PUBLIC, ("POST",)),
        Entry("/logout", login.log_out, Access.PUBLIC, ("POST",)),
        Entry(WELCOME + "{token}", login.welcome, Access.PUBLIC),
        Entry(WELCOME + "{token}", login.choose, Access.PUBLIC, ("POST",)),
        Entry(ACCOUNT, account.answer, Access.ACCOUNT),
        Entry(f"{ACCOUNT}/password", account.change_password, Access.ACCOUNT, ("POST",)),
        Entry(f"{ACCOUNT}/sessions", account.end_session, Access.ACCOUNT, ("POST",)),
        Entry(f"{ACCOUNT}/one-time-passwords", account.set_totp, Access.ACCOUNT, ("POST",)),
        Entry(f"{ACCOUNT}/tokens", account.add_token, Access.ACCOUNT, ("POST",)),
        Entry(f"{ACCOUNT}/tokens/remove", account.remove_token, Access.ACCOUNT, ("POST",)),
        Entry(USERS, users.answer, Access.ADMIN),
        Entry(USERS, users.add, Access.ADMIN, ("POST",)),
        Entry(f"{USERS}/change", users.change, Access.ADMIN, ("POST",)),
        Entry(AUDIT, AuditScreen(screens, accounts).answer, Access.ADMIN),
    ]
