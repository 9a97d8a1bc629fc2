"""What the parser is spared: pages that nest too deep or multiply when parsed, however they hide it; and what is read of them all the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.extraction.html_parser import bare_text, parse
from monitor.extraction.parse_limits import MAX_DEPTH, too_much
from tests.support.pace import cheapest, costs_less_than, slowness

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
    "behind a comment in a noscript": "<noscript><!--</noscript>" + "<div>" * 4000,
    "behind a value in a noscript": "<noscript><a b='</noscript>" + "<div>" * 4000,
    "behind a value in the style of a drawing": "<svg><style><a b='</style><x c='>" + "<div>" * 4000,
    "behind a value in the title of a drawing": "<svg><title><a b='</title><x c='>" + "<div>" * 4000,
    "behind CDATA that is a comment": "<![CDATA[><a b=']]><x c='>" + "<div>" * 4000,
    "in CDATA behind a drawing": "<svg><p><![CDATA[>" + "<div>" * 4000 + "]]>",
    "behind a script in a script": "<script><!--<script></script><a b='--></script>" + "<div>" * 4000,
    "behind a comment in a script with an end tag of a long s": "<script></\u017fcript><!--</script>" + "<div>" * 4000,
    "behind a value in an end tag": "<style></style a='><x c='>" + "<div>" * 4000,
    "behind a drawing that its surroundings end": "<filter><svg></filter>" + "<path/>" * 4000,
    "self-closed outside a drawing": "<svg><p>" + "<path/>" * 4000,
    "self-closed in a foreign object": "<svg><foreignObject>" + "<path/>" * 4000,
    "behind a script that its own attribute seems to end": """<script x="</script><p a='"></script>""" + "<div>" * 4000,
    "formatting that every block opens again": FORMATTING + "<p>x" * 3000,
    "formatting left behind by its block": f"<div>{FORMATTING}</div>" + "<p>x" * 3000,
}

ATTRIBUTES = " ".join(f"a{number}=b" for number in range(20_000))

COSTLY = {
    "attributes of one tag": f"<p {ATTRIBUTES}>x",
    "attributes without a value": "<p " + ATTRIBUTES.replace("=b", "") + ">x",
    "attributes whose values hold tags": "<p " + ATTRIBUTES.replace("=b", '="<b>"') + ">x",
    "attributes that nothing separates": "<p " + ATTRIBUTES.replace("=b ", '=""') + ">x",
    "attributes behind an odd one": f'<p =">x<p {ATTRIBUTES}>',
    "attributes of a script": f"<script {ATTRIBUTES}></script>",
    "attributes of a title in a drawing": f"<svg><title><p {ATTRIBUTES}>",
    "attributes in CDATA that is none": f"<![CDATA[><p {ATTRIBUTES}>]]>",
    "attributes behind a name with a long s": f"<\u017fcript><p {ATTRIBUTES}>",
    "attributes behind an end tag with a long s": f"<svg><\u017ftyle></\u017ftyle><style>x</style><p {ATTRIBUTES}>",
    "attributes of many bodies": "".join(f"<body {name}>" for name in ATTRIBUTES.split()),
    "attributes of html and body": "".join(f"<html {name}><BODY {name}>" for name in ATTRIBUTES.split()),
    "options": "<select>" + "<option>x" * 12_000,
    "closed options": "<select>" + "<option>x</option>" * 12_000 + "</select>",
    "selected options": "<select>" + "<option selected>x" * 5_100,
    "options of a name with a long s": "<\u017fcript><select>" + "<option>x" * 12_000,
    "options in spite of a template": "<select>" + "<template></select></template><option>x" * 12_000,
}

ACCEPTED = {
    "three thousand attributes on a tag": f"<p {' '.join(ATTRIBUTES.split()[:3000])}>x",
    "a dozen attributes on each tag": f"<p {' '.join(ATTRIBUTES.split()[:12])}>x</p>" * 3000,
    "a few bodies": "<html lang=en><body class=x>" * 3 + "<p>x" * 9000,
    "options of many selects": ("<select>" + "<option>x" * 200 + "</select>") * 60,
    "a select of ten thousand": "<select>" + "<option>x</option>" * 10_000 + "</select>",
    "many closed divs": "<div>x</div>" * 10_000,
    "many paragraphs never closed": "<p>x" * 9000,
    "a list whose items are never closed": "<ul>" + "<li>x<b>y</b>" * 6000 + "</ul>",
    "a table whose cells and fonts are never closed": "<table>" + "<tr><td>a<td><font>b" * 4000 + "</table>",
    "a map of many shapes": "<svg>" + "<path d='M0 0'/>" * 9000 + "</svg>",
    "drawings with styles": "<svg><title>A</title><style><![CDATA[a > b {}]]></style><path/></svg><script>'<div>'</script>"
    * 2000,
    "scripts that write scripts": "<script><!-- '<script>' + '</script>' //--></script><p>x</p>" * 2000,
    "images for people without scripts": "<svg><path/></svg><noscript><a><img></a></noscript>" * 2000,
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


@pytest.mark.parametrize("how", COSTLY)
def test_a_page_is_refused_that_has_too_many(how: str):
    assert too_much(COSTLY[how]) is not None


@pytest.mark.parametrize("how", ACCEPTED)
def test_a_page_is_accepted_with(how: str):
    assert too_much(ACCEPTED[how]) is None


@pytest.mark.parametrize("how", [how for how in REFUSED if "formatting" not in how])
def test_what_is_refused_does_nest_deeper_than_that(how: str):
    """As the parser sees it: otherwise the page would be refused for nothing."""
    tree = parse(REFUSED[how])
    deepest, level = 0, [tree.root]
    while level:
        level = [child for node in level for child in (node.first_child, node.last_child) if child is not None][-2:]
        deepest += 1
    assert deepest > MAX_DEPTH


@pytest.mark.parametrize(
    "piece", ["<a x", "<script", "<a b='", "<!--", "<![CDATA[", "</x>", "<a b=", "<x>" * 3 + "</y>"]
)
def test_finding_out_takes_no_time_to_speak_of(piece: str):
    with costs_less_than(1.5):
        too_much(piece * 30_000)


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_refused_is_still_read_as_bare_text(how: str):
    cleaned = extract(REFUSED[how].encode() + b"</style>--></script><p>87 members", "text/html")
    assert cleaned.readable
    assert "87 members" in [block.text for block in cleaned.blocks]


@pytest.mark.parametrize("piece", ["<", "<script>", "<style ", "<!--", "<svg>", "<a b='", "<template>", "</"])
def test_bare_text_takes_no_time_to_speak_of(piece: str):
    with costs_less_than(1.5):
        bare_text("<div>" * 4000 + piece * 200_000)


def test_bare_text_keeps_what_only_looks_like_a_tag():
    assert bare_text("83 < 85 <b>members</b> &amp; <script>x</script>more").split() == [
        "83",
        "<",
        "85",
        "members",
        "&",
        "more",
    ]


def test_a_page_of_five_thousand_ordinary_tags_is_counted_not_followed():
    row = "<div class=row><p>Text with <a href=/x>a link</a> and <span>a word</span>.</p></div>"
    page = (row * 9 + "<p><b>Bold</b></p>") * 66
    assert page.count("<") > 4900
    assert cheapest(lambda: too_much(page), 20) < 0.0025 * slowness()


def test_a_page_that_opens_few_enough_formatting_elements_is_accepted_without_their_closing():
    assert too_much("<p>x<b>y" * 300 + "<p>z</p>" * 700) is None


_PIECES = (
    "<svg>|</svg>|<svg/>|<math>|</math>|<mi>|</mi>|<p>|<style>|</style>|<style/>|<title>|</title>|<desc>|</desc>|<foreignObject>|<script>|</script>|"
    "<!--|-->|<![CDATA[|]]>|>|<a b='|'|'>|<x c='>|<div>|</div>|<table>|<td>|</td>|<noscript>|</noscript>|<iframe>|</iframe>|<template>|<select>|"
    "</select>|<g>|</g>|<filter>|</filter>|<path/>|<x-a>|</br>|<textarea>|</textarea>|</style a='|<a>|</a>|<annotation-xml>|</annotation-xml>"
).split("|")


@given(st.lists(st.sampled_from(_PIECES), max_size=9).map("".join), st.sampled_from(["<div>", "<path/>", "<g>"]))
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_front_nothing_deep_is_accepted(front: str, tag: str):
    page = front + tag * 3_500
    node, depth = parse(page).root, 0
    while node is not None:
        node, depth = node.last_child, depth + 1
    assert depth <= MAX_DEPTH or too_much(page) is not None
