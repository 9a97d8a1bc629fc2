"""Links: where they stand in blocks, where they lead, and what is told when that changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.compare import compare
from monitor.extraction.extract import extract
from monitor.extraction.link_targets import LONGEST, target_of
from monitor.model import BlockKind, EventKind, Level, NoiseReason
from monitor.pipeline.analyze import analyze
from monitor.tracking.noise import CheckTime, update
from rendering import sentences
from tests.support.heart import snapshot

WORDS = "The members of the pact meet at the harbour once a year and agree on the tides, the lights and the ferries that join them."
MORE = "What they agree on is written down by the clerk of the harbour and kept, for whoever asks, in the tower by the northern pier."


def linked(markup):
    """Text and target of every link of a page's blocks."""
    blocks = extract(f"<body><main>{markup}</main>".encode(), "text/html").blocks
    return [(block.text[link.start : link.end], link.target) for block in blocks for link in block.links]


def page(markup, *, head=""):
    """A page with enough text to be one of text."""
    body = f"<html lang=en><head><title>Pact</title>{head}</head><body><main><p>{WORDS}</p>{markup}<p>{MORE}</p></main>"
    return analyze(body.encode(), snapshot(), ()).version


def told(before, after):
    return [
        (change.level, change.detail.get("link"), change.before, change.after)
        for change in compare(page(before), page(after))
    ]


@pytest.mark.parametrize(
    ("markup", "links"),
    [
        ("<p>See <a href='/list'>the list</a>.</p>", [("the list", "/list")]),
        ("<p>See <a href='/list'>the <b>whole</b>\n list</a> and <a href=b>b</a>.</p>", [("the whole list", "/list"), ("b", "b")]),
        ("<p><a href=/a>same</a>, <a href=/b>same</a></p>", [("same", "/a"), ("same", "/b")]),
        ("<p>The list is here. See <a href=/a>the list</a>, the list or <a href=/b>the list</a>.</p>", [("the list", "/a"), ("the list", "/b")]),
        ("<a href=/card><h3>Title</h3><p>Text of the card</p></a><p>after</p>", [("Title", "/card"), ("Text of the card", "/card")]),
        ("<table><tr><td><a href=/1>Ann</a><td>87<tr><td>Bo<td><a href=/2>x</a></table>", [("Ann", "/1"), ("x", "/2")]),
        ("<dl><dt>Mail<dd><a href=mailto:a@b.example>a@b.example</a><dt>Web<dd><a href=/w>w</a></dl>", [("a@b.example", "mailto:a@b.example"), ("w", "/w")]),
        ("<p><a href=/picture><img alt=x></a> text <a>nowhere</a> <a href='#top'>top</a></p>", []),
        ("<p>Read <a href=/hidden hidden>not this</a> this.</p>", []),
    ],
)  # fmt: skip
def test_links_stand_where_their_text_stands(markup, links):
    assert linked(markup) == links


def test_a_link_stands_at_its_own_words_where_others_say_the_same():
    (block,) = extract(
        b"<p>Ask for the list.  Or see <a href=/a>the list</a>, the list or <a href=/b>the list</a>.</p>", None
    ).blocks
    assert [link.start for link in block.links] == [25, 47]


def test_links_of_menus_and_footers_are_not_kept():
    body = b"<body><nav><a href=/a>Home</a></nav><main><p>Text</p></main><footer><a href=/b>Imprint of the pact</a></footer>"
    assert all(not block.links for block in extract(body, "text/html").blocks)


@pytest.mark.parametrize(
    ("href", "target"),
    [
        (" /list ", "/list"),
        ("/li\n st", "/list"),
        ("/list?utm_source=mail&page=2&fbclid=1#all", "/list?page=2#all"),
        ("/list?utm_source=mail", "/list"),
        ("/a.pdf?X-Amz-Date=20240101&X-Amz-Signature=ab12&part=2", "/a.pdf?part=2"),
        ("/a.pdf?Expires=1700000000&Signature=x%3D&Key-Pair-Id=K", "/a.pdf"),
        ("/play?list=PLP8iPy9hna6TRg6qJ&v=2", "/play?list=PLP8iPy9hna6TRg6qJ&v=2"),
        ("/list;jsessionid=12AB?a=1", "/list?a=1"),
        ("/cdn-cgi/l/email-protection#5c3d1c3e723f", "mailto:a@b.c"),
        ("/cdn-cgi/l/email-protection#113051337f72", 'mailto:!@"nc'),
        ("https://archive.example/web/20200306151504/https://pact.example/a?b=1", "https://pact.example/a?b=1"),
        ("/web/20200306151504im_/http://pact.example/a.png", "http://pact.example/a.png"),
        ("/news/2020/https-for-all", "/news/2020/https-for-all"),
        ("#top", ""),
        ("javascript:void(0)", ""),
        ("", ""),
        (None, ""),
        ("/" + "x" * 5000, "/" + "x" * (LONGEST - 1)),
    ],
)  # fmt: skip
def test_a_target_is_an_href_without_what_only_tracks(href, target):
    assert target_of(href) == target


def test_a_link_that_leads_elsewhere_is_told_with_both_addresses():
    before, after = (
        page("<p>See <a href='/old'>the report</a>.</p>"),
        page("<p>See <a href='/new.pdf'>the report</a>.</p>"),
    )
    (change,) = compare(before, after)
    assert (change.kind, change.level, change.block_kind) == (EventKind.TEXT_CHANGED, Level.TEXT, BlockKind.CONTENT)
    assert (change.before, change.after) == ("https://pact.example/old", "https://pact.example/new.pdf")
    assert (
        sentences.summary(change)
        == "target of the link “the report” changed: https://pact.example/old → https://pact.example/new.pdf"
    )
    assert (change.sentence_before, change.sentence_after) == ("See the report.", "See the report.")
    assert change.quote_after == "the report"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<a href='/list'>list</a>", "<a href='https://www.pact.example/list/'>list</a>"),
        ("<a href='/list'>list</a>", "<a href='http://pact.example/list/index.html'>list</a>"),
        ("<a href='list?utm_source=a'>list</a>", "<a href='/list?utm_source=b'>list</a>"),
        ("<a href='/caf%C3%A9'>list</a>", "<a href='/café'>list</a>"),
        ("<a href='/a'>same</a> or <a href='/b'>same</a>", "<a href='/b'>same</a> or <a href='/a'>same</a>"),
    ],
)
def test_addresses_of_one_place_are_one(before, after):
    assert told(f"<p>Read {before} here.</p>", f"<p>Read {after} here.</p>") == []


def test_addresses_start_from_the_base_element():
    before = page("<p>Read <a href='list'>the list</a>.</p>", head="<base href='/deep/'>")
    after = page("<p>Read <a href='/deep/list'>the list</a>.</p>")
    assert compare(before, after) == ()


def test_words_that_become_a_link_and_stop_being_one():
    plain, link = "<p>Ask for the report of May.</p>", "<p>Ask for <a href=/may>the report</a> of May.</p>"
    assert told(plain, link) == [(Level.TEXT, "the report", None, "https://pact.example/may")]
    assert told(link, plain) == [(Level.TEXT, "the report", "https://pact.example/may", None)]


def test_a_number_in_a_link_that_leads_where_it_led_is_the_number_s_change():
    before, after = (
        "<p>See <a href=/list>all 83 members</a> of it.</p>",
        "<p>See <a href=/list>all 85 members</a> of it.</p>",
    )
    assert [change.kind for change in compare(page(before), page(after))] == [EventKind.NUMBER_CHANGED]


def test_links_of_the_same_words_that_lose_what_stands_above_them_are_links_all_the_same():
    before = "<h2>News</h2><p>Ann has spoken at length.</p><p><a href=/1>To all news</a></p><p>That is it.</p><p><a href=/1>To all news</a></p>"
    after = before.replace("at length", "for a while")
    assert [change.detail.get("link") for change in compare(page(before), page(after))] == [None]


def test_a_link_whose_number_changes_beside_it_is_the_same_link():
    before, after = (
        "<p>See the 83 members in <a href=/a>the list</a>.</p>",
        "<p>See the 85 members in <a href=/b>the list</a>.</p>",
    )
    found = compare(page(before), page(after))
    assert {(change.kind, change.before, change.after) for change in found} == {
        (EventKind.NUMBER_CHANGED, 83, 85),
        (EventKind.TEXT_CHANGED, "https://pact.example/a", "https://pact.example/b"),
    }


def test_links_that_come_and_go_with_their_text_are_not_told_beside_it():
    before = "<h2>News</h2><p>Ann has spoken at length.</p><p><a href=/1>The full story</a></p>"
    after = "<h2>News</h2><p>Bo will travel to the coast.</p><p><a href=/2>The full story</a></p>"
    more = "<h2>Notes</h2><p>Nothing new is to be said of it.</p><p><a href=/3>The full story</a></p>"
    found = compare(page(before + more), page(after + more))
    assert [change.detail.get("link") for change in found] == [None]
    moved = compare(page(before + more), page(before.replace("/1", "/9") + more))
    assert [(change.before, change.after) for change in moved] == [("https://pact.example/1", "https://pact.example/9")]


def test_on_a_page_of_links_where_they_lead_is_noise():
    def listing(path):
        return (
            "<ul>"
            + "".join(
                f"<li><a href='/{path}{n}'>Member number {n} of the pact</a>, elected in the north for a term of four years"
                for n in range(9)
            )
            + "</ul>"
        )

    found = compare(page(listing("a")), page(listing("b")))
    assert {change.level for change in found} == {Level.NOISE}
    assert {change.detail["noise"] for change in found} == {NoiseReason.PAGE_OF_LINKS}
    assert len(found) == 9


def test_the_watchlist_makes_links_on_a_page_of_links_loud():
    def listing(path):
        names = "".join(f"<li><a href='/{path}{n}'>Paper of the {n}th meeting</a> at the harbour" for n in range(9))
        return f"<h2>Papers</h2><ul>{names}</ul>"

    old, new = page(listing("a")), page(listing("b"))
    told, _ = update(
        compare(old, new), None, new, CheckTime(datetime(2026, 1, 2, tzinfo=UTC), None, 2), always_report=["Papers"]
    )
    assert {change.level for change in told} == {Level.TEXT}
    assert all("noise" not in change.detail for change in told)


def test_very_many_links_are_told_as_one_change():
    def text(host):
        return "".join(
            f"<p>{WORDS} {MORE} The clerk has <a href='{host}/{n}'>paper {n}</a> of it.</p>" for n in range(40)
        )

    (change,) = compare(page(text("https://old.example")), page(text("https://new.example")))
    assert (change.level, change.detail["links"]) == (Level.TEXT, 40)
    assert sentences.summary(change) == (
        "40 link targets changed, the first of them: target of the link “paper 0” changed: https://old.example/0 → https://new.example/0"
    )
    assert change.sentence_before.splitlines()[:2] == [
        "paper 0: https://old.example/0",
        "paper 1: https://old.example/1",
    ]


@given(st.data())
def test_links_compared_the_other_way_round_are_the_same_links(data):
    hrefs = st.sampled_from(["", "/a", "/b", "https://o.example/", "mailto:x@y.example"])
    texts = ["See the report of the pact.", "Ask the office for the list.", "See the report.", "The harbour is open."]
    sides = []
    for _ in range(2):
        chosen = [(text, data.draw(hrefs)) for text in texts]
        sides.append(
            page(
                "".join(
                    f"<p><a href='{href}'>{text[:7]}</a>{text[7:]}</p>" if href else f"<p>{text}</p>"
                    for text, href in chosen
                )
            )
        )
    there = {(change.detail["link"], change.before, change.after) for change in compare(*sides)}
    back = {(change.detail["link"], change.after, change.before) for change in compare(*reversed(sides))}
    assert there == back
    assert compare(sides[0], sides[0]) == ()
