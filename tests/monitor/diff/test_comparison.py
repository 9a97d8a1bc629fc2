"""Two versions as one document: every block at its place, both versions restorable, and noise apart from changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.diff.compare import compare
from monitor.diff.comparison import comparison, count_words
from monitor.model import (
    Block,
    BlockKind,
    ComparisonLimit,
    Document,
    Link,
    LinkChange,
    NoiseReason,
    ParserVersion,
    RowKind,
    RowNoise,
    SegmentKind,
    Version,
)
from tests.support.heart import block, version
from tests.support.pace import costs_less_than

KINDS = st.sampled_from(list(BlockKind))
TEXTS = st.sampled_from(
    [
        "We have 83 members.",
        "We have 85 members.",
        "Open daily.",
        "Closed.",
        "a b c d",
        "a b x d",
        "会員は83か国です。",
        "x",
    ]
) | st.text(min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
BLOCKS = st.lists(st.builds(Block, KINDS, TEXTS, st.just("test")), max_size=12).map(tuple)


def bare(blocks: tuple[Block, ...]) -> Version:
    """A version without mentions and facts."""
    return Version(ParserVersion("test", ""), "", "en", blocks, (), ())


def shown(old: Version, new: Version) -> list[tuple[str, str]]:
    """The rows as (kind, text), with "-" and "+" for the words of changed ones."""
    forms = {SegmentKind.KEPT: "{}", SegmentKind.REMOVED: "-{}-", SegmentKind.ADDED: "+{}+"}
    return [
        (
            row.kind.value,
            "".join(forms[s.kind].format(s.text) for s in row.segments)
            if row.kind is RowKind.CHANGED
            else row.segments[0].text,
        )
        for row in comparison(old, new, compare(old, new)).rows
    ]


@given(BLOCKS, BLOCKS)
@settings(max_examples=200)
def test_each_version_can_be_restored(old: tuple[Block, ...], new: tuple[Block, ...]):
    found = comparison(bare(old), bare(new))
    assert list(found.texts(SegmentKind.ADDED)) == [block.text for block in old]
    assert list(found.texts(SegmentKind.REMOVED)) == [block.text for block in new]
    for index, row in enumerate(found.rows):
        assert all(segment.text for segment in row.segments)
        if row.counterpart is not None:
            other = found.rows[row.counterpart]
            assert (other.counterpart, other.segments, {row.kind, other.kind}) == (
                index,
                row.segments,
                {RowKind.MOVED_FROM, RowKind.MOVED_TO},
            )
    assert 0 <= found.degree <= 1


@given(BLOCKS)
def test_a_version_compared_with_itself_has_no_change(blocks: tuple[Block, ...]):
    found = comparison(bare(blocks), bare(blocks))
    assert [row.kind for row in found.rows] == [RowKind.KEPT] * len(blocks)
    assert not found.loud()
    assert (found.words_added, found.words_removed, found.degree) == (0, 0, 0.0)


def test_reworded_blocks_are_changed_word_by_word_and_others_are_removed_and_added():
    old = version("Our aims", "We have 83 members.", "The office opens on Monday.", "Call us.", facts=())
    new = version("Our aims", "We have 85 members.", "The office opens on Friday.", "Entry is free now.", facts=())
    assert shown(old, new) == [
        ("kept", "Our aims"),
        ("changed", "We have -83-+85+ members."),
        ("changed", "The office opens on -Monday-+Friday+."),
        ("removed", "Call us."),
        ("added", "Entry is free now."),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "Das Büro öffnet am Montag um neun.",
            "Das Büro öffnet am Freitag um neun.",
            "Das Büro öffnet am -Montag-+Freitag+ um neun.",
        ),
        ("会員は八十三か国です。", "会員は八十五か国です。", "会員は八十-三-+五+か国です。"),
        ("يفتح المكتب يوم الأحد صباحا", "يفتح المكتب يوم الثلاثاء صباحا", "يفتح المكتب يوم -الأحد-+الثلاثاء+ صباحا"),
    ],
)
def test_blocks_are_paired_in_any_script(before: str, after: str, expected: str):
    old, new = version("A", before, "Z", facts=()), version("A", after, "Z", facts=())
    assert shown(old, new)[1] == ("changed", expected)


def test_a_block_in_another_order_moved_and_each_row_refers_to_the_other():
    old = version("First of all.", "Second to none.", "Third time lucky.", facts=())
    new = version("Second to none.", "Third time lucky.", "First of all.", facts=())
    rows = comparison(old, new).rows
    assert [(row.kind, row.old, row.new, row.counterpart) for row in rows] == [
        (RowKind.MOVED_FROM, 0, 2, 3),
        (RowKind.KEPT, 1, 0, None),
        (RowKind.KEPT, 2, 1, None),
        (RowKind.MOVED_TO, 0, 2, 0),
    ]
    assert all(row.is_quiet for row in rows)


@pytest.mark.parametrize(
    "kind", [BlockKind.FEED, BlockKind.CONSENT, BlockKind.CONTROL, BlockKind.NAVIGATION, BlockKind.FOOTER]
)
def test_kinds_that_are_not_compared_are_noise(kind: BlockKind):
    old, new = (version("Text", block(kind, f"Our {n} friends"), facts=()) for n in (1711, 1717))
    row = comparison(old, new, compare(old, new)).rows[1]
    assert (row.kind, row.noise, row.is_quiet) == (RowKind.CHANGED, RowNoise.NOT_COMPARED, True)
    assert comparison(old, new).degree == 0


def test_a_difference_that_a_rule_classifies_as_noise_says_which():
    old, new = (version("Text", f"Posted {n} days ago.", facts=()) for n in (2, 3))
    changes = compare(old, new)
    row = comparison(old, new, changes).rows[1]
    assert row.noise is RowNoise.CLASSIFIED
    assert isinstance(row.noise_reason, NoiseReason)


def test_a_learned_place_is_noise_and_another_change_in_its_block_is_not():
    old, new = version("We have 83 visitors today.", facts=()), version("We have 97 visitors today.", facts=())
    changes = compare(old, new)
    spots = set(changes[0].detail["spots"])
    assert comparison(old, new, changes, learned=spots).rows[0].noise is RowNoise.LEARNED
    loud = version("We have 97 visitors today. The fee is 5 euros.", facts=())
    row = comparison(old, loud, compare(old, loud), learned=spots).rows[0]
    assert (row.noise, row.is_quiet) == (None, False)


def test_the_same_sentences_in_other_blocks_are_no_change():
    old = version("It is open. It is free.", facts=())
    new = version("It is open.", "It is free.", facts=())
    found = comparison(old, new, compare(old, new))
    assert {row.noise for row in found.rows} == {RowNoise.SAME_TEXT}
    assert not found.loud()


def test_facts_and_numbers_are_attached_to_their_rows_facts_first():
    old, new = (
        version("The pact has 83 members.", "The fee is 12 EUR."),
        version("The pact has 85 members.", "The fee is 13 EUR."),
    )
    found = comparison(old, new, compare(old, new))
    assert [row.is_quiet for row in found.rows] == [
        False,
        False,
    ]  # a sentence that differs in a declared fact alone, too
    assert [(change.quote_before, change.quote_after) for change in found.rows[1].changes] == [("12 EUR", "13 EUR")]
    assert found.changes == found.rows[1].changes


def test_a_changed_link_target_of_a_kept_text_is_shown():
    def linked(target: str) -> Version:
        return replace(
            version("x", facts=()),
            blocks=(Block(BlockKind.CONTENT, "Read the report.", "", links=(Link(5, 15, target),)),),
        )

    row = comparison(linked("/2024.pdf"), linked("/2025.pdf")).rows[0]
    assert (row.kind, row.is_quiet) == (RowKind.KEPT, False)
    assert row.links == (LinkChange("the report", "/2024.pdf", "/2025.pdf"),)


def test_words_are_counted_without_noise_and_moved_blocks():
    still = ("It stays.", "So does this.")
    old = version("One two three four.", block(BlockKind.NAVIGATION, "Home"), *still, "Moved along.", facts=())
    new = version("Moved along.", "One two three five.", block(BlockKind.NAVIGATION, "Start here"), *still, facts=())
    found = comparison(old, new, compare(old, new))
    assert (found.words_removed, found.words_added, found.words_old, found.words_new) == (1, 1, 11, 11)
    assert found.degree == pytest.approx(2 / 22)
    assert [count_words(text) for text in ("a b-c 1,5", "会員 ab", "")] == [3, 3, 0]


def test_a_file_is_one_block_with_its_digest():
    old, new = (replace(version(facts=()), document=Document("a PDF document", 100, sign * 64)) for sign in "ab")
    (row,) = comparison(old, new, compare(old, new)).rows
    assert (row.kind, row.is_quiet) == (RowKind.CHANGED, False)
    assert [row.text(kind) for kind in (SegmentKind.ADDED, SegmentKind.REMOVED)] == [
        f"a PDF document, 100 bytes, SHA-256 {sign * 64}" for sign in "ab"
    ]
    page = comparison(old, version("A page now.", facts=()))
    assert [(r.kind, r.is_quiet) for r in page.rows] == [(RowKind.REMOVED, False), (RowKind.ADDED, False)]


def test_a_hundred_thousand_different_blocks_are_compared_in_bounded_time_and_what_was_left_out_is_stated():
    old, new = (
        bare(tuple(block(BlockKind.FEED, f"{name} item {name}{n}x") for n in range(100_000))) for name in ("p", "q")
    )
    with costs_less_than(20):
        found = comparison(old, new)
    assert ComparisonLimit.PAIRS in found.limits
    assert len(found.rows) == 200_000


def test_one_block_of_megabytes_is_compared_in_bounded_time():
    old, new = (
        bare((block(BlockKind.FEED, " ".join(f"{name}{n % 977} same" for n in range(400_000))),)) for name in "pq"
    )
    with costs_less_than(20):
        found = comparison(old, new)
    assert list(found.texts(SegmentKind.ADDED)) == [old.blocks[0].text]
    assert list(found.texts(SegmentKind.REMOVED)) == [new.blocks[0].text]
