"""XHTML in the words of HTML, for the one parser: where the two syntaxes differ, an HTML parser would lose text."""

from __future__ import annotations

import html
import re

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# A tag's attributes. Not possessive as a whole, which the first releases of Python 3.11 match wrongly; so many of them, or the way back would take memory.
_REST = r"[^<>\"'/]*+(?:(?:\"[^\"<]*+\"|'[^'<]*+'|/(?!>))[^<>\"'/]*+){0,10000}"
_TOKEN = re.compile(
    rf"<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<holder>script|style)\b{_REST}>.*?(?:</(?P=holder)|\Z)|"
    rf"<(?P<name>[a-z][\w.:-]*+)(?P<rest>{_REST})/>",
    re.IGNORECASE | re.DOTALL,
)


def as_html(text: str) -> str:
    """The same page for an HTML parser: `<script/>` and its like get an end tag, CDATA becomes text, the XML declaration goes.

    Drawings and formulas keep their own self-closing tags; nothing in them is read.
    """
    return _TOKEN.sub(_translated, text)


def _translated(token: re.Match[str]) -> str:
    if token["data"] is not None:
        return html.escape(token["data"], quote=False)
    name = token["name"]
    if name is None or name.lower() in _VOID:
        return token.group()
    return f"<{name}{token['rest']}></{name}>"
