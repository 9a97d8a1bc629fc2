"""`pagewitness feed`, as it is typed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from storage.store import SqlStore
from tests.pagewitness.cli.typed import typed
from tests.storage.snapshots import URL, add_page, archive, fact_changed, full, ok
from tests.support.feed_rules import atom_problems, json_feed_problems

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    """A page with three events."""
    page = add_page(store, NOON, label="Coalition")
    for hour in range(3):
        time = NOON + timedelta(hours=hour)
        snapshot = archive(store, page, full(time, b"%d" % hour), time)
        store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=time)
    return store


def test_atom_is_printed_newest_first(filled: SqlStore):
    result = typed(filled, "feed")
    assert result.exit_code == 0
    assert atom_problems(result.stdout_bytes) == []
    feed = feedparser.parse(result.stdout_bytes)
    assert not feed.bozo
    assert [entry.published_parsed.tm_hour for entry in feed.entries] == [14, 13, 12]
    assert feed.entries[0].title.startswith("Coalition · ")
    assert feed.entries[0].link == URL, "no web interface is published"


def test_json_feed_has_the_same_entries(filled: SqlStore):
    atom = feedparser.parse(typed(filled, "feed", "--limit", "2").stdout_bytes)
    printed = typed(filled, "feed", "--format", "json", "--limit", "2").stdout_bytes
    assert json_feed_problems(printed) == []
    assert [item["id"] for item in json.loads(printed)["items"]] == [entry.id for entry in atom.entries]
    assert len(atom.entries) == 2


def test_links_start_with_the_public_url(filled: SqlStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAGEWITNESS_BASE_URL", "https://watch.example.org/")
    feed = json.loads(typed(filled, "feed", "--format", "json", "--fact", "member_count").stdout)
    assert feed["feed_url"] == "https://watch.example.org/feed.json?fact=member_count"
    assert feed["items"][0]["url"] == f"https://watch.example.org/replay/20260301140000/{URL}"


@pytest.mark.parametrize(
    ("options", "entries"),
    [
        (("--page", "Coalition"), 3),
        (("--page", URL, "--level", "fact"), 3),
        (("--fact", "member_count"), 3),
        (("--fact", "seats"), 0),
        (("--tag", "press"), 0),
        (("--level", "text"), 0),
    ],
)
def test_events_are_selected(filled: SqlStore, options: tuple[str, ...], entries: int):
    result = typed(filled, "feed", *options)
    assert atom_problems(result.stdout_bytes) == []
    assert len(feedparser.parse(result.stdout_bytes).entries) == entries


@pytest.mark.parametrize(
    "options", [("--format", "rss"), ("--level", "loud"), ("--limit", "0"), ("--page", "https://nowhere.example/")]
)
def test_wrong_options_are_refused(filled: SqlStore, options: tuple[str, ...]):
    result = typed(filled, "feed", *options)
    assert result.exit_code != 0
    assert result.stdout == ""
