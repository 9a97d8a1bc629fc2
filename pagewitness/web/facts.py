"""The screen of one fact: its history on several pages as a chart and a table, and the same as SVG, CSV and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pagewitness.display import page_name
from pagewitness.fact_history.charting import fact_chart, replay_address
from pagewitness.fact_history.loading import FactHistory, load_fact
from pagewitness.fact_history.rows import csv_document, json_document
from pagewitness.replay.address import digits
from pagewitness.replay.headers import OUR_POLICY
from pagewitness.web.fact_query import CSV_PATH, JSON_PATH, PATH, SVG_PATH, FactQuery, range_links, read_query
from pagewitness.web.fact_table import ValueRow, legend, previous_changes, slice_of, value_row
from pagewitness.web.links import Pager, cursor_of, pager
from pagewitness.web.screens import Screens
from rendering.charts.document import chart_document, chart_element, style_source
from rendering.charts.model import Chart, ScaleKind
from rendering.charts.step_chart import thinned_lines
from rendering.charts.style import LINES
from rendering.text_safety import one_line
from rendering.times import counted, day
from storage.queries.fact_timeline import POINTS, FactPage, FactTimelines
from storage.queries.history import FactHistoryRow, History

ROWS = 60
"""Rows of the table on one screen."""
LISTED_PAGES = 50
"""Other pages that are offered beside those of the chart."""
DOWNLOADED = 100_000
"""Rows of a download."""

_BATCH = 500
_SVG_POLICY = (
    f"default-src 'none'; style-src {style_source()}; form-action 'none'; base-uri 'none'; sandbox allow-popups"
)
_EMBEDDED_POLICY = OUR_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""The only exception from `OUR_POLICY`: other sites may show this view in a frame. It has no form and no script, and changes nothing."""

MayEmbed = Callable[[Request], bool]
"""Returns whether other sites may show a chart to their readers: only where everyone may read the archive."""


class FactScreen:
    """Answers requests for the history of a fact.

    Attributes:
        history: The archive.
        screens: Renders the screens.
        base_url: Public URL of the web interface; None: the one that a request was sent to.
        may_embed: Whether other sites may show a chart; see `MayEmbed`.
    """

    def __init__(
        self, history: History, screens: Screens, base_url: str | None = None, may_embed: MayEmbed = lambda _: True
    ) -> None:
        self.history = history
        self.screens = screens
        self.base_url = base_url
        self.may_embed = may_embed

    def answer(self, request: Request) -> Response:
        """Answer with the screen; with `embed=1` with the chart alone, which other sites may show in a frame."""
        embedded = request.query_params.get("embed") == "1"
        if embedded and not self.may_embed(request):
            raise HTTPException(403)
        found = self._load(request)
        if isinstance(found, Response):
            return found
        query, loaded = found
        chart = self._chart(query, loaded, "", embedded=embedded)
        if embedded:
            return self._embedded(request, query, loaded, chart)
        return self._page(request, query, loaded, chart)

    def svg(self, request: Request) -> Response:
        """Answer with the chart as a document of its own, whose links are absolute."""
        found = self._load(request)
        if isinstance(found, Response):
            return found
        query, loaded = found
        base = self._base(request)
        chart = self._chart(query, loaded, base, embedded=True)
        document = chart_document(chart, source=f"What {counted(len(loaded.pages), 'archived page')} stated")
        headers = {"Content-Security-Policy": _SVG_POLICY, **_file_name(request, loaded, "svg")}
        if self.may_embed(request):
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return Response(document, media_type="image/svg+xml", headers=headers)

    def csv(self, request: Request) -> Response:
        """Answer with all rows as CSV, for spreadsheets."""

        def document(loaded: FactHistory, base: str) -> Iterator[str]:
            return csv_document((row, link) for row, link in self._rows(loaded, base))

        return self._download(request, document, "csv", "text/csv; charset=utf-8")

    def json(self, request: Request) -> Response:
        """Answer with all rows as a JSON array, with the keys of `facts --json`."""

        def document(loaded: FactHistory, base: str) -> Iterator[str]:
            return json_document(row for row, _ in self._rows(loaded, base))

        return self._download(request, document, "json", "application/json")

    @property
    def _timelines(self) -> FactTimelines:
        return FactTimelines(self.history.database)

    # --- requests

    def _load(self, request: Request, limit: int = POINTS) -> tuple[FactQuery, FactHistory] | Response:
        try:
            query = read_query(request.query_params)
        except ValueError as error:
            return self.screens.error(request, 400, "No such history", f"{error}.", None)
        if not query.name:
            raise HTTPException(404)
        if query.urls:
            pages = self._timelines.pages_at(query.urls)
            missing = [url for url in query.urls if url not in {page.url for page in pages}]
            if missing:
                return self.screens.error(request, 404, "No such page", "This page is not watched:", missing[0])
        else:
            pages = self._timelines.pages(query.name, LINES)
        if not pages:
            sentence = f"No page has stated a fact called “{one_line(query.name, 100)}”."
            return self.screens.error(request, 404, "No such fact", sentence, None)
        return query, load_fact(self.history, query.name, pages, query.begin, query.end, limit)

    def _chart(self, query: FactQuery, loaded: FactHistory, base: str, *, embedded: bool) -> Chart:
        def zoom(begin: datetime, end: datetime) -> str | None:
            last = end + timedelta(seconds=1)
            return base + query.in_range(digits(begin), digits(last), embed="1" if embedded and not base else None)

        return fact_chart(self._timelines, loaded, base=base, zoom=zoom)

    def _base(self, request: Request) -> str:
        return (self.base_url or str(request.base_url)).rstrip("/")

    # --- answers

    def _page(self, request: Request, query: FactQuery, loaded: FactHistory, chart: Chart) -> Response:
        part, links = self._slice(request, query, loaded)
        shown = {page.url for page in loaded.pages}
        others = [page for page in self._timelines.pages(query.name, LISTED_PAGES + LINES) if page.url not in shown]
        return self.screens.page(
            request,
            "fact.html.j2",
            name=loaded.fact,
            chart=Markup(chart_element(chart)),  # noqa: S704 – escapes every text itself
            has_changes=bool(loaded.changes),
            keys=_keys(chart),
            is_bands=chart.kind is ScaleKind.LABELS,
            pages=legend(query, loaded, chart.kind),
            other_pages=[
                (page_name(page.label, page.title, page.url), self._added(query, loaded, page)) for page in others
            ],
            page_total=self._timelines.page_count(query.name),
            notes=_notes(loaded, chart),
            ranges=range_links(query, chart.end),
            rows=part,
            pager=links,
            total=len(loaded.changes),
            files={
                form: query.link(path) for form, path in (("CSV", CSV_PATH), ("JSON", JSON_PATH), ("SVG", SVG_PATH))
            },
            embed=self._base(request) + query.link(embed="1") if self.may_embed(request) else None,
        )

    def _embedded(self, request: Request, query: FactQuery, loaded: FactHistory, chart: Chart) -> Response:
        response = self.screens.page(
            request,
            "fact_embedded.html.j2",
            name=loaded.fact,
            chart=Markup(chart_element(chart)),  # noqa: S704 – escapes every text itself
            pages=legend(query, loaded, chart.kind),
            notes=_notes(loaded, chart),
            whole=self._base(request) + query.link(embed=None),
        )
        response.headers["Content-Security-Policy"] = _EMBEDDED_POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def _download(
        self, request: Request, document: Callable[[FactHistory, str], Iterator[str]], form: str, media_type: str
    ) -> Response:
        found = self._load(request, DOWNLOADED)
        if isinstance(found, Response):
            return found
        _, loaded = found
        if not loaded.timeline.is_complete:
            sentence = f"This fact has more than {DOWNLOADED:,} changes. Choose a range with from and to."
            return self.screens.error(request, 400, "Too many changes", sentence, None)
        headers = {"Content-Type": media_type, **_file_name(request, loaded, form)}
        return StreamingResponse(document(loaded, self._base(request)), headers=headers)

    def _rows(self, loaded: FactHistory, base: str) -> Iterator[tuple[FactHistoryRow, str]]:
        """Yield the rows in order of time, each with the address of its archived page; each slice is read in transactions of its own."""
        for start in range(0, len(loaded.changes), _BATCH):
            points = loaded.changes[start : start + _BATCH]
            following = self._timelines.following([point.snapshot_id for point in points])
            for row in self._timelines.statements([point.key for point in points]):
                yield row, replay_address(row.page_url, row.at, following.get(row.snapshot_id), row.fact, base)

    # --- parts of the screen

    def _slice(self, request: Request, query: FactQuery, loaded: FactHistory) -> tuple[list[ValueRow], Pager]:
        """Return a slice of the table, the newest first, and the addresses of its neighbours."""
        try:
            cursor = cursor_of(request.query_params, ROWS)
        except ValueError:
            raise HTTPException(404) from None
        newest_first = list(reversed(loaded.changes))
        part = slice_of(newest_first, cursor)
        before = previous_changes(loaded.changes)
        rows = {row.snapshot_id: row for row in self._timelines.statements([point.key for point in part.rows])}
        following = self._timelines.following([point.snapshot_id for point in part.rows]) if part.rows else {}
        shown = [
            value_row(loaded, point, before.get(point.key), rows[point.snapshot_id], following.get(point.snapshot_id))
            for point in part.rows
            if point.snapshot_id in rows
        ]
        return shown, pager(PATH, query.written, part, lambda point: point.snapshot_id)

    def _added(self, query: FactQuery, loaded: FactHistory, page: FactPage) -> tuple[str, str | None]:
        """Return the addresses of the chart of one page, and of the present pages with it; None if they would be too many."""
        urls = [each.url for each in loaded.pages]
        return query.link(urls=[page.url]), query.link(urls=[*urls, page.url]) if len(urls) < LINES else None


def _keys(chart: Chart) -> set[str]:
    """Return which signs of the chart need an explanation."""
    steps = [step for line in chart.lines for step in line.steps]
    marks = [mark for line in chart.lines for mark in line.marks]
    signs = {
        "divergence": len(chart.lines) > 1 and chart.kind is not ScaleKind.LABELS,
        "conflict": any(step.others for step in steps) or any(mark.is_contradiction for mark in marks),
        "absent": any(mark.count == 1 and not mark.label for mark in marks),
        "trouble": any(line.troubles for line in chart.lines),
    }
    return {sign for sign, is_drawn in signs.items() if is_drawn}


def _notes(loaded: FactHistory, chart: Chart) -> list[str]:
    """Return what a reader of the chart must know: what it leaves out, and what it draws together."""
    notes = []
    if not loaded.timeline.is_complete:
        first = min((point.at for point in loaded.changes), default=None)
        since = "" if first is None else f" from {day(first)} on"
        notes.append(f"Only the newest {POINTS:,} changes are shown,{since}; earlier ones with an earlier “to”.")
    if chart.kind is not ScaleKind.LABELS and thinned_lines(chart):
        notes.append(
            "There are more changes than pixels: a line spans the lowest and the highest value of each column. The table has every change."
        )
    if any(mark.count > 1 for line in chart.lines for mark in line.marks):
        notes.append("A mark with a dark edge is several changes; it leads to the chart of that period.")
    return notes


def _file_name(request: Request, loaded: FactHistory, form: str) -> dict[str, str]:
    """Return the header field that makes a browser save the answer under the fact's name, if the request has `download=1` or the form is no picture."""
    if form == "svg" and request.query_params.get("download") != "1":
        return {}
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in loaded.fact)
    return {"Content-Disposition": f'attachment; filename="{plain[:60] or "fact"}.{form}"'}
