"""The small web around the replay."""

from __future__ import annotations

import html
import itertools
import re
from datetime import timedelta

import httpx
import pytest

from monitor.errors import BodyCorrupt, DatabaseUnavailable
from monitor.model import (
    AnalysisOutcome,
    Block,
    BlockKind,
    Change,
    Event,
    EventKind,
    FactDefinition,
    FactKind,
    FactState,
    HealthStatus,
    Level,
    Mention,
    MentionType,
    Origin,
    PageHealth,
    Reading,
    Reason,
    Schedule,
    SnapshotRef,
    Verdict,
    Version,
)
from pagewitness.web import history, screens
from storage.queries.history import History
from storage.watched.declarations import DeclaredPage
from tests.pagewitness.archived import NOON, READER, Archive, Web

URL = "https://coalition.example/partners/"


def record_event(archive: Archive, change: Change) -> None:
    """Record an event for a page with two snapshots."""
    before = archive.add_snapshot(URL, "<p>83")
    after = archive.add_snapshot(URL, "<p>85", at=NOON + timedelta(days=1), verdict=None)
    event = Event(change, SnapshotRef(after.id, after.taken_at), SnapshotRef(before.id, before.taken_at), Origin.LIVE)
    archive.store.record(after, AnalysisOutcome(Verdict.OK, "", events=(event,)), now=NOON)


def test_an_empty_archive_says_how_to_begin(client: httpx.Client):
    response = client.get("/")
    assert response.status_code == 200
    assert "pagewitness add" in response.text
    assert "9.8.7" in response.text


def test_pages_are_listed_with_their_status_and_their_snapshots(archive: Archive, client: httpx.Client):
    archive.page(URL, "Partners")
    archive.add_snapshot(URL, at=NOON)
    archive.failed(URL, at=NOON + timedelta(hours=1))
    archive.add_snapshot("https://shop.example/", verdict=Verdict.CONSENT_WALL)
    shown = client.get("/").text
    assert "Partners" in shown
    assert URL in shown
    assert "2021-03-01 13:00:00" in shown
    assert f'href="/replay/20210301120000/{URL}"' in shown
    assert ">failed<" in shown
    assert ">consent wall<" in shown


def test_the_first_screen_shows_the_newest_twenty_snapshots_and_the_list_all_of_them(
    archive: Archive, client: httpx.Client
):
    for hour in range(23):
        archive.add_snapshot(URL, f"<p>{hour}", at=NOON + timedelta(hours=hour))
    assert client.get("/").text.count('href="/replay/') == 20
    everything = client.get("/history", params={"url": URL}).text
    assert everything.count('href="/replay/') == 23
    assert "23 snapshots" in everything


def test_a_page_that_is_not_watched_has_no_list(client: httpx.Client):
    for asked in ("https://nobody.example/", "<script>", ""):
        response = client.get("/history", params={"url": asked})
        assert response.status_code == 404
        assert "<script" not in response.text


def test_what_pages_say_is_escaped_everywhere(archive: Archive, client: httpx.Client):
    evil = "<img src=x onerror=alert(1)>"
    archive.page(URL, evil)
    change = Change(
        EventKind.TEXT_CHANGED,
        Level.TEXT,
        None,
        stored_text=evil,
        quote_before=evil,
        sentence_before=f"so {evil}",
        sentence_after=evil,
    )
    record_event(archive, change)
    archive.add_snapshot(URL, verdict=Verdict.BLOCKED, reason=evil, at=NOON + timedelta(days=2))
    for path in ("/", "/changes", f"/history?url={URL}"):
        response = client.get(path)
        assert "onerror" in response.text
        assert "<img" not in response.text


def test_changes_are_listed_with_their_sentences_and_proof(archive: Archive, client: httpx.Client):
    change = Change(
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
    )
    record_event(archive, change)
    shown = client.get("/changes").text
    assert "member_count 83 → 85 (+2)" in shown
    assert "The Coalition has <mark>83</mark> members." in shown
    assert "The Coalition has <mark>85</mark> members." in shown
    assert f'href="/replay/20210301120000/{URL}"' in shown
    assert f'href="/replay/20210302120000/{URL}"' in shown


def test_a_page_without_changes_states_it(client: httpx.Client):
    assert "Nothing has changed yet" in client.get("/changes").text


@pytest.mark.parametrize("path", ["/", "/changes", "/history?url=x", "/nothing", "/style.css", "/healthz"])
def test_every_page_of_ours_is_script_free_and_closed(client: httpx.Client, path: str):
    response = client.get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert "<script" not in response.text
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1", "localhost."])
def test_a_browser_on_this_machine_is_answered(client: httpx.Client, host: str):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "", "[::1]evil", "169.254.1.1"]
)
def test_a_host_name_of_another_owner_that_resolves_to_us_is_refused(archive: Archive, client: httpx.Client, host: str):
    archive.add_snapshot(URL)
    for path in ("/", f"/replay/20210301120000/{URL}", "/healthz"):
        response = client.get(path, headers={"Host": host})
        assert response.status_code == 421
        assert "Coalition" not in response.text


@pytest.mark.parametrize("allowed", [["Watch.example.org"], None])
def test_other_names_can_be_allowed(archive: Archive, client: httpx.Client, web: Web, allowed: list[str] | None):
    web.show(archive, allowed_hosts=allowed)
    assert client.get("/", headers={"Host": "watch.example.org"}).status_code == 200


def test_a_web_without_a_service_lives(client: httpx.Client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "reasons": []})


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (DatabaseUnavailable("secret"), 503),
        (BodyCorrupt("the body of x is corrupt"), 500),
        (RuntimeError("secret"), 500),
    ],
)
def test_an_error_is_shown_without_its_internals(
    archive: Archive, client: httpx.Client, fault: Exception, status: int, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise fault

    archive.add_snapshot(URL)
    monkeypatch.setattr(History, "body", fail)
    response = client.get(f"/replay/20210301120000/{URL}")
    assert response.status_code == status
    assert "Traceback" not in response.text
    assert "secret" not in response.text
    assert "memento-datetime" not in response.headers


def test_nothing_can_be_written_through_the_web(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL)
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for path in ("/", "/history", f"/replay/20210301120000/{URL}"):
            assert client.request(method, path).status_code == 405


def test_head_is_answered_like_get(client: httpx.Client):
    assert client.head("/").status_code == 200


def test_facts_are_shown_as_the_page_states_them_now(archive: Archive, client: httpx.Client):
    archive.page(URL, "Partners")
    sentence = "The Coalition has 1,085 members; another place says 86."
    block = Block(BlockKind.CONTENT, sentence, "prose")
    mentions = tuple(
        Mention(MentionType.COUNT, value, "members", quote, None, 0, start, start + len(quote), 0, len(sentence))
        for value, quote, start in ((1085, "1,085", 18), (86, "86", 52))
    )
    reading = Reading("member_count", 1085, mentions[:1], mentions[1:], "stated first")
    version = Version(READER, "Partners", "en", (block,), mentions, (reading,))
    snapshot = archive.add_snapshot(URL, verdict=None)
    ref = SnapshotRef(snapshot.id, snapshot.taken_at)
    state = FactState("member_count", "reader", 1085, "1,085", sentence, since=ref, contradiction=(1085, 86))
    archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", version=version, states=(state,)), now=NOON)
    shown = client.get("/").text
    assert "<strong>1,085</strong>" in shown
    assert "also states 86" in shown
    assert sentence in shown
    assert "since <time" in shown


def test_a_contradiction_shows_both_quotes(client: httpx.Client, archive: Archive):
    quotes = [
        {"value": 87, "quote": "87", "sentence": "Together, 87 members stand."},
        {"value": 86, "quote": "86", "sentence": "86 partners have joined."},
    ]
    change = Change(
        EventKind.FACT_CONTRADICTION,
        Level.FACT,
        Reason.FACT_CONTRADICTED,
        fact="member_count",
        after=[87, 86],
        quote_after="87",
        sentence_after="Together, 87 members stand.",
        detail={"quotes": quotes},
    )
    record_event(archive, change)
    shown = client.get("/changes").text
    assert "Together, <mark>87</mark> members stand." in shown
    assert "<mark>86</mark> partners have joined." in shown


def test_a_change_shows_its_interval_and_the_inconclusive_checks(client: httpx.Client, archive: Archive):
    between = {"from": "2021-03-01T09:00:00Z", "to": "2021-03-01T15:30:00Z", "missed": {"blocked": 2}}
    record_event(
        archive, Change(EventKind.NUMBER_CHANGED, Level.NUMBER, Reason.NUMBER_CHANGED, detail={"between": between})
    )
    claimed = "changed between 1 March 2021 09:00 and 15:30 UTC; 2 checks in between were blocked"
    assert claimed in client.get("/changes").text


def test_a_page_in_trouble_says_so_on_the_first_screen(client: httpx.Client, archive: Archive):
    page = archive.page(URL)
    trouble = PageHealth(status=HealthStatus.GONE, stale_since=NOON, disallowed_since=NOON)
    change = Change(
        EventKind.PAGE_STALE,
        Level.HEALTH,
        Reason.NO_OK_CHECK,
        detail={"last_ok_at": None, "checks": 4, "evidence": "timeout"},
    )
    archive.store.update_health(page.id, lambda _: (trouble, (change,)), now=NOON)
    shown = client.get("/").text
    for word in ("gone", "stale", "disallowed by robots.txt"):
        assert f'<span class="badge bad">{word}</span>' in shown
    assert "Stale since" in shown
    screen = client.get("/changes").text
    assert "no successful check so far: 4 checks failed: timeout" in screen
    assert "/replay/" not in screen


@pytest.mark.parametrize("path", ["/", f"/history?url={URL}", "/changes"])
def test_a_page_with_damaged_derived_data_is_still_shown(archive: Archive, client: httpx.Client, path: str):
    text = "Our alliance has 83 members."
    mention = Mention(MentionType.COUNT, 83, "members", "83", None, 0, 17, 19, 0, len(text))
    reading = Reading("member_count", 83, (mention,), (), "the only one")
    version = Version(READER, "", "en", (Block(BlockKind.CONTENT, text, "p"),), (mention,), (reading,))
    first = archive.add_snapshot(URL, "<p>83", verdict=None)
    change = Change(EventKind.FACT_CHANGED, Level.FACT, Reason.FACT_CHANGED, "member_count", 82, 83)
    event = Event(change, SnapshotRef(first.id, first.taken_at), None, Origin.LIVE)
    state = FactState("member_count", "reader", 83, "83", text, since=event.snapshot)
    outcome = AnalysisOutcome(Verdict.OK, "", version, events=(event,), states=(state,))
    archive.store.record(first, outcome, now=NOON)
    with archive.database.begin() as connection:
        connection.exec_driver_sql("UPDATE versions SET blob = 'damaged'")
        connection.exec_driver_sql("UPDATE fact_states SET value = '{', contradiction = '7', trail = '['")
        connection.exec_driver_sql("UPDATE readings SET value = '{', contradicts = '7'")
        connection.exec_driver_sql("UPDATE events SET detail = '{', after = '['")
    response = client.get(path)
    assert response.status_code == 200
    assert URL in response.text
    if path == "/":
        assert "pagewitness reprocess" in response.text


def test_a_long_list_of_pages_is_shown_in_parts(archive: Archive, client: httpx.Client, monkeypatch):
    monkeypatch.setattr(screens, "PAGES", 2)
    for number in range(5):
        archive.add_snapshot(f"https://{number}.example/")

    def listed(address: str) -> list[str]:
        return re.findall(r'<h3 class="name"><a href="[^"]*">Home page of (\d)\.example<', client.get(address).text)

    first = client.get("/").text
    assert "5 pages" in first
    assert 'rel="prev"' not in first
    second = re.search(r'rel="next" href="([^"]*)"', first)[1]
    assert listed(second) == ["2", "3"]
    assert listed(re.search(r'rel="prev" href="([^"]*)"', client.get(second).text)[1]) == ["0", "1"]
    beyond = client.get("/?after=99")
    assert beyond.status_code == 200
    assert 'rel="prev" href="/"' in beyond.text


def test_snapshots_and_changes_are_shown_in_parts(archive: Archive, client: httpx.Client, monkeypatch):
    monkeypatch.setattr(history, "SNAPSHOTS", 2)
    monkeypatch.setattr(screens, "CHANGES", 2)
    for hour in range(5):
        snapshot = archive.add_snapshot(URL, f"<p>{hour}", at=NOON + timedelta(hours=hour), verdict=None)
        change = Change(EventKind.NUMBER_CHANGED, Level.NUMBER, None, stored_text=f"change {hour}")
        event = Event(change, SnapshotRef(snapshot.id, snapshot.taken_at), None, Origin.LIVE)
        archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", events=(event,)), now=NOON)
    for path, marked in ((f"/history?url={URL}", r'datetime="2021-03-01T(\d+)'), ("/changes", r"change (\d)")):
        seen: list[list[str]] = []
        address = path
        while address:
            text = client.get(address).text
            seen.append(re.findall(marked, text))
            found = re.search(r'rel="next" href="([^"]*)"', text)
            address = html.unescape(found[1]) if found else ""
        assert [len(part) for part in seen] == [2, 2, 1]
        shown = [*itertools.chain(*seen)]
        assert sorted(shown, reverse=True) == shown


@pytest.mark.parametrize("key", ["x", "-1", "1.5", "", "٣", "9" * 30, "1&after=1&before=2"])
@pytest.mark.parametrize("path", ["/?after=", "/changes?before=", f"/history?url={URL}&after="])
def test_an_address_with_a_wrong_key_is_not_found(archive: Archive, client: httpx.Client, path: str, key: str):
    archive.add_snapshot(URL)
    assert client.get(path + key).status_code == 404


def test_a_page_without_a_label_is_called_by_its_title(archive: Archive, client: httpx.Client):
    page = archive.page(URL)
    for number, title in enumerate(("Our partners", "Partners & friends")):
        snapshot = archive.add_snapshot(URL, f"<p>{number}", at=NOON + timedelta(days=number), verdict=None)
        version = Version(READER, title, "en", (), (), ())
        change = Change(EventKind.NUMBER_CHANGED, Level.NUMBER, None, stored_text="83 → 85")
        event = Event(change, SnapshotRef(snapshot.id, snapshot.taken_at), None, Origin.LIVE)
        archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", version, events=(event,)), now=NOON)
    assert page.label == ""
    for path in ("/", "/changes", f"/history?url={URL}"):
        text = client.get(path).text
        assert "Partners &amp; friends" in text, path
        assert "Our partners" not in text, path


def test_a_tracked_fact_that_never_matched_is_named(archive: Archive, client: httpx.Client):
    fact = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
    declared = DeclaredPage(URL, "", Schedule(every=timedelta(hours=1)), ("member_count",), allow_private=False)
    archive.store.apply_declared([declared], [fact], [], [], now=NOON)
    assert "never matched" not in client.get("/").text
    snapshot = archive.add_snapshot(URL, at=NOON)
    assert "never matched" in client.get("/").text
    state = FactState("member_count", "r", 85, "85", "85 members", since=SnapshotRef(snapshot.id, NOON))
    newer = archive.add_snapshot(URL, "<p>85", at=NOON + timedelta(hours=1), verdict=None)
    archive.store.record(newer, AnalysisOutcome(Verdict.OK, "", states=(state,)), now=NOON)
    shown = client.get("/").text
    assert "never matched" not in shown
    assert "<strong>85 members</strong>" in shown


def test_the_screen_that_mails_name_says_how_to_stop_pause_and_reduce_messages(client: httpx.Client):
    response = client.get("/notifications", params={"channel": "<b>desk</b>"})
    assert response.status_code == 200
    assert "<code>&lt;b&gt;desk&lt;/b&gt;</code>" in response.text
    assert all(
        key in response.text
        for key in ("[[channel]]", "[[rule]]", "paused_until", "mute", "digest", "pagewitness apply")
    )
    assert "was sent through" not in client.get("/notifications").text
