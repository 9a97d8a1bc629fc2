"""The form that edits a page of the web application: the settings of a watchlist, validated by the same code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import ConfigurationError
from monitor.model import Page, PageSource, PageState, RequisiteMode
from pagewitness import page_actions
from pagewitness.display import page_name
from pagewitness.page_actions import EditError
from pagewitness.scheduling.next_check import interval_text
from pagewitness.watchlist.from_model import settings_table
from pagewitness.watchlist.page_tables import DEFAULT_EVERY
from pagewitness.web.access.context import known_context
from pagewitness.web.access.forms import Form
from pagewitness.web.pages.links import page_link
from pagewitness.web.pages.page import page_or_404
from pagewitness.web.screens import Screens
from storage.queries.history import History
from storage.store import SqlStore

LISTS = ("windows", "tags", "only", "without", "mute", "always_report")
"""Settings that are written as one entry a line."""
_WHEN = {"every": ("every",), "cron": ("cron",), "adaptive": ("every", "adaptive")}
"""The settings of each kind of schedule."""
_REQUISITES = {
    RequisiteMode.ON_CHANGE: "with each new version",
    RequisiteMode.ON: "with each new version, and once a day",
    RequisiteMode.OFF: "never",
}


class EditScreen:
    """Answers requests for the form, and saves it.

    Attributes:
        history: The archive.
        screens: Renders the screens.
        store: Where pages are stored.
    """

    def __init__(self, history: History, screens: Screens, store: SqlStore) -> None:
        self.history = history
        self.screens = screens
        self.store = store

    def form(self, request: Request) -> Response:
        """Show the form with the page's present settings."""
        page = page_or_404(self.history, request.query_params.get("url", ""))
        return self._form(request, page, _values(page), {})

    def save(self, request: Request) -> Response:
        """Save the settings; answer with the form again if one is invalid."""
        context = known_context(request)
        page = page_or_404(self.history, context.form.text("url"))
        changes = _changes(context.form)
        entry = context.entry("page.edited", page.url)
        try:
            page_actions.edit(self.store, page, changes, now=context.now, entry=entry)
        except EditError as error:
            return self._form(request, page, _typed(context.form), error.problems)
        except ConfigurationError as error:
            return self._form(request, page, _typed(context.form), {"": f"{error}"})
        return RedirectResponse(page_link(page.url, done="edit"), 303)

    def mute(self, request: Request) -> Response:
        """Mute a heading, or words, of a page."""
        context = known_context(request)
        page = page_or_404(self.history, context.form.text("url"))
        words = context.form.text("words")
        entry = context.entry("page.muted", page.url, words=words[:200])
        try:
            changes = {"mute": [*page.mute, words]}
            page_actions.edit(self.store, page, changes, now=context.now, entry=entry)
        except EditError as error:
            raise HTTPException(400, f"This cannot be muted: {error}.") from None
        except ConfigurationError as error:
            raise HTTPException(409, f"{error}.".capitalize()) from None
        return RedirectResponse(page_link(page.url, done="mute"), 303)

    def _form(self, request: Request, page: Page, values: Mapping[str, Any], problems: Mapping[str, str]) -> Response:
        return self.screens.page(
            request,
            "page_edit.html.j2",
            status=400 if problems else 200,
            page=page,
            name=page_name(page.label, "", page.url),
            values=values,
            problems=problems,
            first_problem=next(iter(problems), None),
            all_facts=[fact.name for fact in self.store.all_facts()],
            requisites=[(mode.value, words) for mode, words in _REQUISITES.items()],
            is_editable=page.source is not PageSource.WATCHLIST and page.state is not PageState.RETIRED,
            is_imported=page.source is PageSource.IMPORTED,
            page_link=page_link(page.url),
        )


def _values(page: Page) -> dict[str, Any]:
    """Return the fields of the form for a page's present settings."""
    settings = settings_table(page)
    adaptive = settings.get("adaptive") or {"min": "", "max": ""}
    return {
        "label": page.label,
        "when": "cron" if page.schedule.cron else "adaptive" if page.schedule.adaptive else "every",
        "every": settings.get("every") or interval_text(DEFAULT_EVERY).replace(" ", ""),
        "cron": page.schedule.cron or "",
        "timezone": page.schedule.timezone,
        "adaptive_min": adaptive["min"],
        "adaptive_max": adaptive["max"],
        "jitter": settings.get("jitter") or "",
        **{key: "\n".join(settings.get(key, [])) for key in LISTS},
        "facts": list(settings.get("facts", [])),
        "requisites": page.requisites.value,
        "robots": "obey" if page.obey_robots else "ignore",
    }


def _typed(form: Form) -> dict[str, Any]:
    """Return the fields of the form as they were sent."""
    names = ("label", "when", "every", "cron", "timezone", "adaptive_min", "adaptive_max", "jitter", "requisites")
    fields: dict[str, Any] = {name: form.text(name) for name in (*names, *LISTS)}
    return {**fields, "facts": form.all("facts"), "robots": "ignore" if form.has("ignore_robots") else "obey"}


def _changes(form: Form) -> dict[str, Any]:
    """Return the settings that the form declares, as a watchlist has them; None for those that are not given."""
    when = form.text("when", "every")
    bounds = {"min": form.text("adaptive_min").strip(), "max": form.text("adaptive_max").strip()}
    written: dict[str, Any] = {
        "every": form.text("every").strip() or None,
        "cron": form.text("cron").strip() or None,
        "adaptive": bounds,
    }
    chosen = _WHEN.get(when, _WHEN["every"])
    lists = {key: [line.strip() for line in form.text(key).splitlines() if line.strip()] or None for key in LISTS}
    if when == "cron":
        lists["windows"] = None
    is_timed = when == "cron" or lists["windows"]
    return {
        "label": form.text("label").strip() or None,
        **{key: written[key] if key in chosen else None for key in written},
        "timezone": (form.text("timezone").strip() or None) if is_timed else None,
        "jitter": form.text("jitter").strip() or None,
        **lists,
        "facts": form.all("facts") or None,
        "requisites": form.text("requisites").strip() or None,
        "robots": "ignore" if form.has("ignore_robots") else None,
    }
