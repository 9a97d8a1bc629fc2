"""HTML text to a tree, within limits that hold before the parser starts: it cannot be interrupted."""

from __future__ import annotations

import html
import re

from selectolax.lexbor import LexborHTMLParser

MAX_DEPTH = 1500
"""Nested elements a page with very many tags may have; beyond it only its bare text is read."""
_HARMLESS = 20_000
"""Tags up to which a page may nest as it likes. Measured on nested divs: 20,000 deep take 0.5 s, 200,000 take 93 s."""

# A comment, the raw text of a script or style, or a tag with its attributes: what stands inside these opens and closes nothing.
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(?:script|style|textarea|title|xmp|iframe)\b.*?(?:</(?:script|style|textarea|title|xmp|iframe)|\Z)|"
    r"<(?P<end>/?)(?P<name>[a-z][^\s/>]*)"
    r"(?:[\s/]*+(?:=[^\s/>=]*+|[^\s/>=]++)(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))?)*+",
    re.IGNORECASE | re.DOTALL,
)
# Elements that end by themselves, or hold nothing: unclosed ones do not nest.
_SHALLOW = frozenset(
    "p li td tr th dt dd option optgroup thead tbody tfoot colgroup rt rp area base br col embed hr img input link meta param source "
    "track wbr html head body form".split()
)
_DROPPED = re.compile(r"<(script|style|template|noscript|svg)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[^>]*>")


def too_deep(text: str) -> bool:
    """Whether a page has so many tags, nested so deep, that a parser would take more than about a second; errs on the safe side.

    A closing tag counts only where it closes the element opened last, or one just above it: the parser ignores most others.
    """
    if text.count("<") <= _HARMLESS:
        return False
    opened: list[str] = []
    for match in _TOKEN.finditer(text):
        name = (match["name"] or "").lower()
        if not name or name in _SHALLOW:
            continue
        if not match["end"]:
            opened.append(name)
        elif name in opened[-2:]:
            del opened[-1 if opened[-1] == name else -2 :]
        if len(opened) > MAX_DEPTH:
            return True
    return False


def parse(text: str) -> LexborHTMLParser:
    """The tree of a page that is not too deep. One parser a call: shared ones are not safe between threads."""
    return LexborHTMLParser(text)


def bare_text(text: str) -> str:
    """The text of a page that is too deep to parse: tags become line breaks, character references their characters."""
    return html.unescape(_ANY_TAG.sub("\n", _DROPPED.sub("\n", text)))
