"""The table and the legend of a fact's history. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from pagewitness.display import fact_value, page_name
from pagewitness.fact_history.charting import replay_address, trouble_words
from pagewitness.fact_history.loading import FactHistory
from pagewitness.fact_history.values import names_changed, value_label
from pagewitness.web.fact_query import FactQuery
from rendering.charts.document import legend_sample
from rendering.charts.model import ScaleKind
from rendering.text_safety import Excerpt, excerpt
from storage.queries.fact_timeline import FactPage, FactPoint
from storage.queries.history import Cursor, FactHistoryRow, Slice


@dataclass(frozen=True, slots=True)
class PageOfFact:
    """A page of the chart, for the legend.

    Attributes:
        page: The page.
        name: Its name.
        sample: Its line, a small SVG element; "" where the chart has no lines.
        value: The value that it states last, with its unit; "not stated" if it states none.
        others: Other values that it states as well.
        since: When it first stated them; None if nothing was stated in this range.
        first: When it first stated a value in this range; None as `since`, and where several pages are shown and this is the left edge of the chart.
        changes: Number of changes in this range.
        trouble: The period without an ok check that has not ended, in words; "" if there is none.
        only: Address of the chart of this page alone; None if it is.
        without: Address of the chart of the other pages; None if it is the only one.
    """

    page: FactPage
    name: str
    sample: Markup
    value: str
    others: Sequence[str]
    since: datetime | None
    first: datetime | None
    changes: int
    trouble: str
    only: str | None
    without: str | None


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A row of the table.

    Attributes:
        at: When the page first stated it.
        page_url: The page's URL.
        page: The page's name.
        value: The value with its unit, or why there is none.
        is_stated: Whether there is one.
        changed: What a list gained and lost; "" for other values.
        passage: The sentence with the value; None if there is none.
        others: Other values of the page, each with its sentence.
        link: Address of the archived page with the sentence marked.
    """

    at: datetime
    page_url: str
    page: str
    value: str
    is_stated: bool
    changed: str
    passage: Excerpt | None
    others: Sequence[tuple[str, Excerpt | None]]
    link: str


def legend(query: FactQuery, loaded: FactHistory, kind: ScaleKind) -> list[PageOfFact]:
    """Return the pages of a chart with scales of a kind, in the order of its lines."""
    return [_page_of_fact(query, loaded, page, index, kind) for index, page in enumerate(loaded.pages)]


def _page_of_fact(query: FactQuery, loaded: FactHistory, page: FactPage, index: int, kind: ScaleKind) -> PageOfFact:
    changes = loaded.of_page(page)
    last = changes[-1] if changes else None
    urls = [each.url for each in loaded.pages]
    open_troubles = [each for each in loaded.timeline.troubles if each.page_url == page.url and each.end is None]
    alone = len(urls) == 1
    first = next((point.at for point in changes if point.value is not None), None)
    earliest = loaded.changes[0].at if loaded.changes else None
    return PageOfFact(
        page,
        page_name(page.label, page.title, page.url),
        Markup(legend_sample(index)) if kind is not ScaleKind.LABELS else Markup(),  # noqa: S704 – without any text
        "nothing in this range" if last is None else _words(last, loaded),
        () if last is None else [value_label(each["value"], loaded.definition) for each in last.contradicts],
        None if last is None else last.at,
        first if alone or first != earliest else None,
        max(len(changes) - 1, 0),
        trouble_words(open_troubles[-1]) if open_troubles else "",
        None if alone else query.link(urls=[page.url]),
        None if alone else query.link(urls=[url for url in urls if url != page.url]),
    )


def slice_of(points: Sequence[FactPoint], cursor: Cursor) -> Slice[FactPoint]:
    """Return the slice of the points at a cursor, whose keys are ids of snapshots; an unknown one is the list's beginning."""
    places = {point.snapshot_id: place for place, point in enumerate(points)}
    start = 0
    if cursor.after is not None:
        start = places.get(cursor.after, -1) + 1
    elif cursor.before is not None:
        start = max(places.get(cursor.before, 0) - cursor.limit, 0)
    rows = points[start : start + cursor.limit]
    return Slice(rows, has_previous=start > 0, has_next=start + cursor.limit < len(points))


def previous_changes(changes: Sequence[FactPoint]) -> dict[tuple[int, int], FactPoint]:
    """Return by the key of each change the change before it on the same page."""
    last: dict[str, FactPoint] = {}
    found = {}
    for point in changes:
        if point.page_url in last:
            found[point.key] = last[point.page_url]
        last[point.page_url] = point
    return found


def value_row(
    loaded: FactHistory, point: FactPoint, before: FactPoint | None, row: FactHistoryRow, following: datetime | None
) -> ValueRow:
    """Return a row of the table.

    Args:
        loaded: The history.
        point: The change.
        before: The change before it on the same page; None if there is none.
        row: The stored statement.
        following: Time of the page's next replayable snapshot; None if there is none.
    """
    others = [
        (
            fact_value(each["value"], loaded.definition, quote=_text(each, "quote"), sentence=_text(each, "sentence")),
            excerpt(_text(each, "sentence"), _text(each, "quote")),
        )
        for each in point.contradicts
    ]
    return ValueRow(
        point.at,
        point.page_url,
        loaded.name_of(point.page_url),
        _words(point, loaded, row),
        point.value is not None,
        names_changed(before.value, point.value) if before is not None else "",
        None if point.damaged else excerpt(row.sentence, row.quote),
        others,
        replay_address(point.page_url, point.at, following, point.fact),
    )


def _text(item: Mapping[str, object], key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) else None


def _words(point: FactPoint, loaded: FactHistory, row: FactHistoryRow | None = None) -> str:
    """Return the value of a point with its unit, or why there is none."""
    if point.damaged:
        return "damaged"
    if point.unreadable:
        return "not readable"
    quote, sentence = (None, None) if row is None else (row.quote, row.sentence)
    return value_label(point.value, loaded.definition, quote=quote, sentence=sentence)
