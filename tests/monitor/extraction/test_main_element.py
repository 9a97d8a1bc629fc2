"""The main element of a page, and what is outside it."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS, BlockKind

HEAD = "<h1>Le pacte</h1>"
PROSE = "".join(
    f"<p>Le paragraphe {number} de la page est assez long pour compter comme un texte, et il a des voisins de sa sorte.</p>"
    for number in ("un", "deux", "trois", "quatre")
)


def read(body: str) -> list[str]:
    page = f"<html><head><title>Pacte</title></head><body>{body}</body></html>"
    return [block.text for block in extract(page.encode(), "text/html").blocks if block.kind in READING_KINDS]


@pytest.mark.parametrize("main", ["main", "div role=main"])
@pytest.mark.parametrize(
    "beside",
    [
        "<div class=bar>Livraison gratuite dès 30 € d'achat</div>",
        "<div><h2>Le bulletin du mois</h2><p>Un autre texte, assez long pour compter, qui ne parle pas du pacte du tout.</p></div>",
        "<section><p>Choisissez votre pays ou votre région pour voir ce qui y est proposé.</p></section>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_outside_the_main_element_is_not_read(main, beside, first):
    inside = f"<{main}>{HEAD}{PROSE}</{main.split()[0]}>"
    assert read(beside + inside if first else inside + beside) == read(inside)


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ("<div>87 membres</div>", "87 membres"),
        ("<div>≈ 1 200 navires</div>", "≈ 1 200 navires"),
        ("<div class=stat><div>87</div><div>Membres</div></div>", "Membres"),
        ("<div class=stat><div>Membres</div><div>87</div></div>", "Membres"),
        ("<table><tr><td>Membres<td>87</table>", "Membres | 87"),
        ("<dl><dt>Membres<dd>87</dl>", "Membres | 87"),
    ],
)
def test_rows_and_boxes_that_begin_with_a_number_are_read_there_too(box, kept):
    assert kept in read(f"{box}<main>{HEAD}{PROSE}</main>")


def test_a_main_element_without_the_headline_decides_nothing():
    lede = "<p>Le pacte compte 87 membres, comme le dit son bureau, et il en attend d'autres cette année.</p>"
    assert len(read(f"{HEAD}{lede}<main>{PROSE}</main>")) == 6


def test_a_main_element_around_a_part_of_the_text_decides_nothing():
    assert (
        len(
            read(
                f"<main>{HEAD}<p>Le pacte réunit trois mers et leurs rivages, sous un seul pavillon bleu.</p></main>{PROSE}"
            )
        )
        == 6
    )


@pytest.mark.parametrize(
    "side",
    [
        "<aside class=widget-area><section class=widget_recent_entries><h2>Derniers articles</h2><ul>{}</ul></section></aside>",
        "<div role=complementary><h3>À découvrir</h3>{}</div>",
        "<div id=secondary class='sidebar right'><div><h3>Nouvelles</h3>{}</div></div>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_sidebar_beside_little_text_is_no_text(side, first):
    side = side.format("<li><a href=/n1>Un navire rejoint le pacte</a><li><a href=/n2>Le bureau déménage</a> 3 mai")
    text = f"<div>{HEAD}<p>Le pacte compte 87 membres, dont douze rejoints cette année.</p></div>"
    assert read(side + text if first else text + side) == read(text)


@pytest.mark.parametrize(
    "box",
    [
        "<p>Le pacte compte 87 membres.</p>",
        "<div><div>87</div><div>membres</div></div>",
        "<table><tr><td>Membres<td>87</table>",
    ],
)
def test_numbers_in_a_sidebar_are_read(box):
    said = read(f"<aside><h2>En bref</h2>{box}</aside><div>{HEAD}{PROSE}</div>")
    assert any("87" in text for text in said)
    assert any("embres" in text for text in said)


def test_a_sidebar_that_is_most_of_the_page_is_the_page():
    assert read(f"<h1>Pacte</h1><div class=sidebar>{PROSE}</div>") == ["Pacte", *read(PROSE)]


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ("<div role=dialog><p>Choisissez une région pour voir les prix.</p></div>", BlockKind.CONTROL),
        ("<div role=alertdialog><p>Votre session va expirer bientôt.</p></div>", BlockKind.CONTROL),
        ("<div role=tooltip><p>Les frais sont calculés à la livraison.</p></div>", BlockKind.CONTROL),
        ("<div role=dialog class=cookie-banner><p>Nous aimons les biscuits secs.</p></div>", BlockKind.CONSENT),
    ],
)
def test_dialogs_are_no_text(box, kind):
    page = f"<h1>Pacte</h1>{PROSE}{box}"
    blocks = extract(page.encode(), "text/html").blocks
    assert [block.kind for block in blocks if block.text in box] == [kind]


def test_a_dialog_that_is_the_page_is_read():
    assert len(read(f"<div role=dialog><h1>Le pacte</h1>{PROSE}</div>")) == 5
