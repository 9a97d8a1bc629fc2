"""Boxes of links to other pages, products and articles, found by their headings."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.extraction.recommendations import is_heading
from monitor.model import READING_KINDS

PROSE = "".join(
    f"<p>Der {number}. Absatz beschreibt das Boot, seine Länge von 12 Metern und seinen Preis, und er ist lang genug.</p>"
    for number in ("erste", "zweite", "dritte", "vierte")
)
CARDS = "".join(
    f"<div class=card><a href=/boot/{n}>Boot Nummer {n}</a><span>Ein Boot für {n + 2} Leute</span><span>{n}99 €</span></div>"
    for n in range(1, 5)
)


def read(body: str) -> list[str]:
    page = f"<html><head><title>Boot</title></head><body>{body}</body></html>"
    return [block.text for block in extract(page.encode(), "text/html").blocks if block.kind in READING_KINDS]


@pytest.mark.parametrize(
    "heading",
    [
        "You may also like",
        "Related products",
        "Customers who viewed this item also viewed",
        "Das könnte Ihnen auch gefallen",
        "Ähnliche Produkte:",
        "Vous aimerez aussi",
        "Articles similaires",
        "También te puede interesar",
        "Prodotti correlati",
        "Leia também",
        "Vergelijkbare producten",
        "Читайте также",
        "関連商品",
        "相关产品",
    ],
)
@pytest.mark.parametrize(
    "box",
    [
        "<section><h2>{}</h2>{}</section>",
        "<div><div class=head>{}</div><div>{}</div></div>",
        "<h3>{}</h3>{}",
        "<div><div><h2>{}</h2></div><div>{}</div></div>",
    ],
)
def test_a_box_of_recommendations_is_no_text(heading, box):
    story = f"<h1>Die Ada</h1><div>{PROSE}</div>"
    assert read(story + box.format(heading, CARDS)) == read(story)


def test_a_section_with_a_text_of_its_own_is_read():
    body = f"<h1>Boote</h1>{PROSE}<h2>Ähnliche Produkte</h2><p>Der Hafen hat 87 Boote. <a href=/a>Ada</a> ist das älteste.</p>{PROSE}"
    assert any("87 Boote" in text for text in read(body))


def test_what_follows_the_box_is_read():
    body = f"<h1>Die Ada</h1>{PROSE}<h2>Related products</h2>{CARDS}<h2>Technik</h2><p>Die Ada hat 87 Kilowatt und eine Schraube aus Bronze.</p>"
    assert any("87 Kilowatt" in text for text in read(body))


def test_a_page_that_is_mostly_such_a_list_keeps_it():
    assert any(
        "Boot Nummer 3" in text for text in read(f"<h1>Die Ada</h1><section><h2>Related products</h2>{CARDS}</section>")
    )


@pytest.mark.parametrize(
    "text", ["Members", "87 partners", "Customers", "Produkte", "Relations", "About the pact", "Popularity 87"]
)
def test_other_headings_are_none(text):
    assert not is_heading(text)
