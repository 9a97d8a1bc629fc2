"""The chart of a fact's history: its lines, marks with what is shown on hover, and the same in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from monitor.model import JsonValue
from pagewitness.fact_history.loading import FactHistory
from pagewitness.fact_history.values import all_values, names_changed, place, scale_of, value_label
from pagewitness.replay.highlight import fragment_of
from pagewitness.replay.replayed import PREFIX, stamp_of
from rendering.charts.axes import time_position
from rendering.charts.envelope import clusters
from rendering.charts.model import Chart, Line, Mark, Period, ScaleKind, Step
from rendering.text_safety import one_line
from rendering.times import counted, day
from storage.queries.fact_timeline import FAILED, FactPage, FactPoint, FactTimelines, Trouble
from storage.queries.history import FactHistoryRow

MARKS = 90
"""Marks in a chart, of all lines together."""

_SENTENCE_CHARS = 160
_SHORTEST = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ZoomLink = Callable[[datetime, datetime], str | None]
"""Returns the address of the chart of a part of the history, from one time to another, both included; None if there is none."""


def fact_chart(
    timelines: FactTimelines, loaded: FactHistory, *, base: str = "", zoom: ZoomLink = lambda _begin, _end: None
) -> Chart:
    """Return the chart of a fact's history; the sentences of its marks are read from the archive.

    Args:
        timelines: The archive.
        loaded: The history.
        base: What addresses of archived pages begin with, without a slash at the end; "" for relative ones.
        zoom: The address that a mark of several changes leads to.
    """
    kind = scale_of([value for point in loaded.changes for value in all_values(point)], loaded.definition)
    begin, end = chart_range(loaded)
    most = max(MARKS // max(len(loaded.pages), 1), 1)
    groups = {
        page.url: [
            changes[group.start : group.stop]
            for changes in [loaded.of_page(page)]
            for group in clusters([time_position(point.at, begin, end) for point in changes], most)
        ]
        for page in loaded.pages
    }
    single = [group[0] for of_page in groups.values() for group in of_page if len(group) == 1]
    rows = {row.snapshot_id: row for row in timelines.statements([point.key for point in single])}
    following = timelines.following([point.snapshot_id for point in single]) if single else {}
    marker = _Marker(loaded, kind, rows, following, base, zoom)
    lines = [_line(loaded, page, kind, marker.marks(groups[page.url])) for page in loaded.pages]
    title = f"{one_line(loaded.fact, 100)}, {day(begin)} to {day(end)}"
    return Chart(title, describe(loaded), kind, axis_unit(loaded, kind), begin, end, lines)


def chart_range(loaded: FactHistory) -> tuple[datetime, datetime]:
    """Return the edges of the chart: the requested range, otherwise from the first statement to the last check."""
    times = [point.at for point in loaded.changes]
    checked = [*loaded.timeline.checked.values(), *times]
    end = loaded.end or max(checked, default=_EPOCH)
    begin = loaded.begin or min(times, default=end)
    return begin, max(end, begin + _SHORTEST)


def axis_unit(loaded: FactHistory, kind: ScaleKind) -> str:
    """Return what the numbers of the axis count; "" where they are no counts."""
    if kind is ScaleKind.NAMES:
        return "names in the list"
    terms = loaded.definition.terms if loaded.definition is not None else ()
    return one_line(terms[0], 40) if terms and kind is ScaleKind.NUMBER else ""


def replay_address(url: str, taken_at: datetime, following: datetime | None, fact: str, base: str = "") -> str:
    """Return the address of an archived page at which the sentence of a fact is marked.

    Args:
        url: The page's URL.
        taken_at: Time of the snapshot.
        following: Time of the page's next replayable snapshot; None if there is none.
        fact: The fact's name.
        base: What the address begins with; "" for a relative one.
    """
    return f"{base}{PREFIX}{stamp_of(taken_at, following)}/{url}#{fragment_of(fact)}"


def describe(loaded: FactHistory) -> str:
    """Return the history in words: for each page the first and the last value with their dates, and the number of changes."""
    return " ".join(_page_words(loaded, page) for page in loaded.pages) or "No page has stated this fact."


def _page_words(loaded: FactHistory, page: FactPage) -> str:
    changes, name = loaded.of_page(page), one_line(loaded.name_of(page.url), 80)
    if not changes:
        return f"{name}: nothing stated in this range."
    first, last = changes[0], changes[-1]
    words = f"{name}: {_stated(first, loaded)} from {day(first.at)}"
    if len(changes) > 1:
        words += f", {_stated(last, loaded)} since {day(last.at)}, {counted(len(changes) - 1, 'change')}"
    return f"{words}."


def _stated(point: FactPoint, loaded: FactHistory) -> str:
    if point.damaged:
        return "damaged"
    if point.unreadable:
        return "not readable"
    values = [
        value_label(point.value, loaded.definition),
        *(value_label(each["value"], loaded.definition) for each in point.contradicts),
    ]
    return " and ".join(dict.fromkeys(values))


def _line(loaded: FactHistory, page: FactPage, kind: ScaleKind, marks: Sequence[Mark]) -> Line:
    steps = [
        Step(
            point.at,
            place(point.value, kind),
            _places(point, kind) if point.contradicts else (),
        )
        for point in loaded.of_page(page)
    ]
    troubles = [
        Period(trouble.begin, trouble.end or loaded.timeline.checked[page.url], trouble_words(trouble))
        for trouble in loaded.timeline.troubles
        if trouble.page_url == page.url
    ]
    return Line(one_line(loaded.name_of(page.url), 80), steps, marks, loaded.timeline.until.get(page.url), troubles)


def _places(point: FactPoint, kind: ScaleKind) -> tuple[float, ...]:
    """Return where the other values of a page are."""
    return tuple(other for each in point.contradicts if (other := place(each["value"], kind)) is not None)


def trouble_words(trouble: Trouble) -> str:
    """Return a period without an ok check in words: "blocked: 3 checks, 3 May 2016 to 18 May 2016"."""
    status = "failed" if trouble.status == FAILED else trouble.status.replace("_", " ")
    checks = "" if trouble.checks is None else f" {counted(trouble.checks, 'check')},"
    if trouble.end is None:
        return f"{status}: since {day(trouble.begin)}"
    return f"{status}:{checks} {day(trouble.begin)} to {day(trouble.end)}"


class _Marker:
    """Makes the marks of a history.

    Attributes:
        loaded: The history.
        kind: The scale.
        rows: By snapshot id, the statements that are shown.
        following: By snapshot id, the time of the page's next replayable snapshot.
        base: As for `fact_chart`.
        zoom: See `fact_chart`.
    """

    def __init__(
        self,
        loaded: FactHistory,
        kind: ScaleKind,
        rows: Mapping[int, FactHistoryRow],
        following: Mapping[int, datetime | None],
        base: str,
        zoom: ZoomLink,
    ) -> None:
        self.loaded = loaded
        self.kind = kind
        self.rows = rows
        self.following = following
        self.base = base
        self.zoom = zoom

    def marks(self, groups: Iterable[Sequence[FactPoint]]) -> list[Mark]:
        """Return the marks of a page, one for each group of changes."""
        found: list[Mark] = []
        before: JsonValue = None
        for group in groups:
            found.append(self._several(group) if len(group) > 1 else self._one(group[0], before))
            before = group[-1].value
        return found

    def _one(self, point: FactPoint, before: JsonValue) -> Mark:
        row = self.rows.get(point.snapshot_id)
        name = self.loaded.name_of(point.page_url)
        title = [self._label(point, row), f"{day(point.at)} {point.at:%H:%M} UTC · {one_line(name, 80)}"]
        title += [changed] if (changed := names_changed(before, point.value)) else []
        if row is not None and row.sentence and not point.damaged:
            title.append(f"“{one_line(row.sentence, _SENTENCE_CHARS)}”")
        for other in point.contradicts[:3]:
            title.append(
                f"also {value_label(other['value'], self.loaded.definition)}: "
                f"“{one_line(str(other.get('sentence') or other.get('quote') or ''), _SENTENCE_CHARS)}”"
            )
        following = self.following.get(point.snapshot_id)
        link = replay_address(point.page_url, point.at, following, point.fact, self.base)
        return self._mark(point, point.at, "\n".join(title), link, 1, row)

    def _several(self, group: Sequence[FactPoint]) -> Mark:
        first, last = group[0], group[-1]
        places = [where for point in group if (where := place(point.value, self.kind)) is not None]
        title = [
            f"{counted(len(group), 'change')}, {day(first.at)} to {day(last.at)}",
            one_line(self.loaded.name_of(first.page_url), 80),
        ]
        if places and self.kind in (ScaleKind.NUMBER, ScaleKind.PERCENT, ScaleKind.NAMES):
            title.append(f"lowest {min(places):,.10g}, highest {max(places):,.10g}")
        return self._mark(last, first.at, "\n".join(title), self.zoom(first.at, last.at), len(group), None)

    def _mark(
        self, point: FactPoint, at: datetime, title: str, link: str | None, count: int, row: FactHistoryRow | None
    ) -> Mark:
        label = "" if point.value is None else self._label(point, row)
        contradiction = bool(point.contradicts)
        return Mark(at, place(point.value, self.kind), label, title, link, count, contradiction)

    def _label(self, point: FactPoint, row: FactHistoryRow | None) -> str:
        if point.damaged:
            return "damaged: `pagewitness reprocess` derives it again"
        quote, sentence = (None, None) if row is None else (row.quote, row.sentence)
        if point.unreadable:
            return f"“{one_line(quote or '', 60)}”, not readable"
        return value_label(point.value, self.loaded.definition, quote=quote, sentence=sentence)
