"""Turns a snapshot into a response: rewrites HTML and style sheets, and adds the banner to pages."""

from __future__ import annotations

import re
from functools import partial

from monitor.urls import comparable
from pagewitness.replay.address import RECEIVED, digits, variants
from pagewitness.replay.banner import page_style, render_banner, render_frame
from pagewitness.replay.banner_content import banner_content, facts_of
from pagewitness.replay.headers import is_html, is_redirect, media_type, received_type, shown_type
from pagewitness.replay.inlining import Inliner
from pagewitness.replay.origin import ReplayOrigin
from pagewitness.replay.replayed import PREFIX, Replayed, of_exchange
from pagewitness.replay.responses import ArchivedResponse
from pagewitness.replay.rewrite import RewrittenPage
from pagewitness.replay.rewrite_worker import Rewriter, Source
from pagewitness.replay.sniffing import MEDIA_BYTES, XML_BYTES, sniffed_type, xml_document_type
from pagewitness.replay.targets import Targets
from pagewitness.workers.model import WorkerError
from storage.queries.exchange_lookup import ArchivedExchange
from storage.queries.history import History

_LOOKS_LIKE_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body|title|meta)\b", re.IGNORECASE | re.DOTALL
)
_XML = frozenset({"text/xml", "application/xml"})
_SVG = "image/svg+xml"
_DOCUMENTS = frozenset({"", "if_", "fr_", "mp_"})
"""Modifiers under which an SVG image is a document of its own. Under any other one it is an image in a page, in which a browser loads nothing."""
_HTML_UTF8 = "text/html; charset=utf-8"


class Presentation:
    """Creates responses from snapshots.

    Attributes:
        history: The archive, for exchanges and for other snapshots of the page.
        rewriter: Rewrites HTML and style sheets.
        origin: The separate origin of replay; None if there is none.
    """

    def __init__(self, history: History, rewriter: Rewriter, origin: ReplayOrigin | None = None) -> None:
        self.history = history
        self.rewriter = rewriter
        self.origin = origin

    def kind_of(self, replayed: Replayed, body: bytes) -> str | None:
        """Return the received Content-Type, or the type detected from the beginning of the body; None if both are unknown."""
        kind = replayed.content_type
        if kind is None and _LOOKS_LIKE_HTML.match(body[:2048]):
            return "text/html"
        if replayed.modifier == RECEIVED:
            return kind
        if kind is None and replayed.modifier == "cs_":
            return "text/css"
        if media_type(kind) in _XML:
            return xml_document_type(body[:XML_BYTES]) or kind
        if shown_type(kind)[0] == "application/octet-stream":
            return sniffed_type(body[:MEDIA_BYTES]) or kind
        return kind

    def is_rewritten(self, replayed: Replayed, body: bytes) -> bool:
        """Return whether the body must be rewritten to be shown."""
        kind = self.kind_of(replayed, body)
        return replayed.modifier != RECEIVED and (
            _is_document(kind, replayed.modifier) or media_type(kind) == "text/css"
        )

    def show(self, replayed: Replayed, body: bytes) -> ArchivedResponse:
        """Create the response.

        Raises:
            WorkerError: The body could not be rewritten.
        """
        respond = partial(ArchivedResponse, replayed, location=_location(replayed), own_origin=self.origin is not None)
        kind = self.kind_of(replayed, body)
        if replayed.modifier == RECEIVED:
            content_type, download = received_type(kind)
            return respond(body, content_type, download=download, as_stored=True)
        if _is_document(kind, replayed.modifier):
            if replayed.modifier:
                return respond(self._complete(self.rewriter.html(_source(replayed, body), (), "")).content, _HTML_UTF8)
            return respond(self._page(replayed, body), _HTML_UTF8, banner=True)
        content_type, download = shown_type(kind)
        is_css = media_type(kind) == "text/css"
        if is_css:
            body, content_type = self.rewriter.style_sheet(_source(replayed, body)), "text/css; charset=utf-8"
            body = self._inliner().style_sheet(body) if self.origin is None else body
        return respond(body, content_type, download=download, as_stored=not is_css)

    def _page(self, replayed: Replayed, body: bytes) -> bytes:
        """Return a page with its facts marked and the banner."""
        facts = facts_of(self.history, replayed)
        quotes = [quote for fact in facts for quote in fact.quotes]
        style = page_style(replayed.url, f"{replayed.taken_at:%Y-%m-%d %H:%M:%S}", replayed.sha256)
        rewritten = self._complete(self.rewriter.html(_source(replayed, body), quotes, style))
        home = self.origin.home if self.origin is not None else ""
        banner = banner_content(self.history, home, replayed, facts, rewritten.anchors)
        if rewritten.banner_at is None:
            return render_frame(banner, replayed.address("if_")).encode()
        return rewritten.with_banner(render_banner(banner))

    def _complete(self, rewritten: RewrittenPage) -> RewrittenPage:
        """Return a page with the parts that a browser does not load in a sandbox."""
        return self._inliner().page(rewritten) if self.origin is None else rewritten

    def _inliner(self) -> Inliner:
        return Inliner(self.history, self._drawing)

    def _drawing(self, found: ArchivedExchange, body: bytes) -> bytes:
        """Return an SVG document rewritten as a page; nothing if that failed."""
        try:
            return self.rewriter.html(_source(of_exchange(found, digits(found.at), ""), body), (), "").content
        except WorkerError:
            return b""


def _source(replayed: Replayed, body: bytes) -> Source:
    return Source(body, replayed.sha256, replayed.content_type, replayed.final_url, replayed.stamp, PREFIX)


def _is_document(kind: str | None, modifier: str) -> bool:
    """Return whether content is rewritten as a page."""
    return is_html(kind) or (media_type(kind) == _SVG and modifier in _DOCUMENTS)


def _location(replayed: Replayed) -> str | None:
    """Return the replay address to which an archived redirect leads; None if it is none, or leads to a URL that is replayed by this response."""
    if not is_redirect(replayed.status):
        return None
    written = next((value for name, value in replayed.headers() if name.lower() == "location"), None)
    url = Targets(replayed.final_url, replayed.stamp, PREFIX).absolute(written) if written else None
    if url is None:
        return None
    own = {comparable(one) for here in (replayed.url, replayed.final_url) for one in (here, *variants(here))}
    return None if comparable(url.partition("#")[0]) in own else f"{PREFIX}{replayed.stamp}{replayed.modifier}/{url}"
