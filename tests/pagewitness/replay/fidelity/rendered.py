"""The pages of `sites`, archived by the service with all that they need, and rendered from their servers and from replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor.model import PageSource, Schedule
from pagewitness.composition import open_app
from pagewitness.settings import Settings
from tests.pagewitness.archived import Archive, Web
from tests.pagewitness.replay.fidelity.internet import Internet, pages
from tests.support.browser import HEIGHT, Chromium
from tests.support.services import stepped

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
WHEN = "20210301120000"
TOLERANCE = 16
"""The largest difference of a colour channel, of 255, of equal pixels: edges of text are not smoothed the same way each time."""
_TABS = 5
_SHADOW = 12
"""Height of the banner's shadow in pixels."""


@dataclass
class Rendered:
    """Screenshots of the pages by URL, and the hosts that were requested meanwhile.

    Attributes:
        screenshots: The PNG image of each page.
        hosts: The hosts that were requested through the proxy.
    """

    screenshots: dict[str, bytes]
    hosts: set[str]


@dataclass
class Fidelity:
    """What the tests compare.

    Attributes:
        browser: The browser.
        original: The pages on their servers.
        replay: The pages in replay without the banner.
        separate: The same on an origin of its own.
        bannered: In replay with the banner; and the number of rows above it, by URL.
    """

    browser: Chromium
    original: Rendered
    replay: Rendered
    separate: Rendered
    bannered: Rendered
    rows: dict[str, int]

    def both(self, url: str) -> tuple[bytes, bytes]:
        """Return the PNG images of a page and of its replay."""
        return self.original.screenshots[url], self.replay.screenshots[url]

    def difference(self, url: str) -> float:
        """Return the share of different pixels of a page in replay without the banner, from 0 to 1."""
        return self._difference(url, self.replay)

    def difference_on_separate_origin(self, url: str) -> float:
        """Return the same with replay on an origin of its own."""
        return self._difference(url, self.separate)

    def _difference(self, url: str, replay: Rendered) -> float:
        one, other = self.original.screenshots[url], replay.screenshots[url]
        # Most are the same bytes, which take the browser half a second to compare.
        return 0.0 if one == other else self.browser.difference(one, other, tolerance=TOLERANCE)

    def difference_above_banner(self, url: str) -> float:
        """Return the same with the banner, of the rows above it."""
        one, other = self.original.screenshots[url], self.bannered.screenshots[url]
        return self.browser.difference(one, other, tolerance=TOLERANCE, rows=self.rows[url])


@contextmanager
def rendered_pages(folder: Path) -> Iterator[Fidelity]:
    """Archive the pages in a folder and render them."""
    with Internet() as internet, Web() as web:
        settings = Settings(
            database_url=f"sqlite:///{folder}/archive.db", proxy=internet.proxy, host_interval_seconds=0
        )
        with open_app(settings) as app:
            for url in pages():
                app.store.add_page(url, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.ADDED, now=NOW)
            with stepped(app, lambda: NOW) as service:
                service.tick()
                service.settle()
                service.archive_requisites()
            archive = Archive(app.database)
            web.show(archive, now=NOW)
            origin = web.url.replace("127.0.0.1", "localhost")
            direct = f"{urlsplit(web.url).netloc};{urlsplit(origin).netloc}"
            with Chromium(folder / "profile", proxy=internet.proxy, direct=direct) as browser:
                internet.requests.clear()
                original, _ = render(browser, internet, [(url, url) for url in pages()])
                with internet.closed():
                    replay, _ = render(
                        browser, internet, [(url, f"{web.url}/replay/{WHEN}if_/{url}") for url in pages()]
                    )
                    bannered, rows = render(
                        browser, internet, [(url, f"{web.url}/replay/{WHEN}/{url}") for url in pages()]
                    )
                with internet.closed():
                    web.show(archive, now=NOW, base_url=web.url, replay_origin=origin)
                    separate, _ = render(
                        browser, internet, [(url, f"{origin}/replay/{WHEN}if_/{url}") for url in pages()]
                    )
                yield Fidelity(browser, original, replay, separate, bannered, rows)


_BANNER_TOP = "document.querySelector('pagewitness-banner')?.getBoundingClientRect().top"


def render(
    browser: Chromium, internet: Internet, addresses: Sequence[tuple[str, str]]
) -> tuple[Rendered, dict[str, int]]:
    """Return what the browser shows at addresses, by page, and the number of rows above the banner."""
    screenshots, rows = {}, {}
    for begin in range(0, len(addresses), _TABS):
        group = addresses[begin : begin + _TABS]
        tabs = browser.open(address for _, address in group)
        for (page, _), tab in zip(group, tabs, strict=True):
            screenshots[page] = tab.screenshot()
            rows[page] = int(tab.evaluate(_BANNER_TOP) or HEIGHT + _SHADOW) - _SHADOW
            tab.close()
    return Rendered(screenshots, internet.hosts()), rows
