"""Rewrites archived pages for safe display: without scripts and without links to the live web, otherwise unchanged.

Pure. The rules are in `rules`. The result is safe for two reasons: it is serialised from the tree of a real HTML5 parser, and it is parsed once more,
because a serialised tree can parse to a different tree. Only text that parses to the cleaned tree is shown; the Content-Security-Policy of `headers`
is the second line of defence.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from monitor.extraction.extract import decode
from monitor.extraction.parse_limits import too_much
from monitor.requisites.style_sheets import decode_style_sheet
from pagewitness.replay.css import rewrite_css
from pagewitness.replay.headers import media_type
from pagewitness.replay.highlight import highlight
from pagewitness.replay.page import Cleaner
from pagewitness.replay.targets import Targets
from pagewitness.replay.text_quotes import TextQuote
from pagewitness.replay.xml_page import html_of_xml

# Matches one at a time: a pattern for all of them could match "<!--a--><!--a-->" in many ways.
_BEFORE_DOCTYPE = re.compile(r"\s*+(?:<\?[^>]*+>|<!--.*?-->)", re.DOTALL)
_DOCTYPE = re.compile(r"\s*+<!doctype\s+html\b([^>]*)>", re.IGNORECASE)
_IDENTIFIERS = re.compile(r"\s*(?:(public)\s*(\"[^\"]*\"|'[^']*')|(system))\s*(\"[^\"]*\"|'[^']*')?", re.IGNORECASE)
_HEAD = re.compile(r"<head(?=[\s>])")
_END = b"</body></html>"
# What the HTML parser makes a comment of, wherever it is (HTML Standard §13.2.5.6, §13.2.5.7 and §13.2.5.42).
_COMMENT = re.compile(r"<(?:!(?!doctype)|\?|/[^a-z])", re.IGNORECASE | re.ASCII)
_TRIES = 4  # after that, a page that does not parse to the same tree is shown as source
_FRAMES_DEEP = 3


class RewrittenPage(NamedTuple):
    """A rewritten page, without its banner.

    Attributes:
        content: The page in UTF-8, which the response must declare.
        banner_at: Where the banner is inserted: at the end of the body, so that it is above all elements of the page with the same z-index. None for a
            frameset, which has no body.
        anchors: For each quote the id of an element with its value; None if the page does not show it.
    """

    content: bytes
    banner_at: int | None
    anchors: tuple[str | None, ...] = ()

    def with_banner(self, banner: str) -> bytes:
        """Return the page with a banner."""
        if self.banner_at is None:
            return self.content
        return b"".join((self.content[: self.banner_at], banner.encode(), self.content[self.banner_at :]))


def rewrite_page(
    body: bytes,
    content_type: str | None,
    base_url: str,
    when: str,
    prefix: str = "/replay/",
    *,
    quotes: Sequence[TextQuote] = (),
    style: str = "",
) -> RewrittenPage:
    """Return an HTML page without scripts, with every URL pointing into the archive. An XHTML or SVG document becomes an HTML page. Never raises.

    A page that cannot be rewritten is returned as its escaped source, with a notice.

    Args:
        body: The archived content-decoded bytes.
        content_type: The Content-Type field as received; None if there was none.
        base_url: The absolute URL of the response with this body.
        when: The digits of the snapshot's time; links lead to the same time.
        prefix: Path prefix of replay, with both slashes.
        quotes: Texts to mark in the page.
        style: A style sheet to insert before those of the page.
    """
    text = decode(body, content_type)
    if "xml" in media_type(content_type) and too_much(text) is None:
        text = html_of_xml(text) or text  # one that is not well-formed is read as HTML
    text, tree = _page(text, Targets(base_url, when, prefix), 0)
    anchors: tuple[str | None, ...] = (None,) * len(quotes)
    if quotes:
        text, anchors = _highlighted(text, tree, quotes)
    text = _after_tag(_HEAD, text, f'<meta charset="utf-8">{f"<style>{style}</style>" if style else ""}')
    content = text.encode("utf-8", "replace")
    return RewrittenPage(content, len(content) - len(_END) if content.endswith(_END) else None, anchors)


def rewrite_html(
    body: bytes, content_type: str | None, base_url: str, when: str, prefix: str = "/replay/", *, banner: str = ""
) -> bytes:
    """Return a rewritten page with a banner and without marks; see `rewrite_page`."""
    return rewrite_page(body, content_type, base_url, when, prefix).with_banner(banner)


def rewrite_style_sheet(body: bytes, content_type: str | None, base_url: str, when: str, prefix: str) -> bytes:
    """Return a style sheet in UTF-8 with every URL pointing into the archive; the arguments are those of `rewrite_page`. Never raises.

    It is decoded as discovery decodes it, by its @charset rule too (tests/pagewitness/replay/fidelity: a ministry's page in Shift_JIS).
    """
    targets = Targets(base_url, when, prefix)
    return rewrite_css(decode_style_sheet(body, content_type), targets.embedded).encode("utf-8", "replace")


def _after_tag(tag: re.Pattern[str], text: str, markup: str) -> str:
    """Insert markup directly after the first match of `tag`; return the text unchanged if there is none."""
    found = tag.search(text)
    end = text.find(">", found.end()) + 1 if found else 0
    return text[:end] + markup + text[end:] if end else text


def _page(text: str, targets: Targets, depth: int) -> tuple[str, LexborHTMLParser | None]:
    """Return a rewritten page, and the tree that it parses to; None for one that is shown as its source."""
    reason = too_much(text)
    if reason is not None:
        return _source(text, reason), None
    doctype = _doctype(text)

    def frame(inner: str) -> str:
        return _page(inner, targets.inside(), depth + 1)[0] if depth < _FRAMES_DEEP else ""

    for _ in range(_TRIES):
        # As browsers with scripts delimit a <noscript>: see `Cleaner`.
        tree = LexborHTMLParser(doctype + text if _ else text, scripting=True)
        Cleaner(tree, targets, frame, has_comments=_COMMENT.search(text) is not None).clean()
        cleaned = _serialised(tree)
        # As a browser parses it in the sandbox, without scripts.
        shown = LexborHTMLParser(doctype + cleaned)
        if _serialised(shown) == cleaned:
            return doctype + cleaned, shown
        text = cleaned
    return _source(text, "written so that it does not read back as the same page twice"), None


def _highlighted(
    text: str, tree: LexborHTMLParser | None, quotes: Sequence[TextQuote]
) -> tuple[str, tuple[str | None, ...]]:
    """Return a rewritten page with marks, and the ids of their elements; the page as it is if it would not parse to the marked tree."""
    doctype = _doctype(text)
    tree = tree or LexborHTMLParser(text)
    anchors = highlight(tree, quotes, text)
    if any(anchors):
        marked = doctype + _serialised(tree)
        if _serialised(LexborHTMLParser(marked)) == marked[len(doctype) :]:
            return marked, anchors
    return text, (None,) * len(quotes)


def _serialised(tree: LexborHTMLParser) -> str:
    return (tree.root.html if tree.root is not None else None) or ""


def _doctype(text: str) -> str:
    """Return the doctype with its identifiers, which select the browser's layout mode; "" if there is none."""
    place = 0
    while passed := _BEFORE_DOCTYPE.match(text, place):
        place = passed.end()
    found = _DOCTYPE.match(text, place)
    if found is None:
        return ""
    named = _IDENTIFIERS.match(found.group(1))
    if named is None:
        return "<!DOCTYPE html>"
    parts = ["PUBLIC", named.group(2)] if named.group(1) else ["SYSTEM"]
    return f"<!DOCTYPE html {' '.join([*parts, *filter(None, [named.group(4)])])}>"


def _source(text: str, reason: str) -> str:
    return (
        "<!DOCTYPE html><html><head><title>Shown as source</title></head><body>"
        f"<p><strong>This archived page is {reason}. It is shown as its source.</strong></p>"
        f'<pre style="white-space:pre-wrap">{html.escape(text)}</pre></body></html>'
    )
