"""HTTP views of replay: find the requested snapshot and return it in a form that can be shown safely. Read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from monitor.model import Page, Snapshot
from monitor.urls import comparable
from pagewitness.replay.address import (
    LATEST,
    RECEIVED,
    Address,
    common_parts,
    digits,
    exact_digits,
    is_exact,
    moment,
    read_address,
    variants,
)
from pagewitness.replay.admission import Admission
from pagewitness.replay.headers import missing_part_headers, our_headers
from pagewitness.replay.memento_links import read_datetime
from pagewitness.replay.origin import ReplayOrigin
from pagewitness.replay.presentation import Presentation
from pagewitness.replay.replayed import PREFIX, Replayed, of_exchange, of_snapshot
from pagewitness.replay.request_path import raw_path
from pagewitness.replay.responses import ArchivedResponse
from pagewitness.replay.rewrite_worker import ReplayLimits, Rewriter
from pagewitness.workers.model import WorkerError
from storage.maintenance.tombstones import Tombstone
from storage.queries.history import History

EMBEDDED = frozenset({"im_", "cs_", "js_", "oe_"})
"""Modifiers of the parts of a page: images, style sheets, scripts, and others."""

_NEAR = 10
_RETRY_AFTER_SECONDS = 5


class Replay:
    """Answers all requests under /replay/.

    Attributes:
        history: The archive.
        clock: The observing clock; without a requested time, the snapshot nearest to now is shown.
        templates: Templates of our own pages.
        origin: The separate origin of replay; None if there is none.
    """

    def __init__(
        self,
        history: History,
        clock: Callable[[], datetime],
        templates: Environment,
        rewriter: Rewriter,
        limits: ReplayLimits,
        origin: ReplayOrigin | None = None,
    ) -> None:
        self.history = history
        self.clock = clock
        self.templates = templates
        self._presentation = Presentation(history, rewriter, origin)
        self._home = (origin.home or "") if origin is not None else ""
        self._limits = limits
        self._rewritten = Admission(limits.rewritten)
        self._held = Admission(limits.buffer_bytes)

    async def answer(self, request: Request) -> Response:
        """Return the requested snapshot, a redirect to its canonical address, or an error page."""
        found = await run_in_threadpool(self._find, request)
        if isinstance(found, Response):
            return found
        try:
            return await self._show(found)
        except TimeoutError:
            sentence = "Too many archived pages are being shown at the moment. Try again later."
            return self._failed(503, "Busy", sentence, found)
        except WorkerError as error:
            if error.caused_by_input:
                return self._failed(500, "Cannot be shown", f"Rewriting this page failed: {error}.", found)
            return self._failed(503, "Not available", "It cannot be shown at the moment. Try again later.", found)

    async def _show(self, replayed: Replayed) -> ArchivedResponse:
        """Create the response; its body counts towards `ReplayLimits.buffer_bytes` until it is sent.

        Raises:
            TimeoutError: No memory or rewriting place became free in time.
            WorkerError: The body could not be rewritten.
        """
        held = await run_in_threadpool(self.history.body_length, replayed.sha256)
        await self._held.enter(held, self._limits.wait_seconds)
        try:
            body = await run_in_threadpool(self.history.body, replayed.sha256)
            response = await self._presented(replayed, body)
            self._held.resize(held, held := len(response.body))
        except BaseException:
            self._held.leave(held)
            raise
        response.when_sent = lambda: self._held.leave(held)
        return response

    async def _presented(self, replayed: Replayed, body: bytes) -> ArchivedResponse:
        if not self._presentation.is_rewritten(replayed, body):
            return await run_in_threadpool(self._presentation.show, replayed, body)
        await self._rewritten.enter(1, self._limits.wait_seconds)
        try:
            return await run_in_threadpool(self._presentation.show, replayed, body)
        finally:
            self._rewritten.leave(1)

    # --- find the snapshot

    def _find(self, request: Request) -> Replayed | Response:
        try:
            address = read_address(raw_path(request).removeprefix(PREFIX), request.url.query)
            wanted = self._wanted(address, request)
        except ValueError as error:
            return self._error(400, "No such address", str(error), None)
        if address.modifier in EMBEDDED and (part := self._exchange(address, wanted)) is not None:
            return part
        page = self.page_of(address.url)
        if page is None:
            return self._exchange(address, wanted) or self._not_archived(address)
        exact = address.when is not None and is_exact(address.when)
        snapshot = self.history.nearest(page.id, wanted, exact=exact)
        if snapshot is None:
            return self._error(404, "Not archived yet", "This page is watched, but has no snapshot yet:", page.url)
        exchanges = self.history.exchanges(snapshot.id)
        # The nearest snapshot to a whole second is the last within it.
        is_last = not exact and digits(snapshot.taken_at) == digits(wanted)
        stamp = digits(snapshot.taken_at) if is_last else self._stamp(page, snapshot)
        replayed = of_snapshot(page, snapshot, exchanges, stamp, address.modifier)
        is_canonical = address.when in (replayed.stamp, exact_digits(snapshot.taken_at))
        # A browser may be unable to send the URL as it is stored; redirecting to it would loop.
        if not is_canonical or comparable(page.url) != comparable(address.url):
            return _moved(replayed.address(address.modifier))
        return replayed

    def _exchange(self, address: Address, wanted: datetime) -> Replayed | Response | None:
        """Return the exchange of a URL that need not be monitored; None if there is none.

        Parts of a page are returned at whatever time they were requested: a redirect for each would double the requests of a page.
        """
        found = self.history.nearest_exchange(address.url, wanted)
        if found is None or found.body_sha256 is None:
            return None
        replayed = of_exchange(found, digits(found.at), address.modifier)
        if address.modifier in EMBEDDED or address.when in (replayed.stamp, exact_digits(found.at)):
            return replayed
        return _moved(replayed.address(address.modifier))

    def _wanted(self, address: Address, request: Request) -> datetime:
        """Return the requested time: that of the address, or of Accept-Datetime at a TimeGate (RFC 7089 §4.1), or now."""
        if address.when is not None:
            return moment(address.when)
        field = request.headers.get("accept-datetime")
        return self.clock() if field is None else min(read_datetime(field), LATEST)

    def page_of(self, url: str) -> Page | None:
        """Return the page that is shown under a URL; None if there is none."""
        urls = (url, *variants(url))
        found = next(filter(None, map(self.history.page, urls)), None)
        return found or next(filter(None, map(self._written_otherwise, urls)), None)

    def _written_otherwise(self, url: str) -> Page | None:
        """Return the page whose URL differs from this one only in percent-encoding; None if there is none."""
        beginning, end = common_parts(url)
        if beginning == url:
            return None
        pages = self.history.pages_between(beginning, end)
        return next((page for page in pages if comparable(page.url) == comparable(url)), None)

    def _stamp(self, page: Page, snapshot: Snapshot) -> str:
        """Return the snapshot's time in 14 digits if they lead to it, otherwise in 20."""
        last = self.history.nearest(page.id, snapshot.taken_at)
        alone = last is None or last.taken_at == snapshot.taken_at
        return digits(snapshot.taken_at) if alone else exact_digits(snapshot.taken_at)

    def _pages_like(self, url: str) -> list[Page]:
        """Return pages to suggest for a URL that is not archived, under either scheme."""
        urls = dict.fromkeys([url, *variants(url)])
        found = {page.url: page for one in urls for page in self.history.pages_near(one, _NEAR)}
        return _nearest_pages(found.values(), url)

    # --- our own pages

    def _not_archived(self, address: Address) -> Response:
        urls = (address.url, *variants(address.url))
        removed = next(filter(None, map(self.history.tombstone, urls)), None)
        if removed is not None:
            return self._removed(removed, address)
        if address.modifier:
            return PlainTextResponse("Not archived.", 404, dict(missing_part_headers()))
        return self._error(404, "Not archived", "This page is not in the archive:", address.url)

    def _removed(self, tombstone: Tombstone, address: Address) -> Response:
        """Return 410 with the date of removal, but without the reason, which is not public."""
        sentence = f"What the archive held of this page was removed on {tombstone.forgotten_at:%Y-%m-%d}:"
        if address.modifier:
            return PlainTextResponse(f"{sentence} {tombstone.url}", 410, dict(missing_part_headers()))
        return self._error(410, "Removed from the archive", sentence, tombstone.url, near=())

    def _failed(self, status: int, title: str, sentence: str, replayed: Replayed) -> Response:
        """Return an error for an archived snapshot that cannot be shown, with the address of its bytes as received."""
        received = replayed.address(RECEIVED)
        if replayed.modifier:
            text = f"{sentence} The bytes as received: {received}"
            response: Response = PlainTextResponse(text, status, dict(missing_part_headers()))
        else:
            response = self._error(status, title, sentence, replayed.url, near=(), received=received)
        if status == 503:
            response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return response

    def _error(
        self,
        status: int,
        title: str,
        sentence: str,
        url: str | None,
        near: Sequence[Page] | None = None,
        received: str | None = None,
    ) -> Response:
        if near is None:
            near = self._pages_like(url) if url is not None else []
        content = self.templates.get_template("error.html.j2").render(
            title=title, sentence=sentence, url=url, near=near, received=received, home=self._home
        )
        return HTMLResponse(content, status, dict(our_headers()))


def _moved(address: str) -> Response:
    return Response(
        status_code=302, headers={"Location": quote(address, safe="%/:?#[]@!$&'()*+,;=-._~"), **dict(our_headers())}
    )


def _nearest_pages(pages: Iterable[Page], url: str) -> list[Page]:
    """Return up to ten pages of the same host as suggestions for `url`, those with the longest common prefix first."""
    host = urlsplit(url).hostname
    same = [page for page in pages if urlsplit(page.url).hostname == host]
    return sorted(same, key=lambda page: (-_common(page.url, url), page.url))[:_NEAR]


def _common(one: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
