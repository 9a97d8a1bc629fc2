"""Axes: round labels, in order, inside the axis; for spans of minutes to centuries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rendering.charts.axes import number_label, time_position, time_ticks, value_axis
from rendering.charts.model import LARGEST, ScaleKind
from tests.rendering.charts.pictures import date


@pytest.mark.parametrize(
    ("begin", "end", "labels"),
    [
        ("2014-12-03", "2026-02-10", "2015 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025 2026"),
        ("2020-11-20", "2021-06-10", "Dec|2021|Feb|Mar|Apr|May|Jun"),
        ("2021-03-01", "2021-03-05", "1 Mar|12:00|2 Mar|12:00|3 Mar|12:00|4 Mar|12:00|5 Mar"),
        ("2020-12-30", "2021-01-04", "30 Dec|31 Dec|1 Jan 2021|2 Jan|3 Jan|4 Jan"),
        ("2021-03-01T10:00", "2021-03-01T11:00", "10:00|10:15|10:30|10:45|11:00"),
        ("1900-01-01", "2020-01-01", "1900 1910 1920 1930 1940 1950 1960 1970 1980 1990 2000 2010 2020"),
    ],
)
def test_times_are_labelled_at_round_ones(begin: str, end: str, labels: str):
    most = {"2020-12-30": 6, "2021-03-01T10:00": 6, "2020-11-20": 8}.get(begin, 13)
    assert [tick.label for tick in time_ticks(date(begin), date(end), most)] == labels.split("|" if "|" in labels else None)  # fmt: skip


@given(st.datetimes(), st.timedeltas(timedelta(0), timedelta(days=400_000)), st.integers(0, 20))
def test_times_are_in_order_inside_the_axis_and_not_too_many(begin, span, most):
    begin = begin.replace(tzinfo=date("2000-01-01").tzinfo)
    try:
        end = begin + span
    except OverflowError:
        return
    positions = [tick.position for tick in time_ticks(begin, end, most)]
    assert positions == sorted(set(positions))
    assert all(0 <= position <= 1 for position in positions)
    assert len(positions) <= most + 2


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([60, 90], "60 70 80 90"),
        ([10, 87], "0 20 40 60 80 100"),
        ([85], "80 82 84 86 88 90"),
        ([0], "0 1"),
        ([-3, 4], "−4 −2 0 2 4"),
        ([2.5e9, 2.2e10], "0|5 billion|10 billion|15 billion|20 billion|25 billion"),
        ([98.5, 97], "97 97.5 98 98.5"),
    ],
)
def test_numbers_are_labelled_at_round_ones(values: list[float], labels: str):
    axis = value_axis(values, ScaleKind.NUMBER, 6)
    assert [tick.label for tick in axis.ticks] == labels.split("|" if "|" in labels else None)


@given(st.lists(st.floats(-LARGEST, LARGEST), max_size=5), st.sampled_from(ScaleKind))
@example([1e16, 1e16 + 2], ScaleKind.NUMBER)
@example([5e-324, 1e-323], ScaleKind.NUMBER)
def test_every_value_is_inside_its_axis(values: list[float], kind: ScaleKind):
    if kind is ScaleKind.DATE:
        values = [float(abs(int(value)) % 3_000_000 + 1) for value in values]
    axis = value_axis(values, kind, 6)
    assert axis.low < axis.high
    assert all(axis.low <= value * (1 + 1e-12) + 1e-300 for value in values if value >= 0)
    assert all(0 <= axis.position(value) <= 1 for value in values)
    positions = [tick.position for tick in axis.ticks]
    assert positions == sorted(positions)
    assert len(positions) <= 14


@pytest.mark.parametrize(
    ("value", "label"),
    [(85, "85"), (12_000, "12,000"), (1.5e9, "1.5 billion"), (-2e6, "−2 million"), (0.5, "0.5"), (1e20, "1e+20"), (0, "0"), (-0.00001, "−1e-05")],
)  # fmt: skip
def test_numbers_are_short(value: float, label: str):
    assert number_label(value) == label


def test_an_empty_span_has_one_place():
    at = date("2021-03-01")
    assert time_position(at, at, at) == 0
    assert time_ticks(at, at, 5) == []
