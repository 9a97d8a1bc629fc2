"""Pages as a watchlist declares them: the reverse of `pagewitness.watchlist.to_model`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from monitor.model import Page, PageState, RequestSettings, Schedule
from pagewitness.watchlist.page_tables import DEFAULT_EVERY, PageSettings

_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
_BUILT_IN = PageSettings.model_validate({}).model_dump()


def page_table(page: Page) -> dict[str, Any]:
    """Return the `[[page]]` table that declares a page, its inherited settings included; keys with their default value are left out."""
    table: dict[str, Any] = {"url": page.url}
    if page.label:
        table["label"] = page.label
    table |= settings_table(page)
    if page.allow_private:
        table["allow_private"] = True
    if page.state is PageState.PAUSED:
        table["paused"] = True
    return table


def settings_table(page: Page) -> dict[str, Any]:
    """Return the settings of a page as a watchlist has them, inherited ones included; those with their default value are left out."""
    lists = {
        "facts": [fact.name for fact in page.facts],
        "tags": list(page.tags),
        "only": list(page.selection.only),
        "without": list(page.selection.without),
        "mute": list(page.mute),
        "always_report": list(page.always_report),
    }
    values: dict[str, Any] = {
        **_schedule(page.schedule),
        **lists,
        "robots": "obey" if page.obey_robots else "ignore",
        "requisites": page.requisites.value,
        "paused_until": page.paused_until,
        **_request(page.request),
    }
    return {key: value for key, value in values.items() if value != _BUILT_IN.get(key)}


def length_text(length: timedelta) -> str:
    """Return a duration as a watchlist has it, exact: "1d12h", "90s" as "1m30s"."""
    seconds = round(length.total_seconds())
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _schedule(schedule: Schedule) -> dict[str, Any]:
    adaptive = None
    if schedule.adaptive is not None:
        adaptive = dict(zip(("min", "max"), map(length_text, schedule.adaptive), strict=True))
    every = None if schedule.every in (None, DEFAULT_EVERY) else length_text(schedule.every)
    # An adaptive page starts with the default interval too, if that is between its bounds.
    if adaptive is not None and schedule.adaptive is not None and schedule.every is not None:
        shortest, longest = schedule.adaptive
        every = None if schedule.every == min(max(DEFAULT_EVERY, shortest), longest) else length_text(schedule.every)
    return {
        "every": every,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "jitter": length_text(schedule.jitter) if schedule.jitter else None,
        "windows": list(schedule.windows),
        "adaptive": adaptive,
    }


def _request(request: RequestSettings) -> Mapping[str, Any]:
    login = request.basic_auth
    return {
        "interval": None if request.interval is None else length_text(request.interval),
        "proxy": request.proxy,
        "headers": dict(request.headers),
        "cookies": dict(request.cookies),
        "basic_auth": None if login is None else {"user": login[0], "password": login[1]},
    }
