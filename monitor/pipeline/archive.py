"""Archiving stage of a check (T1): stores the fetch result in one transaction, before any processing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.fetching.conditional import NOT_MODIFIED, is_conditional
from monitor.model import (
    AnalysisOutcome,
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
    """Result of a check.

    Attributes:
        snapshot: The archived snapshot.
        look: The fetch result.
        readings: The outcome of each snapshot processed, in order; empty where the check repeated known content, or failed.
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
    """T1: archive a fetch result before any processing.

    Args:
        page: The page.
        look: The fetch result, live or from a file.
        store: Where results are kept.
        now: The time of the check, on the observing clock.
        next_check_at: When the page is due next; None for never.
        validators: The validators of the request; None where it had none.
        origin: Where the snapshot came from.
        robots_overruled: Whether robots.txt disallowed the request.
        reason: Reason for `next_check_at`, for display; None keeps the previous reason.
    """
    # A 304 means that the page is unchanged only as the response to a conditional request.
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
    """Return the observation of a fetch result: its outcome, and the snapshot that it repeats.

    Args:
        look: The fetch result.
        latest: The page's newest snapshot that did not fail; None before the first. Not used where the fetch failed or there is a `source`.
        source: The validators of the request, where the response is 304; None otherwise.
    """
    final = look.final
    if final.failure is not None:
        return Observation(look, Outcome.FAILED, None, None)
    if source is not None:
        return Observation(look, Outcome.NOT_MODIFIED, source.body_sha256, source.snapshot_id)
    digest = hashlib.sha256(final.body or b"").hexdigest()
    if latest is not None and final.response_key(digest) == latest.response_key:
        return Observation(look, Outcome.SAME_BODY, digest, latest.repeats_id or latest.id)
    return Observation(look, Outcome.FULL, digest, None)
