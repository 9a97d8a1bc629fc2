"""XHTML and SVG documents, which are rewritten as HTML pages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagewitness.replay.rewrite import rewrite_html
from pagewitness.replay.xml_page import html_of_xml
from tests.support.growth import growth

BASE = "http://site.example/a/page"
WHEN = "20210301120000"
R = f"/replay/{WHEN}"
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def shown(markup: str, content_type: str) -> str:
    """What is left of a document's content."""
    page = rewrite_html(markup.encode(), content_type, BASE, WHEN).decode()
    found = re.search(r"<body[^>]*>(.*)</body>", page, re.DOTALL)
    assert found is not None
    return found[1]


def xhtml(content: str, head: str = "") -> str:
    return f'<?xml version="1.0"?><html {XHTML}><head>{head}</head><body>{content}</body></html>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<script src='x.js'/><p>85 members</p>", "<p>85 members</p>"),
        ("<div/><p>a</p>", "<div></div><p>a</p>"),
        ("<iframe src='/f'/><p>b</p>", f'<iframe src="{R}if_/http://site.example/f" sandbox=""></iframe><p>b</p>'),
        ("<textarea/><p>c</p>", "<textarea></textarea><p>c</p>"),
        ("<p>1 &lt; 2 &amp;amp; <![CDATA[<b>]]></p>", "<p>1 &lt; 2 &amp;amp; &lt;b&gt;</p>"),
        ("<p>a&nbsp;b</p>", "<p>a&nbsp;b</p>"),
        ("<img src='i.png' onerror='x()'/>", f'<img src="{R}im_/http://site.example/a/i.png">'),
        ("<h:p xmlns:h='http://www.w3.org/1999/xhtml' onclick='x()'>p</h:p>", "<p>p</p>"),
        ("<x:y xmlns:x='urn:x'>unknown</x:y><p>d</p>", "<p>d</p>"),
        ("<xmp>&lt;b></xmp>", "<pre>&lt;b&gt;</pre>"),
        ("<noscript><img src='n.png'/></noscript>", f'<img src="{R}im_/http://site.example/a/n.png">'),
    ],
)
def test_an_xhtml_document_is_parsed_as_xml(content: str, expected: str):
    assert shown(xhtml(content), "application/xhtml+xml") == expected


def test_the_same_bytes_as_html_are_parsed_as_html():
    assert "85" not in shown(xhtml("<script src='x.js'/><p>85 members</p>"), "text/html")


def test_a_style_of_xhtml_keeps_its_characters():
    page = rewrite_html(xhtml("<p/>", '<style>a > b{content:"&lt;/style>"}</style>').encode(), "application/xhtml+xml", BASE, WHEN).decode()  # fmt: skip
    assert "a > b{content:" in page
    assert page.count("</style>") == 1


def test_an_xhtml_document_that_is_not_well_formed_is_read_as_html():
    assert shown(f"<html {XHTML}><body><p>85 members<br></body></html>", "application/xhtml+xml") == "<p>85 members<br></p>"  # fmt: skip


def test_a_style_sheet_of_a_processing_instruction_becomes_a_link():
    style = '<?xml-stylesheet href="s.css?a=1&amp;b=2" type="text/css"?><?xml-stylesheet href="t.xsl" type="text/xsl"?>'
    page = rewrite_html(
        xhtml("<p/>").replace("?><html", f"?>{style}<html").encode(), "application/xhtml+xml", BASE, WHEN
    ).decode()
    assert f'<link rel="stylesheet" href="{R}cs_/http://site.example/a/s.css?a=1&amp;b=2" type="text/css">' in page
    assert "t.xsl" not in page


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<rect width='4' onclick='x()'/>", '<rect width="4"></rect>'),
        ("<script>x()</script><g id='a'/>", '<g id="a"></g>'),
        ("<image xlink:href='i.png'/>", f'<image xlink:href="{R}im_/http://site.example/a/i.png"></image>'),
        ("<a xlink:href='javascript:x()'><text>t</text></a>", "<a><text>t</text></a>"),
        ("<a xlink:href='/l'><text>t</text></a>", f'<a xlink:href="{R}/http://site.example/l"><text>t</text></a>'),
        ("<style><![CDATA[a{fill:url(g.svg#a)}]]></style>", f'<style>a{{fill:url("{R}im_/http://site.example/a/g.svg#a")}}</style>'),
        ("<linearGradient id='x'/>", '<linearGradient id="x"></linearGradient>'),
        ("<metadata><r:RDF xmlns:r='urn:rdf'><r:li>no</r:li></r:RDF></metadata>", "<metadata></metadata>"),
        (f"<foreignObject><div {XHTML}><iframe src='/f'/></div></foreignObject>",
         f'<foreignObject><div><iframe src="{R}if_/http://site.example/f" sandbox=""></iframe></div></foreignObject>'),
        ("<handler type='application/ecmascript'>x()</handler><set attributeName='onload' to='x()'/>", '<handler type="application/ecmascript">x()</handler>'),
    ],
)  # fmt: skip
def test_an_svg_document_is_rewritten(content: str, expected: str):
    made = shown(f'<?xml version="1.0"?><!DOCTYPE svg><svg {SVG} viewBox="0 0 9 9">{content}</svg>', "image/svg+xml")
    found = re.fullmatch(r'<svg viewBox="0 0 9 9">(.*)</svg>', made, re.DOTALL)
    assert found is not None, made
    assert found[1] == expected


def test_an_entity_of_a_drawing_program_is_expanded():
    made = html_of_xml('<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]><svg xmlns="&ns;"><g/></svg>')
    assert made is not None
    assert "<svg><g></g></svg>" in made


@pytest.mark.parametrize(
    "markup",
    [
        "<rss><channel/></rss>",
        "<html xmlns='urn:other'/>",
        "<svg xmlns='http://www.w3.org/2000/svg'><g></svg>",
        "no markup",
        "",
        '<!DOCTYPE svg [<!ENTITY a "' + "x" * 9_000 + '"><!ENTITY b "' + "&a;" * 90 + '">]><svg><text>&b;</text></svg>',
        "<svg><text>\ud800</text></svg>",
    ],
)
def test_what_is_no_such_document_is_none(markup: str):
    assert html_of_xml(markup) is None


def test_an_external_entity_is_not_loaded():
    made = html_of_xml('<!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]><svg><text>&f;</text></svg>')
    assert made is not None
    assert "<text></text>" in made


@given(st.text(max_size=60))
def test_text_is_kept_as_it_is(text: str):
    kept = re.sub("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]", "", text).replace("\r", "\n")
    made = html_of_xml(f"<svg><text><![CDATA[{kept.replace(']]>', '')}]]></text></svg>")
    assert made is not None


@pytest.mark.parametrize(
    "piece", ["<g>", "<g/>", "<g a='1' b='2'/>", "&amp;", "<x:y xmlns:x='urn:x'>", "<![CDATA[x]]>"]
)
def test_conversion_is_linear(piece: str):
    end = re.sub(r"<([\w:]+).*", r"</\1>", piece) if not piece.endswith("/>") and piece[1] not in "!a" else ""
    grown = growth(html_of_xml, lambda size: f"<svg>{piece * 4_000 * size}{end * 4_000 * size}</svg>", floor=0.004, longest=10.0)  # fmt: skip
    assert grown.is_linear, str(grown)
