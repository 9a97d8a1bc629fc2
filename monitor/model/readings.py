"""What a page was understood to say: blocks, mentions, readings, versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from monitor.limits import QUOTE_CHARS, around, cut
from monitor.model.config import ParserVersion
from monitor.model.enums import READING_KINDS, BlockKind, JsonValue, MentionType, Number


class Link(NamedTuple):
    """A stretch of a block's text that leads elsewhere.

    Attributes:
        start: Where it begins in the block's text, in characters.
        end: Where it ends (exclusive).
        target: Its address as written, relative where it is so, without what only tracks who follows it. Never empty.
    """

    start: int
    end: int
    target: str


class Block(NamedTuple):
    """One block-level piece of visible text.

    Attributes:
        kind: The part it plays.
        text: White space folded, never empty.
        why: What made it that kind, in a few words.
        anchor: The headings above it, outermost first.
        links: Those in its text, in order; kept of the kinds that are read only.
    """

    kind: BlockKind
    text: str
    why: str
    anchor: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


class Mention(NamedTuple):
    """One number, date or amount in a sentence of a block.

    Attributes:
        type: What it is.
        value: The number: 11000000 for "11 million"; a year for YEAR; for DATE days since 0001-01-01 (proleptic Gregorian), but in the reading of
            a date fact its ISO 8601 text; the text for TEXT and NAME; for COUNTED how many names the list has.
        unit: The noun phrase counted, lower case ("member countries"), or an ISO 4217 code for MONEY; None where there is none.
        quote: The page's own characters, "11 million".
        hedge: "about", "at least", "over", "up to", "nearly" …, lower case as written; None where there is none.
        block: Index of the block.
        start: Where the quote begins in the block's text, in characters.
        end: Where it ends (exclusive).
        sentence_start: Where its sentence begins in the block's text.
        sentence_end: Where its sentence ends (exclusive).
        upper: The upper end of a range ("12-15": value 12, upper 15); None where it is no range.
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


class Span(NamedTuple):
    """A stretch of a block's text.

    Attributes:
        block: Index of the block.
        start: Where it begins in the block's text, in characters.
        end: Where it ends (exclusive).
    """

    block: int
    start: int
    end: int


Element = tuple[Span, ...]
"""The visible text of an element of a page, a span a block, in reading order. Never empty."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a `Lookup` came to on one page.

    Attributes:
        elements: The elements found that have visible text, in reading order.
        title: The heading or caption over them; empty where there is none.
        trouble: Why nothing was looked for; "" where it was.
    """

    elements: tuple[Element, ...] = ()
    title: Element = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a fact on one page at one version.

    Attributes:
        fact: Its name.
        value: None where the page does not state it; a list of names in page order for a list, text for texts and dates (ISO 8601).
        mentions: The mentions that state `value`, the best first, one a name for a list; empty where value is None.
        contradicts: Mentions of the same fact with other values, in page order.
        why: Why this value was chosen, or why there is none.
    """

    fact: str
    value: JsonValue
    mentions: tuple[Mention, ...]
    contradicts: tuple[Mention, ...]
    why: str

    @property
    def quote(self) -> str | None:
        """The page's characters that state the value, of a list all its names; cut to `QUOTE_CHARS`. None where there is no value."""
        if not self.mentions:
            return None
        # A name and its comma have two characters or more: those behind could not be seen.
        named = (
            self.mentions[: QUOTE_CHARS // 2 + 1] if self.mentions[0].type is MentionType.NAME else self.mentions[:1]
        )
        return cut(", ".join(mention.quote for mention in named), QUOTE_CHARS)


class Document(NamedTuple):
    """A body that is no page but a file of its own: a PDF, a picture, an office document. It is told apart by its digest alone.

    Attributes:
        what: What it is, "a PDF document".
        bytes: Its length.
        sha256: Its digest.
    """

    what: str
    bytes: int
    sha256: str

    @property
    def line(self) -> str:
        """It in one line, as it stands for the text that it has not."""
        return f"{self.what}, {self.bytes:,} bytes, SHA-256 {self.sha256}"


@dataclass(frozen=True, slots=True)
class Version:
    """The understanding of a page: its blocks and readings.

    Attributes:
        reader: What read it.
        title: The page's title; "" where there is none.
        language: BCP 47 tag as the page declares it or as detected, lower case; None where unknown.
        blocks: In reading order.
        mentions: In reading order, of every block.
        readings: One per declared fact, in the watchlist's order.
        base: The URL that relative links start from; "" where it is not known.
        document: What it is instead of a page with text, and then there are no blocks; None where it is one.
    """

    reader: ParserVersion
    title: str
    language: str | None
    blocks: tuple[Block, ...]
    mentions: tuple[Mention, ...]
    readings: tuple[Reading, ...]
    base: str = ""
    document: Document | None = None

    @property
    def text(self) -> str:
        """Content, heading and row blocks in reading order, a line each; of a document the line that stands for it."""
        if self.document is not None:
            return self.document.line
        return "\n".join(block.text for block in self.blocks if block.kind in READING_KINDS)

    def sentence(self, mention: Mention) -> str:
        """The sentence that a mention of this version stands in; of a very long one what surrounds the mention (`monitor.limits.SENTENCE_CHARS`)."""
        text = self.blocks[mention.block].text
        return around(text, mention.sentence_start, mention.sentence_end, mention.start, mention.end)

    def stated_in(self, reading: Reading) -> str | None:
        """The sentence that states a reading of this version best; None where there is no value, and for a list, which is no sentence."""
        if not reading.mentions or reading.mentions[0].type is MentionType.NAME:
            return None
        return self.sentence(reading.mentions[0])

    def same_as(self, other: Version) -> bool:
        """Whether both say the same (title, language, blocks, readings, document), whoever read them."""
        return (self.title, self.language, self.blocks, self.readings, self.document) == (
            other.title,
            other.language,
            other.blocks,
            other.readings,
            other.document,
        )
