"""Thinning: a column spans all its values, and every change is part of a mark."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rendering.charts.envelope import box_path, clusters, columns, step_path


def test_a_column_spans_its_lowest_and_highest_value_and_goes_on_at_the_last():
    assert step_path([(0, 5.0), (3, 9.0), (3, 1.0), (3, 4.0)], 10) == "M0 5H3V1V9V4H10"
    assert step_path([(0, 5.0), (3, None), (6, 2.0)], 10) == "M0 5H3M6 2H10"
    assert step_path([(0, None)], 10) == ""


@given(st.lists(st.tuples(st.floats(0, 900), st.none() | st.integers(0, 300)), max_size=200).map(lambda found: sorted(found, key=lambda each: each[0])))  # fmt: skip
def test_no_value_is_lost_by_thinning(places):
    path = step_path(columns([(x, None if y is None else float(y)) for x, y in places], 25), 1_000)
    drawn = {float(y) for pair in re.findall(r"M\S+? (-?[\d.]+)|V(-?[\d.]+)", path) for y in pair if y}
    by_column: dict[int, list[int]] = {}
    for x, y in places:
        if y is not None:
            by_column.setdefault(int(x // 25), []).append(y)
    for values in by_column.values():
        assert {float(min(values)), float(max(values))} <= drawn


def test_adjacent_boxes_are_one_and_narrow_ones_are_their_envelope():
    assert box_path([(0, 5, 1, 2), (5, 9, 1, 2)], 1) == "M0 1H9V2H0Z"
    assert box_path([(0, 0.2, 1, 2), (0.4, 0.6, 0, 5)], 1) == "M0 0H0.6V5H0Z"
    assert box_path([(0, 5, 1, 2), (7, 9, 1, 2)], 1) == "M0 1H5V2H0ZM7 1H9V2H7Z"
    assert box_path([], 1) == ""


@given(st.lists(st.floats(0, 1), max_size=300).map(sorted), st.integers(1, 50))
def test_every_step_is_in_one_mark(positions: list[float], most: int):
    groups = clusters(positions, most)
    assert [index for group in groups for index in group] == list(range(len(positions)))
    assert len(groups) <= max(most + 1, 0) or len(positions) <= most
    assert all(len(group) for group in groups)
