"""What a search shows of a text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.search.query import parse
from rendering.search_excerpts import Part, excerpt

LONG = " ".join(f"word{n}" for n in range(300))


def shown(text: str, typed: str, length: int = 400) -> str:
    return "".join(
        f"[{part.text}]" if part.is_match else part.text for part in excerpt(text, parse(typed).required, length)
    )


def test_all_matches_of_a_short_text_are_marked():
    assert shown("A Ceasefire, then no ceasefire.", "ceasefire") == "A [Ceasefire], then no [ceasefire]."
    assert shown("聯合國安全理事會", "安全") == "聯合國[安全]理事會"


def test_a_long_text_is_cut_around_the_first_match():
    cut = shown(LONG, "word150", 250)
    assert cut.startswith("… word")
    assert " word149 [word150] word151 " in cut
    assert cut.endswith(" …")
    assert shown(LONG, "word0", 20) == "[word0] word1 word2 …"
    assert shown(LONG, "word299", 20).endswith("[word299]")


def test_a_text_without_a_match_is_shown_from_its_beginning():
    assert shown(LONG, "absent", 20) == "word0 word1 word2 …"
    assert excerpt("", parse("x").required) == []


@given(st.text(alphabet="ab 京é-"), st.integers(1, 30))
def test_an_excerpt_is_a_part_of_the_text(text: str, length: int):
    parts = excerpt(text, parse("ab 京").required, length)
    body = "".join(part.text for part in parts if part not in (Part("… ", is_match=False), Part(" …", is_match=False)))
    assert body in text
    assert len(body) <= length
