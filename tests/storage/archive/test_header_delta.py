from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.archive.header_delta import MOST_CHARACTERS, MOST_FIELDS, apply, difference, has_form

FIELDS = st.lists(st.tuples(st.sampled_from(["Date", "date", "Set-Cookie", "Vary"]), st.text(max_size=5)), max_size=8)
BASE = (("Server", "nginx"), ("Date", "Mon"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))


@given(FIELDS, FIELDS)
def test_a_difference_restores_the_fields(fields, base):
    stored = json.loads(json.dumps(difference(tuple(fields), tuple(base))))
    assert apply(stored, tuple(base)) == tuple(fields)
    assert has_form(stored)


@given(FIELDS)
def test_complete_fields_are_a_form_too(fields):
    stored = json.loads(json.dumps(fields))
    assert apply(stored, ()) == tuple(fields)
    assert has_form(stored)


def test_equal_fields_differ_in_nothing():
    assert difference(BASE, BASE) == {}


def test_a_changed_value_is_stored_by_its_position():
    assert difference((BASE[0], ("Date", "Tue"), *BASE[2:]), BASE) == {"1": "Tue"}


def test_other_fields_refer_to_those_of_the_base():
    assert difference((BASE[1], ("X", "1"), BASE[3]), BASE) == {"": [1, ("X", "1"), 3]}


@pytest.mark.parametrize(
    "stored",
    [
        {"9": "x"},
        {"-1": "x"},
        {"a": "x"},
        {"1": 5},
        {"": [9]},
        {"": [-1]},
        {"": [True]},
        {"": ["ab"]},
        {"": [["a", "b", "c"]]},
        {"": 5},
        {"": [0] * (MOST_FIELDS + 1)},
        [["a"]],
        [["a", 1]],
        ["ab"],
        "x",
        5,
        None,
    ],
)
def test_a_stored_value_of_no_such_form_is_refused(stored):
    with pytest.raises(ValueError, match=r"\w"):
        apply(stored, BASE)


@pytest.mark.parametrize("stored", [{"a": "x"}, {"1": 5}, {"": [-1]}, {"": ["ab"]}, {"": 5}, [["a"]], "x", 5, None])
def test_a_value_of_neither_form_is_recognised(stored):
    assert not has_form(stored)


def test_more_fields_than_a_difference_may_have_are_listed_completely():
    base = tuple((f"X-{n}", "value") for n in range(MOST_FIELDS + 1))
    fields = (*reversed(base), ("Date", "today"))
    stored = difference(fields, base)
    assert stored == [list(pair) for pair in fields]
    assert apply(stored, base) == fields


def test_a_short_difference_cannot_restore_to_very_long_fields():
    base = (("X-Long", "a" * (MOST_CHARACTERS // 10)),)
    assert has_form({"": [0] * 20})
    with pytest.raises(ValueError, match="too long"):
        apply({"": [0] * 20}, base)
    fields = base * 20
    assert apply(difference(fields, base), base) == fields
