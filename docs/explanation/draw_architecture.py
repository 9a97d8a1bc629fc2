"""Draws docs/explanation/architecture.svg from the import graph: `python docs/explanation/draw_architecture.py`.

A row for each package, a box for each folder; an arrow means "imports". The stages of a check are a second picture below.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[2]
PICTURE = Path(__file__).with_name("architecture.svg")
PACKAGES = ("pagewitness", "storage", "alerts", "rendering", "monitor")
STAGES = (
    ("visit", "monitor.pipeline.visit", "politeness, due pages"),
    ("fetch", "monitor.fetching.fetch", "exchanges"),
    ("archive (T1)", "monitor.pipeline.archive", "snapshot, bodies"),
    ("extract", "monitor.extraction.extract", "blocks"),
    ("verdict", "monitor.page_status.rules", "is this the page?"),
    ("read facts", "monitor.facts.fact_reader", "mentions, readings"),
    ("track, diff", "monitor.tracking.fact_state", "events"),
    ("record (T2)", "monitor.pipeline.process", "version, events"),
    ("plan (T3)", "alerts.plan", "alerts, deliveries"),
    ("send", "alerts.dispatch", "mail, webhook"),
)
"""The stages of a check: name, module, what each produces."""

_BOX, _HEIGHT, _GAP, _LEFT, _ROW = 104, 30, 14, 120, 26
_OWN = "(modules)"


def folder_of(module: str) -> tuple[str, str] | None:
    """Package and folder of a module; None for modules of others."""
    package, *rest = module.split(".")
    if package not in PACKAGES:
        return None
    is_folder = bool(rest) and (ROOT / package / rest[0]).is_dir()
    return package, rest[0] if is_folder else _OWN


@cache
def edges() -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Which folders each folder imports."""
    found: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            here = folder_of(module)
            assert here is not None
            found[here]  # a folder that imports nothing is drawn too
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for name in _imported(node):
                    there = folder_of(name)
                    if there is not None and there != here:
                        found[here].add(there)
    return dict(found)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def levels(package: str) -> list[list[str]]:
    """The folders of a package, those that import others above those that they import; folders that import each other share a level."""
    inside = {
        here[1]: {there[1] for there in to if there[0] == package} for here, to in edges().items() if here[0] == package
    }
    reach = {folder: _reachable(folder, inside) for folder in inside}
    depth: dict[str, int] = {}
    for folder in sorted(inside, key=lambda one: (len(reach[one]), one)):
        below = [depth[other] for other in reach[folder] if other in depth and folder not in reach[other]]
        depth[folder] = max(below, default=-1) + 1
    rows: defaultdict[int, list[str]] = defaultdict(list)
    for folder, level in depth.items():
        rows[level].append(folder)
    return [sorted(rows[level]) for level in sorted(rows, reverse=True)]


def _reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for other in graph[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found - {start}


def picture() -> str:
    """The SVG."""
    parts: list[str] = []
    places: dict[tuple[str, str], tuple[float, float]] = {}
    y, width = 20.0, 0.0
    for package in PACKAGES:
        rows = levels(package)
        height = len(rows) * (_HEIGHT + _ROW) + 12
        widest = max(len(row) for row in rows)
        parts.append(f'<rect class="package" x="10" y="{y:g}" width="WIDTH" height="{height}" rx="8"/>')
        parts.append(f'<text class="package" x="24" y="{y + 26:g}">{package}</text>')
        for number, row in enumerate(rows):
            for place, folder in enumerate(row):
                x = _LEFT + 20 + place * (_BOX + _GAP) + (widest - len(row)) * (_BOX + _GAP) / 2
                places[package, folder] = (x, y + 14 + number * (_HEIGHT + _ROW))
                width = max(width, x + _BOX + 20)
        y += height + 34
    lines = [
        _arrow(places[here], places[there])
        for here, to in sorted(edges().items())
        for there in sorted(to)
        if here[0] == there[0]
    ]
    boxes = [
        f'<rect class="folder" x="{x:g}" y="{top:g}" width="{_BOX}" height="{_HEIGHT}" rx="4"/>'
        f'<text class="folder" x="{x + _BOX / 2:g}" y="{top + 19:g}">{escape(folder)}</text>'
        for (_, folder), (x, top) in places.items()
    ]
    between = [_between(places, upper, lower) for upper, lower in pairwise(PACKAGES)]
    width = max(width, 20 + len(STAGES) // 2 * (_BOX + 70))
    stages, y = _stages(y, width)
    body = "\n".join([*parts, *between, *lines, *boxes, *stages]).replace("WIDTH", f"{width - 20:g}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {y:g}" font-family="sans-serif" role="img" '
        f'aria-label="Packages and folders of Pagewitness, and the stages of a check">\n<style>\n{_STYLE}</style>\n{_MARKER}\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _arrow(here: tuple[float, float], there: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = here, there
    x1, x2 = x1 + _BOX / 2, x2 + _BOX / 2
    if y2 > y1:
        y1 += _HEIGHT
    elif y2 < y1:
        y2 += _HEIGHT
    else:  # side by side: over their heads
        middle = (x1 + x2) / 2
        return f'<path class="arrow" d="M{x1:g} {y1:g}Q{middle:g} {y1 - 16:g} {x2:g} {y2:g}"/>'
    return f'<path class="arrow" d="M{x1:g} {y1:g}L{x2:g} {y2:g}"/>'


def _between(places: dict[tuple[str, str], tuple[float, float]], upper: str, lower: str) -> str:
    bottom = max(y for (package, _), (_, y) in places.items() if package == upper) + _HEIGHT + _ROW - 2
    top = min(y for (package, _), (_, y) in places.items() if package == lower) - 14
    return f'<path class="between" d="M60 {bottom:g}L60 {top:g}"/>'


def _stages(y: float, width: float) -> tuple[list[str], float]:
    found = [f'<text class="package" x="24" y="{y + 6:g}">A check, stage by stage</text>']
    y += 24
    columns = len(STAGES) // 2
    step = (width - 20) / columns
    for number, (name, module, result) in enumerate(STAGES):
        row, column = divmod(number, columns)
        x, top = 14 + column * step, y + row * 96
        found += [
            f'<rect class="stage" x="{x:g}" y="{top:g}" width="{step - 30:g}" height="64" rx="6"/>',
            f'<text class="name" x="{x + 10:g}" y="{top + 20:g}">{escape(name)}</text>',
            f'<text class="module" x="{x + 10:g}" y="{top + 37:g}">{escape(module)}</text>',
            f'<text class="result" x="{x + 10:g}" y="{top + 54:g}">→ {escape(result)}</text>',
        ]
        if column + 1 < columns:
            found.append(f'<path class="between" d="M{x + step - 30:g} {top + 32:g}L{x + step:g} {top + 32:g}"/>')
    return found, y + 2 * 96


_STYLE = """rect.package{fill:#f4f6f8;stroke:#c3ccd5}rect.folder{fill:#fff;stroke:#51687f}rect.stage{fill:#eef5ee;stroke:#5b8a5b}
text{fill:#1c2733;font-size:12px}text.package{font-size:15px;font-weight:600}text.folder{text-anchor:middle}text.name{font-weight:600;font-size:13px}
text.module{font-family:monospace;font-size:10.5px}text.result{fill:#455}
.arrow{fill:none;stroke:#7f93a8;stroke-width:1;marker-end:url(#head)}.between{fill:none;stroke:#1c2733;stroke-width:2;marker-end:url(#head)}
"""
_MARKER = '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#51687f"/></marker></defs>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
