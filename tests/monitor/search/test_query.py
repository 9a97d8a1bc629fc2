"""What is typed into a search, and the messages for what cannot be run."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.search.query import LONGEST_QUERY, Period, QueryError, SearchQuery, parse
from monitor.search.tokens import Phrase


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Ceasefire now", SearchQuery((Phrase(("ceasefire",)), Phrase(("now",))))),
        ("now now", SearchQuery((Phrase(("now",)),))),
        ('"an immediate ceasefire"', SearchQuery((Phrase(("an", "immediate", "ceasefire")),))),
        ("“an immediate ceasefire”", SearchQuery((Phrase(("an", "immediate", "ceasefire")),))),
        ("cease* -plan", SearchQuery((Phrase(("cease",), is_prefix=True),), (Phrase(("plan",)),))),
        ('now -"old plan"', SearchQuery((Phrase(("now",)),), (Phrase(("old", "plan")),))),
        ("1,234", SearchQuery((Phrase(("1", "234")),))),
        ("12:30", SearchQuery((Phrase(("12", "30")),))),
        ("https://a.example/x", SearchQuery((Phrase(("https", "a", "example", "x")),))),
        ("83 - 85", SearchQuery((Phrase(("83",)), Phrase(("85",))))),
        ("a AND b OR NOT NEAR(c)", SearchQuery((*(Phrase((word,)) for word in ("a", "and", "b", "or", "not")), Phrase(("near", "c"))))),
        ("page:https://a.example/?q=1 x", SearchQuery((Phrase(("x",)),), pages=("https://a.example/?q=1",))),
        ('PAGE:"Coalition home"', SearchQuery(pages=("Coalition home",))),
        ("tag:press tag:home host:A.example", SearchQuery(tags=("press", "home"), hosts=("a.example",))),
        ("x after:2023 before:2024-05", SearchQuery((Phrase(("x",)),), present=Period(day(2023), day(2024, 5)))),
        ("added:2024-02", SearchQuery(added=Period(day(2024, 2), day(2024, 3)))),
        ("added:2024-12-31", SearchQuery(added=Period(day(2024, 12, 31), day(2025)))),
        ("removed:", SearchQuery(removed=Period())),
        ("removed:2022..2023", SearchQuery(removed=Period(day(2022), day(2024)))),
        ("removed:..2023-05", SearchQuery(removed=Period(None, day(2023, 6)))),
        ("removed: after:2023", SearchQuery(removed=Period(day(2023), None))),
        ("removed:2023 after:2023-05", SearchQuery(removed=Period(day(2023, 5), day(2024)))),
    ],
)  # fmt: skip
def test_a_query(typed: str, expected: SearchQuery):
    assert parse(typed) == expected


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", 'Write a word, a "phrase", or a filter such as removed:2024'),
        ("  ", 'Write a word, a "phrase", or a filter such as removed:2024'),
        ('"open', 'A quotation mark is not closed; add " at the end of the phrase.'),
        ("-only", "Only excluded words are given; add a word to search for."),
        ("%%", "“%%” has no letters or digits to search for; remove it or write a word."),
        ("a*", "“a*” is too short; write at least 2 letters before *."),
        ("-tag:x y", "-tag: is not possible; only words and phrases can be excluded."),
        ("site:a.example", "There is no filter site:; write host:a.example"),
        ("tag: x", "tag: needs a value, for example tag:press"),
        ("after:soon", "“soon” after after: is not a date; write 2024, 2024-05 or 2024-05-12."),
        ("after: x", "“” after after: is not a date; write 2024, 2024-05 or 2024-05-12."),
        ("removed:2023-02-30", "“2023-02-30” after removed: is not a date; write 2024, 2024-05 or 2024-05-12."),
        ("removed:9999", "“9999” after removed: is not a date; write 2024, 2024-05 or 2024-05-12."),
        ("removed:..", "“..” after removed: is not a date; write 2024, 2024-05 or 2024-05-12."),
        ("removed:2024..2023", "No time satisfies removed:2024..2023; change one of the dates."),
        ("x after:2024 before:2023", "No time satisfies after: and before:; change one of the dates."),
        ("added:2023 before:2022", "No time satisfies added: and the other times; change one of the dates."),
        ("word " * 21, "The search has too many words; use at most 20 words and phrases."),
        ("x" * (LONGEST_QUERY + 1), "The search has 501 characters; shorten it to at most 500."),
    ],
)
def test_a_query_that_cannot_be_run(typed: str, message: str):
    with pytest.raises(QueryError) as caught:
        parse(typed)
    assert str(caught.value) == message


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from('"*-: apgetxr20.京'))))
def test_any_text_is_a_query_or_a_message(typed: str):
    with suppress(QueryError):
        query = parse(typed)
        assert query.required or not query.excluded
