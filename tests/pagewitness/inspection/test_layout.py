"""A reading laid out to be looked at: every mention where it stands, facts with why, and nothing that a page says becomes markup."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor.model import BlockKind
from monitor.pipeline.analyze import analyze
from pagewitness.inspection.json_output import loose_snapshot
from pagewitness.inspection.layout import as_html, lay_out
from tests.pagewitness.hostile import hostile_pieces
from tests.pagewitness.replay.test_browser import chromium
from tests.support.heart import MEMBERS


def inspected(markup: str, *, place: str = "a.html", title: str = "The pact"):
    body = f"<title>{title}</title>{markup}".encode()
    return lay_out(place, analyze(body, loose_snapshot("", "text/html; charset=utf-8", 200), (MEMBERS,)))


def shown(*pages) -> LexborHTMLParser:
    return LexborHTMLParser(as_html(pages, version="1.2.3"))


def test_every_mention_is_marked_in_place_with_what_it_was_read_as():
    page = inspected(
        "<p>Founded in 2019, it has about 1.2 million members; see Section 3, and the 3 May 2021, at 14:00.</p>"
    )
    assert [(run.text, run.mention.type, run.mention.parsed) for run in page.parts[0].runs if run.mention] == [
        ("2019", "year", "2019"),
        ("1.2 million", "count", "1,200,000 members (about)"),
        ("3", "identifier", "3"),
        ("3 May 2021", "date", "2021-05-03"),
        ("14:00", "time", "14:00"),
    ]
    assert "".join(run.text for run in page.parts[0].runs).startswith("Founded in 2019, it has about")


def test_a_fact_is_shown_with_why_and_who_disagrees():
    tree = shown(inspected("<h1>87 members</h1><p>All 87 members met. It pays 86 members.</p>"))
    card = tree.css_first(".card")
    assert card.css_first("strong").text() == "87 members"
    assert card.css_first(".since").text() == "stated in 2 of 3 places"
    assert [mark.text() for mark in card.css("mark.against")] == ["86"]
    linked = [a.attributes["href"].removeprefix("#") for a in card.css("a")]
    assert len(linked) == 3
    assert [tree.css_first(f"mark#{name}").text() for name in linked] == ["87", "87", "86"]
    assert "contradicts member_count" in tree.css_first(f"mark#{linked[2]}").attributes["title"]


def test_a_fact_that_is_not_stated_says_so():
    card = shown(inspected("<p>Nobody has counted.</p>")).css_first(".card.lost")
    assert card.css_first("strong").text() == "not stated"
    assert card.css_first(".since").text().startswith("no count of members")


def test_a_fact_that_is_not_readable_says_so():
    page = inspected("<p>It has 3万億 members.</p>")
    assert [(run.text, run.mention.parsed, run.mention.states) for run in page.parts[0].runs if run.mention] == [
        ("3万億", "not readable", ())
    ]
    card = shown(page).css_first(".card.lost")
    assert card.css_first(".since").text() == "not readable: 3万億"


def test_verdict_language_kinds_and_reasons_are_there():
    tree = shown(inspected("<html lang=en><h1>Page not found</h1><p>Try the front page.</p><footer>© 2024</footer>"))
    assert [badge.text() for badge in tree.css(".reading .badge")] == ["soft_error", "language: en"]
    assert [(part.css_first(".kind").text(), part.css_first(".why").text()) for part in tree.css("div.block")] == [
        ("heading", "h1 element"),
        ("content", "p element"),
        ("footer", "footer element"),
        ("metadata", "title"),
    ]
    assert len(tree.css(".legend dt")) == len(BlockKind)


def test_blocks_that_nothing_is_read_in_are_folded_but_there():
    links = "".join(f"<li><a href=/{n}>Place {n}</a></li>" for n in range(9))
    tree = shown(inspected(f"<nav><ul>{links}</ul></nav><p>87 members</p>"))
    assert tree.css_first("details summary").text() == "9 blocks that are not read: navigation"
    assert len(tree.css("details div.block")) == 9
    assert [part.text() for part in tree.css(".blocks > div.block .kind")] == ["content", "metadata"]


@pytest.mark.parametrize(("name", "piece"), hostile_pieces("http://live.example"), ids=lambda value: value[:30])
def test_nothing_that_a_page_says_becomes_markup(name, piece):
    escaped = html.escape(piece)
    page = inspected(
        f"<h1>{escaped}</h1><p>87 members {escaped} 86 members</p><table><tr><td>{escaped}</td><td>3</td></tr></table>{piece}",
        place=piece,
        title=escaped,
    )
    tree = shown(page)
    for element in tree.css("body *"):
        assert element.tag in {
            "header",
            "span",
            "main",
            "section",
            "h1",
            "h2",
            "p",
            "div",
            "article",
            "strong",
            "ul",
            "li",
            "a",
            "mark",
            "b",
            "details",
            "summary",
            "dl",
            "dt",
            "dd",
            "footer",
            "br",
        }
        assert set(element.attributes) <= {"class", "id", "title", "dir", "href"}
        assert (element.attributes.get("href") or "#").startswith("#")
    assert [element.tag for element in tree.css("head *")] == ["meta", "meta", "meta", "meta", "title", "style"]
    assert "default-src 'none'" in (tree.css("head meta")[1].attributes["content"] or "")


def test_hidden_characters_are_spelt_out():
    tree = shown(inspected("<p>The pact has 87\U000e0041 members.\x07</p>"))
    assert tree.css_first("div.block .text").text() == "The pact has 87\\u{e0041} members.\\u0007"


def test_several_pages_stand_on_one_and_their_marks_do_not_meet():
    tree = shown(inspected("<p>87 members</p>"), inspected("<p>86 members</p>", place="b.html"))
    assert [mark.attributes["id"] for mark in tree.css(".text mark")] == ["p1m1", "p2m1"]


@pytest.mark.browser
def test_a_browser_shows_it_and_runs_nothing(tmp_path: Path):
    page = tmp_path / "shown.html"
    pieces = "".join(f"<p>{html.escape(piece)}</p>" for _, piece in hostile_pieces("http://127.0.0.1:9"))
    page.write_text(as_html([inspected(pieces)], version="1"), encoding="utf-8")
    tree = LexborHTMLParser(chromium(page.as_uri(), tmp_path / "profile"))
    assert tree.css_first("title").text() == "The pact – how it is read"
    assert tree.css("script, iframe, img") == []
