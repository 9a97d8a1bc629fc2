"""What the banner of an archived page shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from monitor.model import Exchange, Outcome, Page, Snapshot, Verdict
from pagewitness.replay.address import exact_digits
from pagewitness.replay.banner import Banner, BannerFact, Steps
from pagewitness.replay.finding import Found
from pagewitness.replay.replayed import Replayed, stamp_of
from pagewitness.replay.stated_facts import StatedFact, stated_facts
from storage.queries.history import History
from storage.queries.snapshot_list import Neighbours
from storage.queries.version_steps import VersionNeighbours, VersionStart
from storage.requisites.counts import RequisiteCounts

_NO_PAGE = "This address is not monitored; it was archived because a monitored page shows it or led to it."


def facts_of(history: History, replayed: Replayed) -> list[StatedFact]:
    """Return the facts of the snapshot's version; none if the page tracks none, whose version is not loaded."""
    if replayed.page is None or replayed.snapshot is None or not replayed.page.facts:
        return []
    version_id = replayed.snapshot.version_id
    return [] if version_id is None else stated_facts(history.version(version_id), replayed.page.facts)


def banner_content(
    home: str | None,
    found: Found,
    facts: Sequence[StatedFact],
    anchors: Sequence[str | None],
) -> Banner:
    """Return the content of the banner.

    Args:
        home: Address of the web interface without a slash at the end; None if it is not known.
        found: What is replayed, and what is around it.
        facts: The facts that its version states.
        anchors: Ids of the elements that state the facts, one for each of their quotes; None where none was found.
    """
    replayed = found.replayed
    url, taken_at = replayed.url, f"{replayed.taken_at:%Y-%m-%d %H:%M:%S}"
    received = replayed.received_address
    page, snapshot = replayed.page, replayed.snapshot
    if page is None or snapshot is None or found.surroundings is None:
        return Banner(url, taken_at, replayed.sha256, received, notes=[_NO_PAGE])
    versions = found.surroundings.versions
    since = versions.own.taken_at if versions.own is not None else None
    listed = f"{home}/history?url={quote(url, safe='')}" if home is not None else None
    return Banner(
        url=url,
        taken_at=taken_at,
        sha256=replayed.sha256,
        received=received,
        snapshots=_snapshot_steps(page, snapshot.taken_at, found.surroundings.snapshots, replayed.prefix),
        versions=_version_steps(page, versions, replayed.prefix),
        since=f"{since:%Y-%m-%d %H:%M}" if since is not None and since != snapshot.taken_at else None,
        history=listed,
        calendar=f"{listed}&until={snapshot.taken_at:%Y-%m-%d}" if listed is not None else None,
        compare=_comparison(home, page, versions.previous, snapshot),
        resources=_resources(found.surroundings.requisites),
        facts=_banner_facts(facts, anchors),
        notes=_notes(page, snapshot, replayed.exchanges),
    )


def _banner_facts(facts: Sequence[StatedFact], anchors: Sequence[str | None]) -> list[BannerFact]:
    left = iter(anchors)
    found = []
    for fact in facts:
        own = [next(left, None) for _ in fact.quotes]
        anchor = next(filter(None, own), None)
        note = "" if anchor is not None else fact.absence
        found.append(BannerFact(fact.name, fact.value, fact.others, anchor, note))
    return found


def _snapshot_steps(page: Page, taken_at: datetime, near: Neighbours, prefix: str) -> Steps:
    return Steps(
        None if near.first in (near.previous, taken_at) else _address(page, near.first, near.second, prefix),
        _address(page, near.previous, taken_at, prefix),
        _address(page, near.following, near.after_following, prefix),
        None if near.last in (near.following, taken_at) else _address(page, near.last, None, prefix),
    )


def _version_steps(page: Page, near: VersionNeighbours, prefix: str) -> Steps:
    return Steps(
        None if near.first in (near.own, near.previous, near.following) else _start(page, near.first, prefix),
        _start(page, near.previous, prefix),
        _start(page, near.following, prefix),
        None if near.last in (near.own, near.previous, near.following) else _start(page, near.last, prefix),
    )


def _start(page: Page, start: VersionStart | None, prefix: str) -> str | None:
    return None if start is None else _address(page, start.taken_at, start.following_at, prefix)


def _address(page: Page, at: datetime | None, following: datetime | None, prefix: str) -> str | None:
    return None if at is None else f"{prefix}{stamp_of(at, following)}/{page.url}"


def _comparison(home: str | None, page: Page, previous: VersionStart | None, snapshot: Snapshot) -> str | None:
    """Return the address of the comparison with the version before."""
    if home is None or previous is None or snapshot.version_id is None:
        return None
    times = {"from": exact_digits(previous.taken_at), "to": exact_digits(snapshot.taken_at)}
    return f"{home}/compare?{urlencode({'url': page.url, **times})}"


def _resources(counts: RequisiteCounts) -> str:
    if not counts.found:
        return ""
    waiting = f", {counts.waiting:,} waiting" if counts.waiting else ""
    return f"{counts.archived:,} of {counts.found:,} resources archived{waiting}. "


def _notes(page: Page, snapshot: Snapshot, exchanges: tuple[Exchange, ...]) -> list[str]:
    notes = []
    if snapshot.status is not None and snapshot.status >= 400:
        notes.append(f"The server answered with status {snapshot.status}.")
    if snapshot.final_url != page.url:
        hops = max(len(exchanges) - 1, 1)
        notes.append(
            f"The address led to {snapshot.final_url} ({hops} redirect{'s' if hops > 1 else ''}); that page is shown."
        )
    if snapshot.robots_overruled:
        notes.append("The host's robots.txt disallows this page; it was fetched because the page ignores robots.txt.")
    if snapshot.truncated is not None:
        notes.append(f"The page ends early ({snapshot.truncated.value}): the rest was not received.")
    if snapshot.outcome is Outcome.NOT_MODIFIED:
        notes.append("The server answered that nothing had changed; the body shown is the one received before.")
    if snapshot.verdict not in (None, Verdict.OK):
        notes.append(f"Judged “{snapshot.verdict.value.replace('_', ' ')}”: {snapshot.verdict_reason}".rstrip(": "))
    return notes
