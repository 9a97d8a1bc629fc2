"""Parse HTML to a tree, or reduce it to bare text if `monitor.extraction.parse_limits` rejects it."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from monitor.extraction.text import unescaped

# Both patterns run in linear time, whatever is left unclosed: they process the pages that the parser must not.
_DROPPED = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[a-z/!?][^<>]*+>?", re.IGNORECASE)


def parse(text: str | bytes) -> LexborHTMLParser:
    """Return the tree of a page that is within the parse limits, given as text or as UTF-8.

    Each call creates its own parser: shared ones are not safe between threads. The page is parsed as by a browser with scripting enabled (HTML Standard
    §13.2.6.4.4), because that is what visitors see: <noscript> is then raw text that ends at the first </noscript>. Parsed as markup, an unclosed
    <iframe>,
    <style> or comment in it would swallow the rest of the page.
    """
    return LexborHTMLParser(text, scripting=True)


def bare_text(text: str) -> str:
    """Return the text of a page that is not parsed: tags become line breaks, character references are resolved."""
    return unescaped(_ANY_TAG.sub("\n", _DROPPED.sub("\n", text)))
