"""`pagewitness pause` and `resume`, as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import PageSource, PageState, Schedule
from tests.pagewitness.cli.typed import typed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://example.org/"


def test_a_page_is_paused_and_resumed(store):
    store.add_page(URL, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.ADDED, now=NOW)
    assert typed(store, "pause", "example.org").exit_code == 0
    assert store.page_by_url(URL).state is PageState.PAUSED
    assert typed(store, "resume", "example.org").exit_code == 0
    page = store.page_by_url(URL)
    assert page.state is PageState.ACTIVE
    assert page.next_check_at > NOW


def test_the_watchlist_takes_precedence_and_the_message_states_it(store):
    store.add_page(URL, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.WATCHLIST, now=NOW)
    assert "paused = true" in typed(store, "pause", URL).output


def test_a_page_that_is_not_watched_cannot_be_paused(store):
    assert "is not watched here" in str(typed(store, "pause", URL).exception)
