"""The servers of the hostile pages, behind one proxy that records every connection and request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.pagewitness.replay.hostile_web.drawings import drawings, fonts, sprites
from tests.pagewitness.replay.hostile_web.header_fields import canary, constructs, header_fields
from tests.pagewitness.replay.hostile_web.polyglots import documents, polyglots
from tests.pagewitness.replay.hostile_web.styles import style_sheets
from tests.pagewitness.replay.hostile_web.traps import File, HostilePage
from tests.support.servers import Answer, Received
from tests.support.sites import Site

_BROWSER_ITSELF = re.compile(r"(?:^|\.)(?:google|googleapis|gstatic|gvt1)\.com$")
_NOTHING = File("Not found", "text/plain", (), 404)


def hostile_pages() -> list[HostilePage]:
    """Return all hostile pages."""
    return [style_sheets(), drawings(), sprites(), fonts(), polyglots(), documents(), *header_fields(), constructs()]


class HostileWeb(Site):
    """A proxy that answers for the hosts of hostile pages and for the canary host, without any connection to others.

    Attributes:
        pages: The pages that are served.
        is_open: Whether requests are answered; if not, they are only recorded.
    """

    is_open = True

    def __init__(self, pages: Sequence[HostilePage]) -> None:
        super().__init__()
        self.pages = pages
        self._files = {f"{page.host}.evil.example{path}": file for page in pages for path, file in page.files.items()}

    @property
    def proxy(self) -> str:
        """The address of the proxy."""
        return self.url("").rstrip("/")

    def targets(self) -> list[tuple[str, str]]:
        """Return host and path of each request that a page caused; of a connection (CONNECT), the path is empty."""
        found = []
        for request in self.requests:
            parts = urlsplit(request.path if "://" in request.path else f"//{request.path}")
            if parts.hostname and not _BROWSER_ITSELF.search(parts.hostname):
                found.append((parts.hostname, parts.path))
        return found

    def sprung(self) -> set[str]:
        """Return the names of the traps whose requests arrived at hosts other than those of the pages."""
        strangers = [target for target in self.targets() if not target[0].endswith(".evil.example")]
        return {path.split("/")[1] if path else host.partition(".")[0] for host, path in strangers}

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Answer nothing within the block, and forget the requests before it."""
        self.requests.clear()
        self.is_open = False
        try:
            yield
        finally:
            self.is_open = True

    def answer(self, request: Received) -> Answer | None:
        self.requests.append(request)
        if not self.is_open or request.method == "CONNECT":
            return Answer("refused", status=502, content_type="text/plain")
        file = self._file(request.path)
        return Answer(file.body, file.status, file.fields, file.content_type)

    def _file(self, url: str) -> File:
        parts = urlsplit(url)
        if parts.path == "/robots.txt":
            return _NOTHING
        if (parts.hostname or "").endswith(".evil.example"):
            return self._files.get(f"{parts.hostname}{parts.path}", _NOTHING)
        return canary(parts.path)
