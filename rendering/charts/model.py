"""What a chart of a fact shows: lines of pages with their steps, marks and periods without an ok check. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LARGEST = 1e300
"""A greater value, or a smaller one than its negative, has no place on an axis: differences of such values are not numbers of 64 bits."""


class ScaleKind(StrEnum):
    """Kinds of values. LABELS: texts, which have no order and are drawn as bands; all others are numbers on an axis. DATE: days since 0001-01-01."""

    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"
    NAMES = "names"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Step:
    """What a page states from a time on.

    Attributes:
        at: The time.
        value: The value; None where it states none, and for labels.
        others: Other values that it states as well.
    """

    at: datetime
    value: float | None
    others: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """One or several consecutive steps that can be pointed at.

    Attributes:
        at: Time of the first of them.
        value: Value after the last of them; None where the page states none, and for labels.
        label: The same for display; "" where the page states none.
        title: What is shown on hover: value, date and sentence, a line each.
        link: Where it leads; None: nowhere.
        count: The number of steps.
        is_contradiction: Whether the page states several values from then on.
    """

    at: datetime
    value: float | None
    label: str
    title: str
    link: str | None
    count: int = 1
    is_contradiction: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A period in which a page had no ok check.

    Attributes:
        begin: Its begin.
        end: Its end.
        title: What is shown on hover.
    """

    begin: datetime
    end: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A page in a chart.

    Attributes:
        name: Its name.
        steps: All steps, in order of time; those before the chart's begin belong at its edge.
        marks: What can be pointed at, in order of time.
        until: The end of what is known; None: the chart's end.
        troubles: Periods without an ok check.
    """

    name: str
    steps: Sequence[Step]
    marks: Sequence[Mark] = ()
    until: datetime | None = None
    troubles: Sequence[Period] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a fact over time.

    Attributes:
        title: Its name.
        description: The same in words, for readers who do not see it.
        kind: The kind of its values.
        unit: What is counted, for the axis; "" for nothing.
        begin: The left edge.
        end: The right edge.
        lines: Its pages, at most `rendering.charts.style.LINES`.
    """

    title: str
    description: str
    kind: ScaleKind
    unit: str
    begin: datetime
    end: datetime
    lines: Sequence[Line]
