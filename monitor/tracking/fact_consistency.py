"""Compares one fact across several pages: the current value of each page, whether the pages agree, and which page stated a value first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.model import JsonValue


@dataclass(frozen=True, slots=True)
class FactStatement:
    """A page states a value from a point in time on.

    Attributes:
        url: The URL of the page.
        at: The time at which the page first showed the value.
        value: The value; None if the page stopped stating one.
        quote: The page's own characters; None if `value` is None.
    """

    url: str
    at: datetime
    value: JsonValue
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A value that at least one page states now.

    Attributes:
        value: The value.
        stated: The current statements of this value, the earliest first.
        first: The earliest statement of this value by any page, including pages that no longer state it.
    """

    value: JsonValue
    stated: tuple[FactStatement, ...]
    first: FactStatement


def positions(statements: Iterable[FactStatement]) -> tuple[Position, ...]:
    """Return the values that are currently stated, the newest first. With at most one value, the pages agree.

    Args:
        statements: All statements of one fact by all pages, in chronological order.
    """
    # See tests/monitor/tracking/test_fact_consistency.py::test_pages_that_state_several_values_are_told_apart_the_newest_value_first.
    now: dict[str, FactStatement] = {}
    first: list[FactStatement] = []
    for statement in statements:
        now[statement.url] = statement
        if statement.value is not None and all(earlier.value != statement.value for earlier in first):
            first.append(statement)
    found = []
    for earliest in first:
        agreeing = [statement for statement in now.values() if statement.value == earliest.value]
        if agreeing:
            in_order = sorted(agreeing, key=lambda statement: statement.at)
            found.append(Position(earliest.value, tuple(in_order), earliest))
    return tuple(sorted(found, key=lambda position: position.first.at, reverse=True))
