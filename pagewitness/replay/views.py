"""Archived pages over HTTP: finds the capture, and answers with it as it can be shown. Reads only."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from monitor.clean import decode
from monitor.model import Exchange, Outcome, Page, Snapshot, Verdict
from pagewitness.replay.address import RECEIVED, Address, digits, moment, read_address, variants
from pagewitness.replay.banner import Banner, render_banner, render_frame
from pagewitness.replay.css import rewrite_css
from pagewitness.replay.headers import (
    archive_headers,
    is_html,
    media_type,
    missing_part_headers,
    our_headers,
    received_type,
    shown_type,
)
from pagewitness.replay.rewrite import has_frameset, rewrite_html
from pagewitness.replay.targets import Targets
from storage.history import History
from storage.tombstones import Tombstone

PREFIX = "/replay/"

_LOOKS_LIKE_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body|title|meta)\b", re.IGNORECASE | re.DOTALL
)
_HTML_UTF8 = "text/html; charset=utf-8"
_WITHOUT_BODY = frozenset({204, 205, 304})
_NEAR = 10


class Replay:
    """Answers everything under /replay/.

    Attributes:
        history: What is archived.
        clock: Says what the newest capture is the nearest to.
        templates: For our own pages.
    """

    def __init__(self, history: History, clock: Callable[[], datetime], templates: Environment) -> None:
        self.history = history
        self.clock = clock
        self.templates = templates

    def answer(self, request: Request) -> Response:
        """The capture asked for, or the way to it, or a page of ours that says why there is none."""
        try:
            address = read_address(_path(request), request.url.query)
        except ValueError as error:
            return self._sorry(400, "No such address", str(error), None)
        page = self._page(address.url)
        if page is None and (removed := self._tombstone(address.url)) is not None:
            return self._removed(removed, address)
        if page is None and address.modifier:
            return PlainTextResponse("Not archived.", 404, dict(missing_part_headers()))
        if page is None:
            return self._sorry(404, "Not archived", "This page is not in the archive:", address.url)
        wanted = moment(address.when) if address.when is not None else self.clock()
        snapshot = self.history.nearest(page.id, wanted)
        if snapshot is None:
            return self._sorry(
                404, "Not archived yet", "This page is watched, but nothing has been captured of it yet:", page.url
            )
        exact = digits(snapshot.taken_at)
        if exact != address.when or page.url != address.url:
            return _moved(f"{PREFIX}{exact}{address.modifier}/{page.url}")
        return self._show(page, snapshot, address)

    def _page(self, url: str) -> Page | None:
        found = (self.history.page(candidate) for candidate in (url, *variants(url)))
        return next((page for page in found if page is not None), None)

    def _tombstone(self, url: str) -> Tombstone | None:
        found = (self.history.tombstone(candidate) for candidate in (url, *variants(url)))
        return next((tombstone for tombstone in found if tombstone is not None), None)

    def _removed(self, tombstone: Tombstone, address: Address) -> Response:
        """Why it was removed is between those who asked for it and those who did it."""
        sentence = f"What the archive held of this page was removed on {tombstone.forgotten_at:%Y-%m-%d}:"
        if address.modifier:
            return PlainTextResponse(f"{sentence} {tombstone.url}", 410, dict(missing_part_headers()))
        return self._sorry(410, "Removed from the archive", sentence, tombstone.url, near=())

    # --- one capture

    def _show(self, page: Page, snapshot: Snapshot, address: Address) -> Response:
        assert snapshot.body_sha256 is not None  # `nearest` gives only snapshots with a body
        exchanges = self.history.exchanges(snapshot.id)
        body = self.history.body(snapshot.body_sha256)
        kind = snapshot.content_type
        if kind is None and _LOOKS_LIKE_HTML.match(body[:2048]):
            kind = "text/html"
        if address.modifier == RECEIVED:
            content_type, download = received_type(kind)
            return _archived(page, snapshot, exchanges, body, content_type, download=download)
        if is_html(kind):
            return self._show_html(page, snapshot, exchanges, body, with_banner=not address.modifier)
        if media_type(kind) == "image/svg+xml" and address.modifier in ("", "if_"):
            content = render_frame(self._banner(page, snapshot, exchanges), _of(page, snapshot, "im_"), image=True)
            return _archived(page, snapshot, exchanges, content.encode(), _HTML_UTF8, banner=True)
        content_type, download = shown_type(kind)
        if media_type(kind) == "text/css":
            body, content_type = _rewritten_css(body, snapshot), "text/css; charset=utf-8"
        return _archived(page, snapshot, exchanges, body, content_type, download=download)

    def _show_html(
        self, page: Page, snapshot: Snapshot, exchanges: tuple[Exchange, ...], body: bytes, *, with_banner: bool
    ) -> Response:
        banner = self._banner(page, snapshot, exchanges) if with_banner else None
        when = digits(snapshot.taken_at)
        markup = render_banner(banner) if banner is not None else ""
        content = rewrite_html(body, snapshot.content_type, snapshot.final_url, when, PREFIX, banner=markup)
        if banner is not None and has_frameset(content):
            content = render_frame(banner, _of(page, snapshot, "if_"), image=False).encode()
        return _archived(page, snapshot, exchanges, content, _HTML_UTF8, banner=with_banner)

    def _banner(self, page: Page, snapshot: Snapshot, exchanges: tuple[Exchange, ...]) -> Banner:
        stamps = sorted({digits(taken) for taken in self.history.times(page.id)})
        own = digits(snapshot.taken_at)
        before, after = bisect.bisect_left(stamps, own), bisect.bisect_right(stamps, own)
        return Banner(
            url=page.url,
            taken_at=f"{snapshot.taken_at:%Y-%m-%d %H:%M:%S}",
            previous=f"{PREFIX}{stamps[before - 1]}/{page.url}" if before > 0 else None,
            following=f"{PREFIX}{stamps[after]}/{page.url}" if after < len(stamps) else None,
            history=f"/history?url={quote(page.url, safe='')}",
            received=_of(page, snapshot, RECEIVED),
            notes=_notes(page, snapshot, exchanges),
        )

    # --- pages of ours

    def _sorry(
        self, status: int, title: str, sentence: str, url: str | None, near: Sequence[Page] | None = None
    ) -> Response:
        if near is None:
            near = _nearest_pages([summary.page for summary in self.history.pages()], url) if url is not None else []
        content = self.templates.get_template("sorry.html.j2").render(
            title=title, sentence=sentence, url=url, near=near
        )
        return HTMLResponse(content, status, dict(our_headers()))


def _path(request: Request) -> str:
    raw = request.scope.get("raw_path")
    path = raw.decode("ascii", "replace") if raw else quote(request.scope["path"])
    return path.split("?", 1)[0].removeprefix(PREFIX)


def _of(page: Page, snapshot: Snapshot, modifier: str) -> str:
    return f"{PREFIX}{digits(snapshot.taken_at)}{modifier}/{page.url}"


def _moved(address: str) -> Response:
    return Response(
        status_code=302, headers={"Location": quote(address, safe="%/:?#[]@!$&'()*+,;=-._~"), **dict(our_headers())}
    )


def _archived(
    page: Page,
    snapshot: Snapshot,
    exchanges: tuple[Exchange, ...],
    content: bytes,
    content_type: str,
    *,
    download: bool = False,
    banner: bool = False,
) -> Response:
    originals = exchanges[-1].response_headers if exchanges else ()
    fields = archive_headers(
        page.url, snapshot.taken_at, originals, content_type=content_type, download=download, banner=banner
    )
    response = Response(content, _status(snapshot))
    length = [(name, value) for name, value in response.raw_headers if name == b"content-length"]
    response.raw_headers = length + [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]
    return response


def _status(snapshot: Snapshot) -> int:
    """The archived status; one under which HTTP allows no body becomes 200, or the body could not be shown."""
    status = snapshot.status
    return status if status is not None and 200 <= status <= 599 and status not in _WITHOUT_BODY else 200


def _rewritten_css(body: bytes, snapshot: Snapshot) -> bytes:
    targets = Targets(snapshot.final_url, digits(snapshot.taken_at), PREFIX)
    return rewrite_css(decode(body, snapshot.content_type), targets.embedded).encode()


def _notes(page: Page, snapshot: Snapshot, exchanges: tuple[Exchange, ...]) -> list[str]:
    notes = []
    if snapshot.status is not None and snapshot.status >= 400:
        notes.append(f"The server answered with status {snapshot.status}.")
    if snapshot.final_url != page.url:
        hops = max(len(exchanges) - 1, 1)
        notes.append(
            f"The address led to {snapshot.final_url} ({hops} redirect{'s' if hops > 1 else ''}); that page is shown."
        )
    if snapshot.truncated is not None:
        notes.append(f"The page ends early ({snapshot.truncated.value}): the rest was not received.")
    if snapshot.outcome is Outcome.NOT_MODIFIED:
        notes.append("The server answered that nothing had changed; the body shown is the one received before.")
    if snapshot.verdict not in (None, Verdict.OK):
        notes.append(f"Judged “{snapshot.verdict.value.replace('_', ' ')}”: {snapshot.verdict_reason}".rstrip(": "))
    return notes


def _nearest_pages(pages: list[Page], url: str) -> list[Page]:
    """Pages that somebody who asked for `url` may have meant: of the same host, the longest common beginning first."""
    host = urlsplit(url).hostname
    same = [page for page in pages if urlsplit(page.url).hostname == host]
    return sorted(same, key=lambda page: (-_common(page.url, url), page.url))[:_NEAR]


def _common(one: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
