"""The cleaner on anything at all: total, the same every time, within its limits."""

from __future__ import annotations

import html
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.extraction.parse_limits import too_much
from monitor.model import READING_KINDS, BlockKind
from tests.support.pace import costs_less_than

_GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.html"))
_TYPES = [None, "", "text/html", "text/html; charset=utf-8", "text/html; charset=shift_jis", "text/plain", "application/pdf",
          "application/json", "text/html; charset=no-such", 'TEXT/HTML;charset="UTF-16"', "a/b/c;;=", "image/svg+xml"]  # fmt: skip
_TAGS = "p div span a b i table tr td th ul li dl dt dd h1 h2 nav footer header main article form label button br hr svg script style template title".split()
_pieces = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in _TAGS] + [f"</{tag}>" for tag in _TAGS]),
    st.sampled_from(['<div class="cookie-bar">', '<div id="ctf">', "<p hidden>", '<p style="display:none">', "<!--", "-->", "<![CDATA[", "]]>", "<", ">", "&", "&nbsp;", "&#0;", '<a href="', "<td colspan=3"]),
    st.text(max_size=12),
    st.sampled_from(["87 members", "We use cookies.", " ", "\n", "Load more", "© 2020"]),
)  # fmt: skip


def kinds(markup: str) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in extract(markup.encode(), "text/html; charset=utf-8").blocks]


def texts(markup: str) -> list[str]:
    return [text for _, text in kinds(markup)]


def test_blocks_of_soup_are_folded_never_empty_and_the_same_every_time():
    @given(st.lists(_pieces, max_size=40).map("".join), st.sampled_from(_TYPES))
    def check(soup, content_type):
        body = soup.encode("utf-8", "surrogatepass")
        cleaned = extract(body, content_type)
        assert cleaned == extract(body, content_type)
        for block in cleaned.blocks:
            assert block.text
            assert block.text == " ".join(block.text.split())
            assert block.why
        assert sum(len(block.text) for block in cleaned.blocks) <= len(html.unescape(soup)) + 4 * len(soup)

    check()


@given(st.binary(max_size=600), st.sampled_from(_TYPES))
def test_any_bytes_of_any_type_give_a_result(body, content_type):
    assert extract(body, content_type) == extract(body, content_type)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="<>&\0"), max_size=80), max_size=8))
def test_plain_paragraphs_come_back_as_they_are(paragraphs):
    said = [" ".join(paragraph.split()) for paragraph in paragraphs]
    once = texts("".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in said))
    assert texts("".join(f"<p>{html.escape(text)}</p>" for text in once)) == once


@pytest.mark.parametrize("page", _GOLDEN, ids=lambda page: page.stem)
def test_cleaning_what_was_cleaned_keeps_the_text(page):
    said = [block.text for block in extract(page.read_bytes(), "text/html").blocks if block.kind in READING_KINDS]
    again = "".join(f"<p>{html.escape(text)}</p>" for text in said)
    assert texts(again) == said


def test_fifty_threads_read_the_same_page_alike():
    bodies = [page.read_bytes() for page in _GOLDEN]
    alone = [extract(body, "text/html") for body in bodies]
    with ThreadPoolExecutor(50) as pool:
        runs = list(pool.map(lambda _: [extract(body, "text/html") for body in bodies], range(50)))
    assert all(run == alone for run in runs)


DEEP = "not parsed: nested more than 3,000 elements deep"
TANGLED = "not parsed: too tangled: too many of its elements are never closed"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<div>" * 200_000 + b"87 members" + b"</div>" * 200_000, DEEP),
        (b"<div></b>" * 200_000 + b"87 members", TANGLED),
        (b"<div><!--</div>-->" * 100_000 + b"87 members", DEEP),
        (b'<div a="</div>">' * 100_000 + b"87 members", DEEP),
        (b"<div><script></div></script>" * 100_000 + b"87 members", DEEP),
    ],
    ids=["closed", "closed by another", "closed in a comment", "closed in an attribute", "closed in a script"],
)
def test_two_hundred_thousand_nested_elements_take_less_than_two_seconds(body, why):
    with costs_less_than(2):
        cleaned = extract(body, "text/html")
    assert cleaned.blocks[-1].text.endswith("87 members")
    assert cleaned.blocks[-1].why == why


def test_two_hundred_thousand_links_are_no_depth_for_each_closes_the_one_before():
    with costs_less_than(2):
        cleaned = extract(b"<a>" * 200_000 + b"87 members", "text/html")
    assert [block.text for block in cleaned.blocks] == ["87 members"]


@pytest.mark.parametrize(
    "opening", ["<div>", "<span>", "<b><p>", "<table><tr><td>", "<ul><li>", "<font>", "<section id=related>"]
)
@pytest.mark.parametrize("times", [150, 500, 3_000])
def test_a_deep_page_is_read_to_its_end(opening, times):
    assert texts(opening * times + "87 members")[-1].endswith("87 members")


def test_a_deep_cell_is_read_to_its_end():
    assert texts("<table><tr><td>a</td><td>" + "<span>" * 2_000 + "87 members")[-1] == "a | 87 members"


def test_a_long_flat_page_is_not_taken_for_a_deep_one():
    rows = "".join(f"<tr><td><a href=x>Town {n}</a><br><td><b>{n}</b>" for n in range(5_000))
    assert too_much(f"<div><table>{rows}</table></div>") is None


@pytest.mark.parametrize("filling", [b"<p>87 members</p>\n", b"a ", b"<", b"<!--", b"&amp;", b"<script>", b"<td>"])
def test_a_big_page_returns(filling):
    body = (filling * (1_000_000 // len(filling)))[:1_000_000]
    with costs_less_than(5):
        cleaned = extract(body, "text/html")
    assert sum(len(block.text) for block in cleaned.blocks) <= len(body)


@pytest.mark.slow
def test_ten_megabytes_return():
    assert len(extract(b"<p>We have 87 members.</p>\n" * 380_000, "text/html").blocks) == 380_000


def test_an_empty_body_has_no_blocks():
    assert extract(b"", "text/html").blocks == ()
    assert extract(b"", None).readable


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.4 87", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", None),
        (b"GIF89a\0\0", "text/html"),
        (b"PK", "application/zip"),
    ],
)
def test_what_is_no_text_is_unreadable(body, content_type):
    cleaned = extract(body, content_type)
    assert (cleaned.blocks, cleaned.readable) == ((), False)


def test_plain_text_and_json_are_read_piece_by_piece():
    assert [block.text for block in extract(b"<b>87</b>  members\n\n  joined ", "text/plain").blocks] == [
        "<b>87</b> members",
        "joined",
    ]
    assert [block.text for block in extract(b'{"members": 87}', "application/json").blocks] == ["members | 87"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<p>Grüße</p>".encode(), "text/html; charset=utf-8"),
        ("<p>Grüße</p>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<meta charset=windows-1252><p>Grüße</p>".encode("cp1252"), "text/html"),
        ("<meta charset=utf-16><p>Grüße</p>".encode(), None),
        (b"\xef\xbb\xbf" + "<p>Grüße</p>".encode(), "text/html; charset=windows-1252"),
        (b"\xff\xfe" + "<p>Grüße</p>".encode("utf-16-le"), "text/html; charset=utf-8"),
        (b"\xfe\xff" + "<p>Grüße</p>".encode("utf-16-be"), None),
        ("<p>Grüße</p>".encode(), "text/html; charset=no-such-thing"),
        ("<p>Grüße</p>".encode("cp1252"), "text/html"),
        ('<?xml version="1.0" encoding="iso-8859-15"?><p>Grüße</p>'.encode("iso-8859-15"), "application/xhtml+xml"),
        ("<p>Grüße</p>".encode(), "text/html;charset='UTF-8'"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_as_a_browser_finds_it(body, content_type):
    assert extract(body, content_type).blocks[-1].text == "Grüße"


def test_a_wrong_label_spoils_letters_but_not_digits():
    assert (
        extract("<p>Grüße von 87 Mitgliedern</p>".encode("latin-1"), "text/html; charset=utf-8").blocks[0].text
        == "Gr\ufffd\ufffde von 87 Mitgliedern"
    )


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<p>one<br>two<br><br>three</p>", ["one two", "three"]),
        ("<p>8<b>7</b> members</p>", ["87 members"]),
        ("<div>before<p>inside</p>after</div>", ["before", "inside", "after"]),
        ("<td>cell outside</td>", ["cell outside"]),
        ("<a href=1>One</a><a href=2>Two</a>", ["One Two"]),
        ("<span>87</span><span>Members</span>", ["87 Members"]),
        ("<span>8</span><span>7</span>", ["87"]),
        ("<b>79</b><span>th</span>", ["79th"]),
        ("<p>a\u200bb\u00adc\ufeff</p>", ["abc"]),
        ("<p>1\u00a0234 members</p>", ["1 234 members"]),
        ("<img alt='87 members'><p>seen</p>", ["seen", "87 members"]),
        ("<p>—</p><p>***</p>", []),
        ("<select><option>12</option></select><textarea>13</textarea><p>seen</p>", ["seen"]),
    ],
)  # fmt: skip
def test_text_is_gathered_as_it_is_seen(markup, said):
    assert texts(markup) == said


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<nav>87 members</nav>", BlockKind.NAVIGATION),
        ("<div role=navigation>87 members</div>", BlockKind.NAVIGATION),
        ("<footer>87 members</footer>", BlockKind.FOOTER),
        ("<article><footer>87 members</footer></article>", BlockKind.CONTENT),
        ("<div class=twitter-feed>87 members</div>", BlockKind.FEED),
        ("<div id=onetrust-banner-sdk>87 members</div>", BlockKind.CONSENT),
        ("<div class=share-links><div class=ctf-tweets>87 members</div></div>", BlockKind.FEED),
        ("<div class=share-links>87 members</div>", BlockKind.CONTROL),
        ("<button>87 members</button>", BlockKind.CONTROL),
        ("<div class=related-posts>87 members</div>", BlockKind.NAVIGATION),
        ("<div class=has-cookie-notice>87 members</div>", BlockKind.CONTENT),
        ("<div class=hero-banner>87 members</div>", BlockKind.CONTENT),
        ("<p>Load More...</p>", BlockKind.CONTROL),
        ("<p>© 2014 The pact</p>", BlockKind.FOOTER),
        ("<p>We use cookies to remember you.</p>", BlockKind.CONSENT),
        ("<p>The ministry says cookies need consent from every visitor.</p>", BlockKind.CONTENT),
        ("<h2>87 members</h2>", BlockKind.HEADING),
        ("<table><tr><th>Members<td>87</table>", BlockKind.ROW),
        ("<dl><dt>Members<dd>87</dl>", BlockKind.ROW),
    ],
)  # fmt: skip
def test_a_block_is_of_the_kind_its_surroundings_say(markup, kind):
    rest = (
        "<p>A page has more to say than that, and says it at some length, so that no small part is the page itself.</p>"
        * 3
    )
    assert kinds(markup + rest)[0][0] is kind


def test_a_container_of_the_whole_page_is_the_page_whatever_its_name():
    assert kinds("<div id=paywall class=sidebar><h1>Lamps</h1><p>There are 64 lamps.</p></div>")[1] == (
        BlockKind.CONTENT,
        "There are 64 lamps.",
    )
