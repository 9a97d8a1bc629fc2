"""What the page stated before and after a change, as quotes for display. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Change, EventKind, JsonValue
from rendering.text_safety import Excerpt, excerpt, one_line, render_value

URL_LIMIT = 500
_NAME_LIMIT = 80
_STATEMENT_LIMIT = 12
"""Statements shown of a contradiction, and names of a list; the sentence of the event and the webhook give all values."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the page, and the value that it states; `value` is None where the sentence needs none."""

    passage: Excerpt
    value: str | None = None


def text_before(change: Change) -> tuple[Statement, ...]:
    """Return the statements of the page before; empty where nothing can be quoted."""
    if change.kind is EventKind.PAGE_MOVED:
        return _address(change.before)
    if isinstance(change.before, list) and change.kind is not EventKind.FACT_AGREED:
        return (_names(change.before),)
    shown = excerpt(change.sentence_before, change.quote_before, change.detail.get("place_before"))
    return (*((Statement(shown),) if shown else ()), *_target(change, change.before))


def text_after(change: Change) -> tuple[Statement, ...]:
    """Return all values of a contradiction, each with its sentence where known; the names added to and removed from a list; else the one sentence."""
    if change.kind is EventKind.FACT_CONTRADICTION:
        return _contradicting(change)
    if change.kind is EventKind.PAGE_MOVED:
        return _address(change.after)
    if isinstance(change.after, list):
        return (*_steps("+", change, "joined"), *_steps("−", change, "left"), _names(change.after))
    shown = excerpt(change.sentence_after, change.quote_after, change.detail.get("place_after"))
    return (*((Statement(shown),) if shown else ()), *_target(change, change.after))


def _steps(sign: str, change: Change, key: str) -> tuple[Statement, ...]:
    """Return one line for each name that was added to a list, or removed from it."""
    names: Sequence[str] = change.detail.get(key) or ()
    lines = [f"{sign} {one_line(name, _NAME_LIMIT)}" for name in names[:_STATEMENT_LIMIT]]
    more = [f"{sign} {len(names) - _STATEMENT_LIMIT} more"] if len(names) > _STATEMENT_LIMIT else []
    return tuple(Statement(Excerpt(line, "", "")) for line in (*lines, *more))


def _names(names: Sequence[JsonValue]) -> Statement:
    """Return a whole list: the number of names, and as many of them as fit."""
    return Statement(Excerpt(render_value(names), "", ""), f"{len(names)} name{'' if len(names) == 1 else 's'}")


def _target(change: Change, url: JsonValue) -> tuple[Statement, ...]:
    """Return the target of a link if that is what changed; empty for any other change."""
    if "link" not in change.detail:
        return ()
    return _address(url) or (Statement(Excerpt("no link", "", "")),)


def _address(url: JsonValue) -> tuple[Statement, ...]:
    return (Statement(Excerpt(one_line(url, URL_LIMIT), "", "")),) if isinstance(url, str) else ()


def _contradicting(change: Change) -> tuple[Statement, ...]:
    quotes: Sequence[Mapping[str, JsonValue]] = change.detail.get("quotes") or [
        {"value": value} for value in change.after or ()
    ]
    statements = tuple(_one_of_many(quote) for quote in quotes[:_STATEMENT_LIMIT])
    more = len(quotes) - len(statements)
    return (*statements, Statement(Excerpt(f"… and {more} more", "", ""))) if more else statements


def _one_of_many(quote: Mapping[str, JsonValue]) -> Statement:
    value, shown = render_value(quote.get("value")), excerpt(quote.get("sentence"), quote.get("quote"))
    return Statement(shown, value) if shown else Statement(Excerpt(value, "", ""))
