"""The frame of a chart: its area, the axis of time, and the element around it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rendering.charts.axes import time_position, time_ticks
from rendering.charts.model import Chart, Period
from rendering.charts.svg import element, number, text_of

WIDTH = 960.0
"""Width of a chart in its own units; one is a pixel where the chart has room."""
HATCH = "fact-hatch"
"""Id of the pattern of periods without a value."""

_TICK_WIDTH = 74.0
_LABEL_WIDTH = 50.0
_TROUBLE_GAP = 7.0
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Area:
    """The area of a chart, within its axes.

    Attributes:
        left: Its edges.
        right: As `left`.
        top: As `left`.
        bottom: As `left`.
        begin: Time at the left edge.
        end: Time at the right edge.
    """

    left: float
    right: float
    top: float
    bottom: float
    begin: datetime
    end: datetime

    @property
    def width(self) -> float:
        """Its width."""
        return self.right - self.left

    def x(self, at: datetime) -> float:
        """Return the horizontal position of a time; a time outside of the area is at its edge."""
        return self.left + self.width * time_position(at, self.begin, self.end)

    def xs(self, times: Iterable[datetime]) -> list[float]:
        """Return the horizontal positions of many times."""
        span, begin, left, width = self.end - self.begin, self.begin, self.left, self.right - self.left
        if span <= _NO_TIME:
            return [left for _ in times]
        places = [left + width * ((at - begin) / span) for at in times]
        return [left if x < left else min(x, self.right) for x in places]


def document(chart: Chart, height: float, content: str, *, before: str = "", after: str = "") -> str:
    """Return the chart's element.

    Args:
        chart: The chart.
        height: Its height.
        content: Its markup.
        before: Markup before the content, such as a style sheet.
        after: Markup after it.
    """
    named = element("title", text_of(chart.title), id="chart-title")
    named += element("desc", text_of(chart.description), id="chart-desc")
    # `role="img"` would hide the links of the marks from assistive technology.
    return element(
        "svg",
        named + before + content + after,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        viewBox=f"0 0 {number(WIDTH)} {number(height)}",
        role="group",
        aria_labelledby="chart-title",
        aria_describedby="chart-desc",
    )


def hatch() -> str:
    """Return the definition of the pattern of periods without a value."""
    stripe = element("path", d="M0 6L6 0", class_="hatch")
    return element("defs", element("pattern", stripe, id=HATCH, width=6, height=6, patternUnits="userSpaceOnUse"))


def time_axis(area: Area) -> str:
    """Return the axis of time at the bottom of an area."""
    parts = []
    for tick in time_ticks(area.begin, area.end, max(int(area.width / _TICK_WIDTH), 2)):
        x = area.left + area.width * tick.position
        line = f"M{number(x)} {number(area.top)}V{number(area.bottom)}"
        parts.append(element("path", d=line, class_="grid" if tick.is_major else "grid minor"))
        anchor = "middle" if x < WIDTH - _LABEL_WIDTH / 2 else "end"
        label = {"x": min(x, WIDTH - 2), "y": area.bottom + 18, "text_anchor": anchor}
        parts.append(element("text", text_of(tick.label), class_="label" if tick.is_major else None, **label))
    return "".join(parts)


def trouble_marks(area: Area, periods: list[tuple[Period, float]]) -> str:
    """Return the marks of periods without an ok check; those too near to each other share one.

    Args:
        area: The area.
        periods: The periods in order of time, each with the vertical position of its mark.
    """
    groups: list[list[tuple[Period, float]]] = []
    last = -_TROUBLE_GAP
    for period, y in periods:
        x = area.x(period.begin)
        if groups and x - last < _TROUBLE_GAP:
            groups[-1].append((period, y))
        else:
            groups.append([(period, y)])
            last = x
    return "".join(_trouble(area, group) for group in groups)


def _trouble(area: Area, group: list[tuple[Period, float]]) -> str:
    first, y = group[0]
    begin, end = area.x(first.begin), max(area.x(period.end) for period, _ in group)
    title = first.title if len(group) == 1 else f"{len(group):,} periods without an ok check; the first: {first.title}"
    parts = element("title", text_of(title))
    if end - begin >= 3:
        parts += element("rect", x=begin, y=y - 5, width=end - begin, height=10.0, class_="unchecked")
    cross = f"M{number(begin - 3)} {number(y - 3)}l6 6m0 -6l-6 6"
    return element("g", parts + element("path", d=cross, class_="trouble"))
