"""The inbox of alerts over HTTP: filters, one message, sending a dead one again, and hostile texts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from monitor.model import AnalysisOutcome, Verdict
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.accounts.first_admin import first_admin_link
from storage.account_store import AccountStore
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.paging import Cursor
from tests.alerts.examples import planned
from tests.pagewitness.archived import NOON, Archive, Web
from tests.storage.snapshots import fact_changed

URL = "https://coalition.example/"
PASSWORD = "correct horse battery staple"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def send(
    archive: Archive, *, uid: str = "msg_0", channel: str = "desk", rule: str = "key facts", **change: object
) -> int:
    """Record an event on a page, and plan a message for it; return the alert's key."""
    snapshot = archive.add_snapshot(URL, f"<p>{uid}</p>", verdict=None)
    event = fact_changed(snapshot)
    event = replace(event, change=replace(event.change, **change))
    archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", events=(event,)), now=NOON)
    outbox = SqlOutbox(archive.database)
    (recorded,) = outbox.unplanned(10)
    content = {"subject": "Members: 85", "text": f"Members {HOSTILE}", "html": "<p>never shown</p>"}
    outbox.plan([recorded.id], [planned(recorded.id, rule, channel, uid, content)], now=NOON)
    with archive.database.read() as connection:
        return connection.execute(text("SELECT max(id) FROM alerts")).scalar_one()


def fail(archive: Archive, error: str = "550 refused", channel: str = "desk") -> None:
    outbox = SqlOutbox(archive.database)
    (claimed,) = outbox.claim("me", channel, lease=timedelta(seconds=30), limit=1)
    outbox.failed(claimed.id, "me", error, retry_in=None)


@pytest.fixture
def admin(archive: Archive, web: Web, client: httpx.Client) -> httpx.Client:
    """A client that is logged in."""
    accounts = AccountStore(archive.database)
    web.show(archive, accounts=accounts, access=AccessPolicy())
    submit(client, first_admin_link(accounts, "", NOON), name="Ada", password=PASSWORD, again=PASSWORD)
    return client


def submit(client: httpx.Client, path: str, to: str | None = None, **fields: str) -> httpx.Response:
    found = re.search(r'name="form_token" value="(\w+)"', client.get(path, headers={"Accept": "text/html"}).text)
    return client.post(to or path, data={"form_token": found[1], **fields}, headers={"Sec-Fetch-Site": "same-origin"})


def test_an_empty_inbox_says_what_to_do_next(client: httpx.Client):
    answer = client.get("/alerts")
    assert answer.status_code == 200
    assert "Nothing has been sent yet" in answer.text
    assert "No message is like that" in client.get("/alerts?rule=other").text


def test_messages_are_listed_with_their_sentence_and_filtered(archive: Archive, client: httpx.Client):
    send(archive)
    fail(archive)
    for query in ("", "?state=dead", "?channel=desk", "?rule=key+facts", f"?page={URL}", "?since=2020-01-01"):
        assert "550 refused" in client.get(f"/alerts{query}").text, query
    for query in ("?state=sent", "?channel=hook", "?fact=other", "?page=https://other.example/", "?since=2999-01-01"):
        assert "550 refused" not in client.get(f"/alerts{query}").text, query


def test_a_filter_that_cannot_be_read_is_explained_and_kept(client: httpx.Client):
    answer = client.get("/alerts?since=yesterday")
    assert (answer.status_code, "is not a date" in answer.text, 'value="yesterday"' in answer.text) == (400, True, True)
    assert client.get("/alerts?page=nothing").status_code == 400
    assert client.get("/alerts?state=other").status_code == 404
    assert client.get("/alerts?after=x").status_code == 404


def test_a_message_shows_its_text_and_why_it_was_sent(archive: Archive, client: httpx.Client):
    number = send(archive)
    answer = client.get("/alert?id=msg_0")
    assert "Members: 85" in answer.text
    assert "never shown" not in answer.text
    assert "no longer declared" in answer.text
    assert "/change?id=" in answer.text
    assert client.get(f"/alert?id={number}").text == answer.text
    assert client.get("/alert?id=unknown").status_code == 404


def test_a_held_alert_is_listed_with_the_time_until_which_it_waits(archive: Archive, client: httpx.Client):
    number = send(archive)
    with archive.database.begin() as connection:
        connection.execute(text("UPDATE alerts SET delivery_id = NULL, hold = 'digest', held_until = planned_at"))
        connection.execute(text("DELETE FROM deliveries"))
    assert "1 alert held" in client.get("/alerts").text
    assert "(digest)" in client.get("/alerts?state=held").text
    assert "held until 1 March 2021 12:00 UTC (digest)" in client.get(f"/alert?id={number}").text


def test_a_dead_message_is_sent_again_by_an_editor_and_recorded(archive: Archive, admin: httpx.Client):
    send(archive)
    fail(archive)
    answer = submit(admin, "/alerts?state=dead", "/alerts/retry", id="msg_0")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alert?id=msg_0")
    assert "waiting" in admin.get("/alert?id=msg_0").text
    newest = AccountStore(archive.database).audit_slice(Cursor(1)).rows[0]
    assert (newest.action, newest.subject) == ("alert.retried", "msg_0")
    assert submit(admin, "/account", "/alerts/retry", id="msg_0").status_code == 409
    assert AccountStore(archive.database).audit_slice(Cursor(1)).rows[0] == newest


def test_no_text_becomes_markup(archive: Archive, client: httpx.Client):
    send(archive, uid=f"msg_{HOSTILE}"[:60], channel=HOSTILE, rule=HOSTILE, sentence_after=HOSTILE, quote_after=HOSTILE)
    fail(archive, HOSTILE, HOSTILE)
    for path in ("/alerts", "/alert?id=1", "/alerts?channel=" + HOSTILE, "/alerts?since=" + HOSTILE):
        answer = client.get(path)
        assert "alert(1)" in answer.text, path
        assert "<script" not in answer.text, path
        assert "<img" not in answer.text, path
