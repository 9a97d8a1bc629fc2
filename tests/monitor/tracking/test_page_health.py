"""How a page stands, look by look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Change, EventKind, HealthStatus, Level, PageHealth, Reason, SnapshotRef, Verdict
from monitor.tracking import page_health
from rendering import sentences

PAGE = "https://coalition.example/en/partners"
ELSEWHERE = "https://alliance.example/partners"
START = datetime(2024, 5, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

GONE, MOVED, BLOCKED, BACK = (
    EventKind.PAGE_GONE,
    EventKind.PAGE_MOVED,
    EventKind.PAGE_BLOCKED,
    EventKind.PAGE_BACK,
)


@dataclass(frozen=True)
class Seen:
    """What a look found."""

    verdict: Verdict
    final_url: str = PAGE
    moved_permanently: bool = False


OK = Seen(Verdict.OK)
NOT_FOUND = Seen(Verdict.GONE)
DENIED = Seen(Verdict.BLOCKED)
CONSENT = Seen(Verdict.CONSENT_WALL)
LOGIN = Seen(Verdict.LOGIN_WALL)
ERROR = Seen(Verdict.ERROR)
THERE = Seen(Verdict.OK, ELSEWHERE)
NOWHERE = Seen(Verdict.MOVED)
LOOKS = (OK, NOT_FOUND, DENIED, CONSENT, LOGIN, ERROR, THERE, NOWHERE)


def looked(*looks: Seen, after: PageHealth | None = None) -> tuple[PageHealth, list[tuple[int, Change]]]:
    """Where hourly looks lead, and what they tell: (number of the look, from 1, and the change)."""
    stands, told, last_ok = after, [], None
    for number, look in enumerate(looks, 1):
        here = SnapshotRef(number, START + number * HOUR)
        stands, changes = page_health.advance(
            stands,
            verdict=look.verdict,
            reason="status 404" if look is NOT_FOUND else "as seen",
            page_url=PAGE,
            final_url=look.final_url,
            moved_permanently=look.moved_permanently,
            snapshot=here,
            last_ok=last_ok,
        )
        told += [(number, change) for change in changes]
        last_ok = here if look.verdict is Verdict.OK else last_ok
    assert stands is not None
    return stands, told


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ((OK, OK), []),
        ((OK, NOT_FOUND, OK), []),
        ((OK, NOT_FOUND, NOT_FOUND), [(3, GONE)]),
        ((OK, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND), [(3, GONE)]),
        ((NOT_FOUND, NOT_FOUND), [(2, GONE)]),
        ((OK, NOT_FOUND, ERROR, NOT_FOUND), [(4, GONE)]),
        ((OK, NOT_FOUND, OK, NOT_FOUND, OK), []),
        ((OK, NOT_FOUND, DENIED, NOT_FOUND, DENIED), []),
        ((OK, DENIED, CONSENT), [(3, BLOCKED)]),
        ((OK, LOGIN, LOGIN), [(3, BLOCKED)]),
        ((OK, ERROR, ERROR, ERROR, ERROR), []),
        ((OK, NOT_FOUND, NOT_FOUND, OK, OK), [(3, GONE), (4, BACK)]),
        ((OK, NOT_FOUND, NOT_FOUND, DENIED, NOT_FOUND), [(3, GONE)]),
        ((OK, NOT_FOUND, NOT_FOUND, DENIED, DENIED), [(3, GONE), (5, BLOCKED)]),
        ((OK, NOT_FOUND, NOT_FOUND, OK, NOT_FOUND, NOT_FOUND), [(3, GONE), (4, BACK), (6, GONE)]),
        ((OK, THERE, OK), []),
        ((OK, THERE, THERE, THERE), [(3, MOVED)]),
        ((THERE, THERE), [(2, MOVED)]),
        ((OK, NOWHERE, NOWHERE), [(3, MOVED)]),
        ((OK, THERE, THERE, OK), [(3, MOVED), (4, BACK)]),
        ((OK, NOT_FOUND, NOT_FOUND, THERE, THERE), [(3, GONE), (4, BACK), (5, MOVED)]),
        ((OK, THERE, THERE, NOT_FOUND, NOT_FOUND, THERE), [(3, MOVED), (5, GONE), (6, BACK)]),
    ],
)
def test_a_turn_is_told_once_at_the_look_that_confirms_it(looks, told):
    assert [(number, change.kind) for number, change in looked(*looks)[1]] == told


def test_what_two_looks_found_is_dated_at_the_first_and_counted_from_the_last_ok_look():
    stands, [(_, gone)] = looked(OK, NOT_FOUND, NOT_FOUND)
    assert gone.level is Level.HEALTH
    assert gone.seen_before == SnapshotRef(1, START + HOUR)
    assert gone.seen_after == SnapshotRef(2, START + 2 * HOUR)
    assert sentences.summary(gone) == "gone since 3 May 2024 (2 checks): status 404"
    assert (stands.status, stands.since) == (HealthStatus.GONE, gone.seen_after)


def test_a_page_never_seen_well_has_no_look_before():
    _, [(_, gone)] = looked(NOT_FOUND, NOT_FOUND)
    assert gone.seen_before is None


def test_a_page_that_moved_says_where_from_and_where_to_and_when_it_was_last_at_home():
    _, [(_, moved)] = looked(OK, THERE, THERE)
    assert (moved.before, moved.after) == (PAGE, ELSEWHERE)
    assert sentences.summary(moved) == f"moved to {ELSEWHERE} since 3 May 2024"
    assert (moved.seen_before.id, moved.seen_after.id) == (1, 2)


def test_a_page_that_is_back_says_for_how_long_it_was_away_and_when_it_was_last_seen():
    _, told = looked(OK, *[NOT_FOUND] * 24, OK)
    back = told[-1][1]
    assert sentences.summary(back) == "back after 1 day"
    assert (back.seen_before.id, back.seen_after.id) == (1, 26)


def test_a_page_that_is_back_at_its_own_address_says_so():
    _, told = looked(OK, THERE, THERE, OK)
    assert sentences.summary(told[-1][1]) == "back at its own URL after 2 hours"


@pytest.mark.parametrize(
    ("page", "final", "permanent", "elsewhere"),
    [
        ("http://coalition.example/a", "https://coalition.example/a", True, False),
        ("https://coalition.example/a", "https://www.coalition.example/a/", True, False),
        ("https://coalition.example/a", "https://coalition.example/b", False, False),
        ("https://coalition.example/a", "https://coalition.example/b", True, True),
        ("https://coalition.example/a?x=1", "https://coalition.example/a?x=2", True, True),
        ("https://coalition.example/a", "https://alliance.example/a", False, True),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a", False, True),
    ],
)
def test_only_another_host_or_a_permanent_redirect_to_another_page_is_elsewhere(page, final, permanent, elsewhere):
    assert page_health.is_elsewhere(page, final, moved_permanently=permanent) is elsewhere


def test_a_page_that_has_moved_is_not_back_because_it_redirects_otherwise():
    for_good = Seen(Verdict.OK, f"{PAGE}/new", moved_permanently=True)
    for_now = Seen(Verdict.OK, f"{PAGE}/new")
    stands, told = looked(OK, for_good, for_good, for_now, for_now)
    assert [change.kind for _, change in told] == [MOVED]
    assert stands.status is HealthStatus.MOVED


STALE = PageHealth(stale_since=START)


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ((OK, OK), [(1, BACK)]),
        ((ERROR, OK), [(2, BACK)]),
        ((NOT_FOUND, NOT_FOUND, OK), [(2, GONE), (3, BACK)]),
        ((THERE, THERE), [(1, BACK), (2, MOVED)]),
    ],
)
def test_an_ok_look_ends_staleness(looks, told):
    stands, changes = looked(*looks, after=STALE)
    assert [(number, change.kind) for number, change in changes] == told
    assert stands.stale_since is None


def test_a_moved_page_that_was_stale_is_back_and_still_moved():
    moved = PageHealth(status=HealthStatus.MOVED, since=SnapshotRef(1, START), stale_since=START)
    stands, changes = looked(THERE, THERE, after=moved)
    assert [change.kind for _, change in changes] == [BACK]
    assert stands.status is HealthStatus.MOVED


@given(st.lists(st.sampled_from(LOOKS), min_size=1, max_size=12))
def test_nothing_is_told_twice_and_two_ok_looks_end_all_trouble(looks):
    stands, told = looked(*looks, OK, OK)
    assert page_health.settled(stands)
    turns = [change.kind for _, change in told]
    assert all(one is not other for one, other in pairwise(turns))
    assert not turns or turns[-1] is BACK


@given(st.lists(st.sampled_from(LOOKS), min_size=1, max_size=12))
def test_what_is_told_is_how_the_page_stands(looks):
    stands, told = looked(*looks)
    last = told[-1][1].kind if told else BACK
    assert stands.status.value == last.value.removeprefix("page_").replace("back", "ok")


# --- stale -----------------------------------------------------------------------------------------------------------

LAST_OK = SnapshotRef(7, START)


def stale(*, hours: float, missed: dict[str, int], first: float = 1, after: PageHealth | None = None, **more):
    facts = {"watched_since": START, "last_ok": LAST_OK, "why": "connection refused", **more}
    return page_health.stale(
        after, now=START + hours * HOUR, usual=HOUR, missed=missed, missed_since=START + first * HOUR, **facts
    )


@pytest.mark.parametrize(
    ("hours", "missed", "first", "is_stale"),
    [
        (3, {"failed": 3}, 1, True),
        (3, {"failed": 1, "soft_error": 1}, 1, True),
        (2.9, {"failed": 3}, 1, False),
        (240, {"failed": 1}, 1, False),
        (240, {"failed": 9}, 239, False),  # the service was away for ten days, the page only for an hour
        (240, {"failed": 9}, 238, True),
    ],
)
def test_a_page_is_stale_after_three_intervals_in_which_it_was_looked_at_in_vain(hours, missed, first, is_stale):
    stands, changes = stale(hours=hours, missed=missed, first=first)
    assert [change.kind for change in changes] == [EventKind.PAGE_STALE] * is_stale
    assert (stands.stale_since is not None) is is_stale


def test_a_page_that_nobody_looked_at_is_late_and_not_stale():
    nobody = {"usual": HOUR, "watched_since": START, "last_ok": LAST_OK, "missed": {}, "missed_since": None}
    assert page_health.stale(None, now=START + 1000 * HOUR, **nobody) == (PageHealth(), ())


def test_stale_is_told_once_and_says_why():
    stands, [change] = stale(hours=5, missed={"failed": 5})
    assert (
        sentences.summary(change)
        == "no successful check since 3 May 2024 09:00 UTC: 5 checks failed: connection refused"
    )
    assert change.seen_before == LAST_OK
    assert stale(hours=9, missed={"failed": 9}, after=stands) == (stands, ())


def test_a_page_never_seen_well_becomes_stale_too():
    _, [change] = stale(hours=3, missed={"failed": 4}, first=0, last_ok=None)
    assert sentences.summary(change) == "no successful check so far: 4 checks failed: connection refused"


@pytest.mark.parametrize(
    "known",
    [
        PageHealth(status=HealthStatus.GONE),
        PageHealth(status=HealthStatus.BLOCKED),
        PageHealth(disallowed_since=START),
    ],
)
def test_a_trouble_that_was_told_is_not_told_again_as_stale(known):
    assert stale(hours=99, missed={"gone": 99}, after=known) == (known, ())


# --- certificates and robots.txt -------------------------------------------------------------------------------------


def test_a_certificate_is_told_of_once_when_less_than_two_weeks_are_left():
    expires = START + timedelta(days=20)
    quiet = page_health.certificate(None, expires_at=expires, snapshot=SnapshotRef(1, START + timedelta(days=6)))
    assert quiet == (PageHealth(), ())
    look = SnapshotRef(2, START + timedelta(days=7))
    stands, [change] = page_health.certificate(None, expires_at=expires, snapshot=look)
    assert change.kind is EventKind.CERTIFICATE_EXPIRING
    assert sentences.summary(change) == "the certificate expires on 23 May 2024, in 13 days"
    assert change.seen_after == look
    assert page_health.certificate(stands, expires_at=expires, snapshot=look) == (stands, ())
    renewed = expires + timedelta(days=10)
    assert len(page_health.certificate(stands, expires_at=renewed, snapshot=SnapshotRef(3, expires))[1]) == 1


def test_robots_txt_is_told_once_as_blocked_and_once_as_back():
    assert page_health.allowed_again(None, START) == (PageHealth(), ())
    stands, [blocked] = page_health.disallowed(None, START)
    assert (blocked.kind, blocked.reason) == (BLOCKED, Reason.ROBOTS_DISALLOWED)
    assert page_health.disallowed(stands, START + HOUR) == (stands, ())
    stands, [back] = page_health.allowed_again(stands, START + timedelta(days=3))
    assert (back.kind, sentences.summary(back)) == (BACK, "back after 3 days: robots.txt allows the page again")
    assert stands == PageHealth()
