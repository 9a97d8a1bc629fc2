"""What becomes of a requisite after a request: archived, requested again later, or given up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.fetching.retry_after import backoff_for, is_rate_limited
from monitor.model import Exchange, RequisiteState

ATTEMPTS = 3
"""Requests for a requisite that fail for a reason that may pass, after which it waits for the next version of the page."""

FIRST_RETRY = timedelta(minutes=10)
"""Time until the second request; it doubles with each failure."""

_OK = range(200, 300)
_NOT_MODIFIED = 304
_SERVER_ERRORS = range(500, 600)
_CONDITIONS = ("if-none-match", "if-modified-since")


@dataclass(frozen=True, slots=True)
class RequisiteResult:
    """The result of a request for a requisite, or of the decision not to request it.

    Attributes:
        state: Its new state.
        reason: Why it is not archived; "" otherwise.
        due_at: When it is requested again (observing clock); None: not before a new version.
        attempts: Consecutive requests that failed.
    """

    state: RequisiteState
    reason: str = ""
    due_at: datetime | None = None
    attempts: int = 0


def result_of(final: Exchange, attempts: int, now: datetime) -> RequisiteResult:
    """Return the result of a request.

    Args:
        final: The last exchange of the request.
        attempts: Consecutive requests before it that failed.
        now: On the observing clock.
    """
    if final.status is not None and (final.status in _OK or (final.status == _NOT_MODIFIED and _is_conditional(final))):
        return RequisiteResult(RequisiteState.ARCHIVED)
    failure = final.failure
    if failure is not None:
        return failed(failure.message, attempts, now) if failure.transient else _given_up(failure.message)
    message = f"the server answered {final.status}"
    if is_rate_limited(final) or final.status in _SERVER_ERRORS:
        return failed(message, attempts, now, wait=backoff_for(final, attempts + 1))
    return _given_up(message)


def _is_conditional(item: Exchange) -> bool:
    """Return whether the request had a condition, without which a 304 answers nothing."""
    return any(name.lower() in _CONDITIONS for name, _ in item.request_headers)


def failed(reason: str, attempts: int, now: datetime, wait: timedelta | None = None) -> RequisiteResult:
    """Return the result of a request that failed for a reason that may pass.

    Args:
        reason: Why, for display.
        attempts: Consecutive requests before it that failed.
        now: On the observing clock.
        wait: The pause that the server requested; None if it requested none.
    """
    count = attempts + 1
    if count >= ATTEMPTS:
        return RequisiteResult(RequisiteState.FAILED, reason, None, count)
    pause = max(wait or timedelta(0), FIRST_RETRY * 2**attempts)
    return RequisiteResult(RequisiteState.WAITING, reason, now + pause, count)


def _given_up(reason: str) -> RequisiteResult:
    return RequisiteResult(RequisiteState.FAILED, reason)
