"""Tables whose rows share labels: groups by `rowspan`, sections, and statements of one form under different headings."""

from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.model import EventKind, Level
from monitor.pipeline.analyze import analyze
from rendering.sentences import summary
from tests.support.heart import snapshot


def page(body, language="en"):
    html = f"<html lang={language}><title>Fleet</title><h1>The fleet of the harbour</h1>{body}</html>"
    return analyze(html.encode(), snapshot(), ()).version


def told(old, new):
    return sorted(
        summary(change) for change in compare(page(old), page(new)) if change.kind is EventKind.NUMBER_CHANGED
    )


SPANNED = (
    "<table><tr><th rowspan=2>North quay<td>Berths<td>12</tr><tr><td>Cranes<td>{}</tr>"
    "<tr><th rowspan=2>South quay<td>Berths<td>9</tr><tr><td>Cranes<td>{}</tr></table>"
)
HEADED = (
    "<table><tr><th>Quay<th>Kind<th>Number</tr><tr><td rowspan=2>North quay<td>Berths<td>12</tr><tr><td>Cranes<td>{}</tr>"
    "<tr><td rowspan=2>South quay<td>Berths<td>9</tr><tr><td>Cranes<td>{}</tr></table>"
)
SECTIONS = (
    "<table><tr><th colspan=2>North quay</tr><tr><td>Berths<td>12</tr><tr><td>Cranes<td>{}</tr>"
    "<tr><th colspan=2>South quay</tr><tr><td>Berths<td>9</tr><tr><td>Cranes<td>{}</tr></table>"
)


@pytest.mark.parametrize("form", [SPANNED, HEADED])
def test_numbers_that_swap_their_groups_are_changes(form):
    assert [text.replace(", Number", "") for text in told(form.format(7, 4), form.format(4, 7))] == [
        "North quay, Cranes 7 → 4 (−3)",
        "South quay, Cranes 4 → 7 (+3)",
    ]
    assert [text.replace(", Number", "") for text in told(form.format(7, 4), form.format(7, 5))] == [
        "South quay, Cranes 4 → 5 (+1)"
    ]
    assert compare(page(form.format(7, 4)), page(form.format(7, 4))) == ()


def test_numbers_that_swap_their_titled_parts_of_a_table_are_changes():
    swapped = told(SECTIONS.format(7, 4), SECTIONS.format(4, 7))
    assert swapped == ["Cranes 4 → 7 (+3)", "Cranes 7 → 4 (−3)"]
    assert compare(page(SECTIONS.format(7, 4)), page(SECTIONS.format(7, 4))) == ()


@pytest.mark.parametrize(
    ("tag", "text"), [("p", "Cranes: {}"), ("div", "{} cranes"), ("li", "Kräne: {}"), ("p", "It has {} cranes in use.")]
)
def test_numbers_that_swap_their_sections_are_changes(tag, text):
    def quays(north, south, first="North quay"):
        return "".join(
            f"<h2>{name}</h2><{tag}>{text.format(value)}</{tag}>"
            for name, value in ((first, north), ("South quay", south))
        )

    assert [summary.split()[-4:] for summary in told(quays(7, 4), quays(4, 7))] == [
        ["4", "→", "7", "(+3)"],
        ["7", "→", "4", "(−3)"],
    ]
    renamed = compare(page(quays(7, 4)), page(quays(7, 4, "Old quay")))
    assert [(change.kind, change.level) for change in renamed] == [(EventKind.TEXT_CHANGED, Level.TEXT)]


def test_groups_may_change_places():
    north = "<tr><th rowspan=2>North quay<td>Berths<td>12</tr><tr><td>Cranes<td>7</tr>"
    south = "<tr><th rowspan=2>South quay<td>Berths<td>9</tr><tr><td>Cranes<td>4</tr>"
    assert compare(page(f"<table>{north}{south}</table>"), page(f"<table>{south}{north}</table>")) == ()


def test_a_renamed_group_is_one_change():
    old, new = SPANNED.format(7, 4), SPANNED.format(7, 4).replace("North quay", "Old quay")
    changes = compare(page(old), page(new))
    assert [(change.kind, change.sentence_after) for change in changes] == [
        (EventKind.TEXT_CHANGED, "Old quay | Berths | 12")
    ]
