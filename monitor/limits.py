"""Limits on the stored data of a page, so that neither a version nor an event grows faster than the page itself. Pure.

A page decides how long its headings, sentences and names are, and how many blocks, numbers and changes refer to them. Texts that are referred to often
are therefore cut to a fixed length, and lists have a maximum length. Texts of blocks are never cut: a page with more text, blocks or numbers than these
limits has verdict partial, so that omitted content is not reported as removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HEADING_CHARS = 200
"""Characters of a heading, or of a JSON name, above a block. Typical headings are shorter (WCAG technique G141 asks for a short description of a
section; search engines show 60 characters of a title). A longer one is a paragraph marked up as a heading; its full text is stored as a block of its own."""
HEADINGS = 12
"""Number of headings stored above a block, counted from the innermost: the six levels of HTML, twice, for a page inside JSON or a feed."""
REASON_CHARS = 120
"""Characters of the reason for a block's kind; it may quote an id or class."""

MAX_BLOCKS = 500_000
"""Blocks of a version: more than any page within the limit of tags has, and enough for a log of ten megabytes with one block per line."""
MAX_CHARS = 16 * 1024 * 1024
"""Characters of all blocks of a version: the same number as the markup characters that are parsed."""
MAX_MENTIONS = 200_000
"""Mentions of a version; this many take about six seconds of processor time."""

SENTENCE_CHARS = 1_000
"""Characters of a sentence that are stored or shown with a number; of a longer sentence, the text around the number. Half of all sentences of prose have
fewer than 150."""
QUOTE_CHARS = 2_000
"""Characters of a quote, and of the sentences of a change."""
SUMMARY_CHARS = 500
"""Characters of the summary of a change."""
TEXT_CHARS = 4_000
"""Characters of the value of a text fact; a longer text is stored as its beginning and its SHA-256."""
NAME_CHARS = 300
"""Characters of one name of a list fact; a longer one is stored as its beginning and its SHA-256."""
CONTRADICTIONS = 100
"""Mentions with a different value that are stored with a reading."""
TRAIL_CHARS = 100_000
"""Characters of a fact's earlier values that its state keeps, beyond the last four."""
CHANGES = 1_000
"""Changes of one comparison that become separate events; further ones are counted in one event per level."""


def cut(text: str, most: int) -> str:
    """Return the text, cut to `most` characters; where it is cut, the last one is an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def digested(text: str, most: int) -> str:
    """Return the text, or the first `most` characters of a longer one with its length and SHA-256, so that every difference remains detectable."""
    if len(text) <= most:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[:most]}… ({len(text):,} characters, SHA-256 {digest})"


def around(text: str, start: int, end: int, first: int, last: int) -> str:
    """Return `text[start:end]`; if longer than `SENTENCE_CHARS`, this many characters of it around `first` to `last`, with ellipses where it is cut."""
    if end - start <= SENTENCE_CHARS:
        return text[start:end]
    begin = max(start, min(first - (SENTENCE_CHARS - min(last - first, SENTENCE_CHARS)) // 2, end - SENTENCE_CHARS))
    stop = min(end, begin + SENTENCE_CHARS)
    return f"{'…' if begin > start else ''}{text[begin:stop]}{'…' if stop < end else ''}"


def above(headings: Sequence[str]) -> tuple[str, ...]:
    """Return the headings above a block as they are stored: the innermost `HEADINGS`, each cut to `HEADING_CHARS`."""
    return tuple(cut(heading, HEADING_CHARS) for heading in headings[-HEADINGS:])
