from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from monitor.fetching.requisite_outcome import RequisiteResult
from monitor.model import FetchResult, Observation, Outcome, Page, Requisite, RequisiteKind, RequisiteState
from storage.database.engine import Database
from storage.maintenance.erasure import forget, preview
from storage.maintenance.verify import verify
from storage.queries.exchange_lookup import nearest_exchange
from storage.schema import archived_urls, bodies, exchanges
from storage.store import SqlStore
from tests.storage.snapshots import URL, add_page, archive, check, exchange, sha256

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
ONE, OTHER = "https://one.example/", "https://other.example/"
SHARED, OWN, MOVED, TARGET = (
    f"https://cdn.example/{name}" for name in ("shared.css", "own.css", "moved", "target.png")
)


@pytest.fixture
def archived(store: SqlStore) -> tuple[Page, Page]:
    """Two pages with a common style sheet; the first also has its own, and an image behind a redirect."""
    found = []
    for number, (url, names) in enumerate(((ONE, (SHARED, OWN, MOVED)), (OTHER, (SHARED,)))):
        page = add_page(store, NOW, url)
        store.reschedule(page.id, NOW + timedelta(days=9), interval=None, reason="")
        check(store, page, b"<p>The Coalition has %d members.</p>" % (82 + number), 82 + number, NOW)
        searched = store.next_discovery(NOW)
        requisites = [Requisite(name, RequisiteKind.STYLE_SHEET) for name in names]
        store.store_discovery(searched, requisites, NOW, 100)
        found.append(page)
    for one in store.due_requisites("cdn.example", NOW, 100):
        hops = [exchange(NOW, one.url.encode() * 9, one.url)]
        if one.url == MOVED:
            redirect = exchange(
                NOW, b"moved to another place", MOVED, status=302, headers=(("Location", "/target.png"),)
            )
            hops = [redirect, exchange(NOW, b"an image" * 9, TARGET)]
        store.archive_requisite(one, FetchResult(tuple(hops)), RequisiteResult(RequisiteState.ARCHIVED), NOW)
    return found[0], found[1]


def urls(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(archived_urls.c.url)).scalars())


def test_forgetting_a_page_removes_requisites_that_nothing_else_uses(
    archived: tuple[Page, Page], store: SqlStore, database: Database, database_url: str
):
    expected = preview(database, ONE)
    removed = forget(database, ONE, reason="", now=NOW)
    assert removed == expected
    # Its own, the style sheet, the redirect and its target.
    assert (removed.exchanges, removed.bodies) == (4, 4)
    assert urls(database) == {URL, SHARED}, "both pages were received from the same URL"
    with database.read() as connection:
        assert nearest_exchange(connection, SHARED, NOW) is not None
        assert connection.execute(select(exchanges.c.id)).all()
    assert verify(database_url).damages == ()
    forget(database, OTHER, reason="", now=NOW)
    assert urls(database) == set()
    with database.read() as connection:
        assert connection.execute(select(bodies.c.id)).all() == []


def test_headers_stored_as_a_difference_of_a_removed_exchange_stay(
    store: SqlStore, database: Database, database_url: str
):
    """Both pages redirect to the same URL, whose second exchange is stored as a difference from the first."""
    pages = [add_page(store, NOW, url) for url in (ONE, OTHER)]
    headers = (("Server", "nginx/1.18.0 (Ubuntu)"), ("Cache-Control", "max-age=3600, must-revalidate"))
    for number, page in enumerate(pages):
        to = exchange(NOW, None, page.url, status=301, headers=(("Location", TARGET),))
        final = exchange(NOW, b"content %d" % number, TARGET, headers=(*headers, ("Age", str(number))))
        archive(store, page, Observation(FetchResult((to, final)), Outcome.FULL, sha256(final.body), None), NOW)
    forget(database, ONE, reason="", now=NOW)
    with database.read() as connection:
        found = nearest_exchange(connection, TARGET, NOW)
    assert found.exchange.response_headers[1:] == (*headers, ("Age", "1"))
    assert verify(database_url).damages == ()
