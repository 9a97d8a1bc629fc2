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
        fetch_result: The fetch result.
        outcomes: The outcome of each snapshot processed, in order; empty where the check repeated known content, or failed.
    """

    snapshot: Snapshot
    fetch_result: FetchResult
    outcomes: tuple[AnalysisOutcome, ...]


def archive(
    page: Page,
    fetch_result: FetchResult,
    *,
    store: Store,
    now: datetime,
    next_check_at: datetime | None,
    validators: Validators | None = None,
    origin: Origin = Origin.LIVE,
    robots_overruled: bool = False,
    reason: str | None = None,
    visit_id: int | None = None,
) -> Snapshot:
    """T1: archive a fetch result before any processing.

    Args:
        page: The page.
        fetch_result: The fetch result, live or from a file.
        store: Where results are kept.
        now: The time of the check, on the observing clock.
        next_check_at: When the page is due next; None for never.
        validators: The validators of the request; None where it had none.
        origin: Where the snapshot came from.
        robots_overruled: Whether robots.txt disallowed the request.
        reason: Reason for `next_check_at`, for display; None keeps the previous reason.
        visit_id: The first snapshot of the same visit to the host; None where this one is the first.
    """
    # A 304 means that the page is unchanged only as the response to a conditional request.
    source = validators if fetch_result.final.status == NOT_MODIFIED and is_conditional(fetch_result.final) else None

    def observe(latest: Snapshot | None) -> Observation:
        return replace(classify_outcome(fetch_result, latest, source), robots_overruled=robots_overruled)

    return store.archive(
        page,
        observe if source is None and fetch_result.failure is None else observe(None),
        taken_at=now,
        origin=origin,
        reader=parser_version_of(page.facts, page.selection).digest,
        next_check_at=next_check_at,
        reason=reason,
        visit_id=visit_id,
    )


def classify_outcome(fetch_result: FetchResult, latest: Snapshot | None, source: Validators | None) -> Observation:
    """Return the observation of a fetch result: its outcome, and the snapshot that it repeats.

    Args:
        fetch_result: The fetch result.
        latest: The page's newest snapshot that did not fail; None before the first. Not used where the fetch failed or there is a `source`.
        source: The validators of the request, where the response is 304; None otherwise.
    """
    final = fetch_result.final
    if final.failure is not None:
        return Observation(fetch_result, Outcome.FAILED, None, None)
    if source is not None:
        return Observation(fetch_result, Outcome.NOT_MODIFIED, source.body_sha256, source.snapshot_id)
    digest = hashlib.sha256(final.body or b"").hexdigest()
    if latest is not None and final.response_key(digest) == latest.response_key:
        return Observation(fetch_result, Outcome.SAME_BODY, digest, latest.repeats_id or latest.id)
    return Observation(fetch_result, Outcome.FULL, digest, None)
