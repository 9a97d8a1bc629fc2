"""Convert an HTML tree to raw blocks in one walk in document order; block-level elements delimit the blocks.

The walk makes no decision that depends on the rest of the page. It records the chain of elements that contain each block, and the hints of their
names; `monitor.extraction.classifier` then assigns the kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborNode

from monitor.extraction import class_hints, tables
from monitor.extraction.class_hints import Hint
from monitor.extraction.elements import HEADINGS, ElementContext, RawBlock
from monitor.extraction.images import MOST as MOST_IMAGES
from monitor.extraction.images import ImageElement, element
from monitor.extraction.link_targets import Label
from monitor.extraction.superscripts import brief_text
from monitor.extraction.text import IGNORED, INLINE, RAISED, UNSEEN, annotation, folded, is_hidden, visible
from monitor.model import BlockKind

_BUTTON = Hint(BlockKind.CONTROL, "button element", sure=True)
_BY_TAG = {
    "nav": Hint(BlockKind.NAVIGATION, "nav element", sure=True),
    "menu": Hint(BlockKind.NAVIGATION, "menu element", sure=True),
    "button": _BUTTON,
    "dialog": Hint(BlockKind.CONTROL, "dialog element", sure=True),
    "footer": Hint(BlockKind.FOOTER, "footer element", sure=True),
}
_LABEL = Hint(BlockKind.CONTROL, "form label", sure=True)
_ROLE_BUTTON = Hint(BlockKind.CONTROL, "role button", sure=True)
_ROWS = {"tr": tables.row, "dl": tables.pairs}
ROWS = ", ".join(_ROWS)
"""Selector of the elements extracted as rows. A page with rows must have its invisible elements removed before the walk."""
_NAME_CHARS = 500
"""Maximum number of characters of an id or class attribute that are evaluated; the results are cached."""
_UNSEEN = frozenset(UNSEEN)
_PASSED_OVER = IGNORED | {"img", "area", "wbr", "source", "track"}
"""Skipped elements: those in `IGNORED`, and those that never contain text."""
_GRAPHICS = frozenset({"img", "svg", "area", "canvas", "object"})
_COUNTED_IN = frozenset("kKmMbB%+")
_STYLED = frozenset({"span", "strong", "b", "em", "i", "small", "big", "data"})
"""Inline elements that style sheets lay out as parts of a box."""
_BOX = re.compile(r"display\s{0,9}:\s{0,9}(?:block|flex|grid|table|list-item)", re.IGNORECASE)
_UNNAMED = frozenset({"body", "main", "article", "html", "blockquote", *HEADINGS})

# State to restore after an element: the remaining children of its parent, the enclosing element, and whether the text belongs to a link.
_Frame = tuple[Iterator[LexborNode], ElementContext, bool]


class _Walk:
    """The state of the walk, and the blocks and elements collected so far."""

    __slots__ = (
        "begins",
        "blocks",
        "ended",
        "href",
        "images",
        "labels",
        "link_chars",
        "linked",
        "links",
        "pieces",
        "place",
        "places",
    )

    def __init__(self, top: ElementContext, images: list[ImageElement] | None) -> None:
        self.places = [top]
        self.images = images
        self.blocks: list[RawBlock] = []
        self.place = top
        self.linked = False
        self.pieces: list[str] = []
        self.link_chars = 0
        self.links = 0
        # The href of the current link, the index in `pieces` where its text begins, and the index where the previous link ended.
        self.href: str | None = None
        self.begins = self.ended = 0
        self.labels: list[Label] = []

    def flush(self) -> None:
        """Finish the current block, and store it if it contains a letter or digit."""
        text = folded("".join(self.pieces))
        if self.href:
            self.note_link()
            self.begins = 0
        self.pieces.clear()
        link_chars, links, labels = self.link_chars, self.links, self.labels
        self.link_chars = self.links = self.ended = 0
        if labels:
            self.labels = []
        if text and (text[0].isalnum() or any(map(str.isalnum, text))):
            self.blocks.append(RawBlock(text, self.place, min(link_chars, len(text)), links, labels or ()))

    def add_text(self, text: str) -> None:
        """Add text to the current block."""
        if not text.isspace():
            self.pieces.append(text)
            if self.linked:
                self.link_chars += len(text.strip())
        elif self.pieces:
            self.pieces.append(" ")

    def open_link(self, href: str | None) -> None:
        """Start a link."""
        self.links += 1
        self.linked = True
        self.href = href
        self.begins = len(self.pieces)

    def close_link(self) -> None:
        """End the current link."""
        self.note_link()
        self.linked = False
        self.href = None

    def note_link(self) -> None:
        """Store the label of the current link, as far as it belongs to the current block."""
        pieces = self.pieces
        if self.href and len(pieces) > self.begins:
            between = "".join(pieces[self.ended : self.begins])
            self.labels.append((between, "".join(pieces[self.begins :]), self.href))
            self.ended = len(pieces)

    def enter(self, tag: str, hint: Hint | None) -> ElementContext:
        """Enter a block-level element and return its context."""
        self.place = place = ElementContext(tag, self.place, hint, len(self.blocks))
        self.places.append(place)
        return place

    def note_image(self, node: LexborNode, tag: str) -> None:
        """Store an image that has an alternative text or a source."""
        attributes = node.attributes
        if self.images is not None and len(self.images) < MOST_IMAGES and not is_hidden(attributes):
            image = element(self.place, tag, attributes, len(self.blocks))
            if image is not None:
                self.images.append(image)

    def pass_over(self, node: LexborNode) -> None:
        """Skip a node, but keep the white space before it."""
        if self.pieces and (before := node.prev) is not None and before.is_empty_text_node:
            self.pieces.append(" ")


def parse_blocks(
    body: LexborNode, images: list[ImageElement] | None = None
) -> tuple[list[RawBlock], list[ElementContext]]:
    """Return the raw blocks of a body element in reading order, and the elements that contain them, outer before inner.

    The walk keeps its own stack, because pages nest deeper than Python's recursion limit. Most nodes are white space between block-level elements and
    are
    not visited; where white space separates two pieces of text, the second finds it in the preceding node.

    Args:
        body: The body element.
        images: Receives the images that have an alternative text or a source, in reading order; None if they are not needed.
    """
    walk = _Walk(ElementContext("body", None, None, 0), images)
    pieces, blocks, stack = walk.pieces, walk.blocks, list[_Frame]()
    children = body.iter(include_text=True, skip_empty=True)
    while True:
        for node in children:
            tag = node.tag or ""
            if tag == "-text":
                text = node.text_content or ""
                if pieces and not text[:1].isspace():
                    walk.pass_over(node)
                walk.add_text(text)
            elif tag in _PASSED_OVER:
                if pieces:
                    walk.pass_over(node)
                if images is not None and tag in _GRAPHICS:
                    walk.note_image(node, tag)
            else:
                place, linked = walk.place, walk.linked
                inner = _inline(walk, node, tag) if tag in INLINE else _block(walk, node, tag)
                if inner is not None:
                    stack.append((children, place, linked))
                    children = inner
                    break
        else:
            if not stack:
                if pieces:
                    walk.flush()
                walk.place.end = len(blocks)
                return blocks, [place for place in walk.places if place.end > place.first]
            children, place, linked = stack.pop()
            if place is not walk.place:
                if pieces:
                    walk.flush()
                walk.place.end = len(blocks)
                walk.place = place
            if walk.linked and not linked:
                walk.close_link()


def _inline(walk: _Walk, node: LexborNode, tag: str) -> Iterator[LexborNode] | None:
    attributes = node.attributes
    if ("style" in attributes or "hidden" in attributes) and is_hidden(attributes):
        walk.pass_over(node)
        return None
    if tag in RAISED or (walk.pieces and (tag == "a" or tag == "span") and attributes):
        annotated = annotation(node, tag, attributes, walk.pieces)
        if annotated is not None:
            walk.pass_over(node)
            if annotated:
                walk.add_text(annotated)
            return None
    if walk.pieces:
        if _apart(walk.pieces[-1], node, tag, attributes):
            walk.pieces.append(" ")
    elif tag == "label" or ("role" in attributes and attributes["role"] == "button"):
        walk.enter(tag, _LABEL if tag == "label" else _ROLE_BUTTON)
        if tag == "a":
            walk.open_link(attributes.get("href"))
        return node.iter(include_text=True)
    linked = walk.linked
    if tag == "a":
        walk.open_link(attributes.get("href"))
    # Two of three inline elements contain a single text node; its text is added without descending.
    child, text = node.first_child, None
    if child is not None and (child.next is not None or (text := child.text_content) is None):
        return node.iter(include_text=True)
    if text:
        walk.add_text(text)
    if walk.linked and not linked:
        walk.close_link()
    return None


def _apart(preceding: str, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
    """Return whether white space or style separates a node from the text before it: two links, two buttons, or a figure and its label.

    tests/monitor/extraction/test_inline_text.py
    """
    if preceding[-1:].isspace():
        return False
    before = node.prev
    while before is not None and before.tag in _UNSEEN:
        before = before.prev
    if before is None or before.is_empty_text_node:
        return before is not None
    if "style" in attributes and _is_box(attributes):
        return True
    if tag == "a":
        return before.tag == "a" and preceding[-1:].isalnum()
    if tag not in _STYLED or before.tag not in _STYLED:
        return False
    if tag == "span" and before.tag == "span" and preceding[-1:].islower() and visible(node)[:1].isupper():
        # "Accept" and "Reject": a capital letter starts a new word.
        return True
    # "7.7 million" and "people freed": a phrase with a number and its label, each with a style of its own.
    styled_apart = "class" in attributes and before.attributes.get("class") not in (None, attributes["class"])
    return (_ends_a_figure(preceding) or (styled_apart and _is_phrase_with_number(before))) and _is_label(visible(node))


def _is_box(attributes: dict[str, str | None]) -> bool:
    """Return whether the inline style of an element makes it a box of its own: display block, flex, grid or table."""
    return _BOX.search(attributes["style"] or "") is not None


def _is_phrase_with_number(node: LexborNode) -> bool:
    text = brief_text(node) or ""
    return any(map(str.isdigit, text)) and len(text.split()) > 1


def _ends_a_figure(preceding: str) -> bool:
    """Return whether a text ends with a number, with or without a unit character: "87", "91M", "76%"."""
    return preceding[-1:].isdigit() or (preceding[-1:] in _COUNTED_IN and preceding[-2:-1].isdigit())


def _is_label(text: str) -> bool:
    return len(text) > 3 and text.lstrip()[:1].isalpha()


def _block(walk: _Walk, node: LexborNode, tag: str) -> Iterator[LexborNode] | None:
    if tag == "br":
        _line_break(walk, node)
        return None
    attributes = node.attributes
    hint = _BY_TAG.get(tag)
    if hint is _BUTTON and walk.place.tag in HEADINGS and not is_hidden(attributes):
        # A button in a heading toggles its section; its text is the heading.
        return node.iter(include_text=True)
    if attributes or tag == "aside":
        if ("style" in attributes or "hidden" in attributes) and is_hidden(attributes):
            walk.pass_over(node)
            return None
        hint = hint or _hint(tag, attributes)
    if walk.pieces:
        walk.flush()
    back = walk.place
    place = walk.enter(tag, hint)
    if "class" in attributes:
        place.names = attributes["class"] or ""
    if "itemprop" in attributes or "role" in attributes:
        place.note(attributes)
        if attributes.get("role") == "img":
            walk.note_image(node, tag)
    if tag in _ROWS:
        rows = _ROWS[tag](node)
        if rows is not None:
            _add_rows(walk, place, rows)
            walk.place = back
            return None
    return node.iter(include_text=True, skip_empty=True)


def _line_break(walk: _Walk, node: LexborNode) -> None:
    if not walk.pieces:
        return
    if _paragraph_break(node):
        walk.flush()
    else:
        walk.pieces.append(" ")


def _add_rows(walk: _Walk, place: ElementContext, rows: Iterable[tables.Row]) -> None:
    if place.tag == "dl":
        place.tag = "dd"
    for text, links in rows:
        walk.pieces.append(text)
        walk.labels = links
        walk.flush()
    place.end = len(walk.blocks)


def _hint(tag: str, attributes: dict[str, str | None]) -> Hint | None:
    role = class_hints.ROLES.get(attributes["role"] or "") if "role" in attributes else None
    if (role is not None and role.sure) or tag in _UNNAMED:
        return role
    if role is None and tag == "aside":
        role = class_hints.ASIDE
    identifier, classes = attributes.get("id"), (attributes.get("class") or "")[:_NAME_CHARS]
    if identifier:
        return class_hints.hint(identifier[:_NAME_CHARS], classes) or role
    return (class_hints.by_class(classes) if classes else None) or role


def _paragraph_break(node: LexborNode) -> bool:
    """Return whether a br is followed by another br, which marks a paragraph break."""
    following = node.next
    while following is not None and (
        following.tag in _UNSEEN or (following.tag == "-text" and not (following.text_content or "").strip())
    ):
        following = following.next
    return following is not None and following.tag == "br"
