"""A chart as a document of its own, to be saved, printed or embedded: with its style sheet, title and legend. Pure."""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from collections.abc import Sequence

from rendering.charts.band_chart import band_chart
from rendering.charts.frame import WIDTH
from rendering.charts.model import Chart, ScaleKind
from rendering.charts.step_chart import marker, step_chart
from rendering.charts.style import DASHES, document_style
from rendering.charts.svg import element, fitted, number, text_of, width_of

_LEFT, _HEADING, _ROW = 14.0, 34.0, 20.0
_SAMPLE, _BETWEEN = 54.0, 14.0


def chart_element(chart: Chart, *, before: str = "", top: float = 0.0) -> str:
    """Return the chart of the kind of its values as an SVG element; see `step_chart` and `band_chart`."""
    draw = band_chart if chart.kind is ScaleKind.LABELS else step_chart
    return draw(chart, before=before, top=top)


def chart_document(chart: Chart, *, source: str = "") -> str:
    """Return a complete SVG document.

    Args:
        chart: The chart; its links should be absolute.
        source: Where it is from, in words, at the lower edge of the heading; "" for nothing.
    """
    y = _HEADING - 10
    parts = [element("text", text_of(fitted(chart.title, (WIDTH - 2 * _LEFT) * 0.75)), class_="heading", x=_LEFT, y=y)]
    if source:
        y += _ROW
        parts.append(element("text", text_of(fitted(source, WIDTH - 2 * _LEFT)), x=_LEFT, y=y))
    if chart.kind is not ScaleKind.LABELS and len(chart.lines) > 1:
        legend, y = _legend([line.name for line in chart.lines], y + _ROW)
        parts.append(legend)
    heading = element("g", "".join(parts), aria_hidden="true")
    background = element("rect", x=0, y=0, width="100%", height="100%", class_="background")
    style = element("style", document_style())
    return chart_element(chart, before=style + background + heading, top=y + 8) + "\n"


def style_source() -> str:
    """Return the source expression of a Content-Security-Policy that allows the style sheet of the documents, and no other."""
    digest = hashlib.sha256(document_style().encode()).digest()
    return f"'sha256-{b2a_base64(digest, newline=False).decode()}'"


def legend_sample(index: int) -> str:
    """Return a small SVG element with a line's colour, dash and marker."""
    return element("svg", _sample(index, 0, 7), class_="chart sample", viewBox="0 0 46 14", aria_hidden="true")


def _legend(names: Sequence[str], y: float) -> tuple[str, float]:
    """Return the legend, in as many rows as it needs, and the vertical position of the last one."""
    parts, x = [], _LEFT
    for index, name in enumerate(names):
        label = fitted(name, WIDTH - 2 * _LEFT - _SAMPLE)
        width = _SAMPLE + width_of(label) + _BETWEEN
        if x > _LEFT and x + width - _BETWEEN > WIDTH - _LEFT:
            x, y = _LEFT, y + _ROW
        parts.append(_sample(index, x, y - 4) + element("text", text_of(label), class_="name", x=x + _SAMPLE, y=y))
        x += width
    return "".join(parts), y


def _sample(index: int, x: float, y: float) -> str:
    line = element("path", d=f"M{number(x)} {number(y)}h46", class_="line", stroke_dasharray=DASHES[index])
    shape = element("path", d=f"M{number(x + 23)} {number(y)}{marker(index)}", class_="mark")
    return element("g", line + shape, class_=f"s{index + 1}")
