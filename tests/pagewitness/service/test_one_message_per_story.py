"""A site with a new announcement on all its pages and one true change sends two mails, not thirty-eight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from alerts.model import DeliveryState, EmailChannel, Rule, Security
from monitor.model import EventKind, FactDefinition, FactKind, Schedule
from pagewitness.composition import AppContext, open_app
from pagewitness.service.in_process import InProcessService
from pagewitness.settings import Settings
from storage.watched.declarations import DeclaredPage
from tests.support.clocks import Clock
from tests.support.receivers import Mailbox
from tests.support.services import stepped
from tests.support.sites import Site

PAGES = 37
FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
ALL = Rule("all", frozenset(EventKind), ("desk",))


@pytest.fixture
def app(database_url: str) -> Iterator[AppContext]:
    with open_app(Settings(database_url=database_url)) as app:
        yield app


@pytest.fixture
def service(app: AppContext, clock: Clock) -> Iterator[InProcessService]:
    with stepped(app, clock) as service:
        yield service


def page(number: int, announced: str, members: int) -> str:
    own = (
        f"<p>Office {number} answers letters about topic {number * 7 + 3} and keeps the files of district {number}.</p>"
    )
    count = f"<p>The Coalition has {members} members.</p>" if number == 5 else ""
    return f"<!doctype html><title>Office {number}</title><h1>Office {number}</h1>{own}{count}<p>{announced}</p>"


def serve(site: Site, announced: str, members: int) -> list[str]:
    return [site.serve(f"/{number}", page(number, announced, members)) for number in range(PAGES)]


def check_all(service: InProcessService, clock: Clock) -> None:
    service.tick()
    service.settle()
    service.plan()
    service.dispatch()
    clock.advance(hours=2)


def test_a_sentence_on_37_pages_is_one_mail_and_the_changed_fact_another(
    app: AppContext, service: InProcessService, clock: Clock, site: Site, mailbox: Mailbox
):
    urls = serve(site, "The reading room closes at noon on Fridays in winter.", 83)
    pages = [
        DeclaredPage(url, f"Office {number}", Schedule(every=timedelta(hours=1)), (FACT.name,), allow_private=True)
        for number, url in enumerate(urls)
    ]
    desk = EmailChannel("desk", mailbox.host, mailbox.port, Security.NONE, "from@example.org", ("to@example.org",))
    app.store.apply_declared(pages, [FACT], [desk], [ALL], now=clock())
    check_all(service, clock)
    assert mailbox.messages == []

    serve(site, "The reading room stays open until four on Fridays in winter.", 85)
    check_all(service, clock)
    facts, shared = sorted(mailbox.messages, key=lambda message: "members" not in str(message["Subject"]))
    assert facts["Subject"] == "Office 5 · members 83 → 85 (+2)"
    assert f"{PAGES} pages" in str(shared["Subject"])
    rows = app.history.alerts()
    assert {row.state for row in rows} == {DeliveryState.SENT}
    assert len({row.uid for row in rows}) == 2
    assert len({row.page_url for row in rows}) == PAGES

    check_all(service, clock)
    assert len(mailbox.messages) == 2
