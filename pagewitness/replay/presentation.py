"""Turns a snapshot into a response: rewrites HTML and style sheets, and adds the banner to pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from monitor.urls import comparable
from pagewitness.replay.address import RECEIVED, digits, variants
from pagewitness.replay.banner import page_style, render_banner, render_frame
from pagewitness.replay.banner_content import banner_content, facts_of
from pagewitness.replay.finding import Found
from pagewitness.replay.headers import is_html, is_redirect, media_type, received_type, shown_type
from pagewitness.replay.inlining import Inliner
from pagewitness.replay.origin import ReplayOrigin
from pagewitness.replay.replayed import Replayed, of_exchange
from pagewitness.replay.responses import ArchivedResponse
from pagewitness.replay.rewrite import RewrittenPage
from pagewitness.replay.rewrite_worker import Rewriter, Source
from pagewitness.replay.sniffing import MEDIA_BYTES, XML_BYTES, sniffed_type, xml_document_type
from pagewitness.replay.stated_facts import StatedFact
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
_HTML_UTF8, _CSS_UTF8 = "text/html; charset=utf-8", "text/css; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A body that must be rewritten to be shown.

    Attributes:
        found: What is replayed.
        body: The archived content-decoded bytes.
        is_page: Whether it is rewritten as a page; otherwise as a style sheet.
        facts: The facts to mark; none without a banner.
    """

    found: Found
    body: bytes
    is_page: bool
    facts: Sequence[StatedFact]


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

    def begin(self, found: Found) -> ArchivedResponse | Unfinished:
        """Load a body and create the response, if it needs no rewriting.

        Raises:
            UnknownName: It was removed from the archive.
            BodyCorrupt: The stored body is damaged.
        """
        replayed = found.replayed
        with self.history.at_one_moment() as view:
            body = view.body(replayed.sha256)
            kind = self.kind_of(replayed, body)
            is_page = _is_document(kind, replayed.modifier)
            facts = facts_of(view, replayed) if is_page and not replayed.modifier else []
        if replayed.modifier == RECEIVED:
            content_type, download = received_type(kind)
            return self._respond(replayed, body, content_type, download=download, as_stored=True)
        if is_page or media_type(kind) == "text/css":
            return Unfinished(found, body, is_page, facts)
        content_type, download = shown_type(kind)
        return self._respond(replayed, body, content_type, download=download, as_stored=True)

    def finish(self, unfinished: Unfinished) -> ArchivedResponse:
        """Rewrite a body and create the response.

        Raises:
            WorkerError: The body could not be rewritten.
        """
        replayed, body = unfinished.found.replayed, unfinished.body
        if not unfinished.is_page:
            css = self.rewriter.style_sheet(_source(replayed, body))
            css = self._inliner(replayed.prefix).style_sheet(css) if self.origin is None else css
            return self._respond(replayed, css, _CSS_UTF8)
        if replayed.modifier:
            page = self._complete(self.rewriter.html(_source(replayed, body), (), ""), replayed.prefix)
            return self._respond(replayed, page.content, _HTML_UTF8)
        return self._respond(replayed, self._page(unfinished), _HTML_UTF8, banner=True)

    def _respond(
        self,
        replayed: Replayed,
        content: bytes,
        content_type: str,
        *,
        download: bool = False,
        banner: bool = False,
        as_stored: bool = False,
    ) -> ArchivedResponse:
        return ArchivedResponse(
            replayed,
            content,
            content_type,
            download=download,
            banner=banner,
            as_stored=as_stored,
            location=_location(replayed),
            own_origin=self.origin is not None,
        )

    def _page(self, unfinished: Unfinished) -> bytes:
        """Return a page with its facts marked and the banner."""
        replayed, facts = unfinished.found.replayed, unfinished.facts
        quotes = [quote for fact in facts for quote in fact.quotes]
        style = page_style(replayed.url, f"{replayed.taken_at:%Y-%m-%d %H:%M:%S}", replayed.sha256)
        rewritten = self._complete(
            self.rewriter.html(_source(replayed, unfinished.body), quotes, style), replayed.prefix
        )
        home = self.origin.home if self.origin is not None else ""
        banner = banner_content(home, unfinished.found, facts, rewritten.anchors)
        if rewritten.banner_at is None:
            return render_frame(banner, replayed.address("if_")).encode()
        return rewritten.with_banner(render_banner(banner))

    def _complete(self, rewritten: RewrittenPage, prefix: str) -> RewrittenPage:
        """Return a page with the parts that a browser does not load in a sandbox."""
        return self._inliner(prefix).page(rewritten) if self.origin is None else rewritten

    def _inliner(self, prefix: str) -> Inliner:
        return Inliner(self.history, partial(self._drawing, prefix))

    def _drawing(self, prefix: str, found: ArchivedExchange, body: bytes) -> bytes:
        """Return an SVG document rewritten as a page; nothing if that failed."""
        replayed = replace(of_exchange(found, digits(found.at), ""), prefix=prefix)
        try:
            return self.rewriter.html(_source(replayed, body), (), "").content
        except WorkerError:
            return b""


def _source(replayed: Replayed, body: bytes) -> Source:
    return Source(body, replayed.sha256, replayed.content_type, replayed.final_url, replayed.stamp, replayed.prefix)


def _is_document(kind: str | None, modifier: str) -> bool:
    """Return whether content is rewritten as a page."""
    return is_html(kind) or (media_type(kind) == _SVG and modifier in _DOCUMENTS)


def _location(replayed: Replayed) -> str | None:
    """Return the replay address to which an archived redirect leads; None if it is none, or leads to a URL that is replayed by this response."""
    if not is_redirect(replayed.status):
        return None
    written = next((value for name, value in replayed.headers() if name.lower() == "location"), None)
    url = Targets(replayed.final_url, replayed.stamp, replayed.prefix).absolute(written) if written else None
    if url is None:
        return None
    own = {comparable(one) for here in (replayed.url, replayed.final_url) for one in (here, *variants(here))}
    return (
        None
        if comparable(url.partition("#")[0]) in own
        else f"{replayed.prefix}{replayed.stamp}{replayed.modifier}/{url}"
    )
