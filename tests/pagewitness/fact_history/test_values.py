"""Values of facts as places on an axis, and what a list gained and lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model import FactDefinition, FactKind, JsonValue
from pagewitness.fact_history.charting import trouble_words
from pagewitness.fact_history.values import names_changed, place, scale_of, value_label
from rendering.charts.model import ScaleKind
from storage.queries.fact_timeline import Trouble

DATE = FactDefinition("founded", FactKind.DATE_OF, ("founded",))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([83, 85.5], FactKind.COUNT_OF, ScaleKind.NUMBER),
        ([98, 97.5], FactKind.PERCENT_OF, ScaleKind.PERCENT),
        (["2014-09-10", "2014", "2014-10"], FactKind.DATE_OF, ScaleKind.DATE),
        (["2014-09-10", "soon"], FactKind.DATE_OF, ScaleKind.LABELS),
        (["2014-13-40"], FactKind.DATE_OF, ScaleKind.LABELS),
        (["2014", "2015"], FactKind.TEXT, ScaleKind.LABELS),
        ([["Togo"], []], FactKind.LIST, ScaleKind.NAMES),
        ([83, "many"], FactKind.COUNT_OF, ScaleKind.LABELS),
        ([True], FactKind.COUNT_OF, ScaleKind.LABELS),
        ([10**400], FactKind.COUNT_OF, ScaleKind.LABELS),
        ([float("inf")], FactKind.COUNT_OF, ScaleKind.LABELS),
        ([], FactKind.COUNT_OF, ScaleKind.LABELS),
    ],
)
def test_the_stored_values_decide_on_the_scale(values: list[JsonValue], kind: FactKind, expected: ScaleKind):
    assert scale_of(values, FactDefinition("a", kind, ("b",))) is expected


def test_a_fact_that_is_no_longer_declared_has_a_scale_too():
    assert scale_of([83], None) is ScaleKind.NUMBER
    assert scale_of(["2014-09-10"], None) is ScaleKind.LABELS


def test_a_date_without_day_is_at_its_beginning():
    assert place("2014-10", ScaleKind.DATE) == place("2014-10-01", ScaleKind.DATE)
    assert place("2014", ScaleKind.DATE) == place("2014-01-01", ScaleKind.DATE)
    assert place("2014-10-02", ScaleKind.DATE) - place("2014-10", ScaleKind.DATE) == 1


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["Benin", "Chad"], ["Chad", "Togo"], "+ Togo, − Benin"),
        (["Benin", "Chad"], ["Chad", "Benin"], ""),
        ([], list("abcdefgh"), "+ a, + b, + c, + d, + e, + 3 more"),
        (None, ["Togo"], ""),
        (83, 85, ""),
    ],
)
def test_names_that_a_list_gained_and_lost(before: JsonValue, after: JsonValue, expected: str):
    assert names_changed(before, after) == expected


def test_values_are_labelled_in_a_few_words():
    assert value_label(None, DATE) == "not stated"
    assert value_label(["a", "b"], None) == "2 names"
    assert value_label(12_345, None) == "12,345"
    assert len(value_label("x" * 5_000, None)) <= 120


def test_periods_are_described_in_words():
    begin, end = datetime(2016, 5, 3, tzinfo=UTC), datetime(2016, 5, 18, tzinfo=UTC)
    assert trouble_words(Trouble("u", begin, end, "soft_error", 3)) == "soft error: 3 checks, 3 May 2016 to 18 May 2016"
    assert trouble_words(Trouble("u", begin, None, "failed", None)) == "failed: since 3 May 2016"
