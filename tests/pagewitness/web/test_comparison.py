"""The screen that compares two snapshots: marks in place, side by side, safe, without script, and with bounded work."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from monitor.diff.compare import compare
from monitor.model import (
    AnalysisOutcome,
    Block,
    BlockKind,
    Change,
    Event,
    EventKind,
    Level,
    NoiseReason,
    Origin,
    Reason,
    Snapshot,
    SnapshotRef,
    Verdict,
    Version,
)
from monitor.pipeline.analyze import PageAnalysis
from pagewitness.web import comparison
from pagewitness.workers.model import WorkerError
from tests.pagewitness.archived import NOON, READER, Archive, Web
from tests.support.heart import block, version

URL = "https://coalition.example/partners/?page=2&x=1"
DAY = timedelta(days=1)
FIRST = ("Our aims", "The pact has 83 members.", "It meets in May.", "The office is closed.", *"abcdef")
SECOND = (
    "Our aims",
    "The pact has 85 members.",
    "The office is closed.",
    "It meets in May.",
    "We moved house.",
    *"abcdef",
)


def made(*blocks: Block | str, reader: Any = READER) -> Version:
    found = version(*blocks, facts=())
    return Version(reader, "Partners", "en", found.blocks, found.mentions, ())


def add(archive: Archive, found: Version, day: int, body: str = "", events: tuple[Event, ...] = ()) -> Snapshot:
    """Keep and process a snapshot with this version."""
    snapshot = archive.add_snapshot(URL, body or f"<p>{day}", at=NOON + day * DAY, verdict=None)
    archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", version=found, events=events), now=NOON + day * DAY)
    return snapshot


def get(client: httpx.Client, **query: str) -> httpx.Response:
    return client.get("/compare", params={"url": URL, **query})


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@pytest.fixture
def two(archive: Archive) -> None:
    add(archive, made(*FIRST, block(BlockKind.FOOTER, "Page 1")), 0)
    add(archive, made(*SECOND, block(BlockKind.FOOTER, "Page 2")), 1)


@pytest.mark.usefixtures("two")
def test_without_times_the_newest_version_is_compared_with_the_one_before(client: httpx.Client):
    page = get(client).text
    assert "The pact has <del>83</del><ins>85</ins> members." in page
    assert "<ins>We moved house.</ins>" in page
    assert "members 83 → 85 (+2)" in page
    assert '<a href="#r1">members 83 → 85 (+2)</a>' in page
    assert f'href="/replay/20210301120000/{html.escape(URL)}"' in page
    assert f'href="/replay/20210302120000/{html.escape(URL)}"' in page
    assert "4 unchanged blocks" in page
    assert "moved here: " in page
    assert "Page <del>1</del><ins>2</ins>" in page
    assert "noise: footer, not compared" in page
    assert "words added" in page


@pytest.mark.usefixtures("two")
def test_side_by_side_each_row_is_in_one_pair_of_cells(client: httpx.Client):
    page = get(client, view="side").text
    pairs = re.findall(r'<div class="pair">(.*?)</div>\s*</div>', page, re.DOTALL)
    (changed,) = [pair for pair in pairs if "83" in pair]
    assert "The pact has <del>83</del> members." in changed
    assert "The pact has <ins>85</ins> members." in changed
    assert "view=side" not in re.search(r'<a href="([^"]*)">in place', page)[1]  # type: ignore[index]


@pytest.mark.usefixtures("two")
def test_the_times_choose_the_snapshots_in_either_order(archive: Archive, client: httpx.Client):
    add(archive, made("Other words altogether."), 2)
    one = get(client, **{"from": "20210301120000", "to": "20210302120000"}).text
    assert one == get(client, **{"to": "20210301", "from": "20210302130000"}).text
    assert "<ins>85</ins>" in one
    assert "Other words" in get(client).text


@pytest.mark.usefixtures("two")
def test_steps_lead_from_change_to_change(archive: Archive, client: httpx.Client):
    add(archive, made("The house is new."), 2)
    add(archive, made("Quite another matter."), 4)
    page = get(client, **{"from": "20210302120000", "to": "20210303120000"}).text
    previous, following = (re.search(rf'rel="{rel}" href="([^"]+)"', page) for rel in ("prev", "next"))
    assert previous is not None
    assert following is not None
    assert "<del>83</del>" in client.get(html.unescape(previous[1])).text
    assert "<ins>Quite another matter.</ins>" in client.get(html.unescape(following[1])).text


def test_hostile_text_is_text(archive: Archive, client: httpx.Client):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202e\x1b[31m"
    add(archive, made(f"One {hostile}", block(BlockKind.FEED, hostile), "a", "b", f"Moved {hostile}"), 0)
    add(archive, made(f"Moved {hostile}", f"Two {hostile}", block(BlockKind.FEED, f"{hostile} 2"), "a", "b"), 1)
    for view in ({}, {"view": "side"}):
        response = get(client, **view)
        assert "<script" not in response.text
        assert "<img" not in response.text
        assert not set(response.text) & set("\u202e\x1b")
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "style=" not in response.text


def test_versions_of_different_parsers_are_extracted_again(archive: Archive, web: Web, client: httpx.Client):
    old = type(READER)("0", "", "")
    add(archive, made("Stored differently.", reader=old), 0)
    add(archive, made("The pact has 85 members."), 1)
    asked = []

    def extract(body: bytes, snapshot: Snapshot, *_: object, **__: object) -> PageAnalysis:
        asked.append(body)
        return PageAnalysis(Verdict.OK, "", made(f"The pact has {83 + 2 * len(asked)} members."))

    web.show(archive, extract=extract)
    assert "<del>85</del><ins>87</ins>" in get(client).text
    assert asked == [b"<p>0", b"<p>1"]


def test_a_page_that_cannot_be_extracted_is_an_error_and_not_a_crash(archive: Archive, web: Web, client: httpx.Client):
    archive.add_snapshot(URL, "<p>1", verdict=Verdict.BLOCKED, reason="HTTP 403")
    archive.add_snapshot(URL, "<p>2", at=NOON + DAY, verdict=Verdict.BLOCKED, reason="HTTP 403")

    def extract(*_: object, **__: object) -> PageAnalysis:
        raise WorkerError("too long")

    web.show(archive, extract=extract)
    assert get(client, **{"from": "2021", "to": "2022"}).status_code in (500, 503)

    def blocked(*_: object, **__: object) -> PageAnalysis:
        return PageAnalysis(Verdict.BLOCKED, "HTTP 403", made("Go away."))

    web.show(archive, extract=blocked)
    page = get(client, **{"from": "2021", "to": "2022"}).text
    assert "The earlier snapshot is not ok (blocked)" in page


def test_a_place_whose_changes_were_recorded_as_noise_is_noise(archive: Archive, client: httpx.Client):
    old, new = made("We have 83 visitors today."), made("We have 97 visitors today.")
    before = add(archive, old, 0)
    spots = list(compare(old, new)[0].detail["spots"])
    change = Change(
        EventKind.NUMBER_CHANGED,
        Level.NOISE,
        Reason.NUMBER_CHANGED,
        before=83,
        after=97,
        detail={"unit": "visitors", "spots": spots, "noise": NoiseReason.CHANGES_OFTEN.value},
    )
    after = archive.add_snapshot(URL, "<p>97", at=NOON + DAY, verdict=None)
    event = Event(change, SnapshotRef(after.id, after.taken_at), SnapshotRef(before.id, before.taken_at), Origin.LIVE)
    archive.store.record(after, AnalysisOutcome(Verdict.OK, "", version=new, events=(event,)), now=NOON + DAY)
    assert "noise: changes at nearly every check" in get(client).text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"url": "https://unknown.example/"}, 404),
        ({"url": "no url"}, 404),
        ({"from": "yesterday"}, 400),
        ({"to": "9" * 30}, 400),
        ({"from": "20211301"}, 400),
        ({"view": "upside-down"}, 404),
    ],
)
@pytest.mark.usefixtures("two")
def test_wrong_addresses_say_what_is_wrong(client: httpx.Client, query: dict[str, str], status: int):
    assert get(client, **query).status_code == status


def test_one_version_cannot_be_compared(archive: Archive, client: httpx.Client):
    archive.page(URL)
    assert get(client).status_code == 404
    add(archive, made("Only one."), 0)
    assert "no two versions yet" in get(client).text


def test_a_comparison_writes_nothing(archive: Archive, client: httpx.Client, two: None):
    before = archive.history.counts()
    get(client)
    get(client, view="side")
    assert archive.history.counts() == before


def test_the_size_of_the_screen_is_bounded_and_the_rest_is_counted(
    archive: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(comparison, "ROWS", 50)
    add(archive, made(*(f"Line {n} of old." for n in range(200))), 0)
    add(archive, made(*(f"Row {n} is quite new here." for n in range(200))), 1)
    page = get(client).text
    assert "further blocks are not shown" in page
    assert page.count('class="row ') == 50


@pytest.mark.usefixtures("two")
def test_too_many_comparisons_at_once_are_asked_to_come_back(
    archive: Archive, web: Web, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(comparison, "COMPARED_AT_ONCE", 0)
    monkeypatch.setattr(comparison, "WAIT_SECONDS", 0.01)
    web.show(archive)
    response = get(client)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
