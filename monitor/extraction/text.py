"""Extract the visible text of elements, and normalise its white space."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from monitor.extraction import superscripts

UNSEEN = "script style template noscript noembed noframes svg math iframe object embed canvas video audio select datalist textarea meter progress input".split()
"""Elements whose text is not visible on the page, or that contain user input."""
IGNORED = frozenset([*UNSEEN, "-comment", "link", "meta", "head", "frameset", "title"])
"""Elements that the walk skips with all their content."""
INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label map mark q rp rt ruby s samp small span strike strong sub sup "
    "time tt u var wbr img picture source track".split()
)
RAISED = frozenset({"sup", "sub", "rt", "rp"})
"""Inline elements whose text does not simply continue the text before them; see `annotation`."""
_TAIL_PIECES = 12
_HIDING = ("display:none", "visibility:hidden")
_PANEL_ROLES = frozenset({"tabpanel", "region"})

# Soft hyphen, zero-width space and joiners, word joiner, BOM, directional marks: invisible characters that editors leave behind.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# Python does not convert numbers of thousands of digits; one of eight digits is no valid character either.
_LONG_REFERENCE = re.compile("&#(?=[0-9]{8})0*+([0-9]{0,8})[0-9]*+")


def unescaped(markup: str) -> str:
    """Resolve the character references of markup without tags. Never raises, unlike `html.unescape`."""
    return html.unescape(_LONG_REFERENCE.sub(r"&#0\1", markup))


def folded(text: str) -> str:
    """Return the text without invisible characters, with white space folded."""
    plain = " ".join(text.split())
    # Invisible characters are not printable; that check takes a tenth of the time of a search for them.
    return plain if plain.isascii() or plain.isprintable() else " ".join(_INVISIBLE.sub("", text).split())


def is_hidden(attributes: dict[str, str | None]) -> bool:
    """Return whether an element is hidden by its own attributes, except a section that has a control to open it.

    tests/monitor/extraction/test_visibility.py::test_a_section_that_a_control_opens_is_read
    """
    if "hidden" in attributes:
        return not _is_panel(attributes)
    if "style" not in attributes:
        return False
    style = attributes["style"] or ""
    squeezed = style.replace(" ", "").lower()
    return any(way in squeezed for way in _HIDING) and not _is_panel(attributes)


def _is_panel(attributes: dict[str, str | None]) -> bool:
    """Return whether an element is a section that a control opens (ARIA Authoring Practices: tabs, accordion).

    If these were hidden, the answers of a list of questions would be read or not depending on how the page hides them.
    """
    role = attributes.get("role") or "region"
    return role in _PANEL_ROLES and (role == "tabpanel" or "aria-labelledby" in attributes)


def annotation(node: LexborNode, tag: str, attributes: dict[str, str | None], pieces: Sequence[str]) -> str | None:
    """Return the text of an element that may be an annotation: a superscript, a reference to a note, the reading of a character (ruby).

    Args:
        node: One of `RAISED`, a link or a span.
        tag: Its tag name.
        attributes: Its attributes.
        pieces: The text of the block before it.

    Returns:
        "" if it is not part of the text; None if it is read as any inline element.
    """
    if tag == "rt" or tag == "rp":
        return ""
    if tag == "a" or tag == "span":
        if "style" in attributes and superscripts.is_raised(attributes):
            return superscripts.superscript(node, _tail(pieces))
        refers = superscripts.may_refer(attributes)
        return "" if refers and superscripts.is_note_reference(node, attributes, _tail(pieces)) else None
    if tag == "sup":
        return superscripts.superscript(node, _tail(pieces))
    return superscripts.subscript(node, _tail(pieces))


def _tail(pieces: Sequence[str]) -> str:
    return "".join(piece[-superscripts.CONTEXT :] for piece in pieces[-_TAIL_PIECES:])


def visible(node: LexborNode) -> str:
    """Return the visible text of an element; words of different blocks are separated by spaces."""
    pieces: list[str] = []
    stack = [node.iter(include_text=True)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        tag = child.tag or ""
        if tag == "-text":
            pieces.append(child.text_content or "")
        elif tag not in IGNORED and not is_hidden(attributes := child.attributes):
            if tag in RAISED or (pieces and tag in ("a", "span") and attributes):
                text = annotation(child, tag, attributes, pieces)
                if text is not None:
                    pieces.append(text)
                    continue
            elif tag not in INLINE:
                pieces.append(" ")
            stack.append(child.iter(include_text=True))
    return "".join(pieces)
