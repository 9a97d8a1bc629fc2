"""The `users` commands, which work without the web interface."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagewitness.clock import system_clock
from pagewitness.web.access.tokens import digest
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, LinkPurpose, Role
from storage.database.engine import open_database
from storage.queries.paging import Cursor
from tests.e2e.command import pagewitness
from tests.pagewitness.archived import NOON


@pytest.fixture
def db(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'watch.db'}"
    open_database(url).close()
    return url


def token_of(link: str) -> str:
    base, _, token = link.strip().rpartition("/welcome/")
    assert base == "http://127.0.0.1:8080"
    return token


def test_a_user_is_added_with_a_link_to_choose_a_password(db: str):
    first = pagewitness("users", "link", db=db)
    assert first.code == 0
    added = pagewitness("users", "add", "Ada", "--role", "admin", db=db)
    assert added.code == 0
    database = open_database(db)
    try:
        accounts = AccountStore(database)
        now = system_clock()
        assert accounts.link(digest(token_of(first.out)), now).purpose is LinkPurpose.FIRST_ADMIN
        link = accounts.link(digest(token_of(added.out)), now)
        assert (link.purpose, link.user.name, link.user.role) == (LinkPurpose.PASSWORD, "Ada", Role.ADMIN)
        entries = accounts.audit_slice(Cursor(10)).rows
        assert [(entry.action, entry.subject, entry.detail.get("by")) for entry in entries] == [
            ("link.made", "Ada", "command line"),
            ("user.added", "Ada", "command line"),
        ]
    finally:
        database.close()
    (row,) = pagewitness("users", "list", "--json", db=db).rows
    assert (row["name"], row["role"], row["is_active"], row["has_password"]) == ("Ada", "admin", True, False)
    assert "no password yet" in pagewitness("users", "list", db=db).out


def test_a_user_is_disabled_and_enabled_but_never_the_last_administrator(db: str):
    pagewitness("users", "add", "Ada", "--role", "admin", db=db)
    pagewitness("users", "add", "Bob", db=db)
    assert "last administrator" in pagewitness("users", "disable", "Ada", db=db).message
    assert pagewitness("users", "disable", "bob", db=db).err == "Bob may no longer log in\n"
    assert "disabled" in pagewitness("users", "list", db=db).out
    assert pagewitness("users", "enable", "BOB", db=db).err == "Bob may log in\n"


def test_one_time_passwords_are_reset(db: str):
    pagewitness("users", "add", "Ada", db=db)
    database = open_database(db)
    try:
        accounts = AccountStore(database)
        user = accounts.user_named("ada")
        accounts.set_totp(user.id, "SECRET", 1, entry=AuditEntry(NOON, None, "", "test"))
        assert pagewitness("users", "reset-one-time-passwords", "Ada", db=db).code == 0
        assert accounts.credentials("ada").totp_secret is None
    finally:
        database.close()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "Ada", "--role", "owner"), "is no role"),
        (("add", " "), "1 to 64"),
        (("link", "Eve"), "there is no user Eve"),
        (("disable", "Eve"), "there is no user Eve"),
    ],
)
def test_wrong_use_is_answered_in_one_line(db: str, words: tuple[str, ...], message: str):
    done = pagewitness("users", *words, db=db)
    assert done.code == 2
    assert message in done.message


def test_a_link_for_the_first_administrator_is_made_only_while_there_is_no_user(db: str):
    pagewitness("users", "add", "Ada", db=db)
    assert "there are users already" in pagewitness("users", "link", db=db).message
