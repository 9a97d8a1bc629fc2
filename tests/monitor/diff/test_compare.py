"""What differs between two versions: numbers that changed, sentences that came, went or were reworded, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.compare import compare
from monitor.diff.sentence_matching import matched
from monitor.model import BESIDE_TEXT, READING_KINDS, BlockKind, EventKind, FactDefinition, FactKind, Level, MentionType
from monitor.sentences import Sentence
from rendering import sentences
from rendering.value_texts import difference
from tests.support.heart import MEMBERS, block, version
from tests.support.pace import cheapest


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
    assert sentences.summary(change) == "members 83 → 85 (+2)"
    assert change.block_kind is BlockKind.CONTENT
    assert change.detail["place_after"] == {
        "block": 0,
        "start": 13,
        "end": 15,
        "exact": "85",
        "prefix": "The pact has ",
        "suffix": " members. It meets in May.",
    }


@pytest.mark.parametrize(
    ("before", "after", "summary"),
    [
        ("The mooring fee is 12 EUR.", "The mooring fee is 12 USD.", "money 12 EUR → 12 USD"),
        ("The mooring fee is $12 a night.", "The mooring fee is £12 a night.", "money $12 → £12"),
    ],
)
def test_another_currency_is_a_change(before, after, summary):
    (change,) = compare(page(before), page(after))
    assert (change.kind, change.level) == (EventKind.NUMBER_CHANGED, Level.NUMBER)
    assert sentences.summary(change) == summary


def test_a_currency_written_otherwise_is_no_change():
    assert compare(page("The mooring fee is 12 EUR."), page("The mooring fee is 12 €.")) == ()


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
    assert sentences.summary(compare(old, new)[0]) == "new text: “Oxbow has joined.”"
    assert sentences.summary(compare(new, old)[0]) == "text removed: “Oxbow has joined.”"


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
    assert len(sentences.summary(change)) < 120
    assert len(change.sentence_after) == 2_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Posted 2 days ago by Ada.", "Posted 3 days ago by Ada."),
        ("The film has 1,204 views.", "The film has 1,377 views."),
        ("Read as [41] says.", "Read as [42] says."),
        ("5 comments", "6 comments"),
    ],
)
def test_what_only_ticks_is_noise_with_its_reason(before, after):
    (change,) = compare(page(before), page(after))
    assert change.level is Level.NOISE
    assert change.detail["noise"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Last updated: 5 January 2021, 08:30", "Last updated: 7 January 2021, 10:02"),
        ("Zuletzt aktualisiert: 5. Januar 2021, 08:30 Uhr", "Zuletzt aktualisiert: 7. Januar 2021, 08:31 Uhr"),
    ],
)
def test_the_pages_own_stamp_is_noise(before, after):
    (change,) = compare(page(before), page(after))
    assert (change.kind, change.level) == (EventKind.TEXT_CHANGED, Level.NOISE)


def test_a_date_that_says_when_the_law_was_updated_at_length_is_reported():
    before = "The council said that the law was last updated on 3 May 2020 and that nothing in it would be changed before then."
    (change,) = compare(page(before), page(before.replace("3 May", "4 May")))
    assert change.level is Level.NUMBER


def test_much_reworded_sentences_meet_by_what_they_count():
    old, new = (
        page("The treaty has been signed by 41 countries."),
        page("So far 43 countries have put names to the treaty."),
    )
    assert numbers(old, new) == [("countries", 41, 43)]


@pytest.mark.parametrize(
    ("before", "after"),
    [(["Members", "87"], ["Members: 88"]), (["The pact", "87", "Members"], ["The pact", "88 Members"])],
)
def test_a_number_in_a_box_meets_the_same_written_otherwise(before, after):
    assert numbers(page(*before), page(*after)) == [("members", 87, 88)]
    assert numbers(page(*after), page(*before)) == [("members", 88, 87)]


def test_notices_of_one_form_are_not_one_another():
    """Each says the same words about another place: no number of one became a number of the other."""
    form = "Road works from {} km north of {} to {} km north of {} from 0{}00 to 1600 hours until further notice due to repairs."
    old = page(form.format(2, "Ashby", 5, "Ashby", 8), form.format(7, "Tern", 9, "Tern", 7), "The office is open.")
    new = page(form.format(7, "Tern", 9, "Tern", 7), form.format(1, "Corrie", 3, "Dunmore", 9), "The office is open.")
    assert numbers(old, new) == []
    moved = page(form.format(2, "Ashby", 6, "Ashby", 8), form.format(7, "Tern", 9, "Tern", 7), "The office is open.")
    assert [(c.before, c.after) for c in compare(old, moved)] == [(5, 6)]


def test_a_number_that_reads_as_a_year_on_one_side_changes_all_the_same():
    old, new = page("A total of 1680 tests have been made."), page("A total of 1957 tests have been made.")
    assert [(c.before, c.after) for c in compare(old, new)] == [(1680, 1957)]


def rows(*texts):
    return page(*(block(BlockKind.ROW, text) for text in texts))


def test_columns_meet_by_their_heads_when_the_window_slides():
    old = rows("3 May | 4 May | 5 May", "Absent | 4,403 | 4,227 | 4,192", "On leave | 399 | 365 | 342")
    new = rows("4 May | 5 May | 6 May", "Absent | 4,227 | 4,193 | 3,138", "On leave | 365 | 342 | 264")
    told = [change for change in compare(old, new) if change.kind is EventKind.NUMBER_CHANGED]
    assert [(c.before, c.after, c.detail["row"], c.detail["column"]) for c in told] == [(4192, 4193, "Absent", "5 May")]
    assert sentences.summary(told[0]) == "Absent, 5 May 4,192 → 4,193 (+1)"


def test_rows_meet_by_their_label_and_a_new_row_is_text():
    old = rows("Year | Schools", "2019 | 31", "2020 | 28")
    new = rows("Year | Schools", "2021 | 30", "2019 | 31", "2020 | 29")
    assert [(c.before, c.after) for c in compare(old, new) if c.level is Level.NUMBER] == [(28, 29)]
    assert texts(old, new) == [(None, "2021 | 30")]


SENTENCES = st.lists(
    st.sampled_from(
        [
            "The pact has {} members.",
            "It keeps {} offices in {} towns.",
            "Nobody is turned away.",
            "Rain fell on {} days.",
            "Members met on 3 May 2020.",
            "North | {} | {}",
        ]
    ),
    max_size=8,
)


def filled(forms, values):
    left = iter(values)
    return page(
        *(
            block(BlockKind.ROW if "|" in form else BlockKind.CONTENT, form.format(next(left), next(left)))
            for form in forms
        )
    )


VALUES = st.lists(st.integers(min_value=2, max_value=60), min_size=16, max_size=16)


def mirrored(changes):
    return sorted(
        (
            c.kind,
            c.level,
            str(c.after),
            str(c.before),
            str(c.quote_after),
            str(c.quote_before),
            str(c.sentence_after),
            str(c.sentence_before),
        )
        for c in changes
    )


@given(SENTENCES, VALUES)
def test_compared_with_itself_a_version_is_nothing(forms, values):
    assert compare(filled(forms, values), filled(forms, values)) == ()


@given(SENTENCES, VALUES, st.randoms(use_true_random=False))
def test_blocks_that_move_are_nothing(forms, values, dice):
    whole = filled(forms, values)
    moved = list(whole.blocks)
    dice.shuffle(moved)
    assert compare(whole, page(*moved)) == ()


@given(SENTENCES, VALUES, VALUES)
def test_swapped_versions_tell_the_mirrored_numbers(forms, before, after):
    forms = list(dict.fromkeys(forms))
    old, new = filled(forms, before), filled(forms, after)
    there = [c for c in compare(old, new) if c.kind is EventKind.NUMBER_CHANGED]
    back = [c for c in compare(new, old) if c.kind is EventKind.NUMBER_CHANGED]
    assert mirrored(there) == sorted(
        (
            c.kind,
            c.level,
            str(c.before),
            str(c.after),
            str(c.quote_before),
            str(c.quote_after),
            str(c.sentence_before),
            str(c.sentence_after),
        )
        for c in back
    )


@pytest.mark.parametrize("kind", sorted(set(BlockKind) - READING_KINDS - BESIDE_TEXT))
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
    assert [sentences.summary(change) for change in compare(page(before), page(after))] == [summary]


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


_plain_sentences = st.tuples(
    st.sampled_from(
        [
            "The pact has {} members.",
            "It meets in {} towns in the north.",
            "Oxbow has joined the {} others.",
            "The {} harbours are open in winter.",
            "The pact has {} partners and friends.",
            "Nobody came.",
        ]
    ),
    st.integers(2, 9),
).map(lambda said: said[0].format(said[1] * 11))
_plain_pages = st.lists(st.lists(_plain_sentences, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=5)


@given(_plain_pages, _plain_pages)
def test_swapped_versions_tell_the_mirrored_texts(before, after):
    there, back = texts(page(*before), page(*after)), texts(page(*after), page(*before))
    assert Counter(there) == Counter((new, old) for old, new in back)


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
        assert sentences.summary(change)
        assert change.level in (Level.NUMBER, Level.TEXT, Level.NOISE)
        assert (change.level is Level.NOISE) == bool(change.detail.get("noise"))
        if change.kind is EventKind.NUMBER_CHANGED:
            assert change.before != change.after or "-" in change.quote_after
            assert change.quote_before in change.sentence_before
            assert change.quote_after in change.sentence_after
            assert MentionType(change.detail["type"]) not in (MentionType.TIME, MentionType.VOLATILE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The prizes areannounced!", "The prizes are announced!"),
        ("Join us\u200b today.", "Join us today."),
        ("Soft\u00adly.", "Softly."),
    ],
)
def test_white_space_alone_makes_no_change(before, after):
    assert compare(page(before), page(after)) == ()


def test_white_space_between_digits_may():
    assert compare(page("It has 1 525 members."), page("It has 15 25 members.")) != ()


def test_a_sentence_in_other_pieces_is_no_change():
    old, new = page("Join the assembly live today!", "It rains."), page("Join the assembly", "live today!", "It rains.")
    assert compare(old, new) == ()
    assert compare(new, old) == ()


def _fact_page(*texts):
    facts = (
        FactDefinition("met", FactKind.DATE_OF, ("last meeting",)),
        FactDefinition("head", FactKind.TEXT, pattern=r"Secretary General: (?P<name>[^.,]+)"),
        MEMBERS,
    )
    return version(*texts, facts=facts)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The last meeting was on 3 May 2021.", "The last meeting was on 4 June 2021."),
        ("Secretary General: Ada Brook, at her desk.", "Secretary General: Cy Dale, at her desk."),
        ("The pact has 83 members and friends.", "The pact has 85 members and friends."),
    ],
)
def test_what_states_a_declared_fact_is_left_to_the_fact(before, after):
    assert compare(_fact_page("It is old.", before), _fact_page("It is old.", after)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The last meeting was on 3 May 2021.", "The last meeting was held on 4 June 2021."),
        ("Secretary General: Ada Brook, at her desk.", "Secretary General: Cy Dale, at his desk."),
        ("Secretary General: Ada Brook, at her desk.", "The desk is empty."),
        ("The last meeting was on 3 May 2021.", "The next fair is on 4 June 2021."),
    ],
)
def test_what_else_differs_in_its_sentence_is_told(before, after):
    told = compare(_fact_page("It is old.", before), _fact_page("It is old.", after))
    assert [change.kind for change in told] == [EventKind.TEXT_CHANGED]


def test_another_section_or_extension_is_text():
    old, new = page("A licence under section 11 lasts for long."), page("A licence under section 10 lasts for long.")
    assert [change.level for change in compare(old, new)] == [Level.TEXT]
    old, new = page("Tel. ext. 117"), page("Tel. ext. 119")
    assert [change.level for change in compare(old, new)] == [Level.TEXT]


def test_how_long_a_page_takes_to_read_is_noise():
    for before, after in (("4 May — 6 min read", "4 May — 7 min read"), ("Lesezeit: 5 Minuten", "Lesezeit: 6 Minuten")):
        assert [change.level for change in compare(page(before), page(after))] == [Level.NOISE]
    assert [c.level for c in compare(page("A visit takes 6 minutes."), page("A visit takes 7 minutes."))] == [
        Level.NUMBER
    ]


def alike(number):
    return Sentence(
        f"It has {number} members.", 0, BlockKind.CONTENT, 0, (), "It has NUMBER members.", ("it", "has", "members")
    )


def test_thousands_of_equal_sentences_are_paired_in_time_that_grows_with_their_number():
    def cost(count: int) -> float:
        old, new = [alike(n) for n in range(count)], [alike(n + 1) for n in range(count)]
        assert len(matched(old, new, dict)) == count
        return cheapest(lambda: matched(old, new, dict), times=2)

    assert cost(4000) < 20 * cost(500)  # 64 times, were it the square


def test_values_that_only_moved_among_equal_sentences_stay_one_sentence_each():
    old, new = ([f"It has {number} members." for number in order] for order in (range(90), range(89, -1, -1)))
    assert compare(page(*old), page(*new)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The pact has 83 members.", "The pact has 3万億 members."),
        ("The pact has 3万億 members.", "The pact has 83 members."),
        ("The pact has 3万億 members.", "The pact has 5万億 members."),
        ("The fund holds 3万億 coins.", "The fund holds 5万億 coins."),
        ("The fund holds 3 coins.", "The fund holds 3万億 coins."),
    ],
)
def test_a_number_that_is_not_readable_is_text(before, after):
    (change,) = compare(version(before), version(after))
    assert change.kind is EventKind.TEXT_CHANGED
    assert (change.sentence_before, change.sentence_after) == (before, after)


def test_an_unreadable_number_that_stayed_is_no_change():
    assert compare(version("The fund holds 3万億 coins."), version("The fund holds 3万億 coins.")) == ()
