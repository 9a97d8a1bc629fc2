"""The one-time link with which the first administrator is added."""

from __future__ import annotations

from datetime import datetime

from pagewitness.web.access.tokens import digest, new_token
from pagewitness.web.accounts.login import LINK_LENGTH, WELCOME
from storage.account_store import AccountStore
from storage.accounts.model import LinkPurpose


def first_admin_link(accounts: AccountStore, base_url: str, now: datetime) -> str | None:
    """Make the link, which replaces an earlier one; None if there is a user already.

    Args:
        accounts: Where it is stored.
        base_url: Public URL of the web application, without a slash at the end.
        now: On the observing clock.
    """
    if accounts.has_users():
        return None
    token = new_token()
    accounts.make_link(digest(token), LinkPurpose.FIRST_ADMIN, None, expires_at=now + LINK_LENGTH, now=now)
    return f"{base_url}{WELCOME}{token}"
