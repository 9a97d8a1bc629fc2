"""The requisites of style sheets: imports, fonts, images."""

from __future__ import annotations

import pytest

from monitor.requisites.collector import RequisiteLimits
from monitor.requisites.discovery import requisites_of

URL = "http://site.example/css/a.css"


def names(css: str | bytes, content_type: str = "text/css", limits: RequisiteLimits | None = None) -> list[str]:
    body = css if isinstance(css, bytes) else css.encode()
    listed = requisites_of(body, content_type, URL, limits=limits or RequisiteLimits())
    return [f"{one.kind.value} {one.url.replace('http://site.example/css/', '')}" for one in listed]


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("@import 'a2.css' print;", ["style_sheet a2.css"]),
        ("@IMPORT url( b.css ) layer(x) supports(display: grid);", ["style_sheet b.css"]),
        ('@import url("b.css");a{b:url(d)}', ["style_sheet b.css", "image d"]),
        ("a{b:url(d)}@import 'b.css';", ["style_sheet b.css", "image d"]),
        ("@namespace svg url(http://www.w3.org/2000/svg);@namespace 'x';", []),
        ("@charset 'x';a{content:'y'}", []),
        ("a{b:url(d?e=1#f) , url( 'g h' )}", ["image d?e=1", "image g%20h"]),
        ("a{b:URL(d)}c{d:u\\72l(e)}", ["image d", "image e"]),
        ("a{b:url(\\64 )}", ["image d"]),
        ("a{b:image-set('x' 1x type('image/png'), url(y) 2x)}", ["image x", "image y"]),
        ("a{b:cross-fade(url(x), 'y', 50%);c:attr(src);d:format('z')}", ["image x", "image y"]),
        ("a{b:url(data:image/png;base64,xx);c:url(#f);d:url('')}", []),
        ("@media print{a{b:url(x)}}@supports (a:b){c{d:url(y)}}", ["image x", "image y"]),
        ("a{b:url(x)", ["image x"]),
        ("/* a{b:url(x)} */ c{d:url(y)}", ["image y"]),
        ("a{content:'url(x)'}", []),
        ("<!-- a{b:url(x)} -->", ["image x"]),
        ("a{cursor:url(x.cur),auto}:root{--image:url(y)}", ["image x.cur", "image y"]),
        (".a{background:url(http://other.example/x)}", ["image http://other.example/x"]),
    ],
)
def test_a_style_sheet_needs(css: str, expected: list[str]):
    assert names(css) == expected


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ("src:url(a.woff2)", ["font a.woff2"]),
        ("src:local(X),url(a.woff2) format('woff2'),url(a.woff)", ["font a.woff2"]),
        ("src:url(a.woff) format(woff),url(a.woff2) format(woff2)", ["font a.woff"]),
        ("src:url(a.eot);src:url(a.eot?#iefix) format('embedded-opentype'),url(a.ttf) format('truetype')", ["font a.ttf"]),
        ("src:url(a.eot?v=1),url(a.SVG#f),url(a.otf?v=1)", ["font a.otf?v=1"]),
        ("src:url(a.woff2);src:url(a.eot)", ["font a.woff2"]),
        ("src:url('a.eot');src:url(\"a.eot?#iefix\"),url( 'a.woff' ) format('woff')", ["font a.woff"]),
        ("src:url(a.eot)", []),
        ("src:url('')", []),
        ("src:url(data:font/woff2;base64,xx) format('woff2'),url(a.woff)", []),
        ("font-family:'a;b}';src:url(a.woff2)", ["font a.woff2"]),
        ("SRC : url(a.woff2)", ["font a.woff2"]),
        ("src:", []),
        ("src", []),
        ("", []),
    ],
)  # fmt: skip
def test_of_a_font_the_source_that_browsers_load_is_needed(sources: str, expected: list[str]):
    assert names(f"@font-face{{{sources}}}") == expected
    # Where the style sheet cannot be split, because a string stays open, it is parsed as a whole.
    assert names(f"@font-face {{{sources}}} b{{c:'\n}}") == expected
    assert names(f"@media screen{{@font-face/**/{{{sources};}}}}") == expected


def test_images_after_a_font_are_images_again():
    assert names("@font-face{src:url(a)}b{c:url(d)}@font-feature-values X{e:url(f)}") == [
        "font a",
        "image d",
        "image f",
    ]
    assert names("@font-face{src:url(a)") == ["font a"]


@pytest.mark.parametrize(
    ("css", "content_type", "url"),
    [
        (b'@charset "windows-1251";a{b:url(\xe4)}', "text/css", "%D0%B4"),
        (b'@charset "windows-1251";a{b:url(\xe4)}', "text/css; charset=windows-1252", "%C3%A4"),
        (b'@charset "utf-16";a{b:url(\xc3\xa4)}', "text/css", "%C3%A4"),
        (b'@charset "no such";a{b:url(\xc3\xa4)}', "text/css", "%C3%A4"),
        (b'\xef\xbb\xbf@charset "windows-1251";a{b:url(\xc3\xa4)}', "text/css", "%C3%A4"),
        ("a{b:url(ä)}".encode("utf-16"), "text/css", "%C3%A4"),
    ],
)
def test_the_charset_is_that_of_the_byte_order_mark_the_field_or_the_rule(css: bytes, content_type: str, url: str):
    assert names(css, content_type) == [f"image {url}"]


def test_only_so_much_css_is_parsed():
    css = "".join(f"a{{b:url({number})}}" for number in range(10_000))
    assert len(names(css, limits=RequisiteLimits(count=100_000))) == 10_000
    assert 0 < len(names(css, limits=RequisiteLimits(count=100_000, css_chars=1_000))) < 20
    inside = f"<style>{css}</style><p style='a:url(x)'><img src=y>"
    assert names(inside, "text/html", RequisiteLimits(count=100_000, css_chars=1_000))[-1] == "image y"
    assert names("a{b:" + "(" * 5_000 + "url(x)}") == []
    assert names("@import 'x' " + "1" * 4_301) == []
