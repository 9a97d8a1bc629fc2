"""The screen that compares two snapshots of a page: in one document with marks, or side by side. Reads only; its work and its size are bounded."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.diff.elapsed import SnapshotTimes
from monitor.model import FACT_KINDS, Change, Comparison, Level, Page, Snapshot, Verdict
from monitor.pipeline.analyze import PageAnalysis
from monitor.pipeline.process import Analyze
from monitor.urls import normalise
from pagewitness.display import page_name
from pagewitness.inspection.comparing import Compared, compare_analyses
from pagewitness.replay.address import is_exact, moment, read_time
from pagewitness.web.links import compare_link
from pagewitness.web.screens import Screens
from pagewitness.workers.model import WorkerError
from rendering.comparison_runs import View, limits_of, view, words_line
from rendering.sentences import summary
from storage.queries.history import History

ROWS = 4_000
"""Blocks on the screen, folded ones included."""
CHARS = 600_000
"""Characters of these blocks."""
LISTED = 50
"""Changes of facts and numbers in the list above the document."""
COMPARED_AT_ONCE = 2
"""Comparisons in progress; further requests wait."""
WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ListedChange:
    """A change of a fact or number in the list above the document.

    Attributes:
        text: Its sentence.
        row: Index of the row that shows it; None if none does.
        is_fact: Whether it concerns a declared fact.
    """

    text: str
    row: int | None
    is_fact: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What is above the document.

    Attributes:
        listed: Changes of facts and numbers, facts first.
        unlisted: Number of further ones.
        texts: Number of changed texts.
        noise: Number of changes that are noise.
        words: How much changed, in words.
        notes: What a reader must know: pages that are not ok, limits.
    """

    listed: Sequence[ListedChange]
    unlisted: int
    texts: int
    noise: int
    words: str
    notes: Sequence[str]


class ComparisonScreen:
    """Answers requests for comparisons.

    Attributes:
        history: The archive.
        screens: Renders the screens.
        extract: Extracts snapshots that have no stored version, or whose versions were derived by different parser versions.
    """

    def __init__(self, history: History, screens: Screens, extract: Analyze) -> None:
        self.history = history
        self.screens = screens
        self.extract = extract
        self._places = threading.BoundedSemaphore(COMPARED_AT_ONCE)

    def answer(self, request: Request) -> Response:
        """Answer with the comparison of the snapshots that are nearest to the times `from` and `to`."""
        query = request.query_params
        url = query.get("url", "")
        page = self._page_of(url)
        if page is None:
            return self.screens.error(request, 404, "No such page", "This page is not watched:", url)
        if query.get("view", "side") != "side":
            raise HTTPException(404)
        try:
            pair = self._pair(page, query)
        except ValueError as error:
            return self.screens.error(request, 400, "No such time", f"{error}.", page.url)
        if pair is None:
            sentence = "This page has no two versions yet that could be compared:"
            return self.screens.error(request, 404, "Nothing to compare yet", sentence, page.url)
        if not self._places.acquire(timeout=WAIT_SECONDS):
            return self.screens.busy(request, "Too many comparisons are requested at the moment. Try again later.")
        try:
            compared = self._compare(page, *pair)
        except WorkerError as error:
            if error.caused_by_input:
                return self.screens.error(
                    request, 500, "Cannot be compared", f"Extracting this page failed: {error}.", page.url
                )
            return self.screens.busy(request, "The page cannot be extracted at the moment. Try again later.")
        finally:
            self._places.release()
        return self._page(request, page, pair, compared, side_by_side="view" in query)

    def _page_of(self, url: str) -> Page | None:
        try:
            return self.history.page(normalise(url))
        except ValueError:
            return None

    def _pair(self, page: Page, query: Mapping[str, str]) -> tuple[Snapshot, Snapshot] | None:
        """Return the requested snapshots, the earlier one first; None if there are none.

        Raises:
            ValueError: A time is invalid.
        """
        times = {name: read_time(query[name]) for name in ("from", "to") if query.get(name)}
        new = self._nearest(page, times.get("to"))
        if new is None:
            return None
        old = self._nearest(page, times["from"]) if "from" in times else self.history.with_other_version(page.id, new)
        if old is None:
            return None
        return (old, new) if (old.taken_at, old.seq) <= (new.taken_at, new.seq) else (new, old)

    def _nearest(self, page: Page, digits: str | None) -> Snapshot | None:
        if digits is None:
            newest = self.history.snapshots(page.id, limit=1)
            return self.history.at_or_before(page.id, newest[0].taken_at) if newest else None
        return self.history.nearest(page.id, moment(digits), exact=is_exact(digits))

    def _compare(self, page: Page, old: Snapshot, new: Snapshot) -> tuple[PageAnalysis, PageAnalysis, Compared]:
        before, after = self._stored(old), self._stored(new)
        if before is None or after is None or before.version.reader != after.version.reader:
            before, after = self._extracted(page, old), self._extracted(page, new)
        learned = self.history.noise_places(page.id, new.taken_at)
        times = SnapshotTimes(old.taken_at, new.taken_at)
        return before, after, compare_analyses(before, after, times, learned)

    def _stored(self, snapshot: Snapshot) -> PageAnalysis | None:
        if snapshot.version_id is None or snapshot.verdict is None:
            return None
        return PageAnalysis(snapshot.verdict, snapshot.verdict_reason, self.history.version(snapshot.version_id))

    def _extracted(self, page: Page, snapshot: Snapshot) -> PageAnalysis:
        assert snapshot.body_sha256 is not None
        return self.extract(self.history.body(snapshot.body_sha256), snapshot, page.facts, page.selection)

    def _page(
        self,
        request: Request,
        page: Page,
        pair: tuple[Snapshot, Snapshot],
        compared: tuple[PageAnalysis, PageAnalysis, Compared],
        *,
        side_by_side: bool,
    ) -> Response:
        before, after, result = compared
        old, new = pair
        exact = old.taken_at.replace(microsecond=0) == new.taken_at.replace(microsecond=0)
        shown = view(result.comparison, ROWS, CHARS)
        return self.screens.page(
            request,
            "compare.html.j2",
            page=page,
            name=page_name(page.label, self.history.titles([page.id]).get(page.id, ""), page.url),
            old=old,
            new=new,
            exact=exact,
            summary=summarise(result, (before, after)),
            view=shown,
            loud=_steps(result.comparison, shown),
            side_by_side=side_by_side,
            links={
                "other": compare_link(page.url, old.taken_at, new.taken_at, exact=exact, side_by_side=not side_by_side),
                **self._step_links(page, old, new, side_by_side=side_by_side),
            },
        )

    def _step_links(self, page: Page, old: Snapshot, new: Snapshot, *, side_by_side: bool) -> dict[str, str | None]:
        """Return the addresses of the comparisons at the change before the earlier snapshot and after the later one."""
        found: dict[str, str | None] = {"previous": None, "next": None}
        if old.version_id is not None:
            steps = self.history.version_steps(page.id, old.version_id)
            if steps.previous is not None and steps.own is not None:
                found["previous"] = compare_link(page.url, steps.previous, steps.own, side_by_side=side_by_side)
        if new.version_id is not None:
            steps = self.history.version_steps(page.id, new.version_id)
            if steps.following is not None:
                found["next"] = compare_link(page.url, new.taken_at, steps.following, side_by_side=side_by_side)
        return found


def summarise(compared: Compared, analyses: tuple[PageAnalysis, PageAnalysis]) -> Summary:
    """Return what is shown above the document."""
    rows = {id(change): index for index, row in enumerate(compared.comparison.rows) for change in row.changes}
    loud = [change for change in compared.comparison.changes if change.level is not Level.NOISE]
    others = [change for change in compared.changes if change not in compared.comparison.changes]
    return Summary(
        listed=[_listed(change, rows) for change in loud[:LISTED]],
        unlisted=max(len(loud) - LISTED, 0),
        texts=sum(change.level is Level.TEXT for change in others),
        noise=sum(change.level is Level.NOISE for change in compared.changes),
        words=words_line(compared.comparison),
        notes=[*_status_notes(analyses), *limits_of(compared.comparison)],
    )


def _listed(change: Change, rows: Mapping[int, int]) -> ListedChange:
    return ListedChange(summary(change), rows.get(id(change)), change.kind in FACT_KINDS)


def _status_notes(analyses: tuple[PageAnalysis, PageAnalysis]) -> list[str]:
    return [
        f"The {which} snapshot is not ok ({analysis.verdict.value.replace('_', ' ')}): its text may not be that of the page."
        for which, analysis in zip(("earlier", "later"), analyses, strict=True)
        if analysis.verdict is not Verdict.OK
    ]


def _steps(comparison: Comparison, shown: View) -> dict[int, int | None]:
    """Return for each changed row on the screen the index of the next one; None for the last."""
    end = len(comparison.rows) - shown.left_out
    indexes = [index for index in comparison.loud() if index < end]
    return dict(zip_longest(indexes, indexes[1:]))
