"""The patterns of users: in time that grows with the text only, whatever the pattern. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 1_000
"""Characters of a pattern."""
LARGEST_PROGRAM = 5_000
"""Instructions that a pattern may come to: repetitions such as {1,500} multiply."""
_STEPS = 50_000_000
"""Instructions times characters that one text, and all texts of a page together, may take: below half a second."""
_LEAST_PROGRAM = 20
_MOST_MATCHES = 2_000


class Budget:
    """What is left of the steps that one pattern may take on one page."""

    def __init__(self) -> None:
        self.left = _STEPS


def check(pattern: str) -> None:
    """See that a pattern can be used.

    Raises:
        ValueError: It can not; says why, and what to write.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"it has {len(pattern)} characters; a pattern takes {LONGEST_PATTERN} at most")
    try:
        compiled = _compiled(pattern)
    except re2.error as error:
        raise ValueError(f"it is no pattern that RE2 reads: {_message(error)}") from None
    if len(compiled.groupindex) != 1:
        raise ValueError(
            f"it has {len(compiled.groupindex) or 'no'} named groups; put the one part that is the value into (?P<value>…)"
        )
    if compiled.programsize > LARGEST_PROGRAM:
        raise ValueError("it is too large: make its repetitions, such as {1,500}, smaller or leave them open")


def found(pattern: str, text: str, budget: Budget) -> Iterator[tuple[int, int]]:
    """Start and end of the named group in each match that has it, in order, until the budget is spent.

    Args:
        pattern: One that `check` has passed.
        text: What to search; of a very long one only the beginning is searched.
        budget: What may be spent; is spent from.
    """
    compiled = _compiled(pattern)
    size = max(compiled.programsize, _LEAST_PROGRAM)
    readable = text[: budget.left // size]
    # A surrogate has no UTF-8, in which RE2 reads; another character takes its place.
    readable = readable if readable.isascii() else readable.encode("utf-8", "replace").decode()
    (group,) = compiled.groupindex.values()
    for number, match in enumerate(compiled.finditer(readable)):
        start, end = match.span(group)
        if end > start:
            yield start, end
        # Looking for the next match may read the text to its end again.
        budget.left -= size * (len(readable) - match.end() if number else 0)
        if budget.left <= 0 or number >= _MOST_MATCHES:
            return
    budget.left -= size * len(readable)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _message(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
