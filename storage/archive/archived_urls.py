"""The row of each URL that was requested, which its bodies and its exchanges refer to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from monitor.surt import number_of, surt
from storage.database.compiled_statements import CompiledStatement
from storage.schema import archived_urls, body_links

_FIND = CompiledStatement(
    select(archived_urls.c.id, archived_urls.c.body_count)
    .where(archived_urls.c.url_sha256 == bindparam("digest"))
    .with_for_update()
)
_INSERT = CompiledStatement(lambda insert: insert(archived_urls).on_conflict_do_nothing())
_LINKED = CompiledStatement(
    select(body_links.c.n).where(body_links.c.url_id == bindparam("url"), body_links.c.body_id == bindparam("body"))
)
_INSERT_LINK = CompiledStatement(insert(body_links))
_COUNT = CompiledStatement(
    update(archived_urls).where(archived_urls.c.id == bindparam("key")).values(body_count=bindparam("links"))
)


@dataclass(slots=True)
class LockedUrl:
    """A URL whose row is locked.

    Attributes:
        id: Its key.
        body_count: Number of bodies first received from it; increased as bodies are linked.
    """

    id: int
    body_count: int

    def is_linked(self, connection: Connection, body_id: int) -> bool:
        """Return whether a body was received from this URL before."""
        return _LINKED.first(connection, {"url": self.id, "body": body_id}) is not None

    def link(self, connection: Connection, body_id: int) -> None:
        """Add a body that was received from this URL for the first time."""
        _INSERT_LINK.run(connection, {"url_id": self.id, "n": self.body_count, "body_id": body_id})
        self.body_count += 1
        _COUNT.run(connection, {"key": self.id, "links": self.body_count})


def digest_of(url: str) -> str:
    """Return the SHA-256 by which the row of a URL is found."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def lock_urls(connection: Connection, urls: Iterable[str]) -> Mapping[str, LockedUrl]:
    """Lock the rows of URLs, inserting missing ones; always in the same order, so that two writers cannot deadlock."""
    locked: dict[str, LockedUrl] = {}
    for digest, url in sorted({digest_of(url): url for url in urls}.items()):
        row = _FIND.first(connection, {"digest": digest})
        if row is None:
            key = surt(url)
            values = {"url": url, "url_sha256": digest, "surt": key, "surt_number": number_of(key), "body_count": 0}
            _INSERT.run(connection, values)
            row = _FIND.first(connection, {"digest": digest})
        locked[url] = LockedUrl(*row)
    return locked
