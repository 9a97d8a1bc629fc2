"""The search screen: results with their times, links to the archived pages and to the change, and what to do next where there are none."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pytest

from monitor.model import AnalysisOutcome, Block, BlockKind, ParserVersion, Verdict, Version
from pagewitness.web import search
from pagewitness.web.search import fragment
from storage.search.indexing import queue_all
from tests.pagewitness.archived import NOON, Archive

URL = "https://coalition.example/en/"
DAY = timedelta(days=1)


def show(archive: Archive, days: float, *texts: str, url: str = URL) -> None:
    at = NOON + days * DAY
    snapshot = archive.add_snapshot(url, "".join(f"<p>{html.escape(text)}</p>" for text in texts), at=at, verdict=None)
    blocks = tuple(Block(BlockKind.CONTENT, text, "") for text in texts)
    version = Version(ParserVersion("1", "", ""), "Coalition", "en", blocks, (), ())
    archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", version=version), now=at)


def get(client: httpx.Client, status: int = 200, **query: str) -> str:
    response = client.get("/search", params=query)
    assert response.status_code == status
    return response.text


def found(page: str) -> list[str]:
    return re.findall(r'<p class="found">(.*?)</p>', page)


def test_without_a_query_it_shows_how_to_search(client: httpx.Client, archive: Archive):
    page = get(client)
    assert 'action="/search"' in page
    assert "removed:2024-05" in page
    assert "not indexed" not in page


def test_a_result_has_marks_times_and_links(client: httpx.Client, archive: Archive):
    show(archive, 0, "We demand an immediate ceasefire.", "Always")
    show(archive, 1, "We demand an immediate ceasefire.", "Always", "More")
    show(archive, 3, "Always")
    page = get(client, q="CEASEFIRE immediate")
    assert found(page) == ["We demand an <mark>immediate</mark> <mark>ceasefire</mark>."]
    mark = "#:~:text=We%20demand%20an%20immediate%20ceasefire."
    for link in (
        f"/replay/20210301120000/{URL}{mark}",
        f"/replay/20210302120000/{URL}{mark}",
        "/compare?url=https%3A%2F%2Fcoalition.example%2Fen%2F&from=20210302120000&to=20210304120000",
        "/search?q=CEASEFIRE+immediate+page%3Ahttps%3A%2F%2Fcoalition.example%2Fen%2F",
    ):
        assert link in html.unescape(page)
    assert client.get(f"/replay/20210301120000/{URL}").status_code == 200
    assert (
        client.get("/compare", params={"url": URL, "from": "20210302120000", "to": "20210304120000"}).status_code == 200
    )
    assert "disappeared" in page

    still = get(client, q="always")
    assert "on the page" in still
    assert "/compare" not in still


def test_an_absence_is_listed(client: httpx.Client, archive: Archive):
    for days, texts in enumerate((["plan"], ["other"], ["plan"])):
        show(archive, days, *texts)
    page = get(client, q="plan")
    assert "absent once in between" in page
    assert '<time datetime="2021-03-02T12:00:00+00:00">' in page


def test_a_text_of_a_page_stays_text(client: httpx.Client, archive: Archive):
    hostile = '<script>alert(1)</script> "><img src=x onerror=alert(2)> \u202edlrow ceasefire'
    show(archive, 0, hostile)
    page = get(client, q="ceasefire <script>")
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    (shown,) = found(get(client, q="ceasefire"))
    assert "&lt;" in shown


def test_the_form_keeps_what_was_typed_beside_an_error(client: httpx.Client, archive: Archive):
    page = get(client, 400, q='"open', when="removed", **{"from": "2021-01-01"})
    assert 'value="&#34;open"' in page
    assert '<option value="removed" selected>' in page
    assert 'value="2021-01-01"' in page
    assert "A quotation mark is not closed; add" in page
    assert 'aria-describedby="problem"' in page
    assert "check the tag in the list of pages" in get(client, 400, q="x tag:none")
    assert "is not a date" in get(client, 400, q="x", to="soon")


def test_the_dates_of_the_form(client: httpx.Client, archive: Archive):
    show(archive, 0, "first", "always")
    show(archive, 5, "always", "second")
    # NOON is on 1 March 2021.
    assert found(get(client, when="removed")) == ["first"]
    assert found(get(client, when="removed", **{"from": "2021-03-06", "to": "2021-03-06"})) == ["first"]
    assert found(get(client, when="removed", to="2021-03-05")) == []
    assert found(get(client, when="added", **{"from": "2021-03-02"})) == ["second"]
    assert found(get(client, to="2021-03-01")) == ["first", "always"]
    assert found(get(client, **{"from": "2021-03-02"})) == ["second", "always"]


def test_nothing_found_leads_on(client: httpx.Client, archive: Archive):
    show(archive, 0, "ceasefire")
    assert "Try fewer words" in get(client, q="armistice")
    page = html.unescape(get(client, q="ceasefire removed:2020", when="added"))
    assert '<a href="/search?q=ceasefire">Search all pages and times</a>' in page


def test_results_are_paged(client: httpx.Client, archive: Archive, monkeypatch):
    monkeypatch.setattr(search, "RESULTS", 2)
    show(archive, 0, *(f"statement {n}" for n in range(5)))
    page, texts = get(client, q="statement"), []
    while True:
        texts += [re.sub("<.*?>", "", text) for text in found(page)]
        older = re.search(r'rel="next" href="([^"]*)"', page)
        if older is None:
            break
        page = client.get(html.unescape(older[1])).text
    assert texts == [f"statement {n}" for n in range(5)]
    assert "← newest" in page


def test_a_search_that_was_not_finished_states_where_to_continue(client: httpx.Client, archive: Archive, monkeypatch):
    monkeypatch.setattr("storage.queries.search.CONSIDERED", 2)
    show(archive, 0, "old remark")
    show(archive, 1, "remark one", "remark two")
    page = html.unescape(get(client, q="remark removed:"))
    assert "No text found back to" in page
    older = re.search(r'<a href="([^"]*)">Continue with older texts', page)
    assert older is not None
    assert found(client.get(older[1]).text) == ["old <mark>remark</mark>"]


def test_pages_that_wait_to_be_indexed_are_counted(client: httpx.Client, archive: Archive):
    show(archive, 0, "ceasefire")
    archive.database.write(queue_all)
    assert "1 page is not indexed yet" in get(client, q="ceasefire")


@pytest.mark.parametrize(
    "query", [{"when": "sometimes"}, {"q": "x", "after": "a"}, {"q": "x", "after": "1", "before": "2"}]
)
def test_an_address_that_no_link_has(client: httpx.Client, query: dict[str, str]):
    assert client.get("/search", params=query).status_code == 404


def test_a_fragment_names_the_ends_of_a_long_text():
    assert fragment("a-b, c & d") == "#:~:text=a%2Db%2C%20c%20%26%20d"
    words = " ".join(f"w{n}" for n in range(20))
    assert fragment(words) == "#:~:text=w0%20w1%20w2%20w3,w16%20w17%20w18%20w19"
