"""One check of one page, from the look on: archive before anything is interpreted, then read whatever is unread, oldest first.

The look is archived in one transaction (T1) and its reading recorded in another (T2). A crash or a parser's fault between them costs nothing: the
snapshot stays unread and is read by the next check, before newer ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from monitor.conditional import NOT_MODIFIED, is_conditional
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
    Rescheduling,
    Snapshot,
    Validators,
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


def archive(
    page: Page,
    look: Look,
    *,
    store: Store,
    now: datetime,
    next_check_at: datetime | None,
    validators: Validators | None = None,
    origin: Origin = Origin.LIVE,
    robots_overruled: bool = False,
    reason: str | None = None,
) -> Snapshot:
    """T1: archive what was received, before anything is interpreted.

    Args:
        page: The page.
        look: What was received, live or from a file.
        store: Where results are kept.
        now: The time of the check, on the observing clock.
        next_check_at: When the page is due next; None for never.
        validators: Those that the request was made with; None where it was made without.
        origin: Where the snapshot came from.
        robots_overruled: Whether robots.txt disallowed the request.
        reason: Why the page is due then, for people; None leaves what was said before.
    """
    # A 304 says that a page is as it was only to who asked that.
    source = validators if look.final.status == NOT_MODIFIED and is_conditional(look.final) else None

    def observed(latest: Snapshot | None) -> Observation:
        return replace(observe(look, latest, source), robots_overruled=robots_overruled)

    return store.archive(
        page,
        observed if source is None and look.failure is None else observed(None),
        taken_at=now,
        origin=origin,
        reader=reader_for(page.facts).digest,
        next_check_at=next_check_at,
        reason=reason,
    )


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
    if now != (latest.body_sha256, latest.status, latest.final_url, latest.content_type, latest.truncated):
        return False
    return final.header("Refresh") == latest.refresh


class Adapt(Protocol):
    """Says what a processed snapshot means for its page's schedule; None where nothing."""

    def __call__(self, page: Page, snapshot: Snapshot, interpretation: Interpretation) -> Rescheduling | None:
        """Pure but for chance: what an adaptive schedule learns."""
        ...


def adapt_nothing(page: Page, snapshot: Snapshot, interpretation: Interpretation) -> None:
    """For snapshots that say nothing of when their page is due next."""


@dataclass(frozen=True, slots=True)
class Processing:
    """How unprocessed snapshots are processed.

    Attributes:
        store: Where results are kept.
        clock: The observing clock.
        absences_before_lost: See `monitor.decide.decide`.
        understand: Extracts; whatever it raises leaves the snapshot unprocessed.
        adapt: What each snapshot means for the schedule.
    """

    store: Store
    clock: Callable[[], datetime]
    absences_before_lost: int = ABSENCES_BEFORE_LOST
    understand: Understand = understand
    adapt: Adapt = adapt_nothing

    def evaluate(self, page: Page, snapshot: Snapshot, known: Known, body: bytes | None = None) -> Interpretation:
        """What processing an archived snapshot comes to; stores nothing.

        Args:
            page: Whose snapshot it is.
            snapshot: What to process.
            known: What is known of the page before it.
            body: Its body where that is still at hand; None asks the store for it.
        """
        assert snapshot.body_sha256 is not None, "a failed check is archived as processed"
        body = self.store.body(snapshot.body_sha256) if body is None else body
        says = self.understand(body, snapshot, page.facts, like=known.version)
        return interpret(
            snapshot,
            says,
            known,
            _read_alike(page, known, says, self.store, self.understand),
            page_url=page.url,
            absences_before_lost=self.absences_before_lost,
            noise=page.noise,
            heed=page.heed,
            facts=page.facts,
        )

    def record(
        self, page: Page, snapshot: Snapshot, interpretation: Interpretation, *, owner: str | None, more: bool
    ) -> Interpretation:
        """T2: record what processing a snapshot came to, and what its schedule learns from it."""
        adapted = replace(interpretation, rescheduling=self.adapt(page, snapshot, interpretation))
        self.store.record(snapshot, adapted, now=self.clock(), owner=owner, more=more)
        return adapted

    def adapted(self, page: Page, interpretation: Interpretation) -> Page:
        """The page with the interval that its schedule came to."""
        to = interpretation.rescheduling
        return page if to is None else replace(page, interval=to.interval)


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
