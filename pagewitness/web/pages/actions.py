"""What users do with one page or several: check now, pause, resume, retire, monitor again, tag and untag."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import ConfigurationError
from monitor.times import iso_utc
from pagewitness import page_actions
from pagewitness.page_actions import ActionReport, PageAction, refusal_sentence
from pagewitness.web.access.context import RequestContext, known_context
from pagewitness.web.access.forms import local_path
from pagewitness.web.pages.links import PAGE, retire_link
from pagewitness.web.screens import Screens
from storage.queries.page_detail import PageDetails
from storage.queries.paging import LARGEST_KEY
from storage.store import SqlStore

MOST = 500
"""Pages of one action."""
_NAMED = 20
_VERBS = {
    PageAction.CHECK: "are due now",
    PageAction.PAUSE: "are paused",
    PageAction.RESUME: "are checked again",
    PageAction.RETIRE: "are retired",
    PageAction.RESTORE: "are monitored again",
    PageAction.TAG: "are tagged",
    PageAction.UNTAG: "have the tag no longer",
}


class ActionScreens:
    """Answers the requests that change pages.

    Attributes:
        screens: Renders the screens.
        store: Where pages are stored.
        details: Queries about pages.
    """

    def __init__(self, screens: Screens, store: SqlStore) -> None:
        self.screens = screens
        self.store = store
        self.details = PageDetails(store.database)

    def act(self, request: Request) -> Response:
        """Do the action of the form with the chosen pages. Retiring is confirmed on a screen of its own."""
        context = known_context(request)
        form, keys = context.form, _keys(context.form.all("page"))
        back = local_path(form.text("back", "/pages"))
        try:
            action = PageAction(form.text("action"))
        except ValueError:
            raise HTTPException(400, "This form names no action.") from None
        if not keys:
            return self._report(request, action, ActionReport(), back, "No page is chosen. Mark at least one.")
        if action is PageAction.RETIRE and not form.has("confirmed"):
            return RedirectResponse(retire_link(keys, back), 303)
        try:
            report = self._done(context, action, keys)
        except ConfigurationError as error:
            return self._report(request, action, ActionReport(), back, f"{error}.".capitalize())
        if report.refused:
            return self._report(request, action, report, back, "")
        return RedirectResponse(_with_result(back, context, action, len(report.changed) + len(report.unchanged)), 303)

    def confirm_retiring(self, request: Request) -> Response:
        """Say what retiring the chosen pages does."""
        keys = _keys(request.query_params.getlist("page"))
        pages = self.details.pages(keys)
        return self.screens.page(
            request,
            "pages_retire.html.j2",
            pages=pages[:_NAMED],
            more=max(0, len(pages) - _NAMED),
            keys=[page.id for page in pages],
            declared=[page for page in pages if page.source.value == "watchlist"][:_NAMED],
            back=local_path(request.query_params.get("back", "/pages")),
        )

    def _done(self, context: RequestContext, action: PageAction, keys: list[int]) -> ActionReport:
        entry = context.entry(f"page.{action.value}")
        if action not in (PageAction.TAG, PageAction.UNTAG):
            return page_actions.act(self.store, action, keys, now=context.now, entry=entry)
        tag = context.form.text("tag").strip()
        if not tag:
            raise ConfigurationError("no tag is given; type one")
        entry = context.entry(f"page.{action.value}", tag=tag[:200])
        add, remove = ([tag], []) if action is PageAction.TAG else ([], [tag])
        return page_actions.tag(self.store, keys, add=add, remove=remove, entry=entry)

    def _report(self, request: Request, action: PageAction, report: ActionReport, back: str, problem: str) -> Response:
        return self.screens.page(
            request,
            "pages_done.html.j2",
            status=400 if problem or not report.changed else 200,
            problem=problem,
            verb=_VERBS[action],
            count=len(report.changed) + len(report.unchanged),
            refused=[refusal_sentence(url, refusal) for url, refusal in report.refused[:_NAMED]],
            more=max(0, len(report.refused) - _NAMED),
            back=back,
        )


def _with_result(back: str, context: RequestContext, action: PageAction, count: int) -> str:
    """Return the address to go back to, with the result as parameters."""
    parts = urlsplit(back)
    result = {"done": action.value, "count": str(count)}
    if action is PageAction.CHECK and parts.path == PAGE:
        result = {"requested": iso_utc(context.now)}
    sign = "&" if parts.query else "?"
    return f"{back}{sign}{urlencode(result)}"


def _keys(written: list[str]) -> list[int]:
    """Return the keys of pages in a form.

    Raises:
        HTTPException: 400: one is no key, or there are too many.
    """
    if len(written) > MOST:
        raise HTTPException(400, f"At most {MOST} pages can be changed at once.")
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 and int(text) <= LARGEST_KEY for text in written):
        raise HTTPException(400, "This form names a page that cannot exist.")
    return [int(text) for text in dict.fromkeys(written)]
