"""What a page needs to look as it did: found in HTML, SVG and CSS, in the order of priority, within limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import RequisiteKind
from monitor.requisites.collector import RequisiteLimits
from monitor.requisites.discovery import requisites_of
from monitor.urls import LONGEST, normalise
from tests.monitor.requisites.systems import SYSTEMS

URL = "http://site.example/a/page?x=1"
A = "http://site.example/a/"
HTML = "text/html; charset=utf-8"


def found(body: str | bytes, content_type: str | None = HTML, limits: RequisiteLimits | None = None) -> list[str]:
    """The requisites as "kind URL", with "~" before alternatives."""
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    listed = requisites_of(data, content_type, URL, limits=limits or RequisiteLimits())
    return [f"{'~' * one.is_alternative}{one.kind.value} {one.url}" for one in listed]


def names(body: str | bytes, content_type: str | None = HTML) -> list[str]:
    """The requisites without the folder of the page."""
    return [line.replace(A, "") for line in found(body, content_type)]


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_requisites_of_a_page_in_the_manner_of(name: str):
    assert "\n".join(found(SYSTEMS[name].markup)) == SYSTEMS[name].expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<IMG SRC=x.png>", ["image x.png"]),
        ("<img/src=x.png>", ["image x.png"]),
        ("<img src=' x\n.png '>", ["image x.png"]),
        ("<img src=x.png src=y.png>", ["image x.png"]),
        ("<image src=x.png>", ["image x.png"]),
        ("<!--><img src=x.png>-->", ["image x.png"]),
        ("<!-- <img src=x.png> -->", []),
        ("<svg><style><img src=x.png></style></svg>", ["image x.png"]),
        ("<style><img src=x.png></style>", []),
        ("<textarea><img src=x.png></textarea><title><img src=x.png></title>", []),
        ("<table><img src=x.png></table>", ["image x.png"]),
        ("<template><template><img src=x.png></template><img src=y.png></template>", ["image y.png", "image x.png"]),
        ("<noscript><link rel=stylesheet href=x.css><template><img src=y></template>", ["style_sheet x.css", "image y"]),
        ("<noscript><iframe></noscript><img src=x.png>", ["image x.png"]),
        ("<script>'<img src=x.png>'</script>", []),
        ("<base href=/b/><img src=x.png><base href=/c/>", ["image http://site.example/b/x.png"]),
        ("<base href=javascript:1><img src=x.png>", ["image x.png"]),
        ("<iframe srcdoc=\"<base href='/b/'><img src=x.png>\"></iframe><img src=y.png>", ["image http://site.example/b/x.png", "image y.png"]),
        ("<picture><source src=x.png><img></picture><video><source src=y></video>", ["image x.png", "media y"]),
        ("<video><source data-src=x.mp4></video>", ["media x.mp4"]),
        ("<embed src=x><embed src=y.pdf><object data=z type='application/pdf'></object><embed src=v type=video/mp4>", ["image x", "media v", "document y.pdf", "document z"]),
        ("<a href=report.pdf><area href='x' type=application/pdf><a href=pdf><a href=x.pdfx>", ["document report.pdf", "document x"]),
        ("<object data=x.html></object><object data=y.swf type=application/x-shockwave-flash></object><embed src=chart.php><object data=z type='text/html; a=b'></object>", ["image chart.php", "frame x.html", "frame z"]),
        ("<iframe data-src=x></iframe><video data-src=y></video><iframe srcdoc='<p>' data-src=z></iframe>", ["media y", "frame x"]),
        ("<p data-bg=x.png><p data-background='url(\"y.png\")'><p data-background=dark><p data-background-image='a b'>", ["image x.png", "image y.png"]),
        ("<frameset><frame src=x.html></frameset>", ["frame x.html"]),
        ("<link rel='preload' as=font href=x><link rel=preload as=fetch href=y><link rel=prefetch href=z>", ["font x"]),
        ("<link rel=stylesheet media=' PRINT ' href=x.css>", ["~style_sheet x.css"]),
        ("<svg><use href='#a'/><feImage xlink:href=x.png /><linearGradient href=y.svg#a /><a xlink:href=z.pdf>", ["image x.png", "image y.svg"]),
        ("<path fill='url(#a)'><svg><path fill='url(x.svg#a)'></svg>", ["image x.svg"]),
        ("<img src=page?x=1><img src=?x=1#y><img src=''><img src='#'>", []),
        ("<img src='http://u:p@other.example/x'><img src='http:'><img src='http://[::'><img src='http://a:0/x'>", []),
        ("<img src='ftp://a/x'><img src=' data:image/png,x'><img src='cid:x'><iframe src=about:srcdoc>", []),
        ("<img src=\ud800x.png>", ["image %EF%BF%BD%EF%BF%BD%EF%BF%BDx.png"]),
        ("<img src='h\u00e4fen/\u6e2f.png'>", ["image h%C3%A4fen/%E6%B8%AF.png"]),
        ("<img src='//h\u00e4fen.example/x'>", ["image http://xn--hfen-loa.example/x"]),
    ],
)  # fmt: skip
def test_what_a_browser_loads_is_a_requisite(markup: str, expected: list[str]):
    assert names(markup) == expected


def test_the_largest_candidate_of_a_srcset_is_no_alternative():
    assert names("<img srcset='s.jpg 320w, l.jpg 1280w,m.jpg 640w, a,b.jpg 20w'>") == [
        "image l.jpg",
        "~image s.jpg",
        "~image m.jpg",
        "~image a,b.jpg",
    ]
    assert names("<img srcset='one.jpg, two.jpg 1.5x, three.jpg 99999999999999999999x'>")[0] == "image two.jpg"


def test_a_url_that_is_used_in_two_ways_is_listed_once_as_the_first_by_priority():
    markup = (
        "<link rel=icon href=x.png><img srcset='x.png 1x, y.png 2x'><img src=x.png><a href=x.png type=application/pdf>"
    )
    assert names(markup) == ["image y.png", "image x.png"]


def test_beyond_the_count_the_lowest_priority_is_omitted():
    markup = (
        "<a href=d.pdf>d</a><iframe src=f></iframe>"
        + "".join(f"<img src={n}.png>" for n in range(20))
        + "<link rel=stylesheet href=s.css>"
    )
    assert len(found(markup)) == 23
    limited = found(markup, limits=RequisiteLimits(count=5))
    assert limited == [f"style_sheet {A}s.css", *(f"image {A}{n}.png" for n in range(4))]


def test_frames_in_frames_are_followed_three_deep():
    def nested(depth: int) -> str:
        inner = nested(depth - 1).replace("&", "&amp;").replace('"', "&quot;") if depth else ""
        return f'<img src={depth}.png><iframe srcdoc="{inner}"></iframe>'

    assert names(nested(6)) == [f"image {depth}.png" for depth in (6, 5, 4, 3)]


def test_a_long_url_is_no_requisite():
    fits = "x" * (LONGEST - len(A))
    assert found(f"<img src={fits}><img src={fits}y><img src='data:image/png;base64,{fits * 3}'>") == [
        f"image {A}{fits}"
    ]


def test_a_page_beyond_the_parse_limits_has_none():
    assert found("<img src=x.png>" + "<div>" * 4_000) == []


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"<!doctype html><img src=x>", None, ["image x"]),
        (b"<p>a</p><img src=x>", "application/octet-stream", ["image x"]),
        ("<img src=x>".encode("utf-16"), "text/html", ["image x"]),
        (b"<img src=\xe4>", "text/html; charset=windows-1251", ["image %D0%B4"]),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script src='a'/><img src='x'/></html>", "application/xhtml+xml", ["image x"]),
        (b"<?xml version='1.0'?><html><script src='a'/><img src='x'/></html>", "text/xml", ["image x"]),
        (b"%PDF-1.7 <img src=x>", "application/pdf", []),
        (b"<img src=x>", "text/plain", []),
        (b'{"a": "<img src=x>"}', "application/json", []),
        (b"\x89PNG\r\n\x1a\n<img src=x>", "image/png", []),
        (b"<rss><channel><item><title>x</title></item></channel></rss>", "application/rss+xml", []),
        (b"a{b:url(x)}", None, []),
        (b"", "text/html", []),
    ],
)  # fmt: skip
def test_the_format_decides(body: bytes, content_type: str | None, expected: list[str]):
    assert names(body, content_type) == expected


@pytest.mark.parametrize("content_type", ["application/xhtml+xml", "application/xml", "text/xml; charset=utf-8"])
def test_processing_instructions_name_style_sheets_of_xhtml(content_type: str):
    page = b"""<?xml version="1.0"?><?xml-stylesheet href="/k\xc3\xb6z.css" type="text/css"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="hu"><head><title>M\xc3\xbazeum</title></head><body><img src="haz.png"/></body></html>"""
    assert names(page, content_type) == ["style_sheet http://site.example/k%C3%B6z.css", "image haz.png"]


def test_a_drawing_has_images_style_sheets_and_fonts():
    drawing = b"""<?xml version="1.0"?><?xml-stylesheet type="text/css" href="a.css?x=1&amp;y=2"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><style><![CDATA[@font-face{src:url(f.woff2)}]]></style>
<image xlink:href="x.png"/><svg:image xlink:href="y.png"/><g style="filter:url(z.svg#f)"/><a xlink:href="page.html"/></svg>"""
    assert names(drawing, "image/svg+xml") == [
        "style_sheet a.css?x=1&y=2",
        "font f.woff2",
        "image x.png",
        "image y.png",
        "image z.svg",
    ]
    assert names(drawing, "text/xml") == names(drawing, None) == names(drawing, "image/svg+xml")


_MARKUP = "<img src=x> <a href='y.pdf'> <style> </style> url( ) @import ' \" <svg> <template> <noscript> <iframe srcdoc=' <base href=' //h.example/ http: ; { } srcset= , 2x &lt; <link rel=stylesheet href=".split()
_TYPES = [None, "text/html", "text/css", "image/svg+xml", "application/xhtml+xml", "text/xml", "x/y", "text/html; charset=utf-16"]  # fmt: skip


@given(
    st.one_of(st.binary(), st.text().map(str.encode), st.lists(st.sampled_from(_MARKUP)).map(lambda parts: " ".join(parts).encode())),
    st.sampled_from(_TYPES),
    st.sampled_from([URL, "https://site.example/", "not a URL", "", "http://[::1]:81/x"]),
    st.integers(0, 3),
)  # fmt: skip
def test_any_bytes_give_a_list(body: bytes, content_type: str | None, url: str, count: int):
    listed = requisites_of(body, content_type, url, limits=RequisiteLimits(count=count))
    assert listed == requisites_of(body, content_type, url, limits=RequisiteLimits(count=count))
    urls = [one.url for one in listed]
    assert len(set(urls)) == len(urls) <= count
    for one in urls:
        assert one.startswith(("http://", "https://"))
        assert normalise(one) == one
        assert len(one) <= LONGEST
        assert "#" not in one
    full = requisites_of(body, content_type, url)
    assert listed == full[:count]


def test_every_kind_occurs_in_the_pages():
    lines = "\n".join(system.expected for system in SYSTEMS.values())
    assert {kind for kind in RequisiteKind if f"{kind.value} http" in lines} == set(RequisiteKind)
