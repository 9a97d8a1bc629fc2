"""Title, description, Open Graph and structured data are blocks of kind metadata."""

from __future__ import annotations

import json

import pytest

from monitor.extraction.extract import extract
from monitor.model import BlockKind


def declared(head: str, body: str = "<p>Text.</p>") -> list[tuple[str, str]]:
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    blocks = extract(page.encode(), "text/html; charset=utf-8").blocks
    return [(block.text, block.why) for block in blocks if block.kind is BlockKind.METADATA]


def ld(document: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(document)}</script>'


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<title>The union: 64 lodges</title>", [("The union: 64 lodges", "title")]),
        ('<title>Bund</title><meta name="description" content="Ein Bund von 64 Logen.">', [("Bund", "title"), ("Ein Bund von 64 Logen.", "description")]),
        ('<title>Союз</title><meta property="og:title" content="Союз"><meta property="og:description" content="64 ложи">', [("Союз", "title"), ("64 ложи", "og:description")]),
        ('<meta name="Description" content=" "><meta name="keywords" content="64, lodges">', []),
        ('<meta property="product:price:amount" content="19.90"><meta property="product:price:currency" content="EUR">', [("price | 19.90 EUR", "product:price:amount")]),
        ('<meta property="article:published_time" content="2020-03-01T10:00:00Z"><meta property="article:modified_time" content="2020-03-02">', [("published_time | 2020-03-01T10:00:00Z", "article:published_time")]),
    ],
)  # fmt: skip
def test_title_description_and_open_graph_are_metadata(head, expected):
    assert declared(head) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"@type": "Product", "name": "Lamp", "offers": {"@type": "Offer", "price": 19.9, "priceCurrency": "EUR", "availability": "https://schema.org/InStock"}}, [("price | 19.9 EUR", "price in JSON-LD"), ("availability | InStock", "availability in JSON-LD")]),
        ({"@graph": [{"@type": "Event", "name": "Fair", "startDate": "2020-05-01", "endDate": "2020-05-03"}]}, [("startDate | 2020-05-01", "startDate in JSON-LD"), ("endDate | 2020-05-03", "endDate in JSON-LD")]),
        ([{"@type": "NewsArticle", "datePublished": "2020-01-01", "dateModified": "2020-01-02", "headline": "x"}], [("datePublished | 2020-01-01", "datePublished in JSON-LD")]),
        ({"offers": {"lowPrice": "5", "highPrice": "9", "priceCurrency": "USD", "priceValidUntil": "2021-01-01"}}, [("lowPrice | 5 USD", "lowPrice in JSON-LD"), ("highPrice | 9 USD", "highPrice in JSON-LD")]),
        ({"aggregateRating": {"ratingCount": 64, "ratingValue": 4.5}}, []),
        ("text", []),
    ],
)  # fmt: skip
def test_prices_availability_and_dates_of_json_ld_are_metadata(document, expected):
    assert declared(ld(document)) == expected


def test_things_are_named_above_their_values():
    page = ld([{"name": "Lamp", "offers": {"price": "5"}}, {"name": "Desk", "offers": {"price": "50"}}])
    blocks = extract(f"<head>{page}</head><p>x</p>".encode(), "text/html").blocks
    assert [(block.anchor, block.text) for block in blocks if block.kind is BlockKind.METADATA] == [
        (("Lamp",), "price | 5"),
        (("Desk",), "price | 50"),
    ]


def test_microdata_in_meta_elements_is_metadata():
    body = '<div itemscope><meta itemprop="price" content="5"><meta itemprop="priceCurrency" content="SEK"><link itemprop="availability" href="x">Lamp</div>'
    assert declared("", body) == [("price | 5 SEK", "price in microdata")]


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, '{"price": "5"', "null", "//", '{"price": "' + "5" * 600_000 + '"}']
)
def test_json_ld_that_is_not_valid_or_too_long_declares_nothing(text):
    assert declared(f'<script type="application/ld+json">{text}</script>') == []


def test_the_number_of_values_is_limited():
    many = [{"name": f"Lamp {number}", "offers": {"price": str(number)}} for number in range(2_000)]
    assert len(declared(ld(many))) == 200
