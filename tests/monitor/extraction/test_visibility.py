"""Text that a page's own style sheets hide, and pages that hide all of their text until a script runs."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS
from tests.support.pace import costs_less_than

PROSE = "".join(
    f"<p>Der {number}. Absatz der Seite ist lang genug, um als Fließtext zu gelten, und er hat Nachbarn seiner Art.</p>"
    for number in ("erste", "zweite", "dritte", "vierte", "fünfte", "sechste")
)


def read(body: str, head: str = "") -> list[str]:
    page = f"<html><head><title>Verband</title>{head}</head><body>{body}</body></html>"
    return [block.text for block in extract(page.encode(), "text/html").blocks if block.kind in READING_KINDS]


@pytest.mark.parametrize(
    ("style", "markup"),
    [
        (".stamp{display:none}", "<div class=stamp>Build 4711</div>"),
        (".a, .stamp , #b { color: red; display : none }", "<p class='x stamp'>Build 4711</p>"),
        ("#stamp{visibility:hidden}", "<p id=stamp>Build 4711</p>"),
        ("/* for screen readers; */ .vh{position:absolute;clip:rect(0,0,0,0)}", "<p class=vh>Build 4711</p>"),
        ("@media print{.note{color:red}} .note{display:none}", "<p class=note>Build 4711</p>"),
        ("span.stamp{display:none!important}", "<p>Wir sind 87 Mitglieder.<span class=stamp>Build 4711</span></p>"),
    ],
)
def test_what_the_pages_own_style_hides_is_not_read(style, markup):
    said = read(f"<h1>Verband</h1>{PROSE}{markup}", f"<style>{style}</style>")
    assert not any("4711" in text for text in said)
    assert len(said) >= 7


@pytest.mark.parametrize(
    "style",
    [
        "@media (max-width: 600px){.stamp{display:none}}",
        ".stamp{display:none} .open .stamp{display:block}",
        ".stamp{visibility:hidden} .stamp.entered{visibility:visible}",
        ".stamp{display:none} @media (min-width: 700px){.stamp{display:flex}}",
        "nav .stamp{display:none}",
        ".stamp:empty{display:none}",
        ".stamps{display:none}",
    ],
)
def test_what_a_style_shows_on_some_screen_or_in_some_state_is_read(style):
    assert "Wir sind 87" in read(
        f"<h1>Verband</h1>{PROSE}<div class=stamp>Wir sind 87</div>", f"<style>{style}</style>"
    )


def test_a_sheet_for_print_hides_nothing():
    assert "Wir sind 87" in read("<p class=stamp>Wir sind 87</p>", "<style media=print>.stamp{display:none}</style>")


def test_a_long_hidden_section_that_a_reader_can_open_is_read():
    answer = (
        "Les membres sont au nombre de 87, répartis sur trois mers ; le bureau tient la liste et la publie chaque mois."
    )
    said = read(
        f"<h1>Pacte</h1><h2>Combien ?</h2><div class=answer>{answer}</div>", "<style>.answer{display:none}</style>"
    )
    assert answer in said


@pytest.mark.parametrize("way", ["hidden", "style='visibility:hidden;min-height:100vh'", "style='display: none'"])
def test_a_page_that_is_hidden_until_a_script_runs_is_read(way):
    said = read(f"<div>Lädt</div><div {way} id='S:0'><h1>Verband</h1>{PROSE}</div><script>show('S:0')</script>")
    assert said[-6:] == read(PROSE)


def test_hidden_messages_on_a_page_of_few_words_stay_hidden():
    assert read("<p>Wir sind 87.</p><div hidden><p>Ihre Sitzung ist abgelaufen.</p></div>") == ["Wir sind 87."]


def test_a_page_with_a_text_keeps_its_hidden_parts_hidden():
    assert not any("4711" in text for text in read(f"{PROSE}<div hidden>{PROSE}<p>Build 4711</p></div>"))


@pytest.mark.parametrize(
    "style",
    [
        ".a{display:none}" * 20_000,
        "{" * 200_000 + "display:none",
        ".a " * 60_000 + "{display:none}",
        "".join(f".c{n}{{display:none}}" for n in range(10_000)),
        ".a{display:none}" + ".a{display:" * 15_000,
        "display:" + " " * 200_000 + "none",
    ],
)
def test_style_sheets_made_to_take_long_do_not(style):
    with costs_less_than(2.0):
        assert read(f"<p class=a>Wir sind 87.</p>{PROSE}", f"<style>{style}</style>")


@pytest.mark.parametrize(
    "panel",
    [
        "<div role=tabpanel hidden>{}</div>",
        "<div role=region aria-labelledby=q1 style='display:none'>{}</div>",
        "<div aria-labelledby=q1 style='display: none;'>{}</div>",
    ],
)
def test_a_section_that_a_control_opens_is_read(panel):
    answer = "Der Verband hat 87 Mitglieder."
    assert answer in read(f"<h1>Verband</h1>{PROSE}<button id=q1>Wie viele?</button>{panel.format(f'<p>{answer}</p>')}")


@pytest.mark.parametrize(
    "box",
    [
        "<div role=dialog aria-labelledby=t hidden><p id=t>Ihre Sitzung endet.</p></div>",
        "<ul role=menu aria-labelledby=m style='display:none'><li>Ihre Sitzung endet.</ul>",
        "<div hidden><p>Ihre Sitzung endet.</p></div>",
    ],
)
def test_hidden_dialogs_and_menus_stay_hidden(box):
    assert "Ihre Sitzung endet." not in read(f"<h1>Verband</h1>{PROSE}{box}<p aria-labelledby=x>Ende</p>")


LOCKED = "<div{} ><h1>Laterne Nr. 4</h1>" + PROSE + "</div>"


@pytest.mark.parametrize("hiding", [" style='display: none'", " hidden", " style=visibility:hidden"])
@pytest.mark.parametrize("main", ["<main>{}</main>", "<div role=main><p>Laden…</p>{}</div>"])
def test_a_main_element_that_is_hidden_until_a_script_runs_is_read(hiding, main):
    menu = "<p>Der Laden am Kai verkauft Laternen, Seile und Netze, und er ist an jedem Werktag geöffnet.</p>" * 3
    said = read(f"<div>{menu}</div>{main.format(LOCKED.format(hiding))}")
    assert "Laterne Nr. 4" in said
    assert any("sechste" in text for text in said)


def test_hidden_text_beside_visible_text_of_a_main_element_stays_hidden():
    hidden = LOCKED.format(" hidden")
    assert "Laterne Nr. 4" not in read(f"<main><div>{PROSE}</div>{hidden}</main>")
    assert "Laterne Nr. 4" not in read(f"<main><h1>Verband</h1>{PROSE}</main>{hidden}")
    assert "Nur kurz" not in read(f"<div>{PROSE}</div><main><div hidden><h1>Nur kurz</h1></div></main>")


@pytest.mark.parametrize(
    "control",
    [
        "<button aria-controls=a1 aria-expanded=false>Wie viele?</button>",
        "<a href=#a1 data-bs-toggle=collapse data-bs-target='#a1'>Wie viele?</a>",
        "<h3 data-toggle=tab data-target=#a1>Wie viele?</h3>",
    ],
)
@pytest.mark.parametrize(
    "hiding", ["hidden", "style='display:none'", "style='visibility: hidden'", "role=region hidden"]
)
def test_a_hidden_section_that_a_control_names_is_read(control, hiding):
    answer = "Der Verband hat 87 Mitglieder."
    assert answer in read(f"<h1>Verband</h1>{PROSE}{control}<div id=a1 {hiding}><p>{answer}</p></div>")


@pytest.mark.parametrize(
    ("control", "box"),
    [
        ("<button aria-controls=a1 aria-haspopup=dialog>Mehr</button>", "<div id=a1 hidden>{}</div>"),
        ("<button data-bs-toggle=modal data-bs-target='#a1'>Mehr</button>", "<div id=a1 hidden>{}</div>"),
        ("<button aria-controls=a1>Mehr</button>", "<div id=a1 role=dialog hidden>{}</div>"),
        ("<button aria-controls=a2>Mehr</button>", "<div id=a1 hidden>{}</div>"),
    ],
)
def test_a_hidden_box_over_the_page_stays_hidden(control, box):
    assert "Ihre Sitzung endet." not in read(
        f"<h1>Verband</h1>{PROSE}{control}{box.format('<p>Ihre Sitzung endet.</p>')}"
    )
