"""The screen of all facts: how many pages state which values now, with contradictions first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.model import FactDefinition
from pagewitness.display import page_name
from pagewitness.fact_history.values import place, scale_of, value_label
from pagewitness.web.fact_query import PATH
from pagewitness.web.links import cursor_of, pager
from pagewitness.web.screens import Screens
from rendering.charts.model import Line, ScaleKind, Step
from rendering.charts.sparkline import sparkline
from rendering.text_safety import Excerpt, excerpt
from storage.queries.fact_list import FactSummary, fact_summaries
from storage.queries.history import History, Slice

LIST_PATH = "/facts"
FACTS = 40
"""Facts on one screen."""


@dataclass(frozen=True, slots=True)
class ListedFact:
    """A fact in the list.

    Attributes:
        summary: What is stored of it.
        link: Address of its history.
        values: The values of the most pages with their units, each with the number of pages.
        further: Number of other values.
        passage: The sentence of the first of these values; None if it is not stored.
        page: Name of the page whose value is the newest; "" if there is none.
        since: When that page first stated it; None if there is none.
        spark: The newest statements of that page as a small SVG element; empty where there is nothing to draw.
    """

    summary: FactSummary
    link: str
    values: Sequence[tuple[str, int]]
    further: int
    passage: Excerpt | None
    page: str
    since: datetime | None
    spark: Markup


class FactListScreen:
    """Answers requests for the list of facts.

    Attributes:
        history: The archive.
        screens: Renders the screens.
    """

    def __init__(self, history: History, screens: Screens) -> None:
        self.history = history
        self.screens = screens

    def answer(self, request: Request) -> Response:
        """Answer with a part of the list; `after` and `before` are places in it, counted from 1."""
        try:
            cursor = cursor_of(request.query_params, FACTS)
        except ValueError:
            raise HTTPException(404) from None
        offset = cursor.after or 0
        if cursor.before is not None:
            offset = max(cursor.before - 1 - FACTS, 0)
        found = fact_summaries(self.history.database, offset, FACTS + 1)
        part = Slice(list(enumerate(found[:FACTS], offset + 1)), has_previous=offset > 0, has_next=len(found) > FACTS)
        return self.screens.page(
            request,
            "facts.html.j2",
            facts=self._listed_facts([summary for _, summary in part.rows]),
            pager=pager(LIST_PATH, {}, part, lambda numbered: numbered[0]),
        )

    def _listed_facts(self, summaries: Sequence[FactSummary]) -> list[ListedFact]:
        # Definitions are those of the pages with the newest values; one page often has many facts.
        urls = dict.fromkeys(summary.newest.url for summary in summaries if summary.newest is not None)
        definitions = {
            (url, definition.name): definition
            for url in urls
            if (page := self.history.page(url)) is not None
            for definition in page.facts
        }
        return [
            _listed(summary, None if summary.newest is None else definitions.get((summary.newest.url, summary.fact)))
            for summary in summaries
        ]


def _listed(summary: FactSummary, definition: FactDefinition | None) -> ListedFact:
    newest = summary.newest
    first = summary.stated[0] if summary.stated else None
    return ListedFact(
        summary,
        f"{PATH}?{urlencode({'name': summary.fact})}",
        [
            (value_label(each.value, definition, quote=each.quote, sentence=each.sentence), each.pages)
            for each in summary.stated
        ],
        summary.values - len(summary.stated),
        None if first is None else excerpt(first.sentence, first.quote),
        "" if newest is None else page_name(newest.label, newest.title, newest.url),
        summary.since,
        Markup(_spark(summary, definition)),  # noqa: S704 – escapes every text itself
    )


def _spark(summary: FactSummary, definition: FactDefinition | None) -> str:
    """Return the newest statements of a page as a small SVG element; "" where they are no numbers, or all the same."""
    kind = scale_of([value for _, value in summary.recent if value is not None], definition)
    if kind is ScaleKind.LABELS:
        return ""
    steps = [Step(at, place(value, kind)) for at, value in summary.recent]
    return sparkline(Line(f"{summary.fact}: the newest values of one page", steps))
