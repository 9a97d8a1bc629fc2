"""The demo's monitor: the components of the real service, run on loopback under a simulated clock."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.errors import ConfigurationError
from pagewitness.composition import AppContext, open_app
from pagewitness.demo.coalition_site import DemoSite, Mutant
from pagewitness.demo.receivers import HookReceiver, Mailbox
from pagewitness.demo.script import Moment
from pagewitness.demo.years import ARTICLE, FACT_NAME, FACT_TERMS, HOME, MISSION, MOMENTS, PARTNERS
from pagewitness.service.in_process import InProcessService
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from pagewitness.web.server import Web

LABELS = {
    HOME: "Coalition home",
    MISSION: "Coalition mission",
    PARTNERS: "Coalition partners",
    ARTICLE: "Newspaper article",
}

_SECRET = "whsec_" + base64.b64encode(b"a secret that all the world may know").decode()

# Half a day, so that a page is due again at the next moment even if that is only a day later.
_PAGE = """\
[[page]]
url = "{url}"
label = "{label}"
every = "12h"
facts = ["{fact}"]
allow_private = true

"""
_REST = """\
[[fact]]
name = "{fact}"
count_of = [{terms}]

[[channel]]
name = "desk"
type = "email"
host = "{mail_host}"
port = {mail_port}
security = "none"
from = "pagewitness@example.org"
to = ["desk@example.org"]

[[channel]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "{secret}"
allow_private = true

"""
_RULE = """\
[[rule]]
name = "key facts"
events = ["fact_changed", "fact_contradiction", "fact_agreed", "fact_lost", "fact_found"]
to = ["desk", "hook"]
"""
# Without any rule, the default one would send everything.
_NO_RULE = """\
[[rule]]
name = "nothing"
events = ["page_new"]
to = ["desk", "hook"]
"""


@dataclass(slots=True)
class Clock:
    """A clock that changes only when it is set."""

    now: datetime = MOMENTS[0].at

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs during the demo.

    Attributes:
        app: The components of the service and the web interface.
        web: The web interface.
        site: The monitored site.
        mailbox: The receiver of mails.
        hooks: The receiver of webhooks.
        clock: The clock of observations and of the site.
    """

    app: AppContext
    web: Web
    site: DemoSite
    mailbox: Mailbox
    hooks: HookReceiver
    clock: Clock


@contextmanager
def staged(settings: Settings, folder: Path, *, mutant: Mutant | None = None, rule: bool = True) -> Iterator[Stage]:
    """Start site, receivers, database and web interface, apply the watchlist, and stop all of them on exit.

    Args:
        settings: The database, which must be empty, and the web port; if it is taken, a free port is used.
        folder: Where the watchlist is written.
        mutant: How the site departs from the script.
        rule: Whether the watchlist has its alert rule.

    Raises:
        ConfigurationError: The database contains pages already.
        StorageError: The database cannot be opened.
    """
    clock = Clock()
    with (
        DemoSite(clock, mutant) as site,
        Mailbox() as mailbox,
        HookReceiver(_SECRET) as hooks,
        open_app(settings) as app,
        _web(app, clock) as web,
    ):
        if app.history.pages():
            raise ConfigurationError(f"{app.database.place} holds pages already; the demo wants a database of its own")
        file = folder / "watchlist.toml"
        file.write_text(_watchlist(site, mailbox, hooks, rule=rule), encoding="utf-8")
        declared = loader.load(file)
        app.store.apply_declared(declared.pages, declared.facts, declared.channels, declared.rules, now=MOMENTS[0].at)
        # Links in alerts use the address on which the web interface actually listens.
        reachable = settings.model_copy(update={"base_url": web.url.rstrip("/")})
        yield Stage(replace(app, settings=reachable), web, site, mailbox, hooks, clock)


def play(stage: Stage, on_moment: Callable[[Moment], None]) -> None:
    """Play the script: at each moment check every page and archive what the pages need, then send alerts; `on_moment` is called after each."""
    service = InProcessService(stage.app, clock=stage.clock)
    try:
        for moment in MOMENTS:
            stage.clock.now = moment.at
            _check_all(stage, service)
            service.archive_requisites()
            service.plan()
            service.dispatch()
            on_moment(moment)
    finally:
        service.close()


def _check_all(stage: Stage, service: InProcessService) -> None:
    """Visit hosts until no page is due. Pauses that the site requests are cleared, since they pass on its clock, not on the real one."""
    while service.tick():
        service.settle()
        stage.app.store.clear_host_pauses()


def _web(app: AppContext, clock: Clock) -> Web:
    """Return the web interface on the settings' port, or on a free one if that is taken."""
    try:
        return Web(app, clock=clock)
    except ConfigurationError:
        return Web(replace(app, settings=app.settings.model_copy(update={"web_port": 0})), clock=clock)


def _watchlist(site: DemoSite, mailbox: Mailbox, hooks: HookReceiver, *, rule: bool) -> str:
    pages = "".join(_PAGE.format(url=site.url(path), label=label, fact=FACT_NAME) for path, label in LABELS.items())
    rest = _REST.format(
        fact=FACT_NAME,
        terms=", ".join(f'"{term}"' for term in FACT_TERMS),
        mail_host=mailbox.host,
        mail_port=mailbox.port,
        hook=hooks.url,
        secret=_SECRET,
    )
    return pages + rest + (_RULE if rule else _NO_RULE)
