"""Find the text of a page that has none of its own: what `noscript` and `noframes` contain for clients without scripts and frames.

The parser treats both as raw text, as browsers with scripts do. A request to enable scripts is not the page's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.extraction.html_parser import bare_text, parse
from monitor.extraction.text import folded
from monitor.limits import MAX_CHARS
from monitor.model import READING_KINDS, Block

_BLANK_CHARS = 40
"""Number of characters of text up to which a page has no text of its own: a loading message, a name."""
_NOTICE_CHARS = 600
"""Maximum number of characters of a request to enable scripts."""
_SENTENCE_ENDS = (".", "!", "?", "。", "؟", "।")
_SCRIPTS = re.compile(r"java ?script|джаваскрипт|ジャバスクリプト|자바스크립트|جافا ?سكريبت|जावास्क्रिप्ट", re.IGNORECASE)
_HOLDER = re.compile(r"<noscript|<noframes", re.IGNORECASE)


def is_blank(blocks: Iterable[Block]) -> bool:
    """Return whether the blocks of a page contain hardly any text to read."""
    texts = [block.text for block in blocks if block.kind in READING_KINDS]
    return sum(map(len, texts)) <= _BLANK_CHARS and not any(map(_states_something, texts))


def _states_something(text: str) -> bool:
    """Return whether a short text is more than a name or a loading message: a sentence, or one with a figure."""
    return any(map(str.isdigit, text)) or (text.endswith(_SENTENCE_ENDS) and not text.endswith("..."))


def content(text: str) -> str | None:
    """Return the markup of the page's `noscript` or `noframes` elements, if it has text other than a request to enable scripts; otherwise None.

    tests/monitor/extraction/test_no_script.py

    Args:
        text: The page's markup.
    """
    pieces = [markup for markup in _held(text) if not is_notice(bare_text(markup))]
    markup = "\n".join(pieces)[:MAX_CHARS]
    return markup if any(map(str.isalnum, bare_text(markup))) else None


def notice(text: str) -> str | None:
    """Return the request to enable scripts that a page shows to clients without scripts; None if there is none."""
    return next((folded(bare_text(markup)) for markup in _held(text) if is_notice(bare_text(markup))), None)


def is_notice(text: str) -> bool:
    """Return whether a text is a request to enable scripts."""
    return len(text) <= _NOTICE_CHARS and _SCRIPTS.search(text) is not None


def _held(text: str) -> list[str]:
    if _HOLDER.search(text) is None:
        return []
    # As blocks are parsed: what a comment or a script contains is not an element.
    tree = parse(text)
    return [node.text() for node in tree.css("noscript, noframes")]
