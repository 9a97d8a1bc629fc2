"""Where what a selector, a heading or a column finds stands among the blocks of a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.extraction.selector_locator import check
from monitor.model import Found, Lookup

PAGE = """<html><body><nav><ul><li>Home</li><li>Our partners</li></ul></nav><main><h1>The pact</h1>
<p class="lead">The pact has <b> 87  members</b> | and 5 offices.</p>
<div class="box"><p>One 50%.</p><p>Two</p></div>
<h2>Our 87 partners</h2><h3>North</h3><ul><li><a href="1">Arland</a></li><li><a href="2">Borvia</a></li></ul>
<h3>South</h3><ul><li>Both:<ul><li>Cestia</li><li hidden>Secretia</li><li>Dorne</li></ul></li></ul>
<h2>Years</h2><table><caption>Signed by year</caption><tr><th>Country</th><th>Year</th><th>Place</th></tr>
<tr><td>Elonia</td><td rowspan="2">2014</td><td>Port</td></tr><tr><td>Farland</td><td>Hill</td></tr>
<tr><td>Total</td><td>2</td><td>2</td></tr></table>
<p><strong>Observers</strong></p><ol><li>Garund</li></ol><ul><li>not an observer</li></ul>
<dl><dt>Helmia</dt><dd>since 2015</dd></dl></main><footer><ul><li>Imprint</li></ul></footer></body></html>"""


def found(lookup: Lookup, page: str = PAGE) -> tuple[list[str], str, str]:
    cleaned = extract(page.encode(), "text/html; charset=utf-8", [lookup])
    result = cleaned.found[lookup]

    def text(element):
        return " / ".join(cleaned.blocks[span.block].text[span.start : span.end] for span in element)

    return [text(element) for element in result.elements], text(result.title), result.trouble


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("b", ["87 members"]),
        (".box", ["One 50%. / Two"]),
        (".box p", ["One 50%.", "Two"]),
        ("td:nth-child(1)", ["Elonia", "Farland", "Total"]),
        ("tr:nth-child(2)", ["Elonia | 2014 | Port"]),
        ("dt", ["Helmia"]),
        ("h3", ["North", "South"]),
        ("footer li", ["Imprint"]),
        ("h2 ~ ol li", ["Garund"]),
        ("[hidden]", []),
        ("#nothing", []),
    ],
)
def test_a_selector_finds_the_visible_text_of_elements(selector, texts):
    assert found(Lookup(selector)) == (texts, "", "")


@pytest.mark.parametrize(
    ("heading", "column", "names", "title"),
    [
        ("Our partners", None, ["Arland", "Borvia", "Cestia", "Dorne"], "Our 87 partners"),
        ("PARTNERS", None, ["Arland", "Borvia", "Cestia", "Dorne"], "Our 87 partners"),
        ("North", None, ["Arland", "Borvia"], "North"),
        ("Signed by year", None, ["Elonia", "Farland"], "Signed by year"),
        ("Years", "place", ["Port", "Hill"], "Years"),
        (None, "Country", ["Elonia", "Farland"], "Country"),
        (None, "Year", ["2014"], "Year"),
        ("Observers", None, ["Garund"], "Observers"),
    ],
)
def test_a_list_is_found_by_what_stands_over_it(heading, column, names, title):
    assert found(Lookup(None, heading, column)) == (names, title, "")


def test_what_is_headed_nowhere_is_told():
    assert found(Lookup(None, "Observatories", None)) == ([], "", "no heading matches")
    assert found(Lookup(None, None, "Capital")) == ([], "", "no heading matches")


def test_a_heading_without_a_list_is_found_and_its_list_is_empty():
    assert found(Lookup(None, "Our partners", None), "<h2>Our partners</h2><p>None.</p>") == ([], "Our partners", "")


def test_a_section_ends_with_its_heading_s_rank_and_never_takes_in_the_footer():
    page = "<h2>Partners</h2><p>Who they are.</p><h2>News</h2><ul><li>Rain</li></ul><footer><ul><li>Imprint</li></ul></footer>"
    assert found(Lookup(None, "Partners", None), page)[0] == []
    assert found(Lookup(None, "News", None), page)[0] == ["Rain"]


def test_a_heading_wrapped_in_a_box_of_its_own_heads_what_follows_the_box():
    page = "<section><header><div><h2>Partners</h2></div></header><div><ul><li>Arland</li></ul></div></section>"
    assert found(Lookup(None, "Partners", None), page)[0] == ["Arland"]


def test_elements_inside_one_another_are_each_found():
    assert found(Lookup("div"), "<div>a<div>b</div>c</div>")[0] == ["a / b / c", "b"]


def test_the_blocks_are_the_same_whatever_is_looked_for():
    lookups = [Lookup("li"), Lookup("main"), Lookup("*"), Lookup(None, "Our partners"), Lookup(None, None, "Year")]
    assert extract(PAGE.encode(), "text/html", lookups).blocks == extract(PAGE.encode(), "text/html").blocks


def test_a_page_that_is_no_html_has_nothing_to_find():
    assert extract(b"Open", "text/plain", [Lookup("p")]).found == {}
    assert extract(b"<div>" * 5_000, "text/html", [Lookup("div")]).found == {}
    assert extract(b"", "text/html", [Lookup("p")]).found == {Lookup("p"): Found()}


@pytest.mark.parametrize("selector", ["p:nth-child(2)", "i ~ p", "section p + p ~ i"])
def test_a_selector_that_takes_too_long_finds_nothing_and_says_so(selector):
    assert found(Lookup(selector), "<p>x</p>" * 30_000) == (
        [],
        "",
        "finding by it would take too long on a page like this",
    )


def test_a_selector_that_climbs_too_far_finds_nothing_and_says_so():
    deep = "<div>" * 2_500 + "<p>x</p>"
    assert found(Lookup("section div div div p"), deep)[2].startswith("finding by it would take too long")
    assert found(Lookup("div div p"), "<div>" * 20 + "<p>x</p>")[0] == ["x"]


def test_a_page_that_holds_marks_of_its_own_is_read_to_the_end():
    assert len(found(Lookup("b"), "<p>a\x0e\x11\x0e<b>c\x0e\x17\x17\x0e</b>\x0ed</p><p><b>e</b></p>")[0]) == 2


@pytest.mark.parametrize("selector", ["p[", "", "a:hover::before", "p >", "x" * 501, "p:contains('a')"])
def test_a_bad_selector_is_refused(selector):
    with pytest.raises(ValueError):
        check(selector)
    if selector:
        assert found(Lookup(selector[:500] + "["))[2] == "it is no CSS selector"


@given(
    st.recursive(
        st.text("ab |%é\n", min_size=1, max_size=8),
        lambda inner: st.builds(
            lambda tag, children: f"<{tag}>{''.join(children)}</{tag}>",
            st.sampled_from(["p", "div", "b", "span", "ul", "li", "td", "table", "tr", "h2"]),
            st.lists(inner, max_size=4),
        ),
        max_leaves=12,
    )
)
def test_whatever_the_page_the_element_holds_the_text_that_its_blocks_hold(markup):
    # A tag that the markup has none of: its stray end tags would close any other.
    page = f"<section id=all>{markup}</section>"
    lookup = Lookup("#all")
    cleaned = extract(page.encode(), "text/html; charset=utf-8", [lookup])
    (element,) = cleaned.found[lookup].elements or ((),)
    said = "".join(cleaned.blocks[span.block].text[span.start : span.end] for span in element)
    assert "".join(said.replace("|", "").split()) == "".join(
        "".join(block.text for block in cleaned.blocks).replace("|", "").split()
    )
    assert cleaned.blocks == extract(page.encode(), "text/html; charset=utf-8").blocks
