"""State machine of page health: advances it by one check and returns the events of its transitions. Pure.

The rules:

- gone, blocked and moved are reported once, at the second check in a row with that result, dated at the first. A check with an inconclusive verdict (a
  server error, an empty page) leaves the count unchanged.
- A page is back at the first ok check after it was reported as gone, blocked, moved or stale.
- A page whose extraction has failed permanently is reported as unreadable at once, because the extraction was already retried.
- A page is stale if it has had no ok check for three usual intervals although it was checked. A page that was not checked is late; that is a fault of
  the monitor and produces no event here.
- A certificate is reported once, when it expires in less than two weeks.
- A page that robots.txt disallows is reported once as blocked, and as back when it is allowed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.limits import SUMMARY_CHARS, cut
from monitor.model import Change, EventKind, HealthStatus, JsonValue, Level, PageHealth, Reason, SnapshotRef, Verdict
from monitor.times import iso_offset
from monitor.urls import bare_host

CHECKS_BEFORE_EVENT = 2
"""A single check may meet a server during an update, or a bot filter that blocks at random."""

STALE_INTERVALS = 3
CERTIFICATE_NOTICE = timedelta(days=14)

Transition = tuple[PageHealth, tuple[Change, ...]]
"""The new health of the page, and the events to report."""

_STATUSES: Mapping[Verdict, HealthStatus] = {
    Verdict.OK: HealthStatus.OK,
    Verdict.GONE: HealthStatus.GONE,
    Verdict.MOVED: HealthStatus.MOVED,
    Verdict.BLOCKED: HealthStatus.BLOCKED,
    Verdict.CONSENT_WALL: HealthStatus.BLOCKED,
    Verdict.LOGIN_WALL: HealthStatus.BLOCKED,
    Verdict.UNREADABLE: HealthStatus.UNREADABLE,
}
"""Health status of each conclusive verdict. The other verdicts do not change the status, however often they repeat."""

_KINDS: Mapping[HealthStatus, tuple[EventKind, Reason]] = {
    HealthStatus.GONE: (EventKind.PAGE_GONE, Reason.PAGE_GONE),
    HealthStatus.MOVED: (EventKind.PAGE_MOVED, Reason.PAGE_MOVED),
    HealthStatus.BLOCKED: (EventKind.PAGE_BLOCKED, Reason.ACCESS_BLOCKED),
    HealthStatus.UNREADABLE: (EventKind.PAGE_UNREADABLE, Reason.EXTRACTION_FAILED),
}


def advance(
    health: PageHealth | None,
    *,
    verdict: Verdict,
    reason: str,
    page_url: str,
    final_url: str,
    moved_permanently: bool,
    snapshot: SnapshotRef,
    last_ok: SnapshotRef | None,
) -> Transition:
    """Return the page health after a check that was processed, and its events.

    Args:
        health: The previous health; None before the first.
        verdict: The verdict of the snapshot.
        reason: The reason of the verdict.
        page_url: The page's URL.
        final_url: The URL that answered.
        moved_permanently: Whether the redirect chain contains a permanent redirect.
        snapshot: The snapshot.
        last_ok: The previous ok snapshot; None if there is none.
    """
    # See tests/monitor/tracking/test_page_health.py::test_a_turn_is_told_once_at_the_look_that_confirms_it.
    health = health or PageHealth()
    status = _STATUSES.get(verdict)
    # A page that has moved keeps this status until its own URL answers again, whether or not the current redirect is permanent.
    for_good = moved_permanently or health.status is HealthStatus.MOVED
    if status is HealthStatus.OK and is_elsewhere(page_url, final_url, moved_permanently=for_good):
        status = HealthStatus.MOVED
    if status is None:
        return health, ()
    changes: tuple[Change, ...] = ()
    if verdict is Verdict.OK and _is_back(health, status):
        health, changes = _back(health, status, snapshot, last_ok)
    if status is health.status:
        return _without_candidate(health), changes
    waiting = _waiting(health, status, snapshot, last_ok)
    if waiting.candidate_seen < CHECKS_BEFORE_EVENT and status is not HealthStatus.UNREADABLE:
        return waiting, changes
    confirmed = _without_candidate(replace(waiting, status=status, since=waiting.candidate_since))
    return confirmed, (*changes, _reported(waiting, status, reason, page_url, final_url))


def settled(health: PageHealth) -> bool:
    """Return whether another check with the same result would leave the health unchanged."""
    return health.candidate is None and health.status is HealthStatus.OK and health.stale_since is None


def is_elsewhere(page_url: str, final_url: str, *, moved_permanently: bool) -> bool:
    """Return whether a check ended at another page: on another host, or through a permanent redirect.

    The same page under https, with or without "www.", or with or without a trailing slash, is not another page.
    """
    # See tests/monitor/tracking/test_page_health.py::test_only_another_host_or_a_permanent_redirect_to_another_page_is_elsewhere.
    page, final = urlsplit(page_url), urlsplit(final_url)
    if bare_host(page.hostname) != bare_host(final.hostname) or page.port != final.port:
        return True
    return moved_permanently and (page.path.rstrip("/"), page.query) != (final.path.rstrip("/"), final.query)


def stale(
    health: PageHealth | None,
    *,
    now: datetime,
    usual: timedelta,
    watched_since: datetime,
    last_ok: SnapshotRef | None,
    missed: Mapping[str, int],
    missed_since: datetime | None,
    why: str = "",
) -> Transition:
    """Return `page_stale` once if a page has had no ok check for too long although it was checked.

    A page that is known to be gone, blocked, unreadable or disallowed is not reported as stale.

    Args:
        health: The current health; None before the first.
        now: The time on the observing clock.
        usual: The usual interval between two checks.
        watched_since: When the page was added to the watchlist.
        last_ok: The page's last ok snapshot; None if there is none.
        missed: Checks since then that were not ok, by verdict; "failed" counts those without a response.
        missed_since: The time of the first of them; None if there is none.
        why: What was wrong with the latest, as text for the user.
    """
    # See tests/monitor/tracking/test_page_health.py::test_a_page_is_stale_after_three_intervals_in_which_it_was_looked_at_in_vain.
    health = health or PageHealth()
    known = health.stale_since is not None or health.disallowed_since is not None
    if known or health.status in (HealthStatus.GONE, HealthStatus.BLOCKED, HealthStatus.UNREADABLE):
        return health, ()
    seen = last_ok.taken_at if last_ok else watched_since
    # Downtime of the monitor is not a missed check: there must be several failed checks, and they must span the time.
    tried = missed_since is not None and now - missed_since >= usual * (STALE_INTERVALS - 1)
    if not tried or sum(missed.values()) < CHECKS_BEFORE_EVENT or now - seen < usual * STALE_INTERVALS:
        return health, ()
    change = _change(
        EventKind.PAGE_STALE,
        Reason.NO_OK_CHECK,
        detail={
            "last_ok_at": iso_offset(last_ok.taken_at) if last_ok else None,
            "checks": sum(missed.values()),
            "missed": dict(missed),
            "evidence": cut(why, SUMMARY_CHARS),
        },
        seen_before=last_ok,
    )
    return replace(health, stale_since=now), (change,)


def certificate(health: PageHealth | None, *, expires_at: datetime, snapshot: SnapshotRef) -> Transition:
    """Return `certificate_expiring` once for each server certificate that expires soon.

    Args:
        health: The current health of the page; None before the first.
        expires_at: notAfter of the certificate.
        snapshot: The snapshot that recorded the certificate.
    """
    # See tests/monitor/tracking/test_page_health.py::test_a_certificate_is_told_of_once_when_less_than_two_weeks_are_left.
    health = health or PageHealth()
    if health.reported_certificate_expiry == expires_at or expires_at - snapshot.taken_at >= CERTIFICATE_NOTICE:
        return health, ()
    change = _change(
        EventKind.CERTIFICATE_EXPIRING,
        Reason.CERTIFICATE_EXPIRING,
        detail={"expires_at": iso_offset(expires_at), "left_seconds": _seconds(expires_at - snapshot.taken_at)},
        seen_after=snapshot,
    )
    return replace(health, reported_certificate_expiry=expires_at), (change,)


def disallowed(health: PageHealth | None, now: datetime) -> Transition:
    """Return `page_blocked` once: robots.txt disallows the page."""
    # See tests/monitor/tracking/test_page_health.py::test_robots_txt_is_told_once_as_blocked_and_once_as_back.
    health = health or PageHealth()
    if health.disallowed_since is not None:
        return health, ()
    change = _change(EventKind.PAGE_BLOCKED, Reason.ROBOTS_DISALLOWED)
    return replace(health, disallowed_since=now), (change,)


def allowed_again(health: PageHealth | None, now: datetime) -> Transition:
    """Return `page_back` if the page was reported as disallowed: robots.txt allows it again."""
    health = health or PageHealth()
    if health.disallowed_since is None:
        return health, ()
    away = _seconds(now - health.disallowed_since)
    change = _change(EventKind.PAGE_BACK, Reason.ROBOTS_ALLOWED, detail={"away_seconds": away})
    return replace(health, disallowed_since=None), (change,)


def _is_back(health: PageHealth, status: HealthStatus) -> bool:
    """Return whether an ok check ends a reported problem. An ok check at another URL does not end the status moved."""
    # See tests/monitor/tracking/test_page_health.py::test_a_page_that_has_moved_is_not_back_because_it_redirects_otherwise.
    return health.stale_since is not None or health.status not in (HealthStatus.OK, status)


def _back(health: PageHealth, status: HealthStatus, snapshot: SnapshotRef, last_ok: SnapshotRef | None) -> Transition:
    """Return the `page_back` transition.

    The absence is measured from the first check with that status; for a stale page from its last ok snapshot, if there is one.
    """
    begins = [health.since.taken_at] if health.since and health.status is not HealthStatus.OK else []
    if health.stale_since is not None:
        begins.append(last_ok.taken_at if last_ok else health.stale_since)
    away = _seconds(snapshot.taken_at - min(begins, default=snapshot.taken_at))
    own = health.status is HealthStatus.MOVED and health.stale_since is None
    change = _change(
        EventKind.PAGE_BACK,
        Reason.PAGE_BACK_AT_OWN_URL if own else Reason.PAGE_BACK,
        detail={"away_seconds": away},
        seen_before=last_ok,
        seen_after=snapshot,
    )
    if status is health.status:  # still moved, but no longer stale
        return replace(health, stale_since=None), (change,)
    return replace(_without_candidate(health), status=HealthStatus.OK, since=snapshot, stale_since=None), (change,)


def _waiting(
    health: PageHealth, status: HealthStatus, snapshot: SnapshotRef, last_ok: SnapshotRef | None
) -> PageHealth:
    if health.candidate is status:
        return replace(health, candidate_seen=health.candidate_seen + 1)
    return replace(health, candidate=status, candidate_since=snapshot, candidate_seen=1, candidate_before=last_ok)


def _without_candidate(health: PageHealth) -> PageHealth:
    return replace(health, candidate=None, candidate_since=None, candidate_seen=0, candidate_before=None)


def _reported(waiting: PageHealth, status: HealthStatus, reason: str, page_url: str, final_url: str) -> Change:
    assert waiting.candidate_since is not None
    moved = status is HealthStatus.MOVED and page_url != final_url
    kind, code = _KINDS[status]
    return _change(
        kind,
        code,
        before=page_url if moved else None,
        after=final_url if moved else None,
        detail={
            "since": iso_offset(waiting.candidate_since.taken_at),
            "checks": waiting.candidate_seen,
            "evidence": cut(reason, SUMMARY_CHARS),
        },
        seen_before=waiting.candidate_before,
        seen_after=waiting.candidate_since,
    )


def _change(
    kind: EventKind,
    reason: Reason,
    *,
    before: JsonValue = None,
    after: JsonValue = None,
    detail: Mapping[str, JsonValue] | None = None,
    seen_before: SnapshotRef | None = None,
    seen_after: SnapshotRef | None = None,
) -> Change:
    return Change(
        kind,
        Level.HEALTH,
        reason,
        before=before,
        after=after,
        detail=detail or {},
        seen_before=seen_before,
        seen_after=seen_after,
    )


def _seconds(length: timedelta) -> int:
    return max(int(length.total_seconds()), 0)
