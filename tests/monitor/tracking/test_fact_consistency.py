"""Pages that state one fact: who agrees with whom, and who was first."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.tracking.fact_consistency import FactStatement, positions
from tests.support.heart import DAY_ONE


def said(*statements):
    """Statements "home 83" on successive days; "home -" where it stopped."""
    found = []
    for day, statement in enumerate(statements):
        url, value = statement.split()
        found.append(FactStatement(url, DAY_ONE + timedelta(days=day), None if value == "-" else int(value)))
    return found


def shown(*statements):
    """The positions in short."""
    return [
        (position.value, [statement.url for statement in position.stated], position.first.url)
        for position in positions(said(*statements))
    ]


def test_pages_that_state_one_value_agree_and_the_first_is_named():
    assert shown("home 83", "about 83") == [(83, ["home", "about"], "home")]


def test_pages_that_state_several_values_are_told_apart_the_newest_value_first():
    assert shown("home 86", "about 86", "home 87", "press 87") == [
        (87, ["home", "press"], "home"),
        (86, ["about"], "home"),
    ]


def test_who_stated_a_value_first_is_remembered_though_it_went_on():
    assert shown("press 85", "press 87", "home 85") == [(87, ["press"], "press"), (85, ["home"], "press")]


def test_a_page_that_stopped_stating_it_takes_no_position():
    assert shown("home 83", "about 83", "home -") == [(83, ["about"], "home")]
    assert shown("home 83", "home -") == []


def test_lists_are_positions_too():
    both = [FactStatement("home", DAY_ONE, ["A", "B"]), FactStatement("about", DAY_ONE, ["A"])]
    assert len(positions(both)) == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, 1, 2, 3])), max_size=20))
def test_every_page_that_states_a_value_stands_in_exactly_one_position(story):
    statements = [FactStatement(url, DAY_ONE + timedelta(days=day), value) for day, (url, value) in enumerate(story)]
    last = {statement.url: statement for statement in statements}
    standing = [statement for position in positions(statements) for statement in position.stated]
    assert sorted(statement.url for statement in standing) == sorted(
        url for url, statement in last.items() if statement.value is not None
    )
    assert all(position.first.at <= position.stated[0].at for position in positions(statements))
