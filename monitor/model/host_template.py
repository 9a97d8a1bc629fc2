"""What the pages of a host have in common: a learned state, passed in and returned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from monitor.model.readings import Version

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(time: datetime) -> int:
    """Return a time in microseconds since 1970-01-01 UTC."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """Return the time that is this many microseconds after 1970-01-01 UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


class PageVersion(NamedTuple):
    """The current version of a page.

    Attributes:
        page_id: The page.
        version_id: The database's key of the version.
        at: When the page first showed it, in microseconds since 1970-01-01 UTC.
        version: Its value.
    """

    page_id: int
    version_id: int
    at: int
    version: Version


@dataclass(frozen=True, slots=True)
class PageLists:
    """The lists of links on one page in one version, as evidence for a `HostTemplate`.

    Attributes:
        page_id: The page.
        version_id: The version that they were derived from.
        at: When the page first showed that version, in microseconds since 1970-01-01 UTC.
        identity: Digest of the page's title and longest text: pages on which both are equal count as one page with several URLs.
        lists: Digests of its lists.
        code: Version of the algorithm, `monitor.diff.linked_lists.LISTS_VERSION`.
    """

    page_id: int
    version_id: int
    at: int
    identity: str
    lists: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class HostTemplate:
    """The lists that several pages of a host show: recent posts, latest news.

    Attributes:
        code: Version of the algorithm that learned it, `monitor.diff.linked_lists.LISTS_VERSION`; the result of another version is discarded.
        lists: For each digest of a list, the time from which it is part of the template, in microseconds since 1970-01-01 UTC.
    """

    code: str
    lists: Mapping[str, int] = field(default_factory=dict)

    def at(self, time: datetime) -> TemplateAt:
        """Return the template as it applied to a snapshot of that time, so that reprocessing an older one has the same result as processing it had."""
        return TemplateAt(self.lists, microseconds(time))


@dataclass(frozen=True, slots=True)
class TemplateAt:
    """The digests of the lists of a host's template at one time; supports `in` only."""

    lists: Mapping[str, int]
    time: int

    def __contains__(self, digest: object) -> bool:
        since = self.lists.get(digest) if isinstance(digest, str) else None
        return since is not None and since <= self.time
