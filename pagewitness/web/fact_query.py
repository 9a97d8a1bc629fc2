"""The address of a fact's history: its parameters, and addresses of other parts of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from monitor.urls import normalise
from pagewitness.replay.address import end_of_period, moment, read_time
from rendering.charts.style import LINES

PATH, CSV_PATH, JSON_PATH, SVG_PATH = "/fact", "/fact.csv", "/fact.json", "/fact.svg"
"""Paths of the screen and of its downloads."""

_RANGES = (("5 years", 5 * 365), ("1 year", 365), ("90 days", 90))
_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FactQuery:
    """A parsed request.

    Attributes:
        name: The fact's name.
        urls: URLs of the requested pages; none: the first that stated the fact.
        begin: Begin of the range; None: from the first statement.
        end: Its end, exclusive; None: to the last check.
        written: Its parameters, for addresses of the same history.
    """

    name: str
    urls: Sequence[str]
    begin: datetime | None
    end: datetime | None
    written: Sequence[tuple[str, str]]

    def link(self, path: str = PATH, *, urls: Sequence[str] | None = None, **more: str | None) -> str:
        """Return an address with the same parameters; those of `more` replace them, and None leaves one out."""
        pairs = [(key, value) for key, value in self.written if key not in more and (urls is None or key != "url")]
        pairs += [("url", url) for url in urls or ()]
        return f"{path}?{urlencode([*pairs, *((key, value) for key, value in more.items() if value is not None)])}"

    def in_range(self, begin: str | None, end: str | None = None, *, embed: str | None = None) -> str:
        """Return the address of another range; None is the beginning or the end of the history."""
        range_: dict[str, str | None] = {"from": begin, "to": end, "embed": embed}
        return self.link(PATH, urls=None, **range_)


def read_query(query: QueryParams) -> FactQuery:
    """Return the history that an address requests.

    Raises:
        ValueError: A parameter is invalid; the message says so.
    """
    urls = list(dict.fromkeys(normalise(url) for url in query.getlist("url")))
    if len(urls) > LINES:
        raise ValueError(f"A chart has at most {LINES} pages")
    times = {name: query[name].replace("-", "") for name in ("from", "to") if query.get(name)}
    begin = moment(read_time(times["from"])) if "from" in times else None
    end = end_of_period(times["to"]) if "to" in times else None
    if begin is not None and end is not None and begin >= end:
        raise ValueError("“from” must be before “to”")
    written = [("name", query.get("name", "")), *(("url", url) for url in urls)]
    written += [(name, query[name]) for name in ("from", "to") if query.get(name)]
    return FactQuery(query.get("name", ""), urls, begin, end, written)


def range_links(query: FactQuery, last: datetime) -> list[tuple[str, str | None]]:
    """Return the ranges as (name, address); the address of the present one is None.

    Args:
        query: The present request.
        last: The end of the history.
    """
    everything = query.begin is None and query.end is None
    links: list[tuple[str, str | None]] = [("all", None if everything else query.in_range(None))]
    for name, days in _RANGES:
        begin = f"{max(last - timedelta(days=days), _EARLIEST):%Y-%m-%d}"
        current = query.end is None and dict(query.written).get("from") == begin
        links.append((name, None if current else query.in_range(begin)))
    return links
