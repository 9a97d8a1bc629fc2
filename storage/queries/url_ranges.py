"""URLs by ranges of their SURT keys: those equivalent to one, those below one, those of a host or a domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, literal, or_, select, tuple_

from monitor.surt import prefix_of, surt
from storage.archive.archived_urls import digest_of
from storage.database.connection import ReadDatabase
from storage.queries.exchange_lookup import MOST_VARIANTS, loose
from storage.schema import archived_urls

_SLICE = 200


class MatchType(StrEnum):
    """Which URLs a list has: those equivalent to one, those below one, those of a host, or those of a host and its subdomains."""

    EXACT = "exact"
    PREFIX = "prefix"
    HOST = "host"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which exchanges to list.

    Attributes:
        url: A normalised URL.
        match: Which URLs are listed.
        since: Only exchanges requested at this time or later; None: from the beginning.
        until: Only exchanges requested before this time; None: to the end.
        status: Only responses with this status; None: any.
    """

    url: str
    match: MatchType = MatchType.EXACT
    since: datetime | None = None
    until: datetime | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class ArchivedUrl:
    """A URL that was requested: its key, its SURT key and itself."""

    id: int
    surt: str
    url: str


def key_ranges(wanted: Selection) -> list[tuple[str, str]]:
    """Return the ranges of SURT keys of a selection, in order: from the first key, inclusive, to the second, exclusive; an equal second key means that key only."""
    key = surt(wanted.url)
    host = key[: key.index(")")]
    if wanted.match is MatchType.EXACT:
        return [(key, key)]
    if wanted.match is MatchType.PREFIX:
        starts = [prefix_of(wanted.url)]
    else:
        starts = [f"{host}{sign}" for sign in (")" if wanted.match is MatchType.HOST else "),:")]
    return [(start, start[:-1] + chr(ord(start[-1]) + 1)) for start in starts]


def in_ranges(wanted: Selection) -> ColumnElement[bool]:
    """Return the condition that the URL of a row is one of a selection."""
    column = archived_urls.c.surt
    return or_(
        *(column == low if low == high else and_(column >= low, column < high) for low, high in key_ranges(wanted))
    )


def urls_of(database: ReadDatabase, wanted: Selection, begin: str = "") -> Iterator[ArchivedUrl]:
    """Yield the URLs of a selection by SURT key, those from a key on. Each slice is read in a transaction of its own."""
    for low, high in key_ranges(wanted):
        if begin >= high > low:
            continue
        inside = archived_urls.c.surt == low if low == high else archived_urls.c.surt < high
        query = select(archived_urls.c.id, archived_urls.c.surt, archived_urls.c.url).where(
            inside, archived_urls.c.surt >= max(low, begin)
        )
        ordered = query.order_by(archived_urls.c.surt, archived_urls.c.id).limit(_SLICE)
        last: ArchivedUrl | None = None
        while True:
            part = ordered
            if last is not None:
                part = part.where(tuple_(archived_urls.c.surt, archived_urls.c.id) > tuple_(last.surt, last.id))
            with database.read() as connection:
                found = [ArchivedUrl(*row) for row in connection.execute(part)]
            yield from found
            if len(found) < _SLICE:
                break
            last = found[-1]


def equivalent_urls(database: ReadDatabase, url: str) -> list[ArchivedUrl]:
    """Return the URLs with the SURT key of one, at most `MOST_VARIANTS`, that one among them: the number of spellings that a hostile site can produce has no bound."""
    is_wanted = archived_urls.c.url_sha256 == literal(digest_of(url), archived_urls.c.url_sha256.type)
    query = (
        select(archived_urls.c.id, archived_urls.c.surt, archived_urls.c.url)
        .where(archived_urls.c.surt == surt(url))
        .order_by(is_wanted.desc(), archived_urls.c.id)
        .limit(MOST_VARIANTS)
    )
    with database.read() as connection:
        return [ArchivedUrl(*row) for row in connection.execute(query)]


def same_resource(database: ReadDatabase, url: str) -> list[ArchivedUrl]:
    """Return those of `equivalent_urls` that replay treats as one URL."""
    return [one for one in equivalent_urls(database, url) if loose(one.url) == loose(url)]
