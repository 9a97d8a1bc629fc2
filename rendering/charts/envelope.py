"""Thins steps for drawing without losing a change: where several fall into one column of pixels, the column spans their lowest and highest value. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from rendering.charts.svg import number

Place = tuple[float, float | None]
"""Horizontal position, and the vertical one from there on; None where there is no value."""
Box = tuple[float, float, float, float]
"""Left, right, top, bottom."""


def columns(places: Sequence[Place], width: float) -> list[Place]:
    """Return the places with their horizontal positions moved to the beginnings of columns of this width."""
    return [(math.floor(x / width) * width, y) for x, y in places]


def step_path(places: Iterable[Place], end: float) -> str:
    """Return the path of a step line; "" if it has no value.

    Of consecutive places with one horizontal position, the path passes the lowest and the highest vertical one and goes on at the last.

    Args:
        places: The places, from left to right.
        end: Where the line ends.
    """
    path: list[str] = []
    pen: float | None = None
    for x, group in groupby(places, lambda place: place[0]):
        values = [y for _, y in group]
        known = [y for y in values if y is not None]
        if known:
            stops = [min(known), max(known), known[-1]] if len(known) > 1 else known
            if pen is None:
                path.append(f"M{number(x)} {number(stops[0])}")
                pen = stops[0]
            else:
                path.append(f"H{number(x)}")
            for stop in stops:
                if stop != pen:
                    path.append(f"V{number(stop)}")
                    pen = stop
        elif pen is not None:
            path.append(f"H{number(x)}")
        if values[-1] is None:
            pen = None
    if pen is not None:
        path.append(f"H{number(end)}")
    return "".join(path)


def box_path(boxes: Iterable[Box], width: float) -> str:
    """Return the path of some boxes from left to right; adjacent equal ones are one, and those within one column of this width are its envelope."""
    merged: list[Box] = []
    for box in boxes:
        left, right, top, bottom = box
        if merged:
            before = merged[-1]
            if left <= before[1] and before[2:] == box[2:]:
                merged[-1] = (before[0], max(right, before[1]), top, bottom)
                continue
            if right - before[0] < width:
                merged[-1] = (before[0], max(right, before[1]), min(top, before[2]), max(bottom, before[3]))
                continue
        merged.append(box)
    return "".join(
        f"M{number(left)} {number(top)}H{number(right)}V{number(bottom)}H{number(left)}Z"
        for left, right, top, bottom in merged
    )


def clusters(positions: Sequence[float], most: int) -> list[range]:
    """Return the indexes of steps, in groups that are one mark each: at most about `most`, each of the steps in one part of the axis.

    Args:
        positions: Where the steps are, from 0 to 1, in order.
        most: The number of parts into which the axis is divided.
    """
    if len(positions) <= most:
        return [range(index, index + 1) for index in range(len(positions))]
    begins = [
        index
        for index, position in enumerate(positions)
        if not index or math.floor(position * most) != math.floor(positions[index - 1] * most)
    ]
    return [range(begin, end) for begin, end in pairwise([*begins, len(positions)])]
