"""The screen of a page's history: a year's calendar, and which snapshots changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.model import Page, Verdict
from monitor.urls import normalise
from pagewitness.display import page_name
from pagewitness.web.links import cursor_of, pager
from pagewitness.web.screens import Screens
from rendering.times import counted
from storage.queries.history import CalendarDay, History, SnapshotFilter

SNAPSHOTS = 100
"""Number of snapshots on one screen."""
FAILED = "failed"
"""Value of `status` for failed checks; all others are verdicts."""

_SHARES = (0, 10, 50, 200)
"""Changed words of a thousand from which the colour of a day with changes is one step stronger."""
_STEPS = (1, 2, 5, 15)
"""The same by the number of changes, for days of which the words are not known."""


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day in the calendar.

    Attributes:
        number: Day of the month.
        degree: 0 where nothing changed, up to 4 for most changes; None where there was no check.
        label: What happened, in words.
        has_facts: Whether a declared fact changed.
        is_troubled: Whether a check failed or found a page that is not ok.
        link: Address of the snapshots up to this day; None where there was no check.
    """

    number: int
    degree: int | None
    label: str
    has_facts: bool
    is_troubled: bool
    link: str | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month in the calendar.

    Attributes:
        name: "March 2021".
        offset: Days of the week before its first day, from Monday.
        days: Its days.
    """

    name: str
    offset: int
    days: Sequence[DayCell]

    @property
    def is_checked(self) -> bool:
        """Whether there was a check or change in it."""
        return any(day.degree is not None for day in self.days)


class HistoryScreen:
    """Answers requests for the history of a page.

    Attributes:
        history: The archive.
        screens: Renders the screens.
    """

    def __init__(self, history: History, screens: Screens) -> None:
        self.history = history
        self.screens = screens

    def answer(self, request: Request) -> Response:
        """Answer with the calendar of a year and a slice of the snapshots, the newest first."""
        query = request.query_params
        url = query.get("url", "")
        page = self._page_of(url)
        if page is None:
            return self.screens.error(request, 404, "No such page", "This page is not watched:", url)
        years = self.history.years(page.id)
        try:
            wanted, kept = _filter(query)
            cursor = cursor_of(query, SNAPSHOTS)
            year = _year(query, years)
        except ValueError:
            raise HTTPException(404) from None
        part = self.history.snapshot_slice(page.id, cursor, wanted)
        return self.screens.page(
            request,
            "history.html.j2",
            page=page,
            name=page_name(page.label, self.history.titles([page.id]).get(page.id, ""), page.url),
            snapshots=part.rows,
            changes=self.history.changes_of([row.id for row in part.rows]),
            total=self.history.snapshot_count(page.id),
            pager=pager("/history", {"url": page.url, **kept}, part, lambda row: row.seq),
            filters=_filter_links(page, kept),
            months=months(self.history.calendar(page.id, year), year, page.url) if year is not None else [],
            year=year,
            years=_year_links(page, years, year),
            is_filtered=bool(kept),
        )

    def _page_of(self, url: str) -> Page | None:
        try:
            return self.history.page(normalise(url))
        except ValueError:
            return None


def _filter(query: Mapping[str, str]) -> tuple[SnapshotFilter, dict[str, str]]:
    """Return the filter that an address requests, and its parameters.

    Raises:
        ValueError: A value is unknown.
    """
    kept = {name: query[name] for name in ("changed", "status", "until") if query.get(name)}
    if kept.get("changed", "1") != "1":
        raise ValueError("changed is 1 or missing")
    status = kept.get("status")
    until = kept.get("until")
    after = datetime.combine(date.fromisoformat(until), datetime.min.time(), UTC) + timedelta(days=1) if until else None
    verdict = Verdict(status) if status is not None and status != FAILED else None
    return SnapshotFilter("changed" in kept, verdict, status == FAILED, after), kept


def _filter_links(page: Page, kept: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """Return the filters as (name, address); the address of the current one is None."""
    choices: list[tuple[str, dict[str, str]]] = [
        ("all", {}),
        ("changed", {"changed": "1"}),
        (FAILED, {"status": FAILED}),
    ]
    choices += [(verdict.value.replace("_", " "), {"status": verdict.value}) for verdict in Verdict]
    current = {name: value for name, value in kept.items() if name != "until"}
    return [
        (
            name,
            None if chosen == current and "until" not in kept else f"/history?{urlencode({'url': page.url, **chosen})}",
        )
        for name, chosen in choices
    ]


def _year(query: Mapping[str, str], years: tuple[int, int] | None) -> int | None:
    """Return the year of the calendar: the requested one, otherwise that of `until`, otherwise the last one; None for a page without snapshots.

    Raises:
        ValueError: The year is none.
    """
    if years is None:
        return None
    asked = query.get("year") or query.get("until", "")[:4]
    if not asked:
        return years[1]
    if not (asked.isascii() and asked.isdecimal() and len(asked) == 4 and 1 <= int(asked) < 9999):
        raise ValueError("not a year")
    return int(asked)


def _year_links(page: Page, years: tuple[int, int] | None, current: int | None) -> Mapping[str, tuple[int, str] | None]:
    """Return the years before and after the current one with their addresses; None where the page has no snapshots in that direction."""
    if years is None or current is None:
        return {"previous": None, "next": None}
    found = {"previous": min(current - 1, years[1]), "next": max(current + 1, years[0])}
    return {
        name: (year, f"/history?{urlencode({'url': page.url, 'year': year})}") if years[0] <= year <= years[1] else None
        for name, year in found.items()
    }


def months(days: Sequence[CalendarDay], year: int, url: str) -> list[Month]:
    """Return the months of a year with what happened on each day."""
    found = {day.day: day for day in days}
    result = []
    for number in range(1, 13):
        first = date(year, number, 1)
        following = date(year + number // 12, number % 12 + 1, 1)
        cells = [_cell(first + timedelta(n), found, url) for n in range((following - first).days)]
        result.append(Month(f"{first:%B} {year:04}", first.weekday(), cells))
    return result


def _degree(day: CalendarDay) -> int:
    """Return the degree of change of a day, from 0 to 4: by the share of words that changed, or by the number of changes if it is not known."""
    if day.changes == 0 or day.changed_permille is None:
        return sum(day.changes >= step for step in _STEPS)
    return sum(day.changed_permille >= share for share in _SHARES)


def _share(permille: int) -> str:
    """Return a share in words: "about 12 % of the words", "under 1 % of the words"."""
    return f"about {round(permille / 10)} % of the words" if permille >= 10 else "under 1 % of the words"


def _cell(day: date, found: Mapping[date, CalendarDay], url: str) -> DayCell:
    happened = found.get(day)
    if happened is None:
        return DayCell(day.day, None, "", has_facts=False, is_troubled=False, link=None)
    parts = [counted(happened.checks, "check")] if happened.checks else []
    parts.append(counted(happened.changes, "change") if happened.changes else "no change")
    parts += [_share(happened.changed_permille)] if happened.changes and happened.changed_permille is not None else []
    parts += [f"{happened.facts:,} of facts"] if happened.facts else []
    parts += [f"{happened.noise:,} noise"] if happened.noise else []
    parts += [f"{happened.troubled:,} failed or not ok"] if happened.troubled else []
    return DayCell(
        day.day,
        _degree(happened),
        f"{day.isoformat()}: {', '.join(parts)}",
        has_facts=happened.facts > 0,
        is_troubled=happened.troubled > 0,
        link=f"/history?{urlencode({'url': url, 'until': day.isoformat()})}",
    )
