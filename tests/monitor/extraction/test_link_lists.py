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


PEOPLE = [f"{first} {last}" for first in ("LEA", "Kai", "Zoë", "Ömer") for last in ("BRANDT", "Núñez", "Åkesson")]


@pytest.mark.parametrize("link", ["<a href=# onclick='open(1)'>{}</a>", "<a href='javascript:void(0)'>{}</a>"])
@pytest.mark.parametrize(
    "page", ["<main><h1>Miembros</h1><ul>{}</ul></main>", "<h1>Mitglieder</h1><div><ul>{}</ul></div>"]
)
def test_names_that_a_script_opens_are_read(page, link):
    said = read(page.format("".join(f"<li>{link.format(name)}" for name in PEOPLE)))
    assert [text for text in said if text in PEOPLE] == PEOPLE


def test_entries_of_a_menu_that_a_script_opens_are_none():
    menu = "".join(
        f"<li><a href=#>{entry}</a>" for entry in ("Start", "Über uns", "Aktuelles", "Kontakt", "Presse", "Archiv")
    )
    assert read(f"<h1>Verband</h1><p>Wir sind 87.</p><ul>{menu}</ul>") == ["Verband", "Wir sind 87."]


@pytest.mark.parametrize(("script", "read_them"), [("/member.php?id={}", True), ("/index.php?id={}", False)])
def test_names_that_one_script_shows_are_read(script, read_them):
    said = read(f"<main><h1>Partners</h1><ul>{items(script)}</ul></main>")
    assert (said.count("Hylia") == 1) is read_them


def test_a_linked_heading_after_a_menu_is_no_entry_of_it():
    entries = "".join(f"<li><a href=/{name}>{name}</a>" for name in ("news", "work", "press", "about", "login"))
    text = "<p>Le texte de la section est assez long pour compter comme un paragraphe de la page, et non comme un menu.</p>"
    assert "La flotte" in read(f"<div><ul>{entries}</ul><h2><a href=#flotte>La flotte</a></h2>{text}</div>")


def test_a_list_of_links_between_paragraphs_is_part_of_the_article():
    head = '<head><meta property="article:published_time" content="2021-03-04"></head>'
    prose = "".join(
        f"<p>Paragraph {n} of the story is long enough to be read as prose, among others of its kind.</p>"
        for n in range(5)
    )
    apps = "".join(f"<li><a href=https://{name.lower()}.example/>{name}</a>" for name in NAMES)
    contents = "".join(f"<li><a href=#{name.lower()}>{name}</a>" for name in NAMES)
    assert "Hylia" in read(f"{head}<h1>Story</h1><div>{prose}<ul>{apps}</ul>{prose}</div>")
    assert "Hylia" not in read(f"{head}<h1>Story</h1><div>{prose}<ul>{contents}</ul>{prose}</div>")
    assert "Hylia" not in read(f"{head}<h1>Story</h1><div>{prose}</div><div><ul>{apps}</ul></div>")


def test_links_that_are_paragraphs_between_paragraphs_are_part_of_the_article():
    prose = "".join(
        f"<p>Absatz {n} der Geschichte ist lang genug, um als Fließtext zu gelten, und er hat Nachbarn seiner Art.</p>"
        for n in range(5)
    )
    boats = "".join(f"<p><a href=https://{name.lower()}.example/>{name}</a></p>" for name in NAMES)
    assert "Hylia" in read(f"<h1>Boote</h1><div>{prose}{boats}{prose}</div>")
    assert "Hylia" not in read(f"<h1>Boote</h1><div>{prose}</div><div>{boats}</div>")


@pytest.mark.parametrize(
    ("states", "kept"),
    [
        ("14 berths", True),
        ("1.240 Liegeplätze", True),
        ("停泊位12个", True),
        ("£1,219", True),
        ("ab 45 €", True),
        ("(21)", False),
        ("12 May 2024", False),
        ("Open", False),
    ],
)
@pytest.mark.parametrize(
    "card", ["<a href=/{0}><div>{0}</div><div>{1}</div></a>", "<li><a href=?{0}><h3>{0}</h3><p>{1}</p></a>"]
)
def test_cards_that_state_figures_are_read(states, kept, card):
    cards = "".join(card.format(name, states) for name in NAMES[:5])
    said = read(f"<ul>{MENU}</ul><h1>Harbours</h1><p>Every harbour of the coast.</p><div>{cards}</div>")
    assert said.count(states) == (5 if kept else 0)
    assert ("Cressia" in said) is kept
    assert "Contact" not in said


@pytest.mark.parametrize(
    ("heading", "kept"),
    [
        ("“The crew answered every letter that we wrote to them in two years.”", True),
        ("Der Hafen ist der größte der Küste, und er nimmt jedes Jahr neue Boote auf.", True),
        (
            "港口每年接待来自沿海各地的船只,并且为所有的船员提供住宿和餐食,这里也是本地区最古老的渔港之一,至今仍然每天开放。",
            True,
        ),
        ("More about the harbour, its boats and the people who live and work there", False),
        ("Read on!", False),
    ],
)
def test_a_heading_that_is_a_sentence_is_read_whatever_follows(heading, kept):
    menu = "".join(f"<li><a href=/{n}/>{n}</a>" for n in ("north", "south", "east", "west", "press"))
    said = read(f"<h1>Pact</h1><p>It meets in May.</p><div><h3>{heading}</h3><ul>{menu}</ul></div>")
    assert (heading in said) is kept
    assert "north" not in said


@pytest.mark.parametrize(
    ("heading", "kept"),
    [
        ("87 partners in three seas", True),
        ("Mehr als 1.200 Mitglieder", True),
        ("Plus de 50 navires", True),
        ("News of 2024", False),
        ("Top 5", False),
        ("Find us", False),
    ],
)
def test_a_heading_that_counts_something_above_links_is_read(heading, kept):
    menu = "".join(f"<li><a href=/{n}/>{n}</a>" for n in ("north", "south", "east", "west", "press"))
    said = read(f"<h1>Pact</h1><p>It meets in May.</p><div><h2>{heading}</h2><ul>{menu}</ul></div>")
    assert (heading in said) is kept
    assert "north" not in said


def test_a_declared_article_has_no_register():
    says = "<p>The pact has 8 partners, each of which sends a delegate to the meeting that is held twice a year in one of the towns.</p>"
    story = f"<main><h1>Partners</h1><div>{says * 4}<ul>{items()}</ul></div></main>"
    assert "Albany" not in read(f"<meta property=article:published_time content=2024>{story}")
