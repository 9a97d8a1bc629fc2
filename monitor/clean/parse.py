"""HTML text to a tree, within limits that hold before the parser starts: it cannot be interrupted."""

from __future__ import annotations

import html
import re

from selectolax.lexbor import LexborHTMLParser

MAX_DEPTH = 1500
"""Nested elements a page may have; beyond it only its bare text is read. Measured on nested divs: 20,000 deep take 0.5 s, 200,000 take 93 s."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
# Elements that end by themselves, or hold nothing: unclosed ones do not nest.
_SHALLOW = frozenset(
    "p li td tr th dt dd option optgroup thead tbody tfoot colgroup rt rp area base br col embed hr img input link meta param source "
    "track wbr html head body".split()
)
_DROPPED = re.compile(r"<(script|style|template|noscript|svg)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[^>]*>")


def too_deep(text: str) -> bool:
    """Whether elements nest deeper than MAX_DEPTH; errs on the safe side."""
    if text.count("<") - text.count("</") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _TAG.finditer(text):
        if match.group(2).lower() in _SHALLOW:
            continue
        depth = max(depth - 1, 0) if match.group(1) else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def parse(text: str) -> LexborHTMLParser:
    """The tree of a page that is not too deep. One parser a call: shared ones are not safe between threads."""
    return LexborHTMLParser(text)


def bare_text(text: str) -> str:
    """The text of a page that is too deep to parse: tags become line breaks, character references their characters."""
    return html.unescape(_ANY_TAG.sub("\n", _DROPPED.sub("\n", text)))
