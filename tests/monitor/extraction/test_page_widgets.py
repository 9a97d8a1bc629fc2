"""Widgets of a page that state nothing about its subject, known by the names that tools and themes give them."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS

TEXT = "<p>The members of the pact meet at the harbour once a year and agree on the tides, the lights and the ferries that join them.</p>"


def text_of(markup):
    page = extract(f"<body><main><h1>Pact</h1>{TEXT}{markup}{TEXT}</main>".encode(), "text/html")
    return " ".join(block.text for block in page.blocks if block.kind in READING_KINDS)


@pytest.mark.parametrize(
    "names",
    [
        "class='live-chat'",
        "id='intercom-container'",
        "class=countdown-timer",
        "class='font-sizer'",
        "class=currency-switcher",
        "class='lang-switch'",
        "class=mini-cart",
        "class=search-suggestions",
        "class='weather-widget'",
        "class=stock-ticker",
    ],
)
def test_a_widget_is_no_text(names):
    assert "Zebra 12" not in text_of(f"<div {names}><span>Zebra 12 days</span></div>")


@pytest.mark.parametrize(
    "names",
    [
        "class=weather",
        "class=chat-history",
        "id=currency-reform",
        "class=language",
        "class=cartography",
        "class=has-large-font-size",
        "class=cart",
    ],
)
def test_a_name_that_only_contains_such_a_word_hides_nothing(names):
    assert "Zebra 12" in text_of(f"<div {names}><p>Zebra 12 days</p></div>")
