"""The first screen: what is broken, what changed last, and the pages. Reads a fixed number of bounded slices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from alerts.model import DeliveryState, RecordedEvent
from monitor.model import HealthStatus, Level
from pagewitness.display import page_name, status_word
from pagewitness.web.screens import Screens
from rendering.event_text import headline
from rendering.times import counted, duration
from storage.queries.gauges import Gauges
from storage.queries.history import EventFilter

EVENTS = 60
"""Newest events, without noise, that are grouped into stories."""
STORIES = 20
"""Stories on the screen."""
LATE_SECONDS = 3600.0
"""A page that has been due, or a snapshot that has waited, for longer is a problem."""

_ORDER = {Level.FACT: 0, Level.HEALTH: 1, Level.NUMBER: 2, Level.TEXT: 3, Level.NOISE: 4}


@dataclass(frozen=True, slots=True)
class Story:
    """What one check of a page found, as one line.

    Attributes:
        at: When it was first seen.
        page: The page's name; "" for an event without a page.
        events: Its events, facts first.
    """

    at: datetime
    page: str
    events: Sequence[RecordedEvent]

    @property
    def first(self) -> RecordedEvent:
        """The event that the line is about."""
        return self.events[0]

    @property
    def text(self) -> str:
        """The sentence of its first event, as in the subject of a mail and the title of a feed's entry."""
        return headline(self.first.event.change)

    @property
    def is_fact(self) -> bool:
        """Whether a declared fact changed."""
        return self.first.event.change.level is Level.FACT


def stories_of(found: Iterable[RecordedEvent]) -> list[Story]:
    """Group events, the newest first, by page and check. Pure."""
    groups: dict[tuple[int | None, int | None, datetime], list[RecordedEvent]] = {}
    for recorded in found:
        snapshot = recorded.event.snapshot
        groups.setdefault((recorded.page_id, snapshot.id, snapshot.taken_at), []).append(recorded)
    return [
        Story(
            events[0].event.snapshot.taken_at,
            page_name(events[0].page_label, events[0].page_title, events[0].page_url) if events[0].page_url else "",
            sorted(events, key=lambda recorded: _ORDER[recorded.event.change.level]),
        )
        for events in groups.values()
    ]


def by_day(stories: Sequence[Story]) -> list[tuple[date, list[Story]]]:
    """Group stories, the newest first, by day in UTC. Pure."""
    return [(day, list(group)) for day, group in groupby(stories, key=lambda story: story.at.astimezone(UTC).date())]


def problems_of(now: Gauges) -> list[str]:
    """Return one sentence for each thing that is broken. Pure."""
    problems = [
        f"{counted(count, 'page')} {status_word(health)}"
        for health, count in now.health.items()
        if health not in (None, HealthStatus.OK) and count
    ]
    if now.stale:
        problems.append(f"{counted(now.stale, 'page')} without an ok check for too long")
    dead = sum(one.count for one in now.waiting if one.state is DeliveryState.DEAD)
    if dead:
        problems.append(f"{counted(dead, 'message')} could not be delivered")
    if now.lag_seconds > LATE_SECONDS:
        problems.append(f"a page has been due for {duration(int(now.lag_seconds))}: is the service running?")
    if now.unprocessed_seconds > LATE_SECONDS:
        problems.append(f"a snapshot has waited for {duration(int(now.unprocessed_seconds))} to be processed")
    return problems


class HomeScreen:
    """Answers requests for the first screen.

    Attributes:
        screens: Renders it.
        gauges: Returns the present state of the service.
    """

    def __init__(self, screens: Screens, gauges: Callable[[], Gauges]) -> None:
        self.screens = screens
        self.gauges = gauges

    def answer(self, request: Request) -> Response:
        """Answer with problems, changes and pages; with pages only where a slice of them is requested."""
        if "after" in request.query_params or "before" in request.query_params:
            return self.screens.pages(request)
        stories = stories_of(self.screens.history.feed_events(EventFilter(), EVENTS))
        return self.screens.pages(
            request,
            days=by_day(stories[:STORIES]),
            more_changes=len(stories) > STORIES,
            problems=problems_of(self.gauges()),
        )
