"""Classify short blocks by their wording: controls, consent bars, copyright lines, dates.

Longer text is never classified by its wording, so that an article about cookies stays an article.
"""

from __future__ import annotations

import re

from monitor.extraction.elements import HEADINGS, RawBlock
from monitor.extraction.prompts import accepts
from monitor.lexicon import alternatives
from monitor.lexicon.prefilter import Fragments, Openings, fold
from monitor.model import BlockKind
from monitor.sentences import READING_TIME

_LONGEST = 700
"""Length in characters above which a block is not classified by its wording."""

_CONTROL_WORDING = re.compile(alternatives("controls.labels"), re.IGNORECASE)
_MAY_BE_CONTROL = Openings("controls.labels", whole=True)
_STATES = frozenset({"ok", "okay"})
"""Last words of texts that describe a state ("Everything OK"): tests/monitor/extraction/test_widgets.py::test_short_texts_with_a_word_that_buttons_have_stay."""
_CONSENT_WORDING = re.compile(alternatives("consent.bars"), re.IGNORECASE | re.DOTALL)
_MAY_ASK_CONSENT = Fragments("consent.bars")
# A consent bar speaks for the site or to its reader, in any language; an article about cookies does neither.
_TO_THE_READER = re.compile(rf"\b{alternatives('consent.addresses')}\b", re.IGNORECASE)
WORDED_CONSENT = BlockKind.CONSENT, "worded as a consent bar"
_COPYRIGHT = re.compile(r"copyright\b|©|\(c\)\s", re.IGNORECASE)


def by_wording(block: RawBlock) -> tuple[BlockKind, str] | None:
    """Return the kind that a short block's wording indicates, with the reason; None if it indicates none, and for headings."""
    text = block.text
    if len(text) > _LONGEST or block.place.tag in HEADINGS:
        return None
    if len(text) <= 60 and _is_control(text.rstrip(" .…›»>→").lstrip("‹«<← ")):
        return BlockKind.CONTROL, "worded as a control"
    folded = fold(text)
    if _MAY_ASK_CONSENT.may_match(folded) and _CONSENT_WORDING.search(text) and _TO_THE_READER.search(text):
        return WORDED_CONSENT
    if len(text) <= 300 and (_COPYRIGHT.match(text) or "all rights reserved" in folded):
        return BlockKind.FOOTER, "worded as a copyright line"
    return None


def _is_control(text: str) -> bool:
    """Return whether a text is worded as a control."""
    if _MAY_BE_CONTROL.may_match(text) and _CONTROL_WORDING.fullmatch(text) is not None:
        return True
    return accepts(text) and text.lower().rpartition(" ")[2] not in _STATES


_NUMBER = re.compile(r"\d+(?:[.,:/\-]\d+)*")
# A time of day directly follows the year if only style separates them.
_YEAR = re.compile(r"(?:19|20)\d\d(?:\d?\d:\d\d)?")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?::[0-5]\d)?")
_DAY = re.compile(r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}")
_DAYS = 31


def has_figure(text: str) -> bool:
    """Return whether a text contains a number that is not part of a date or a time of day."""
    numbers = _NUMBER.findall(text)
    plain = [
        number
        for number in numbers
        if not (_YEAR.fullmatch(number) or _CLOCK.fullmatch(number) or _DAY.fullmatch(number))
    ]
    if len(plain) == len(numbers):
        return bool(numbers)
    # Next to a year or a time, a number that can be a day is one.
    return any(not number.isdecimal() or len(number) > 2 or int(number) > _DAYS for number in plain)


_DATELINE_CHARS = 100
_CREDIT_CHARS = 300
_CREDIT = re.compile(
    rf"^(?:{alternatives('articles.credit_starts')}|©)\b.{{0,12}}?[:©/]|^(?:{alternatives('articles.credit_openings')}|©)\b|"
    rf"\({alternatives('articles.credits_in_brackets')}s?\b[^()]{{0,80}}\)\W*$|"
    rf"(?:\b(?:{alternatives('articles.credit_ends')}|©)\b[^.!?]{{0,6}}[:©/]|©).{{2,60}}$",
    re.IGNORECASE,
)
_MAY_OPEN_CREDIT = Openings("articles.credit_openings")
_BYLINE = re.compile(rf"{alternatives('articles.bylines')}\b[:\s].*", re.IGNORECASE)
_AD = re.compile(rf"(?:- ?)?{alternatives('articles.advertisements')}(?: ?-)?[:.…]*", re.IGNORECASE)
_PROMPT = re.compile(alternatives("prompts.in_articles"), re.IGNORECASE)
_MAY_PROMPT = Fragments("prompts.in_articles")
_PROMPT_CHARS = 220


def is_dateline(text: str) -> bool:
    """Return whether a short text is a date or time with at most a few words around it, without other numbers and not a sentence."""
    if len(text) > _DATELINE_CHARS or (text[-1] in ".!?…" and not text.endswith(".m.")) or has_figure(text):
        return False
    return any(
        _YEAR.fullmatch(number) or _DAY.fullmatch(number) or _CLOCK.fullmatch(number)
        for number in _NUMBER.findall(text)
    )


def _may_be_credit(text: str) -> bool:
    return ":" in text or "©" in text or "/" in text or "(" in text or _MAY_OPEN_CREDIT.may_match(text)


def of_article(text: str, *, edge: bool, linked: bool) -> str | None:
    """Return why a short text in an article is not part of its content; None if it is part of it.

    Args:
        text: The text.
        edge: Whether it comes before the first or after the last paragraph, where dates and names occur.
        linked: Whether it contains a link.
    """
    if len(text) <= _DATELINE_CHARS:
        if _AD.fullmatch(text):
            return "worded as an advertisement or its like"
        if edge and "min" in fold(text) and READING_TIME.search(text):
            return "how long it takes to read"
        if edge and is_dateline(text):
            return "a date"
        if edge and (text[-1] not in ".!?" or text.endswith(".m.")) and _BYLINE.fullmatch(text):
            return "worded as a byline"
    if (edge or linked) and len(text) <= _PROMPT_CHARS and _MAY_PROMPT.may_match(fold(text)) and _PROMPT.search(text):
        return "worded as a prompt to subscribe or follow"
    if len(text) <= _CREDIT_CHARS and _may_be_credit(text) and _CREDIT.search(text):
        return "worded as a picture's credit"
    return None
