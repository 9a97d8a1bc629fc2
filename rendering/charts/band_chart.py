"""A chart of a fact whose values are texts: for each page a band of its values over time, labelled where there is room. Pure.

Texts have no order, so that there is no axis of values. The colour of a value only repeats its label. A part with several changes that are too near to
each other to be distinguished is drawn darker and states their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rendering.charts.frame import HATCH, WIDTH, Area, document, hatch, time_axis, trouble_marks
from rendering.charts.model import Chart, Line, Mark
from rendering.charts.style import LINES
from rendering.charts.svg import element, fitted, lines_of, text_of

_SIDE, _TOP, _BOTTOM = 14.0, 6.0, 34.0
_NAME_HEIGHT, _BAND_HEIGHT, _LANE_GAP = 20.0, 28.0, 14.0
_LANE = _NAME_HEIGHT + _BAND_HEIGHT + _LANE_GAP
_SEVERAL_WIDTH = 6.0
_PADDING = 5.0


def band_chart(chart: Chart, *, before: str = "", top: float = 0.0) -> str:
    """Return the chart as an SVG element.

    Args:
        chart: The chart; its lines are drawn by their marks, of which each begins a part of a band.
        before: Markup before it, such as a style sheet.
        top: Height of that markup.
    """
    bottom = top + _TOP + _LANE * max(len(chart.lines), 1)
    area = Area(_SIDE, WIDTH - _SIDE, top + _TOP, bottom, chart.begin, chart.end)
    colours = _colours(chart.lines)
    content = [hatch(), element("g", time_axis(area), aria_hidden="true")]
    for index, line in enumerate(chart.lines):
        content.append(_lane(area, line, area.top + index * _LANE, colours))
    return document(chart, bottom + _BOTTOM, "".join(content), before=before)


def _colours(lines: Sequence[Line]) -> dict[str, int]:
    """Return the number of the colour of each value, in order of their first appearance."""
    labels = sorted((mark.at, mark.label) for line in lines for mark in line.marks if mark.label)
    return {label: index % LINES + 1 for index, label in enumerate(dict.fromkeys(label for _, label in labels))}


def _lane(area: Area, line: Line, top: float, colours: dict[str, int]) -> str:
    if not line.marks:
        return ""
    y = top + _NAME_HEIGHT
    first = line.marks[0].at
    troubles = [(period, y + _BAND_HEIGHT / 2) for period in line.troubles if period.end > first]
    name = element("text", text_of(fitted(line.name, area.width)), class_="name", x=area.left, y=top + 14)
    parts = "".join(_parts(area, line, y, colours))
    return element("g", name + parts + trouble_marks(area, troubles), role="group", aria_label=line.name)


def _parts(area: Area, line: Line, y: float, colours: dict[str, int]) -> Iterator[str]:
    end = area.x(line.until) if line.until is not None else area.right
    places = [area.x(mark.at) for mark in line.marks]
    for mark, (left, right) in zip(line.marks, pairwise([*places, max(end, places[-1] + 2)]), strict=True):
        begin = left
        if mark.count > 1:
            begin = min(left + _SEVERAL_WIDTH, max(right, left + 2))
            yield _linked(mark, _box("band several", left, begin, y, conflicts=False), 0)
        if right > begin:
            yield _linked(mark, _part(mark, begin, right, y), colours.get(mark.label, 0))


def _part(mark: Mark, left: float, right: float, y: float) -> str:
    if not mark.label:
        return element(
            "rect", x=left, y=y, width=right - left, height=_BAND_HEIGHT, class_="absent", fill=f"url(#{HATCH})"
        )
    box = _box("band", left, right, y, conflicts=mark.is_contradiction)
    label = fitted(mark.label, right - left - 2 * _PADDING)
    if not label:
        return box
    return box + element("text", text_of(label), class_="value", x=left + _PADDING, y=y + _BAND_HEIGHT / 2 + 4)


def _box(kind: str, left: float, right: float, y: float, *, conflicts: bool) -> str:
    name = f"{kind} conflicting" if conflicts else kind
    return element("rect", x=left, y=y, width=max(right - left, 0.0), height=_BAND_HEIGHT, class_=name)


def _linked(mark: Mark, content: str, colour: int) -> str:
    titled = element("title", lines_of(mark.title)) + content
    kind = f"s{colour}" if colour else None
    return element("a", titled, href=mark.link, class_=kind) if mark.link else element("g", titled, class_=kind)
