"""Values of facts as places on an axis, and in words. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date

from monitor.model import FactDefinition, FactKind, JsonValue
from pagewitness.display import fact_value
from rendering.charts.model import LARGEST, ScaleKind
from rendering.text_safety import one_line
from rendering.times import counted
from storage.queries.fact_timeline import FactPoint

_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_OF_NUMBERS = (ScaleKind.NUMBER, ScaleKind.PERCENT)
_EXACT = 2**53
_LABEL_CHARS = 120
_NAMES = 5


def scale_of(values: Sequence[JsonValue], definition: FactDefinition | None) -> ScaleKind:
    """Return the kind of scale that has a place for each of these values, none of which is None; LABELS if no other has.

    The stored values decide: they may be older than the present definition of the fact.
    """
    kind = None if definition is None else definition.kind
    if values and all(isinstance(value, list) for value in values):
        return ScaleKind.NAMES
    if kind is FactKind.DATE_OF and values and all(place(value, ScaleKind.DATE) is not None for value in values):
        return ScaleKind.DATE
    if values and all(place(value, ScaleKind.NUMBER) is not None for value in values):
        return ScaleKind.PERCENT if kind is FactKind.PERCENT_OF else ScaleKind.NUMBER
    return ScaleKind.LABELS


def all_values(point: FactPoint) -> list[JsonValue]:
    """Return the values that a page states, the main one first; none if it states none."""
    main = [] if point.value is None else [point.value]
    return [*main, *(other["value"] for other in point.contradicts if other["value"] is not None)]


def place(value: JsonValue, kind: ScaleKind) -> float | None:
    """Return where a value is on a scale; None if it has no place there, and for None.

    A list is as large as its number of names; a date without a day or month is at its beginning.
    """
    if (
        type(value) is int and kind in _OF_NUMBERS and -_EXACT < value < _EXACT
    ):  # most values, 10,000 of them in a chart
        return float(value)
    if kind is ScaleKind.NAMES:
        return float(len(value)) if isinstance(value, list) else None
    if kind is ScaleKind.DATE:
        return _day(value) if isinstance(value, str) else None
    if kind is ScaleKind.LABELS or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and abs(number) < LARGEST else None


def _day(text: str) -> float | None:
    parts = _ISO_DATE.fullmatch(text)
    if parts is None:
        return None
    try:
        return float(date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1)).toordinal())
    except ValueError:
        return None


def value_label(
    value: JsonValue,
    definition: FactDefinition | None,
    *,
    quote: str | None = None,
    sentence: str | None = None,
) -> str:
    """Return a value in a few words: as `pagewitness.display.fact_value`, but of a list only its size; "not stated" for None."""
    if value is None:
        return "not stated"
    if isinstance(value, list):
        return counted(len(value), "name")
    return one_line(fact_value(value, definition, quote=quote, sentence=sentence), _LABEL_CHARS) or "“”"


def names_changed(before: JsonValue, after: JsonValue) -> str:
    """Return the names that a list gained and lost, "+ Togo, − Chad"; "" where nothing is known of one of both."""
    if not isinstance(before, list) or not isinstance(after, list):
        return ""
    old, new = dict.fromkeys(map(str, before)), dict.fromkeys(map(str, after))
    gained, lost = [name for name in new if name not in old], [name for name in old if name not in new]
    return ", ".join([*_listed("+", gained), *_listed("−", lost)])


def _listed(sign: str, names: list[str]) -> list[str]:
    more = [f"{sign} {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    return [*(f"{sign} {one_line(name, 60)}" for name in names[:_NAMES]), *more]
