"""What a page costs grows with its size only, whatever it repeats: extraction, discovery of requisites and replay, with parsers and loops of their own and of others."""

from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.extraction.html_parser import bare_text
from monitor.model import Version
from monitor.pipeline.analyze import analyze
from monitor.requisites.discovery import requisites_of
from pagewitness.replay.rewrite import rewrite_page, rewrite_style_sheet
from pagewitness.replay.text_quotes import TextQuote
from tests.support.growth import growth
from tests.support.heart import MEMBERS, snapshot
from tests.support.pace import costs_less_than
from tests.support.pumped_pages import BELOW_A_BOUND, CHANGING, HTML, OTHER, REQUISITES, STYLE_SHEETS

QUOTES = [
    TextQuote(f"fact {n}", text, 0, 1, "word", "word", n / 4) for n, text in enumerate(("12", "a", "word word", "x|x"))
]
_FLOOR_SECONDS = 0.004
_LONGEST_SECONDS = 10.0


def _extracted(body: bytes, content_type: str = "text/html; charset=utf-8") -> object:
    return analyze(body, snapshot(content_type=content_type), (MEMBERS,))


def _replayed(body: bytes, content_type: str = "text/html; charset=utf-8") -> object:
    return rewrite_page(body, content_type, "http://example.org/", "20260101000000", quotes=QUOTES)


def _discovered(body: bytes, content_type: str = "text/html; charset=utf-8") -> object:
    return requisites_of(body, content_type, "http://example.org/")


def _replayed_style_sheet(body: bytes, content_type: str) -> object:
    return rewrite_style_sheet(body, content_type, "http://example.org/", "20260101000000", "/replay/")


@pytest.mark.parametrize("work", [_extracted, _replayed, _discovered])
@pytest.mark.parametrize("shape", HTML)
def test_a_page_is_linear_in_its(shape: str, work):
    count, made = HTML[shape]
    grown = growth(work, lambda size: made(count * size).encode(), floor=_FLOOR_SECONDS, longest=_LONGEST_SECONDS)
    assert grown.is_linear, str(grown)


@pytest.mark.parametrize("shape", REQUISITES)
def test_discovery_is_linear_in_a_pages(shape: str):
    count, made = REQUISITES[shape]
    grown = growth(
        _discovered, lambda size: made(count * size).encode(), floor=_FLOOR_SECONDS, longest=_LONGEST_SECONDS
    )
    assert grown.is_linear, str(grown)


@pytest.mark.parametrize("work", [_replayed_style_sheet, _discovered])
@pytest.mark.parametrize("shape", STYLE_SHEETS)
def test_a_style_sheet_is_linear_in_its(shape: str, work):
    count, made = STYLE_SHEETS[shape]
    grown = growth(
        lambda body: work(body, "text/css"),
        lambda size: made(count * size).encode(),
        floor=_FLOOR_SECONDS,
        longest=_LONGEST_SECONDS,
    )
    assert grown.is_linear, str(grown)


@pytest.mark.parametrize(
    ("content_type", "piece"),
    [
        ("text/css", b"url("),
        ("text/css", b"a{b:url(x)}"),
        ("text/html", b"<img src=x.png>"),
        ("text/html", b"<p style='a:url(x)'>"),
    ],
)
def test_requisites_of_sixteen_megabytes_are_found_or_refused_in_seconds(content_type: str, piece: bytes):
    body = piece * (16 * 1024 * 1024 // len(piece))
    with costs_less_than(8.0):
        assert len(requisites_of(body, content_type, "http://example.org/")) <= 500


@pytest.mark.parametrize("shape", OTHER)
def test_a_document_of_another_format_is_linear_in_its(shape: str):
    content_type, count, made = OTHER[shape]
    grown = growth(
        lambda body: _extracted(body, content_type),
        lambda size: made(count * size).encode(),
        floor=_FLOOR_SECONDS,
        longest=_LONGEST_SECONDS,
    )
    assert grown.is_linear, str(grown)


@pytest.mark.parametrize("shape", CHANGING)
def test_what_is_compared_is_linear_in_its(shape: str):
    def versions(size: int) -> tuple[Version, Version]:
        count, made = CHANGING[shape]
        before = made(count * size)
        bodies = (before, before.replace("12", "13").replace("word", "term"))
        old, new = (analyze(body.encode(), snapshot(), (MEMBERS,)).version for body in bodies)
        return old, new

    grown = growth(lambda both: compare(*both), versions, floor=_FLOOR_SECONDS, longest=_LONGEST_SECONDS)
    assert grown.is_linear, str(grown)


@pytest.mark.parametrize("work", [_extracted, _replayed, _discovered])
@pytest.mark.parametrize("shape", BELOW_A_BOUND)
def test_what_the_parser_does_in_more_than_linear_time_is_cut_off_early(shape: str, work):
    with costs_less_than(4.0):
        work(BELOW_A_BOUND[shape].encode())


def test_a_character_reference_of_many_digits_is_no_character():
    assert bare_text("<p>1&#" + "9" * 5_000 + ";2") == "\n1\N{REPLACEMENT CHARACTER}2"
    assert bare_text("&#" + "0" * 5_000 + "65;&#00000066;&#67;&#0;") == "ABC\N{REPLACEMENT CHARACTER}"
