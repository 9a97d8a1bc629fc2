"""What a number is, and of what: its type and its unit, from what stands beside it."""

from __future__ import annotations

import re

from monitor.facts import words
from monitor.facts.numerals import NUMBER_WORDS, Numeral
from monitor.model import MentionType, Number

_PERCENT = re.compile(
    r"\s?(?:%|٪|percent\b|per cent\b|pct\b|prozent\b|pour cent\b|por ciento\b|por cento\b|per cento\b|procent\b|percentage points?\b)",
    re.IGNORECASE,
)
_CURRENCY_AFTER = re.compile(
    r"\s?(?:[€£$¥₹₽₺₩]|(?:USD|EUR|GBP|JPY|CHF|AUD|NZD|CAD|SEK|NOK|DKK|INR|CNY|RMB|euros?|dollars?|pounds|yen|rupees)\b)(?!\s?\d)",
    re.IGNORECASE,
)
# "6 hours ago" counts as one quote: tomorrow it says "1 day ago", and nothing has changed.
_AGO = re.compile(r"\s+[^\W\d_]+\s+(?:ago|since)\b", re.IGNORECASE)
_DECADE = re.compile(r"['’]?s\b")
# A letter with the marks that some scripts write over, under and behind it (Devanagari vowels, Arabic and Hebrew points, accents).
_LETTERS = (
    r"(?:[^\W\d_][\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u200c\u200d]*)+"
)
_UNIT_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})?(?:-{_LETTERS})*\.?|-(?=[^\W\d_])")
_SAID_AGAIN = re.compile(rf"\s?\((?:\d+|{NUMBER_WORDS.pattern})\)", re.IGNORECASE)
_OF = frozenset({"of", "de", "di"})
_NUMBER_OF = re.compile(
    r"\b(?:number of|total of|nombre (?:total )?de|(?:anzahl|zahl) der|número de)\s(?P<counted>[^.;:|\d]{2,60})$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:^|[|.;]\s*)([^\W\d_][^|:.;\d]{0,60}?)\s*(?:\||:)\s*$")
_YEAR_BEFORE = frozenset(
    "in since by until till from of during before after between and early late mid summer winter spring autumn fall year fiscal fy "
    "january february march april may june july august september october november december to © ab seit bis en depuis desde dal nel sinds".split()
)
_DETERMINERS = frozenset("the this that its our their his her my your".split())
_PLURALS = frozenset("people men women children staff personnel troops police".split())
WORD_BEFORE = re.compile(r"([^\s(\[\"“]+)[\s(\[]*$")
WORDS_AWAY = 64
"""Characters in front of a number in which the word or the hedge before it stands."""


def last(before: str, characters: int) -> int:
    """Where the last few characters begin: patterns that end where a number begins need not look further back."""
    return max(len(before) - characters, 0)


def type_of(
    text: str,
    numeral: Numeral,
    value: Number,
    start: int,
    end: int,
    stop: int,
    before: str,
    currency: re.Match[str] | None,
    *,
    ordinal: bool,
) -> tuple[MentionType, str | None, int, int]:
    """Type, unit, and the quote's start and end."""
    percent = _PERCENT.match(text, end)
    if percent is not None:
        return MentionType.PERCENT, unit_behind(text, percent.end(), stop), start, percent.end()
    if currency is not None:
        return (
            MentionType.MONEY,
            words.CURRENCIES.get(currency.group().strip().lower(), "USD"),
            start - len(currency.group()),
            end,
        )
    money = _CURRENCY_AFTER.match(text, end)
    if money is not None and not ordinal:
        return MentionType.MONEY, words.CURRENCIES.get(money.group().strip().lower(), "USD"), start, money.end()
    label = _label(before)
    # In a row of labels and values, "Members: 87 | Partners: 24", a value belongs to the label in front of it.
    unit = (
        label if label and text.startswith(" | ", end) else unit_behind(text, end, stop) or label or _number_of(before)
    )
    first = unit.split(" ")[0] if unit else ""
    if ordinal:
        return MentionType.ORDINAL, unit, start, end
    if numeral.plain and _DECADE.match(text, end) and value % 10 == 0:
        return MentionType.YEAR, None, start, end
    four_digits = numeral.plain and numeral.end - numeral.start == 4
    if four_digits and 1900 <= value <= 2100 and (unit is None or _says_year(before, first)):
        return MentionType.YEAR, None, start, end
    if _copyright(before):
        return MentionType.YEAR, None, start, end
    if first in words.AUDIENCE:
        return MentionType.VOLATILE, unit, start, end
    if first in words.DURATIONS:
        if ago := _AGO.match(text, end, stop):
            return MentionType.VOLATILE, unit, start, ago.end()
        return (MentionType.VOLATILE if _begins_ago(before) else MentionType.DURATION), unit, start, end
    return MentionType.COUNT, unit, start, end


def _says_year(before: str, noun: str) -> bool:
    """Whether the word in front makes a number like 2019 a year: "in 2019 members met", "the 2019 conference" (but "the 2019 members")."""
    found = WORD_BEFORE.search(before, last(before, WORDS_AWAY))
    word = found.group(1).lower().strip(".,") if found else ""
    return word in _YEAR_BEFORE or (word in _DETERMINERS and not noun.endswith("s") and noun not in _PLURALS)


def _begins_ago(before: str) -> bool:
    tail = before.lower().rstrip().rsplit(None, 2)[-2:]
    return bool(tail) and (tail[-1] in ("vor", "fa", "hace") or tail == ["il", "y"])


def _copyright(before: str) -> bool:
    return before.rstrip().endswith(("©", "(c)")) or before.lower().rstrip().endswith("copyright")


def _label(before: str) -> str | None:
    """The label in front of a number that has no noun behind it: "Members | 87", "Members: 87"."""
    match = _LABEL.search(before) if before.rstrip().endswith(("|", ":")) else None
    return " ".join(match.group(1).lower().split()[:4]) if match else None


def _number_of(before: str) -> str | None:
    """What a number without a noun behind it is said to be the number of: "the number of members has grown to 87"."""
    match = _NUMBER_OF.search(before, last(before, 2 * WORDS_AWAY))
    return unit_behind(f" {match['counted']}", 0, len(match["counted"]) + 1) if match else None


def unit_behind(text: str, at: int, stop: int) -> str | None:
    """The noun phrase behind a number, up to four words, lower case: words until one that no noun phrase goes on after."""
    parts: list[str] = []
    if again := _SAID_AGAIN.match(text, at, stop):
        at = again.end()
    while len(parts) < 4 and at < stop:
        gap = at
        while gap < stop and text[gap] in " \u00a0-":
            gap += 1
        if text[at : at + 3] == " | " and not parts:
            gap = at + 3
        match = _UNIT_WORD.match(text, gap, stop)
        if match is None:
            break
        word = match.group().lower().rstrip(".")
        if word in words.STOPS and (parts or word not in _OF):
            break
        if word not in _OF:
            parts.append(word)
        at = match.end()
        if match.group().endswith("."):
            break
    return " ".join(parts) or None
