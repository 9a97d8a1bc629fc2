"""What the parser is spared: pages that nest too deep or multiply when parsed, however they hide it."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from pagewitness.replay.depth import MAX_DEPTH, too_much

FORMATTING = "".join(f"<b id={number}>" for number in range(1500))

REFUSED = {
    "plainly": "<div>" * 4000,
    "closed where it does not count, in a table": "<div><table></div></table>" * 4000,
    "closed where it does not count, in an object": "<div><object></div></object>" * 4000,
    "closed past a block": "<span><div></span></div>" * 4000,
    "closed past an unknown element": "<x-a><div></x-a></div>" * 4000,
    "inside an unquoted value": "<a b=c'>" + "<div>" * 4000 + "'>",
    "after an odd attribute": '<a =="</div>">' + "<div>" * 4000,
    "after an empty comment": "<!-->" + "<div>" * 4000 + "-->",
    "with closing tags in comments": "<div><!x </div>" * 4000,
    "in a style that is none": "<svg><style>" + "<g>" * 4000,
    "with closing tags in CDATA": "<svg>" + "<g><![CDATA[></g>]]>" * 4000,
    "self-closed outside a drawing": "<svg><p>" + "<path/>" * 4000,
    "self-closed in a foreign object": "<svg><foreignObject>" + "<path/>" * 4000,
    "formatting that every block opens again": FORMATTING + "<p>x" * 3000,
    "formatting left behind by its block": f"<div>{FORMATTING}</div>" + "<p>x" * 3000,
}

ACCEPTED = {
    "many closed divs": "<div>x</div>" * 10_000,
    "many paragraphs never closed": "<p>x" * 9000,
    "a list whose items are never closed": "<ul>" + "<li>x<b>y</b>" * 6000 + "</ul>",
    "a table whose cells and fonts are never closed": "<table>" + "<tr><td>a<td><font>b" * 4000 + "</table>",
    "a map of many shapes": "<svg>" + "<path d='M0 0'/>" * 9000 + "</svg>",
    "many closed shapes": "<svg>" + "<path d='M0 0'></path>" * 6000 + "</svg>",
    "definitions": "<dl>" + "<dt>a<dd>b" * 4000,
    "options": "<select>" + "<option>x" * 5000 + "</select>",
    "links never closed": "<p><a href=x>y" * 3000,
    "markup in a script": "<script>" + "'<div>'" * 9000 + "</script>",
    "markup in a quoted value": "<a title='" + "<div>" * 9000 + "'>",
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_page_is_refused_that_nests_or_multiplies(how: str):
    assert too_much(REFUSED[how]) is not None


@pytest.mark.parametrize("how", ACCEPTED)
def test_a_page_is_accepted_with(how: str):
    assert too_much(ACCEPTED[how]) is None


@pytest.mark.parametrize("how", [how for how in REFUSED if "formatting" not in how])
def test_what_is_refused_does_nest_deeper_than_that(how: str):
    """As the parser sees it: otherwise the page would be refused for nothing."""
    tree = LexborHTMLParser(REFUSED[how])
    deepest, level = 0, [tree.root]
    while level:
        level = [child for node in level for child in (node.first_child, node.last_child) if child is not None][-2:]
        deepest += 1
    assert deepest > MAX_DEPTH


@pytest.mark.parametrize(
    "piece", ["<a x", "<script", "<a b='", "<!--", "<![CDATA[", "</x>", "<a b=", "<x>" * 3 + "</y>"]
)
def test_finding_out_takes_no_time_to_speak_of(piece: str):
    started = time.perf_counter()
    too_much(piece * 30_000)
    assert time.perf_counter() - started < 1.5
