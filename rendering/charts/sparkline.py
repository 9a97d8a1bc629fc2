"""A sparkline: the shape of a fact's latest values, without axes. Pure."""

from __future__ import annotations

from rendering.charts.axes import time_position
from rendering.charts.envelope import columns, step_path
from rendering.charts.model import Line
from rendering.charts.svg import element, number, text_of

_WIDTH, _HEIGHT, _EDGE = 120.0, 26.0, 4.0


def sparkline(line: Line) -> str:
    """Return the line as a small SVG element; "" if it has fewer than two different values.

    Args:
        line: The line; it begins with its first step.
    """
    values = [step.value for step in line.steps if step.value is not None]
    if len(set(values)) < 2:
        return ""
    low, high = min(values), max(values)
    begin, end = line.steps[0].at, line.until or line.steps[-1].at
    end = max(end, line.steps[-1].at)

    def y(value: float) -> float:
        return _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * ((value - low) / (high - low))

    places = [
        (
            _EDGE + (_WIDTH - 2 * _EDGE) * time_position(step.at, begin, end),
            None if step.value is None else y(step.value),
        )
        for step in line.steps
    ]
    content = element("title", text_of(line.name))
    content += element("path", d=step_path(columns(places, 1.0), _WIDTH - _EDGE), class_="line s1")
    if line.steps[-1].value is not None:
        content += element("circle", cx=_WIDTH - _EDGE, cy=y(line.steps[-1].value), r=2.4, class_="mark s1")
    return element("svg", content, class_="chart spark", viewBox=f"0 0 {number(_WIDTH)} {number(_HEIGHT)}", role="img")
