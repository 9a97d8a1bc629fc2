"""The mementos of a URL (RFC 7089): the archived states that replay shows under it, with their addresses.

A monitored page has those of its snapshots; any other URL has those of its exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise

from monitor.model import Page
from pagewitness.replay.address import is_exact, moment
from pagewitness.replay.replayed import PREFIX, stamp_of
from storage.queries.exchange_list import ListedExchange, mementos_before, mementos_of
from storage.queries.history import History
from storage.queries.snapshot_list import Neighbours

_SMALLEST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Memento:
    """An archived state.

    Attributes:
        at: Its time.
        path: Its replay address, without the origin.
    """

    at: datetime
    path: str


@dataclass(frozen=True, slots=True)
class Around:
    """The mementos around one of them; None where there is none."""

    first: Memento | None
    previous: Memento | None
    following: Memento | None
    last: Memento | None


NOTHING_AROUND = Around(None, None, None, None)


class Mementos:
    """Finds the mementos of URLs.

    Attributes:
        history: The archive.
    """

    def __init__(self, history: History) -> None:
        self.history = history

    def all(self, page: Page | None, url: str, skipped: int = 0) -> Iterator[Memento]:
        """Yield the mementos of a URL in order of time, without the first `skipped` ones; `page` is the one that is shown under it."""
        if page is not None:
            return _with_addresses(
                (time, page.url) for time in islice(self.history.stream_times(page.id), skipped, None)
            )
        listed = mementos_of(self.history.database, url)
        return _with_addresses((row.position.at, row.url) for row in islice(listed, skipped, None))

    def at(self, page: Page | None, url: str, stamp: str) -> Memento:
        """Return the memento of a canonical replay address, with its exact time; `page` is the one that is shown under it."""
        path = f"{PREFIX}{stamp}/{url}"
        begin = moment(stamp)
        end = begin if is_exact(stamp) else begin + timedelta(seconds=1) - _SMALLEST
        if page is not None:
            time = self.history.last_time(page.id, end)
        else:
            found = next(mementos_before(self.history.database, url, end + _SMALLEST), None)
            time = None if found is None else found.position.at
        return Memento(begin if time is None else max(time, begin), path)

    def around(self, page: Page | None, url: str, at: datetime) -> Around:
        """Return the mementos of a URL around the one at a time; `page` is the one that is shown under it."""
        if page is None:
            return self.around_exchange(url, at)
        return self.around_snapshot(page, at, self.history.neighbours(page.id, at))

    def around_snapshot(self, page: Page, at: datetime, near: Neighbours) -> Around:
        """Return the mementos of a page around the snapshot taken at a time, which has these neighbours."""

        def memento(time: datetime | None, following: datetime | None) -> Memento | None:
            return None if time is None else _memento(time, following, page.url)

        return Around(
            memento(near.first, near.second),
            memento(near.previous, at),
            memento(near.following, near.after_following),
            memento(near.last, None),
        )

    def around_exchange(self, url: str, at: datetime) -> Around:
        """Return the mementos around an exchange of a URL that is not monitored."""
        database = self.history.database

        def one(rows: Iterator[ListedExchange], following: datetime | None = None) -> Memento | None:
            found = next(rows, None)
            return None if found is None else _memento(found.position.at, following, found.url)

        def begin(since: datetime | None) -> Memento | None:
            rows = mementos_of(database, url, since=since)
            return next(_with_addresses((row.position.at, row.url) for row in islice(rows, 2)), None)

        return Around(
            begin(None),
            one(mementos_before(database, url, at), at),
            begin(at + _SMALLEST),
            one(mementos_before(database, url)),
        )


def _with_addresses(mementos: Iterator[tuple[datetime, str]]) -> Iterator[Memento]:
    """Yield mementos in order of time; whether an address needs a fraction depends on the next one."""
    for (time, url), following in pairwise(chain(mementos, [None])):  # type: ignore[misc]
        yield _memento(time, None if following is None else following[0], url)


def _memento(time: datetime, following: datetime | None, url: str) -> Memento:
    return Memento(time, f"{PREFIX}{stamp_of(time, following)}/{url}")
