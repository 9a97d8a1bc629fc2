"""What is kept, shown and told of a page grows with the page and no faster, whatever the page repeats; measured in characters."""

from __future__ import annotations

import json
import pickle

import pytest

from monitor.extraction.extract import extract
from monitor.facts import mentions
from monitor.limits import CHANGES, CONTRADICTIONS, HEADING_CHARS, HEADINGS, QUOTE_CHARS, SENTENCE_CHARS, TEXT_CHARS
from monitor.model import Change, FactDefinition, FactKind, Level, Lookup, Scope, Verdict
from monitor.pipeline.analyze import PageAnalysis, analyze
from pagewitness.inspection.json_output import changes_between, inspection, loose_snapshot
from pagewitness.inspection.layout import as_html, lay_out
from rendering.event_json import change_json
from storage.archive.version_blob import blob_of

FACTS = (
    FactDefinition("members", FactKind.COUNT_OF, ("members",)),
    FactDefinition("share", FactKind.PERCENT_OF, ("land",)),
    FactDefinition("since", FactKind.DATE_OF, ("founded",)),
    FactDefinition("motto", FactKind.TEXT, pattern=r"motto (?P<v>\w+)"),
    FactDefinition("box", FactKind.TEXT, source=Lookup("div")),
    FactDefinition("names", FactKind.LIST, source=Lookup("div, li")),
    FactDefinition("below", FactKind.COUNT_OF, ("members",), scope=Scope(under=("members",))),
)
LONG = "word members " * 1_500
HTML, TEXT, JSON, XML, XHTML = "text/html", "text/plain", "application/json", "application/xml", "application/xhtml+xml"


def items(n: int) -> str:
    return "".join(f"<li>item {number}</li>" for number in range(n))


def atom(entries: str, title: str = "T") -> str:
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>{title}</title>{entries}</feed>"


SHAPES = {
    "one long heading above a list": (HTML, f"<h1>{LONG}</h1><ul>{items(1_500)}</ul>"),
    "six long headings above a list": (HTML, "".join(f"<h{n}>{LONG[:3_000]}</h{n}>" for n in range(1, 7)) + items(1_500)),
    "a heading without white space": (HTML, f"<h2>{'x' * 20_000}</h2>" + "<p>5 members</p>" * 1_500),
    "many headings": (HTML, "".join(f"<h{1 + n % 6}>{LONG[:300]} {n}</h{1 + n % 6}><p>{n} members" for n in range(150))),
    "a long class name around a list": (HTML, f"<div class='nav-{'x' * 490}'>{items(1_500)}</div>"),
    "a long id around a list": (HTML, f"<div id='sidebar-{'x' * 20_000}'>{items(1_500)}</div>"),
    "one sentence of numbers": (HTML, "<p>" + "".join(f"{n} members, " for n in range(2_500)) + "</p>"),
    "one sentence of one number": (HTML, "<p>" + "5 members, " * 2_500 + "</p>"),
    "bare numbers": (HTML, "<p>" + "7 " * 1_500 + "</p>"),
    "numbers before a giant word": (HTML, f"<p>{'5 ' * 2_000}{'m' * 20_000}</p>"),
    "numbers of giant words": (HTML, "<p>" + f"5 {'m' * 4_000} " * 8),
    "a giant number": (HTML, f"<p>{'1' * 20_000} members"),
    "long table heads": (HTML, f"<table><tr><th>Name<th>{LONG}</tr>" + "<tr><td>land<td>5%</tr>" * 700 + "</table>"),
    "a long row label": (HTML, "<table>" + f"<tr><td>{LONG[:5_000]}<td>5%<td>6%</tr>" * 5 + "</table>"),
    "boxes inside boxes": (HTML, "<div>word 5 members " * 1_000),
    "percentages": (HTML, "<p>" + "".join(f"{n % 100}% of the land, " for n in range(1_500))),
    "dates": (HTML, "<p>" + "".join(f"founded {1 + n % 28} May {1900 + n % 100}, " for n in range(200))),
    "mottos": (HTML, "<p>" + "".join(f"motto m{n} " for n in range(2_000))),
    "links": (HTML, "<p>" + "".join(f"<a href='/{n}'>{n}</a> " for n in range(1_500))),
    "links of long addresses": (HTML, "<p>" + f"<a href='/{'x' * 1_900}'>5 members</a> " * 15),
    "a long title": (HTML, f"<title>{LONG}</title>" + "<p>5 members</p>" * 500),
    "references": (HTML, "<p>" + "&#8203;&amp;5 members, " * 1_500),
    "plain text under a long heading": (TEXT, f"# {LONG}\n" + "- 5 members\n\n" * 1_500),
    "plain text under six long headings": (TEXT, "".join(f"{'#' * n} {LONG[:3_000]}\n" for n in range(1, 7)) + "- 5 members\n\n" * 1_500),
    "plain text under an underlined heading": (TEXT, f"{LONG}\n=====\n" + "- a\n" * 3_000),
    "plain text, one line": (TEXT, "5 members " * 3_000),
    "plain text, short lines": (TEXT, "a\n\n" * 8_000),
    "JSON under a long name": (JSON, json.dumps({LONG: [{"a": number} for number in range(1_500)]})),
    "JSON values of one long name": (JSON, json.dumps({LONG: list(range(600))})),
    "JSON under many long names": (JSON, '{"' + f'{"k" * 1_000}":{{"' * 20 + 'a":[' + '{"b":1},' * 2_000 + "0]" + "}" * 21),
    "JSON that nests deep": (JSON, '{"aa":1,"k":' * 400 + "1" + "}" * 400),
    "JSON that nests deep under long names": (JSON, f'{{"aa":1,"{"k" * 200}":' * 200 + "1" + "}" * 200),
    "JSON texts of markup under a long name": (JSON, json.dumps({LONG: [f"<h1>h</h1><p>{n} members</p>" for n in range(600)]})),
    "an RSS title above entries": (XML, f"<rss><channel><title>{LONG}</title>" + "<item><title>a</title><description>5 members</description></item>" * 400 + "</channel></rss>"),
    "an RSS entry of many blocks": (XML, f"<rss><channel><title>T</title><item><title>{LONG}</title><description><![CDATA[{items(1_500)}]]></description></item></channel></rss>"),
    "an Atom title above entries": (XML, atom("<entry><title>a</title><summary>5 members</summary></entry>" * 400, LONG)),
    "an Atom entry under long headings": (XML, atom(f"<entry><title>{LONG}</title><content type='html'>{('<h1>' + LONG + '</h1>' + items(800)).replace('<', '&lt;')}</content></entry>")),
    "XHTML under a long heading": (XHTML, f"<html xmlns='http://www.w3.org/1999/xhtml'><body><h1>{LONG}</h1>{items(1_500)}</body></html>"),
}  # fmt: skip


def read(kind: str, page: str) -> PageAnalysis:
    return analyze(page.encode(), loose_snapshot("https://pact.example/", kind, 200), FACTS)


def again(page: str) -> str:
    """The page with other numbers and other words."""
    return page.translate(str.maketrans({"5": "6", "7": "8", "1": "2"}))


@pytest.mark.parametrize("shape", SHAPES)
def test_stored_and_displayed_data_grow_with_the_page(shape: str):
    kind, page = SHAPES[shape]
    says = read(kind, page)
    assert says.version.blocks
    size = len(page.encode())
    # A mention of a digit and a space takes some 60 characters of JSON.
    assert len(blob_of(says.version)) < 60 * size
    assert len(pickle.dumps(says)) < 60 * size
    for block in says.version.blocks:
        assert len(block.anchor) <= HEADINGS
        assert all(len(heading) <= HEADING_CHARS for heading in block.anchor)
    # With each number stands its sentence, of up to a thousand characters; and each fact repeats what states it.
    assert len(json.dumps(inspection("page", says), ensure_ascii=False)) < SENTENCE_CHARS * size
    assert len(as_html([lay_out("page", says)], version="1")) < 300 * size


@pytest.mark.parametrize("shape", SHAPES)
def test_events_have_a_fixed_size_apart_from_values(shape: str):
    kind, page = SHAPES[shape]
    was, now = read(kind, page), read(kind, again(page))
    changes = changes_between(was, now)
    assert len(changes) <= CHANGES + len(Level) + 3 * len(FACTS)
    for change in changes:
        assert _size(change) < 60_000 + 6 * len(page)
    # A change of a number comes with two sentences, its places and the headings above.
    assert sum(map(_size, changes)) < 1_500 * len(page)


def _size(change: Change) -> int:
    return len(json.dumps([change_json(change), change.detail], ensure_ascii=False))


def test_ten_times_the_page_is_ten_times_the_version():
    def blob(n: int) -> int:
        return len(blob_of(read(HTML, f"<h1>{LONG[: 50 * n]}</h1>{items(50 * n)}").version))

    assert blob(100) < 12 * blob(10)


def test_a_heading_is_cut_above_others_and_whole_by_itself():
    heading, block = extract(f"<h1>{LONG}</h1><p>We have 87 members.".encode(), HTML).blocks
    assert heading.text == LONG.strip()
    assert block.anchor == (f"{LONG[: HEADING_CHARS - 1]}…",)


def test_equal_anchors_are_one_object_in_every_format():
    for kind, page in SHAPES.values():
        anchors: dict[tuple[str, ...], int] = {}
        for block in extract(page.encode(), kind).blocks:
            assert anchors.setdefault(block.anchor, id(block.anchor)) == id(block.anchor)


def test_a_sentence_is_cut_around_its_number():
    says = read(HTML, "<p>" + "so many words " * 500 + "and 87 members of the pact " + "are all here " * 500)
    (mention,) = says.version.mentions
    sentence = says.version.sentence(mention)
    assert len(sentence) == SENTENCE_CHARS + 2
    assert sentence[0] == sentence[-1] == "…"
    assert "87 members" in sentence


def test_a_text_beyond_its_length_is_known_by_its_digest():
    end = "word " * 2_000
    one, other = (read(HTML, f"<div>{end}{last}</div><p>Some more.") for last in ("yes", "not"))
    values = [
        next(reading.value for reading in says.version.readings if reading.fact == "box") for says in (one, other)
    ]
    assert values[0] != values[1]
    assert all(len(value) < TEXT_CHARS + 200 for value in values)
    assert [change.fact for change in changes_between(one, other) if change.fact == "box"] == ["box"]


def test_contradictions_have_an_end_and_the_reading_says_so():
    says = read(HTML, "".join(f"<p>We have {n} members.</p>" for n in range(10, 500)))
    reading = says.version.readings[0]
    assert len(reading.contradicts) == CONTRADICTIONS
    assert f"{CONTRADICTIONS} of 489 contradictions are kept" in reading.why


def test_changes_beyond_the_limit_are_counted_and_the_loud_ones_are_listed_first():
    def page(n: int) -> str:
        views = "".join(f"<p>Item {k}: {n} views</p>" for k in range(CHANGES + 200))
        return f"{views}<p>Our alliance has {n} ships in all the seas.</p>"

    was, now = (analyze(page(n).encode(), loose_snapshot("", HTML, 200), ()) for n in (70, 80))
    changes = changes_between(was, now)
    assert len(changes) == CHANGES + 1
    assert any("ships" in (change.sentence_after or "") for change in changes[:CHANGES])
    assert changes[-1].detail["changes"] == 201
    assert changes[-1].level is Level.NOISE


@pytest.mark.parametrize(
    ("limit", "most", "kind", "page"),
    [
        ("monitor.extraction.extract.MAX_BLOCKS", 50, HTML, items(60)),
        ("monitor.extraction.extract.MAX_BLOCKS", 50, TEXT, "a line\n\n" * 60),
        ("monitor.extraction.extract.MAX_BLOCKS", 50, JSON, json.dumps({"a": list(range(60))})),
        ("monitor.extraction.extract.MAX_BLOCKS", 50, XML, atom("<entry><title>a</title></entry>" * 60)),
        ("monitor.extraction.extract.MAX_CHARS", 500, HTML, items(100)),
        ("monitor.facts.mentions.MAX_MENTIONS", 50, HTML, "<p>5 members</p>" * 60),
        ("monitor.facts.mentions.MOST", 50, HTML, "<p>" + "5 members, " * 60),
        ("monitor.facts.mentions._RUNS", 50, HTML, "<p>" + "5 members, " * 60),
    ],
)
def test_a_page_beyond_a_limit_is_partial_and_says_why(monkeypatch, limit: str, most: int, kind: str, page: str):
    """So no fact is lost, and no text reported gone, because it stood behind what is processed."""
    whole = read(kind, page)
    monkeypatch.setattr(limit, most)
    cut = read(kind, page)
    assert (whole.verdict, cut.verdict) == (Verdict.OK, Verdict.PARTIAL)
    assert "the page has more than" in cut.reason
    assert "was not processed" in inspection("page", cut)["reason"]
    assert changes_between(whole, cut) == ()


def test_a_block_of_as_many_numbers_as_are_read_is_whole():
    assert read(HTML, "<p>" + "7 " * mentions.MOST).verdict is Verdict.OK


def test_quotes_of_changes_are_cut():
    was, now = (read(HTML, f"<p>See <a href='{target}'>{'label ' * 3_000}</a> now.") for target in ("/a", "/b"))
    for change in changes_between(was, now):
        assert len(change.quote_after or "") <= QUOTE_CHARS
        assert len(change.sentence_after or "") <= QUOTE_CHARS
