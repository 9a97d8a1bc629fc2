"""Sentences of a quarter of a megabyte, which no person writes: reading and comparing them takes time that grows with their length, not its square."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff import number_matching
from monitor.diff.compare import compare
from monitor.facts import fact_reader, nouns
from monitor.facts.mentions import read_blocks
from monitor.model import BlockKind, FactDefinition, FactKind, Mention, MentionType
from tests.support.heart import block, version
from tests.support.pace import cheapest


@pytest.mark.parametrize(
    ("fact", "piece"),
    [
        (FactDefinition("aid", FactKind.MONEY_OF, ("aid",)), "$4.5bn "),
        (FactDefinition("founded", FactKind.DATE_OF, ("founded",)), "founded in 2014 "),
        (FactDefinition("founded", FactKind.DATE_OF, ("founded",)), "founded in 2014; "),
    ],
)
def test_a_sentence_without_end_is_read_in_time_that_grows_with_its_length(fact: FactDefinition, piece: str):
    def cost(count: int) -> float:
        blocks = (block(BlockKind.CONTENT, piece * count),)
        mentions = read_blocks(blocks, "en")
        assert len(mentions) >= count
        return cheapest(lambda: fact_reader.read(fact, blocks, mentions, ""), times=2)

    assert cost(8000) < 24 * cost(1000)  # 64 times, were it the square


def test_what_states_an_amount_stands_near_it_where_the_sentence_is_very_long():
    fact = FactDefinition("aid", FactKind.MONEY_OF, ("aid",))
    near, far = (block(BlockKind.CONTENT, f"aid {'and so on ' * count}of $4 million") for count in (10, 100))
    assert fact_reader.read(fact, (near,), read_blocks((near,), "en"), "").value == 4_000_000
    assert fact_reader.read(fact, (far,), read_blocks((far,), "en"), "").value is None


@given(
    st.text("mebrs -;.SΣς", max_size=30), st.sampled_from(["member", "members", "sees", "mem bers", "es", "s", "σs"])
)
def test_where_a_term_stands_is_found_whatever_is_looked_at_first(text: str, term: str):
    words = [
        (nouns.singular(match.group().lower().strip(nouns._EDGES)), *match.span())
        for match in nouns._WORD.finditer(text)
    ]
    parts = [nouns.singular(part) for part in term.replace("-", " ").split()]
    naive = [
        (words[at][1], words[at + len(parts) - 1][2])
        for at in range(len(words) - len(parts) + 1)
        if [word for word, _, _ in words[at : at + len(parts)]] == parts
    ]
    assert list(nouns.occurrences(text, [term])) == naive


@pytest.mark.parametrize("piece", ["It has {} members. ", "{} members, ", "{} ", "partners ", "from {} to 4 "])
def test_versions_of_one_endless_block_are_compared_in_time_that_grows_with_its_length(piece: str):
    def cost(count: int) -> float:
        texts = ["".join(piece.format(number + step) for number in range(count)) + f"end {step}" for step in (0, 1)]
        old, new = (version(text, facts=()) for text in texts)
        return cheapest(lambda: compare(old, new), times=2)

    assert cost(4000) < 24 * cost(500)  # 64 times, were it the square


MENTIONS = st.lists(
    st.builds(
        lambda value, unit, kind: Mention(kind, value, unit, str(value), None, 0, 0, 1, 0, 1),
        st.integers(0, 3),
        st.sampled_from([None, "members", "partners"]),
        st.sampled_from([MentionType.COUNT, MentionType.YEAR]),
    ),
    max_size=8,
)


@given(MENTIONS, MENTIONS)
def test_what_stayed_is_taken_away_one_by_one_in_the_order_of_the_page(old: list[Mention], new: list[Mention]):
    left, right = [], list(range(len(new)))
    for n, mention in enumerate(old):
        same = [
            m
            for m in right
            if number_matching.called(mention) == number_matching.called(new[m]) and mention.value == new[m].value
        ]
        left += [] if same else [n]
        right = [m for m in right if m not in same[:1]]
    assert number_matching._without_what_stayed(old, new) == (left, right)


def test_of_endless_sentences_what_both_begin_and_end_with_stands_side_by_side():
    old, new = ["a"] * 600 + ["x", "y"] + ["b"] * 600, ["a"] * 600 + ["z"] + ["b"] * 600
    assert number_matching._beside(old, new) == {**{n: n for n in range(600)}, **{602 + n: 601 + n for n in range(600)}}
