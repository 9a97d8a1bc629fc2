"""What spares the walk work changes nothing in what it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction import class_hints, language
from monitor.extraction.charset import decoded
from monitor.extraction.extract import extract
from monitor.extraction.link_targets import placed
from monitor.extraction.text import folded
from monitor.facts.mentions import read_blocks
from monitor.facts.number_words.reader import ascii_folded, table

_PIECES = st.sampled_from(
    (
        "one", "87", " ", "\n", "&nbsp;", "\u200b", "<b>two</b>", "<i> three</i>", "<span>Members</span>", '<span hidden="">no</span>', "<!-- no -->",
        "<script>no</script>", "<svg><title>no</title></svg>", '<a href="/x">link</a>', '<a href="#">nowhere</a>', '<a href="/y"><b>deep</b> link</a>',
        '<a href="/z"></a>', "<img>", "<br>", "<br><br>", "<p>four", "</p>", "<div>five</div>", "<label>six</label>", '<b role="button">seven</b>',
        '<div style="display: none">no</div>', "<ul><li>eight</li> <li>nine</li></ul>", "<h2>Ten</h2>", "<a href='/w'>", "</a>", "<div>", "</div>",
    )
)  # fmt: skip
_PAGES = st.lists(_PIECES, max_size=16).map("".join)
_TABLE = "<table><tr><td>Members</td><td>87</td></tr></table>"


def texts_of(markup: str, content_type: str = "text/html; charset=utf-8") -> list[str]:
    return [block.text for block in extract(markup.encode(), content_type).blocks]


@given(page=_PAGES)
def test_what_nobody_sees_is_left_out_alike_where_it_is_taken_from_the_tree_and_where_it_is_passed_over(page: str):
    # Only pages with rows are rid of it before the walk.
    assert texts_of(f"<main>{page}</main>") == texts_of(f"<main>{page}</main><div>{_TABLE}</div>")[:-1]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<b>87</b> <!-- count --><i>members</i>", "87 members"),
        ("<b>87</b> <span hidden>old</span>members", "87 members"),
        ("<b>87</b> <script>1</script><i>members</i>", "87 members"),
        ("<b>87</b> <div style='display:none'>old</div>members", "87 members"),
        ("<b>87</b> <img src=x><i>members</i>", "87 members"),
        ("mem<!-- none -->bers", "members"),
        ("mem<script>1</script>bers", "members"),
        ("<a href=/a>Ghana</a><script>1</script><a href=/b>Togo</a>", "Ghana Togo"),
        ("<span>87</span><svg></svg><span>Members</span>", "87 Members"),
    ],
)
def test_white_space_between_things_said_stays_whatever_else_stands_there(markup: str, text: str):
    assert texts_of(f"<div>{markup}</div>") == [text]


@given(page=_PAGES)
def test_a_page_is_the_same_parsed_from_its_bytes_and_from_its_text(page: str):
    body = f"<p>Çelik – 87</p>{page}".encode()

    assert decoded(body, "text/html; charset=utf-8")[1]
    assert not decoded(b"\xef\xbb\xbf" + body, "text/html")[1]
    assert extract(body, "text/html; charset=utf-8").blocks == extract(b"\xef\xbb\xbf" + body, "text/html").blocks


def test_bytes_that_are_no_utf_8_are_not_taken_for_the_text():
    assert decoded(b"87 \xff", "text/html; charset=utf-8") == ("87 \ufffd", False)


def test_links_that_say_nothing_or_lead_nowhere_still_part_those_that_do():
    labels = [("", "87", "#top"), (" of ", "87", "/all"), ("", " ", "/x"), (" and ", "87", "/more")]

    assert [(link.start, link.target) for link in placed("87 of 87 and 87", labels)] == [(6, "/all"), (13, "/more")]


@given(
    st.lists(st.sampled_from(["a", " ", "\u200b", "é", "\u00ad", "\n", "\u202a", "\u00a0"]), max_size=12).map("".join)
)
def test_folding_finds_every_invisible_character(text: str):
    seen = "".join(char for char in text if char not in "\u200b\u00ad\u202a")

    assert folded(text) == " ".join(seen.split())


@pytest.mark.parametrize("name", ["share", "post-share-12", "tag1", "tag", "12", "sidebar0", "content-9"])
def test_numbers_at_the_end_of_a_name_change_only_how_it_is_quoted(name: str):
    found, other = (
        class_hints.hint(name, ""),
        class_hints.hint(f"{name.rstrip('0123456789')}7", "") if name[-1].isdigit() else None,
    )

    assert found is None or found.why == f"named {name}"
    assert other is None or other._replace(why="") == (found and found._replace(why=""))


def test_an_id_and_a_class_say_what_they_say_in_one_row():
    assert class_hints.hint("sidebar", "entry-content") == class_hints.hint("", "sidebar entry-content")
    assert class_hints.hint("entry-content", "sidebar") == class_hints.hint("", "entry-content sidebar")
    assert class_hints.hint("sidebar", "share") == class_hints.hint("", "sidebar share")


@given(
    st.text(
        st.sampled_from("abz 12_.'-\u2019\u2014\u00a0\u20ac\u00e9\u00aa\u0131\u2071") | st.characters(), max_size=20
    )
)
def test_the_words_of_a_sample_are_those_that_the_pattern_finds(text: str):
    sample = text.lower()

    assert language._words(sample) == language._WORD.findall(sample)


@pytest.mark.parametrize("code", ["en", "de", "fr", "es", "it", "pt", "nl"])
def test_every_number_word_has_a_sign_that_is_found_where_the_word_stands(code: str):
    spoken = table(code)

    assert all(not spoken.signs.isdisjoint(ascii_folded(f"„{word.capitalize()}“").split()) for word in spoken.tell)


def test_what_a_page_says_twice_is_mentioned_twice():
    blocks = extract(b"<p>There are 87 members.</p><p>So it is.</p><p>There are 87 members.</p>", "text/html").blocks

    first, second = read_blocks(blocks, "en")

    assert (first.block, second.block) == (0, 2)
    assert first == second._replace(block=0)
