"""Convert XHTML to HTML syntax for the HTML parser, which would lose text where the two differ."""

from __future__ import annotations

import html
import re

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# A tag's attributes. Not possessive as a whole, which early releases of Python 3.11 match incorrectly; the repetition is bounded, because backtracking takes
# memory.
_REST = r"[^<>\"'/]*+(?:(?:\"[^\"<]*+\"|'[^'<]*+'|/(?!>))[^<>\"'/]*+){0,10000}"
_TOKEN = re.compile(
    rf"<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<holder>script|style)\b{_REST}>.*?(?:</(?P=holder)|\Z)|"
    rf"<(?P<name>[a-z][\w.:-]*+)(?P<rest>{_REST})/>",
    re.IGNORECASE | re.DOTALL,
)


def as_html(text: str) -> str:
    """Return the page in HTML syntax: empty elements such as `<script/>` get an end tag, CDATA becomes text, the XML declaration is removed.

    Drawings and formulas keep their self-closing tags; their content is not extracted.
    """
    return _TOKEN.sub(_translated, text)


def _translated(token: re.Match[str]) -> str:
    if token["data"] is not None:
        return html.escape(token["data"], quote=False)
    name = token["name"]
    if name is None or name.lower() in _VOID:
        return token.group()
    return f"<{name}{token['rest']}></{name}>"
