"""One fact on several pages: what each of them states now, whether they agree, and who said so first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.model import JsonValue


@dataclass(frozen=True, slots=True)
class FactStatement:
    """A page states a value from some time on.

    Attributes:
        url: The page.
        at: When it first showed it.
        value: The value; None where it stopped stating any.
        quote: The page's own characters; None with it.
    """

    url: str
    at: datetime
    value: JsonValue
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A value that pages state now.

    Attributes:
        value: The value.
        stated: What each of them states, who came to it first in front.
        first: The first of all pages that ever stated it, whether it still does or not.
    """

    value: JsonValue
    stated: tuple[FactStatement, ...]
    first: FactStatement


def positions(statements: Iterable[FactStatement]) -> tuple[Position, ...]:
    """The values that are stated now, the newest first. One of them, or none: the pages agree.

    Args:
        statements: Everything that pages stated of one fact, in the order of time.
    """
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
