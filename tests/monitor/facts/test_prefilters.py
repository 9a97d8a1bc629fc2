"""What spares the number reader work changes nothing in what it reads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.facts import lexer
from monitor.facts.mentions import read_blocks
from monitor.facts.number_words.reader import ascii_folded
from monitor.facts.numerals import NUMERAL
from monitor.model import Block, BlockKind, ParserVersion, Version

_PIECES = st.sampled_from(
    "12 3 2019 0 85 1.234 12:30 v2 V1.2.3 +49 (030 ) - / . , : ; 12-15 May march 3rd of 2,5 h pm @ # www.a https:// a one two hundred half million "
    "members | % € $ 020 7946 0123 _ é ７ №".split()
)
_TEXTS = st.lists(st.tuples(_PIECES, st.sampled_from(["", " "])), max_size=14).map(
    lambda pieces: "".join(piece + gap for piece, gap in pieces).strip()
)


def blocks_of(texts: list[str]) -> tuple[Block, ...]:
    return tuple(Block(BlockKind.CONTENT, text, "p element") for text in texts if text)


def version_of(blocks: tuple[Block, ...], language: str | None = "en") -> Version:
    return Version(ParserVersion("1", "0"), "", language, blocks, read_blocks(blocks, language), ())


@given(before=st.lists(_TEXTS, max_size=5), after=st.lists(_TEXTS, max_size=5), shared=st.lists(_TEXTS, max_size=3))
def test_reusing_a_version_does_not_change_the_mentions(before, after, shared):
    blocks = blocks_of([*after, *shared])

    assert read_blocks(blocks, "en", version_of(blocks_of([*shared, *before]))) == read_blocks(blocks, "en")


def test_a_version_in_another_language_is_not_reused():
    blocks = blocks_of(["There are 1.234 members."])

    (mention,) = read_blocks(blocks, "de", version_of(blocks, "en"))

    assert mention.value == 1234


def test_a_bare_number_takes_its_unit_from_its_present_neighbour():
    before = version_of(blocks_of(["87", "Members"]))

    (mention,) = read_blocks(blocks_of(["87", "Partners"]), "en", before)

    assert mention.unit == "partners"


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        (lexer._DATE, "date"),
        (lexer._SEASON, "season"),
        (lexer._CLOCK, "clock"),
        (lexer._PHONE, "phone"),
        (lexer._GROUPS, "phone"),
        (lexer._DOTTED, "dotted"),
        (NUMERAL, None),
    ],
)
@given(text=_TEXTS)
def test_matching_only_at_openings_finds_the_same_as_a_search(pattern: re.Pattern[str], kind: str | None, text: str):
    digits = [match.span() for match in lexer.DIGITS.finditer(text)]
    starts = (
        sorted(lexer.openings(text, digits, ascii_folded(text).split())[kind])
        if kind
        else [start for start, _ in digits]
    )

    found = [match.span() for match in lexer.at(pattern, text, starts)]

    assert found == [match.span() for match in pattern.finditer(text)]
