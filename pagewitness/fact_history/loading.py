"""Loads the history of one fact on several pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import FactDefinition
from monitor.tracking.fact_history import statement_changes
from pagewitness.display import page_name
from rendering.charts.style import LINES
from storage.queries.fact_timeline import POINTS, FactPage, FactPoint, FactTimelines, Timeline
from storage.queries.history import History


@dataclass(frozen=True, slots=True)
class FactHistory:
    """The history of a fact on some pages.

    Attributes:
        fact: Its name.
        definition: Its definition on the first of these pages that tracks it; None if none does any more.
        pages: The pages, at most `LINES`.
        changes: Each change of what a page states, in order of time; of each page first the one in force at the beginning.
        by_page: The same by page URL.
        timeline: What was read from the archive.
        begin: The requested begin; None: from the first statement.
        end: The requested end, exclusive; None: to the last check.
    """

    fact: str
    definition: FactDefinition | None
    pages: Sequence[FactPage]
    changes: Sequence[FactPoint]
    by_page: Mapping[str, Sequence[FactPoint]]
    timeline: Timeline
    begin: datetime | None
    end: datetime | None

    def of_page(self, page: FactPage) -> Sequence[FactPoint]:
        """Return the changes on one of the pages."""
        return self.by_page.get(page.url, ())

    def name_of(self, url: str) -> str:
        """Return what the page with this URL is called."""
        return next((page_name(page.label, page.title, url) for page in self.pages if page.url == url), url)


def load_fact(
    history: History,
    fact: str,
    pages: Sequence[FactPage],
    begin: datetime | None = None,
    end: datetime | None = None,
    limit: int = POINTS,
) -> FactHistory:
    """Return the history of a fact.

    Args:
        history: The archive.
        fact: The fact's name.
        pages: The pages; only the first `LINES`.
        begin: Only statements in force at this time or later; None: all.
        end: Only statements before this time; None: all.
        limit: Maximum number of statements, the newest.
    """
    on = pages[:LINES]
    timeline = FactTimelines(history.database).timeline(fact, on, begin, end, limit)
    changes = list(statement_changes(timeline.points))
    by_page: defaultdict[str, list[FactPoint]] = defaultdict(list)
    for point in changes:
        by_page[point.page_url].append(point)
    return FactHistory(fact, definition_of(history, fact, on), on, changes, by_page, timeline, begin, end)


def definition_of(history: History, fact: str, pages: Sequence[FactPage]) -> FactDefinition | None:
    """Return the definition of a fact on the first page that tracks it; None if none does."""
    for page in pages:
        stored = history.page(page.url)
        found = next((each for each in stored.facts if each.name == fact), None) if stored is not None else None
        if found is not None:
            return found
    return None
