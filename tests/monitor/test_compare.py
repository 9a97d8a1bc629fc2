"""What differs between two versions: numbers that changed, sentences that came, went or were reworded, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.compare import compare, difference
from monitor.model import BlockKind, EventKind, Level, MentionType
from tests.support.heart import block, version


def page(*blocks):
    """A version that follows no declared fact, so that every number is loud."""
    return version(*blocks, facts=())


def numbers(old, new):
    return [(c.detail["unit"], c.before, c.after) for c in compare(old, new) if c.kind is EventKind.NUMBER_CHANGED]


def texts(old, new):
    return [(c.sentence_before, c.sentence_after) for c in compare(old, new) if c.kind is EventKind.TEXT_CHANGED]


def test_a_number_changed_in_a_sentence_that_stayed():
    old, new = page("The pact has 83 members. It meets in May."), page("The pact has 85 members. It meets in May.")
    (change,) = compare(old, new)
    assert (change.kind, change.level) == (EventKind.NUMBER_CHANGED, Level.NUMBER)
    assert (change.before, change.after, change.quote_before, change.quote_after) == (83, 85, "83", "85")
    assert change.sentence_before == "The pact has 83 members."
    assert change.sentence_after == "The pact has 85 members."
    assert change.summary == "members 83 → 85 (+2)"
    assert change.block_kind is BlockKind.CONTENT
    assert change.detail["place_after"] == {
        "block": 0,
        "start": 13,
        "end": 15,
        "exact": "85",
        "prefix": "The pact has ",
        "suffix": " members. It meets in May.",
    }


def test_opposite_steps_neither_cancel_nor_mix():
    old = page("The north has 13 members and a port.", "The south has 24 partners and a port.")
    new = page("The north has 14 members and a port.", "The south has 23 partners and a port.")
    assert numbers(old, new) == [("members", 13, 14), ("partners", 24, 23)]
    old, new = page("It has 13 members and 24 partners."), page("It has 14 members and 23 partners.")
    assert numbers(old, new) == [("members", 13, 14), ("partners", 24, 23)]
    assert texts(old, new) == []


def test_numbers_that_swap_places_in_a_reworded_sentence_are_not_mixed_up():
    old, new = page("It has 13 members and 24 partners in all."), page("It has 24 partners and 14 members in all.")
    assert numbers(old, new) == [("members", 13, 14)]


def test_a_reworded_sentence_tells_its_number_and_its_words():
    old = page("The pact, born in spring, has 83 members in three valleys.")
    new = page("The pact, born in autumn, has 85 members in three valleys.")
    assert numbers(old, new) == [("members", 83, 85)]
    assert texts(old, new) == [(old.blocks[0].text, new.blocks[0].text)]


def test_a_value_said_another_way_is_no_number_change():
    assert numbers(page("Nearly 1,200,000 people live here."), page("Nearly 1.2 million people live here.")) == []


def test_blocks_that_move_are_no_change():
    parts = ["The pact has 83 members.", "It meets in May.", "It is old."]
    assert compare(page(*parts), page(*parts[::-1])) == ()
    assert compare(page("It meets in May. It is old."), page("It meets in May.", "It is old.")) == ()


def test_a_sentence_that_came_and_one_that_went():
    old, new = page("It is old."), page("It is old.", "Oxbow has joined.")
    assert texts(old, new) == [(None, "Oxbow has joined.")]
    assert texts(new, old) == [("Oxbow has joined.", None)]
    assert compare(old, new)[0].summary == "new text: “Oxbow has joined.”"
    assert compare(new, old)[0].summary == "text gone: “Oxbow has joined.”"


def test_one_of_two_equal_sentences_gone_is_gone():
    assert texts(page("It is old.", "Yes.", "It is old."), page("It is old.", "Yes.")) == [("It is old.", None)]


def test_neighbouring_sentences_are_told_as_one_change_and_others_apart():
    old = page("One stays here.", "Two stays here.")
    new = page(
        "Alpha came in the night.",
        "Beta followed at dawn.",
        "One stays here.",
        "Gamma went last of all.",
        "Two stays here.",
    )
    assert texts(old, new) == [
        (None, "Alpha came in the night. Beta followed at dawn."),
        (None, "Gamma went last of all."),
    ]


def test_long_text_is_quoted_short():
    new = page("It is old.", " ".join(f"Word{n}" for n in range(900)))
    (change,) = compare(page("It is old."), new)
    assert len(change.summary) < 120
    assert len(change.sentence_after) == 2_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Posted 2 days ago by Ada.", "Posted 3 days ago by Ada."),
        ("The film has 1,204 views.", "The film has 1,377 views."),
        ("It is 10:30 in the valley.", "It is 10:31 in the valley."),
        ("Read as [41] says.", "Read as [42] says."),
        ("Built with version 2.3.1.", "Built with version 2.3.2."),
        ("5 comments", "6 comments"),
    ],
)
def test_what_only_ticks_is_nothing_at_all(before, after):
    assert compare(page(before), page(after)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [("It met on 3 May 2020.", "It met on 4 May 2020."), ("It began in 2019.", "It began in 2018.")],
)
def test_a_date_that_changed_is_text_and_no_number(before, after):
    assert numbers(page(before), page(after)) == []
    assert texts(page(before), page(after)) == [(before, after)]


@pytest.mark.parametrize("kind", sorted(set(BlockKind) - {BlockKind.CONTENT, BlockKind.HEADING, BlockKind.ROW}))
def test_boilerplate_makes_no_change(kind):
    old = page("It is old.", block(kind, "We and our 1711 partners store data."))
    new = page("It is old.", block(kind, "We and our 1717 partners store data."), block(kind, "New words."))
    assert compare(old, new) == ()


def test_a_row_tells_its_own_number():
    old = page(block(BlockKind.ROW, "North | 31 | 7"), block(BlockKind.ROW, "South | 28 | 9"))
    new = page(block(BlockKind.ROW, "North | 31 | 8"), block(BlockKind.ROW, "South | 27 | 9"))
    changes = compare(old, new)
    assert [(c.before, c.after, c.block_kind) for c in changes] == [(7, 8, BlockKind.ROW), (28, 27, BlockKind.ROW)]


@pytest.mark.parametrize(
    ("before", "after", "summary"),
    [
        ("It cost $81 million.", "It cost $82.5 million.", "money $81 million → $82.5 million (+1,500,000)"),
        (
            "Of them 12 percent of all pay.",
            "Of them 9.5 percent of all pay.",
            "percent 12 percent → 9.5 percent (−2.5)",
        ),
        ("It lasts 3 years.", "It lasts 4 years.", "years 3 → 4 (+1)"),
        ("Fiji is the 79th member.", "Fiji is the 80th member.", "member 79th → 80th (+1)"),
        ("It has 12-15 boats.", "It has 12-18 boats.", "boats 12-15 → 12-18"),
    ],
)
def test_summaries_read_well(before, after, summary):
    assert [change.summary for change in compare(page(before), page(after))] == [summary]


def test_a_number_that_states_a_declared_fact_is_left_to_the_fact():
    old, new = version("It has 83 members and 9 boats."), version("It has 85 members and 8 boats.")
    assert numbers(old, new) == [("boats", 9, 8)]


def test_a_step_of_nothing_is_not_shown():
    assert (difference(2, 2), difference(2, 2.5), difference(1_000, 0)) == ("", " (+0.5)", " (−1,000)")


_words = st.sampled_from("the pact has met boats members partners towns in of and old new river stone".split())
_numbers = st.sampled_from("3 14 15 83 1,204 99% $5 10:30 2019 82nd twelve".split())
_sentences = st.lists(st.one_of(_words, _numbers), min_size=1, max_size=8).map(
    lambda parts: " ".join(parts).capitalize() + "."
)
_kinds = st.sampled_from([BlockKind.CONTENT, BlockKind.HEADING, BlockKind.ROW, BlockKind.FEED, BlockKind.NAVIGATION])
_pages = st.lists(st.builds(block, _kinds, st.lists(_sentences, min_size=1, max_size=3).map(" ".join)), max_size=5)


@given(_pages)
def test_a_version_does_not_differ_from_itself(blocks):
    assert compare(page(*blocks), page(*blocks)) == ()


@given(_pages, st.randoms(use_true_random=False))
def test_moving_blocks_makes_no_change(blocks, chance):
    moved = list(blocks)
    chance.shuffle(moved)
    assert compare(page(*blocks), page(*moved)) == ()


_towns = "Oxbow Ferrybridge Stonehaven Millbrook Elmford".split()


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 3_000)), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_every_number_that_changed_is_told_and_backwards_the_other_way_round(steps, chance):
    old = [f"{town} keeps {before:,} sheep." for town, (before, _) in zip(_towns, steps, strict=False)]
    new = [f"{town} keeps {after:,} sheep." for town, (_, after) in zip(_towns, steps, strict=False)]
    chance.shuffle(new)
    changed = sorted((before, after) for before, after in steps if before != after)
    assert sorted((before, after) for _, before, after in numbers(page(*old), page(*new))) == changed
    assert sorted((after, before) for _, before, after in numbers(page(*new), page(*old))) == changed


@given(_pages, _pages)
def test_comparing_is_the_same_every_time_and_tells_what_stands_there(before, after):
    old, new = page(*before), page(*after)
    changes = compare(old, new)
    assert changes == compare(old, new)
    for change in changes:
        assert change.summary
        assert change.level in (Level.NUMBER, Level.TEXT)
        if change.kind is EventKind.NUMBER_CHANGED:
            assert change.before != change.after or "-" in change.quote_after
            assert change.quote_before in change.sentence_before
            assert change.quote_after in change.sentence_after
            assert MentionType(change.detail["type"]) not in (MentionType.TIME, MentionType.VOLATILE)
