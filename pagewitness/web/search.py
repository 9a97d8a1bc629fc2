"""The screen of the search over all archived texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.model import SnapshotRef
from monitor.search.query import QueryError, SearchQuery, parse, without
from pagewitness.display import page_name
from pagewitness.web.links import compare_link, cursor_of, history_link, replay_link
from pagewitness.web.screens import Screens
from rendering.search_excerpts import Part, excerpt
from storage.queries.history import History, SearchResult, SearchSlice

RESULTS = 50
"""Number of texts on one screen."""

_WHEN = {"": "were on the page", "added": "appeared", "removed": "disappeared"}
"""What the dates of the form limit, by the value of `when`."""
_WHOLE_FRAGMENT, _ENDS_OF_FRAGMENT = 10, 4


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found.

    Attributes:
        row: The text and its times.
        page: What its page is called.
        parts: The text, or a part of it, with the matches.
        page_link: Address of its page.
        only_link: Address of the same search on this page only; None if the search names a page.
        first_link: Address of the first snapshot with it.
        last_link: Address of the last one.
        gone_link: Address of the comparison in which it disappears; None if it is on the page.
        is_once: Whether the first snapshot is the last one.
    """

    row: SearchResult
    page: str
    parts: Sequence[Part]
    page_link: str
    only_link: str | None
    first_link: str | None
    last_link: str | None
    gone_link: str | None
    is_once: bool


class SearchScreen:
    """Answers searches.

    Attributes:
        history: The archive.
        screens: Renders the screens.
    """

    def __init__(self, history: History, screens: Screens) -> None:
        self.history = history
        self.screens = screens

    def answer(self, request: Request) -> Response:
        """Answer with a slice of the texts that were found, those that appeared last first; without a query, with how to search."""
        form = {name: request.query_params.get(name, "").strip() for name in ("q", "when", "from", "to")}
        if form["when"] not in _WHEN:
            raise HTTPException(404)
        if not any(form.values()):
            return self._page(request, form, waiting=self.history.search_backlog())
        try:
            cursor = cursor_of(request.query_params, RESULTS)
        except ValueError:
            raise HTTPException(404) from None
        try:
            query = parse(_composed(form))
            part = self.history.search(query, RESULTS, cursor.after)
        except QueryError as error:
            return self._page(request, form, status=400, problem=str(error))
        return self._page(
            request,
            form,
            hits=self._hits(part, query, form),
            is_first=cursor.after is None,
            newest_link=_address(form),
            next_link=None if part.next is None else _address(form, after=str(part.next)),
            searched_to=part.searched_to,
            wider_link=_wider(query, form),
            waiting=self.history.search_backlog(),
        )

    def _page(self, request: Request, form: Mapping[str, str], *, status: int = 200, **values: object) -> Response:
        defaults: dict[str, object] = {"hits": None, "problem": None, "waiting": 0}
        return self.screens.page(
            request, "search.html.j2", status=status, form=form, choices=_WHEN.items(), **{**defaults, **values}
        )

    def _hits(self, part: SearchSlice, query: SearchQuery, form: Mapping[str, str]) -> list[Hit]:
        unlabelled = {row.page_id for row in part.rows if not row.page_label}
        titles = self.history.titles(unlabelled) if unlabelled else {}
        return [
            _hit(row, page_name(row.page_label, titles.get(row.page_id, ""), row.page_url), query, form)
            for row in part.rows
        ]


def _hit(row: SearchResult, name: str, query: SearchQuery, form: Mapping[str, str]) -> Hit:
    url, gone = row.page_url, row.gone_at
    same_second = gone is not None and gone.replace(microsecond=0) == row.last_at.replace(microsecond=0)
    return Hit(
        row=row,
        page=name,
        parts=excerpt(row.text, query.required),
        page_link=history_link(url),
        only_link=None if query.pages else _address({**form, "q": f"{form['q']} page:{url}".strip()}),
        first_link=f"{replay_link(url, SnapshotRef(0, row.first_at))}{fragment(row.text)}",
        last_link=f"{replay_link(url, SnapshotRef(0, row.last_at))}{fragment(row.text)}",
        gone_link=None if gone is None else compare_link(url, row.last_at, gone, exact=same_second),
        is_once=row.first_at == row.last_at,
    )


def fragment(text: str) -> str:
    """Return a URL fragment with which browsers scroll to a text and mark it (https://wicg.github.io/scroll-to-text-fragment/)."""
    words = text.split()
    if len(words) <= _WHOLE_FRAGMENT:
        return f"#:~:text={_escaped(words)}"
    return f"#:~:text={_escaped(words[:_ENDS_OF_FRAGMENT])},{_escaped(words[-_ENDS_OF_FRAGMENT:])}"


def _escaped(words: Sequence[str]) -> str:
    # A hyphen or a comma has a meaning of its own there.
    return quote(" ".join(words), safe="", errors="replace").replace("-", "%2D")


def _composed(form: Mapping[str, str]) -> str:
    """Return the query that a form requests: what was typed, with the form's dates.

    Raises:
        QueryError: A date is none.
    """
    dates = f"{form['from']}..{form['to']}" if form["from"] or form["to"] else ""
    if form["when"]:
        return f"{form['q']} {form['when']}:{dates}"
    limits = [f"after:{form['from']}"] if form["from"] else []
    if form["to"]:
        limits.append(f"before:{_day_after(form['to'])}")
    return " ".join([form["q"], *limits])


def _day_after(text: str) -> str:
    try:
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        raise QueryError(f"“{text}” is not a date; write it as 2024-05-12.") from None


def _address(form: Mapping[str, str], **more: str) -> str:
    return f"/search?{urlencode({**{name: value for name, value in form.items() if value}, **more})}"


def _wider(query: SearchQuery, form: Mapping[str, str]) -> str | None:
    """Return the address of the same words without filters; None if there are no words or no filters."""
    words = without(form["q"], ("page", "tag", "host", "after", "before", "added", "removed"))
    wider = {"q": words}
    return (
        _address(wider) if query.required and {name: value for name, value in form.items() if value} != wider else None
    )
