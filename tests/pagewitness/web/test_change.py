"""The screen of one change."""

from __future__ import annotations

import httpx
import pytest

from alerts.model import Rule, WebhookChannel
from alerts.rules import DEFAULT_KINDS
from monitor.model import Level
from tests.pagewitness.archived import NOON, Archive
from tests.pagewitness.web.test_home import URL, fact, record, text


def event_ids(archive: Archive) -> dict[str, int]:
    return {recorded.event.change.kind.value: recorded.id for recorded in archive.history.events()}


def test_a_change_shows_both_sides_and_what_else_the_check_found(archive: Archive, client: httpx.Client):
    archive.page(URL, "Coalition home")
    record(archive, URL, 0, fact(83, 85), text("A new sentence."))
    ids = event_ids(archive)
    shown = client.get("/change", params={"id": ids["fact_changed"]}).text
    assert "<h1>members 83 → 85 (+2)</h1>" in shown
    assert "It has <mark>83</mark> members." in shown
    assert "It has <mark>85</mark> members." in shown
    assert "Coalition home" in shown
    assert f'href="/change?id={ids["text_changed"]}"' in shown
    assert 'href="/compare?' in shown
    assert 'href="/fact?' in shown
    assert shown.count(f"/{URL}") >= 2, "both archived pages"


def test_a_change_says_why_nothing_was_sent(archive: Archive, client: httpx.Client):
    record(archive, URL, 0, fact(83, 85))
    key = event_ids(archive)["fact_changed"]
    assert "Nothing: no rule is declared" in client.get("/change", params={"id": key}).text
    hook = WebhookChannel("hook", "https://hook.example/", secret="env:SECRET")
    archive.store.apply_declared(
        [], [], [hook], [Rule("gone", frozenset(DEFAULT_KINDS), ("hook",), pages=("https://other.example/",))], now=NOON
    )
    shown = client.get("/change", params={"id": key}).text
    assert "does not:" in shown
    assert "<strong>gone</strong>" in shown


def test_noise_is_named_as_such_and_markup_is_escaped(archive: Archive, client: httpx.Client):
    record(archive, URL, 0, text("<script>alert(1)</script>", Level.NOISE))
    shown = client.get("/change", params={"id": event_ids(archive)["text_changed"]}).text
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize("key", ["", "x", "-1", "99", "9" * 30, "1 OR 1=1"])
def test_an_unknown_change_is_answered_with_404(client: httpx.Client, key: str):
    answer = client.get("/change", params={"id": key})
    assert (answer.status_code, "No such change" in answer.text) == (404, True)


def test_the_lists_lead_to_changes(archive: Archive, client: httpx.Client):
    record(archive, URL, 0, fact(83, 85))
    key = event_ids(archive)["fact_changed"]
    for path in ("/", "/changes"):
        assert f'href="/change?id={key}"' in client.get(path).text, path
