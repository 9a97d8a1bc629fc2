"""A text that both versions show is no new or removed text because its block counts as navigation, or as a footer, in one of them."""

from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.model import Level, NoiseReason
from monitor.pipeline.analyze import analyze
from tests.support.heart import snapshot

TEXT = {
    "en": ("The boat yard", "The yard repairs wooden boats for the clubs of the lake.", "Tools of the yard"),
    "de": ("Die Bootswerft", "Die Werft repariert Holzboote für die Vereine am See.", "Werkzeuge der Werft"),
    "fr": ("Le chantier naval", "Le chantier répare des bateaux en bois pour les clubs du lac.", "Outils du chantier"),
    "ja": ("造船所", "造船所は湖のクラブのために木造船を修理しています。", "造船所の道具"),
}
AS_CONTENT, AS_MENU, AS_FOOTER = (
    "<section><h2>{}</h2></section>",
    "<nav><h2>{}</h2></nav>",
    "</main><footer><p>{}</p></footer><main>",
)


def page(extra="", language="en"):
    title, sentence, _ = TEXT[language]
    html = f"<html lang={language}><title>{title}</title><body><main><h1>{title}</h1><p>{sentence}</p>{extra}</main></body></html>"
    return analyze(html.encode(), snapshot(), ()).version


@pytest.mark.parametrize("language", TEXT)
@pytest.mark.parametrize("other", [AS_MENU, AS_FOOTER])
def test_a_text_that_counts_as_something_else_is_noise_in_both_directions(language, other):
    text = TEXT[language][2]
    content, elsewhere = page(AS_CONTENT.format(text), language), page(other.format(text), language)
    for old, new in ((content, elsewhere), (elsewhere, content)):
        (change,) = compare(old, new)
        assert (change.level, change.detail["noise"]) == (Level.NOISE, NoiseReason.RECLASSIFIED)
        assert text in (change.sentence_before, change.sentence_after)


def test_a_text_that_is_no_longer_shown_is_removed():
    (change,) = compare(page(AS_CONTENT.format("Tools of the yard")), page(AS_MENU.format("Contact the yard")))
    assert (change.level, change.sentence_before, change.sentence_after) == (Level.TEXT, "Tools of the yard", None)


def test_a_text_that_the_menu_contains_all_the_time_is_removed():
    menu = AS_MENU.format("Tools of the yard")
    (change,) = compare(page(menu + AS_CONTENT.format("Tools of the yard")), page(menu))
    assert (change.level, change.sentence_before) == (Level.TEXT, "Tools of the yard")
    (change,) = compare(page(menu), page(menu + AS_CONTENT.format("Tools of the yard")))
    assert (change.level, change.sentence_after) == (Level.TEXT, "Tools of the yard")


def test_a_text_that_is_removed_twice_and_added_to_the_menu_once_is_removed():
    tools = AS_CONTENT.format("Tools of the yard")
    changes = compare(page(tools + tools), page(AS_MENU.format("Tools of the yard")))
    assert {change.level for change in changes} == {Level.TEXT}


def test_a_sentence_beside_it_that_was_rewritten_is_reported():
    def yard(extra, adjective):
        html = (
            f"<html lang=en><title>The boat yard</title><body><main><h1>The boat yard</h1>"
            f"<p>The yard repairs {adjective} boats for the clubs of the lake.</p>{extra}</main></body></html>"
        )
        return analyze(html.encode(), snapshot(), ()).version

    changes = compare(
        yard(AS_CONTENT.format("Tools of the yard"), "wooden"), yard(AS_MENU.format("Tools of the yard"), "steel")
    )
    assert sorted(change.level for change in changes) == [Level.NOISE, Level.TEXT]
