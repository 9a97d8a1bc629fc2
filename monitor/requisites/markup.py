"""Find the requisites of HTML and SVG on the tree of Lexbor, a real HTML5 parser.

Beautiful Soup was measured and not used: with html.parser it missed 27 requisites on 4 of 672 real pages, took six times as long, and 12 KB of `<a ` took
1.3 s. A requisite that discovery misses is missing from the archive. See docs/decisions/0045-requisites-are-found-on-lexbors-tree.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.extraction.html_parser import parse
from monitor.extraction.parse_limits import too_much
from monitor.model import RequisiteKind
from monitor.requisites.collector import Collector
from monitor.requisites.rules import EMBEDDED, LAZY_BACKGROUNDS, LAZY_SOURCES, PRELOADED, SOURCES, SRCSETS, STYLES
from monitor.requisites.srcset import candidates, size_of
from monitor.requisites.style_sheets import collect_from_css

_Attributes = Mapping[str, str]
_FILE = re.compile(r"(?=[^./]*[./])[^\s()]{1,4000}")


def collect_from_markup(text: str, collector: Collector, depth: int = 0) -> None:
    """Collect the requisites of a page or drawing: of its elements, templates, <noscript> and srcdoc frames, in document order.

    Nothing is collected from a page beyond the parse limits, which replay shows as source.

    Args:
        text: The markup.
        collector: Where they are collected; its base is the URL of the page.
        depth: Number of srcdoc attributes around it.
    """
    if too_much(text) is not None:
        return
    tree = parse(text)
    root = tree.root
    if root is None:
        return
    outer = collector.base
    _apply_base(tree, collector)
    # The content of a template is not part of the surrounding tree.
    waiting = [root]
    while waiting:
        part = waiting.pop()
        _Walk(tree, collector, depth).walk(part)
        waiting.extend(reversed(part.template_fragments()))
    collector.base = outer


def _apply_base(tree: LexborHTMLParser, collector: Collector) -> None:
    base = tree.css_first("base[href]")
    url = collector.absolute(base.attributes.get("href") or "") if base is not None else None
    if url is not None:
        collector.base = url


class _Walk:
    """Collects from one tree.

    Attributes:
        tree: The tree.
        collector: Where requisites are collected.
        depth: Number of srcdoc attributes around it.
    """

    def __init__(self, tree: LexborHTMLParser, collector: Collector, depth: int) -> None:
        self.tree = tree
        self.collector = collector
        self.depth = depth

    def walk(self, part: LexborNode) -> None:
        """Collect from all elements of a tree, in document order."""
        for node in part.traverse():
            tag = (node.tag or "").lower().removeprefix("svg:")
            if tag == "style":
                collect_from_css(node.text(deep=True), self.collector)
            elif tag == "noscript":
                self._noscript(node)
            attributes = {name.lower(): value for name, value in node.attributes.items() if value}
            if attributes:
                self._element(node, tag, attributes)

    def _noscript(self, node: LexborNode) -> None:
        """Collect from the raw text of a <noscript>, which browsers without scripts, and so replays, show."""
        text = node.text(deep=True)
        if "<" not in text or too_much(text) is not None:
            return
        holder = self.tree.create_node("div")
        holder.inner_html = text
        for inner in holder.css("noscript"):  # browsers without scripts ignore the tag
            inner.decompose()
        waiting = [holder]
        while waiting:
            part = waiting.pop()
            self.walk(part)
            waiting.extend(part.template_fragments())

    def _element(self, node: LexborNode, tag: str, attributes: _Attributes) -> None:
        for name, value in attributes.items():
            kind = SOURCES.get((tag, name))
            if kind is not None:
                self.collector.add(value, kind)
            elif (tag, name) in SRCSETS:
                self._srcset(value)
            elif name in LAZY_BACKGROUNDS:
                self._background(value)
            elif name in STYLES and not self.collector.is_full(RequisiteKind.IMAGE):
                collect_from_css(value, self.collector)
        if tag in ("a", "area"):
            self._link_to_document(attributes)
        elif tag == "link":
            self._link(attributes)
        elif tag in ("object", "embed"):
            self._embedded(attributes.get("data" if tag == "object" else "src"), attributes)
        elif tag == "iframe":
            self._frame(attributes)
        elif tag == "source":
            self._source(node, attributes)
        elif tag == "input" and "src" in attributes and attributes.get("type", "").strip().lower() == "image":
            self.collector.add(attributes["src"], RequisiteKind.IMAGE)

    def _srcset(self, value: str) -> None:
        """Collect the candidates of a srcset; the largest is the one that a reader with a large screen sees."""
        found = list(islice(candidates(value), self.collector.limits.candidates))
        largest = max(found, key=lambda one: size_of(one[1]), default=None)
        for candidate in found:
            self.collector.add(candidate[0], RequisiteKind.IMAGE, is_alternative=candidate is not largest)

    def _background(self, value: str) -> None:
        """Collect a lazy-loaded background image: a URL or url(). Other values, such as the name of a colour, have neither a dot nor a slash."""
        if "url(" in value.lower():
            collect_from_css(value, self.collector)
        elif _FILE.fullmatch(value.strip()):
            self.collector.add(value, RequisiteKind.IMAGE)

    def _source(self, node: LexborNode, attributes: _Attributes) -> None:
        parent = node.parent
        kind = RequisiteKind.IMAGE if parent is not None and parent.tag == "picture" else RequisiteKind.MEDIA
        for name in ("src", *LAZY_SOURCES):
            self.collector.add(attributes.get(name, ""), kind)

    def _link(self, attributes: _Attributes) -> None:
        href, rels = attributes.get("href", ""), attributes.get("rel", "").lower()
        if "stylesheet" in rels:
            self.collector.add(href, RequisiteKind.STYLE_SHEET, is_alternative=_is_alternative(rels, attributes))
        elif "icon" in rels:
            self.collector.add(href, RequisiteKind.ICON)
        elif "preload" in rels.split():
            kind = PRELOADED.get(attributes.get("as", "").strip().lower())
            if kind is not None:
                self.collector.add(href, kind)
            if kind is RequisiteKind.IMAGE:
                self._srcset(attributes.get("imagesrcset", ""))

    def _embedded(self, url: str | None, attributes: _Attributes) -> None:
        """Collect what an <object> or <embed> shows; without a type, the extension of its URL decides, and any other may be an image."""
        if url is None:
            return
        media_type = attributes.get("type", "").partition(";")[0].strip().lower()
        if media_type:
            kind = EMBEDDED.get(media_type) or EMBEDDED.get(media_type.partition("/")[0])
        else:
            kind = EMBEDDED.get(_extension(url), RequisiteKind.IMAGE)
        if kind is not None:
            self.collector.add(url, kind)

    def _frame(self, attributes: _Attributes) -> None:
        if "srcdoc" not in attributes:
            for name in ("src", *LAZY_SOURCES):
                self.collector.add(attributes.get(name, ""), RequisiteKind.FRAME)
        elif self.depth < self.collector.limits.frames_deep:
            collect_from_markup(attributes["srcdoc"], self.collector, self.depth + 1)

    def _link_to_document(self, attributes: _Attributes) -> None:
        href = attributes.get("href", "")
        if href and (_names_pdf(href) or attributes.get("type", "").strip().lower() == "application/pdf"):
            self.collector.add(href, RequisiteKind.DOCUMENT)


def _is_alternative(rels: str, attributes: _Attributes) -> bool:
    """Return whether a style sheet does not apply on a screen: an alternate one, or one for print unless a script makes it apply when it is loaded."""
    if "alternate" in rels.split():
        return True
    return attributes.get("media", "").strip().lower() == "print" and "onload" not in attributes


def _names_pdf(url: str) -> bool:
    return _extension(url) == "pdf"


def _extension(url: str) -> str:
    """Return the extension of the file that a URL names, lower case; "" if it has none."""
    name = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    return name.rpartition(".")[2].strip().lower() if "." in name else ""
