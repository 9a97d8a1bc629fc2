"""Jobs of urlwatch (urls.yaml) and webchanges (jobs.yaml): one YAML document for each job.

Formats: https://urlwatch.readthedocs.io/en/latest/jobs.html and https://webchanges.readthedocs.io/en/stable/jobs.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pagewitness.importing.tools.model import ExportError, Job
from pagewitness.importing.tools.yaml_documents import documents

_CARRIED = frozenset("name url navigate kind tags headers cookies enabled filter filters use_browser method".split())
_BROWSER = "rendered by a browser there; here pages are fetched without one"
# Filters that only give the compared text another form. Pages are compared by their blocks and sentences, so nothing is lost without them.
_FORMATTING = frozenset(
    "html2text strip strip_each_line strip_lines beautify format-json format-xml pretty-xml pdf2text csv2text ical2text remove-duplicate-lines".split()
)
_FILTERS = {
    "xpath": "there are no XPath filters here",
    "jq": "there are no jq filters here",
    "execute": "no command is run on a page here",
    "shellpipe": "no command is run on a page here",
}
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_ELEMENT = {"element-by-id": "#", "element-by-class": ".", "element-by-tag": ""}


def read_jobs(text: str, source: str) -> Iterator[Job]:
    """Yield the jobs of a file.

    Args:
        text: YAML.
        source: Its name, for places.

    Raises:
        ExportError: It is no YAML, or no list of jobs.
    """
    for line, document in documents(text, source):
        for job in document if isinstance(document, list) else [document]:
            if job is None:
                continue
            if not isinstance(job, Mapping):
                raise ExportError(f"{source}:{line}: this is no job; a job has keys such as url and name")
            yield _job(job, f"{source}:{line}")


def _job(raw: Mapping[Any, Any], place: str) -> Job:
    job = Job(place)
    job.set_label(raw.get("name"))
    job.set_url(raw.get("url") or raw.get("navigate"))
    if "command" in raw:
        job.refused = "it runs a command"
    elif not job.url:
        job.refused = "it has no URL"
    elif raw.get("data") is not None or str(raw.get("method") or "GET").upper() != "GET":
        job.refused = "it sends data; pages are requested with GET here"
    if raw.get("navigate") or raw.get("use_browser"):
        job.note("navigate" if raw.get("navigate") else "use_browser", True, _BROWSER)
    tags = raw.get("tags")
    job.set_tags(tags if isinstance(tags, list) else [] if tags is None else str(tags).split(","))
    job.set_headers(raw.get("headers"))
    job.set_cookies(raw.get("cookies"))
    if raw.get("enabled") is False:
        job.settings["paused"] = True
    for name in ("filter", "filters"):
        for kind, value in _filters(raw.get(name)):
            _note_filter(job, kind, value)
    for key, value in raw.items():
        if str(key) not in _CARRIED and value is not None:
            job.note(str(key), value)
    return job


def _filters(value: object) -> Iterator[tuple[str, object]]:
    """Yield the filters of a job as kind and value, in any of the forms: a list of names or of mappings, a mapping, or "css:p,html2text"."""
    if isinstance(value, str):
        for part in value.split(","):
            kind, mark, argument = part.strip().partition(":")
            yield kind, argument if mark else None
    elif isinstance(value, Mapping):
        yield from ((str(kind), argument) for kind, argument in value.items())
    elif isinstance(value, list):
        for item in value:
            yield from _filters(item)


def _select(job: Job, value: object) -> None:
    """Carry a css filter over: a selector, or a mapping with `selector` and `exclude`."""
    parts = value if isinstance(value, Mapping) else {"selector": value}
    for key, part in parts.items():
        setting = {"selector": "only", "exclude": "without"}.get(str(key))
        if setting is None or not job.select(setting, part):
            job.note(f"filter css {key}", part)


def _note_filter(job: Job, kind: str, value: object) -> None:
    if kind in _FORMATTING:
        job.note(f"filter {kind}", value, "not needed here")
    elif kind == "jsonpath" and job.select("only", value.get("path") if isinstance(value, Mapping) else value):
        pass
    elif kind == "css":
        _select(job, value)
    elif kind in _ELEMENT and _NAME.fullmatch(str(value)) and job.select("only", f"{_ELEMENT[kind]}{value}"):
        pass
    else:
        job.note(f"filter {kind}", value, _FILTERS.get(kind, ""))
