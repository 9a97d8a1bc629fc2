"""What a page costs grows with its size only, whatever it repeats: extraction and replay, with parsers and loops of their own and of others."""

from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.extraction.html_parser import bare_text
from monitor.model import Version
from monitor.pipeline.analyze import analyze
from pagewitness.replay.rewrite import rewrite_html
from tests.support.growth import growth
from tests.support.heart import MEMBERS, snapshot
from tests.support.pace import costs_less_than
from tests.support.pumped_pages import BELOW_A_BOUND, CHANGING, HTML, OTHER

_FLOOR_SECONDS = 0.004
_LONGEST_SECONDS = 10.0


def _extracted(body: bytes, content_type: str = "text/html; charset=utf-8") -> object:
    return analyze(body, snapshot(content_type=content_type), (MEMBERS,))


def _replayed(body: bytes, content_type: str = "text/html; charset=utf-8") -> object:
    return rewrite_html(body, content_type, "http://example.org/", "20260101000000", banner="<div>banner</div>")


@pytest.mark.parametrize("work", [_extracted, _replayed])
@pytest.mark.parametrize("shape", HTML)
def test_a_page_is_linear_in_its(shape: str, work):
    count, made = HTML[shape]
    grown = growth(work, lambda size: made(count * size).encode(), floor=_FLOOR_SECONDS, longest=_LONGEST_SECONDS)
    assert grown.is_linear, str(grown)


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


@pytest.mark.parametrize("work", [_extracted, _replayed])
@pytest.mark.parametrize("shape", BELOW_A_BOUND)
def test_what_the_parser_does_in_more_than_linear_time_is_cut_off_early(shape: str, work):
    with costs_less_than(4.0):
        work(BELOW_A_BOUND[shape].encode())


def test_a_character_reference_of_many_digits_is_no_character():
    assert bare_text("<p>1&#" + "9" * 5_000 + ";2") == "\n1\N{REPLACEMENT CHARACTER}2"
    assert bare_text("&#" + "0" * 5_000 + "65;&#00000066;&#67;&#0;") == "ABC\N{REPLACEMENT CHARACTER}"
