"""Acknowledgements and comments on the screen of a change."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.access.tokens import digest, form_token
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, Role
from storage.event_note_store import LONGEST_COMMENT
from storage.queries.paging import Cursor
from tests.pagewitness.archived import NOON, Archive, Web
from tests.pagewitness.web.test_home import URL, fact, record
from tests.support.patience import PATIENCE_SECONDS

ENTRY = AuditEntry(NOON, None, "", "test")


@pytest.fixture
def accounts(archive: Archive, web: Web) -> AccountStore:
    accounts = AccountStore(archive.database)
    web.show(archive, accounts=accounts, access=AccessPolicy())
    end = NOON.replace(year=NOON.year + 1)
    for role in Role:
        user = accounts.add_user(role.value, role, now=NOON, entry=ENTRY)
        token = digest(role.value)
        accounts.start_session(token, user.id, expires_at=end, address="", browser="", now=NOON, entry=ENTRY)
    return accounts


@pytest.fixture
def http(accounts: AccountStore, web: Web) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture
def key(archive: Archive) -> str:
    record(archive, URL, 0, fact(83, 85))
    return str(next(iter(archive.history.events())).id)


def shown(http: httpx.Client, key: str, role: Role = Role.EDITOR) -> str:
    return http.get("/change", params={"id": key}, headers={"Cookie": f"pagewitness-session={role.value}"}).text


def send(http: httpx.Client, path: str, role: Role = Role.EDITOR, **fields: str) -> httpx.Response:
    data = {"form_token": form_token(role.value), **fields}
    return http.post(path, data=data, headers={"Cookie": f"pagewitness-session={role.value}"})


def test_a_change_is_acknowledged_once_and_that_is_withdrawn(http: httpx.Client, key: str, accounts: AccountStore):
    for _ in range(2):
        answer = send(http, "/change/acknowledge", id=key)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/change?id={key}")
    assert "Acknowledged by editor" in shown(http, key)
    send(http, "/change/acknowledge", id=key, withdraw="1")
    assert "Acknowledged by" not in shown(http, key)
    log = [(entry.action, entry.subject, entry.user_name) for entry in accounts.audit_slice(Cursor(2)).rows]
    assert log == [("change.acknowledgement_withdrawn", URL, "editor"), ("change.acknowledged", URL, "editor")]


def test_a_comment_is_plain_text_with_its_lines(http: httpx.Client, key: str, accounts: AccountStore):
    written = "Confirmed by phone.\r\n<script>alert(1)</script>"
    assert send(http, "/change/comment", id=key, comment=written).status_code == 303
    page = shown(http, key, Role.VIEWER)
    assert "Confirmed by phone.<br>&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    newest = accounts.audit_slice(Cursor(1)).rows[0]
    assert (newest.action, newest.detail) == ("change.commented", {"change": key})


def test_a_refused_comment_keeps_what_was_typed(http: httpx.Client, key: str):
    typed = "</textarea><b>" + "x" * LONGEST_COMMENT
    answer = send(http, "/change/comment", id=key, comment=typed)
    assert answer.status_code == 400
    assert "A comment has at most 4,000 characters" in answer.text
    assert "&lt;/textarea&gt;&lt;b&gt;xxx" in answer.text


def test_viewers_see_no_forms_and_may_not_send_them(http: httpx.Client, key: str):
    assert 'action="/change/' in shown(http, key)
    assert 'action="/change/' not in shown(http, key, Role.VIEWER)
    for path in ("/change/acknowledge", "/change/comment"):
        assert send(http, path, Role.VIEWER, id=key, comment="text").status_code == 403, path


def test_an_unknown_change_gets_no_notes(http: httpx.Client, key: str):
    for path in ("/change/acknowledge", "/change/comment"):
        for unknown in ("", "x", key + "999"):
            assert send(http, path, id=unknown, comment="text").status_code == 404, path
