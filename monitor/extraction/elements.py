"""What the walk hands on: blocks that have no kind yet, and the places they stand in."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.extraction.class_hints import Hint
from monitor.extraction.link_targets import Label
from monitor.model import BlockKind

Kind = tuple[BlockKind, str]
"""What a block is, and why."""
HEADINGS = {f"h{n}": n for n in range(1, 7)}
"""Heading elements and their levels."""
LISTS = frozenset("ul ol li dl dt dd table thead tbody tr blockquote".split())
"""Elements that only part a text, and hold none of their own."""
_BODY_PROPERTIES = frozenset({"articlebody", "reviewbody", "recipeinstructions"})
_MAIN_ROLES = frozenset({"main", "article"})


class ElementContext:
    """A block-level element, seen from the blocks in it.

    Attributes:
        tag: Its name.
        above: The place it stands in; None for the body.
        hint: What its name, role, id or class make of it; None where they say nothing.
        first: Index of the first block in it.
        end: Index behind the last block in it.
        main: Whether it is a main or article element, or has that role.
        body: Whether its name or microdata calls it the text of an article.
        titled: Whether an h1 stands in it: a "banner" or "panel" with the page's headline is its head.
        kind: What it and the places around it make of the blocks in it; None where they say nothing.
        home: The innermost place around that holds more than one block and is more than a list or table; None where it is that itself.
        beside: Why what stands in it is no part of an article it stands in or beside; None where nothing says so.
    """

    __slots__ = ("above", "beside", "body", "end", "first", "hint", "home", "kind", "main", "tag", "titled")

    def __init__(self, tag: str, above: ElementContext | None, hint: Hint | None, first: int) -> None:
        self.tag = tag
        self.above = above
        self.hint = hint
        self.first = first
        self.end = first
        self.main = tag in ("main", "article")
        self.body = False
        self.titled = False
        # The rest is settled later, of the places that hold blocks. Were a place its own home, only the collector of cycles could free it.
        self.kind: Kind | None
        self.beside: str | None
        self.home: ElementContext | None

    def note(self, attributes: dict[str, str | None]) -> None:
        """Take in what its attributes say besides id and class."""
        if "role" in attributes and attributes["role"] in _MAIN_ROLES:
            self.main = True
        if "itemprop" in attributes:
            self.body = (attributes["itemprop"] or "").lower() in _BODY_PROPERTIES


class RawBlock:
    """A block before the rest of the page is looked at.

    Attributes:
        text: White space folded, not empty.
        place: The block-level element whose text it is.
        link_chars: How many of its characters are link text.
        links: How many links begin in it.
        labels: Its links as written, in order; where they lead is asked only of blocks that keep them.
        weight: See `monitor.extraction.main_content.weight`; None where nobody has asked.
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
