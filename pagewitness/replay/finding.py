"""Find what an address of replay denotes, with all that its response needs to know of the archive but the body, in one reading transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model import Page, Snapshot
from monitor.urls import comparable
from pagewitness.replay.address import RECEIVED, Address, common_parts, exact_digits, is_exact, variants
from pagewitness.replay.headers import is_redirect
from pagewitness.replay.mementos import NOTHING_AROUND, Around, Mementos
from pagewitness.replay.replayed import Replayed, of_exchange, of_snapshot, stamp_of
from storage.queries.history import History
from storage.queries.snapshot_list import Neighbours
from storage.queries.version_steps import VersionNeighbours
from storage.requisites.counts import RequisiteCounts

EMBEDDED = frozenset({"im_", "cs_", "js_", "oe_"})
"""Modifiers of the parts of a page: images, style sheets, scripts, and others."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the banner of a page shows of the archive around the snapshot.

    Attributes:
        snapshots: Times of the page's snapshots around it.
        versions: The page's versions around it.
        requisites: How many of its requisites are archived.
    """

    snapshots: Neighbours
    versions: VersionNeighbours
    requisites: RequisiteCounts


@dataclass(frozen=True, slots=True)
class Found:
    """What an address denotes.

    Attributes:
        replayed: What is to be replayed.
        is_canonical: Whether the address is that of `replayed`; otherwise it is redirected to it.
        length: Length of the body in bytes; 0 if it is redirected.
        around: The mementos around it, for the Link field. A part of a page has none: finding them takes longer than the part.
        surroundings: The content of its banner; None if it has none.
    """

    replayed: Replayed
    is_canonical: bool
    length: int = 0
    around: Around = NOTHING_AROUND
    surroundings: Surroundings | None = None


class NothingArchived(Exception):
    """A monitored page has no snapshot yet.

    Attributes:
        page: The page.
    """

    def __init__(self, page: Page) -> None:
        super().__init__(page.url)
        self.page = page


def page_of(history: History, url: str) -> Page | None:
    """Return the page that is shown under a URL; None if there is none."""
    urls = (url, *variants(url))
    found = next(filter(None, map(history.page, urls)), None)
    return found or next(filter(None, (_written_otherwise(history, one) for one in urls)), None)


def find(history: History, address: Address, wanted: datetime) -> Found | None:
    """Return what an address denotes at a time; None if its URL was never archived.

    Args:
        history: The archive as of one moment.
        address: The address.
        wanted: The time.

    Raises:
        NothingArchived: The URL is that of a monitored page without snapshots.
    """
    if address.modifier in EMBEDDED and (part := _exchange(history, address, wanted)) is not None:
        return part
    page = page_of(history, address.url)
    return _exchange(history, address, wanted) if page is None else _snapshot(history, address, wanted, page)


def _snapshot(history: History, address: Address, wanted: datetime, page: Page) -> Found:
    exact = address.when is not None and is_exact(address.when)
    snapshot = history.nearest(page.id, wanted, exact=exact)
    if snapshot is None:
        raise NothingArchived(page)
    if address.modifier == RECEIVED and exact and snapshot.taken_at != wanted:
        # The last exchange of another page that redirects to this one.
        part = _exchange(history, address, wanted)
        if part is not None and part.is_canonical:
            return part
    near = history.neighbours(page.id, snapshot.taken_at)
    stamp = stamp_of(snapshot.taken_at, near.following)
    # A browser may be unable to send the URL as it is stored; redirecting to it would loop.
    is_canonical = address.when in (stamp, exact_digits(snapshot.taken_at)) and (
        comparable(page.url) == comparable(address.url)
    )
    exchanges = history.exchanges(snapshot.id) if is_canonical else ()
    replayed = of_snapshot(page, snapshot, exchanges, stamp, address.modifier)
    if address.modifier == RECEIVED and replayed.is_of_another_url:
        replayed = _as_received(history, replayed, snapshot)
    if not is_canonical:
        return Found(replayed, is_canonical)
    around = (
        NOTHING_AROUND
        if address.modifier in EMBEDDED
        else Mementos(history).around_snapshot(page, snapshot.taken_at, near)
    )
    surroundings = None
    if not address.modifier:
        versions, counts = history.version_neighbours(snapshot), history.count_requisites(page.id, snapshot.id)
        surroundings = Surroundings(near, versions, counts)
    return Found(replayed, is_canonical, history.body_length(replayed.sha256), around, surroundings)


def _as_received(history: History, replayed: Replayed, snapshot: Snapshot) -> Replayed:
    """Return the redirect that the page's own URL had in a snapshot, as the CDX API lists it; the snapshot as it is if there was none."""
    found = history.received(snapshot.id)
    if found is None or found.body_sha256 is None or not is_redirect(found.exchange.status):
        return replayed
    return replace(
        replayed,
        status=found.exchange.status,
        content_type=found.exchange.header("Content-Type"),
        final_url=found.url,
        sha256=found.body_sha256,
        exchanges=(found.exchange,),
    )


def _exchange(history: History, address: Address, wanted: datetime) -> Found | None:
    """Return the exchange of a URL that need not be monitored; None if there is none.

    Parts of a page are returned at whatever time they were requested: a redirect for each would double the requests of a page.
    """
    found = history.nearest_exchange(address.url, wanted)
    if found is None or found.body_sha256 is None:
        return None
    replayed = of_exchange(found, stamp_of(found.at, None), address.modifier)
    is_part = address.modifier in EMBEDDED
    if not is_part and address.when not in (replayed.stamp, exact_digits(found.at)):
        return Found(replayed, is_canonical=False)
    around = NOTHING_AROUND if is_part else Mementos(history).around_exchange(replayed.url, found.at)
    return Found(replayed, is_canonical=True, length=history.body_length(found.body_sha256), around=around)


def _written_otherwise(history: History, url: str) -> Page | None:
    """Return the page whose URL differs from this one only in percent-encoding; None if there is none."""
    beginning, end = common_parts(url)
    if beginning == url:
        return None
    pages = history.pages_between(beginning, end)
    return next((page for page in pages if comparable(page.url) == comparable(url)), None)
