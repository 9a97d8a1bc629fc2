"""A tree to raw blocks: one walk in document order that gathers visible text between the edges of block-level elements.

The walk decides nothing that needs to know the rest of the page. It notes where each block stands, as a chain of places, and what each place is named;
what comes of that is settled afterwards, by `monitor.clean.settle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborNode

from monitor.clean import names, tables
from monitor.clean.hrefs import target_of
from monitor.clean.names import Hint
from monitor.clean.places import HEADINGS, Place, RawBlock
from monitor.clean.text import IGNORED, INLINE, folded, is_hidden
from monitor.model import BlockKind, Link

_BY_TAG = {
    "nav": Hint(BlockKind.NAVIGATION, "nav element", sure=True),
    "menu": Hint(BlockKind.NAVIGATION, "menu element", sure=True),
    "button": Hint(BlockKind.CONTROL, "button element", sure=True),
    "dialog": Hint(BlockKind.CONTROL, "dialog element", sure=True),
    "footer": Hint(BlockKind.FOOTER, "footer element", sure=True),
}
_LABEL = Hint(BlockKind.CONTROL, "form label", sure=True)
_ROLE_BUTTON = Hint(BlockKind.CONTROL, "role button", sure=True)
_ROWS = {"tr": tables.row, "dl": tables.pairs}
_NAME_CHARS = 500
"""Characters of an id or class attribute that are looked at; they are remembered."""
_UNNAMED = frozenset({"body", "main", "article", "html", "blockquote", *HEADINGS})

# What is left to walk of an element; the place to go back to where it is a place of its own; whether what follows it is link text.
_Frame = tuple[Iterator[LexborNode], Place | None, bool]


class _Walk:
    """Where the walk is, and what it has gathered."""

    __slots__ = (
        "begins",
        "blocks",
        "ended",
        "labels",
        "link_chars",
        "linked",
        "links",
        "parts",
        "place",
        "places",
        "target",
    )

    def __init__(self, top: Place) -> None:
        self.places = [top]
        self.blocks: list[RawBlock] = []
        self.place = top
        self.linked = False
        self.parts: list[str] = []
        self.link_chars = 0
        self.links = 0
        # Where the present link leads, which part its text begins with, and behind which the link before it ended.
        self.target = ""
        self.begins = self.ended = 0
        self.labels: list[tables.Label] = []

    def flush(self) -> None:
        """End the block that was being gathered, if it has any text."""
        said = "".join(self.parts)
        # Between elements stands nothing but white space, more often than not.
        text = "" if said.isspace() else folded(said)
        if self.target:
            self.note_link()
            self.begins = 0
        self.parts.clear()
        link_chars, links = self.link_chars, self.links
        self.link_chars = self.links = 0
        if text and any(map(str.isalnum, text)):
            targets = tuple(_placed(text, self.labels)) if self.labels else ()
            self.blocks.append(RawBlock(text, self.place, min(link_chars, len(text)), links, targets))
        if self.labels:
            self.labels = []
        self.ended = 0

    def open_link(self, href: str | None) -> None:
        """Go into a link."""
        self.links += 1
        self.linked = True
        self.target = target_of(href)
        self.begins = len(self.parts)

    def note_link(self) -> None:
        """Keep what the present link says in this block."""
        label = folded("".join(self.parts[self.begins :]))
        if label:
            between = len(folded("".join(self.parts[self.ended : self.begins])))
            self.labels.append((between, label, self.target))
            self.ended = len(self.parts)

    def enter(self, tag: str, hint: Hint | None) -> Place:
        """Go into a block-level element."""
        self.place = place = Place(tag, self.place, hint, len(self.blocks))
        self.places.append(place)
        return place

    def leave(self, place: Place) -> None:
        """Come out of it again."""
        if self.parts:
            self.flush()
        place.end = len(self.blocks)


def gather(body: LexborNode) -> tuple[list[RawBlock], list[Place]]:
    """The blocks of a body element in reading order, and the places they stand in, outer before inner, the body first.

    Walks with a stack of its own: pages nest deeper than Python may call.
    """
    walk = _Walk(Place("body", None, None, 0))
    parts = walk.parts
    stack: list[_Frame] = []
    children, back = body.iter(include_text=True), None
    while True:
        for node in children:
            tag = node.tag
            if tag == "-text":
                text = node.text_content or ""
                if not text.isspace():
                    parts.append(text)
                    if walk.linked:
                        walk.link_chars += len(text.strip())
                elif parts:
                    parts.append(" ")
            elif tag not in IGNORED:
                deeper = _inline(walk, node, tag or "") if tag in INLINE else _block(walk, node, tag or "")
                if deeper is not None:
                    stack.append((children, back, deeper[2]))
                    children, back, _ = deeper
                    break
        else:
            if back is not None:
                walk.leave(walk.place)
                walk.place = back
            if not stack:
                walk.leave(walk.place)
                return walk.blocks, walk.places
            children, back, linked = stack.pop()
            if walk.linked and not linked:
                if walk.target:
                    walk.note_link()
                    walk.target = ""
                walk.linked = False


def _inline(walk: _Walk, node: LexborNode, tag: str) -> _Frame | None:
    attributes = node.attributes
    if attributes and is_hidden(attributes):
        return None
    linked = walk.linked
    if walk.parts:
        if _apart(walk.parts[-1], node, tag):
            walk.parts.append(" ")
    elif tag == "label" or attributes.get("role") == "button":
        back = walk.place
        walk.enter(tag, _LABEL if tag == "label" else _ROLE_BUTTON)
        if tag == "a":
            walk.open_link(attributes.get("href"))
        return node.iter(include_text=True), back, linked
    if tag == "a":
        walk.open_link(attributes.get("href"))
    return node.iter(include_text=True), None, linked


def _apart(said: str, node: LexborNode, tag: str) -> bool:
    """Whether style sets two neighbours apart that no white space does: two links, or a figure and its label ("87", "Members")."""
    if not said[-1:].isalnum() or (before := node.prev) is None:
        return False
    if tag == "a":
        return before.tag == "a"
    return tag == "span" and said[-1].isdigit() and before.tag in ("span", "strong", "b") and _is_label(node.text())


def _is_label(text: str) -> bool:
    return len(text) > 3 and text[0].isalpha()


def _block(walk: _Walk, node: LexborNode, tag: str) -> _Frame | None:
    if tag == "br":
        _line_break(walk, node)
        return None
    attributes = node.attributes
    hint = _BY_TAG.get(tag)
    if attributes:
        if is_hidden(attributes):
            return None
        hint = hint or _hint(tag, attributes)
    if walk.parts:
        walk.flush()
    back = walk.place
    place = walk.enter(tag, hint)
    if "itemprop" in attributes or "role" in attributes:
        place.note(attributes)
    if tag in _ROWS:
        rows = _ROWS[tag](node)
        if rows is not None:
            _say_rows(walk, place, rows)
            walk.place = back
            return None
    return node.iter(include_text=True), back, walk.linked


def _line_break(walk: _Walk, node: LexborNode) -> None:
    if not walk.parts:
        return
    if _paragraph_break(node):
        walk.flush()
    else:
        walk.parts.append(" ")


def _say_rows(walk: _Walk, place: Place, rows: Iterable[tables.Row]) -> None:
    if place.tag == "dl":
        place.tag = "dd"
    for text, links in rows:
        walk.parts.append(text)
        walk.labels = links
        walk.flush()
    place.end = len(walk.blocks)


def _placed(text: str, labels: Iterable[tables.Label]) -> Iterator[Link]:
    """Links in order, each where what it says stands next in the block's text."""
    at = 0
    for between, label, target in labels:
        start = text.find(label, at + between)
        if start >= 0:
            at = start + len(label)
            yield Link(start, at, target)


def _hint(tag: str, attributes: dict[str, str | None]) -> Hint | None:
    if "role" in attributes and attributes["role"] in names.ROLES:
        return names.ROLES[attributes["role"]]
    if tag in _UNNAMED:
        return None
    identifier, classes = attributes.get("id"), attributes.get("class")
    return (
        names.hint((identifier or "")[:_NAME_CHARS], (classes or "")[:_NAME_CHARS]) if identifier or classes else None
    )


def _paragraph_break(node: LexborNode) -> bool:
    """Whether a br is followed by another: people who write so mean a paragraph."""
    following = node.next
    while following is not None and following.tag == "-text" and not (following.text_content or "").strip():
        following = following.next
    return following is not None and following.tag == "br"
