"""The context of a number: its page and its sentence, and the decimal sign used there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.facts import powers
from monitor.facts.number_locale import NumberLocale
from monitor.facts.numerals import Numeral, decimal_comma, is_open, parse_numeral
from monitor.model import Block, Number

_PAGE_CHARS = 200_000
_NOTE_CHARS = 20_000
"""Maximum length, in characters, of the text of a block that is searched for references to notes."""
_SENTENCE_CHARS = 20_000
"""Maximum length, in characters, of the page or sentence text that is searched for the decimal sign."""


class Page:
    """The page context of a block. The decimal sign of the page is determined only if a numeral is ambiguous.

    Attributes:
        exceeded: Whether a block has more numbers than the limit.
    """

    def __init__(self, blocks: Sequence[Block], locale: NumberLocale) -> None:
        self.locale = locale
        self.exceeded = False
        self._blocks = blocks
        self._asked = False
        self._comma: bool | None = None
        self._has_notes: bool | None = None

    def has_notes(self) -> bool:
        """Return whether superscripts on the page refer to notes."""
        if self._has_notes is None:
            self._has_notes = powers.has_notes(block.text[:_NOTE_CHARS] for block in self._blocks)
        return self._has_notes

    def comma_decimal(self) -> bool:
        """Return whether the page uses a decimal comma, by its other numbers or else by its language."""
        # See tests/monitor/facts/test_numbers_languages.py::test_other_numbers_of_the_page_decide_an_ambiguous_separator.
        if not self._asked:
            self._asked = True
            self._comma = decimal_comma("\n".join(block.text for block in self._blocks)[:_PAGE_CHARS])
        return self.locale.comma_decimal if self._comma is None else self._comma


@dataclass(slots=True)
class Sentence:
    """The current sentence.

    Attributes:
        index: The index of its block.
        text: The block's text.
        page: The page context.
        start: Its start offset in the text.
        end: Its end offset (exclusive).
        comma: Whether its numbers show a decimal comma; None if they do not decide it; "" if not yet determined.
    """

    index: int
    text: str
    page: Page
    start: int
    end: int
    comma: bool | str | None = ""

    def comma_decimal(self) -> bool:
        """Return whether a numeral in this sentence uses a decimal comma."""
        # See tests/monitor/facts/test_numbers_languages.py::test_the_sentence_decides_an_ambiguous_separator_before_the_page.
        if self.comma == "":
            self.comma = decimal_comma(self.text[self.start : self.end][:_SENTENCE_CHARS])
        return self.page.comma_decimal() if self.comma is None else bool(self.comma)

    def value(self, numeral: Numeral) -> Number | None:
        """Return the value of a numeral in this sentence; None if its digits cannot be a number."""
        if numeral.worded or numeral.value is not None:
            return numeral.value
        start = numeral.start + numeral.negative
        written, comma = self.text[start : numeral.end], self.page.locale.comma_decimal
        if not numeral.plain and is_open(written, comma_decimal=comma):
            comma = self.comma_decimal()
        value = parse_numeral(written, comma_decimal=comma)
        return -value if numeral.negative and value is not None else value
