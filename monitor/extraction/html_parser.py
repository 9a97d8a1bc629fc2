"""HTML text to a tree, or to its bare text where `monitor.extraction.parse_limits` finds it too much for the parser."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from monitor.extraction.text import unescaped

# Both are linear, whatever is never closed: they read what was too much for the parser.
_DROPPED = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[a-z/!?][^<>]*+>?", re.IGNORECASE)


def parse(text: str | bytes) -> LexborHTMLParser:
    """The tree of a page that is not too much, as text or in UTF-8. One parser a call: shared ones are not safe between threads.

    As a browser with scripts parses it (HTML Standard §13.2.6.4.4): people see the page so, and <noscript> is then raw text that ends at the first
    </noscript>. Parsed as markup, an unclosed <iframe>, <style> or comment in it takes the rest of the page along.
    """
    return LexborHTMLParser(text, scripting=True)


def bare_text(text: str) -> str:
    """The text of a page that is not parsed: tags become line breaks, character references their characters."""
    return unescaped(_ANY_TAG.sub("\n", _DROPPED.sub("\n", text)))
