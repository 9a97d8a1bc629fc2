from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Change, EventKind, Level, MentionType, Reason
from rendering.event_text import headline, sentence_with_units
from rendering.statements import text_after, text_before
from rendering.text_safety import SENTENCE_LIMIT, one_line

TEXT = Change(EventKind.TEXT_CHANGED, Level.TEXT, Reason.TEXT_CHANGED)
NUMBER = Change(
    EventKind.NUMBER_CHANGED,
    Level.NUMBER,
    Reason.NUMBER_CHANGED,
    before=83,
    after=85,
    quote_before="83",
    quote_after="85",
    detail={"unit": "members", "type": MentionType.COUNTED},
)
WORDS = st.lists(st.sampled_from(["we", "are", "85", "83", "members", "now"]), max_size=400).map(" ".join)


def sides(change: Change) -> tuple[str, str]:
    """The sentences of both sides, with brackets around what is marked."""
    return tuple(  # type: ignore[return-value]
        "".join(f"[{text}]" if is_marked else text for side in found for text, is_marked in side.parts)
        for found in (text_before(change), text_after(change))
    )


def test_of_a_long_text_the_part_that_changed_is_shown_on_both_sides():
    long = "The office keeps the register of members. " * 20
    for before, after in (("closed", "open"), ("", "and its archive ")):
        shown = sides(
            replace(
                TEXT,
                sentence_before=f"{long}It is {before} today. {long}",
                sentence_after=f"{long}It is {after} today. {long}",
            )
        )
        for side, words in zip(shown, (before, after), strict=True):
            assert side.startswith("…")
            assert side.endswith("…")
            assert "It is" in side
            assert (f"[{words.strip()}]" in side) == bool(words)
            assert len(side) <= SENTENCE_LIMIT + 4


def test_the_quote_is_marked_even_where_the_other_side_contains_it():
    change = replace(NUMBER, sentence_before="We are 83, not 85.", sentence_after="We are 85, not 85 or 83.")
    assert sides(change) == ("We are [83], not 85.", "We are [85], not 85 [or 83].")


@given(WORDS, WORDS)
def test_every_part_is_from_the_sentence(before: str, after: str):
    change = replace(TEXT, sentence_before=before, sentence_after=after)
    for sentence, found in ((before, text_before(change)), (after, text_after(change))):
        for statement in found:
            shown = "".join(text for text, _ in statement.parts)
            assert shown.strip("…").strip() in one_line(sentence)
            assert len(shown) <= SENTENCE_LIMIT + 2
            assert all(text for text, _ in statement.parts)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({}, "83 members → 85 members (+2)"),
        ({"fact": "member_count", "reason": Reason.FACT_CHANGED, "detail": {"unit": "members"}}, "member_count: 83 members → 85 members (+2)"),
        ({"detail": {"unit": "members", "type": MentionType.COUNTED, "row": "Malta", "column": "2021"}}, "Malta, 2021: 83 members → 85 members (+2)"),
        ({"before": 1, "quote_before": "1"}, "members 1 → 85 (+84)"),
        ({"detail": {"unit": None, "type": MentionType.PERCENT}, "quote_before": "83 %", "quote_after": "85 %"}, "percent 83 % → 85 % (+2)"),
        ({"detail": {"unit": "EUR", "type": MentionType.MONEY}, "quote_before": "€83", "quote_after": "€85"}, "money €83 → €85 (+2)"),
        ({"detail": {"unit": "عضوا", "type": MentionType.COUNTED}}, "عضوا 83 → 85 (+2)"),
        ({"fact": "member_count", "reason": Reason.FACT_CHANGED, "detail": {"unit": "عضوا"}}, "member_count 83 → 85 (+2)"),
    ],
)  # fmt: skip
def test_a_number_has_its_noun_on_both_sides_where_it_reads_well(parts: dict[str, object], sentence: str):
    assert sentence_with_units(replace(NUMBER, **parts)) == sentence


def test_the_headline_of_a_text_shows_the_words_that_changed_wherever_they_are():
    start = "Everyone who uses the reading room in the old customs house is welcome, "
    change = replace(
        TEXT, sentence_before=f"{start}on Mondays only.", sentence_after=f"{start}on Fridays and Sundays only."
    )
    assert (
        headline(change)
        == "text changed: “…customs house is welcome, on Mondays only.” → “…customs house is welcome, on Fridays and Sundays only.”"
    )
    unlike = replace(TEXT, sentence_before="One thing.", sentence_after="Completely different statement")
    assert headline(unlike) == "text changed: “One thing.” → “Completely different statement”"
