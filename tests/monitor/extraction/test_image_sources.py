"""The images of a page's text, and the names of their files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.extraction.image_sources import name_of

TEXT = (
    "<p>The members of the pact meet at the harbour once a year and agree on the tides, the lights and the ferries.</p>"
)


def names(markup):
    return [image.name for image in extract(f"<body><main>{TEXT}{markup}{TEXT}</main>".encode(), "text/html").images]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/media/chart-2024.png", "chart-2024.png"),
        ("chart-2024.png?v=17&w=300#top", "chart-2024.png"),
        ("https://cdn.example/a/b/Old%20Mill.JPG", "Old Mill.jpg"),
        ("/uploads/2020/05/boats-300x200.jpg", "boats.jpg"),
        ("/uploads/boats-scaled-e1612345678901.jpg", "boats.jpg"),
        ("/uploads/boats@2x.png", "boats.png"),
        ("/uploads/boats.jpg.webp", "boats.jpg"),
        ("/assets/boats.3f2a91bc0d.jpg", "boats.jpg"),
        ("/assets/boats-0a1b2c3d4e5f60718293a4b5c6d7e8f9.jpg", "boats.jpg"),
        ("/thumb/a/ab/Boats.jpg/640px-Boats.jpg", "Boats.jpg"),
        ("https://cdn.example/resize/640x/boats.jpg", "boats.jpg"),
        ("https://cdn.example/w_640,h_300,c_fill/v1612345678/boats.jpg", "boats.jpg"),
        ("https://cdn.example/boats/public", "boats"),
        ("https://cdn.example/boats.jpg/640x480", "boats.jpg"),
        ("/_next/image?url=%2Fmedia%2Fboats.jpg&w=640&q=75", "boats.jpg"),
        ("/timthumb.php?src=/media/boats.jpg&w=640", "boats.jpg"),
        ("https://cdn.example/unsafe/300x0/https%3A%2F%2Fsite.example%2Fboats.jpg", "boats.jpg"),
        ("/карта-гавани.png", "карта-гавани.png"),
        ("/港口地図.png", "港口地図.png"),
        # What a name ends with is no hash because it has only digits, or only letters.
        ("/map-20240105.png", "map-20240105.png"),
        ("/harbour-decade2020.png", "harbour-decade2020.png"),
        # A name that is nothing but a hash is all that identifies the picture.
        ("/i/0a1b2c3d4e5f6071.jpg", "0a1b2c3d4e5f6071.jpg"),
        ("/random/800x600", "random"),
        ("/chart.php?id=5", ""),
        ("/", ""),
        ("", ""),
        ("https://images.example/640/480", ""),
    ],
)
def test_the_name_of_a_file_is_without_size_hash_and_query(source, name):
    assert name_of(source) == name


@given(st.text(max_size=80))
def test_any_source_has_a_name_or_none(source):
    name = name_of(source)
    assert len(name) <= 200
    assert "/" not in name


def test_the_images_of_the_text_are_those_of_content_and_not_of_its_frame():
    assert names("<figure><img src=/a/boats.png></figure>") == ["boats.png"]
    assert names("<p>See <img src=boats.png alt=boats> here.</p>") == ["boats.png"]
    assert names("<nav><a href=/><img src=/a/boats.png></a></nav><footer><img src=partners.png></footer>") == []
    assert names("<img src=/img/icons/phone.svg><img class=avatar src=ann.jpg><img src=/ads/sale.png>") == []
    assert names("<img src=dot.gif width=1 height=1><img src=phone.png width=24px height=24>") == []
    assert names("<img src=boats.png style='display:none'><img src=mill.png aria-hidden=true>") == []


def test_an_image_that_is_loaded_late_has_the_source_it_will_have():
    blank = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
    assert names(f"<img src='{blank}' data-src=/a/boats.png>") == ["boats.png"]
    assert names("<img src=/img/placeholder.svg data-original=/a/boats.png>") == ["boats.png"]
    assert names("<img data-srcset='/a/boats-300x200.png 300w, /a/boats-600x400.png 600w'>") == ["boats.png"]
    assert names("<img srcset='/a/boats.png, /a/boats@2x.png 2x'>") == ["boats.png"]
    assert names(f"<img src='{blank}'>") == []


def test_an_image_knows_the_block_that_contains_or_follows_it():
    page = extract(
        f"<body><main>{TEXT}<img src=boats.png alt='Two boats'>{TEXT}<img src=mill.png></main>".encode(), "text/html"
    )
    assert [(image.name, image.alternative, image.block) for image in page.images] == [
        ("boats.png", "Two boats", 1),
        ("mill.png", "", 2),
    ]
