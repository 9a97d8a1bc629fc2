"""A fact over many looks, as tables: what each look stated, and what was told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Block, BlockKind, Drift, EventKind, FactState, Level, Reason, SnapshotRef, Threshold
from monitor.tracking.fact_state import FactReading, advance, initial, is_stable, rebase
from rendering import sentences
from tests.support.heart import DAY_ONE, MEMBERS, snapshot, version

_SENTENCES = {
    None: "Nothing of the kind is said here.",
    "?": "The pact has 3万億 members.",
    **{n: f"The pact has {n} members." for n in range(80, 95)},
}


def look(number, *values):
    """The `number`-th look, at a page that states these values in turn, the first of them twice where there are several."""
    said = [values[0], *values] if len(values) > 1 else list(values)
    seen = version(*(_SENTENCES[value] for value in said))
    taken = snapshot(number)
    return FactReading(seen.readings[0], seen, SnapshotRef(taken.id, taken.taken_at), taken.seq)


def told(*looks, absences=3, drift=None, weak=()):
    """What each look tells, in short: one list of words a look, in brackets where it is held. `weak` are the numbers of looks ok for weak reasons."""
    state, answers = None, []
    last_ok = None
    for number, values in enumerate(looks, 1):
        stated = look(number, *(values if isinstance(values, tuple) else (values,)))
        if state is None:
            state, changes = initial(stated)
        else:
            state, changes = advance(
                state, stated, last_ok=last_ok, absences_before_lost=absences, drift=drift, weak=number in weak
            )
        last_ok = stated.snapshot
        answers.append([_short(change) for change in changes])
    return answers, state


def _short(change):
    said = f"{change.kind.removeprefix('fact_')} {change.before}>{change.after}"
    return f"({said})" if "held" in change.detail else said


@pytest.mark.parametrize(
    ("looks", "answers"),
    [
        ([83], [[]]),
        ([None], [[]]),
        ([83, 83, 83], [[], [], []]),
        ([83, 85], [[], ["changed 83>85"]]),
        ([83, 85, 83], [[], ["changed 83>85"], ["changed 85>83"]]),
        ([83, 84, 85, 85], [[], ["changed 83>84"], ["changed 84>85"], []]),
        ([83, None, 83], [[], [], []]),
        ([83, None, None, 83], [[], [], [], []]),
        ([83, None, None, 85], [[], [], [], ["changed 83>85"]]),
        ([83, None, None, None], [[], [], [], ["lost 83>None"]]),
        ([83, None, None, None, None, None], [[], [], [], ["lost 83>None"], [], []]),
        ([83, None, None, None, 83], [[], [], [], ["lost 83>None"], ["found 83>83"]]),
        ([83, None, None, None, 85], [[], [], [], ["lost 83>None"], ["found 83>85"]]),
        ([83, None, 83, None, None, 83], [[], [], [], [], [], []]),
        ([83, None, None, None, 83, None, None, None], [[], [], [], ["lost 83>None"], ["found 83>83"], [], [], ["lost 83>None"]]),
        ([None, None, None, None], [[], [], [], []]),
        ([83, "?", 83], [[], [], []]),
        ([83, "?", "?", 85], [[], [], [], ["changed 83>85"]]),
        ([83, "?", "?", "?"], [[], [], [], ["lost 83>None"]]),
        ([83, "?", "?", "?", "?", None, None, None], [[], [], [], ["lost 83>None"], [], [], [], []]),
        ([83, "?", "?", "?", 83], [[], [], [], ["lost 83>None"], ["found 83>83"]]),
        ([83, None, "?", None, "?", None], [[], [], [], [], [], ["lost 83>None"]]),
        ([83, None, None, "?", 83], [[], [], [], [], []]),
        (["?", "?", "?", "?"], [[], [], [], []]),
        (["?", 83], [[], ["found None>83"]]),
        ([None, 83], [[], ["found None>83"]]),
        ([(86, 87)], [["contradiction None>[86, 87]"]]),
        ([86, (86, 87)], [[], ["contradiction None>[86, 87]"]]),
        ([(86, 87), (86, 87)], [["contradiction None>[86, 87]"], []]),
        ([(86, 87), 86], [["contradiction None>[86, 87]"], ["agreed [86, 87]>86"]]),
        ([(86, 87), 87], [["contradiction None>[86, 87]"], ["changed 86>87", "agreed [86, 87]>87"]]),
        ([(86, 87), (86, 88)], [["contradiction None>[86, 87]"], ["contradiction None>[86, 88]"]]),
        ([(86, 87), (86, 87, 88)], [["contradiction None>[86, 87]"], ["contradiction None>[86, 87, 88]"]]),
        ([(86, 87), (87, 86)], [["contradiction None>[86, 87]"], ["changed 86>87"]]),
        ([(86, 87), None, (86, 87)], [["contradiction None>[86, 87]"], [], []]),
        ([83, (84, 83)], [[], ["changed 83>84", "contradiction None>[84, 83]"]]),
    ],
    ids=str,
)  # fmt: skip
def test_looks_are_told_as_the_rules_say(looks, answers):
    assert told(*looks)[0] == answers


def test_one_absence_is_enough_where_that_is_asked_for():
    assert told(83, None, 83, absences=1)[0] == [[], ["lost 83>None"], ["found 83>83"]]


def test_a_lost_fact_is_dated_at_the_first_look_without_it():
    state, _ = initial(look(1, 83))
    last_ok = SnapshotRef(5, snapshot(5).taken_at)
    for number in (6, 7, 8):
        state, changes = advance(state, look(number, None), last_ok=last_ok)
        last_ok = SnapshotRef(number, snapshot(number).taken_at)
    (lost,) = changes
    assert (lost.kind, lost.level) == (EventKind.FACT_LOST, Level.FACT)
    assert lost.seen_before == SnapshotRef(5, snapshot(5).taken_at)
    assert lost.seen_after == SnapshotRef(6, snapshot(6).taken_at)
    assert (lost.quote_before, lost.sentence_before) == ("83", "The pact has 83 members.")
    assert sentences.summary(lost) == "member_count 83 → no longer stated"
    assert lost.detail["checks"] == 3
    assert state.lost


def test_a_value_back_after_a_gap_names_the_look_that_last_had_the_old_one():
    state, _ = initial(look(1, 83))
    state, _ = advance(state, look(2, None), last_ok=SnapshotRef(1, DAY_ONE))
    _, (change,) = advance(state, look(3, 85), last_ok=SnapshotRef(2, snapshot(2).taken_at))
    assert change.seen_before == SnapshotRef(1, DAY_ONE)


def test_a_change_copies_all_that_it_says():
    state, _ = initial(look(1, 83))
    _, (change,) = advance(state, look(2, 85))
    assert (change.kind, change.level, change.fact) == (EventKind.FACT_CHANGED, Level.FACT, "member_count")
    assert (change.before, change.after, change.quote_before, change.quote_after) == (83, 85, "83", "85")
    assert (change.sentence_before, change.sentence_after) == ("The pact has 83 members.", "The pact has 85 members.")
    assert sentences.summary(change) == "member_count 83 → 85 (+2)"
    assert change.detail["unit"] == "members"
    assert change.detail["place_after"]["exact"] == "85"


def look_under(number, **stated):
    """The `number`-th look, at a page that states a value under each of these headings, all of them under "Report"."""
    blocks = [
        Block(BlockKind.CONTENT, _SENTENCES[value], "test", ("Report", heading)) for heading, value in stated.items()
    ]
    seen = version(*blocks)
    taken = snapshot(number)
    return FactReading(seen.readings[0], seen, SnapshotRef(taken.id, taken.taken_at), taken.seq)


def test_a_change_of_a_fact_names_the_headings_above_it():
    state, _ = initial(look_under(1, Members=83))
    state, (changed,) = advance(state, look_under(2, Partners=85))
    assert changed.detail["anchor"] == ["Report", "Partners"]
    state, (*_, drifted) = advance(state, look_under(3, Mitglieder=86), drift=Drift(Threshold(3)))
    assert (drifted.kind, drifted.detail["anchor"]) == (EventKind.FACT_DRIFTED, ["Report", "Mitglieder"])
    for number in range(4, 7):
        state, changes = advance(state, look(number, "?"), last_ok=look(number - 1, 83).snapshot)
    assert changes[0].kind is EventKind.FACT_LOST
    assert changes[0].detail["anchor"] == [], "the value that is not readable is under no heading"


def test_a_contradiction_names_the_headings_above_all_its_values():
    _, (change,) = initial(look_under(1, Members=86, Partners=87))
    assert change.detail["anchor"] == ["Report", "Members", "Partners"]


def test_a_fact_that_is_no_longer_stated_has_no_headings():
    state, _ = initial(look_under(1, Members=83))
    for number in range(2, 5):
        state, changes = advance(state, look(number, None), last_ok=look(number - 1, 83).snapshot)
    assert changes[0].kind is EventKind.FACT_LOST
    assert "anchor" not in changes[0].detail


def test_a_contradiction_quotes_everybody_once():
    _, (change,) = initial(look(1, 86, 87))
    assert sentences.summary(change) == "member_count: this page says both 86 and 87"
    assert [(quote["value"], quote["sentence"]) for quote in change.detail["quotes"]] == [
        (86, "The pact has 86 members."),
        (87, "The pact has 87 members."),
    ]


def test_found_facts_are_told_as_new_or_as_back():
    answers = {}
    for name, looks in {"new": [None, 83], "back": [83, None, None, None, 85]}.items():
        state, _ = initial(look(1, looks[0]))
        for number, value in enumerate(looks[1:], 2):
            state, changes = advance(state, look(number, value))
        answers[name] = sentences.summary(changes[0])
    assert answers == {"new": "member_count not stated → 83", "back": "member_count back, 83 → 85 (+2)"}


def test_the_state_remembers_since_when_and_from_which_baseline():
    _, state = told(83, 83, 85, 85, 87)
    assert (state.value, state.quote, state.since) == (87, "87", SnapshotRef(5, snapshot(5).taken_at))
    assert (state.baseline, state.baseline_at) == (83, DAY_ONE)
    _, state = told(83, 85, 85)
    assert state.since == SnapshotRef(2, snapshot(2).taken_at)


def test_absences_are_counted_and_forgotten():
    _, state = told(83, None, None)
    assert (state.absences, state.absent_since) == (2, SnapshotRef(2, snapshot(2).taken_at))
    assert (state.value, state.lost) == (83, False)
    _, state = told(83, None, None, 83)
    assert (state.absences, state.absent_since, state.seen) == (0, None, None)


@pytest.mark.parametrize(
    ("looks", "answer"),
    [([83], True), ([None], True), ([83, None], False), ([83, None, None], False), ([83, None, None, None], True), ([83, None, 83], True), ([(86, 87)], True)],
)  # fmt: skip
def test_a_fact_is_settled_where_the_same_look_again_could_do_nothing(looks, answer):
    state = told(*looks)[1]
    assert is_stable(state) is answer
    last = looks[-1] if isinstance(looks[-1], tuple) else (looks[-1],)
    again, changes = advance(state, look(len(looks) + 1, *last))
    assert (again == state and not changes) is answer


def test_a_fact_new_to_a_known_page_begins_silently():
    fresh = rebase(None, look(4, 83))
    assert (fresh.value, fresh.since) == (83, SnapshotRef(4, snapshot(4).taken_at))
    assert advance(fresh, look(5, 83))[1] == ()
    assert [change.kind for change in advance(fresh, look(5, 85))[1]] == [EventKind.FACT_CHANGED]


def test_a_fact_new_to_a_known_page_that_contradicts_itself_already_is_not_told():
    assert advance(rebase(None, look(4, 86, 87)), look(5, 86, 87))[1] == ()


def test_a_state_under_another_reader_stands_as_if_the_new_one_had_read_all_along():
    old = replace(told(83, 83)[1], reader="0/elder/")
    same = rebase(old, look(2, 83))
    assert (same.since, same.baseline_at) == (SnapshotRef(1, DAY_ONE), DAY_ONE)
    assert same.reader == look(2, 83).version.reader.digest
    other = rebase(old, look(2, 87))
    assert (other.value, other.since) == (87, SnapshotRef(2, snapshot(2).taken_at))
    assert advance(other, look(3, 87))[1] == ()


def test_a_state_whose_fact_the_new_reader_misses_goes_on_waiting_for_it():
    old = replace(told(83)[1], reader="0/elder/")
    waiting = rebase(old, look(1, None))
    assert (waiting.value, waiting.reader) == (83, look(1, None).version.reader.digest)
    for number in (2, 3, 4):
        waiting, changes = advance(waiting, look(number, None))
    assert [change.kind for change in changes] == [EventKind.FACT_LOST]


def test_a_state_never_read_says_so():
    state, _ = initial(look(1, None))
    assert state == FactState(MEMBERS.name, look(1, None).version.reader.digest)


# --- to and fro

_FLAPS = ["changed 83>85"], ["changed 85>83"], ["(changed 83>85)", "flapping 83>[83, 85]"]


def test_to_and_fro_is_told_once_and_then_held_and_recorded():
    answers, state = told(83, 85, 83, 85, 83, 85)
    assert answers == [[], *_FLAPS, ["(changed 85>83)"], ["(changed 83>85)"]]
    assert state.flapping
    assert not is_stable(state)


def test_a_value_that_stands_for_long_is_told_as_settled_and_turns_count_anew():
    answers, state = told(83, 85, 83, 85, *[85] * 7, 83, 85)
    assert answers[4:] == [[]] * 6 + [["flapping [83, 85]>85"]] + [["changed 85>83"], ["changed 83>85"]]
    assert not state.flapping


def test_a_third_value_ends_the_flapping_and_is_told():
    answers, state = told(83, 85, 83, 85, 87, 87)
    assert answers[4:] == [["changed 85>87"], []]
    assert not state.flapping


def test_reversals_that_each_stood_for_long_are_no_flapping():
    answers, _ = told(*[83] * 8, *[85] * 8, *[83] * 8, 85)
    assert [answer for answer in answers if answer] == [["changed 83>85"], ["changed 85>83"], ["changed 83>85"]]


def test_a_contradiction_that_comes_and_goes_flaps_too():
    answers, _ = told(86, (86, 87), 86, (86, 87), 86)
    assert answers[3:] == [
        ["(contradiction None>[86, 87])", "flapping 86>[86, 87]"],
        ["(agreed [86, 87]>86)"],
    ]


def test_a_flapping_fact_may_be_lost():
    answers, state = told(83, 85, 83, 85, None, None, None)
    assert answers[4:] == [[], [], ["lost 85>None"]]
    assert not state.flapping


# --- drift

_FIVE_PERCENT = Drift(Threshold(5, percent=True))


@pytest.mark.parametrize(
    ("looks", "drift", "answers"),
    [
        ([83, 84, 85, 86, 87, 88], _FIVE_PERCENT, [[], [], [], [], [], ["drifted 83>88"]]),
        ([90, 88, 86, 84, 82, 80], _FIVE_PERCENT, [[], [], [], ["drifted 90>84"], [], []]),
        ([90, 86, 84, 80], Drift(Threshold(5)), [[], [], ["drifted 90>84"], []]),
        ([90, 86, 84, 82, 80, 84, 86, 85], Drift(Threshold(5)), [[], [], ["drifted 90>84"], [], [], [], [], ["drifted 90>85"]]),
        ([90, 80], Drift(Threshold(5)), [[], []]),
        ([94, 84, 83, 82], Drift(Threshold(5)), [[], [], [], []]),
        ([90, 88, 86], Drift(Threshold(5), baseline=82), [[], ["drifted 82>88"], []]),
        ([85, 86, 87], Drift(Threshold(5), baseline=82), [[], [], ["drifted 82>87"]]),
        ([80, 82, 84, 86, 88], Drift(Threshold(5), baseline=timedelta(days=2)), [[], [], [], [], []]),
        ([80, 82, 84, 86, 88], Drift(Threshold(5), baseline=timedelta(days=3)), [[], [], [], ["drifted 80>86"], []]),
    ],
    ids=str,
)  # fmt: skip
def test_small_steps_are_told_where_they_lead_far_from_the_baseline(looks, drift, answers):
    drifts = [[word for word in answer if word.startswith("drifted")] for answer in told(*looks, drift=drift)[0]]
    assert drifts == answers


def test_a_drift_says_from_what_to_what_and_by_which_measure():
    state, _ = initial(look(1, 83))
    for number, value in enumerate((85, 87), 2):
        state, changes = advance(state, look(number, value), drift=Drift(Threshold(4)))
    drifted = changes[-1]
    assert (drifted.kind, drifted.level) == (EventKind.FACT_DRIFTED, Level.FACT)
    assert sentences.summary(drifted) == "member_count drifted 83 → 87 (+4)"
    assert drifted.detail["threshold"] == "4"


@given(st.lists(st.integers(80, 94), min_size=2, max_size=30), st.integers(1, 10))
def test_no_value_is_far_from_the_baseline_unless_a_step_or_a_drift_told_of_it(values, amount):
    threshold = Threshold(amount)
    state, _ = initial(look(1, values[0]))
    known = values[0]
    for number, value in enumerate(values[1:], 2):
        before = state.value
        state, changes = advance(state, look(number, value), drift=Drift(threshold))
        if threshold.reached(before, value) or any(change.kind is EventKind.FACT_DRIFTED for change in changes):
            known = value
        near_baseline = not threshold.reached(values[0], value)
        assert near_baseline or not threshold.reached(known, value)


# --- looks that are ok for weak reasons


@pytest.mark.parametrize(
    ("looks", "weak", "answers"),
    [
        ([83, 85, 85], {2}, [[], [], ["changed 83>85"]]),
        ([83, 85, 85], {2, 3}, [[], [], ["changed 83>85"]]),
        ([83, 85, 83], {2}, [[], [], []]),
        ([83, 85, 84, 84], {2, 3}, [[], [], [], ["changed 83>84"]]),
        ([83, 85, None, 85], {2, 4}, [[], [], [], []]),
        ([None, 83], {2}, [[], ["found None>83"]]),
        ([83, (85, 83)], {2}, [[], ["changed 83>85", "contradiction None>[85, 83]"]]),
        ([83], {1}, [[]]),
    ],
    ids=str,
)
def test_a_weak_look_waits_for_the_next_one_to_say_the_same(looks, weak, answers):
    assert told(*looks, weak=weak)[0] == answers


def test_a_confirmed_value_is_dated_at_the_look_that_first_showed_it():
    state, _ = initial(look(1, 83))
    state, _ = advance(state, look(2, 85), weak=True)
    assert (state.value, state.candidate, is_stable(state)) == (83, 85, False)
    state, (change,) = advance(state, look(3, 85))
    second = SnapshotRef(2, snapshot(2).taken_at)
    assert (change.seen_after, state.since, state.candidate, is_stable(state)) == (second, second, None, True)


def test_an_unreadable_value_is_neither_a_value_nor_an_absence():
    state, _ = initial(look(1, 83))
    for number in range(2, 5):
        assert state.value == 83
        stated = look(number, "?")
        state, changes = advance(state, stated, last_ok=look(number - 1, 83).snapshot)
    assert (state.absences, state.unreadable, state.lost) == (0, 3, True)
    (change,) = changes
    assert (change.reason, change.before, change.after) == (Reason.FACT_UNREADABLE, 83, None)
    assert (change.quote_after, change.sentence_after) == ("3万億", "The pact has 3万億 members.")
    assert change.detail["checks"] == 3
    assert change.seen_after == look(2, "?").snapshot
    assert sentences.summary(change) == "member_count 83 → not readable: “3万億”"
    assert is_stable(state)


def test_a_state_with_unreadable_checks_is_not_stable():
    state, _ = initial(look(1, 83))
    state, _ = advance(state, look(2, "?"))
    assert not is_stable(state)
