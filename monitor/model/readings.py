"""Content extracted from a page: blocks, mentions, readings, versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from monitor.limits import QUOTE_CHARS, around, cut
from monitor.model.config import ParserVersion
from monitor.model.enums import READING_KINDS, BlockKind, JsonValue, MentionType, Number


class Link(NamedTuple):
    """A span of a block's text that is a link.

    Attributes:
        start: Start in the block's text, in characters.
        end: End (exclusive).
        target: Its address as written, possibly relative, without tracking parameters. Never empty.
    """

    start: int
    end: int
    target: str


class Block(NamedTuple):
    """One block-level piece of visible text, or one text that the page states beside it (`BESIDE_TEXT`).

    Attributes:
        kind: Its role on the page.
        text: White space folded, never empty.
        why: Reason for its kind, in a few words.
        anchor: The headings above it, outermost first.
        links: The links in its text, in order; stored only for `READING_KINDS`.
    """

    kind: BlockKind
    text: str
    why: str
    anchor: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


class Image(NamedTuple):
    """An image of a page's text.

    Attributes:
        name: The name of its file, without size, hash and query. Never empty.
        alternative: Its alternative text, possibly cut; "" where there is none.
        block: Index of the block that contains it, or that follows it; the number of blocks after the last one.
    """

    name: str
    alternative: str
    block: int


class Mention(NamedTuple):
    """One number, date or amount in a sentence of a block.

    Attributes:
        type: Its type.
        value: None for a number that is not readable, see `readable`. Otherwise the number: 11000000 for "11 million"; a year for YEAR; for DATE days since 0001-01-01 (proleptic Gregorian), but in the reading of
            a date fact its ISO 8601 text; the text for TEXT and NAME; for COUNTED the number of names in the list.
        unit: The noun phrase counted, lower case ("member countries"), or an ISO 4217 code for MONEY; None where there is none.
        quote: The page's own characters, "11 million".
        hedge: "about", "at least", "over", "up to", "nearly" …, lower case as written; None where there is none.
        block: Index of the block.
        start: Start of the quote in the block's text, in characters.
        end: End of the quote (exclusive).
        sentence_start: Start of its sentence in the block's text.
        sentence_end: End of its sentence (exclusive).
        upper: The upper end of a range ("12-15": value 12, upper 15); None where it is not a range.
    """

    type: MentionType
    value: JsonValue
    unit: str | None
    quote: str
    hedge: str | None
    block: int
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    upper: Number | None = None

    @property
    def readable(self) -> bool:
        """Whether the value is known. It is not for a number with a magnitude or numeral that no grammar parses ("3万億人"): no value is better than 3."""
        # See tests/monitor/facts/test_unreadable.py::test_an_unknown_magnitude_leaves_no_value.
        return self.value is not None


class Span(NamedTuple):
    """A span of a block's text.

    Attributes:
        block: Index of the block.
        start: Start in the block's text, in characters.
        end: End (exclusive).
    """

    block: int
    start: int
    end: int


Element = tuple[Span, ...]
"""The visible text of an element of a page, one span per block, in reading order. Never empty."""


@dataclass(frozen=True, slots=True)
class Found:
    """Result of a `Lookup` on one page.

    Attributes:
        elements: The matching elements that have visible text, in reading order.
        title: The heading or caption above them; empty where there is none.
        trouble: Why the lookup could not be made; "" where it was made.
    """

    elements: tuple[Element, ...] = ()
    title: Element = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a fact on one page in one version.

    Attributes:
        fact: Its name.
        value: None where the page does not state it, or only in a form that is not readable; a list of names in page order for a list, text for texts and dates (ISO 8601).
        mentions: The mentions that state `value`, the best first, one per name for a list. Where value is None, the mentions that state the fact and are
            not readable.
        contradicts: Mentions of the same fact with other values, in page order.
        why: Why this value was chosen, or why there is none.
    """

    fact: str
    value: JsonValue
    mentions: tuple[Mention, ...]
    contradicts: tuple[Mention, ...]
    why: str

    @property
    def unreadable(self) -> bool:
        """Whether the page states the fact, but only in a form that is not readable: neither a value nor an absence."""
        return self.value is None and bool(self.mentions)

    @property
    def quote(self) -> str | None:
        """The page's characters that state the value, of a list all its names; cut to `QUOTE_CHARS`. None where the page does not state the fact."""
        if not self.mentions:
            return None
        # A name with its comma has at least two characters, so any further names would be cut off.
        named = (
            self.mentions[: QUOTE_CHARS // 2 + 1] if self.mentions[0].type is MentionType.NAME else self.mentions[:1]
        )
        return cut(", ".join(mention.quote for mention in named), QUOTE_CHARS)


class Document(NamedTuple):
    """A body that is a file rather than a page: a PDF, an image, an office document. Only its digest is compared.

    Attributes:
        what: Type of the file, "a PDF document".
        bytes: Its length.
        sha256: Its digest.
    """

    what: str
    bytes: int
    sha256: str

    @property
    def line(self) -> str:
        """A one-line description, used in place of the text that a file does not have."""
        return f"{self.what}, {self.bytes:,} bytes, SHA-256 {self.sha256}"


@dataclass(frozen=True, slots=True)
class Version:
    """The extracted content of a page: its blocks and readings.

    Attributes:
        reader: The parser version that derived it.
        title: The page's title; "" where there is none.
        language: BCP 47 tag as the page declares it or as detected, lower case; None where unknown.
        blocks: In reading order.
        mentions: Of all blocks, in reading order.
        readings: One per declared fact, in the watchlist's order.
        base: The URL against which relative links are resolved; "" where unknown.
        document: The file, if the body is one instead of a page with text; there are then no blocks. None for a page.
        images: The images of its text, in reading order.
    """

    reader: ParserVersion
    title: str
    language: str | None
    blocks: tuple[Block, ...]
    mentions: tuple[Mention, ...]
    readings: tuple[Reading, ...]
    base: str = ""
    document: Document | None = None
    images: tuple[Image, ...] = ()

    @property
    def text(self) -> str:
        """Content, heading and row blocks in reading order, one line each; for a file its `Document.line`."""
        if self.document is not None:
            return self.document.line
        return "\n".join(block.text for block in self.blocks if block.kind in READING_KINDS)

    def sentence(self, mention: Mention) -> str:
        """Return the sentence of a mention of this version; of a very long one the text around the mention (`monitor.limits.SENTENCE_CHARS`)."""
        text = self.blocks[mention.block].text
        return around(text, mention.sentence_start, mention.sentence_end, mention.start, mention.end)

    def stated_in(self, reading: Reading) -> str | None:
        """Return the sentence of a reading's best mention; None where there is none, and for a list, whose names form no sentence."""
        if not reading.mentions or reading.mentions[0].type is MentionType.NAME:
            return None
        return self.sentence(reading.mentions[0])

    def same_as(self, other: Version) -> bool:
        """Return whether both have the same title, language, blocks, readings, document and images, regardless of the parser version."""
        return (self.title, self.language, self.blocks, self.readings, self.document, self.images) == (
            other.title,
            other.language,
            other.blocks,
            other.readings,
            other.document,
            other.images,
        )
