"""Classify short blocks by their wording: controls, consent bars, copyright lines, dates.

Longer text is never classified by its wording, so that an article about cookies stays an article.
"""

from __future__ import annotations

import re

from monitor.extraction.elements import HEADINGS, RawBlock
from monitor.extraction.prompts import ACCEPT_FIRST, accepts
from monitor.lexicon import alternatives
from monitor.model import BlockKind
from monitor.sentences import READING_TIME

_LONGEST = 700
"""Length in characters above which a block is not classified by its wording."""

_CONTROL_WORDING = re.compile(alternatives("controls.labels"), re.IGNORECASE)
_CONTROL_FIRST = frozenset(
    "jump select choose change nach seitenanfang retour haut volver torna voltar naar til ページの先頭へ ページトップへ ページの先頭へ戻る ページの先頭へ load show see view read find learn discover more back skip please enable share tweet print follow subscribe sign log login close next previous search menu "
    "leave accept reject mehr weiterlesen voir charger lire en cargar ver leer mostrar mostra carica leggi carregar ler meer lees läs les læs czytaj читать ещё "
    "المزيد もっと見る 続きを読む 更多".split()
)
_FIRST = _CONTROL_FIRST | ACCEPT_FIRST
_STATES = frozenset({"ok", "okay"})
"""Words that describe a state as well as label a button."""
_CONSENT_WORDING = re.compile(
    rf"{alternatives('consent.bars')}|\bcookies\b.{{0,200}}{alternatives('consent.verbs')}", re.IGNORECASE | re.DOTALL
)
# A consent bar speaks for the site or to its reader, in any language; an article about cookies does neither.
_TO_THE_READER = re.compile(rf"\b{alternatives('consent.addresses')}\b", re.IGNORECASE)
WORDED_CONSENT = BlockKind.CONSENT, "worded as a consent bar"
_COPYRIGHT = re.compile(r"copyright\b|©|\(c\)\s", re.IGNORECASE)
_COPYRIGHT_STARTS = frozenset("cC©(")


def by_wording(block: RawBlock) -> tuple[BlockKind, str] | None:
    """Return the kind that a short block's wording indicates, with the reason; None if it indicates none, and for headings."""
    text = block.text
    if len(text) > _LONGEST or block.place.tag in HEADINGS:
        return None
    if len(text) <= 60 and _is_control(text.rstrip(" .…›»>→").lstrip("‹«<← ")):
        return BlockKind.CONTROL, "worded as a control"
    if "ookie" in text and _CONSENT_WORDING.search(text) and _TO_THE_READER.search(text):
        return WORDED_CONSENT
    if len(text) <= 300 and (
        (text[0] in _COPYRIGHT_STARTS and _COPYRIGHT.match(text))
        or (("eserved" in text or "ESERVED" in text) and "all rights reserved" in text.lower())
    ):
        return BlockKind.FOOTER, "worded as a copyright line"
    return None


def _is_control(said: str) -> bool:
    """Return whether a text is worded as a control. Most texts fail at the check of the first word, which is ten times as fast."""
    first = said.partition(" ")[0].lower()
    return first in _FIRST and (
        _CONTROL_WORDING.fullmatch(said) is not None
        or (first in ACCEPT_FIRST and said.lower() not in _STATES and accepts(said))
    )


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
# Few texts contain a credit's separator or start like this, and the check is cheap.
_CREDIT_START = re.compile(r"image|photo|foto|bild|getty", re.IGNORECASE)
_BYLINE = re.compile(rf"{alternatives('articles.bylines')}\b[:\s].*", re.IGNORECASE)
_AD = re.compile(rf"(?:- ?)?{alternatives('articles.advertisements')}(?: ?-)?[:.…]*", re.IGNORECASE)
_PROMPT = re.compile(alternatives("prompts.in_articles"), re.IGNORECASE)
_PROMPT_SIGNS = (
    "newsletter subscrib sign follow app messenger telegram abonn folg suscr sígue síga inscri suivez iscriviti seguici assine inscreva siga-nos volg zapisz подпис"
).split()
"""Every prompt contains one of these, and the check is cheap."""
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
    return ":" in text or "©" in text or "/" in text or "(" in text or _CREDIT_START.match(text) is not None


def _may_prompt(text: str) -> bool:
    said = text.lower()
    return any(sign in said for sign in _PROMPT_SIGNS)


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
        if edge and ("min" in text or "Min" in text) and READING_TIME.search(text):
            return "how long it takes to read"
        if edge and is_dateline(text):
            return "a date"
        if edge and (text[-1] not in ".!?" or text.endswith(".m.")) and _BYLINE.fullmatch(text):
            return "worded as a byline"
    if (edge or linked) and len(text) <= _PROMPT_CHARS and _may_prompt(text) and _PROMPT.search(text):
        return "worded as a prompt to subscribe or follow"
    if len(text) <= _CREDIT_CHARS and _may_be_credit(text) and _CREDIT.search(text):
        return "worded as a picture's credit"
    return None
