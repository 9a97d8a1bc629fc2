"""The banner of a replayed page: other versions, the facts of this one, and what is known of its resources."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.model import (
    AnalysisOutcome,
    FactDefinition,
    FactKind,
    Page,
    Requisite,
    RequisiteKind,
    Schedule,
    Snapshot,
    Verdict,
)
from monitor.pipeline.analyze import analyze
from pagewitness.replay.banner import Banner, BannerFact, css_string, page_style, render_banner
from pagewitness.replay.stated_facts import NOT_FOUND
from storage.watched.declarations import DeclaredPage
from tests.pagewitness.archived import NOON, READER, Archive

URL = "https://coalition.example/partners/?lang=en"
MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
MEETINGS = FactDefinition("meetings", FactKind.COUNT_OF, ("meetings",))
DAY = timedelta(days=1)


@pytest.fixture
def shown_at() -> datetime:
    return NOON + 365 * DAY


def declare(archive: Archive, *facts: FactDefinition, url: str = URL) -> Page:
    names = tuple(fact.name for fact in facts)
    declared = DeclaredPage(url, "", Schedule(every=timedelta(hours=1)), names, allow_private=False)
    archive.store.apply_declared([declared], list(facts), [], [], now=NOON)
    page = archive.history.page(url)
    assert page is not None
    return page


def processed(archive: Archive, page: Page, body: str, at: datetime, shown: str | None = None) -> Snapshot:
    """Archive and process a snapshot; `shown` is archived in place of the processed body."""
    snapshot = archive.add_snapshot(page.url, body if shown is None else shown, at=at, verdict=None)
    found = analyze(body.encode(), snapshot, page.facts)
    version = replace(found.version, reader=READER) if found.version is not None else None
    archive.store.record(snapshot, AnalysisOutcome(found.verdict, "", version, settled=True), now=at)
    return snapshot


def about(members: int) -> str:
    return f"<main><h1>About us</h1><p>We are a union of towns. The union has {members} members. It meets often.</p></main>"


def banner_of(response: httpx.Response) -> LexborNode:
    found = LexborHTMLParser(response.text).css_first("pagewitness-banner")
    assert found is not None
    return LexborHTMLParser(found.inner_html.replace("<template", "<div").replace("</template", "</div")).body


def links(banner: LexborNode) -> dict[str, str]:
    """Addresses by text, with the first word of the line."""
    found = {node.text(): node.attributes["href"] or "" for node in banner.css("li a")}
    for line in banner.css("nav"):
        found |= {
            f"{line.css_first('span').text()} {node.text()}": node.attributes["href"] or "" for node in line.css("a")
        }
    return found


@pytest.fixture
def page(archive: Archive) -> Page:
    """A page of versions with 83, 84 and 85 members, from days 0, 3 and 6; every other day repeats one, day 2 is blocked."""
    page = declare(archive, MEMBERS, MEETINGS)
    for day in range(9):
        if day == 2:
            archive.add_snapshot(URL, "denied", at=NOON + day * DAY, verdict=Verdict.BLOCKED, reason="a challenge")
        elif day % 3 == 0:
            newest = processed(archive, page, about(83 + day // 3), NOON + day * DAY)
        else:
            archive.not_modified(URL, newest, at=NOON + day * DAY)
    return page


def test_the_banner_leads_to_other_versions_and_skips_repeats(page: Page, client: httpx.Client):
    banner = banner_of(client.get(f"/replay/20210303120000/{page.url}").raise_for_status())
    assert "a challenge" in banner.text()
    found = links(banner_of(client.get(f"/replay/20210306120000/{page.url}").raise_for_status()))
    assert found["Version ← previous"] == f"/replay/20210301120000/{URL}"
    assert found["Version next →"] == f"/replay/20210307120000/{URL}"
    assert not {"Version first", "Version last"} & set(found)
    assert found["Snapshot ← previous"] == f"/replay/20210305120000/{URL}"
    assert found["Snapshot first"] == f"/replay/20210301120000/{URL}"
    assert found["Snapshot last"] == f"/replay/20210309120000/{URL}"
    last = banner_of(client.get(f"/replay/20210309120000/{page.url}").raise_for_status())
    assert links(last)["Version first"] == f"/replay/20210301120000/{URL}"
    assert links(last)["Version ← previous"] == f"/replay/20210304120000/{URL}"
    assert "no later version" in last.text()
    assert "text unchanged since 2021-03-07 12:00" in last.text()


def test_a_snapshot_without_version_is_between_the_versions_around_it(page: Page, client: httpx.Client):
    found = links(banner_of(client.get(f"/replay/20210303120000/{page.url}").raise_for_status()))
    assert found["Version ← previous"] == f"/replay/20210301120000/{URL}"
    assert found["Version next →"] == f"/replay/20210304120000/{URL}"
    assert "Version compare with previous" not in found


def test_the_banner_leads_to_comparison_calendar_history_and_the_bytes_as_received(page: Page, client: httpx.Client):
    found = links(banner_of(client.get(f"/replay/20210308120000/{page.url}").raise_for_status()))
    compared = urlsplit(found["Version compare with previous"])
    assert compared.path == "/compare"
    assert parse_qs(compared.query) == {"url": [URL], "from": ["20210304120000000000"], "to": ["20210308120000000000"]}
    for name in ("Version compare with previous", "Snapshot calendar", "Snapshot all", "Snapshot as received"):
        assert client.get(found[name]).status_code == 200, name
    assert parse_qs(urlsplit(found["Snapshot calendar"]).query) == {"url": [URL], "until": ["2021-03-08"]}


def test_the_banner_states_the_facts_and_leads_to_the_marked_sentence(page: Page, client: httpx.Client):
    response = client.get(f"/replay/20210303110000/{page.url}", follow_redirects=True)
    assert "/20210303120000/" in str(response.url)  # the blocked one has no facts
    assert banner_of(response).css_first("ul") is None
    response = client.get(f"/replay/20210304120000/{page.url}").raise_for_status()
    facts = [node.text().strip() for node in banner_of(response).css("li")]
    assert facts == ["member_count 84 members", "meetings not stated"]
    assert links(banner_of(response))["84 members"] == "#pagewitness-fact-member_count"
    tree = LexborHTMLParser(response.text)
    assert tree.css_first("#pagewitness-fact-member_count").text() == "84"
    assert "".join(node.text() for node in tree.css("mark")) == "The union has 84 members."
    assert response.text.index("@layer pagewitness{") < response.text.index("<body>")


@pytest.mark.parametrize("modifier", ["if_", "id_", "im_"])
def test_without_a_banner_nothing_is_marked(page: Page, client: httpx.Client, modifier: str):
    response = client.get(f"/replay/20210304120000{modifier}/{page.url}").raise_for_status()
    assert "84 members" in response.text
    assert "<mark" not in response.text
    assert "pagewitness" not in response.text


def test_a_fact_that_the_shown_page_does_not_have_is_named_as_such(archive: Archive, client: httpx.Client):
    page = declare(archive, MEMBERS)
    processed(archive, page, about(85), NOON, shown="<p>Loading …</p>")
    response = client.get(f"/replay/20210301120000/{page.url}").raise_for_status()
    (fact,) = [node.text().strip() for node in banner_of(response).css("li")]
    assert fact == f"member_count 85 members ({NOT_FOUND})"
    assert "<mark" not in response.text


def test_other_values_of_a_fact_are_named(archive: Archive, client: httpx.Client):
    page = declare(archive, MEMBERS)
    processed(archive, page, f"{about(85)}<main><p>Today the union has 84 members in all.</p></main>", NOON)
    (fact,) = banner_of(client.get(f"/replay/20210301120000/{page.url}")).css("li")
    assert re.fullmatch(r"member_count 8\d members, also 8\d", fact.text().strip())


def test_archived_resources_are_counted(archive: Archive, client: httpx.Client):
    page = declare(archive, MEMBERS)
    processed(archive, page, about(85), NOON)
    searched = archive.store.next_discovery(NOON)
    assert searched is not None
    found = [Requisite(f"https://coalition.example/{n}.png", RequisiteKind.IMAGE) for n in range(3)]
    archive.store.store_discovery(searched, found, NOON, 500)
    banner = banner_of(client.get(f"/replay/20210301120000/{page.url}"))
    assert "0 of 3 resources archived, 3 waiting. Scripts disabled" in banner.text()


def test_many_facts_are_folded():
    facts = [BannerFact(f"f{number}", "1") for number in range(20)]
    markup = render_banner(Banner(URL, "t", "s", "r", facts=facts))
    assert "14 more facts" in markup
    assert markup.count("<li>") == 20


def test_the_banner_shows_text_of_pages_as_text():
    evil = "</template><script>x</script>\"'"
    fact = BannerFact(evil, evil, (evil,), evil, evil)
    markup = render_banner(Banner(evil, evil, evil, evil, facts=[fact], notes=[evil], resources=evil))
    assert "<script" not in markup
    assert markup.count("</template>") == 1
    style = page_style(f"https://x.example/{evil}", "t", "s")
    assert "<" not in style
    assert css_string('a"</style>\\\n') == '"a\\22 \\3c /style\\3e \\5c \\a "'


def test_print_states_url_time_and_digest(page: Page, client: httpx.Client, archive: Archive):
    response = client.get(f"/replay/20210304120000/{page.url}").raise_for_status()
    text = banner_of(response).css_first(".print").text()
    digest = archive.history.nearest(page.id, NOON + 3 * DAY).body_sha256
    assert URL in text
    assert "2021-03-04 12:00:00 UTC" in text
    assert digest in text
    assert f"SHA-256 {digest}" in html.unescape(response.text.split("</style>")[0])


def test_the_banner_of_a_frameset_is_around_it(archive: Archive, client: httpx.Client):
    page = declare(archive, MEMBERS)
    processed(archive, page, about(85), NOON, shown="<frameset><frame src=/left></frameset>")
    response = client.get(f"/replay/20210301120000/{page.url}").raise_for_status()
    assert NOT_FOUND in banner_of(response).text()
    assert "<iframe" in response.text
