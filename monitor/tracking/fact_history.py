"""Fact history of pages: the statements that differ from the previous one of the same page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from monitor.model import JsonValue


class Statement(Protocol):
    """What a version of a page states about a fact.

    Attributes:
        fact: The fact's name.
        page_url: The page's URL.
        value: The value; None if the page does not state it.
        contradicts: Other values on the same page, as {"value", ...}.
        damaged: Whether the stored statement cannot be decoded.
    """

    @property
    def fact(self) -> str: ...
    @property
    def page_url(self) -> str: ...
    @property
    def value(self) -> JsonValue: ...
    @property
    def contradicts(self) -> Sequence[Mapping[str, JsonValue]]: ...
    @property
    def damaged(self) -> bool: ...


S = TypeVar("S", bound=Statement)


def statement_changes(statements: Iterable[S]) -> Iterator[S]:
    """Yield the statements that change what a page states, and damaged ones, which cannot be compared.

    The order in which a page lists its other values is not part of a statement. A fact that a page has not stated yet has no history, so that a first
    statement without a value is left out (`test_the_fact_history_has_a_row_for_each_change_of_what_a_page_states`).

    Args:
        statements: Statements of any pages and facts, in order of time.
    """
    last: dict[tuple[str, str], tuple[JsonValue, list[JsonValue]]] = {}
    for statement in statements:
        if statement.damaged:
            yield statement
            continue
        others = sorted((other["value"] for other in statement.contradicts), key=repr) if statement.contradicts else []
        stated = (statement.value, others)
        previous = last.get((statement.page_url, statement.fact), (None, []))
        last[statement.page_url, statement.fact] = stated
        if stated != previous:
            yield statement
