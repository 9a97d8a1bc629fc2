"""The archiving half of a check (T1): what was received is stored in one transaction, before anything is interpreted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.fetching.conditional import NOT_MODIFIED, is_conditional
from monitor.model import (
    AnalysisOutcome,
    Exchange,
    FetchResult,
    Observation,
    Origin,
    Outcome,
    Page,
    Snapshot,
    Validators,
)
from monitor.parser_version import parser_version_of
from monitor.ports import Store


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check came to.

    Attributes:
        snapshot: The look as archived.
        look: What was received.
        readings: What each snapshot that was read came to, in order; empty where the look repeated what is known, or failed.
    """

    snapshot: Snapshot
    look: FetchResult
    readings: tuple[AnalysisOutcome, ...]


def archive(
    page: Page,
    look: FetchResult,
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
        return replace(classify_outcome(look, latest, source), robots_overruled=robots_overruled)

    return store.archive(
        page,
        observed if source is None and look.failure is None else observed(None),
        taken_at=now,
        origin=origin,
        reader=parser_version_of(page.facts).digest,
        next_check_at=next_check_at,
        reason=reason,
    )


def classify_outcome(look: FetchResult, latest: Snapshot | None, source: Validators | None) -> Observation:
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
