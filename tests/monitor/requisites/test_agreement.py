"""Discovery and replay agree: what a replayed page loads from the archive was discovered, because it would be missing from the archive otherwise."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from monitor.requisites.collector import RequisiteLimits
from monitor.requisites.discovery import requisites_of
from monitor.requisites.rules import STYLES
from monitor.requisites.srcset import candidates
from monitor.urls import LONGEST, normalise
from pagewitness.replay import rules
from pagewitness.replay.page import Cleaner
from pagewitness.replay.rewrite import rewrite_html, rewrite_style_sheet
from pagewitness.replay.targets import Targets
from tests.monitor.requisites.systems import SYSTEMS
from tests.pagewitness.hostile import CONSTRUCTS

WHEN = "20260101000000"
URL = "http://site.example/a/page?x=1"
_EMBEDDED = re.compile(rf"/replay/{WHEN}(?:im_|cs_|if_|oe_)/(https?://[^\s\"\\<>]+)")
_LIMITS = RequisiteLimits(count=100_000, css_chars=10_000_000, candidates=1_000)
LOADED = frozenset(
    {
        *(("img", name) for name in ("src", "srcset")),
        *(("source", name) for name in ("src", "srcset")),
        *(("video", name) for name in ("src", "poster")),
        *((tag, "src") for tag in "audio track embed iframe frame".split()),
        *((tag, name) for tag in ("image", "use", "feimage") for name in ("href", "xlink:href")),
        *((tag, "background") for tag in "body table thead tbody tfoot tr td th".split()),
        ("input", "src"),
        ("object", "data"),
        ("link", "href"),
    }
)
"""What a browser loads without scripts, by the HTML Standard and SVG 2; written apart from the rules that are tested."""


def embedded(root, *, fonts: bool = True) -> set[str]:
    """The URLs that a browser would load from the archive, of a rewritten tree and the templates in it."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        part = waiting.pop()
        waiting.extend(part.template_fragments())
        for node in part.traverse():
            tag = (node.tag or "").lower()
            if tag == "style":
                found |= _in_css(node.text(deep=True), fonts=fonts)
            for name, value in node.attributes.items():
                found |= _in_attribute(node, tag, name.lower(), value or "", fonts=fonts)
    return {normal for url in found if (normal := _normal(url)) and normal != normalise(URL) and len(normal) <= LONGEST}


def _in_attribute(node, tag: str, name: str, value: str, *, fonts: bool) -> set[str]:
    if name in ("style", "fill", "filter", "mask"):
        return _in_css(value, fonts=fonts)
    if name == "srcdoc":
        return embedded(LexborHTMLParser(value).root, fonts=fonts)
    if (tag, name) not in LOADED or (tag == "input" and node.attributes.get("type") != "image"):
        return set()
    if (tag, name) == ("iframe", "src") and "srcdoc" in node.attributes:
        return set()
    values = [url for url, _ in candidates(value)] if name == "srcset" else [value]
    return {match[1] for url in values if (match := _EMBEDDED.fullmatch(url))}


def _in_css(css: str, *, fonts: bool) -> set[str]:
    if not fonts:
        css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    return set(_EMBEDDED.findall(css))


def _normal(url: str) -> str | None:
    """A URL that cannot be normalised cannot be requested from the archive either."""
    try:
        return normalise(url)
    except ValueError:
        return None


def discovered(markup: str) -> set[str]:
    return {one.url for one in requisites_of(markup.encode(), "text/html; charset=utf-8", URL, limits=_LIMITS)}


def cleaned(markup: str):
    """The tree of a page as the rewriter cleans it, before it is serialised: afterwards, hostile markup may become another page."""
    tree = LexborHTMLParser(markup, scripting=True)
    Cleaner(tree, Targets(URL, WHEN, "/replay/"), lambda inner: cleaned(inner).html or "").clean()
    return tree.root


_REFERENCES = [
    *("x.png", "/y.png?a=1&amp;b=2", "//cdn.example/z", "https://other.example/é ü.png", "http:rel", "x.png#f", "#only", ""),
    *("http:\\\\other.example\\a.png", "\n//other.example/b.png", "http:///other.example/c", "ht\ntp://other.example/d"),
    *("http://u:p@other.example/e", "data:image/png;base64,xx", "javascript:a()", "about:blank", "mailto:a@b.example"),
    *("http://other.example:0/p", "http://[::1]/v6", "../../up/./a", "a,b.png", "http://", "//", "?q", "\\back", "x" * 2_100),
]  # fmt: skip
_PIECES = [
    *("<img src='{}'>", "<img srcset='{} 1x, {} 200w'>", "<img src='' data-src='{}'>", "<img data-lazy-srcset='{} 2x'>"),
    *("<picture><source srcset='{}'>", "<video poster='{}' src='{}'><source src='{}'><track src='{}'></video>"),
    *("<audio src='{}'></audio>", "<embed src='{}'>", "<object data='{}'></object>", "<object data='{}' type='video/mp4'>"),
    *("<input type=image src='{}'>", "<iframe src='{}'></iframe>", "<frameset><frame src='{}'>", "<body background='{}'>"),
    *("<table background='{}'><tr><td background='{}'>", "<svg><image href='{}'/><use xlink:href='{}'/>", "<svg><feImage href='{}'>"),
    *("<link rel=stylesheet href='{}'>", "<link rel='shortcut icon' href='{}'>", "<link rel='alternate stylesheet' href='{}'>"),
    *("<style>a{{b:url({})}}</style>", "<style>@import '{}';c{{d:image-set('{}' 1x)}}</style>", "<p style=\"a:url('{}')\">"),
    *("<svg><path fill=\"url('{}')\" mask='url({})'/>", "<noscript><img src='{}'></noscript>", "<template><img src='{}'></template>"),
    *("<iframe srcdoc=\"<img src='{}'>\"></iframe>", "<base href='{}'>", "<base href='/other/'>", "<style>@namespace url({});</style>"),
    *("</svg>", "</table>", "<select>", "</noscript>", "<!--", "-->", "<title>", "</style>", "<math><mtext>", "<p", "'", '"', ">", "</template>"),
    *("<noscript>", "<template>", "<svg><style>", "<xmp>", "</xmp>", "<a href='{}'>", "<script>", "</script>", "<html>", "<iframe>", "<!--><img src='{}'>-->"),
]  # fmt: skip


@st.composite
def _pages(draw) -> str:
    pieces = draw(st.lists(st.sampled_from(_PIECES), max_size=14))
    return "".join(
        re.sub(r"\{\}", lambda _: draw(st.sampled_from(_REFERENCES)), piece).replace("{{", "{").replace("}}", "}")
        for piece in pieces
    )


@given(_pages())
@example("<svg></p><style><a id='</style><img src=x.png>'>")
@example("<base href='http://u:p@other.example/'><img src=x.png>")
def test_what_a_cleaned_page_loads_is_discovered(markup: str):
    assert embedded(cleaned(markup)) <= discovered(markup)


@given(st.lists(st.sampled_from(["url(", ")", '"', "'", "x.png", ";", "{", "}", "@import ", "/*", "*/", "\\", "u\\72l(", " ", "image-set(", "a:", ",", "[", "(", "@namespace ", "-->"]), max_size=14).map("".join))  # fmt: skip
def test_what_a_rewritten_style_sheet_loads_is_discovered(css: str):
    rewritten = rewrite_style_sheet(css.encode(), "text/css; charset=utf-8", URL, WHEN, "/replay/").decode()
    found = {one.url for one in requisites_of(css.encode(), "text/css; charset=utf-8", URL)}
    loaded = {normalise(url) for url in _EMBEDDED.findall(rewritten)} - {normalise(URL)}
    assert loaded <= found


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_what_a_hostile_page_loads_is_discovered(name: str):
    markup = CONSTRUCTS[name].replace("LIVEHOST", "live.example").replace("LIVE", "http://live.example")
    assert embedded(cleaned(markup)) <= discovered(markup)


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_an_ordinary_page_loads_in_replay_is_discovered(name: str):
    markup = SYSTEMS[name].markup
    rewritten = rewrite_html(markup.encode(), "text/html; charset=utf-8", URL, WHEN).decode()
    loaded = embedded(LexborHTMLParser(rewritten).root, fonts=False)
    assert len(loaded) > 3
    assert loaded <= discovered(markup)


def test_every_attribute_with_css_is_known_to_both():
    assert {name for name, act in rules.ATTRIBUTES.items() if act is rules.Act.STYLE} == STYLES
