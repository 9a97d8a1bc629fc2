"""Watches of changedetection.io: its data folder, its backup as a zip file, or a single JSON file of either.

Up to version 0.53 `url-watches.json` has all watches; since then each has a folder with a `watch.json`, and each group of watches a `tag.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pagewitness.importing.tools.json_files import list_in, mapping_in, parse_json
from pagewitness.importing.tools.model import ExportError, Job

WATCH, TAG, ALL, SETTINGS = "watch.json", "tag.json", "url-watches.json", "changedetection.json"
NAMES = frozenset({WATCH, TAG, ALL, SETTINGS})
"""Names of the files that are read."""

_CARRIED = frozenset(
    "url title tag tags time_between_check time_between_check_use_default time_schedule_limit paused headers ignore_text".split()
)
# Results of checks, identity and appearance there.
_STATE = frozenset(
    "uuid last_checked last_changed last_viewed newest_history_key last_error last_notification_error previous_md5 previous_md5_before_filters check_count "
    "consecutive_filter_failures content-type date_created fetch_time has_ldjson_price_data notification_alert_count page_title remote_server_reply "
    "browser_steps_last_error_step history viewed link use_page_title_in_list favicon last_check_status processor_state __datastore __check_status "
    "filter_failure_notification_send processor_config_restock_diff llm_last_result".split()
)
_DEFAULTS: Mapping[str, object] = {
    "fetch_backend": "system",
    "method": "GET",
    "processor": "text_json_diff",
    "notification_format": "System default",
    "conditions_match_logic": "ALL",
    "filter_text_added": True,
    "filter_text_removed": True,
    "filter_text_replaced": True,
    "follow_price_changes": True,
    "in_stock_only": True,
    "browser_profile": "system",
}
_REASONS = {
    "notification_urls": 'declare a [[channel]] and a [[rule]]; type = "apprise" takes such URLs',
    "trigger_text": "write a [[rule]]",
    "text_should_not_be_present": "write a [[rule]]",
    "browser_steps": "no steps are carried out in a page here",
    "webdriver_js_execute_code": "no script is run in a page here",
    "proxy": "write proxy in a [[host]] table",
    "extract_text": "a fact can have a pattern: [[fact]] text",
}
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MIN_MUTED = 3


def read_files(files: Iterator[tuple[str, bytes]], source: str) -> Iterator[Job]:
    """Yield the watches in the files of a data folder or backup.

    Args:
        files: Name and content of each file.
        source: The name of the folder or backup.

    Raises:
        ExportError: There is no watch.
    """
    watches: list[tuple[str, Mapping[str, Any]]] = []
    tags: dict[str, str] = {}
    for name, content in files:
        value = mapping_in(parse_json(content, name))
        application = mapping_in(mapping_in(value.get("settings")).get("application"))
        groups = mapping_in(application.get("tags"))
        tags |= {key: str(mapping_in(group).get("title") or "") for key, group in groups.items()}
        if name.endswith(TAG):
            tags[str(value.get("uuid"))] = str(value.get("title") or "")
        elif "watching" in value:
            watches += [(f"{name}: {key}", mapping_in(watch)) for key, watch in mapping_in(value["watching"]).items()]
        elif "url" in value:
            watches.append((name, value))
    if not watches:
        raise ExportError(f"{source}: it has no watch of changedetection.io, which would be in {ALL} or {WATCH}")
    for place, watch in watches:
        yield _job(watch, place, tags)


def _job(raw: Mapping[str, Any], place: str, tags: Mapping[str, str]) -> Job:
    job = Job(place)
    job.set_url(raw.get("url"))
    job.set_label(raw.get("title"))
    old = str(raw.get("tag") or "").split(",")
    job.set_tags([*old, *(tags.get(str(key), "") for key in list_in(raw.get("tags")))])
    if not raw.get("time_between_check_use_default"):
        _set_interval(job, mapping_in(raw.get("time_between_check")))
    _set_windows(job, mapping_in(raw.get("time_schedule_limit")))
    if raw.get("paused"):
        job.settings["paused"] = True
    job.set_headers(raw.get("headers") or {})
    _set_mute(job, raw.get("ignore_text"))
    for key, setting in (("include_filters", "only"), ("subtractive_selectors", "without")):
        for text in list_in(raw.get(key)):
            reason = _filter_reason(str(text))
            if reason or not job.select(setting, str(text).removeprefix("json:")):
                job.note(key, text, reason)
    _note_rest(job, raw)
    if not job.url:
        job.refused = "it has no URL"
    elif str(raw.get("method") or "GET").upper() != "GET":
        job.refused = "it sends data; pages are requested with GET here"
    return job


def _note_rest(job: Job, raw: Mapping[str, Any]) -> None:
    """Note every other key whose value is not that of a new watch."""
    for key, value in raw.items():
        if (
            key in _CARRIED | _STATE | {"include_filters", "subtractive_selectors"}
            or not value
            or value == _DEFAULTS.get(key)
        ):
            continue
        reason = _REASONS.get(key, "")
        if key in {"fetch_backend", "browser_profile"}:
            if value in ("html_requests", "direct_http_requests"):
                continue
            reason = "rendered by a browser there; here pages are fetched without one"
        job.note(key, value, reason)


def _set_interval(job: Job, written: Mapping[str, Any]) -> None:
    seconds = 0
    for unit, size in _SECONDS.items():
        count = written.get(unit)
        if isinstance(count, int) and not isinstance(count, bool):
            seconds += count * size
        elif count:
            job.note(f"time_between_check {unit}", count, "no number")
    if seconds:
        job.set_every(seconds)


def _set_windows(job: Job, written: Mapping[str, Any]) -> None:
    """Set the windows from the times of each day of the week."""
    if not written.get("enabled"):
        return
    try:
        windows = [window for day in _DAYS if (window := _window(day, mapping_in(written.get(day))))]
    except (TypeError, ValueError):
        windows = []
    if not windows:
        job.note("time_schedule_limit", written, "no times that can be read")
        return
    job.settings["windows"] = windows
    if written.get("timezone"):
        job.settings["timezone"] = str(written["timezone"])


def _window(day: str, written: Mapping[str, Any]) -> str:
    if not written.get("enabled"):
        return ""
    hour, minute = map(int, str(written.get("start_time") or "00:00").split(":"))
    length = mapping_in(written.get("duration"))
    minutes = int(length.get("hours") or 0) * 60 + int(length.get("minutes") or 0)
    start = hour * 60 + minute
    if minutes >= 24 * 60:
        return day[:3]
    end = (start + minutes) % (24 * 60)
    return f"{day[:3]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" if minutes else ""


def _set_mute(job: Job, written: object) -> None:
    """Mute the words of lines to ignore; patterns ("/…/") do not carry over."""
    muted = []
    for text in list_in(written):
        words = " ".join(str(text).split())
        if len(words) >= _MIN_MUTED and not words.startswith("/") and any(map(str.isalnum, words)):
            muted.append(words)
        elif words:
            job.note("ignore_text", text, "only words carry over, not patterns")
    if muted:
        job.settings["mute"] = list(dict.fromkeys(muted))


def _filter_reason(text: str) -> str:
    """Return why a filter does not carry over; "" if it may be a CSS selector."""
    if text.startswith(("xpath", "/")):
        return "there are no XPath filters here"
    if text.startswith("jq"):
        return "there are no jq filters here"
    return ""
