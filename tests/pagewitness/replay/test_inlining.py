"""Masks and SVG sprites, which browsers do not load in a sandbox, are inserted into replayed pages and style sheets."""

from __future__ import annotations

import base64
from urllib.parse import quote

import httpx
import pytest

from pagewitness.replay import inlining
from tests.pagewitness.archived import Archive, Web

PAGE, SHEET = "https://shop.example/", "https://shop.example/shop.css"
STAR, ICONS = "https://shop.example/star.svg?a=1&b=2", "https://shop.example/icons.svg"
WHEN = "20210301120000"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
SPRITE = '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="cart" onload="x()"><path d="M1 1h3"/><script>x()</script></symbol></svg>'
DATA = "data:image/svg+xml;base64," + base64.b64encode(DRAWING.encode()).decode()


@pytest.fixture
def shop(archive: Archive) -> Archive:
    archive.add_exchange(STAR, DRAWING, content_type="image/svg+xml; charset=utf-8")
    archive.add_exchange(ICONS, SPRITE, content_type="image/svg+xml")
    return archive


def sheet(archive: Archive, client: httpx.Client, css: str) -> str:
    archive.add_exchange(SHEET, css, content_type="text/css")
    return client.get(f"/replay/{WHEN}cs_/{SHEET}").text


def page(archive: Archive, client: httpx.Client, markup: str, modifier: str = "if_") -> str:
    archive.add_snapshot(PAGE, markup)
    return client.get(f"/replay/{WHEN}{modifier}/{PAGE}").text


@pytest.mark.parametrize(
    "declaration",
    [
        "mask: {}",
        "-webkit-mask-image:{} , linear-gradient(red, blue)",
        "MASK-IMAGE : linear-gradient(red, blue), {}",
        "mask-border: {} 20",
        "-webkit-mask-box-image: {} 5",
        "color: red; shape-outside: {} ; margin: 0",
    ],
)
def test_masks_of_style_sheets_are_data_urls(shop: Archive, client: httpx.Client, declaration: str):
    expected = declaration.format(f'url("{DATA}")')
    assert sheet(shop, client, f"b {{{declaration.format('url(star.svg?a=1&b=2)')}}}") == f"b {{{expected}}}"


def test_masks_of_pages_are_data_urls(shop: Archive, client: httpx.Client):
    shown = page(
        shop, client, "<style>i {mask: url(star.svg?a=1&b=2)}</style><b style='mask:url(star.svg?a=1&amp;b=2)'>85</b>"
    )
    assert f'i {{mask: url("{DATA}")}}' in shown
    assert f'style="mask:url(&quot;{DATA}&quot;)"' in shown


def test_other_images_stay_as_they_are(shop: Archive, client: httpx.Client):
    for css in (
        "b {background: url(star.svg?a=1&b=2)}",
        "b {--mask: url(star.svg?a=1&b=2)}",
        "b {mask: url(missing.svg)}",
    ):
        assert "data:" not in sheet(shop, client, css)


def test_each_of_several_masks_is_inserted(shop: Archive, client: httpx.Client):
    assert sheet(shop, client, "b {mask: url(star.svg?a=1&b=2), url(star.svg?a=1&b=2)}").count(DATA) == 2


def test_long_masks_and_other_types_stay_as_they_are(
    shop: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    shop.add_exchange("https://shop.example/page.html", DRAWING, content_type="text/html")
    assert "data:" not in sheet(shop, client, "b {mask: url(page.html)}")
    monkeypatch.setattr(inlining, "_MASK_BYTES", 20)
    assert "data:" not in sheet(shop, client, "i {mask: url(star.svg?a=1&b=2)}")


def test_what_is_inserted_is_limited(shop: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inlining, "_INSERTED_BYTES", 2 * len(DATA) + 5)
    assert sheet(shop, client, "b {mask: url(star.svg?a=1&b=2)}" * 4).count("data:") == 2


@pytest.mark.parametrize("modifier", ["", "if_"])
def test_a_sprite_is_inserted_once_without_scripts(shop: Archive, client: httpx.Client, modifier: str):
    shown = page(
        shop,
        client,
        "<p>3 items<svg><use href=icons.svg#cart /></svg><svg><use xlink:href='/icons.svg#cart'/></svg>",
        modifier,
    )
    assert '<use href="#cart">' in shown
    assert '<use xlink:href="#cart">' in shown
    assert shown.count('<symbol id="cart"><path d="M1 1h3"></path></symbol>') == 1
    assert "x()" not in shown
    assert shown.index("<symbol") < shown.find("<pagewitness-banner", 0) % (len(shown) + 1)


def test_a_sprite_that_is_not_archived_or_has_styles_stays_external(shop: Archive, client: httpx.Client):
    styled = SPRITE.replace("<symbol", "<style>p {color: red}</style><symbol")
    shop.add_exchange("https://shop.example/styled.svg", styled, content_type="image/svg+xml")
    for name in ("missing.svg", "styled.svg"):
        shown = page(shop, client, f"<svg><use href={name}#cart /></svg>")
        assert f'/replay/{WHEN}oe_/https://shop.example/{name}#cart"' in shown
        assert "<symbol" not in shown


def test_sprites_are_limited(shop: Archive, client: httpx.Client):
    uses = "".join(f"<svg><use href='icons{number}.svg#cart' /></svg>" for number in range(8))
    for number in range(8):
        shop.add_exchange(f"https://shop.example/icons{number}.svg", SPRITE, content_type="image/svg+xml")
    assert page(shop, client, uses).count("<symbol") == 5


def test_nothing_is_inserted_on_a_separate_origin(shop: Archive, web: Web):
    shop.add_snapshot(PAGE, "<svg><use href=icons.svg#cart /></svg><b style='mask:url(star.svg?a=1&amp;b=2)'>85</b>")
    replay = web.url.replace("127.0.0.1", "localhost")
    web.show(shop, base_url=web.url, replay_origin=replay)
    shown = httpx.get(f"{replay}/replay/{WHEN}if_/{quote(PAGE, safe=':/')}").text
    assert "mask:url(&quot;/replay/" in shown
    assert "data:" not in shown
    assert "<symbol" not in shown
