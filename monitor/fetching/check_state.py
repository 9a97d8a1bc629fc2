"""How a check changes the state of its page when it is archived (T1). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.fetching.retry_after import is_rate_limited
from monitor.model import Observation, Origin, Outcome, PageState, Verdict


@dataclass(frozen=True, slots=True)
class Processed:
    """What a page's processed snapshots resulted in, and the snapshot that a check repeats.

    Attributes:
        is_complete: Whether the page has no unprocessed snapshot.
        settled_by: Digest of the parser version for which the page is settled; None if it is not.
        version_id: The page's current version; None before the first.
        repeated_is_processed: Whether the repeated snapshot is processed; False if nothing is repeated.
        repeated_verdict: Its verdict; None while it has none.
        repeated_version_id: Its version; None if it has none.
    """

    is_complete: bool
    settled_by: str | None
    version_id: int | None
    repeated_is_processed: bool
    repeated_verdict: Verdict | None
    repeated_version_id: int | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How long 304 responses have been trusted; see `monitor.fetching.conditional.Revalidation`.

    Attributes:
        repeats: Consecutive 304 responses since the last ok response to a request without validators.
        confirmed_at: Time of that response; None if unknown.
    """

    repeats: int
    confirmed_at: datetime | None

    def after(self, outcome: Outcome, verdict: Verdict | None, at: datetime) -> Confirmation:
        """Return the state after a live check with this outcome and, if it is known already, verdict."""
        if outcome is Outcome.NOT_MODIFIED:
            return Confirmation(self.repeats + 1, self.confirmed_at or at)
        return Confirmation(0, at) if verdict is Verdict.OK else self


def inherits_result(observation: Observation, processed: Processed, reader: str) -> bool:
    """Return whether processing a repeat cannot change anything, so that it takes verdict and version of the repeated snapshot at once.

    Args:
        observation: The observation of the check.
        processed: The page before it.
        reader: Digest of the current parser version.
    """
    if observation.repeats_id is None or not processed.repeated_is_processed or not processed.is_complete:
        return False
    if processed.repeated_verdict is Verdict.UNREADABLE:
        # The same bytes would fail again; the snapshot that failed decides when they are tried again.
        return True
    is_current = processed.repeated_version_id is not None and processed.repeated_version_id == processed.version_id
    return processed.settled_by == reader and (is_current or processed.repeated_verdict is not Verdict.OK)


def failures_after(before: int, observation: Observation, origin: Origin) -> int:
    """Count consecutive checks without a response, or with one that requests a pause; an import does not change the count."""
    if origin is not Origin.LIVE:
        return before
    return before + 1 if observation.outcome is Outcome.FAILED or is_rate_limited(observation.fetch_result.final) else 0


def due_after(
    before: datetime | None, state: PageState, origin: Origin, next_check_at: datetime | None
) -> datetime | None:
    """Return when the page is due next. An import does not change it, and a page retired or paused during the check is never due."""
    if origin is not Origin.LIVE:
        return before
    return next_check_at if state is PageState.ACTIVE else None


def is_newest(outcome: Outcome, *, late: bool) -> bool:
    """Return whether the next check is compared with this one: it did not fail, and is not older than the page's newest."""
    return outcome is not Outcome.FAILED and not late
