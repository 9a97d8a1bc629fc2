"""Results of the walk: raw blocks, which have no kind yet, and the elements that contain them."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.extraction.class_hints import Hint
from monitor.extraction.link_targets import Label
from monitor.model import BlockKind

Kind = tuple[BlockKind, str]
"""The kind of a block, and the reason for it."""
HEADINGS = {f"h{n}": n for n in range(1, 7)}
"""Heading elements and their levels."""
LISTS = frozenset("ul ol li dl dt dd table thead tbody tr blockquote".split())
"""Elements that only divide a text and contain none of their own."""
_BODY_PROPERTIES = frozenset({"articlebody", "reviewbody", "recipeinstructions"})
_MAIN_ROLES = frozenset({"main", "article"})


class ElementContext:
    """A block-level element and its classification state.

    Attributes:
        tag: Tag name.
        above: The enclosing block-level element; None for the body.
        hint: The hint given by its tag, role, id or class; None if they give none.
        first: Index of the first block in it.
        end: Index after the last block in it.
        main: Whether it is a main or article element, or has that role; `classifier` extends this to the elements inside.
        landmark: Whether it is a main element or has that role.
        names: Its class attribute, and "author" if its microdata says that it is the author's; "" if there is none.
        body: Whether its name or microdata marks it as the text of an article.
        titled: Whether it contains an h1: a "banner" or "panel" with the page's headline is the page's header.
        kind: The kind that it or an enclosing element gives to its blocks, with the reason; None if there is none.
        home: The innermost enclosing element that contains more than one block and is not in `LISTS`; None if that is the element itself.
        beside: Why its content is not part of the article that it is in or next to; None if no hint says so.
    """

    __slots__ = (
        "above",
        "beside",
        "body",
        "end",
        "first",
        "hint",
        "home",
        "kind",
        "landmark",
        "main",
        "names",
        "tag",
        "titled",
    )

    def __init__(self, tag: str, above: ElementContext | None, hint: Hint | None, first: int) -> None:
        self.tag = tag
        self.above = above
        self.hint = hint
        self.first = first
        self.end = first
        self.main = tag in ("main", "article")
        self.landmark = tag == "main"
        self.names = ""
        self.body = False
        self.titled = False
        # The classifier sets the rest, for elements that contain blocks. `home` never refers to its own element: only the cycle collector could free that.
        self.kind: Kind | None
        self.beside: str | None
        self.home: ElementContext | None

    def note(self, attributes: dict[str, str | None]) -> None:
        """Evaluate the role and itemprop attributes."""
        if "role" in attributes and attributes["role"] in _MAIN_ROLES:
            self.main = True
            self.landmark = self.landmark or attributes["role"] == "main"
        if "itemprop" in attributes:
            value = (attributes["itemprop"] or "").lower()
            self.body = value in _BODY_PROPERTIES
            if value == "author":
                self.names += " author"


class RawBlock:
    """A block before classification.

    Attributes:
        text: Text with white space folded; not empty.
        place: The block-level element that contains the text.
        link_chars: Number of characters that are link text.
        links: Number of links that begin in the block.
        labels: Its links as written, in order; targets are computed only for blocks that keep their links.
        weight: Cached result of `monitor.extraction.main_content.weight`; None if not computed yet.
    """

    __slots__ = ("labels", "link_chars", "links", "place", "text", "weight")

    def __init__(
        self, text: str, place: ElementContext, link_chars: int, links: int, labels: Sequence[Label] = ()
    ) -> None:
        self.text = text
        self.place = place
        self.link_chars = link_chars
        self.links = links
        self.labels = labels
        self.weight: int | None = None
