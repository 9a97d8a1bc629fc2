"""Lists of members and partners whose names are links: what the page is about, and no menu."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS

NAMES = "Albany Borland Cressia Dunmark Estria Falkreath Gondria Hylia".split()
MENU = "".join(f"<li><a href=/{name}/>{name.title()}</a>" for name in "about work news join give contact".split())


def read(markup: str) -> list[str]:
    return [block.text for block in extract(markup.encode(), "text/html").blocks if block.kind in READING_KINDS]


def items(address: str = "/partner/{}/") -> str:
    return "".join(f"<li><a href={address.format(name.lower())}><img><span>{name}</span></a>" for name in NAMES)


@pytest.mark.parametrize(
    "page",
    [
        "<main><h1>Partners</h1><p>We have 8 partners.</p><h2>Who they are</h2><ul>{}</ul></main>",
        "<ul>" + MENU + "</ul><h1>Our 8 members</h1><div><ul>{}</ul></div>",
        "<main><h1>Partners</h1><ul>{}</ul></main>",
    ],
)
@pytest.mark.parametrize("address", ["/partner/{}/", "https://www.{}.example/", "../members/{}.html"])
def test_names_that_lead_to_pages_of_one_kind_are_read(page, address):
    said = read(page.format(items(address)))
    assert [name for name in said if name in NAMES] == NAMES
    assert "Contact" not in said


@pytest.mark.parametrize(
    "page", ["<main><h1>Partners</h1>{}</main>", "<div><h1>Our 16 partners</h1><p>They meet in May.</p>{}</div>"]
)
def test_a_register_may_be_parted_by_headings(page):
    parts = [
        f"<h2>{region}</h2><ul>{''.join(f'<li><a href=/partner/{region}-{name}>{region} {name}</a>' for name in NAMES[:4])}</ul>"
        for region in ("North", "South", "East", "West")
    ]
    said = read(page.format("".join(parts)))
    assert [text for text in said if text.startswith("West")] == ["West", *(f"West {name}" for name in NAMES[:4])]


def test_cards_that_are_links_are_read_with_all_they_say():
    cards = "".join(f"<a href=/mps/{name}><div><h3>{name}</h3><p>Blue</p></div></a>" for name in NAMES)
    assert read(f"<main><h1>Members</h1><div>{cards}</div></main>")[1:3] == ["Albany", "Blue"]


def test_names_below_a_long_text_are_read():
    says = "<p>The pact has 8 partners, each of which sends a delegate to the meeting that is held twice a year in one of the towns.</p>"
    page = f"<main><h1>Partners</h1><div>{says * 4}</div><h2>Members of the pact</h2><ul>{items()}</ul></main>"
    assert read(page)[-9:] == ["Members of the pact", *NAMES]


@pytest.mark.parametrize(
    ("page", "gone"),
    [
        # Before the headline.
        ("<ul>{}</ul><main><h1>The pact</h1><p>We have 8 partners.</p></main>", items()),
        # Pages of many kinds.
        ("<main><h1>The pact</h1><p>We have 8 partners.</p><ul>{}</ul></main>", MENU),
        # More to read, tags, and what is sorted by year.
        ("<main><h1>The pact</h1><p>We have 8 partners.</p><h2>Related pages</h2><ul>{}</ul></main>", items()),
        ("<main><h1>The pact</h1><p>We have 8 partners.</p><ul>{}</ul></main>", items("/tag/{}")),
        ("<main><h1>The pact</h1><p>We have 8 partners.</p><ul>{}</ul></main>", items("/2024/05/{}")),
    ],
)
def test_menus_are_still_menus(page, gone):
    assert read(page.format(gone)) == ["The pact", "We have 8 partners."]


def test_a_declared_article_has_no_register():
    says = "<p>The pact has 8 partners, each of which sends a delegate to the meeting that is held twice a year in one of the towns.</p>"
    story = f"<main><h1>Partners</h1><div>{says * 4}<ul>{items()}</ul></div></main>"
    assert "Albany" not in read(f"<meta property=article:published_time content=2024>{story}")
