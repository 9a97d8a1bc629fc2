"""Animated counters: the static markup contains the start of the animation, an attribute its end."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import Lookup


def text(markup: str) -> str:
    return "\n".join(block.text for block in extract(markup.encode(), "text/html; charset=utf-8").blocks)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<span class="num" data-duration="2000" data-to-value="87" data-from-value="0">0</span> lodges', "87 lodges"),
        ('<span data-count="1200">0</span> Logen', "1200 Logen"),
        ('<span data-count="1,200">0</span> lodges', "1,200 lodges"),
        ('<b data-target="64">00</b> loges', "64 loges"),
        ('<span data-end="12.5" data-decimals="1">0.0</span> % de logias', "12.5 % de logias"),
        ('<i data-countto="64">0</i> лож', "64 лож"),
        ('<span data-end-val="64" data-start-val="0">0</span> lodges', "64 lodges"),
        ('<span data-stop="64">0</span> lodges', "64 lodges"),
        ('<span class="odometer" data-odometer-final="64">0</span> lodges', "64 lodges"),
        ('<span class="odometer" data-count="64"></span> lodges', "64 lodges"),
        ('<span data-value="64" data-suffix=" million">0</span> lodges', "64 million lodges"),
        ('<span data-value="64" data-prefix="$" data-suffix="M">$0M</span> in all', "$64M in all"),
        ('<span class="counter" data-start="1" data-to="64">1</span> lodges', "64 lodges"),
        ('<span data-to-value="64">0</span><sup>+</sup> lodges', "64+ lodges"),
        ('<span class="wrap" data-number-value="64"><span><span class="value"></span></span></span> lodges', "64 lodges"),
        ('<span data-to-value="64"><b>0</b></span> 会員', "64 会員"),
    ],
)  # fmt: skip
def test_a_counter_shows_the_number_to_which_it_counts(markup, expected):
    assert text(f"<div><p>{markup}</p></div>") == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<span data-value="20240501">12</span> May', "12 May"),
        ('<span data-count="5">64</span> lodges', "64 lodges"),
        ('<span data-target="#list">0</span> lodges', "0 lodges"),
        ('<span data-slide-to="3">1</span> of 4', "1 of 4"),
        ('<span data-id="64" data-duration="2000" data-from-value="5">0</span> lodges', "0 lodges"),
        ('<span data-count="3"></span> lodges', "lodges"),
        ('<span data-number="64">none</span> lodges', "none lodges"),
        ('<span data-value="64">0 of 87</span> lodges', "0 of 87 lodges"),
        ('<span data-to-value="87">87</span> lodges', "87 lodges"),
        ('<b class="signature-count" data-target="500">123</b> signatures', "123 signatures"),
        ('<b class="countdown" data-end="1767225600">12</b> days left', "12 days left"),
        ('<b class="days" data-countdown-end="1767225600">0</b> days left', "0 days left"),
        ('<span data-max-value="100">0</span> votes', "0 votes"),
        ('<span data-total-count="100">0</span> of 100 votes', "0 of 100 votes"),
        ('<a data-number="5551234">0</a> likes', "0 likes"),
    ],
)
def test_other_attributes_change_nothing(markup, expected):
    assert text(f"<div><p>{markup}</p></div>") == expected


def test_counters_in_blocks_and_tables_and_at_selectors():
    page = (
        '<div class="et_number" data-number-value="64"><div class="percent"><p><span class="percent-value"></span></p></div><h3>Lodges</h3></div>'
        '<table><tr><td>Members<td><span data-count="87">0</span></tr></table><p>In all <b id=x data-count="12">0</b> towns</p>'
    )
    extracted = extract(page.encode(), "text/html", [Lookup("#x")])
    assert [block.text for block in extracted.blocks] == ["64", "Lodges", "Members | 87", "In all 12 towns"]
    (span,) = extracted.found[Lookup("#x")].elements[0]
    assert extracted.blocks[span.block].text[span.start : span.end] == "12"


def test_a_cell_with_a_key_to_sort_by_shows_its_own_number():
    page = '<table><tr><td>Alder<td data-value="20260301">0</tr><tr><td>Birch<td data-sort-value="7">0</tr></table>'
    assert text(page) == "Alder | 0\nBirch | 0"


def test_counters_in_each_other_cost_linear_time():
    page = '<div data-count="5" class="counter">' * 300 + "0" + "<p>text" * 20_000
    assert extract(page.encode(), "text/html").blocks
