"""One check of one page, from the look on: archive before anything is interpreted, then read whatever is unread, oldest first.

The look is archived in one transaction (T1) and its reading recorded in another (T2). A crash or a parser's fault between them costs nothing: the
snapshot stays unread and is read by the next check, before newer ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from monitor.decide import ABSENCES_BEFORE_LOST
from monitor.errors import BodyCorrupt, UnknownName
from monitor.interfaces import Store
from monitor.model import (
    Exchange,
    FactDefinition,
    Interpretation,
    Known,
    Look,
    Observation,
    Origin,
    Outcome,
    Page,
    Snapshot,
    Validators,
    Verdict,
    Version,
)
from monitor.understand import Understanding, interpret, reader_for, understand


class Understand(Protocol):
    """Reads a body as `monitor.understand.understand` does, here or in another process."""

    def __call__(
        self, body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition], *, like: Version | None = None
    ) -> Understanding:
        """What the body says."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to.

    Attributes:
        snapshot: The look as archived.
        look: What was received.
        readings: What each snapshot that was read came to, in order; empty where the look repeated what is known, or failed.
    """

    snapshot: Snapshot
    look: Look
    readings: tuple[Interpretation, ...]


def take(
    page: Page,
    look: Look,
    *,
    store: Store,
    now: datetime,
    next_check_at: datetime | None,
    validators: Validators | None = None,
    origin: Origin = Origin.LIVE,
    absences_before_lost: int = ABSENCES_BEFORE_LOST,
    understand: Understand = understand,
    robots_overruled: bool = False,
) -> Checked:
    """Archive a look that was had, live or from a file, and read what is unread.

    Args:
        page: The page.
        look: What was received.
        store: Who remembers.
        now: The time of the look, on the observing clock.
        next_check_at: When the page is due next; None for never.
        validators: Those that the look was made with; None where it was made without.
        origin: Where the look came from.
        absences_before_lost: See `monitor.decide.decide`.
        understand: Who reads bodies; whatever it raises leaves the snapshot unread.
        robots_overruled: Whether robots.txt forbade the look.
    """
    source = validators if look.final.status == 304 else None
    compared = source is None and look.failure is None

    def observed(latest: Snapshot | None) -> Observation:
        return replace(observe(look, latest, source), robots_overruled=robots_overruled)

    snapshot = store.archive(
        page,
        observed if compared else observed(None),
        taken_at=now,
        origin=origin,
        reader=reader_for(page.facts).digest,
        next_check_at=next_check_at,
    )
    if snapshot.read_at is not None:
        return Checked(snapshot, look, ())
    readings = _read_waiting(
        page,
        store,
        lambda: now,
        bodies={snapshot.id: look.final.body if compared else None},
        absences_before_lost=absences_before_lost,
        understand=understand,
    )
    return Checked(snapshot, look, readings)


def observe(look: Look, latest: Snapshot | None, source: Validators | None) -> Observation:
    """What follows from a look by itself.

    Args:
        look: The look.
        latest: The page's newest snapshot that did not fail; None before the first. Plays no part where the look failed or there is a `source`.
        source: The validators that the look was made with, where the answer is 304; None otherwise.
    """
    final = look.final
    if final.failure is not None:
        return Observation(look, Outcome.FAILED, None, None)
    if source is not None:
        return Observation(look, Outcome.NOT_MODIFIED, source.body_sha256, source.snapshot_id)
    digest = hashlib.sha256(final.body or b"").hexdigest()
    if latest is not None and _repeats(final, digest, latest):
        return Observation(look, Outcome.SAME_BODY, digest, latest.repeats_id or latest.id)
    return Observation(look, Outcome.FULL, digest, None)


def _repeats(final: Exchange, digest: str, latest: Snapshot) -> bool:
    """Whether a response is the latest one again in all that a verdict or a reading depends on."""
    now = (digest, final.status, final.url, final.header("Content-Type"), final.truncated)
    return now == (latest.body_sha256, latest.status, latest.final_url, latest.content_type, latest.truncated)


def read(
    page: Page,
    snapshot: Snapshot,
    store: Store,
    now: datetime,
    *,
    known: Known | None = None,
    body: bytes | None = None,
    absences_before_lost: int = ABSENCES_BEFORE_LOST,
    understand: Understand = understand,
) -> Interpretation:
    """Read one archived snapshot and record what it comes to (T2).

    Args:
        page: Whose snapshot it is.
        snapshot: What to read.
        store: Who remembers.
        now: On the observing clock.
        known: What is known of the page before it; None asks the store.
        body: The snapshot's body where it is still at hand; None reads it from the store.
        absences_before_lost: See `monitor.decide.decide`.
        understand: Who reads bodies; whatever it raises leaves the snapshot unread. One whose own body is damaged counts as read, with verdict error: it
            can never be read, and newer ones wait behind it.
    """
    assert snapshot.body_sha256 is not None, "a failed look is archived as read"
    if known is None:
        known = store.known(page.id)
    try:
        body = store.body(snapshot.body_sha256) if body is None else body
    except BodyCorrupt as error:
        unreadable = Interpretation(Verdict.ERROR, str(error))
        store.record(snapshot, unreadable, now=now)
        return unreadable
    says = understand(body, snapshot, page.facts, like=known.version)
    was = _read_alike(page, known, says, store, understand)
    interpretation = interpret(
        snapshot,
        says,
        known,
        was,
        page_url=page.url,
        absences_before_lost=absences_before_lost,
        noise=page.noise,
        heed=page.heed,
        facts=page.facts,
    )
    store.record(snapshot, interpretation, now=now)
    return interpretation


def read_up(
    page: Page, store: Store, clock: Callable[[], datetime], *, absences_before_lost: int, understand: Understand
) -> int:
    """Read what nobody has read yet of a page, oldest first, as `read` does; `clock` is the observing one.

    Returns:
        How many snapshots were read.
    """
    return len(_read_waiting(page, store, clock, absences_before_lost=absences_before_lost, understand=understand))


def _read_waiting(
    page: Page,
    store: Store,
    clock: Callable[[], datetime],
    *,
    bodies: Mapping[int, bytes | None] = MappingProxyType({}),
    absences_before_lost: int,
    understand: Understand,
) -> tuple[Interpretation, ...]:
    """Read a page's unread snapshots, the oldest first; `bodies` are those still at hand, by their snapshots."""
    known = store.known(page.id)
    readings: list[Interpretation] = []
    for snapshot in known.unread:
        readings.append(
            read(
                page,
                snapshot,
                store,
                clock(),
                # It holds for the first: what reading that comes to is known of the next.
                known=None if readings else known,
                body=bodies.get(snapshot.id),
                absences_before_lost=absences_before_lost,
                understand=understand,
            )
        )
    return tuple(readings)


def _read_alike(page: Page, known: Known, says: Understanding, store: Store, understand: Understand) -> Version | None:
    """The page's present version as the present reader reads it: like is compared with like.

    Returns:
        None before the first version, and where neither a version that the present reader made nor the body that it was read from can be used.
    """
    if known.version is not None and known.version.reader == says.version.reader:
        return known.version
    if known.shown_by is None or known.shown_by.body_sha256 is None:
        return None
    try:
        body = store.body(known.shown_by.body_sha256)
    except (BodyCorrupt, UnknownName):
        return None
    return understand(body, known.shown_by, page.facts).version
