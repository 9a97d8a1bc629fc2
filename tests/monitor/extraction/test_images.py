"""Alternative texts of images are read where they say something that the text does not; decorative images have none."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import BlockKind


def images(markup: str) -> list[str]:
    blocks = extract(markup.encode(), "text/html; charset=utf-8").blocks
    return [block.text for block in blocks if block.kind is BlockKind.IMAGE]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<p>Look:</p><img alt="Map of the 64 lodges">', ["Map of the 64 lodges"]),
        ('<p>Here <img alt="Karte der 64 Logen"> it is</p>', ["Karte der 64 Logen"]),
        ('<figure><img alt="Карта 64 лож"><figcaption>Союз</figcaption></figure>', ["Карта 64 лож"]),
        ('<img alt="64の会員の地図">', ["64の会員の地図"]),
        ('<svg role="img" aria-label="Chart: 64 lodges in 2020"><path/></svg>', ["Chart: 64 lodges in 2020"]),
        ('<div role="img" aria-label="Seven of ten seats are taken"></div><p>x</p>', ["Seven of ten seats are taken"]),
        ('<map><area alt="North: 12 lodges" href="#"></map>', ["North: 12 lodges"]),
        ('<img alt="A lodge"><img alt="A lodge">', ["A lodge"]),
    ],
)
def test_the_alternative_text_of_an_image_is_a_block(markup, expected):
    assert images(markup) == expected


@pytest.mark.parametrize(
    "markup",
    [
        '<img alt="">',
        "<img>",
        '<img alt="Logo">',
        '<img alt="IMG_0064.jpeg">',
        '<img alt="→">',
        '<img alt="a border of 64 stars" role="presentation">',
        '<img alt="a border of 64 stars" aria-hidden="true">',
        '<img alt="visitor number 64" width="1" height="1">',
        '<img alt="a border of 64 stars" hidden>',
        '<div style="display:none"><img alt="Map of the 64 lodges"></div>',
        '<nav><a href="/"><img alt="Home of the 64 lodges"></a></nav>',
        '<footer><img alt="Seal of the 64 lodges"><p>© 2020</p></footer>',
        '<img alt="The union has 64 lodges"><p>The union has 64 lodges.</p>',
    ],
)
def test_decorative_and_repeating_images_are_not_read(markup):
    assert images(f"<p>Text of the page.</p>{markup}") == []
