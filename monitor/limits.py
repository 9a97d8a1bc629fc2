"""How much of a page is kept: bounds on everything that a version or an event repeats, so that neither grows faster than the page. Pure.

A page decides how long its headings, sentences and names are, and how many blocks, numbers and changes refer to them. What is referred to often is
therefore cut to a fixed length, and what is counted has an end. Texts of blocks are never cut: a page with more text, blocks or numbers than the limits
here has verdict partial, so nothing that was left out is reported as gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HEADING_CHARS = 200
"""Characters of a heading, or of a JSON name, above a block. Headings that people write have less (WCAG technique G141 asks for a short description of a
section; search engines show 60 characters of a title); a longer one is a paragraph that is set as a heading, and is kept whole as a block of its own."""
HEADINGS = 12
"""Headings above a block, the innermost: the six levels of HTML, twice, for a page inside JSON or a feed."""
REASON_CHARS = 120
"""Characters of the reason that a block has its kind; it may quote an id or class."""

MAX_BLOCKS = 500_000
"""Blocks of a version: more than any page within the limit of tags has, and enough for a log of ten megabytes read line by line."""
MAX_CHARS = 16 * 1024 * 1024
"""Characters of all blocks of a version: as many as characters of markup are parsed."""
MAX_MENTIONS = 200_000
"""Mentions of a version: some six seconds of processor time."""

SENTENCE_CHARS = 1_000
"""Characters of a sentence that are stored or shown with a number: what surrounds the number, where the sentence is longer. Half of all sentences of prose have
less than 150."""
QUOTE_CHARS = 2_000
"""Characters of a quote, and of the sentences of a change."""
SUMMARY_CHARS = 500
"""Characters of the summary of a change."""
TEXT_CHARS = 4_000
"""Characters of the value of a text fact; a longer text is known by its beginning and its SHA-256."""
NAME_CHARS = 300
"""Characters of one name of a list fact; a longer one is known likewise."""
CONTRADICTIONS = 100
"""Mentions with another value that are kept with a reading."""
TRAIL_CHARS = 100_000
"""Characters of the values that a fact is remembered to have had, beyond the last four."""
CHANGES = 1_000
"""Changes of one comparison that are events of their own; further ones are counted in one event a level."""


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis: `most` characters at most."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def digested(text: str, most: int) -> str:
    """The text; of one longer than `most` its beginning and the digest of all of it, so that no difference goes unnoticed."""
    if len(text) <= most:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[:most]}… ({len(text):,} characters, SHA-256 {digest})"


def around(text: str, start: int, end: int, first: int, last: int) -> str:
    """The stretch `start` to `end` of a text; of a long one `SENTENCE_CHARS` around the stretch `first` to `last` inside it, ellipses where it was cut."""
    if end - start <= SENTENCE_CHARS:
        return text[start:end]
    begin = max(start, min(first - (SENTENCE_CHARS - min(last - first, SENTENCE_CHARS)) // 2, end - SENTENCE_CHARS))
    stop = min(end, begin + SENTENCE_CHARS)
    return f"{'…' if begin > start else ''}{text[begin:stop]}{'…' if stop < end else ''}"


def above(headings: Sequence[str]) -> tuple[str, ...]:
    """The headings above a block as they are kept: the innermost, each cut."""
    return tuple(cut(heading, HEADING_CHARS) for heading in headings[-HEADINGS:])
