"""Powers of ten have the value that a reader sees; a reference to a note changes no number."""

from __future__ import annotations

import pytest

from monitor.facts.mentions import read_page
from monitor.model import Block, BlockKind


def mentions(text: str, language: str = "en") -> list[tuple[str, object, str | None, str]]:
    found = read_page((Block(BlockKind.CONTENT, text, ""),), language, None).found
    return [(mention.type.value, mention.value, mention.unit, mention.quote) for mention in found]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("About 10⁶ cells.", "en", [("count", 1_000_000, "cells", "10⁶")]),
        ("Etwa 10⁴ Zellen wuchsen.", "de", [("count", 10_000, "zellen", "10⁴")]),
        ("Environ 3,2 × 10⁸ cellules.", "fr", [("count", 320_000_000, "cellules", "3,2 × 10⁸")]),
        ("Unas 3.2x10^8 células.", "es", [("count", 320_000_000, "células", "3.2x10^8")]),
        ("A rate of 10⁻³ units was seen.", "en", [("count", 0.001, "units", "10⁻³")]),
        ("Около 10⁵ клеток.", "ru", [("count", 100_000, "клеток", "10⁵")]),
        ("Of 12 dishes, 10^4 cells.", "en", [("count", 12, "dishes", "12"), ("count", 10_000, "cells", "10^4")]),
    ],
)
def test_a_power_of_ten_has_its_value(text, language, expected):
    assert mentions(text, language) == expected


@pytest.mark.parametrize("text", ["2¹⁰ = 1024", "Take 1,234 × 10³ of them", "5.10⁶ cells", "10⁹⁹ cells", "3^4 ways"])
def test_a_power_that_is_not_evaluated_is_no_count(text):
    assert all(value not in (2, 3, 4, 5.1, 10, 99, 1234) for kind, value, _, _ in mentions(text) if kind == "count")


@pytest.mark.parametrize(
    ("text", "language", "unit"),
    [
        ("The union has 64¹² lodges.", "en", "lodges"),
        ("Der Bund hat 64³ Logen.", "de", "logen"),
        ("L'union compte 64⁴ loges.", "fr", "loges"),
    ],
)
def test_a_reference_to_a_note_is_no_part_of_a_number_or_its_noun(text, language, unit):
    assert mentions(text, language) == [("count", 64, unit, "64")]


def test_an_area_keeps_its_unit():
    assert mentions("A hall of 240 m² is rented.") == [("count", 240, "m²", "240")]


@pytest.mark.parametrize(
    "texts",
    [
        ("The union has 10³ members.", "³ Counted in spring."),
        ("The union² has 10³ members.",),
        ("The union has 87² lodges and 10³ members.",),
        ("Der Bund hat 10³ Mitglieder.", "Er wuchs.⁴"),
    ],
)
def test_a_bare_power_on_a_page_with_notes_is_not_readable(texts):
    blocks = tuple(Block(BlockKind.CONTENT, text, "") for text in texts)
    mention = next(one for one in read_page(blocks, "en", None).found if one.quote == "10³")
    assert (mention.value, mention.readable, mention.type.value) == (None, False, "count")


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (("A hall of 240 m² has 10³ seats.",), 1_000),
        (("It grew.⁴ N = 10³",), 1_000),
        (("It grew.⁴ About 3 × 10³ cells",), 3_000),
        (("It grew.⁴ About 10^3 cells",), 1_000),
    ],
)
def test_a_power_is_readable_without_notes_or_with_an_operator(texts, value):
    blocks = tuple(Block(BlockKind.CONTENT, text, "") for text in texts)
    assert value in [one.value for one in read_page(blocks, "en", None).found]
