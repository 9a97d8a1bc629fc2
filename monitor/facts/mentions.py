"""Every number, date and amount in the sentences of a block: what it is, what it counts, and where it stands.

A number is typed by what stands beside it: a date's month, a currency, "percent", a word that makes it a name ("Section 3", "COVID-19"), a clock,
the audience of the page itself. What nothing else claims is a count, of the noun phrase behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from monitor import sentences
from monitor.facts import labels, words
from monitor.facts.numerals import NUMBER_WORDS, NUMERAL, Numeral, parse_numeral, parse_words
from monitor.model import Block, Mention, MentionType, Number

_MONTH = "|".join(sorted(map(re.escape, words.MONTHS), key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?(?:\s+of|\s+de)?\s+(?P<m1>{_MONTH})\b\.?(?:,?(?:\s+de)?\s+(?P<y1>(?:19|20)\d\d)\b)?|"
    rf"\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:percent|%|[.,]\d))(?:,?\s+(?P<y2>(?:19|20)\d\d)\b)?|"
    rf"\b(?P<m3>{_MONTH})\b\.?,?\s+(?P<y3>(?:19|20)\d\d)\b|"
    r"\b(?P<y4>(?:19|20)\d\d)-(?P<m4>\d\d)-(?P<d4>\d\d)\b|"
    r"\b(?P<d5>\d{1,2})[./](?P<m5>\d{1,2})[./](?P<y5>(?:19|20)?\d\d)\b",
    re.IGNORECASE,
)
_MODAL = re.compile(r"^(?:may|march) \d{1,2}$|^\d{1,2} (?:may|march)$")
"""What looks like a day in May is a verb when it is written small: "the 28 may not agree"."""
_CLOCK = re.compile(
    r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\b\.?|uhr\b|GMT|UTC|BST|hrs?\b)|\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{1,2}\s*[ap]\.?m\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\+\d[\d\s().-]{6,}\d|\(\d{2,5}\)\s*\d[\d\s-]{4,}\d|\b\d{3}-\d{3}-\d{4}\b|\b0\d{2,4}[ -]\d{3,}[ -]?\d{3,}\b"
)
_DOTTED = re.compile(
    r"\b(?!\d{1,3}(?:\.\d{3})+\b)v?\d+(?:\.\d+){2,}\b|\bv\d+(?:\.\d+)*\b|\b\d+(?:/\d+)+\b", re.IGNORECASE
)
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.\w+|[#@]\w+")
_OPENERS = re.compile(r"\d|" + NUMBER_WORDS.pattern, re.IGNORECASE)

_ORDINAL_MARK = re.compile(r"(?:st|nd|rd|th|e|er|ère|ème|º|ª|\.(?=\s+[a-zA-ZÄÖÜ]))\b|(?:º|ª)", re.IGNORECASE)
_PERCENT = re.compile(
    r"\s?(?:%|٪|percent\b|per cent\b|pct\b|prozent\b|pour cent\b|por ciento\b|por cento\b|per cento\b|procent\b|percentage points?\b)",
    re.IGNORECASE,
)
_MAGNITUDE = re.compile(
    rf"(?P<gap>[ \u00a0-]?)(?P<word>{'|'.join(sorted(words.MAGNITUDES, key=len, reverse=True))})\b\.?", re.IGNORECASE
)
_CURRENCY_BEFORE = re.compile(
    r"(?:US\$|NZ\$|AU?\$|C\$|HK\$|[$€£¥₹₽₺₩]|\b(?:USD|EUR|GBP|JPY|CHF|AUD|NZD|CAD|SEK|NOK|DKK|INR|CNY|RMB))\s?$",
    re.IGNORECASE,
)
_CURRENCY_AFTER = re.compile(
    r"\s?(?:[€£$¥₹₽₺₩]|(?:USD|EUR|GBP|JPY|CHF|AUD|NZD|CAD|SEK|NOK|DKK|INR|CNY|RMB|euros?|dollars?|pounds|yen|rupees)\b)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:-|–|—|to|bis|à|a)\s?(?=\d)")
_BETWEEN = re.compile(r"\s(?:and|und|et|y|e)\s(?=\d)")
_GROWTH = re.compile(
    r"\b(?:grow[ns]?|grew|growing|rose|risen|rises?|rising|increas\w+|expand\w*|up|fell|fallen|falls?|drop\w*|declin\w+|decreas\w+|down|went|gone|chang\w+|rais\w+|cut|"
    r"jump\w*|mov\w+|shr[aiu]nk\w*)\b.{0,60}\bfrom\s*(?:[$€£]\s?)?$",
    re.IGNORECASE | re.DOTALL,
)
_HEDGE = re.compile(
    rf"(?:^|[\s(])({'|'.join(re.escape(hedge) for hedge in sorted(words.HEDGES, key=len, reverse=True))})\s+(?:(?:the|a|to)\s+)?$",
    re.IGNORECASE,
)
_BETWIXT = re.compile(r"\b(?:between|zwischen|entre|tra|fra)\s+$", re.IGNORECASE)
_NAME_BEHIND = re.compile(r"[_/](?=[^\W_])|(?![KM])[A-Z]\b(?!\.)")
_DECADE = re.compile(r"['’]?s\b")
_WORD_BEFORE = re.compile(r"([^\s(\[\"“]+)[\s(\[]*$")
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
COMMA_DECIMAL = frozenset(
    {
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "da",
        "sv",
        "nb",
        "no",
        "fi",
        "pl",
        "cs",
        "ru",
        "tr",
        "el",
        "id",
        "ro",
        "hu",
        "uk",
    }
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A stretch of text that one reading has taken."""

    start: int
    end: int
    type: MentionType
    value: Number


def read_blocks(blocks: tuple[Block, ...], language: str | None) -> tuple[Mention, ...]:
    """The mentions of all blocks, in reading order.

    Args:
        blocks: The page's blocks.
        language: BCP 47 tag; decides only what "1.234" means. None reads it as English does.
    """
    comma = (language or "en").split("-")[0] in COMMA_DECIMAL
    found: list[Mention] = []
    for index, block in enumerate(blocks):
        if _OPENERS.search(block.text):
            mentions = list(_read(index, block.text, comma_decimal=comma))
            if len(mentions) == 1 and mentions[0].quote == block.text:
                mentions = [_labelled(mentions[0], blocks)]
            found.extend(mentions)
    return tuple(found)


def _labelled(mention: Mention, blocks: tuple[Block, ...]) -> Mention:
    """A number in a block of its own, with the unit that the label beside it gives."""
    label = labels.beside(blocks, mention.block) if mention.type is MentionType.COUNT and mention.unit is None else None
    unit = _unit(label, 0, len(label)) if label else None
    if unit is None:
        return mention
    audience = unit.split(" ")[0] in words.AUDIENCE
    return replace(mention, unit=unit, type=MentionType.VOLATILE if audience else mention.type)


def _read(index: int, text: str, *, comma_decimal: bool) -> Iterator[Mention]:
    claims = _claims(text)
    spans = sentences.spans(text)
    taken = 0
    for numeral in _numerals(text, claims, comma_decimal=comma_decimal):
        if numeral.start < taken:
            continue
        span = next((span for span in spans if span[0] <= numeral.start < span[1]), (0, len(text)))
        mention = _mention(index, text, numeral, span, claims, comma_decimal=comma_decimal)
        if mention.end > span[1]:
            mention = replace(mention, sentence_end=next(end for _, end in spans if end >= mention.end))
        taken = mention.end
        yield mention


def _claims(text: str) -> list[_Claim]:
    """Dates, clocks, phones, versions and links: numbers inside them are no counts."""
    claims = [_date_claim(match) for match in _DATE.finditer(text) if not _MODAL.search(match.group())]
    for pattern, kind in (
        (_LINK, MentionType.IDENTIFIER),
        (_CLOCK, MentionType.TIME),
        (_PHONE, MentionType.IDENTIFIER),
        (_DOTTED, MentionType.IDENTIFIER),
    ):
        for match in pattern.finditer(text):
            if not any(claim.start < match.end() and match.start() < claim.end for claim in claims):
                claims.append(_Claim(match.start(), match.end(), kind, 0))
    return sorted(claims, key=lambda claim: claim.start)


def _date_claim(match: re.Match[str]) -> _Claim:
    group = next(n for n in "12345" if match[f"m{n}"])
    year_text = match[f"y{group}"] if f"y{group}" in match.groupdict() else None
    year = int(year_text or 0)
    month_text = match[f"m{group}"].lower()
    month = words.MONTHS.get(month_text) or (int(month_text) if month_text.isdigit() else 1)
    day = int(match[f"d{group}"]) if group != "3" else 1
    try:
        value = date(year if year > 99 else year + 2000, month, day).toordinal()
    except ValueError:
        return _Claim(match.start(), match.end(), MentionType.IDENTIFIER, 0)
    return _Claim(match.start(), match.end(), MentionType.DATE, value if year_text else month * 100 + day)


def _numerals(text: str, claims: list[_Claim], *, comma_decimal: bool) -> Iterator[Numeral]:
    """Numerals and number words in text order; a claim stands for all the numbers in it."""
    found = [
        Numeral(claim.start, claim.end, claim.value)
        for claim in claims
        if any(map(str.isdigit, text[claim.start : claim.end]))
    ]
    for match in NUMERAL.finditer(text):
        if any(claim.start <= match.start() < claim.end for claim in claims):
            continue
        value = parse_numeral(match.group(), comma_decimal=comma_decimal)
        plain = match.group().isdigit()
        found.append(Numeral(match.start(), match.end(), 0 if value is None else value, plain=plain))
    for match in NUMBER_WORDS.finditer(text):
        parsed = parse_words(match.group())
        if parsed is not None and not any(claim.start <= match.start() < claim.end for claim in claims):
            found.append(Numeral(match.start(), match.end(), parsed[0], ordinal=parsed[1], worded=True))
    return iter(sorted(found, key=lambda numeral: numeral.start))


def _mention(
    index: int, text: str, numeral: Numeral, span: tuple[int, int], claims: list[_Claim], *, comma_decimal: bool
) -> Mention:
    start, end, value = numeral.start, numeral.end, numeral.value
    for claim in claims:
        if claim.start == start and claim.end == end:
            return Mention(claim.type, value, None, text[start:end], None, index, start, end, *span)
    before, upper = text[span[0] : start], None
    if _is_name(text, numeral, before):
        return Mention(MentionType.IDENTIFIER, value, None, text[start:end], None, index, start, end, *span)
    ordinal = numeral.ordinal
    if not numeral.worded and (mark := _ORDINAL_MARK.match(text, end)):
        ordinal, end = True, mark.end() - (mark.group().startswith("."))
    if not ordinal and (found := _range(text, end, before, comma_decimal=comma_decimal)):
        upper, end = found
    currency = _CURRENCY_BEFORE.search(before)
    value, upper, end = _magnified(text, value, upper, end, money=currency is not None)
    hedge = _HEDGE.search(before[: currency.start()] if currency else before)
    hedged = hedge.group(1).lower() if hedge else None
    if text.startswith("+", end):
        hedged, end = hedged or "+", end + 1
    kind, unit, start, end = _typed(text, numeral, value, start, end, span[1], before, currency, ordinal=ordinal)
    return Mention(kind, value, unit, text[start:end], hedged, index, start, end, *span, upper=upper)


def _is_name(text: str, numeral: Numeral, before: str) -> bool:
    """Whether the number names something: "COVID-19", "B2B", "F-16", "3D", "Section 3", "[41]", "No. 12"."""
    if numeral.worded:
        return False
    start, end = numeral.start, numeral.end
    previous = text[start - 1] if start else " "
    if previous.isalpha() or (previous in "-–_/" and start > 1 and text[start - 2].isalpha()) or previous in "#[":
        return not (previous == "[" and text[end : end + 1] != "]")
    if _NAME_BEHIND.match(text, end):
        return True
    word = _WORD_BEFORE.search(before)
    if word is None:
        return False
    reference = word.group(1).lower().rstrip(":")
    return reference in words.REFERENCES and not (
        reference in ("no", "part", "case", "item") and word.group(1).islower()
    )


def _range(text: str, end: int, before: str, *, comma_decimal: bool) -> tuple[Number, int] | None:
    """The upper end of a range and where it ends; "grew from 82 to 85" is a step, not a range."""
    if _GROWTH.search(before):
        return None
    joint = _RANGE.match(text, end) or (_BETWEEN.match(text, end) if _BETWIXT.search(before) else None)
    following = NUMERAL.match(text, joint.end()) if joint else None
    if following is None:
        return None
    upper = parse_numeral(following.group(), comma_decimal=comma_decimal)
    return None if upper is None else (upper, following.end())


def _magnified(
    text: str, value: Number, upper: Number | None, end: int, *, money: bool
) -> tuple[Number, Number | None, int]:
    match = _MAGNITUDE.match(text, end)
    if match is None:
        return value, upper, end
    word = match["word"].lower()
    if word in words.SHORT_MAGNITUDES and not money and (match["gap"] or match["word"] == "m"):
        return value, upper, end
    scale = words.MAGNITUDES[word]
    stop = match.end() - (match.group().endswith(".") and word not in ("mio", "mrd"))
    return _times(value, scale), None if upper is None else _times(upper, scale), stop


def _times(value: Number, scale: int) -> Number:
    scaled = round(value * scale, 6)
    return int(scaled) if float(scaled).is_integer() else scaled


def _typed(
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
        return MentionType.PERCENT, _unit(text, percent.end(), stop), start, percent.end()
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
    unit = label if label and text.startswith(" | ", end) else _unit(text, end, stop) or label or _number_of(before)
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
    follows = text[end:stop].split(None, 3)
    if first in words.AUDIENCE:
        return MentionType.VOLATILE, unit, start, end
    if first in words.DURATIONS:
        ago = (len(follows) > 1 and follows[1].strip(".,;:!?").lower() in ("ago", "vor", "since")) or _begins_ago(
            before
        )
        return (MentionType.VOLATILE if ago else MentionType.DURATION), unit, start, end
    return MentionType.COUNT, unit, start, end


def _says_year(before: str, noun: str) -> bool:
    """Whether the word in front makes a number like 2019 a year: "in 2019 members met", "the 2019 conference" (but "the 2019 members")."""
    found = _WORD_BEFORE.search(before)
    word = found.group(1).lower().strip(".,") if found else ""
    return word in _YEAR_BEFORE or (word in _DETERMINERS and not noun.endswith("s") and noun not in _PLURALS)


def _begins_ago(before: str) -> bool:
    tail = before.lower().rstrip().rsplit(None, 2)[-2:]
    return bool(tail) and (tail[-1] in ("vor", "fa", "hace") or tail == ["il", "y"])


def _copyright(before: str) -> bool:
    return before.rstrip().endswith(("©", "(c)")) or before.lower().rstrip().endswith("copyright")


def _label(before: str) -> str | None:
    """The label in front of a number that has no noun behind it: "Members | 87", "Members: 87"."""
    match = _LABEL.search(before)
    return " ".join(match.group(1).lower().split()[:4]) if match else None


def _number_of(before: str) -> str | None:
    """What a number without a noun behind it is said to be the number of: "the number of members has grown to 87"."""
    match = _NUMBER_OF.search(before)
    return _unit(f" {match['counted']}", 0, len(match["counted"]) + 1) if match else None


def _unit(text: str, at: int, stop: int) -> str | None:
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
