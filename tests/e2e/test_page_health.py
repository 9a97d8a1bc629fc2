"""A page's health over HTTP, under a simulated clock: the service checks, sweeps and sends; the results are mails."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from monitor.model import EventKind, Outcome
from pagewitness.composition import AppContext, open_app
from pagewitness.service.in_process import InProcessService
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from tests.support.clocks import Clock
from tests.support.receivers import Mailbox, Receiver
from tests.support.services import stepped
from tests.support.sites import Site, server_context
from tests.support.watchlists import FACT, SECRET, alert_tables, page

GOOD = "<title>Coalition</title><p>The Coalition counts 83 members, and all of them agree on what it stands for.</p>"
FEWER = GOOD.replace("83", "81")
KINDS = [kind.value for kind in EventKind if kind.value.startswith(("fact_", "page_", "certificate_", "channel_"))]


class Watch:
    """A service on one page, taken step by step."""

    def __init__(self, app: AppContext, service: InProcessService, clock: Clock, mailbox: Mailbox) -> None:
        self.app, self.service, self.clock, self.mailbox = app, service, clock, mailbox

    def check(self, times: int = 1) -> None:
        """Advance to when the page is due next, check it, sweep and send."""
        for _ in range(times):
            [summary] = self.app.history.pages()
            assert summary.page.next_check_at is not None
            self.clock.now = max(self.clock.now, summary.page.next_check_at)
            assert self.service.tick() == 1
            self.service.settle()
            self.service.sweep()
            self.service.plan()
            self.service.dispatch()

    def notify(self) -> None:
        self.service.sweep()
        self.service.plan()
        self.service.dispatch()

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mailbox.messages]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


Watching = Callable[..., Watch]


@pytest.fixture
def watching(tmp_path: Path, clock: Clock, mailbox: Mailbox) -> Iterator[Watching]:
    """Watches one page: `watching(url)`, also through a webhook: `watching(url, hook=receiver)`."""

    @contextmanager
    def started(url: str, hook: Receiver | None, ca_bundle: str | None) -> Iterator[Watch]:
        file = tmp_path / "watchlist.toml"
        reported = alert_tables(mailbox.port, hook.url if hook else None, secret=SECRET, events=KINDS)
        file.write_text(page(url, every="20s", label="Members") + FACT + reported)
        bundle = None if ca_bundle is None else Path(ca_bundle)
        settings = Settings(database_url=f"sqlite:///{tmp_path / 'watch.db'}", ca_bundle=bundle)
        watchlist = loader.load(file)
        with open_app(settings) as app:
            app.store.apply_declared(watchlist.pages, watchlist.facts, watchlist.channels, watchlist.rules, now=clock())
            with stepped(app, clock) as service:
                yield Watch(app, service, clock, mailbox)

    with ExitStack() as stack:
        yield lambda url, hook=None, ca_bundle=None: stack.enter_context(started(url, hook, ca_bundle))


def test_a_page_gone_at_two_checks_is_reported_by_mail_and_again_when_it_is_back(site: Site, watching: Watching):
    watch = watching(site.serve("/members", GOOD))
    watch.check()
    site.serve("/members", "<p>Not Found</p>", status=404)
    watch.check()
    assert watch.subjects == []
    watch.check(3)
    assert watch.subjects == ["Members · gone since 1 March 2021 (2 checks): status 404"]
    text = text_of(watch.mailbox.messages[0])
    assert text.splitlines()[0] == "The page is gone"
    assert "Now, first seen so 2021-03-01 12:00:20 UTC" in text
    assert "Before, last good check 2021-03-01 12:00:00 UTC" in text
    site.serve("/members", GOOD)
    watch.check(2)
    assert watch.subjects[1:] == ["Members · back after 1 minute"]


def test_block_pages_between_two_values_are_reported_with_the_change(
    site: Site, watching: Watching, receiver: Receiver
):
    watch = watching(site.serve("/members", GOOD), hook=receiver)
    watch.check()
    site.serve("/members", "<title>Just a moment...</title><p>Verify that you are a human.</p>", status=403)
    watch.check(2)
    assert watch.subjects[0].startswith("Members · access blocked since 1 March 2021 (2 checks): status 403")
    site.serve("/members", FEWER)
    watch.check()
    assert watch.subjects[1:] == ["Members · members 83 → 81 (−2) · and 1 more"]
    assert "back after 40 seconds" in text_of(watch.mailbox.messages[1])
    claimed = "Changed between 1 March 2021 12:00 and 12:01 UTC; 2 checks in between were blocked."
    assert claimed in text_of(watch.mailbox.messages[-1]).splitlines()
    reported = [json.loads(call.body) for call in receiver.calls]
    kinds = [[entry["kind"] for entry in message["events"]] for message in reported]
    assert kinds == [["page_blocked"], ["fact_changed", "page_back"]]
    assert reported[-1]["between"]["missed"] == {"blocked": 2}
    assert "between" not in reported[-1]["event"]


def test_a_permanently_moved_page_is_reported_and_its_facts_still_change(site: Site, watching: Watching):
    watch = watching(site.serve("/members", GOOD))
    watch.check()
    site.redirect("/members", "/new", status=301)
    site.serve("/new", FEWER)
    watch.check(3)
    assert watch.subjects == [
        "Members · members 83 → 81 (−2)",
        f"Members · moved to {site.url('/new')} since 1 March 2021",
    ]
    assert site.url("/new") in text_of(watch.mailbox.messages[-1])


def test_a_page_whose_server_refuses_connections_becomes_stale(sites: Callable[..., Site], watching: Watching):
    server = sites()
    watch = watching(server.serve("/members", GOOD))
    watch.check(2)
    server.stop()
    watch.check(5)
    [stale] = watch.subjects
    assert stale.startswith("Members · no successful check since 1 March 2021 12:00 UTC: ")


def test_a_stale_page_is_reported_once_and_back_with_a_304(site: Site, watching: Watching):
    watch = watching(site.serve("/members", GOOD, etag='"1"'))
    watch.check(2)
    site.hang_up("/members")
    watch.check(5)
    assert len(watch.subjects) == 1
    assert watch.app.history.pages()[0].stale_since is not None
    site.serve("/members", GOOD, etag='"1"')
    watch.check(3)
    assert watch.app.history.pages()[0].last_outcome is Outcome.NOT_MODIFIED
    assert len(watch.subjects) == 2
    assert watch.subjects[1].startswith("Members · back after ")


def test_a_page_that_was_not_checked_for_long_is_late_and_not_stale(site: Site, watching: Watching):
    watch = watching(site.serve("/members", GOOD))
    watch.check()
    watch.clock.advance(days=10)
    watch.notify()
    assert watch.subjects == []
    watch.check()
    assert watch.subjects == []


def test_a_certificate_that_expires_soon_is_reported_once(
    authority: trustme.CA, ca_bundle: str, clock: Clock, watching: Watching
):
    clock.now = datetime.now(UTC).replace(microsecond=0)
    leaf = authority.issue_cert("127.0.0.1", not_after=clock.now + timedelta(days=9, hours=1))
    context: ssl.SSLContext = server_context(leaf)
    with Site(tls=context, ca_bundle=ca_bundle) as server:
        watch = watching(server.serve("/members", GOOD), ca_bundle=ca_bundle)
        watch.check(3)
        [reported] = watch.subjects
        assert reported.startswith("Members · the certificate expires on ")
        assert reported.endswith(", in 9 days")
