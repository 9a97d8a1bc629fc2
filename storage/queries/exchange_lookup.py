"""Find exchanges by URL and time, whether the URL is a monitored page or not.

The SURT key only finds candidates: it also merges URLs that a server may distinguish, by letter case or the order of parameters. One is found only for a URL that differs from
its own in nothing but scheme, "www.", a trailing slash and the percent-encoding of harmless characters: what another URL stated must never be shown as the content of this one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select

from monitor.model import Exchange
from monitor.surt import number_of, surt
from monitor.urls import comparable, resolve
from storage.archive.archived_urls import digest_of
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.archive.rows import Row
from storage.database.columns import UtcDateTime
from storage.database.compiled_statements import CompiledStatement
from storage.schema import archived_urls, exchanges

MOST_VARIANTS = 50
"""Maximum number of URLs with one SURT key that are considered; the requested one is always among them."""

_SAME_RESOURCE = re.compile(r"https?://(?:www\d*\.)?")
_NOT_MODIFIED = 304
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class ArchivedExchange:
    """An exchange with a response, found by URL and time.

    Attributes:
        id: Its key.
        at: When it was requested: of the exchange found, also where that is a 304 that confirms an earlier one.
        exchange: The exchange with the content, without its body.
        body_sha256: SHA-256 of the body; None if it has none.
        snapshot_id: The snapshot that it belongs to; None if it belongs to none.
    """

    id: int
    at: datetime
    exchange: Exchange
    body_sha256: str | None
    snapshot_id: int | None

    @property
    def url(self) -> str:
        """The requested URL."""
        return self.exchange.url


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: int
    at: datetime
    url: str


def nearest_exchange(connection: Connection, url: str, when: datetime) -> ArchivedExchange | None:
    """Return the exchange with a response that was requested nearest to `when`; None if the URL was never archived.

    Of two equally near ones the earlier is returned. A redirect to an equivalent URL (http to https, a slash added) is skipped if another exchange exists.
    """
    found = _nearest(connection, url, when, redirects=True)
    archived = None if found is None else load(connection, found.id)
    if archived is None or not is_self_redirect(archived.exchange):
        return archived
    other = _nearest(connection, url, when, redirects=False)
    return (load(connection, other.id) if other is not None else None) or archived


def load(connection: Connection, key: int) -> ArchivedExchange | None:
    """Return the exchange with this key, or for a 304 the one that it confirms, with its own time; None if it does not exist."""
    row = _ONE.first(connection, {"exchange": key})
    if row is None:
        return None
    if row.status == _NOT_MODIFIED and row.repeats_id is not None:
        confirmed = _ONE.first(connection, {"exchange": row.repeats_id})
        return _archived(row, row if confirmed is None else confirmed)
    return _archived(row, row)


def received(connection: Connection, snapshot_id: int) -> ArchivedExchange | None:
    """See `storage.queries.history.History.received`."""
    rows = _OF_SNAPSHOT.all(connection, {"snapshot": snapshot_id})
    found = [_archived(row, row) for row in rows if row.body_sha256 is not None]
    return next((one for one in found if not is_self_redirect(one.exchange)), None)


def is_self_redirect(exchange: Exchange) -> bool:
    """Return whether a response redirects to a URL that in the archive is the same address."""
    location = exchange.header("Location")
    if exchange.status not in _REDIRECTS or location is None:
        return False
    try:
        return loose(resolve(exchange.url, location).partition("#")[0]) == loose(exchange.url)
    except ValueError:
        return False


def _nearest(connection: Connection, url: str, when: datetime, *, redirects: bool) -> _Candidate | None:
    key = surt(url)
    values = {"number": number_of(key), "key": key, "digest": digest_of(url), "when": when}
    rows = (_AROUND if redirects else _AROUND_WITHOUT_REDIRECTS).all(connection, values)
    urls = {row.id: row.url for row in rows}
    near = [number for row in rows for number in (row.before_id, row.after_id) if number is not None]
    if not near:
        return None
    found = [_Candidate(row.id, row.started_at, urls[row.url_id]) for row in _times(connection, near)]
    wanted = loose(url)
    same = [one for one in found if loose(one.url) == wanted]
    return min(same, default=None, key=lambda one: (abs(one.at - when), one.at, one.url != url, one.id))


def _times(connection: Connection, near: Sequence[int]) -> Sequence[Row]:
    if len(near) <= 2:  # of one spelling, as nearly always
        return _TWO_TIMES.all(connection, {"first": near[0], "second": near[-1]})
    return connection.execute(_TIMES.where(exchanges.c.id.in_(near))).all()


def loose(url: str) -> str:
    """Return a URL without what rarely distinguishes two resources: scheme, "www.", a trailing slash, percent-encoding of harmless characters."""
    return _SAME_RESOURCE.sub("", comparable(url), count=1).rstrip("/")


def _archived(found: Row, content: Row) -> ArchivedExchange:
    return ArchivedExchange(found.id, found.started_at, exchange_of(content), content.body_sha256, found.snapshot_id)


_OF_SNAPSHOT = CompiledStatement(
    EXCHANGES_WITH_BODIES.where(exchanges.c.snapshot_id == bindparam("snapshot")).order_by(exchanges.c.hop)
)
_ONE = CompiledStatement(EXCHANGES_WITH_BODIES.where(exchanges.c.id == bindparam("exchange")))
_TIMES = select(exchanges.c.id, exchanges.c.started_at, exchanges.c.url_id)
_TWO_TIMES = CompiledStatement(_TIMES.where(exchanges.c.id.in_([bindparam("first"), bindparam("second")])))
_when = bindparam("when", type_=UtcDateTime)


def _around(*more: ColumnElement[bool]) -> CompiledStatement:
    """Select the URLs with a key, with the exchange nearest before and after a time."""
    answered = (exchanges.c.url_id == archived_urls.c.id, exchanges.c.status.is_not(None), *more)
    before = (
        select(exchanges.c.id)
        .where(*answered, exchanges.c.started_at <= _when)
        .order_by(exchanges.c.started_at.desc(), exchanges.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    after = (
        select(exchanges.c.id)
        .where(*answered, exchanges.c.started_at > _when)
        .order_by(exchanges.c.started_at, exchanges.c.id)
        .limit(1)
        .scalar_subquery()
    )
    is_wanted = archived_urls.c.url_sha256 == bindparam("digest", type_=archived_urls.c.url_sha256.type)
    has_key = and_(archived_urls.c.surt_number == bindparam("number"), archived_urls.c.surt == bindparam("key"))
    return CompiledStatement(
        select(archived_urls.c.id, archived_urls.c.url, before.label("before_id"), after.label("after_id"))
        .where(has_key)
        .order_by(is_wanted.desc(), archived_urls.c.id)
        .limit(MOST_VARIANTS)
    )


_AROUND = _around()
_AROUND_WITHOUT_REDIRECTS = _around(or_(~exchanges.c.status.between(300, 399), exchanges.c.status == _NOT_MODIFIED))
