"""How a check changes the state of its page when it is archived."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetching.check_state import (
    Confirmation,
    Processed,
    due_after,
    failures_after,
    inherits_result,
    is_newest,
)
from monitor.model import (
    Exchange,
    Failure,
    FailureKind,
    FetchResult,
    Observation,
    Origin,
    Outcome,
    PageState,
    Verdict,
)

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
READER = "digest"
SETTLED = Processed(
    is_complete=True,
    settled_by=READER,
    version_id=4,
    repeated_is_processed=True,
    repeated_verdict=Verdict.OK,
    repeated_version_id=4,
)


def observed(outcome: Outcome, status: int | None = 200, repeats_id: int | None = None) -> Observation:
    failure = Failure(FailureKind.TIMEOUT, "no response", transient=True) if status is None else None
    exchange = Exchange("https://a.example/", (), NOW, 5, status=status, failure=failure)
    return Observation(FetchResult((exchange,)), outcome, None, repeats_id)


REPEAT = observed(Outcome.SAME_BODY, repeats_id=9)


def test_a_repeat_of_a_settled_page_inherits_the_result():
    assert inherits_result(REPEAT, SETTLED, READER)


@pytest.mark.parametrize(
    "processed",
    [
        replace(SETTLED, is_complete=False),
        replace(SETTLED, settled_by=None),
        replace(SETTLED, settled_by="another digest"),
        replace(SETTLED, version_id=5),
        replace(SETTLED, repeated_version_id=None),
        replace(SETTLED, repeated_is_processed=False),
    ],
)
def test_a_repeat_is_processed_where_that_may_change_something(processed: Processed):
    assert not inherits_result(REPEAT, processed, READER)


def test_only_a_repeat_inherits():
    assert not inherits_result(observed(Outcome.FULL), SETTLED, READER)


def test_a_repeat_of_a_verdict_other_than_ok_needs_no_version():
    blocked = replace(SETTLED, repeated_verdict=Verdict.BLOCKED, repeated_version_id=None)
    assert inherits_result(REPEAT, blocked, READER)


def test_a_repeat_of_an_unreadable_snapshot_is_unreadable_for_every_parser_version():
    unreadable = replace(SETTLED, settled_by=None, repeated_verdict=Verdict.UNREADABLE, repeated_version_id=None)
    assert inherits_result(REPEAT, unreadable, "another digest")


def test_checks_without_a_response_and_rate_limited_ones_are_failures():
    assert failures_after(2, observed(Outcome.FAILED, None), Origin.LIVE) == 3
    assert failures_after(2, observed(Outcome.FULL, 429), Origin.LIVE) == 3
    assert failures_after(2, observed(Outcome.FULL, 404), Origin.LIVE) == 0
    assert failures_after(2, observed(Outcome.FULL), Origin.IMPORT) == 2


def test_a_check_sets_when_an_active_page_is_due():
    later = NOW + timedelta(hours=1)
    assert due_after(NOW, PageState.ACTIVE, Origin.LIVE, later) == later
    assert due_after(NOW, PageState.PAUSED, Origin.LIVE, later) is None
    assert due_after(NOW, PageState.ACTIVE, Origin.IMPORT, None) == NOW


def test_304_responses_are_counted_since_the_last_ok_response():
    trust = Confirmation(0, None)
    trust = trust.after(Outcome.NOT_MODIFIED, Verdict.OK, NOW)
    assert trust == Confirmation(1, NOW)
    trust = trust.after(Outcome.NOT_MODIFIED, None, NOW + timedelta(hours=1))
    assert trust == Confirmation(2, NOW)
    assert trust.after(Outcome.FULL, None, NOW) == trust
    assert trust.after(Outcome.SAME_BODY, Verdict.OK, NOW + timedelta(days=1)) == Confirmation(
        0, NOW + timedelta(days=1)
    )


def test_a_failed_or_late_check_is_not_the_newest():
    assert is_newest(Outcome.FULL, late=False)
    assert not is_newest(Outcome.FULL, late=True)
    assert not is_newest(Outcome.FAILED, late=False)
