"""Colours, dashes and markers of charts, as style sheets: for the web interface, and complete for a document of its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

LINES = 8
"""Number of lines that can be distinguished in a chart."""
DASHES = (None, "7 4", "2 3", "10 3 2 3", "14 4", "4 2 1 2", "1 5", "14 3 5 3")
"""Dashes of the lines: their shapes differ in print, and for readers who cannot distinguish the colours."""

_LIGHT = {
    "ink": "#1d2a31", "soft": "#5d6a70", "card": "#ffffff", "line": "#ddd8cc", "bad-ink": "#8f2d13",
    "chart-1": "#0b5a8a", "chart-2": "#b3470d", "chart-3": "#1b6e4a", "chart-4": "#7a3e9d",
    "chart-5": "#7a6200", "chart-6": "#a1245c", "chart-7": "#4a4f52", "chart-8": "#00707a",
}  # fmt: skip
_DARK = {
    "ink": "#e6e3db", "soft": "#a5a79f", "card": "#202325", "line": "#383c3e", "bad-ink": "#ffb49c",
    "chart-1": "#7cc0ee", "chart-2": "#ff9d6b", "chart-3": "#7fd8ac", "chart-4": "#cfa2f0",
    "chart-5": "#e0c060", "chart-6": "#f58bbd", "chart-7": "#cccccc", "chart-8": "#6fd3dd",
}  # fmt: skip

_RULES = """\
.chart text { font: 12px system-ui, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.chart .grid { stroke: var(--line); fill: none; }
.chart .grid.minor { stroke-opacity: .5; }
.chart .line { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linejoin: round; }
.chart .also { fill: none; stroke: currentColor; stroke-width: 1.2; }
.chart .conflict { fill: var(--bad-ink); fill-opacity: .22; }
.chart .divergence { fill: var(--soft); fill-opacity: .13; }
.chart .hatch { stroke: var(--soft); stroke-width: 1.4; }
.chart .absent { stroke: currentColor; stroke-width: .7; stroke-opacity: .7; }
.chart .trouble { stroke: var(--bad-ink); stroke-width: 1.5; fill: none; }
.chart .unchecked { fill: var(--bad-ink); fill-opacity: .12; }
.chart .mark { fill: currentColor; stroke: var(--card); stroke-width: 1.2; }
.chart .mark.none { fill: var(--card); stroke: currentColor; stroke-width: 1.6; }
.chart .mark.several { stroke: var(--ink); }
.chart .hit { fill: transparent; }
.chart a:hover .mark, .chart a:focus .mark { stroke: var(--ink); stroke-width: 2.5; }
.chart .band { fill: currentColor; fill-opacity: .18; stroke: currentColor; }
.chart .band.several { fill-opacity: .6; }
.chart .band.conflicting { stroke: var(--bad-ink); stroke-width: 2; }
.chart .value, .chart .name, .chart .label { fill: var(--ink); }
.chart .end { fill: currentColor; font-weight: 600; }
.chart .heading { fill: var(--ink); font-size: 15px; font-weight: 600; }
.chart .background { fill: var(--card); }
"""
_COLOURS = "".join(f".chart .s{number} {{ color: var(--chart-{number}); }}\n" for number in range(1, LINES + 1))
_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")


def web_style() -> str:
    """Return the rules for charts in the web interface, whose style sheet has the variables of its own colours."""
    light, dark = (
        "".join(f" --{name}: {colour};" for name, colour in colours.items() if name.startswith("chart-"))
        for colours in (_LIGHT, _DARK)
    )
    return f":root {{{light} }}\n@media (prefers-color-scheme: dark) {{ :root {{{dark} }} }}\n{_RULES}{_COLOURS}"


def document_style() -> str:
    """Return the style sheet of a chart that is a document of its own: without variables, which not every program knows."""
    rules = _RULES + _COLOURS
    return f"{_filled(rules, _LIGHT)}@media (prefers-color-scheme: dark) {{\n{_filled(rules, _DARK)}}}\n"


def _filled(rules: str, colours: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda variable: colours[variable[1]], rules)
