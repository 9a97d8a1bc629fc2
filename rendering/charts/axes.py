"""Axes: which times and numbers are labelled, and where they are. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rendering.charts.model import ScaleKind

_HOUR, _DAY = 3_600, 86_400
_SHORT_STEPS = (60, 300, 900, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY)
_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000)
_MONTH_SECONDS = 30.4 * _DAY
_LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_SMALLEST_STEP = 1e-290
_FROM_ZERO = 0.4
"""An axis begins at zero if its lowest value is at most this part of the highest."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place of an axis.

    Attributes:
        position: From 0 at the beginning of the axis to 1 at its end.
        label: Its label.
        is_major: Whether it begins a longer period: a year among months, a day among hours.
    """

    position: float
    label: str
    is_major: bool = True


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """The axis of values.

    Attributes:
        low: The value at its beginning.
        high: The value at its end; greater.
        ticks: Its labelled places.
    """

    low: float
    high: float
    ticks: Sequence[Tick]

    def position(self, value: float) -> float:
        """Return where a value is: 0 at the beginning, 1 at the end."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def time_position(at: datetime, begin: datetime, end: datetime) -> float:
    """Return where a time is on the axis: 0 at its beginning and before, 1 at its end and after."""
    span = (end - begin).total_seconds()
    return min(max((at - begin).total_seconds() / span, 0.0), 1.0) if span > 0 else 0.0


def time_ticks(begin: datetime, end: datetime, most: int) -> list[Tick]:
    """Return the labelled times of an axis, in UTC: at most `most`, at whole minutes, hours, days, months or years."""
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    span = (end - begin).total_seconds()
    if span <= 0 or most < 1:
        return []
    step = next((step for step in _SHORT_STEPS if span / step < most), None)
    if step is not None:
        return [Tick(time_position(at, begin, end), *_short_label(at, step)) for at in _every(begin, end, step)]
    months = next((months for months in _MONTH_STEPS if span / (months * _MONTH_SECONDS) < most), _MONTH_STEPS[-1])
    return [Tick(time_position(at, begin, end), *_month_label(at, months)) for at in _months(begin, end, months)]


def _every(begin: datetime, end: datetime, seconds: int) -> Iterator[datetime]:
    # Counted from a Monday, so that weeks begin on one.
    origin = datetime(1900, 1, 1, tzinfo=UTC) if begin.year >= 1900 else datetime(1, 1, 1, tzinfo=UTC)
    number = math.ceil((begin - origin).total_seconds() / seconds)
    while (at := origin + timedelta(seconds=number * seconds)) <= end:
        yield at
        number += 1


def _short_label(at: datetime, step: int) -> tuple[str, bool]:
    if step >= _DAY:
        return (
            f"{at.day} {at:%b} {at.year}" if at.month == 1 and at.day <= step // _DAY else f"{at.day} {at:%b}"
        ), True
    is_day = at.hour == at.minute == 0
    return (f"{at.day} {at:%b}" if is_day else f"{at:%H:%M}"), is_day


def _months(begin: datetime, end: datetime, step: int) -> Iterator[datetime]:
    number = math.ceil((begin.year * 12 + begin.month - 1) / step) * step
    while number < 12 * 10_000:
        at = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        if at > end:
            return
        if at >= begin:
            yield at
        number += step


def _month_label(at: datetime, step: int) -> tuple[str, bool]:
    if step >= 12 or at.month == 1:
        return str(at.year), True
    return f"{at:%b}", False


def value_axis(values: Sequence[float], kind: ScaleKind, most: int) -> ValueAxis:
    """Return the axis for some finite values.

    Args:
        values: The values, finite; see `rendering.charts.model.LARGEST`.
        kind: Their kind. An axis of dates is one of time.
        most: Maximum number of labelled places.
    """
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if kind is ScaleKind.DATE:
        return _date_axis(low, high, most)
    whole = kind is ScaleKind.NAMES or all(float(value).is_integer() for value in values)
    if 0 <= low <= _FROM_ZERO * high:
        low = 0.0
    elif high < 0 and high >= _FROM_ZERO * low:
        high = 0.0
    if low == high:
        pad = max(abs(low) * 0.05, 1.0 if whole else 0.1)
        low, high = (low - pad if low else 0.0), high + pad
    step = (high - low) / max(most - 1, 1)
    if not (step > _SMALLEST_STEP and low + step > low and high + step > high):
        # Differences too small, or values too large, for a number of 64 bits.
        return ValueAxis(low, high, [Tick(0.0, number_label(low)), Tick(1.0, number_label(high))])
    step = _nice(step, whole=whole)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    bottom, top = first * step, last * step
    ticks = [
        Tick((number - first) / (last - first), number_label(round(number * step, 10)))
        for number in range(first, last + 1)
    ]
    return ValueAxis(bottom, top, ticks)


def _date_axis(low: float, high: float, most: int) -> ValueAxis:
    pad = max((high - low) * 0.05, 15.0)
    first, last = date.min.toordinal(), date.max.toordinal()
    low, high = max(low - pad, first), min(high + pad, last - 1)
    begin, end = (datetime.combine(date.fromordinal(int(day)), datetime.min.time(), UTC) for day in (low, high))
    ticks = [Tick(tick.position, tick.label) for tick in time_ticks(begin, end, most)]
    return ValueAxis(float(int(low)), float(int(high)), ticks)


def _nice(step: float, *, whole: bool) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    if whole and step <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999999)


def number_label(value: float) -> str:
    """Return a number as the label of an axis: "85", "12,000", "1.5 billion"."""
    return _magnitude(value).replace("-", "−", 1) if value < 0 else _magnitude(value)


def _magnitude(value: float) -> str:
    for size, word in _LARGE:
        if size <= abs(value) < 1e18:
            return f"{value / size:,.10g} {word}"
    if abs(value) >= 1e18 or (value and abs(value) < 1e-4):
        return f"{value:.3g}"
    return f"{value:,.10g}"
