"""A step chart of a fact whose values are numbers: a line for each page, distinguished by colour, dash and marker. Pure.

Shaded: values on which pages differ, and, stronger, several values on one page. Hatched: periods in which a page states no value. A cross: a period without
an ok check; the line goes on, as the last known value. Lines are drawn with all steps, see `rendering.charts.envelope`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from rendering.charts.axes import ValueAxis, number_label, value_axis
from rendering.charts.envelope import Box, Place, box_path, columns, step_path
from rendering.charts.frame import HATCH, WIDTH, Area, document, hatch, time_axis, trouble_marks
from rendering.charts.model import Chart, Line, Mark, ScaleKind, Step
from rendering.charts.style import DASHES, LINES
from rendering.charts.svg import element, lines_of, number, text_of, width_of

HEIGHT = 360.0
COLUMNS = 1_200
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
class _Scale:
    """The scales of the chart.

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


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A line of the chart, with the places of its steps, which are computed once.

    Attributes:
        scale: The scales.
        line: The line.
        index: Its number, from 0.
        xs: Horizontal positions of the steps.
        ys: Vertical ones; None where the page states no value.
        end: Where the line ends.
        is_thinned: Whether it has more steps than columns.
    """

    scale: _Scale
    line: Line
    index: int
    xs: Sequence[float]
    ys: Sequence[float | None]
    end: float
    is_thinned: bool

    @staticmethod
    def of(scale: _Scale, line: Line, index: int) -> _Drawn:
        xs = scale.area.xs(step.at for step in line.steps)
        ys = [None if step.value is None else scale.y(step.value) for step in line.steps]
        end = scale.area.right if line.until is None else scale.area.x(line.until)
        is_thinned = len(xs) * scale.column > scale.area.width
        return _Drawn(scale, line, index, xs, ys, max(end, xs[-1]) if xs else end, is_thinned)

    def spans(self) -> Iterator[tuple[Step, float, float]]:
        """Yield each step with its begin and end."""
        for index, step in enumerate(self.line.steps):
            yield step, self.xs[index], self.xs[index + 1] if index + 1 < len(self.xs) else self.end


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
    scale = _Scale(area, axis, max(area.width * len(chart.lines) / COLUMNS, 1.0))
    drawn = [_Drawn.of(scale, line, index) for index, line in enumerate(chart.lines)]
    divergence = box_path(_divergence(scale, drawn), scale.column) if len(drawn) > 1 else ""
    content = [
        hatch(),
        element("g", time_axis(area) + _value_axis(scale, chart), aria_hidden="true"),
        element("path", d=divergence, class_="divergence") if divergence else "",
        *map(_line, drawn),
        element("g", _placed_labels(scale, ends), aria_hidden="true"),
        *map(_marks, drawn),
    ]
    return document(chart, top + HEIGHT, "".join(content), before=before)


def thinned_lines(chart: Chart) -> int:
    """Return the number of lines that have more steps than columns."""
    width = COLUMNS / max(len(chart.lines), 1)
    return sum(len(line.steps) > min(width, WIDTH - 60) for line in chart.lines)


def marker(index: int) -> str:
    """Return the path of a line's marker, around the origin."""
    return _SHAPES[index % LINES]


def _value_axis(scale: _Scale, chart: Chart) -> str:
    area, parts = scale.area, []
    for tick in scale.axis.ticks:
        y = scale.height(tick.position)
        parts.append(element("path", d=f"M{number(area.left)} {number(y)}H{number(area.right)}", class_="grid"))
        label = f"{tick.label}%" if chart.kind is ScaleKind.PERCENT else tick.label
        parts.append(element("text", text_of(label), x=area.left - _GAP, y=y + 4, text_anchor="end"))
    if chart.unit:
        parts.append(element("text", text_of(chart.unit), x=area.left, y=area.top - 10))
    if scale.axis.low > 0 and chart.kind is not ScaleKind.DATE:
        note = f"axis begins at {number_label(scale.axis.low)}"
        parts.append(element("text", text_of(note), x=area.right, y=area.top - 10, text_anchor="end"))
    return "".join(parts)


def _line(drawn: _Drawn) -> str:
    parts, column = "", drawn.scale.column
    if any(step.others for step in drawn.line.steps):
        parts += element("path", d=box_path(_conflicts(drawn), column), class_="conflict")
        also = "" if drawn.is_thinned else _also(drawn)
        parts += element("path", d=also, class_="also") if also else ""
    places = list(zip(drawn.xs, drawn.ys, strict=True))
    places = columns(places, column) if drawn.is_thinned else places
    if None in drawn.ys:
        hatched = box_path(_absences(places, drawn.end, drawn.scale.area.bottom), column)
        parts += element("path", d=hatched, class_="absent", fill=f"url(#{HATCH})")
    path = step_path(places, drawn.end)
    parts += element("path", d=path, class_="line", stroke_dasharray=DASHES[drawn.index]) if path else ""
    return element("g", parts, class_=_colour(drawn.index)) if parts else ""


def _conflicts(drawn: _Drawn) -> Iterator[Box]:
    """Yield the boxes from the lowest to the highest value of the page, where it states several."""
    for step, left, right in drawn.spans():
        if step.others:
            values = [drawn.scale.y(value) for value in (step.value, *step.others) if value is not None]
            yield left, max(right, left + 1), min(values), max(values)


def _also(drawn: _Drawn) -> str:
    """Return the path of the other values of the page."""
    parts = dict.fromkeys(
        f"M{number(left)} {number(drawn.scale.y(other))}H{number(max(right, left + 1))}"
        for step, left, right in drawn.spans()
        for other in step.others
    )
    return "".join(parts)


def _absences(places: Sequence[Place], end: float, bottom: float) -> Iterator[Box]:
    """Yield the boxes of periods without a value, at the height of the value before."""
    y = next((y for _, y in places if y is not None), bottom)
    for index, (x, value) in enumerate(places):
        if value is not None:
            y = value
            continue
        following = places[index + 1][0] if index + 1 < len(places) else end
        yield x, max(following, x + 2), y - _HATCH_HEIGHT / 2, y + _HATCH_HEIGHT / 2


def _divergence(scale: _Scale, lines: Sequence[_Drawn]) -> Iterator[Box]:
    """Yield the boxes between the lowest and the highest value, where pages state different ones."""
    events: list[tuple[float, int, float | None]] = [
        (x, drawn.index, y) for drawn in lines for x, y in zip(drawn.xs, drawn.ys, strict=True)
    ]
    events += [(drawn.end, drawn.index, None) for drawn in lines]
    events.sort(key=itemgetter(0))  # is stable, so that the end of a line comes after a step at the same place
    current: dict[int, float] = {}
    for place, (left, index, y) in enumerate(events):
        if y is None:
            current.pop(index, None)
        else:
            current[index] = y
        right = events[place + 1][0] if place + 1 < len(events) else scale.area.right
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


def _placed_labels(scale: _Scale, labels: Sequence[tuple[float, str, int]]) -> str:
    """Return the labels beside the right edge, from the top, moved down where they would overlap."""
    parts, lowest = [], scale.area.top - _END_LABEL
    for value, label, index in labels:
        lowest = max(scale.y(value), lowest + _END_LABEL)
        if lowest <= scale.area.bottom + _END_LABEL:
            place = {"x": scale.area.right + _GAP, "y": lowest + 4}
            parts.append(element("text", text_of(label), class_=f"end {_colour(index)}", **place))
    return "".join(parts)


def _marks(drawn: _Drawn) -> str:
    line, area = drawn.line, drawn.scale.area
    if not line.steps:
        return ""
    heights = _heights(drawn)
    times = [step.at for step in line.steps]

    def height(at: datetime) -> float:
        return heights[max(bisect_right(times, at) - 1, 0)]

    troubles = [(period, height(period.begin)) for period in line.troubles if period.end > times[0]]
    parts = trouble_marks(area, troubles)
    parts += "".join(_mark(drawn, mark, height(mark.at)) for mark in line.marks)
    return element("g", parts, class_=_colour(drawn.index), aria_label=line.name, role="group") if parts else ""


def _heights(drawn: _Drawn) -> list[float]:
    """Return where the line is at each step, or its last value where it states none."""
    heights: list[float] = []
    height = next((y for y in drawn.ys if y is not None), drawn.scale.area.bottom)
    for y in drawn.ys:
        height = height if y is None else y
        heights.append(height)
    return heights


def _mark(drawn: _Drawn, mark: Mark, height: float) -> str:
    x = drawn.scale.area.x(mark.at)
    y = height if mark.value is None else drawn.scale.y(mark.value)
    kind = "mark none" if mark.value is None else "mark several" if mark.count > 1 else "mark"
    outline = marker(drawn.index) if mark.count == 1 else _SEVERAL
    shape = element("path", d=f"M{number(x)} {number(y)}{outline}", class_=kind)
    content = element("title", lines_of(mark.title)) + element("circle", cx=x, cy=y, r=9, class_="hit") + shape
    return element("a", content, href=mark.link) if mark.link is not None else element("g", content)


def _colour(index: int) -> str:
    return f"s{index % LINES + 1}"
