"""The screen of a fact: chart, table, downloads and the view for other sites."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlalchemy.event import listen

from monitor.model import (
    AnalysisOutcome,
    Block,
    BlockKind,
    FactDefinition,
    FactKind,
    FactState,
    JsonValue,
    Mention,
    MentionType,
    ParserVersion,
    Reading,
    Schedule,
    SnapshotRef,
    Verdict,
    Version,
)
from pagewitness.fact_history.rows import cell
from pagewitness.web import fact_list, facts
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.access.tokens import digest
from rendering.charts.document import style_source
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, Role, TokenScope
from storage.watched.declarations import DeclaredPage
from tests.pagewitness.archived import NOON, Archive, Web

URL, OTHER = "https://coalition.example/en/", "https://coalition.example/mission/?a=1&b=2"
FACT = "member_count"
DAY = timedelta(days=1)
HOSTILE = "</title></svg><script>alert(1)</script>\"'"


def states(
    archive: Archive,
    value: JsonValue,
    day: int,
    *,
    url: str = URL,
    sentence: str | None = None,
    others: Sequence[JsonValue] = (),
    fact: str = FACT,
    at: datetime | None = None,
) -> int:
    """Archive a page that states a value of a fact; return the snapshot's id. None: it states none."""
    at = at or NOON + day * DAY
    text = sentence or f"The Coalition has {value} members."
    snapshot = archive.add_snapshot(url, f"<p>{html.escape(text)}</p><p>{at}", at=at, verdict=None)
    block = Block(BlockKind.CONTENT, text, "a paragraph")
    mentions = tuple(mention(each, text) for each in (value, *others) if each is not None)
    main = () if value is None else mentions[:1]
    reading = Reading(fact, value, main, mentions[len(main) :], "the only one")
    version = Version(ParserVersion("1", "", ""), "Coalition", "en", (block,), mentions, (reading,))
    ref = SnapshotRef(snapshot.id, snapshot.taken_at)
    state = FactState(fact, "1", value=value, quote=str(value), sentence=text, since=ref, seen=ref)
    known = () if value is None else (state,)
    archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", version=version, states=known), now=at)
    return snapshot.id


def mention(value: JsonValue, text: str) -> Mention:
    quote = str(value)
    start = max(text.find(quote), 0)
    return Mention(MentionType.COUNT, value, "members", quote, None, 0, start, start + len(quote), 0, len(text))


def declare(archive: Archive, kind: FactKind = FactKind.COUNT_OF, url: str = URL, label: str = "") -> None:
    definition = FactDefinition(FACT, kind, ("members",))
    page = DeclaredPage(url, label, Schedule(every=timedelta(hours=1)), facts=(FACT,), allow_private=False)
    archive.store.apply_declared([page], [definition], [], [], now=NOON)


def get(client: httpx.Client, path: str = "/fact", **query: str | list[str]) -> httpx.Response:
    return client.get(path, params={"name": FACT, **query})


def shown(client: httpx.Client, **query: str | list[str]) -> str:
    response = get(client, **query)
    assert response.status_code == 200
    return response.text


def chart_of(page: str) -> ET.Element:
    found = re.search(r'<div class="chart-box"[^>]*>(<svg.*?</svg>)</div>', page, re.DOTALL)
    assert found is not None
    return ET.fromstring(found[1])


def titles(page: str) -> list[str]:
    return [each.text or "" for each in chart_of(page).iter("{http://www.w3.org/2000/svg}title")]


def test_the_chart_has_a_mark_for_each_change_with_value_date_and_sentence(archive: Archive, client: httpx.Client):
    declare(archive)
    states(archive, 83, 0)
    states(archive, 83, 1)
    states(archive, 85, 2)
    states(archive, None, 3)
    page = shown(client)
    assert titles(page)[1:] == [
        "83 members\n1 March 2021 12:00 UTC · Coalition · coalition.example\n“The Coalition has 83 members.”",
        "85 members\n3 March 2021 12:00 UTC · Coalition · coalition.example\n“The Coalition has 85 members.”",
        "not stated\n4 March 2021 12:00 UTC · Coalition · coalition.example",
    ]
    assert "3 statements, newest first" in page
    assert re.findall(r"<td data-label=\"Value\">(?:<strong>|<span[^>]*>)([^<]*)", page) == [
        "not stated",
        "85 members",
        "83 members",
    ]


def test_a_mark_leads_to_the_archived_page_with_the_sentence_marked(archive: Archive, client: httpx.Client):
    declare(archive)
    states(archive, 83, 0)
    link = next(chart_of(shown(client)).iter("{http://www.w3.org/2000/svg}a")).get("href", "")
    address, _, fragment = link.partition("#")
    replayed = client.get(address)
    assert (replayed.status_code, address) == (200, f"/replay/20210301120000/{URL}")
    assert re.search(rf'<mark [^>]*id="{fragment}"[^>]*>83</mark>', replayed.text)


def test_two_snapshots_in_one_second_have_addresses_of_their_own(archive: Archive, client: httpx.Client):
    states(archive, 83, 0, at=NOON)
    states(archive, 85, 0, at=NOON + timedelta(milliseconds=250))
    page = shown(client)
    assert f"/replay/20210301120000000000/{URL}#" in page
    assert f"/replay/20210301120000/{URL}#" in page


def test_several_pages_are_in_one_chart_and_can_be_chosen(archive: Archive, client: httpx.Client):
    states(archive, 83, 0)
    states(archive, 82, 1, url=OTHER)
    states(archive, 83, 2)
    states(archive, 82, 3, url=OTHER)
    page = shown(client)
    assert len(chart_of(page).findall(".//*[@class='divergence']")) == 1
    alone = re.search(r'<a href="([^"]*)">only this page</a>', page)
    assert alone is not None
    single = client.get(html.unescape(alone[1])).text
    assert "divergence" not in single
    assert "add to the chart" in single
    both = shown(client, url=[URL, OTHER])
    assert titles(both) == titles(page)


def test_contradictions_are_shown_with_both_sentences(archive: Archive, client: httpx.Client):
    states(archive, 87, 0, others=[86], sentence="It has 87 members, or 86.")
    page = shown(client)
    assert '<span class="badge bad">also 86</span>' in page
    assert len(chart_of(page).findall(".//*[@class='conflict']")) == 1
    assert "also 86: “It has 87 members, or 86.”" in titles(page)[1]


def test_blocked_and_failed_checks_are_marked(archive: Archive, client: httpx.Client):
    states(archive, 83, 0)
    archive.add_snapshot(URL, "denied", at=NOON + DAY, verdict=Verdict.BLOCKED)
    states(archive, 83, 2)
    archive.failed(URL, at=NOON + 3 * DAY)
    page = shown(client)
    assert "blocked: 1 check, 2 March 2021 to 3 March 2021" in titles(page)
    assert "failed: since 4 March 2021" in titles(page)
    assert '<span class="badge bad">failed: since 4 March 2021</span>' in page


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (FactKind.LIST, (["Benin", "Chad"], ["Benin", "Togo"]), "+ Togo, − Chad"),
        (FactKind.DATE_OF, ("2014-09-10", "2014-10"), "2014-10\n"),
        (FactKind.TEXT, ("open", "closed"), "closed\n"),
        (FactKind.PERCENT_OF, (98.5, 97), "97%\n"),
        (FactKind.MONEY_OF, (2_500_000_000, 3_000_000_000), "3,000,000,000"),
    ],
)
def test_each_kind_of_value_has_a_picture(
    archive: Archive, client: httpx.Client, kind: FactKind, values: tuple[JsonValue, JsonValue], expected: str
):
    declare(archive, kind)
    for day, value in enumerate(values):
        states(archive, value, day)
    page = shown(client)
    assert expected in titles(page)[2]
    drawn = "band" if kind is FactKind.TEXT else "line"
    assert chart_of(page).findall(f".//*[@class='{drawn}']")


def test_values_of_different_kinds_are_shown_as_texts(archive: Archive, client: httpx.Client):
    states(archive, 83, 0)
    states(archive, "many", 1)
    assert len(chart_of(shown(client)).findall(".//*[@class='band']")) == 2


def test_more_changes_than_marks_are_grouped_and_lead_to_their_period(archive: Archive, client: httpx.Client):
    for day in range(130):
        states(archive, 60 + day % 7, day)
    page = shown(client)
    several = [title for title in titles(page) if "changes, " in title]
    assert several
    assert "A mark with a dark edge is several changes" in page
    link = re.search(r'<a href="(/fact\?[^"]*from=[^"]*)"><title>\d+ changes', page)
    assert link is not None
    assert len(titles(client.get(html.unescape(link[1])).text)) >= 3
    assert "older →" in page
    following = re.search(r'rel="next" href="([^"]*)"', page)
    assert following is not None
    older = client.get(html.unescape(following[1])).text
    assert "130 statements" in older
    assert older.count('<td data-label="Value">') == min(facts.ROWS, 130 - facts.ROWS)
    assert "← newer" in older


def test_the_number_of_queries_does_not_grow_with_the_history(archive: Archive, client: httpx.Client):
    queries: list[str] = []
    listen(archive.database.engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
    counts = []
    for beginning in (0, 3):
        for day in range(beginning, beginning * 10 + 3):
            states(archive, 60 + day, day)
        queries.clear()
        shown(client)
        counts.append(sum(query.startswith("SELECT") for query in queries))
    assert counts[0] == counts[1] <= 15


def test_a_range_begins_with_the_value_in_force(archive: Archive, client: httpx.Client):
    for day, value in enumerate((83, 84, 85, 86)):
        states(archive, value, day * 10)
    page = shown(client, **{"from": "2021-03-15", "to": "2021-03-25"})
    assert [title.split("\n")[0] for title in titles(page)[1:]] == ["84", "85"]
    assert "15 March 2021 to 26 March 2021" in titles(page)[0]
    assert "Nothing" not in shown(client, **{"from": "2021"})
    assert "No page stated a value in this range" in shown(client, to="2020")


def test_texts_of_pages_are_escaped_everywhere(archive: Archive, client: httpx.Client):
    archive.page(URL, HOSTILE)
    states(archive, HOSTILE, 0, fact=HOSTILE, sentence=HOSTILE)
    states(archive, HOSTILE + "2", 1, fact=HOSTILE, sentence=HOSTILE, others=[HOSTILE])
    for path, more in (("/fact", {}), ("/fact", {"embed": "1"}), ("/fact.svg", {}), ("/facts", {})):
        response = client.get(path, params={"name": HOSTILE, **more})
        assert response.status_code == 200
        assert "<script" not in response.text
        assert "alert(1)" in response.text


def test_the_csv_has_every_row_and_no_formulas(archive: Archive, client: httpx.Client):
    declare(archive)
    states(archive, 83, 0, sentence='=HYPERLINK("https://evil.example") 83 members')
    states(archive, 85, 1, others=[84], sentence="It has 85 or 84.")
    states(archive, None, 2)
    response = get(client, "/fact.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="member_count.csv"'
    first, second, third = csv.DictReader(io.StringIO(response.text))
    assert (first["value"], second["value"], third["value"]) == ("83", "85", "")
    assert first["sentence"].startswith("'=HYPERLINK")
    assert second["contradicts"] == "[84]"
    assert first["archived"].endswith(f"/replay/20210301120000/{URL}#pagewitness-fact-member_count")
    assert first["archived"].startswith("http://")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1", "\x00=1"])
def test_no_text_is_a_formula(text: str):
    assert str(cell(text)).startswith("'")


def test_numbers_stay_numbers():
    assert [cell(value) for value in (-5, 1.5, None, ["=1"], True)] == [-5, 1.5, "", '["=1"]', "true"]


def test_the_json_has_the_rows_of_the_command(
    archive: Archive, client: httpx.Client, capsys: pytest.CaptureFixture[str]
):
    from pagewitness.cli.facts import facts as command

    states(archive, 83, 0)
    states(archive, 85, 1, others=[84])
    command(name=FACT, now=False, json=True, chart=None, db=str(archive.database.engine.url))
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert get(client, "/fact.json").json() == printed
    assert get(client, "/fact.json", to="2020").json() == []


def test_a_download_that_would_be_incomplete_is_refused(
    archive: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    for day in range(3):
        states(archive, 83 + day, day)
    monkeypatch.setattr(facts, "DOWNLOADED", 2)
    response = get(client, "/fact.csv")
    assert response.status_code == 400
    assert "Choose a range" in response.text
    assert get(client, "/fact.csv", **{"from": "2021-03-03"}).status_code == 200


def test_the_svg_is_a_document_with_absolute_links_that_may_be_an_image_elsewhere(
    archive: Archive, client: httpx.Client
):
    states(archive, 83, 0)
    response = get(client, "/fact.svg")
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert style_source() in response.headers["content-security-policy"]
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    links = [each.get("href", "") for each in ET.fromstring(response.text).iter("{http://www.w3.org/2000/svg}a")]
    assert links
    assert all(link.startswith("http://127.0.0.1") for link in links)
    assert "content-disposition" not in response.headers
    assert "attachment" in get(client, "/fact.svg", download="1").headers["content-disposition"]


def test_only_the_embedded_view_may_be_in_a_frame_of_another_site(archive: Archive, client: httpx.Client):
    states(archive, 83, 0)
    embedded = get(client, embed="1")
    assert "frame-ancestors *" in embedded.headers["content-security-policy"]
    policy = get(client).headers["content-security-policy"].replace("form-action 'self'", "form-action 'none'")
    assert embedded.headers["content-security-policy"].replace("*", "'none'") == policy
    assert "<table" not in embedded.text
    assert "embed=1" in get(client).text
    for path in ("/fact", "/fact.csv", "/fact.json", "/", "/facts"):
        assert "frame-ancestors 'none'" in get(client, path).headers["content-security-policy"]


def test_where_not_everyone_may_read_nothing_is_embedded(archive: Archive, web: Web, client: httpx.Client):
    states(archive, 83, 0)
    accounts, entry = AccountStore(archive.database), AuditEntry(NOON, None, "", "test")
    web.show(archive, access=AccessPolicy(anonymous_reads=False), accounts=accounts)
    reader, scopes = accounts.add_user("reader", Role.VIEWER, now=NOON, entry=entry), [TokenScope.READ]
    accounts.add_token(digest("pw_read"), reader.id, "reads", scopes, expires_at=None, now=NOON, entry=entry)
    assert get(client, embed="1").status_code == 401
    client.headers["Authorization"] = "Bearer pw_read"
    assert get(client, embed="1").status_code == 403
    assert get(client).status_code == 200
    assert "embed=1" not in get(client).text
    assert get(client, "/fact.svg").headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"name": ""}, 404),
        ({"name": "unknown"}, 404),
        ({"url": "https://other.example/"}, 404),
        ({"url": "not a url"}, 400),
        ({"from": "x"}, 400),
        ({"from": "2022", "to": "2021"}, 400),
        ({"after": "x"}, 404),
        ({"url": [f"{URL}{n}" for n in range(9)]}, 400),
    ],
)
def test_what_is_not_there_or_not_valid_is_refused(
    archive: Archive, client: httpx.Client, query: dict[str, str | list[str]], status: int
):
    states(archive, 83, 0)
    response = get(client, **query)
    assert response.status_code == status
    assert "Traceback" not in response.text


def test_the_list_of_facts_leads_to_each_history(archive: Archive, client: httpx.Client):
    assert "No page has stated a tracked fact yet" in client.get("/facts").text
    states(archive, 83, 0)
    states(archive, 85, 1)
    states(archive, 82, 2, url=OTHER)
    page = client.get("/facts").text
    assert f'<a href="/fact?name={FACT}">{FACT}</a>' in page
    assert "2 pages" in page
    assert "pages differ" in page
    assert 'class="chart spark"' not in page  # the page with the newest value has stated one only
    states(archive, 84, 3, url=OTHER)
    assert 'class="chart spark"' in client.get("/facts").text


def test_the_list_of_facts_is_shown_in_parts(archive: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch):
    for day, fact in enumerate("abc"):
        states(archive, 83, day, fact=fact)
    monkeypatch.setattr(fact_list, "FACTS", 2)
    first = client.get("/facts").text
    following = re.search(r'rel="next" href="([^"]*)"', first)
    assert following is not None
    second = client.get(following[1]).text
    assert [re.findall(r"/fact\?name=(\w)\"", page) for page in (first, second)] == [["a", "b"], ["c"]]
    before = re.search(r'rel="prev" href="([^"]*)"', second)
    assert before is not None
    assert client.get(before[1]).text == first
    assert client.get("/facts?after=x").status_code == 404
