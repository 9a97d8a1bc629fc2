"""The fact history: which statements change what a page states."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import JsonValue
from monitor.tracking.fact_history import statement_changes


@dataclass(frozen=True)
class Stated:
    value: JsonValue
    others: tuple[JsonValue, ...] = ()
    fact: str = "member_count"
    page_url: str = "https://a.example/"
    damaged: bool = False
    contradicts: tuple[dict[str, JsonValue], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "contradicts", tuple({"value": other} for other in self.others))


def test_a_value_is_in_the_history_when_it_changes_and_when_the_page_stops_stating_it():
    rows = [Stated(83), Stated(83), Stated(85), Stated(None), Stated(None), Stated(85)]
    assert list(statement_changes(rows)) == [rows[0], rows[2], rows[3], rows[5]]


def test_a_fact_that_was_never_stated_has_no_history():
    assert list(statement_changes([Stated(None), Stated(None)])) == []


def test_another_value_on_the_page_is_a_change_and_its_position_is_none():
    rows = [Stated("Genf", ("Bern", "Basel")), Stated("Genf", ("Basel", "Bern")), Stated("Genf", ("Bern",))]
    assert list(statement_changes(rows)) == [rows[0], rows[2]]


def test_pages_and_facts_have_separate_histories():
    rows = [Stated(83), Stated(83, page_url="https://b.example/"), Stated(83, fact="office_count"), Stated(83)]
    assert list(statement_changes(rows)) == rows[:3]


def test_a_damaged_statement_is_kept_and_changes_nothing():
    rows = [Stated(83), Stated(None, damaged=True), Stated(83)]
    assert list(statement_changes(rows)) == rows[:2]


@given(st.lists(st.builds(Stated, st.sampled_from([None, 1, "a"]), st.sampled_from([(), (2,), (2, 3), (3, 2)]))))
def test_the_history_of_a_history_is_the_same(rows: list[Stated]):
    once = list(statement_changes(rows))
    assert list(statement_changes(once)) == once
