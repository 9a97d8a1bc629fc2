"""Finds every number, date and amount in a page's blocks: its type, its unit, and its location.

A number is typed by its context: the month of a date, a currency, "percent", a word that makes it a name ("Section 3", "COVID-19"), a time of day, the
page's own audience. A number without any of these is a count of the noun phrase after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from monitor import sentences
from monitor.facts import (
    columns,
    labels,
    lexer,
    mention_builder,
    mention_types,
    number_locale,
    numeral_forms,
    powers,
    units,
)
from monitor.facts.context import Page, Sentence
from monitor.facts.lexer import NumberToken, Run
from monitor.facts.number_locale import NumberLocale
from monitor.facts.number_words import reader, scripts
from monitor.facts.number_words.script_number import ScriptNumber
from monitor.facts.numbers_in_text import MOST, numerals_of, with_script_numbers
from monitor.facts.numerals import NUMERAL, Numeral, is_open
from monitor.limits import MAX_MENTIONS
from monitor.model import Block, Mention, MentionType, Version

_ALIASES = {"nb": "no", "nn": "no"}
"""Written standards of a language, to its subtag."""
_LABELLED = frozenset({MentionType.COUNT, MentionType.YEAR})
_UNSPACED = "\u3040"
"""First character of the scripts whose units the readers of numbers know."""
_LABEL_CHARS = 64
_RUNS = 3 * MOST
"""Maximum number of runs of digits per block from which these numbers are formed."""


class Mentions(NamedTuple):
    """The mentions in the blocks of a page.

    Attributes:
        found: The mentions in reading order.
        cut: What was left out because the page exceeds a limit, "more than 20,000 numbers in one block"; "" if nothing was.
    """

    found: tuple[Mention, ...]
    cut: str


def read_blocks(blocks: tuple[Block, ...], language: str | None, like: Version | None = None) -> tuple[Mention, ...]:
    """Return the mentions of all blocks, in reading order; the arguments are those of `read_page`."""
    return read_page(blocks, language, like).found


def read_page(blocks: tuple[Block, ...], language: str | None, like: Version | None = None) -> Mentions:
    """Return the mentions of all blocks, up to the limits.

    Args:
        blocks: The page's blocks.
        language: BCP 47 tag; selects the number words, and the meaning of "1.234" if no other number of the sentence or page decides it.
            None is treated as English.
        like: A version produced by the same parser version. Its mentions are reused for blocks with the same text, which only saves time.
    """
    locale = number_locale.of(_subtag(language))
    known = _known(like, locale) if like is not None and _subtag(like.language) == locale.code else {}
    page = Page(blocks, locale)
    labelled = _Labels(blocks, locale)
    totals = columns.headings(blocks)
    mentions_found: list[Mention] = []
    for index, block in enumerate(blocks):
        mentions = known.get(block.text)
        if mentions is None:
            # Pages repeat themselves: a seventh of their blocks has the text of another block.
            mentions = known[block.text] = _read(index, block.text, page)
        if not mentions:
            continue
        if mentions[0].block != index:
            mentions = [mention._replace(block=index) for mention in mentions]
        if len(mentions) == 1 and mentions[0].quote == block.text:
            mentions = [labelled.of(mentions[0])]
        elif index in totals:
            mentions = [_headed(mention, totals[index], block.text, locale) for mention in mentions]
        if len(mentions_found) + len(mentions) > MAX_MENTIONS:
            return Mentions(tuple(mentions_found), f"more than {MAX_MENTIONS:,} numbers")
        mentions_found.extend(mentions)
    return Mentions(tuple(mentions_found), f"more than {MOST:,} numbers in one block" if page.exceeded else "")


def _subtag(language: str | None) -> str:
    subtag = (language or "").partition("-")[0].lower()
    return _ALIASES.get(subtag, subtag)


def _known(version: Version, locale: NumberLocale) -> dict[str, list[Mention]]:
    """Return the mentions of a version's blocks by text, except those that depend on neighbouring blocks or on other numbers of the page."""
    # See tests/monitor/facts/test_prefilters.py::test_reusing_a_version_does_not_change_the_mentions.
    # See tests/monitor/facts/test_prefilters.py::test_a_bare_number_takes_its_unit_from_its_present_neighbour.
    by_block: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in version.mentions:
        by_block[mention.block].append(mention)
    known = {block.text: by_block.get(index, []) for index, block in enumerate(version.blocks)}
    return {
        text: mentions
        for text, mentions in known.items()
        if (len(mentions) != 1 or mentions[0].quote != text)
        and not columns.is_total(text)
        and not any(_is_open(mention, locale) for mention in mentions)
    }


def _is_open(mention: Mention, locale: NumberLocale) -> bool:
    if powers.is_bare(mention.quote):
        return True
    sign = "," if locale.comma_decimal else "."
    return sign in mention.quote and any(
        is_open(match.group(), comma_decimal=locale.comma_decimal) for match in NUMERAL.finditer(mention.quote)
    )


def _headed(mention: Mention, heads: Sequence[str], row: str, locale: NumberLocale) -> Mention:
    """Return a number of a row of totals with the unit from its column heading."""
    head = columns.heading_of(heads, row, mention.start, mention.end) if mention.type is MentionType.COUNT else ""
    unit = units.named(head, locale) if head else None
    return mention if unit is None else mention._replace(unit=unit)


class _Labels:
    """The labels of numbers in blocks of their own; computed once, and only if the page has such a number."""

    def __init__(self, blocks: tuple[Block, ...], locale: NumberLocale) -> None:
        self._blocks = blocks
        self._locale = locale

    @cached_property
    def _beside(self) -> dict[int, int]:
        return labels.beside(self._blocks)

    def of(self, mention: Mention) -> Mention:
        """Return a number in a block of its own, with the unit from the label beside it."""
        if mention.unit is not None or mention.type not in _LABELLED:
            return mention
        place = self._beside.get(mention.block)
        label = self._blocks[place].text if place is not None else ""
        unit = units.named(label, self._locale)
        if unit is None or (
            mention.type is MentionType.YEAR and not mention_types.is_counted(mention, unit, self._locale)
        ):
            return mention
        audience = mention_types.is_audience_label(label)
        return mention._replace(unit=unit, type=MentionType.VOLATILE if audience else MentionType.COUNT)


def _read(index: int, text: str, page: Page) -> list[Mention]:
    ascii_folded, number_words = reader.ascii_folded(text), page.locale.number_words
    signs = ascii_folded.split()
    worded = number_words.may_occur(ascii_folded, signs, text)
    tokens: list[NumberToken] = []
    digits: list[Run] = []
    # Most blocks contain no digit; testing for one byte is several times as fast as a pattern.
    if b"0" in ascii_folded or not (text.isascii() or lexer.DIGITS.search(text) is None):
        digits = [match.span() for match in islice(lexer.DIGITS.finditer(text), _RUNS + 1)]
        if len(digits) > _RUNS:
            digits.pop()
            page.exceeded = True
        # Without a limit, the names of months of 16 MB of dates take a gigabyte.
        searched = text[: digits[-1][1]] if len(digits) == _RUNS else text
        tokens = lexer.find(searched, digits, signs, page.locale.code)
    found = scripts.find(text, page.locale.code)
    if not (digits or worded or found) and (text.isascii() or not numeral_forms.has_fraction(text)):
        return []
    general = numerals_of(text, digits, tokens, number_words if worded else None, page)
    numerals = with_script_numbers(general, found)
    if not numerals:
        return []
    if len(numerals) > MOST:
        del numerals[MOST:]
        page.exceeded = True
    spans = sentences.each(text)
    sentence = Sentence(index, text, page, *next(spans))
    mentions: list[Mention] = []
    last: Mention | None = None
    for place, numeral in enumerate(numerals):
        start = numeral.start
        if last is not None and start < last.end:
            continue
        while start >= sentence.end:
            sentence = Sentence(index, text, page, *next(spans))
        following = numerals[place + 1] if place + 1 < len(numerals) else None
        mention = (
            mention_builder.mention(sentence, numeral, None if isinstance(following, ScriptNumber) else following, last)
            if isinstance(numeral, Numeral)
            else _of_token(sentence, numeral)
        )
        if mention is None:
            continue
        if mention.end > sentence.end:
            begun = sentence.start
            while mention.end > sentence.end:
                sentence = Sentence(index, text, page, *next(spans))
            sentence.start = begun
            mention = mention._replace(sentence_end=sentence.end)
        last = mention
        mentions.append(mention)
    return mentions


def _unit_of_token(sentence: Sentence, number: ScriptNumber) -> str | None:
    """Return the unit of a number, with the label before it: "人 会員数" of 会員数：87人; in another script also if the number's reader does not know it."""
    # See tests/monitor/facts/test_east_asian.py::test_a_unit_in_another_script_is_read.
    # See tests/monitor/facts/test_east_asian.py::test_a_label_names_what_is_counted.
    text, start, end, locale = sentence.text, number.start, number.end, sentence.page.locale
    if number.type is not MentionType.COUNT:
        return number.unit
    unit = number.unit
    if unit is None and text[end : end + 1] == " " and text[end + 1 : end + 2] < _UNSPACED:
        unit = units.behind(text, end, sentence.end, locale)
    before = text[max(sentence.start, start - _LABEL_CHARS) : start]
    label = units.label(before, before.lower().split(), locale)
    return unit if label is None else f"{unit} {label}" if unit else label


def _of_token(sentence: Sentence, token: NumberToken | ScriptNumber) -> Mention:
    start, end = token.start, token.end
    quote = sentence.text[start:end]
    return Mention(
        token.type,
        token.value,
        _unit_of_token(sentence, token) if isinstance(token, ScriptNumber) else None,
        quote,
        token.hedge if isinstance(token, ScriptNumber) else None,
        sentence.index,
        start,
        end,
        sentence.start,
        sentence.end,
        upper=token.upper,
    )
