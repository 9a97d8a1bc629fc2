"""What the page stated before and after a change, as quotes for display. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Change, EventKind, JsonValue
from rendering.text_safety import Excerpt, excerpt, one_line, render_value, window
from rendering.word_marks import differing, parts, united

URL_LIMIT = 500
_NAME_LIMIT = 80
_WORDS_AROUND = 24
"""Characters beside a changed part of a text, with which it is shown in a subject."""
_CHANGED_LIMIT = 32
_STATEMENT_LIMIT = 12
"""Statements shown of a contradiction, and names of a list; the sentence of the event and the webhook give all values."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the page.

    Attributes:
        passage: The sentence, with its quote.
        value: The value that it states; None where the sentence needs none.
        marked: The sentence in consecutive parts, each with whether the other side of the change does not contain it; empty where only the quote is marked.
    """

    passage: Excerpt
    value: str | None = None
    marked: tuple[tuple[str, bool], ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, bool], ...]:
        """The text in consecutive parts, each with whether it is marked: the words that changed, else the quote. No part is empty."""
        if self.marked:
            return self.marked
        passage = self.passage
        parts = ((passage.lead, False), (passage.mark, True), (passage.tail, False))
        return tuple(part for part in parts if part[0])


def text_before(change: Change) -> tuple[Statement, ...]:
    """Return the statements of the page before; empty where nothing can be quoted."""
    if change.kind is EventKind.PAGE_MOVED:
        return _address(change.before)
    if isinstance(change.before, list) and change.kind is not EventKind.FACT_AGREED:
        return (_names(change.before),)
    shown = excerpt(change.sentence_before, change.quote_before, change.detail.get("place_before"))
    return (*_compared(shown, change, is_before=True), *_target(change, change.before))


def text_after(change: Change) -> tuple[Statement, ...]:
    """Return all values of a contradiction, each with its sentence where known; the names added to and removed from a list; else the one sentence."""
    if change.kind is EventKind.FACT_CONTRADICTION:
        return _contradicting(change)
    if change.kind is EventKind.PAGE_MOVED:
        return _address(change.after)
    if isinstance(change.after, list):
        return (*_steps("+", change, "joined"), *_steps("−", change, "left"), _names(change.after))
    shown = excerpt(change.sentence_after, change.quote_after, change.detail.get("place_after"))
    return (*_compared(shown, change, is_before=False), *_target(change, change.after))


def changed_words(change: Change) -> tuple[str, str] | None:
    """Return the first part of a text that changed, before and after, each with the words around it; None where the sentences cannot be compared."""
    old, new = one_line(change.sentence_before or ""), one_line(change.sentence_after or "")
    ranges = differing(old, new)
    if not any(ranges):
        return None
    start = min(part[0][0] for part in ranges if part)
    return _around(old, start, ranges[0]), _around(new, start, ranges[1])


def _around(text: str, start: int, ranges: Sequence[tuple[int, int]]) -> str:
    """Return the words of a text around its first change, which begins at or after `start`."""
    end = next((end for begin, end in ranges if begin <= start + _WORDS_AROUND), start)
    begin, stop = start - _WORDS_AROUND, min(end, start + _CHANGED_LIMIT) + _WORDS_AROUND
    begin = text.rfind(" ", 0, begin) + 1 if begin > 0 else 0
    found = text.find(" ", stop)
    stop = found if 0 <= found < stop + _WORDS_AROUND else min(stop, len(text)) if found >= 0 else len(text)
    return f"{'…' if begin else ''}{text[begin:stop].strip()}{'…' if stop < len(text) else ''}"


def _compared(shown: Excerpt | None, change: Change, *, is_before: bool) -> tuple[Statement, ...]:
    """Return a sentence with its quote and all words marked that the other side does not contain; with the quote alone if there is nothing to compare."""
    if shown is None:
        return ()
    old, new = one_line(change.sentence_before or ""), one_line(change.sentence_after or "")
    found = differing(old, new)
    text, ranges, other = (old, *found) if is_before else (new, *found[::-1])
    is_whole = shown.lead + shown.mark + shown.tail == text
    if not (ranges or other) or (shown.mark and not is_whole):  # a sentence that was cut is shown around its quote
        return (Statement(shown),)
    if is_whole and shown.mark:
        ranges = united((*ranges, (len(shown.lead), len(shown.lead) + len(shown.mark))))
    begin, end = window(text, *(ranges or other)[0])
    inside = united((max(start, begin) - begin, min(stop, end) - begin) for start, stop in ranges if start < end)
    lead, tail = "…" if begin else "", "…" if end < len(text) else ""
    marked = tuple(part for part in ((lead, False), *parts(text[begin:end], inside), (tail, False)) if part[0])
    return (Statement(shown if is_whole else Excerpt("".join(part for part, _ in marked), "", ""), marked=marked),)


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
