from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetching.requisite_outcome import ATTEMPTS, FIRST_RETRY, result_of
from monitor.model import Exchange, Failure, FailureKind, RequisiteState

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)


def exchange(status: int | None = 200, *, asked: tuple[tuple[str, str], ...] = (), **more) -> Exchange:
    return Exchange("https://cdn.example/site.css", asked, NOW, 5, status=status, **more)


@pytest.mark.parametrize("asked", [("If-None-Match", '"7"'), ("if-modified-since", "Mon, 01 Mar 2021 11:00:00 GMT")])
def test_a_304_confirms_only_what_a_conditional_request_asked_about(asked: tuple[str, str]):
    assert result_of(exchange(304, asked=(asked,)), 0, NOW).state is RequisiteState.ARCHIVED
    unasked = result_of(exchange(304), 0, NOW)
    assert (unasked.state, unasked.reason, unasked.due_at) == (RequisiteState.FAILED, "the server answered 304", None)


@pytest.mark.parametrize(
    ("final", "state"),
    [
        (exchange(206), RequisiteState.ARCHIVED),
        (exchange(404), RequisiteState.FAILED),
        (exchange(503), RequisiteState.WAITING),
        (exchange(None, failure=Failure(FailureKind.TIMEOUT, "no answer", transient=True)), RequisiteState.WAITING),
        (exchange(None, failure=Failure(FailureKind.TLS, "refused", transient=False)), RequisiteState.FAILED),
    ],
)
def test_errors_that_may_pass_are_requested_again(final: Exchange, state: RequisiteState):
    assert result_of(final, 0, NOW).state is state


def test_retries_take_longer_each_time_and_end():
    waits = [result_of(exchange(500), attempts, NOW).due_at for attempts in range(ATTEMPTS)]
    assert waits[:2] == [NOW + FIRST_RETRY, NOW + 2 * FIRST_RETRY]
    assert waits[-1] is None
    asked_for = result_of(exchange(503, response_headers=(("Retry-After", "7200"),)), 0, NOW)
    assert asked_for.due_at == NOW + timedelta(hours=2)
