"""A tree to raw blocks: one walk in document order that gathers visible text between the edges of block-level elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from monitor.clean import kinds
from monitor.model import BlockKind

UNSEEN = "script style template noscript svg math iframe object embed canvas video audio map select datalist textarea meter progress input".split()
"""Elements whose text no reader of the page sees, or that hold a reader's own input."""
_IGNORED = frozenset([*UNSEEN, "-comment", "link", "meta", "head", "frameset"])
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span strike strong sub sup "
    "time tt u var wbr img picture source track".split()
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BY_TAG = {
    "nav": (BlockKind.NAVIGATION, "nav element"),
    "menu": (BlockKind.NAVIGATION, "menu element"),
    "button": (BlockKind.CONTROL, "button element"),
    "dialog": (BlockKind.CONTROL, "dialog element"),
}
_HIDING = ("display:none", "visibility:hidden")
_WHOLE_PAGE = 0.35
"""Share of the page's characters from which an element is the page itself, whatever its id or class says (a "paywall" around an article)."""
_CELLS = frozenset({"td", "th"})
# A cell that holds these lays out the page; it is no cell of a data row.
_LAYOUT = "p,div,h1,h2,h3,h4,h5,h6,table,ul,ol,article,section,form,nav"

# Soft hyphen, zero-width space and joiners, word joiner, BOM, directional marks: editors leave them, nobody sees them.
_INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)

Kind = tuple[BlockKind, str]


@dataclass(slots=True)
class RawBlock:
    """A block before its neighbours are looked at.

    Attributes:
        text: White space folded, not empty.
        tag: The block-level element whose text it is.
        kind: What the elements around it make of it; None where they say nothing.
        why: The reason; "" where kind is None.
        link_chars: How many of its characters are link text.
        links: How many links it holds.
        anchor: The headings above it, outermost first.
        main: Whether it stands in a main or article element.
        run: A number that siblings of one list or container share.
    """

    text: str
    tag: str
    kind: BlockKind | None
    why: str
    link_chars: int
    links: int
    anchor: tuple[str, ...]
    main: bool
    run: int


class _Inside(NamedTuple):
    """Where the walk is.

    Attributes:
        block: The nearest block-level element.
        kind: What the elements around make of everything here; None where they say nothing.
        main: Whether this is in a main or article element.
        link: Whether this is in a link.
        run: See `RawBlock.run`.
    """

    block: str
    kind: Kind | None = None
    main: bool = False
    link: bool = False
    run: int = 0


# What is left to walk of an element, where that is, and, for an element that ends a block, where that block is.
_Frame = tuple[Iterator[LexborNode], _Inside, _Inside | None]


@dataclass(slots=True)
class _Walk:
    page_chars: int
    blocks: list[RawBlock] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    link_chars: int = 0
    links: int = 0
    headings: list[tuple[int, str]] = field(default_factory=list)

    def flush(self, inside: _Inside) -> None:
        """End the block that was being gathered, if it has any text."""
        if not self.parts:
            return
        said = "".join(self.parts)
        # Between elements stands nothing but white space, more often than not.
        text = "" if said.isspace() else _folded(said)
        self.parts.clear()
        link_chars, self.link_chars = self.link_chars, 0
        links, self.links = self.links, 0
        if not text or not any(map(str.isalnum, text)):
            return
        tag, kind = inside.block, inside.kind
        if tag in _HEADINGS:
            self._climb(_HEADINGS[tag])
        anchor = tuple(heading for _, heading in self.headings)
        named = kind or (None, "")
        linked = min(link_chars, len(text))
        self.blocks.append(RawBlock(text, tag, named[0], named[1], linked, links, anchor, inside.main, inside.run))
        if tag in _HEADINGS and (kind is None or kind[0] not in (BlockKind.CONSENT, BlockKind.NAVIGATION)):
            self.headings.append((_HEADINGS[tag], text))

    def _climb(self, level: int) -> None:
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()


def _folded(text: str) -> str:
    """Without invisible characters, white space folded."""
    return " ".join((text if text.isascii() else text.translate(_INVISIBLE)).split())


def gather(body: LexborNode) -> list[RawBlock]:
    """The blocks of a body element, in reading order. Walks with a stack of its own: pages nest deeper than Python may call."""
    walk = _Walk(len(body.text()))
    top = _Inside("body")
    stack: list[_Frame] = [(body.iter(include_text=True), top, top)]
    while stack:
        children, inside, ends = stack[-1]
        for node in children:
            deeper = _enter(walk, node, inside)
            if deeper is not None:
                stack.append(deeper)
                break
        else:
            stack.pop()
            if ends is not None and walk.parts:
                walk.flush(ends)
    return walk.blocks


def _enter(walk: _Walk, node: LexborNode, inside: _Inside) -> _Frame | None:
    """Take one node in; returns what is to be walked inside it, None where nothing is."""
    tag = node.tag or ""
    if tag == "-text":
        text = node.text_content or ""
        if not text.isspace():
            walk.parts.append(text)
            if inside.link:
                walk.link_chars += len(text.strip())
        elif walk.parts:
            walk.parts.append(" ")
        return None
    if tag in _IGNORED:
        return None
    if tag in ("br", "hr"):
        if tag == "hr" or _paragraph_break(node):
            walk.flush(inside)
        else:
            walk.parts.append(" ")
        return None
    return _inline(walk, node, tag, inside) if tag in _INLINE else _block(walk, node, tag, inside)


def _inline(walk: _Walk, node: LexborNode, tag: str, inside: _Inside) -> _Frame | None:
    attributes = node.attributes
    if attributes and _hidden(attributes):
        return None
    if tag == "a":
        walk.links += 1
    if walk.parts and _apart(walk.parts[-1], node, tag):
        walk.parts.append(" ")
    children = node.iter(include_text=True)
    linked = inside.link or tag == "a"
    if inside.kind is None and not walk.parts and (tag == "label" or attributes.get("role") == "button"):
        control: Kind = (BlockKind.CONTROL, "form label" if tag == "label" else "role button")
        within = inside._replace(kind=control, link=linked)
        return children, within, within._replace(block=tag)
    return children, inside if linked == inside.link else inside._replace(link=True), None


def _apart(said: str, node: LexborNode, tag: str) -> bool:
    """Whether style sets two neighbours apart that no white space does: two links, or a figure and its label ("87", "Members")."""
    if not said[-1:].isalnum() or (before := node.prev) is None:
        return False
    if tag == "a":
        return before.tag == "a"
    return tag == "span" and said[-1].isdigit() and before.tag in ("span", "strong", "b") and _is_label(node.text())


def _is_label(text: str) -> bool:
    return len(text) > 3 and text[0].isalpha()


def _block(walk: _Walk, node: LexborNode, tag: str, inside: _Inside) -> _Frame | None:
    attributes = node.attributes
    if attributes and _hidden(attributes):
        return None
    if walk.parts:
        walk.flush(inside)
    kind = inside.kind
    if kind is None or kind[0] is BlockKind.CONTROL:
        named = _named(walk, node, tag, attributes, main=inside.main)
        if kind is None or (named is not None and named[0] in (BlockKind.FEED, BlockKind.CONSENT)):
            kind = named
    main = inside.main or tag in ("main", "article") or attributes.get("role") == "main"
    within = _Inside(tag, kind, main, inside.link, inside.run if tag == "li" else node.mem_id)
    if tag == "tr" and _is_row(node):
        _row(walk, node, within._replace(run=node.parent.mem_id if node.parent else 0))
        return None
    if tag == "dl" and _is_pairs(node):
        _pairs(walk, node, within._replace(block="dd"))
        return None
    return node.iter(include_text=True), within, within


def _named(walk: _Walk, node: LexborNode, tag: str, attributes: dict[str, str | None], *, main: bool) -> Kind | None:
    if tag in _BY_TAG:
        return _BY_TAG[tag]
    if tag == "footer" and not main:
        return BlockKind.FOOTER, "footer element"
    role = attributes.get("role")
    if role in kinds.ROLES:
        return kinds.ROLES[role], f"role {role}"
    if tag in ("body", "main", "article", "html"):
        return None
    identifier, classes = attributes.get("id"), attributes.get("class")
    if not identifier and not classes:
        return None
    named = kinds.by_name(identifier or "", classes or "")
    if named is not None and named[0] is not BlockKind.CONSENT and len(node.text()) > _WHOLE_PAGE * walk.page_chars:
        return None
    return named


def _hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    if not style:
        return False
    squeezed = style.replace(" ", "").lower()
    return any(way in squeezed for way in _HIDING)


def _paragraph_break(node: LexborNode) -> bool:
    """Whether a br is followed by another: people who write so mean a paragraph."""
    following = node.next
    while following is not None and following.tag == "-text" and not (following.text_content or "").strip():
        following = following.next
    return following is not None and following.tag == "br"


def _is_row(row: LexborNode) -> bool:
    cells = [cell for cell in row.iter() if cell.tag in _CELLS]
    return len(cells) > 1 and not any(cell.css_first(_LAYOUT) is not None and len(cell.text()) > 200 for cell in cells)


def _row(walk: _Walk, row: LexborNode, inside: _Inside) -> None:
    cells = [_folded(_visible(cell)) for cell in row.iter() if cell.tag in _CELLS]
    walk.parts.append(" | ".join(cell for cell in cells if cell))
    walk.flush(inside)


def _is_pairs(pairs: LexborNode) -> bool:
    return all(child.tag in ("dt", "dd") for child in _terms(pairs)) and len(pairs.text()) < 4000


def _terms(pairs: LexborNode) -> Iterator[LexborNode]:
    """The children of a definition list; a group of them may stand in a div of its own."""
    for child in pairs.iter():
        if child.tag == "div":
            yield from child.iter()
        else:
            yield child


def _pairs(walk: _Walk, pairs: LexborNode, inside: _Inside) -> None:
    """Each term of a definition list with what is said of it, as one row."""
    for child in pairs.iter():
        text = _folded(_visible(child))
        if child.tag == "dt":
            walk.flush(inside)
            walk.parts.append(text)
        elif text:
            walk.parts.append(f" | {text}" if walk.parts else text)
    walk.flush(inside)


def _visible(node: LexborNode) -> str:
    """The visible text of an element, words of its blocks kept apart."""
    parts: list[str] = []
    stack = [node.iter(include_text=True)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        tag = child.tag or ""
        if tag == "-text":
            parts.append(child.text_content or "")
        elif tag not in _IGNORED and not _hidden(child.attributes):
            if tag not in _INLINE:
                parts.append(" ")
            stack.append(child.iter(include_text=True))
    return "".join(parts)
