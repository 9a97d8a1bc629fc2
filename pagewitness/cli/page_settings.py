"""The settings of a page, for display: their values, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from alerts.secret_references import is_reference
from monitor.fetching.origin_headers import REDACTED
from monitor.model import JsonValue, Page, PageSource
from monitor.times import iso_utc
from pagewitness.scheduling.next_check import interval_text

_OWN = {
    PageSource.WATCHLIST: "page",
    PageSource.ADDED: "add",
    PageSource.IMPORTED: "import",
    PageSource.WEB: "web",
}


def settings_of(page: Page) -> Iterator[tuple[str, JsonValue, str]]:
    """Yield each setting as name, value and origin.

    The origin is the table of the watchlist ("page", "host *.example.org", "defaults"), the command that added the page, or "built-in".
    """
    inherited = dict(page.inherited)
    for name, value in _values(page):
        own = "built-in" if value == _BUILT_IN.get(name) else _OWN[page.source]
        yield name, value, inherited.get(name, own)


def _values(page: Page) -> Iterator[tuple[str, JsonValue]]:
    schedule = page.schedule
    if schedule.cron is not None:
        yield "cron", schedule.cron
    elif schedule.every is not None:
        yield "every", interval_text(schedule.every)
    if schedule.adaptive is not None:
        yield "adaptive", [interval_text(bound) for bound in schedule.adaptive]
    yield "windows", list(schedule.windows)
    yield "timezone", schedule.timezone
    yield "jitter", None if not schedule.jitter else interval_text(schedule.jitter)
    yield "facts", [fact.name for fact in page.facts]
    yield "tags", list(page.tags)
    yield "only", list(page.selection.only)
    yield "without", list(page.selection.without)
    yield "robots", "obey" if page.obey_robots else "ignore"
    yield "requisites", page.requisites
    yield "mute", list(page.mute)
    yield "always_report", list(page.always_report)
    yield "paused_until", None if page.paused_until is None else iso_utc(page.paused_until)
    yield "allow_private", page.allow_private
    request = page.request
    yield "interval", None if request.interval is None else interval_text(request.interval)
    yield "proxy", request.proxy
    yield "headers", {name: _shown(value) for name, value in request.headers}
    yield "cookies", {name: _shown(value) for name, value in request.cookies}
    login = request.basic_auth
    yield "basic_auth", None if login is None else {"user": login[0], "password": _shown(login[1])}


def _shown(value: str) -> str:
    """Return a value that may be secret: references as written, others redacted."""
    return value if is_reference(value) else REDACTED


_BUILT_IN: dict[str, JsonValue] = {
    "every": interval_text(timedelta(hours=6)),
    "windows": [],
    "timezone": "UTC",
    "jitter": None,
    "facts": [],
    "tags": [],
    "only": [],
    "without": [],
    "robots": "obey",
    "requisites": "on_change",
    "mute": [],
    "always_report": [],
    "paused_until": None,
    "allow_private": False,
    "interval": None,
    "proxy": None,
    "headers": {},
    "cookies": {},
    "basic_auth": None,
}
