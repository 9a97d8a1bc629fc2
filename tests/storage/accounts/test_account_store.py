"""The account store, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import ConfigurationError, UnknownName
from storage.account_store import AccountStore
from storage.accounts.model import IDLE, AuditEntry, LinkPurpose, Role, TokenScope
from storage.accounts.throttle import FORGOTTEN_AFTER
from storage.database.connection import Database
from storage.queries.paging import Cursor

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = AuditEntry(NOW, None, "", "test")
END = NOW + timedelta(days=30)


@pytest.fixture
def accounts(database: Database) -> AccountStore:
    return AccountStore(database)


def begin(accounts: AccountStore, digest: str, user_id: int) -> None:
    accounts.start_session(digest * 64, user_id, expires_at=END, address="::1", browser="x" * 999, now=NOW, entry=ENTRY)


def test_names_are_compared_without_case_and_form(accounts: AccountStore):
    assert not accounts.has_users()
    ada = accounts.add_user(" Ada Straße ", Role.EDITOR, now=NOW, entry=ENTRY)
    assert (ada.name, ada.role, ada.is_active, ada.has_password, ada.last_login_at) == (
        "Ada Straße",
        Role.EDITOR,
        True,
        False,
        None,
    )
    for same in ("ADA STRASSE", "ａｄａ straße"):
        assert accounts.user_named(same) == ada
        with pytest.raises(ConfigurationError):
            accounts.add_user(same, Role.VIEWER, now=NOW, entry=ENTRY)
    for unusable in ("", "  ", "a\nb", "x" * 65):
        with pytest.raises(ConfigurationError):
            accounts.add_user(unusable, Role.VIEWER, now=NOW, entry=ENTRY)
    assert accounts.users() == [ada]
    with pytest.raises(UnknownName):
        accounts.user(ada.id + 1)


def test_a_failed_change_leaves_no_audit_entry(accounts: AccountStore):
    accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=ENTRY)
    with pytest.raises(ConfigurationError):
        accounts.add_user("ada", Role.ADMIN, now=NOW, entry=ENTRY)
    assert len(accounts.audit_slice(Cursor(10)).rows) == 1


def test_two_administrators_cannot_remove_each_other_at_once(accounts: AccountStore):
    users = [accounts.add_user(name, Role.ADMIN, now=NOW, entry=ENTRY) for name in ("Ada", "Bob")]
    refused: list[Exception] = []

    def demote(user_id: int) -> None:
        try:
            accounts.change_user(user_id, role=Role.VIEWER, entry=ENTRY)
        except ConfigurationError as error:
            refused.append(error)

    threads = [threading.Thread(target=demote, args=(user.id,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert [user.role for user in accounts.users()].count(Role.ADMIN) == 1


def test_a_session_ends_with_its_time_its_idleness_and_its_user(accounts: AccountStore):
    ada = accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=ENTRY)
    bob = accounts.add_user("Bob", Role.VIEWER, now=NOW, entry=ENTRY)
    begin(accounts, "a", bob.id)
    assert accounts.session("a" * 64, NOW).user.name == "Bob"
    assert len(accounts.session("a" * 64, NOW).browser) == 300
    assert accounts.session("b" * 64, NOW) is None
    later = NOW + IDLE - timedelta(seconds=1)
    assert accounts.session("a" * 64, later) is not None
    assert accounts.session("a" * 64, later).seen_at == later
    assert accounts.session("a" * 64, later + IDLE) is None
    assert accounts.session("a" * 64, END) is None
    accounts.change_user(bob.id, is_active=False, entry=ENTRY)
    assert accounts.sessions_of(bob.id, NOW) == []
    assert accounts.session("a" * 64, NOW) is None
    begin(accounts, "c", ada.id)
    assert not accounts.end_session("c" * 64, bob.id, entry=ENTRY)
    assert accounts.end_session("c" * 64, ada.id, entry=ENTRY)


def test_a_removed_user_leaves_only_audit_entries(accounts: AccountStore):
    accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=ENTRY)
    bob = accounts.add_user("Bob", Role.EDITOR, now=NOW, entry=ENTRY)
    begin(accounts, "a", bob.id)
    accounts.add_token("b" * 64, bob.id, "feed", [TokenScope.READ], expires_at=None, now=NOW, entry=ENTRY)
    accounts.make_link("c" * 64, LinkPurpose.PASSWORD, bob.id, expires_at=END, now=NOW)
    by_bob = AuditEntry(NOW, bob.id, "Bob", "page.added", "https://a.example/", {"every": "6h"}, "::1")
    accounts.record(by_bob)
    accounts.remove_user(bob.id, entry=ENTRY)
    assert [user.name for user in accounts.users()] == ["Ada"]
    assert accounts.token("b" * 64, NOW) is None
    assert accounts.link("c" * 64, NOW) is None
    (kept,) = accounts.audit_slice(Cursor(10), user_id=bob.id).rows
    assert (kept.user_name, kept.subject, kept.detail) == ("Bob", "https://a.example/", {"every": "6h"})


def test_a_link_is_used_once_even_by_two_at_once(accounts: AccountStore):
    accounts.make_link("a" * 64, LinkPurpose.FIRST_ADMIN, None, expires_at=END, now=NOW)
    made: list[object] = []

    def use(name: str) -> None:
        made.append(accounts.use_link_for_first_admin("a" * 64, name, "hash", now=NOW, entry=ENTRY))

    threads = [threading.Thread(target=use, args=(name,)) for name in ("Ada", "Bob", "Eve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([user for user in made if user is not None]) == 1
    assert len(accounts.users()) == 1
    accounts.make_link("b" * 64, LinkPurpose.FIRST_ADMIN, None, expires_at=END, now=NOW)
    assert accounts.use_link_for_first_admin("b" * 64, "Eve", "hash", now=NOW, entry=ENTRY) is None


def test_a_password_link_ends_sessions_and_other_links(accounts: AccountStore):
    ada = accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=ENTRY)
    begin(accounts, "a", ada.id)
    accounts.make_link("b" * 64, LinkPurpose.PASSWORD, ada.id, expires_at=END, now=NOW)
    accounts.make_link("c" * 64, LinkPurpose.PASSWORD, ada.id, expires_at=END, now=NOW)
    assert accounts.link("b" * 64, NOW) is None
    assert accounts.link("c" * 64, END) is None
    assert accounts.use_link_for_first_admin("c" * 64, "Eve", "hash", now=NOW, entry=ENTRY) is None
    assert accounts.use_link_for_password("c" * 64, "hash", now=NOW, entry=ENTRY).id == ada.id
    assert accounts.use_link_for_password("c" * 64, "hash", now=NOW, entry=ENTRY) is None
    assert accounts.session("a" * 64, NOW) is None
    assert accounts.credentials("ada").password_hash == "hash"
    accounts.rehash(ada.id, "other", "new")
    assert accounts.credentials("ada").password_hash == "hash"
    accounts.rehash(ada.id, "hash", "new")
    assert accounts.credentials("ada").password_hash == "new"


def test_a_one_time_password_is_used_once(accounts: AccountStore):
    ada = accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=ENTRY)
    accounts.set_totp(ada.id, "SECRET", 100, entry=ENTRY)
    assert accounts.credentials("ada").totp_secret == "SECRET"
    assert not accounts.use_totp(ada.id, 100)
    assert accounts.use_totp(ada.id, 101)
    assert not accounts.use_totp(ada.id, 101)
    accounts.set_totp(ada.id, None, None, entry=ENTRY)
    assert accounts.use_totp(ada.id, 1)


def test_failures_are_counted_and_forgotten(accounts: AccountStore):
    for _ in range(3):
        accounts.count_failure(["a", "b"], NOW, entry=ENTRY)
    assert accounts.failures(["a", "b", "c"], NOW) == {"a": (3, NOW), "b": (3, NOW)}
    assert accounts.failures(["a"], NOW + FORGOTTEN_AFTER) == {}
    ada = accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=ENTRY)
    accounts.start_session("d" * 64, ada.id, expires_at=END, address="", browser="", now=NOW, entry=ENTRY, clear=["a"])
    assert set(accounts.failures(["a", "b"], NOW)) == {"b"}
    accounts.count_failure(["a"], NOW + FORGOTTEN_AFTER, entry=ENTRY)
    assert accounts.failures(["a", "b"], NOW + FORGOTTEN_AFTER) == {"a": (1, NOW + FORGOTTEN_AFTER)}


def test_tokens_end_and_are_removed_by_their_user(accounts: AccountStore):
    ada = accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=ENTRY)
    bob = accounts.add_user("Bob", Role.EDITOR, now=NOW, entry=ENTRY)
    scopes = [TokenScope.READ, TokenScope.METRICS]
    made = accounts.add_token("a" * 64, bob.id, " feed ", scopes, expires_at=END, now=NOW, entry=ENTRY)
    assert (made.name, made.scopes, made.used_at) == ("feed", frozenset(scopes), None)
    assert accounts.token("a" * 64, END) is None
    assert accounts.token("a" * 64, NOW) == made
    assert accounts.token("a" * 64, NOW).used_at == NOW
    assert not accounts.remove_token(made.id, ada.id, entry=ENTRY)
    assert [token.id for token in accounts.tokens_of(None)] == [made.id]
    assert accounts.remove_token(made.id, None, entry=ENTRY)
    assert accounts.tokens_of(bob.id) == []
    for name, wanted in ((" ", scopes), ("x", [])):
        with pytest.raises(ConfigurationError):
            accounts.add_token("b" * 64, bob.id, name, wanted, expires_at=None, now=NOW, entry=ENTRY)


def test_a_signing_key_is_made_once_and_can_be_revoked(accounts: AccountStore):
    assert accounts.signing_key("share", b"1" * 32, NOW) == b"1" * 32
    assert accounts.signing_key("share", b"2" * 32, NOW) == b"1" * 32
    accounts.revoke_links("share", entry=ENTRY)
    assert accounts.signing_key("share", b"3" * 32, NOW) == b"3" * 32


def test_the_audit_log_is_read_in_slices(accounts: AccountStore):
    for number in range(5):
        accounts.record(AuditEntry(NOW, None, "", f"action {number}"))
    first = accounts.audit_slice(Cursor(2))
    assert [entry.action for entry in first.rows] == ["action 4", "action 3"]
    second = accounts.audit_slice(Cursor(2, after=first.rows[-1].id))
    assert [entry.action for entry in second.rows] == ["action 2", "action 1"]
    back = accounts.audit_slice(Cursor(2, before=second.rows[0].id))
    assert [entry.action for entry in back.rows] == ["action 4", "action 3"]
