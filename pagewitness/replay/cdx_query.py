"""Parses the parameters of the CDX API: those of the Internet Archive's CDX server, and the names of fields in pywb's."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

import re2

from monitor.urls import normalise
from pagewitness.replay.address import absolute_url, end_of_period, moment, read_time
from storage.queries.exchange_list import Position
from storage.queries.url_ranges import MatchType, Selection

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
"""The fields of a line, in their order."""
MAX_LINES = 100_000
"""Maximum lines of a response; a larger limit becomes this one."""
MAX_LAST = 10_000
"""Maximum lines that a negative limit, or an order by distance, selects; they are held in memory."""
MAX_PAGE_SIZE = 10_000

_PAGE_SIZE = 3_000
_ALIASES = {"url": "original", "mime": "mimetype", "status": "statuscode"}
_LONGEST_URL = 10_000
_LONGEST_PATTERN = 500
_MAX_FILTERS = 20
_MAX_COLLAPSES = 4
_PATTERN_MEMORY = 1024**2
_LARGEST = 10**12
_FILTER = re.compile(r"(!?)([=~]?)([a-z]+):(.*)", re.DOTALL)
_STATUS = re.compile(r"[1-9]\d\d")
_QUOTED = 60
T = TypeVar("T")


class Output(StrEnum):
    """The format of a response."""

    TEXT = "text"
    JSON = "json"
    CDXJ = "cdxj"


class Order(StrEnum):
    """The order of lines: by key and time, by distance from a time, or by time, the newest first. The latter two are for one URL only."""

    DEFAULT = ""
    CLOSEST = "closest"
    REVERSE = "reverse"


class InvalidParameter(ValueError):
    """A parameter has an invalid value; the message names both."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a field.

    Attributes:
        field: Position of the field.
        matches: Whether a value matches.
        negated: Whether matching lines are left out, rather than the others.
    """

    field: int
    matches: Callable[[str], bool]
    negated: bool

    def accepts(self, line: Sequence[str]) -> bool:
        return self.matches(line[self.field]) is not self.negated


@dataclass(frozen=True, slots=True)
class CdxQuery:
    """A parsed query.

    Attributes:
        selection: The exchanges to examine.
        output: The format.
        fields: Positions of the fields to return.
        filters: Conditions, all of which a line must meet.
        collapse: Of adjacent lines that agree in these fields only the first is returned: position of the field, and the number of leading characters that count; None: all.
        limit: Maximum number of lines.
        last: Whether the last lines are returned, rather than the first.
        offset: Number of lines to leave out first.
        order: The order.
        closest: The time for the order by distance; None for any other.
        page: The requested page, from 0; None: the list is not divided into pages.
        page_size: Exchanges on a page, before filters.
        show_pages: Whether only the number of pages is requested.
        resume: Where to resume; None: at the beginning.
        show_resume: Whether to return where to resume.
    """

    selection: Selection
    output: Output
    fields: Sequence[int]
    filters: Sequence[Filter]
    collapse: Sequence[tuple[int, int | None]]
    limit: int
    last: bool
    offset: int
    order: Order
    closest: datetime | None
    page: int | None
    page_size: int
    show_pages: bool
    resume: Position | None
    show_resume: bool


def read_query(parameters: Iterable[tuple[str, str]]) -> CdxQuery:
    """Parse the parameters of a request; unknown ones are ignored, as other servers do, and empty ones count as absent.

    Raises:
        InvalidParameter: A value is invalid.
    """
    given: dict[str, list[str]] = {}
    for name, value in parameters:
        if value:
            given.setdefault(name, []).append(value)
    one = {name: values[-1] for name, values in given.items()}
    filters = given.get("filter", [])
    if len(filters) > _MAX_FILTERS:
        raise InvalidParameter("filter", f"given {len(filters):,} times; the maximum is {_MAX_FILTERS}")
    closest = _parsed("closest", one, lambda text: moment(read_time(text)))
    order = _order(one, closest)
    selection = _selection(one, filters)
    if order is not Order.DEFAULT and selection.match is not MatchType.EXACT:
        raise InvalidParameter("sort", f"{order} needs matchType=exact")
    limit = _integer("limit", one, MAX_LINES, least=-_LARGEST)
    most = MAX_LAST if limit < 0 or order is Order.CLOSEST else MAX_LINES
    return CdxQuery(
        selection=selection,
        output=_member("output", one, Output, Output.TEXT),
        fields=_fields(one),
        filters=[_filter(text) for text in filters],
        collapse=_collapse(given.get("collapse", [])),
        limit=min(abs(limit), most),
        last=limit < 0,
        offset=_integer("offset", one, 0),
        order=order,
        closest=closest if order is Order.CLOSEST else None,
        page=_integer("page", one, 0) if "page" in one else None,
        page_size=min(_integer("pageSize", one, _PAGE_SIZE, least=1), MAX_PAGE_SIZE),
        show_pages=_flag("showNumPages", one),
        resume=_parsed("resumeKey", one, read_resume_key),
        show_resume=_flag("showResumeKey", one),
    )


def resume_key(position: Position) -> str:
    """Return a position as a value of `resumeKey`."""
    written = json.dumps([position.surt, position.at.isoformat(), position.id])
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def read_resume_key(text: str) -> Position:
    """Parse the value of `resumeKey`; the inverse of `resume_key`.

    Raises:
        ValueError: It is none.
    """
    try:
        key, at, number = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        time = datetime.fromisoformat(at)
        position = Position(str(key), time.astimezone(UTC), int(number))
    except (ValueError, TypeError, RecursionError, OverflowError):
        position = None
    if position is None or time.tzinfo is None or not position.surt.isascii() or not 0 <= position.id < 2**63:
        raise ValueError("not a key that this server returned")
    return position


def _selection(one: Mapping[str, str], filters: Sequence[str]) -> Selection:
    if "url" not in one:
        raise InvalidParameter("url", "missing")
    url, match = one["url"], _member("matchType", one, MatchType, None)
    if len(url) > _LONGEST_URL:
        raise InvalidParameter("url", f"it has {len(url):,} characters; the maximum is {_LONGEST_URL:,}")
    if url.startswith("*."):
        url, match = url[2:].removesuffix("*"), match or MatchType.DOMAIN
    elif url.endswith("*"):
        url, match = url[:-1], match or MatchType.PREFIX
    try:
        normal = normalise(absolute_url(url))
    except UnicodeError:
        raise InvalidParameter("url", "it contains a character that no URL can have") from None
    except ValueError as error:
        raise InvalidParameter("url", str(error)) from None
    return Selection(
        normal,
        match or MatchType.EXACT,
        since=_parsed("from", one, lambda text: moment(read_time(text))),
        until=_parsed("to", one, end_of_period),
        status=_status_of(filters),
    )


def _status_of(filters: Sequence[str]) -> int | None:
    """Return the status that the filters require, which the database can select; None if they leave it open."""
    for text in filters:
        found = _FILTER.fullmatch(text)
        is_status = found is not None and not found[1] and _ALIASES.get(found[3], found[3]) == "statuscode"
        if found is not None and is_status and _STATUS.fullmatch(found[4]):
            return int(found[4])
    return None


def _filter(text: str) -> Filter:
    found = _FILTER.fullmatch(text)
    if found is None:
        raise InvalidParameter("filter", f"{text[:_QUOTED]!r} is not of the form field:pattern")
    negation, kind, name, pattern = found.groups()
    field = _field("filter", name)
    if kind == "=":
        return Filter(field, pattern.__eq__, bool(negation))
    if len(pattern) > _LONGEST_PATTERN:
        raise InvalidParameter("filter", f"a pattern may have {_LONGEST_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeError):
        raise InvalidParameter("filter", f"{pattern[:_QUOTED]!r} is not a regular expression of RE2") from None
    return Filter(field, lambda value: compiled.fullmatch(value) is not None, bool(negation))


def _collapse(given: Sequence[str]) -> list[tuple[int, int | None]]:
    if len(given) > _MAX_COLLAPSES:
        raise InvalidParameter("collapse", f"given {len(given):,} times; the maximum is {_MAX_COLLAPSES}")
    found: list[tuple[int, int | None]] = []
    for text in given:
        name, colon, length = text.partition(":")
        found.append(
            (_field("collapse", name), _integer("collapse", {"collapse": length}, 0, least=1) if colon else None)
        )
    return found


def _fields(one: Mapping[str, str]) -> Sequence[int]:
    if "fl" not in one:
        return range(len(FIELDS))
    names = [name for name in one["fl"].split(",") if name]
    if len(names) > len(FIELDS) or not names:
        raise InvalidParameter("fl", f"it names {len(names):,} fields; there are {len(FIELDS)}")
    return [_field("fl", name) for name in names]


def _field(parameter: str, name: str) -> int:
    try:
        return FIELDS.index(_ALIASES.get(name, name))
    except ValueError:
        raise InvalidParameter(
            parameter, f"there is no field {name[:_QUOTED]!r}; the fields are {', '.join(FIELDS)}"
        ) from None


def _order(one: Mapping[str, str], closest: datetime | None) -> Order:
    order = Order.DEFAULT if one.get("sort") == "default" else _member("sort", one, Order, Order.DEFAULT)
    # pywb sends sort=closest without a time for a list of all.
    return Order.DEFAULT if order is Order.CLOSEST and closest is None else order


def _member(name: str, one: Mapping[str, str], kind: type[T], default: T) -> T:
    try:
        return kind(one[name]) if name in one else default  # type: ignore[call-arg]
    except ValueError:
        raise InvalidParameter(name, f"{one[name][:_QUOTED]!r} is not supported") from None


def _parsed(name: str, one: Mapping[str, str], parse: Callable[[str], T]) -> T | None:
    try:
        return parse(one[name]) if name in one else None
    except ValueError as error:
        raise InvalidParameter(name, str(error)) from None


def _integer(name: str, one: Mapping[str, str], default: int, *, least: int = 0) -> int:
    if name not in one:
        return default
    text = one[name]
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < len(str(_LARGEST))) or int(text) < least:
        raise InvalidParameter(
            name, f"{text[:_QUOTED]!r} is not a whole number{f' from {least}' if least >= 0 else ''}"
        )
    return int(text)


def _flag(name: str, one: Mapping[str, str]) -> bool:
    return one.get(name, "").lower() in ("true", "1", "yes")
