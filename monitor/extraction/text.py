"""Extract the visible text of elements, and normalise its white space."""

from __future__ import annotations

import html
import re

from selectolax.lexbor import LexborNode

UNSEEN = "script style template noscript noembed noframes svg math iframe object embed canvas video audio select datalist textarea meter progress input".split()
"""Elements whose text is not visible on the page, or that contain user input."""
IGNORED = frozenset([*UNSEEN, "-comment", "link", "meta", "head", "frameset", "title"])
"""Elements that the walk skips with all their content."""
INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label map mark q rp rt ruby s samp small span strike strong sub sup "
    "time tt u var wbr img picture source track".split()
)
_HIDING = ("display:none", "visibility:hidden")

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
    """Return whether an element is hidden by its own attributes."""
    if "hidden" in attributes:
        return True
    if "style" not in attributes:
        return False
    style = attributes["style"] or ""
    squeezed = style.replace(" ", "").lower()
    return any(way in squeezed for way in _HIDING)


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
        elif tag not in IGNORED and not is_hidden(child.attributes):
            if tag not in INLINE:
                pieces.append(" ")
            stack.append(child.iter(include_text=True))
    return "".join(pieces)
