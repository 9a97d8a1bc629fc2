"""Where a number stands: its page, its sentence, and how they write fractions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.facts.number_locale import NumberLocale
from monitor.facts.numerals import Numeral, decimal_comma, is_open, parse_numeral
from monitor.model import Block, Number

_PAGE_CHARS = 200_000
_SENTENCE_CHARS = 20_000
"""Characters that are asked for how a page, or a sentence, writes its fractions."""


class Page:
    """What is known of a page beyond the block being read; how it writes fractions is asked for only where a numeral leaves that open.

    Attributes:
        exceeded: Whether a block has more numbers than are read.
    """

    def __init__(self, blocks: Sequence[Block], tongue: NumberLocale) -> None:
        self.tongue = tongue
        self.exceeded = False
        self._blocks = blocks
        self._asked = False
        self._comma: bool | None = None

    def comma_decimal(self) -> bool:
        """Whether the page's other numbers, or else its language, use a decimal comma."""
        if not self._asked:
            self._asked = True
            self._comma = decimal_comma("\n".join(block.text for block in self._blocks)[:_PAGE_CHARS])
        return self.tongue.comma_decimal if self._comma is None else self._comma


@dataclass(slots=True)
class Sentence:
    """The sentence that is being read.

    Attributes:
        index: Its block's.
        text: The block's text.
        page: What else is known.
        start: Where it begins in the text.
        end: Where it ends (exclusive).
        comma: Whether its numbers show a decimal comma; None where they do not tell; "" where nobody has asked.
    """

    index: int
    text: str
    page: Page
    start: int
    end: int
    comma: bool | str | None = ""

    def comma_decimal(self) -> bool:
        """Whether a fraction is written with a comma here."""
        if self.comma == "":
            self.comma = decimal_comma(self.text[self.start : self.end][:_SENTENCE_CHARS])
        return self.page.comma_decimal() if self.comma is None else bool(self.comma)

    def value(self, numeral: Numeral) -> Number | None:
        """What a numeral comes to in this sentence of this page."""
        if numeral.worded:
            return numeral.value
        written, comma = self.text[numeral.start : numeral.end], self.page.tongue.comma_decimal
        if not numeral.plain and is_open(written, comma_decimal=comma):
            comma = self.comma_decimal()
        return parse_numeral(written, comma_decimal=comma)
