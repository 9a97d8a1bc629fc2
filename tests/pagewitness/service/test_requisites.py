"""Requisites of real pages on real servers: discovered, requested politely after all due pages, and archived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from monitor.model import ExchangeRole, Page, PageSource, RequestSettings, RequisiteMode, RequisiteState, Schedule
from pagewitness.composition import AppContext, open_app
from pagewitness.service.in_process import InProcessService
from pagewitness.settings import Settings
from storage.queries.exchange_lookup import nearest_exchange
from storage.requisites.counts import RequisiteCounts
from storage.schema import archived_urls, exchanges, pages, requisites
from tests.support.services import stepped
from tests.support.sites import Site

PAGE = """<!doctype html><html lang="en"><title>Coalition</title><link rel="stylesheet" href="/site.css">
<link rel="icon" href="/icon.png"><main><h1>Members</h1><p>Our coalition has {} members in all the world, and grows.</p>
<p><img src="/logo.png" alt=""> <a href="/report.pdf">The report</a></p></main></html>"""
SHEET = '@import "base.css"; @font-face {font-family: S; src: url(serif.woff2) format("woff2")} h1 {background: url(/wave.svg)}'
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60


@pytest.fixture
def coalition(site: Site) -> Site:
    """A page with a style sheet that refers to others, an icon, an image and a document."""
    site.serve("/", PAGE.format(82))
    site.serve("/site.css", SHEET, content_type="text/css", etag='"css-1"')
    site.serve("/base.css", "body {margin: 0}", content_type="text/css")
    site.serve("/serif.woff2", b"wOF2" + b"1" * 80, content_type="font/woff2")
    site.serve("/wave.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>', content_type="image/svg+xml")
    site.serve("/logo.png", PNG, content_type="image/png")
    site.serve("/report.pdf", b"%PDF-1.4\n", content_type="application/pdf")
    return site


@pytest.fixture
def app(database_url: str) -> Iterator[AppContext]:
    with open_app(Settings(database_url=database_url)) as opened:
        yield opened


@pytest.fixture
def service(app: AppContext, clock) -> Iterator[InProcessService]:
    with stepped(app, clock) as running:
        yield running


@pytest.fixture
def added(app: AppContext, clock) -> Callable[..., Page]:
    def add(
        url: str, *, mode: RequisiteMode = RequisiteMode.ON_CHANGE, request: RequestSettings | None = None, **more
    ) -> Page:
        hourly = Schedule(every=timedelta(hours=1))
        page = app.store.add_page(
            url, schedule=hourly, source=PageSource.ADDED, now=clock(), **{"allow_private": True, **more}
        )
        with app.database.begin() as connection:
            connection.execute(update(pages).where(pages.c.id == page.id).values(requisites=mode))
        return page

    return add


def check(service: InProcessService) -> None:
    service.tick()
    service.settle()


def states(app: AppContext) -> dict[str, RequisiteState]:
    query = select(archived_urls.c.url, requisites.c.state).join(
        archived_urls, archived_urls.c.id == requisites.c.url_id
    )
    with app.database.read() as connection:
        return {row.url.rpartition("/")[2]: row.state for row in connection.execute(query)}


def reasons(app: AppContext) -> list[str]:
    with app.database.read() as connection:
        return list(connection.execute(select(requisites.c.reason).where(requisites.c.reason != "")).scalars())


def test_what_a_page_needs_is_archived_with_what_that_needs(
    app: AppContext, service: InProcessService, coalition: Site, added
):
    page = added(coalition.url())
    check(service)
    assert service.archive_requisites() == 7
    archived = RequisiteState.ARCHIVED
    assert states(app) == {
        "site.css": archived,
        "base.css": archived,
        "serif.woff2": archived,
        "wave.svg": archived,
        "logo.png": archived,
        "report.pdf": archived,
        "icon.png": RequisiteState.FAILED,
    }
    assert reasons(app) == ["the server answered 404"]
    [snapshot] = app.history.snapshots(page.id)
    assert app.store.count_requisites(page.id, snapshot.id) == RequisiteCounts(7, 6, 0)
    with app.database.read() as connection:
        sheet = nearest_exchange(connection, coalition.url("/site.css"), snapshot.taken_at)
        missing = nearest_exchange(connection, coalition.url("/icon.png"), snapshot.taken_at)
    assert app.history.body(sheet.body_sha256).decode() == SHEET
    assert (sheet.exchange.role, missing.exchange.status) == (ExchangeRole.REQUISITE, 404)


def test_unchanged_requisites_are_not_requested_at_each_check(
    app: AppContext, service: InProcessService, coalition: Site, added, clock
):
    added(coalition.url())
    for members in (82, 82, 83):
        coalition.serve("/", PAGE.format(members))
        check(service)
        service.archive_requisites()
        clock.advance(hours=2)
    assert len(coalition.requests_for("/")) == 3
    assert len(coalition.requests_for("/site.css")) == 1


def test_after_a_week_a_new_version_requests_them_again_conditionally(
    app: AppContext, service: InProcessService, coalition: Site, added, clock
):
    page = added(coalition.url())
    check(service)
    service.archive_requisites()
    coalition.serve("/", PAGE.format(83))
    clock.advance(days=8)
    check(service)
    service.archive_requisites()
    first, again = coalition.requests_for("/site.css")
    assert (first.header("If-None-Match"), again.header("If-None-Match")) == (None, '"css-1"')
    newest = app.history.snapshots(page.id)[0]
    assert app.store.count_requisites(page.id, newest.id).archived == 6
    with app.database.read() as connection:
        sheet = nearest_exchange(connection, coalition.url("/site.css"), clock())
    assert (clock() - sheet.at < timedelta(minutes=1), sheet.exchange.status) == (True, 200)


def test_a_page_without_requisites_requests_none(app: AppContext, service: InProcessService, coalition: Site, added):
    added(coalition.url(), mode=RequisiteMode.OFF)
    check(service)
    assert service.archive_requisites() == 0
    assert [request.path for request in coalition.requests] == ["/robots.txt", "/"]


def test_robots_txt_of_the_requisites_host_is_obeyed(
    app: AppContext, service: InProcessService, coalition: Site, added
):
    coalition.serve("/robots.txt", "User-agent: *\nDisallow: /logo.png\n", content_type="text/plain")
    added(coalition.url())
    check(service)
    service.archive_requisites()
    assert states(app)["logo.png"] is RequisiteState.DISALLOWED
    assert coalition.requests_for("/logo.png") == []


def test_a_page_that_ignores_robots_txt_does_so_on_its_own_origin_only(
    app: AppContext, service: InProcessService, coalition: Site, added
):
    coalition.serve("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
    added(coalition.url(), obey_robots=False)
    check(service)
    service.archive_requisites()
    assert states(app)["logo.png"] is RequisiteState.ARCHIVED


def test_a_requisite_on_another_private_host_is_refused(
    app: AppContext, service: InProcessService, coalition: Site, sites, added
):
    other = sites()
    other.serve("/secret.css", "body {}", content_type="text/css")
    coalition.serve("/", PAGE.format(82).replace("/site.css", other.url("/secret.css")))
    added(coalition.url())
    check(service)
    service.archive_requisites()
    # Its robots.txt is refused already, which is tried again.
    assert states(app)["secret.css"] is RequisiteState.WAITING
    assert other.requests == []


def test_a_redirect_of_a_requisite_to_a_private_host_is_refused(
    app: AppContext, service: InProcessService, coalition: Site, sites, added
):
    other = sites()
    other.serve("/secret.css", "body {}", content_type="text/css")
    coalition.redirect("/site.css", other.url("/secret.css"))
    added(coalition.url())
    check(service)
    service.archive_requisites()
    assert states(app)["site.css"] is RequisiteState.FAILED
    assert other.requests == []


def test_the_pages_credentials_are_sent_to_its_own_origin_and_not_recorded(
    app: AppContext, service: InProcessService, coalition: Site, added
):
    page = added(coalition.url())
    with app.database.begin() as connection:
        connection.execute(update(pages).values(request={"headers": {"X-Api-Key": "opensesame"}}))
    check(service)
    service.archive_requisites()
    [request] = coalition.requests_for("/logo.png")
    assert request.header("X-Api-Key") == "opensesame"
    with app.database.read() as connection:
        stored = connection.execute(select(exchanges.c.request_headers)).scalars().all()
    assert "opensesame" not in str(stored)
    assert page.allow_private


def test_a_visit_for_requisites_gives_way_to_a_due_page(
    app: AppContext, service: InProcessService, coalition: Site, added, clock
):
    added(coalition.url())
    check(service)
    service.discovering.drain()
    clock.advance(hours=2)
    assert service.fetching.tick_requisites() == 0
    check(service)
    assert service.archive_requisites() > 0


def test_a_visit_for_requisites_gives_its_place_to_pages_of_other_hosts(
    database_url: str, coalition: Site, sites, clock
):
    other = sites()
    other.serve("/", "<p>Our partners are 24 in number, all the world over.</p>")
    with open_app(Settings(database_url=database_url, visits=1)) as app, stepped(app, clock) as service:
        add = {"schedule": Schedule(every=timedelta(hours=1)), "source": PageSource.ADDED, "allow_private": True}
        app.store.add_page(coalition.url(), now=clock(), **add)
        check(service)
        service.discovering.drain()
        done: list[RequisiteState] = []

        def archived(state: RequisiteState) -> None:
            done.append(state)
            if len(done) == 2:
                app.store.add_page(other.url(), now=clock(), **add)
                assert service.tick() == 0, "its only place is taken"

        service.fetching._requisites = replace(service.fetching._requisites, on_archived=archived)
        assert service.fetching.tick_requisites() == 1
        service.fetching.settle()
        assert len(done) == 2
        check(service)
        assert len(other.requests_for("/")) == 1
        service.archive_requisites()
        assert states(app)["serif.woff2"] is RequisiteState.ARCHIVED


def test_a_server_error_is_tried_again_and_then_given_up(
    app: AppContext, service: InProcessService, coalition: Site, added, clock
):
    coalition.serve("/logo.png", "busy", status=500)
    page = added(coalition.url())
    check(service)
    app.store.reschedule(page.id, None, interval=None, reason="")
    for hours in (0, 1, 2, 3):
        clock.advance(hours=hours)
        service.archive_requisites()
    assert len(coalition.requests_for("/logo.png")) == 3
    assert states(app)["logo.png"] is RequisiteState.FAILED


def test_more_bytes_than_the_budget_of_a_page_are_not_requested(
    app: AppContext, service: InProcessService, coalition: Site, added
):
    service.fetching._requisites = replace(service.fetching._requisites, page_bytes=100)
    added(coalition.url())
    check(service)
    service.archive_requisites()
    found = states(app)
    assert found["site.css"] is RequisiteState.ARCHIVED
    assert RequisiteState.OVER_BUDGET in found.values()
    assert any("exceed 100 bytes" in reason for reason in reasons(app))


def test_a_hostile_page_with_endless_requisites_is_bounded(
    app: AppContext, service: InProcessService, coalition: Site, added
):
    coalition.serve("/", PAGE.format(82) + "".join(f'<img src="/i/{number}.png">' for number in range(3_000)))
    added(coalition.url())
    check(service)
    service.discovering.drain()
    assert len(states(app)) == app.settings.requisites_per_page


def test_robots_txt_is_archived_with_its_role(app: AppContext, service: InProcessService, coalition: Site, added):
    coalition.serve("/robots.txt", "User-agent: *\nDisallow: /private\n", content_type="text/plain")
    page = added(coalition.url())
    check(service)
    [snapshot] = app.history.snapshots(page.id)
    found = app.history.nearest_exchange(coalition.url("/robots.txt"), snapshot.taken_at)
    assert (found.exchange.role, found.snapshot_id) == (ExchangeRole.ROBOTS, None)
    assert b"Disallow: /private" in app.history.body(found.body_sha256)
