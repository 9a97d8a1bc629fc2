"""How much a word says: told by counting, for the words that somebody asks about."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitor.diff import number_matching

# Letters whose lower case depends on where they stand or is longer, and marks that words are stripped of.
TEXTS = st.lists(st.text("ΣΑςİßaB .,:'’|\u00ad\u0307", max_size=12), min_size=1, max_size=6)


@given(TEXTS)
def test_a_word_is_weighed_by_the_texts_that_have_it_on_both_sides_together(texts: list[str]) -> None:
    wanted = [word for text in texts[:2] for word in number_matching.words(text)]
    counted = Counter(word for text in [*texts, *texts] for word in set(number_matching.words(text)))

    weights = number_matching.weights([*wanted, "nowhere"], [*texts, *texts])

    assert weights == {**{word: 2 / counted[word] for word in wanted}, "nowhere": 1.0}
