"""Struck-out text is beside the text: it states no current value."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS, BlockKind, Lookup


def parts(markup: str) -> tuple[list[str], list[str]]:
    """The text of a page, and what it strikes out."""
    blocks = extract(markup.encode(), "text/html; charset=utf-8").blocks
    return [b.text for b in blocks if b.kind in READING_KINDS], [b.text for b in blocks if b.kind is BlockKind.STRUCK]


@pytest.mark.parametrize(
    ("markup", "text", "struck"),
    [
        ("<p>Now <s>€90</s> €70</p>", ["Now €70"], ["€90"]),
        ("<p>Now €70 <del>€90</del>.</p>", ["Now €70."], ["€90"]),
        ("<p>Jetzt <strike>90 €</strike> 70 €</p>", ["Jetzt 70 €"], ["90 €"]),
        ('<p>Сейчас <span style="text-decoration: line-through">90 ₽</span> 70 ₽</p>', ["Сейчас 70 ₽"], ["90 ₽"]),
        ("<p>The union has <del>63</del><ins>64</ins> lodges.</p>", ["The union has 64 lodges."], ["63"]),
        ("<p>64<s>63</s>lodges in all the towns</p>", ["64 lodges in all the towns"], ["63"]),
        ("<del><p>It has 63 lodges.</p><p>All sing.</p></del><p>It has 64 lodges, and none of them is old.</p>", ["It has 64 lodges, and none of them is old."], ["It has 63 lodges. All sing."]),
        ("<table><tr><td>会費<td><s>900円</s> 700円</table>", ["会費 | 700円"], ["900円"]),
        ("<p>a <s>b <del>c</del> d</s> eeeeeeee</p>", ["a eeeeeeee"], ["b c d"]),
        ("<p>Open <s>—</s> daily</p>", ["Open — daily"], []),
    ],
)  # fmt: skip
def test_struck_text_is_separated_from_the_text(markup, text, struck):
    assert parts(markup) == (text, struck)


def test_a_page_that_is_struck_as_a_whole_is_read():
    page = "<h1>Lodges</h1><s><p>The union has 64 lodges.</p><p>They meet in three towns each year.</p></s>"
    assert parts(page) == (["Lodges", "The union has 64 lodges.", "They meet in three towns each year."], [])


def test_a_selector_finds_the_current_value():
    page = b"<p>Now <b id=x><s>90</s> 70 EUR</b> for all members</p>"
    extracted = extract(page, "text/html", [Lookup("#x")])
    (span,) = extracted.found[Lookup("#x")].elements[0]
    assert extracted.blocks[span.block].text[span.start : span.end] == "70 EUR"


def test_struck_elements_in_each_other_cost_linear_time():
    assert extract(b"<p>" + b"<del>" * 2_500 + b"<i></i>" * 100_000 + b"x", "text/html").readable
