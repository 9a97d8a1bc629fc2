"""The JSON export of Distill Web Monitor: `data` has a monitor for each entry, whose `config` and `schedule` are JSON inside a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pagewitness.importing.tools.json_files import list_in, mapping_in, parse_json
from pagewitness.importing.tools.model import ExportError, Job

_CARRIED = frozenset("name uri tags schedule config".split())
# Identity and state of the monitor there.
_STATE = frozenset(
    "id client_id user_id ts ts_data ts_mod content_type content_meta state state_name sub_state text remote_ts error_count".split()
)
_ACTIVE = 40
_SETTINGS = {"includes": "only", "excludes": "without"}


def read_export(content: bytes, source: str) -> Iterator[Job]:
    """Yield the monitors of an export.

    Raises:
        ExportError: It is no export of Distill.
    """
    monitors = mapping_in(parse_json(content, source)).get("data")
    if not isinstance(monitors, list):
        raise ExportError(f'{source}: this is no export of Distill; it would have a list "data"')
    for number, raw in enumerate(monitors, start=1):
        yield _job(mapping_in(raw), f"{source}: data[{number}]")


def _job(raw: Mapping[str, Any], place: str) -> Job:
    job = Job(place)
    job.set_label(raw.get("name"))
    job.set_url(raw.get("uri"))
    job.refused = "" if job.url else "it has no URL"
    tags = raw.get("tags")
    job.set_tags(tags if isinstance(tags, list) else str(tags or "").split(","))
    _set_schedule(job, raw.get("schedule"))
    if raw.get("state") not in (None, _ACTIVE):
        job.note("state", raw["state"], "perhaps paused there")
    _note_config(job, raw.get("config"))
    for key, value in raw.items():
        if key not in _CARRIED | _STATE and value not in (None, "", [], {}):
            job.note(key, value)
    return job


def _set_schedule(job: Job, written: object) -> None:
    if not written:
        return
    schedule = _inner(job, "schedule", written)
    if schedule.get("type") == "INTERVAL":
        job.set_every(mapping_in(schedule.get("params")).get("interval"))
    elif schedule:
        job.note("schedule", schedule, "only intervals carry over")


def _note_config(job: Job, written: object) -> None:
    if not written:
        return
    config = _inner(job, "config", written)
    for selection in map(mapping_in, list_in(config.get("selections"))):
        if selection.get("dynamic"):
            job.note("dynamic", True, "rendered by a browser there; here pages are fetched without one")
        for frame in map(mapping_in, list_in(selection.get("frames"))):
            for kind in ("includes", "excludes"):
                for rule in map(mapping_in, list_in(frame.get(kind))):
                    if rule.get("type") != "css" or not job.select(_SETTINGS[kind], rule.get("expr")):
                        job.note(f"{kind} {rule.get('type')}", rule.get("expr"), "there are no such filters here")
    for key in ("regexp", "transform", "rules", "actions"):
        if config.get(key):
            job.note(f"config {key}", config[key])


def _inner(job: Job, key: str, written: object) -> Mapping[str, Any]:
    """Return JSON inside a text, or an object written directly."""
    if isinstance(written, Mapping):
        return written
    try:
        return mapping_in(parse_json(str(written), key))
    except ExportError:
        job.note(key, written, "no JSON")
        return {}
