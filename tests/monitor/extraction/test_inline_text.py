"""Inline elements that style sheets set apart are separate words where the structure shows it; parts of one word stay together."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract


def text(markup: str) -> str:
    """The text of a page, its blocks on lines of their own."""
    return "\n".join(block.text for block in extract(markup.encode(), "text/html; charset=utf-8").blocks)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<span class="big">3.4 million</span><span class="caption">homes rebuilt</span>', "3.4 million homes rebuilt"),
        ('<span class="zahl">3,4 Millionen</span><span class="text">Haushalte</span>', "3,4 Millionen Haushalte"),
        ('<span class="n">3,4 миллиона</span><span class="t">домов построено</span>', "3,4 миллиона домов построено"),
        ("<strong>64</strong><small>lodges</small>", "64 lodges"),
        ("<b>64</b><em>loges</em>", "64 loges"),
        ('<em class="a">64 %</em><span class="b">participation</span>', "64 % participation"),
        ('<span>Total</span><span style="display: block">homes</span>', "Total homes"),
        ('<b>12</b><i style="display:flex">km</i>', "12 km"),
    ],
)
def test_a_figure_and_its_label_are_two_words(markup, expected):
    assert text(f"<div>{markup}</div>") == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<span class="cap">O</span><span class="rest">nce there was</span>', "Once there was"),
        ("<b>un</b><i>believable</i>", "unbelievable"),
        ("the 5<b>th</b> of May", "the 5th of May"),
        ("<b>5</b><i>th</i> lodge", "5th lodge"),
        ('<span class="a">1</span><span class="b">234</span>', "1234"),
        ('<mark>mem</mark><span class="x">bers</span>', "members"),
        ("<b>64</b><i>m²</i>", "64m²"),
    ],
)
def test_parts_of_one_word_stay_together(markup, expected):
    assert text(f"<div>{markup}</div>") == expected
