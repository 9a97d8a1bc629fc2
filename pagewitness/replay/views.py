"""HTTP views of replay: find the requested snapshot and return it in a form that can be shown safely. Read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, urlsplit

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from monitor.errors import UnknownName
from monitor.model import Page
from pagewitness.replay.address import LATEST, Address, moment, read_address, variants
from pagewitness.replay.admission import Admission
from pagewitness.replay.finding import Found, NothingArchived, find
from pagewitness.replay.headers import missing_part_headers, our_headers
from pagewitness.replay.memento_links import read_datetime
from pagewitness.replay.origin import ReplayOrigin
from pagewitness.replay.presentation import Presentation, Unfinished
from pagewitness.replay.replayed import PREFIX, Replayed
from pagewitness.replay.request_path import prefix_of, raw_path
from pagewitness.replay.responses import ArchivedResponse
from pagewitness.replay.rewrite_worker import ReplayLimits, Rewriter
from pagewitness.workers.model import WorkerError
from storage.maintenance.tombstones import Tombstone
from storage.queries.history import History

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
        try:
            return await self._answer(request)
        except UnknownName:
            # It was removed after it was found: what is there now is another answer, such as 410.
            return await self._answer(request)

    async def _answer(self, request: Request) -> Response:
        found = await run_in_threadpool(self._find, request)
        if isinstance(found, Response):
            return found
        try:
            return await self._show(found)
        except TimeoutError:
            sentence = "Too many archived pages are being shown at the moment. Try again later."
            return self._failed(503, "Busy", sentence, found.replayed)
        except WorkerError as error:
            if error.caused_by_input:
                return self._failed(500, "Cannot be shown", f"Rewriting this page failed: {error}.", found.replayed)
            sentence = "It cannot be shown at the moment. Try again later."
            return self._failed(503, "Not available", sentence, found.replayed)

    async def _show(self, found: Found) -> ArchivedResponse:
        """Create the response; its body counts towards `ReplayLimits.buffer_bytes` until it is sent.

        Raises:
            TimeoutError: No memory or rewriting place became free in time.
            UnknownName: It was removed from the archive.
            WorkerError: The body could not be rewritten.
        """
        held = found.length
        await self._held.enter(held, self._limits.wait_seconds)
        try:
            begun = await run_in_threadpool(self._presentation.begin, found)
            response = begun if isinstance(begun, ArchivedResponse) else await self._rewrite(begun)
            self._held.resize(held, held := len(response.body))
        except BaseException:
            self._held.leave(held)
            raise
        response.around = found.around
        response.when_sent = lambda: self._held.leave(held)
        return response

    async def _rewrite(self, unfinished: Unfinished) -> ArchivedResponse:
        await self._rewritten.enter(1, self._limits.wait_seconds)
        try:
            return await run_in_threadpool(self._presentation.finish, unfinished)
        finally:
            self._rewritten.leave(1)

    # --- find the snapshot

    def _find(self, request: Request) -> Found | Response:
        try:
            address = read_address(raw_path(request).removeprefix(PREFIX), request.url.query)
            wanted = self._wanted(address, request)
        except ValueError as error:
            return self._error(400, "No such address", str(error), None)
        try:
            with self.history.at_one_moment() as view:
                found = find(view, address, wanted)
        except NothingArchived as error:
            sentence = "This page is watched, but has no snapshot yet:"
            return self._error(404, "Not archived yet", sentence, error.page.url)
        if found is None:
            return self._not_archived(address)
        found = replace(found, replayed=replace(found.replayed, prefix=prefix_of(request)))
        return found if found.is_canonical else _moved(found.replayed.address(address.modifier))

    def _wanted(self, address: Address, request: Request) -> datetime:
        """Return the requested time: that of the address, or of Accept-Datetime at a TimeGate (RFC 7089 §4.1), or now."""
        if address.when is not None:
            return moment(address.when)
        field = request.headers.get("accept-datetime")
        return self.clock() if field is None else min(read_datetime(field), LATEST)

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
        received = replayed.received_address
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
