"""Paths into JSON documents: a subset of JSONPath (RFC 9535) that is matched in one walk through the document.

    $.members[*].name     $['net fee']     $.items[0]     $.items[-1]     $..price     $.*

Names, indexes, wildcards, and descendants (`..`) of these. No filters, slices and unions: a document takes time in proportion to its size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_STEPS = 20
"""Maximum number of steps of a path."""
LONGEST_PATH = 500

_STEP = re.compile(
    r"(?P<descend>\.\.)?(?:(?P<dot>\.)?(?:(?P<name>[^\W\d][\w-]*)|(?P<star>\*))"
    r"|\[\s*(?:(?P<index>-?(?:0|[1-9]\d{0,8}))|(?P<any>\*)|'(?P<single>[^'\\]*)'|\"(?P<double>[^\"\\]*)\")\s*\])"
)
_TAKES = "it takes a path such as $.members[*].name, $['net fee'], $.items[0] or $..price"


class Step(NamedTuple):
    """One step of a path. A step without name and index matches every child.

    Attributes:
        name: The name of a member; None for any.
        position: The index of an element, negative from the end; None for any.
        descends: Whether it also matches below the children.
    """

    name: str | None
    position: int | None
    descends: bool

    def matches(self, child: Child) -> bool:
        """Return whether the step leads to a child."""
        if self.name is not None:
            return self.name == child.name
        return self.position is None or self.position in (child.position, child.from_end)


class Child(NamedTuple):
    """A child of an object, by its name, or of an array, by its index from 0 and from the end (-1 is the last)."""

    name: str | None = None
    position: int | None = None
    from_end: int | None = None


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A parsed path. States of a match are bit sets: bit n is set where the first n steps have led."""

    steps: tuple[Step, ...]

    @property
    def start(self) -> int:
        """The state of the document itself."""
        return 1

    def is_match(self, state: int) -> bool:
        """Return whether a value with this state is selected."""
        return bool(state >> len(self.steps) & 1)

    def next(self, state: int, child: Child) -> int:
        """Return the state of a child of a value with this state. Children of a selected value are selected."""
        after = state & 1 << len(self.steps)
        remaining = state & ~after
        while remaining:
            lowest = remaining & -remaining
            step = self.steps[lowest.bit_length() - 1]
            after |= lowest if step.descends else 0
            after |= lowest << 1 if step.matches(child) else 0
            remaining &= remaining - 1
        return after


def parse(text: str) -> JsonPath:
    """Parse a path.

    Raises:
        ValueError: It is no path of this subset. The message says what it takes.
    """
    if len(text) > LONGEST_PATH:
        raise ValueError(f"it has {len(text)} characters; a path takes {LONGEST_PATH} at most")
    path = text.strip()
    if not path.startswith("$"):
        raise ValueError(f"a path begins with $; {_TAKES}")
    steps: list[Step] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or not _is_joined(match):
            raise ValueError(f"it cannot be read from {path[at : at + 20]!r} on; {_TAKES}")
        names = [name for name in (match["name"], match["single"], match["double"]) if name is not None]
        index = None if match["index"] is None else int(match["index"])
        steps.append(Step(names[0] if names else None, index, match["descend"] is not None))
        at = match.end()
    if len(steps) > MAX_STEPS:
        raise ValueError(f"it has {len(steps)} steps; a path takes {MAX_STEPS} at most")
    return JsonPath(tuple(steps))


def _is_joined(match: re.Match[str]) -> bool:
    """Return whether a name or `*` follows exactly one of "." and "..", and a bracket none or ".."."""
    plain = match["name"] is not None or match["star"] is not None
    return (match["dot"] is not None) != (match["descend"] is not None) if plain else match["dot"] is None
