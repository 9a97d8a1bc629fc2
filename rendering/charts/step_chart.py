"""A step chart of a fact whose values are numbers: a line for each page, distinguished by colour, dash and marker. Pure.

Shaded: values on which pages differ, and, stronger, several values on one page. Hatched: periods in which a page states no value. A cross: a period without
an ok check; the line goes on, as the last known value. Lines are drawn with all steps, see `rendering.charts.envelope`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rendering.charts.axes import ValueAxis, number_label, value_axis
from rendering.charts.envelope import Box, Place, box_path, columns, step_path
from rendering.charts.frame import HATCH, WIDTH, Area, document, hatch, time_axis, trouble_marks
from rendering.charts.model import Chart, Line, Mark, ScaleKind, Step
from rendering.charts.style import DASHES, LINES
from rendering.charts.svg import element, lines_of, number, text_of, width_of

HEIGHT = 360.0
COLUMNS = 1_700
"""Columns into which the steps of all lines together are drawn."""

_TOP, _BOTTOM, _GAP = 26.0, 34.0, 8.0
_TICKS = 6
_INSET = 8.0
_END_LABEL = 15.0
_HATCH_HEIGHT = 12.0
_SHAPES = (
    "m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0",
    "m-3.3 -3.3h6.6v6.6h-6.6z",
    "m0 -4.6l4.4 4.6l-4.4 4.6l-4.4 -4.6z",
    "m0 -4.4l4.4 7.6h-8.8z",
    "m0 4.4l4.4 -7.6h-8.8z",
    "m-4 -1.4h2.6v-2.6h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6z",
    "m-2.2 -3.8h4.4l2.2 3.8l-2.2 3.8h-4.4l-2.2 -3.8z",
    "m-4.2 -2h8.4v4h-8.4z",
)
"""Markers of the lines, around the origin."""
_SEVERAL = "m-2.2 -2.2h4.4v4.4h-4.4z"
"""Marker of several changes: small, as such marks are next to each other along the whole line."""


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What the parts of the chart share.

    Attributes:
        area: The area.
        axis: The axis of values.
        column: Width of a column, for thinning.
    """

    area: Area
    axis: ValueAxis
    column: float

    def y(self, value: float) -> float:
        return self.height(self.axis.position(value))

    def height(self, position: float) -> float:
        """Return the vertical position of a place of the axis; both ends are inside the area, so that no line is on its edge."""
        return self.area.bottom - _INSET - (self.area.bottom - self.area.top - 2 * _INSET) * position

    def end(self, line: Line) -> float:
        if line.until is None:
            return self.area.right
        return self.area.x(max(line.until, line.steps[-1].at) if line.steps else line.until)

    def places(self, line: Line) -> list[Place]:
        """Return where the steps are, in columns if there are too many for the width."""
        places = [(self.area.x(step.at), None if step.value is None else self.y(step.value)) for step in line.steps]
        return columns(places, self.column) if self.is_thinned(line) else places

    def is_thinned(self, line: Line) -> bool:
        return len(line.steps) * self.column > self.area.width


def step_chart(chart: Chart, *, before: str = "", top: float = 0.0) -> str:
    """Return the chart as an SVG element.

    Args:
        chart: The chart.
        before: Markup before it, such as a style sheet and a legend.
        top: Height of that markup.
    """
    values = [step.value for line in chart.lines for step in line.steps if step.value is not None]
    others = [other for line in chart.lines for step in line.steps for other in step.others]
    axis = value_axis([*values, *others], chart.kind, _TICKS)
    left = max((width_of(tick.label) for tick in axis.ticks), default=0.0) + _GAP + 8
    ends = _end_labels(chart)
    right = WIDTH - max((width_of(label) for _, label, _ in ends), default=0.0) - _GAP - 8
    area = Area(left, right, top + _TOP, top + HEIGHT - _BOTTOM, chart.begin, chart.end)
    drawing = _Drawing(area, axis, max(area.width * len(chart.lines) / COLUMNS, 1.0))
    divergence = _divergence(drawing, chart.lines)
    content = [
        hatch(),
        element("g", time_axis(area) + _value_axis(drawing, chart), aria_hidden="true"),
        element("path", d=divergence, class_="divergence") if divergence else "",
        *(_line(drawing, line, index) for index, line in enumerate(chart.lines)),
        element("g", _placed_labels(drawing, ends), aria_hidden="true"),
        *(_marks(drawing, line, index) for index, line in enumerate(chart.lines)),
    ]
    return document(chart, top + HEIGHT, "".join(content), before=before)


def thinned_lines(chart: Chart) -> int:
    """Return the number of lines that have more steps than columns."""
    width = COLUMNS / max(len(chart.lines), 1)
    return sum(len(line.steps) > min(width, WIDTH - 60) for line in chart.lines)


def marker(index: int) -> str:
    """Return the path of a line's marker, around the origin."""
    return _SHAPES[index % LINES]


def _value_axis(drawing: _Drawing, chart: Chart) -> str:
    area, parts = drawing.area, []
    for tick in drawing.axis.ticks:
        y = drawing.height(tick.position)
        parts.append(element("path", d=f"M{number(area.left)} {number(y)}H{number(area.right)}", class_="grid"))
        label = f"{tick.label}%" if chart.kind is ScaleKind.PERCENT else tick.label
        parts.append(element("text", text_of(label), x=area.left - _GAP, y=y + 4, text_anchor="end"))
    if chart.unit:
        parts.append(element("text", text_of(chart.unit), x=area.left, y=area.top - 10))
    if drawing.axis.low > 0 and chart.kind is not ScaleKind.DATE:
        note = f"axis begins at {number_label(drawing.axis.low)}"
        parts.append(element("text", text_of(note), x=area.right, y=area.top - 10, text_anchor="end"))
    return "".join(parts)


def _line(drawing: _Drawing, line: Line, index: int) -> str:
    places, end = drawing.places(line), drawing.end(line)
    conflicts = box_path(_conflicts(drawing, line), drawing.column)
    parts = element("path", d=conflicts, class_="conflict") if conflicts else ""
    also = _also(drawing, line)
    parts += element("path", d=also, class_="also") if also else ""
    hatched = box_path(_absences(places, end, drawing.area.bottom), drawing.column)
    parts += element("path", d=hatched, class_="absent", fill=f"url(#{HATCH})") if hatched else ""
    path = step_path(places, end)
    parts += element("path", d=path, class_="line", stroke_dasharray=DASHES[index]) if path else ""
    return element("g", parts, class_=_colour(index)) if parts else ""


def _spans(drawing: _Drawing, line: Line) -> Iterator[tuple[Step, float, float]]:
    """Yield each step with its begin and end."""
    xs = [drawing.area.x(step.at) for step in line.steps] + [drawing.end(line)]
    for index, step in enumerate(line.steps):
        if xs[index + 1] >= xs[index]:
            yield step, xs[index], xs[index + 1]


def _conflicts(drawing: _Drawing, line: Line) -> Iterator[Box]:
    """Yield the boxes from the lowest to the highest value of the page, where it states several."""
    for step, left, right in _spans(drawing, line):
        if step.others:
            values = [drawing.y(value) for value in (step.value, *step.others) if value is not None]
            yield left, max(right, left + 1), min(values), max(values)


def _also(drawing: _Drawing, line: Line) -> str:
    """Return the path of the other values of the page."""
    drawn = dict.fromkeys(
        f"M{number(left)} {number(drawing.y(other))}H{number(max(right, left + 1))}"
        for step, left, right in _spans(drawing, line)
        for other in step.others
        if not drawing.is_thinned(line)
    )
    return "".join(drawn)


def _absences(places: Sequence[Place], end: float, bottom: float) -> Iterator[Box]:
    """Yield the boxes of periods without a value, at the height of the value before."""
    y = next((y for _, y in places if y is not None), bottom)
    for index, (x, value) in enumerate(places):
        if value is not None:
            y = value
            continue
        following = places[index + 1][0] if index + 1 < len(places) else end
        yield x, max(following, x + 2), y - _HATCH_HEIGHT / 2, y + _HATCH_HEIGHT / 2


def _divergence(drawing: _Drawing, lines: Sequence[Line]) -> str:
    """Return the path of the boxes between the lowest and the highest value, where pages state different ones."""
    events = sorted(
        ((step.at, index, step.value) for index, line in enumerate(lines) for step in line.steps),
        key=lambda event: (event[0], event[1]),
    )
    ends = [(line.until, index, None) for index, line in enumerate(lines) if line.until is not None]
    in_order = sorted([*events, *ends], key=lambda event: event[0])
    return box_path(_between(drawing, in_order), drawing.column)


def _between(drawing: _Drawing, events: Sequence[tuple[datetime, int, float | None]]) -> Iterator[Box]:
    current: dict[int, float] = {}
    for place, (at, index, value) in enumerate(events):
        if value is None:
            current.pop(index, None)
        else:
            current[index] = drawing.y(value)
        left = drawing.area.x(at)
        right = drawing.area.x(events[place + 1][0]) if place + 1 < len(events) else drawing.area.right
        if right > left and len(current) > 1 and (top := min(current.values())) < (bottom := max(current.values())):
            yield left, right, top, bottom


def _end_labels(chart: Chart) -> list[tuple[float, str, int]]:
    """Return the values at the right edge with their labels, each once, and the index of its first line."""
    found: dict[float, tuple[str, int]] = {}
    for index, line in enumerate(chart.lines):
        last = line.steps[-1] if line.steps else None
        if last is not None and last.value is not None:
            label = line.marks[-1].label if chart.kind is ScaleKind.DATE and line.marks else number_label(last.value)
            found.setdefault(last.value, (f"{label}%" if chart.kind is ScaleKind.PERCENT else label, index))
    return [(value, label, index) for value, (label, index) in sorted(found.items(), reverse=True)]


def _placed_labels(drawing: _Drawing, labels: Sequence[tuple[float, str, int]]) -> str:
    """Return the labels beside the right edge, from the top, moved down where they would overlap."""
    parts, lowest = [], drawing.area.top - _END_LABEL
    for value, label, index in labels:
        lowest = max(drawing.y(value), lowest + _END_LABEL)
        if lowest <= drawing.area.bottom + _END_LABEL:
            place = {"x": drawing.area.right + _GAP, "y": lowest + 4}
            parts.append(element("text", text_of(label), class_=f"end {_colour(index)}", **place))
    return "".join(parts)


def _marks(drawing: _Drawing, line: Line, index: int) -> str:
    if not line.steps:
        return ""
    times, heights = _heights(drawing, line)

    def height(at: datetime) -> float:
        return heights[max(bisect_right(times, at) - 1, 0)]

    first = line.steps[0].at
    troubles = [(period, height(period.begin)) for period in line.troubles if period.end > first]
    parts = trouble_marks(drawing.area, troubles)
    parts += "".join(_mark(drawing, mark, index, height(mark.at)) for mark in line.marks)
    return element("g", parts, class_=_colour(index), aria_label=line.name, role="group") if parts else ""


def _heights(drawing: _Drawing, line: Line) -> tuple[list[datetime], list[float]]:
    """Return the times of the steps, and where the line or its last value is from each on."""
    heights: list[float] = []
    y = next((drawing.y(step.value) for step in line.steps if step.value is not None), drawing.area.bottom)
    for step in line.steps:
        y = y if step.value is None else drawing.y(step.value)
        heights.append(y)
    return [step.at for step in line.steps], heights


def _mark(drawing: _Drawing, mark: Mark, index: int, height: float) -> str:
    x = drawing.area.x(mark.at)
    y = height if mark.value is None else drawing.y(mark.value)
    kind = "mark none" if mark.value is None else "mark several" if mark.count > 1 else "mark"
    outline = marker(index) if mark.count == 1 else _SEVERAL
    shape = element("path", d=f"M{number(x)} {number(y)}{outline}", class_=kind)
    content = element("title", lines_of(mark.title)) + element("circle", cx=x, cy=y, r=9, class_="hit") + shape
    return element("a", content, href=mark.link) if mark.link is not None else element("g", content)


def _colour(index: int) -> str:
    return f"s{index % LINES + 1}"
