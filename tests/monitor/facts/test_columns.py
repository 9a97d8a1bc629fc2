"""Units from column headings: in a row of totals, a number counts what its column is headed."""

from __future__ import annotations

import pytest

from monitor.facts.mentions import read_blocks
from monitor.model import Block, BlockKind, Version
from tests.support.heart import version


def rows(*texts, language="en", like: Version | None = None):
    blocks = tuple(Block(BlockKind.ROW, text, "test") for text in texts)
    return [(mention.quote, mention.unit) for mention in read_blocks(blocks, language, like)]


@pytest.mark.parametrize(
    ("heads", "total", "language", "unit"),
    [
        ("Quay | Boats", "Total | 12", "en", "boats"),
        ("Kai | Boote", "Gesamt | 12", "de", "boote"),
        ("Quai | Bateaux", "Ensemble | 12", "fr", "bateaux"),
        ("Muelle | Barcos", "Total: | 12", "es", "barcos"),
        ("Molo | Barche", "Totale | 12", "it", "barche"),
        ("Kade | Boten", "Totaal | 12", "nl", "boten"),
        ("Kaj | Båtar", "Summa | 12", "sv", "båtar"),
        ("Причал | Лодки", "Итого | 12", "ru", "лодки"),
    ],
)
def test_a_total_counts_what_its_column_heading_names(heads, total, language, unit):
    assert rows(heads, "North | 5", "South | 7", total, language=language)[-1] == ("12", unit)


def test_each_total_has_the_heading_of_its_column():
    assert rows("Quay | Boats | Berths", "North | 5 | 9", "Total | 12 | 30")[-2:] == [("12", "boats"), ("30", "berths")]


@pytest.mark.parametrize(
    "texts",
    [
        ("North | 5", "South | 7", "Total | 12"),
        ("Quay | Boats | Berths", "North | 5", "Total | 12"),
        ("Quay | 2019", "North | 5", "Total | 12"),
        ("Total | 12",),
    ],
)
def test_a_total_without_a_heading_keeps_its_own_label(texts):
    assert rows(*texts)[-1] == ("12", "total")


def test_the_rows_of_parts_keep_their_own_labels():
    assert rows("Quay | Boats", "North | 5", "Total | 12")[0] == ("5", "north")


def test_a_reused_version_does_not_keep_the_heading_of_another_table():
    blocks = [Block(BlockKind.ROW, text, "test") for text in ("Quay | Boats", "North | 5", "Total | 12")]
    old = version(*blocks, facts=())
    assert old.mentions[-1].unit == "boats"
    assert rows("Quay | Berths", "North | 5", "Total | 12", like=old)[-1] == ("12", "berths")
