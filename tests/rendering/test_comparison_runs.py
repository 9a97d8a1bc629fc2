"""What of a comparison is shown and what is folded, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import (
    BlockKind,
    Comparison,
    ComparisonLimit,
    ComparisonRow,
    NoiseReason,
    RowKind,
    RowNoise,
    Segment,
    SegmentKind,
)
from rendering.comparison_runs import CONTEXT, Fold, limits_of, noise_of, view, words_line


def row(letter: str) -> ComparisonRow:
    """A row by a letter: k(ept), c(hanged), n(oise), m(oved)."""
    kind = {"k": RowKind.KEPT, "c": RowKind.ADDED, "n": RowKind.ADDED, "m": RowKind.MOVED_TO}[letter]
    return ComparisonRow(
        kind=kind,
        block_kind=BlockKind.NAVIGATION if letter == "n" else BlockKind.CONTENT,
        depth=0,
        anchor=(),
        old=None,
        new=0,
        segments=(Segment(SegmentKind.KEPT, "text"),),
        counterpart=0 if letter == "m" else None,
        noise=RowNoise.NOT_COMPARED if letter == "n" else None,
    )


def compared(letters: str, limits: Sequence[ComparisonLimit] = (), words: tuple[int, int] = (0, 0)) -> Comparison:
    return Comparison(tuple(map(row, letters)), (), 1000, 1000, *words, frozenset(limits))


def runs(letters: str, rows: int = 100, chars: int = 1000) -> list[str]:
    """The runs as letters; a folded one in brackets."""
    found = view(compared(letters), rows, chars).runs
    return [
        part if run.fold is None else f"[{part}]"
        for run in found
        for part in [letters[run.start : run.start + len(run.rows)]]
    ]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", []),
        ("kkkkkk", ["[kkkkkk]"]),
        ("kkkkkckkkkk", ["[kkk]", "kkckk", "[kkk]"]),
        ("kkkkckkkk", ["kkkkckkkk"]),  # a line for two rows saves nothing
        ("ckkkkkkkc", ["ckk", "[kkk]", "kkc"]),
        ("cnnnc", ["cnnnc"]),
        ("cnnnnc", ["c", "[nnnn]", "c"]),
        ("cmmmmnnnn", ["c", "[mmmm]", "[nnnn]"]),
        ("kkknkkkk", ["[kkk]", "n", "[kkkk]"]),
    ],
)
def test_what_is_far_from_a_change_is_folded(letters: str, expected: list[str]):
    assert runs(letters) == expected


@given(st.text("kcnm", max_size=60), st.integers(0, 70), st.integers(0, 300))
def test_every_row_is_in_one_run_or_counted_and_no_change_is_folded(letters: str, rows: int, chars: int):
    shown = view(compared(letters), rows, chars)
    covered = [index for run in shown.runs for index in range(run.start, run.start + len(run.rows))]
    assert covered == list(range(len(letters) - shown.left_out))
    assert len(covered) <= rows
    assert sum(4 for _ in covered[:-1]) <= chars or not covered
    assert all(letters[run.start : run.start + len(run.rows)].count("c") == 0 for run in shown.runs if run.fold)
    for index, letter in enumerate(letters):
        if letter == "k" and "c" in letters[max(index - CONTEXT, 0) : index + CONTEXT + 1] and index in covered:
            assert not any(run.fold and run.start <= index < run.start + len(run.rows) for run in shown.runs)


def test_folds_say_what_they_contain():
    labels = {run.fold: run.label for run in view(compared("kkkkkcnnnnmmmm"), 100, 1000).runs}
    assert labels == {
        Fold.KEPT: "3 unchanged blocks",
        None: "",
        Fold.NOISE: "4 blocks of noise (navigation)",
        Fold.MOVED: "4 moved blocks",
    }


def test_noise_says_why():
    assert noise_of(row("k")) == ""
    assert noise_of(row("n")) == "navigation, not compared"
    assert noise_of(replace(row("n"), noise=RowNoise.LEARNED)) == "changes at nearly every check"
    classified = replace(row("n"), noise=RowNoise.CLASSIFIED, noise_reason=NoiseReason.READING_TIME)
    assert noise_of(classified) == "an estimated reading time"
    assert all(noise_of(replace(row("n"), noise=reason)) for reason in RowNoise)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((0, 0), "no words added or removed"),
        ((3, 12), "12 words added, 3 removed (0.8 % of the text)"),
        ((0, 1), "1 word added, 0 removed (under 0.1 % of the text)"),
    ],
)
def test_how_much_changed_in_words(words: tuple[int, int], line: str):
    assert words_line(compared("k", words=words)) == line


def test_limits_are_stated():
    assert limits_of(compared("k")) == []
    assert len(limits_of(compared("k", list(ComparisonLimit)))) == len(ComparisonLimit)
