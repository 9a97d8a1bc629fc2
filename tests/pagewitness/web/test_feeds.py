"""Feeds over HTTP: selection, validity, conditional requests, and how pages announce them."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import feedparser
import httpx
import pytest

from monitor.model import AnalysisOutcome, Change, Event, EventKind, Level, Origin, Reason, SnapshotRef, Verdict
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.feed_rules import atom_problems, json_feed_problems

URL = "https://coalition.example/partners/"
OTHER = "https://other.example/?q[]=1&x=%27%22%3C"
MEMBERS = Change(
    EventKind.FACT_CHANGED,
    Level.FACT,
    Reason.FACT_CHANGED,
    fact="member_count",
    before=83,
    after=85,
    quote_before="83",
    quote_after="85",
    sentence_before="The Coalition has 83 members.",
    sentence_after="The Coalition has 85 members.",
    detail={"unit": "members"},
)
NOISE = Change(
    EventKind.TEXT_CHANGED,
    Level.NOISE,
    Reason.TEXT_ADDED,
    sentence_after="Seen <b>9</b> times",
    detail={"noise": "own_count"},
)
TEXT = Change(EventKind.TEXT_CHANGED, Level.TEXT, Reason.TEXT_ADDED, sentence_after="<script>alert(1)</script>\x1b[31m")


@pytest.fixture
def shown_at() -> datetime:
    return NOON + timedelta(days=9)


@pytest.fixture
def filled(archive: Archive) -> Archive:
    """Three events on two pages; the newest is noise."""
    archive.page(URL, "Global Coalition")
    record(archive, URL, MEMBERS, 1)
    record(archive, OTHER, TEXT, 2)
    record(archive, URL, NOISE, 3)
    return archive


def record(archive: Archive, url: str, change: Change, days: int) -> None:
    time = NOON + timedelta(days=days)
    before = archive.add_snapshot(url, f"<p>{days}", at=time - timedelta(hours=1))
    after = archive.add_snapshot(url, f"<p>{days} after", at=time, verdict=None)
    event = Event(change, SnapshotRef(after.id, after.taken_at), SnapshotRef(before.id, before.taken_at), Origin.LIVE)
    archive.store.record(after, AnalysisOutcome(Verdict.OK, "", events=(event,)), now=time + timedelta(seconds=2))


def titles(client: httpx.Client, **params: str) -> list[str]:
    """The titles of both formats, which are the same."""
    atom, feed = (client.get(path, params=params) for path in ("/feed.atom", "/feed.json"))
    assert (atom.status_code, feed.status_code) == (200, 200)
    assert atom.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert feed.headers["content-type"] == "application/feed+json"
    assert atom_problems(atom.content) == []
    assert json_feed_problems(feed.content) == []
    parsed = feedparser.parse(atom.content)
    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == [item["title"] for item in feed.json()["items"]]
    self_link = next(link.href for link in parsed.feed.links if link.rel == "self")
    assert self_link == str(atom.url) == parsed.feed.id
    assert feed.json()["feed_url"] == str(feed.url)
    return [entry.title for entry in parsed.entries]


MEMBERS_TITLE = "Global Coalition · members 83 → 85 (+2)"


def test_a_feed_of_everything_leaves_noise_out(filled: Archive, client: httpx.Client):
    text, members = titles(client)
    assert members == MEMBERS_TITLE
    assert "<script>alert(1)</script>" in text


def test_feeds_select_by_page_fact_level_and_tag(filled: Archive, client: httpx.Client):
    assert titles(client, page=URL) == titles(client, fact="member_count") == titles(client, level="fact")
    assert titles(client, page=URL) == [MEMBERS_TITLE]
    assert len(titles(client, page=OTHER)) == 1
    assert len(titles(client, level="noise")) == 1
    assert titles(client, tag="press") == titles(client, fact="seats") == titles(client, page=URL, level="text") == []


def test_links_of_an_entry_lead_to_the_archived_page(filled: Archive, client: httpx.Client):
    for entry in feedparser.parse(client.get("/feed.atom").content).entries:
        response = client.get(entry.link)
        assert response.status_code == 200
        assert "after" in response.text


def test_links_start_with_the_public_url(filled: Archive, client: httpx.Client, web: Web):
    web.show(filled, base_url="https://watch.example.org/pw", replay_origin="https://replay.example.org")
    feed = client.get("/feed.json", params={"page": URL}).json()
    assert feed["feed_url"].startswith("https://watch.example.org/pw/feed.json?page=https%3A%2F%2F")
    assert feed["home_page_url"].startswith("https://watch.example.org/pw/history?url=https%3A%2F%2F")
    assert feed["items"][0]["url"] == f"https://replay.example.org/replay/20210302120000/{URL}"


def test_the_ids_of_entries_do_not_depend_on_the_address(filled: Archive, client: httpx.Client, web: Web):
    def ids() -> list[str]:
        return [item["id"] for item in client.get("/feed.json").json()["items"]]

    before = ids()
    web.show(filled, base_url="https://watch.example.org")
    assert ids() == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=https://nowhere.example/", 404),
        ("page=", 404),
        ("page=%00", 404),
        ("level=loud", 400),
        ("level=", 400),
        ("levle=fact", 400),
        ("level=fact&level=text", 400),
    ],
)
def test_what_cannot_be_selected_is_refused(filled: Archive, client: httpx.Client, query: str, status: int):
    assert client.get(f"/feed.atom?{query}").status_code == status
    assert client.get(f"/feed.json?{query}").status_code == status


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.json"])
def test_an_unchanged_feed_is_not_sent_again(filled: Archive, client: httpx.Client, path: str):
    first = client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    assert parsedate_to_datetime(first.headers["last-modified"]) == NOON + timedelta(days=2, seconds=2)
    for condition in (
        {"If-None-Match": first.headers["etag"]},
        {"If-None-Match": f'"other", W/{first.headers["etag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        response = client.get(path, headers=condition)
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == first.headers["etag"]
    record(filled, URL, MEMBERS, 4)
    for condition in (
        {"If-None-Match": first.headers["etag"]},
        {"If-None-Match": first.headers["etag"], "If-Modified-Since": format_datetime(NOON + timedelta(days=99))},
        {"If-Modified-Since": first.headers["last-modified"]},
        {"If-Modified-Since": "yesterday"},
        {},
    ):
        assert client.get(path, headers=condition).status_code == 200


def test_a_feed_that_may_still_gain_earlier_events_has_no_last_modified(
    filled: Archive, client: httpx.Client, web: Web
):
    web.show(filled, now=NOON + timedelta(days=2, seconds=30))
    response = client.get("/feed.atom")
    assert "last-modified" not in response.headers
    assert client.get("/feed.atom", headers={"If-None-Match": response.headers["etag"]}).status_code == 304


def test_a_feed_without_entries_is_valid_and_cached_by_its_tag(client: httpx.Client):
    assert titles(client) == []
    response = client.get("/feed.atom")
    assert "last-modified" not in response.headers
    assert client.get("/feed.atom", headers={"If-None-Match": response.headers["etag"]}).status_code == 304


def test_head_has_the_header_fields_of_get(filled: Archive, client: httpx.Client):
    head, get = client.head("/feed.atom"), client.get("/feed.atom")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]
    assert head.headers["content-length"] == get.headers["content-length"]


def test_feeds_have_the_security_header_fields_of_screens(filled: Archive, client: httpx.Client):
    for response in (client.get("/feed.atom"), client.get("/feed.json")):
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in response.headers
    assert client.get("/feed.atom", headers={"Host": "evil.example"}).status_code == 421
    assert client.post("/feed.atom").status_code == 405


def test_reading_a_feed_changes_nothing(filled: Archive, client: httpx.Client):
    before = filled.history.counts()
    titles(client)
    titles(client, page=URL)
    assert filled.history.counts() == before


def test_screens_announce_their_feeds(filled: Archive, client: httpx.Client):
    def announced(path: str, **params: str) -> list[str]:
        page = client.get(path, params=params).text
        return [html.unescape(link) for link in re.findall(r'<link rel="alternate" [^>]*href="([^"]*)"', page)]

    assert announced("/") == announced("/changes") == ["/feed.atom", "/feed.json"]
    for address in announced("/history", url=OTHER):
        response = client.get(address)
        assert response.status_code == 200
        assert b"alert(1)" in response.content
        assert b"members" not in response.content


def test_a_page_with_hostile_texts_gives_a_valid_feed(archive: Archive, client: httpx.Client):
    hostile = "]]></content>\x00\x0b\ud800\ufffe<img src=x onerror=alert(1)>&#0;\u202e"
    archive.page(URL, hostile)
    record(
        archive,
        URL,
        Change(
            EventKind.TEXT_CHANGED,
            Level.TEXT,
            None,
            stored_text=hostile,
            quote_after=hostile,
            sentence_after=hostile,
            fact=hostile,
        ),
        1,
    )
    (title,) = titles(client)
    assert "<img src=x onerror=alert(1)>" in title
    content = json.loads(client.get("/feed.json").content)["items"][0]["content_html"]
    assert "<img" not in content
