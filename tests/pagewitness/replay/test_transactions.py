"""What a replay reads: two transactions, the one that finds and the one that loads, and nothing that mixes two states of the archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import event

from storage.database.connection import Database
from storage.maintenance.erasure import forget
from storage.queries.history import History
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS

URL = "https://coalition.example/partners"
STYLE = "https://coalition.example/s.css"
WHEN = "20210301120000"


@pytest.fixture
def shown_at() -> datetime:
    return NOON + timedelta(days=365)


@contextmanager
def transactions(database: Database) -> Iterator[list[object]]:
    begun: list[object] = []
    count = begun.append
    event.listen(database.engine, "begin", count)
    yield begun
    event.remove(database.engine, "begin", count)


@pytest.mark.parametrize("modifier", ["", "if_", "id_"])
def test_a_memento_takes_two_transactions(archive: Archive, client: httpx.Client, modifier: str):
    archive.add_snapshot(URL, "<p>83 members")
    archive.add_snapshot(URL, "<p>86 members", at=NOON + timedelta(days=1))
    with transactions(archive.database) as begun:
        response = client.get(f"/replay/{WHEN}{modifier}/{URL}")
    assert (response.status_code, len(begun)) == (200, 2)
    assert 'rel="next memento"' in response.headers["link"]


def test_a_part_of_a_page_takes_two_transactions(archive: Archive, client: httpx.Client):
    archive.add_exchange(STYLE, "p{color:red}", content_type="text/css")
    with transactions(archive.database) as begun:
        response = client.get(f"/replay/{WHEN}cs_/{STYLE}")
    assert (response.status_code, len(begun)) == (200, 2)


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Run something once, between the transaction that finds and the one that loads."""

    def plan(work: Callable[[], object]) -> None:
        begun: list[None] = []
        original = History.at_one_moment

        @contextmanager
        def interrupted(history: History) -> Iterator[History]:
            begun.append(None)
            if len(begun) == 2:
                work()
            with original(history) as view:
                yield view

        monkeypatch.setattr(History, "at_one_moment", interrupted)

    return plan


@pytest.mark.parametrize("modifier", ["", "if_", "id_"])
def test_a_page_that_is_removed_after_it_was_found_is_gone(
    archive: Archive, client: httpx.Client, between: Callable[[Callable[[], object]], None], modifier: str
):
    archive.add_snapshot(URL, "<p>83 members")
    between(lambda: forget(archive.database, URL, reason="", now=NOON))
    response = client.get(f"/replay/{WHEN}{modifier}/{URL}")
    assert response.status_code == 410
    assert "83 members" not in response.text
    assert "memento-datetime" not in response.headers


def test_a_page_that_is_removed_and_archived_again_shows_what_is_there(
    database: Database, web: Web, between: Callable[[Callable[[], object]], None]
):
    """On every database."""
    archive = Archive(database)
    archive.add_snapshot(URL, "<p>83 members")

    def replace() -> None:
        forget(database, URL, reason="", now=NOON)
        archive.store.add_page(URL, label="", schedule=page.schedule, source=page.source, now=NOON, again=True)
        archive.add_snapshot(URL, "<p>86 members", at=NOON)

    page = archive.page(URL)
    between(replace)
    web.show(archive)
    response = httpx.get(f"{web.url}/replay/{WHEN}/{URL}", timeout=PATIENCE_SECONDS)
    assert response.status_code == 200
    assert "86 members" in response.text


def test_a_view_sees_the_database_as_of_one_moment(history: History, database: Database):
    archive = Archive(database)
    page = archive.page(URL)
    archive.add_snapshot(URL, "<p>83 members")
    with history.at_one_moment() as view:
        assert view.snapshot_count(page.id) == 1
        archive.add_snapshot(URL, "<p>86 members", at=NOON + timedelta(days=1))
        assert view.snapshot_count(page.id) == 1
        assert list(view.stream_times(page.id)) == [NOON]
    assert history.snapshot_count(page.id) == 2
