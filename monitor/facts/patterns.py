"""Matches user-supplied patterns with RE2, in time linear in the length of the text. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 1_000
"""Maximum length of a pattern, in characters."""
LARGEST_PROGRAM = 5_000
"""Maximum size of a compiled pattern, in RE2 instructions; repetitions such as {1,500} multiply them."""
_STEPS = 50_000_000
"""Maximum number of instructions times characters per pattern and page: less than half a second."""
_LEAST_PROGRAM = 20
_MOST_MATCHES = 2_000


class Budget:
    """The steps that one pattern may still use on one page."""

    def __init__(self) -> None:
        self.left = _STEPS


def check(pattern: str) -> None:
    """Check that a pattern is usable to find values: it has one named group.

    Raises:
        ValueError: The pattern is not usable; the message gives the reason and the remedy.
    """
    compiled = _checked(pattern)
    if len(compiled.groupindex) != 1:
        raise ValueError(
            f"it has {len(compiled.groupindex) or 'no'} named groups; put the one part that is the value into (?P<value>…)"
        )


def check_condition(pattern: str) -> None:
    """Check that a pattern is usable to test whether a text contains it.

    Raises:
        ValueError: The pattern is not usable; the message gives the reason and the remedy.
    """
    _checked(pattern)


def _checked(pattern: str) -> Any:
    """Compile a pattern.

    Raises:
        ValueError: The pattern is not usable; the message gives the reason and the remedy.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"it has {len(pattern)} characters; a pattern takes {LONGEST_PATTERN} at most")
    try:
        compiled = _compiled(pattern)
    except re2.error as error:
        raise ValueError(f"it is no pattern that RE2 reads: {_message(error)}") from None
    if compiled.programsize > LARGEST_PROGRAM:
        raise ValueError("it is too large: make its repetitions, such as {1,500}, smaller or leave them open")
    return compiled


def contains(pattern: str, text: str) -> bool | None:
    """Return whether a text contains a match of a pattern; None if that is not known: the pattern is unusable, or no match is in the beginning of a longer text."""
    # See tests/monitor/facts/test_pattern_conditions.py::test_only_the_beginning_of_a_very_long_text_is_searched.
    try:
        compiled = _checked(pattern)
    except ValueError:
        return None
    readable = _readable(text[: _STEPS // max(compiled.programsize, _LEAST_PROGRAM)])
    if compiled.search(readable) is not None:
        return True
    return False if len(readable) == len(text) else None


def matches(pattern: str, text: str, budget: Budget) -> Iterator[tuple[int, int]]:
    """Yield the start and end of the named group in each match, in order, until the budget is used up. Empty groups are skipped.

    Args:
        pattern: A pattern that `check` accepts.
        text: The text to search; only the beginning of a very long text is searched.
        budget: The remaining steps; decreased by the search.
    """
    # See tests/monitor/facts/test_fact_limits.py::test_a_pattern_stops_where_its_budget_ends_and_takes_what_it_found.
    # See tests/monitor/facts/test_fact_limits.py::test_a_lone_surrogate_does_not_stop_a_pattern.
    compiled = _compiled(pattern)
    size = max(compiled.programsize, _LEAST_PROGRAM)
    readable = _readable(text[: budget.left // size])
    (group,) = compiled.groupindex.values()
    for number, match in enumerate(compiled.finditer(readable)):
        start, end = match.span(group)
        if end > start:
            yield start, end
        # Searching for the next match may scan the text to its end again.
        budget.left -= size * (len(readable) - match.end() if number else 0)
        if budget.left <= 0 or number >= _MOST_MATCHES:
            return
    budget.left -= size * len(readable)


def _readable(text: str) -> str:
    """Return the text as RE2 can read it: it works on UTF-8, which cannot encode a surrogate; a replacement character of the same length takes its place."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _message(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
