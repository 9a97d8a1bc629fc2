"""Every number, date and amount in the sentences of a block: what it is, what it counts, and where it stands.

A number is typed by what stands beside it: a date's month, a currency, "percent", a word that makes it a name ("Section 3", "COVID-19"), a clock,
the audience of the page itself. What nothing else claims is a count, of the noun phrase behind it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from monitor import sentences
from monitor.facts import claims, labels, words
from monitor.facts.claims import Claim
from monitor.facts.numerals import NUMBER_WORDS, NUMERAL, Numeral, parse_numeral, parse_words
from monitor.model import Block, Mention, MentionType, Number, Version

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
    r"\s?(?:[€£$¥₹₽₺₩]|(?:USD|EUR|GBP|JPY|CHF|AUD|NZD|CAD|SEK|NOK|DKK|INR|CNY|RMB|euros?|dollars?|pounds|yen|rupees)\b)(?!\s?\d)",
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
_WORDED = words.NUMBERS | {"a", "half"}
_WORDS_AWAY = 64
"""Characters in front of a number in which the word or the hedge before it stands."""
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


def read_blocks(blocks: tuple[Block, ...], language: str | None, like: Version | None = None) -> tuple[Mention, ...]:
    """The mentions of all blocks, in reading order.

    Args:
        blocks: The page's blocks.
        language: BCP 47 tag; decides only what "1.234" means. None reads it as English does.
        like: A version read by the same code: blocks that say what one of its blocks says are not read again, which changes only the time it takes.
    """
    comma = _comma_decimal(language)
    known = _known(like) if like is not None and _comma_decimal(like.language) == comma else {}
    found: list[Mention] = []
    for index, block in enumerate(blocks):
        mentions = known.get(block.text)
        if mentions is None:
            mentions = list(_read(index, block.text, comma_decimal=comma))
        elif mentions and mentions[0].block != index:
            mentions = [replace(mention, block=index) for mention in mentions]
        if len(mentions) == 1 and mentions[0].quote == block.text:
            mentions = [_labelled(mentions[0], blocks)]
        found.extend(mentions)
    return tuple(found)


def _comma_decimal(language: str | None) -> bool:
    return (language or "en").split("-")[0] in COMMA_DECIMAL


def _known(version: Version) -> dict[str, list[Mention]]:
    """The mentions of a version's blocks by their text, but for bare numbers, whose unit is their neighbour's."""
    by_block: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in version.mentions:
        by_block[mention.block].append(mention)
    known = {block.text: by_block.get(index, []) for index, block in enumerate(version.blocks)}
    return {text: said for text, said in known.items() if len(said) != 1 or said[0].quote != text}


def _labelled(mention: Mention, blocks: tuple[Block, ...]) -> Mention:
    """A number in a block of its own, with the unit that the label beside it gives."""
    label = labels.beside(blocks, mention.block) if mention.type is MentionType.COUNT and mention.unit is None else None
    unit = _unit(label, 0, len(label)) if label else None
    if unit is None:
        return mention
    audience = unit.split(" ")[0] in words.AUDIENCE
    return replace(mention, unit=unit, type=MentionType.VOLATILE if audience else mention.type)


def _read(index: int, text: str, *, comma_decimal: bool) -> Iterator[Mention]:
    digits = [match.start() for match in claims.DIGITS.finditer(text)]
    said = frozenset(claims.WORD.findall(text.lower()))
    if not digits and said.isdisjoint(words.NUMBERS):
        return
    claimed = claims.find(text, digits, said)
    spans = sentences.spans(text)
    taken = 0
    for numeral in _numerals(text, digits, said, claimed, comma_decimal=comma_decimal):
        if numeral.start < taken:
            continue
        span = next((span for span in spans if span[0] <= numeral.start < span[1]), (0, len(text)))
        mention = _mention(index, text, numeral, span, claimed, comma_decimal=comma_decimal)
        if mention.end > span[1]:
            mention = replace(mention, sentence_end=next(end for _, end in spans if end >= mention.end))
        taken = mention.end
        yield mention


def _numerals(
    text: str, digits: Sequence[int], said: frozenset[str], claimed: Sequence[Claim], *, comma_decimal: bool
) -> Iterator[Numeral]:
    """Numerals and number words in text order; a claim stands for all the numbers in it."""
    found = [
        Numeral(claim.start, claim.end, claim.value)
        for claim in claimed
        if any(map(str.isdigit, text[claim.start : claim.end]))
    ]
    for match in claims.at(NUMERAL, text, digits):
        if claimed and any(claim.start <= match.start() < claim.end for claim in claimed):
            continue
        value = parse_numeral(match.group(), comma_decimal=comma_decimal)
        plain = match.group().isdigit()
        found.append(Numeral(match.start(), match.end(), 0 if value is None else value, plain=plain))
    for match in claims.at(NUMBER_WORDS, text, _worded(text, said)):
        parsed = parse_words(match.group())
        if parsed is not None and not any(claim.start <= match.start() < claim.end for claim in claimed):
            found.append(Numeral(match.start(), match.end(), parsed[0], ordinal=parsed[1], worded=True))
    return iter(sorted(found, key=lambda numeral: numeral.start))


def _worded(text: str, said: frozenset[str]) -> Iterator[int]:
    """Where a number in words may begin."""
    if not said.isdisjoint(words.NUMBERS):
        for match in claims.WORD.finditer(text):
            if match.group().lower() in _WORDED:
                yield match.start()


def _mention(
    index: int, text: str, numeral: Numeral, span: tuple[int, int], claimed: Sequence[Claim], *, comma_decimal: bool
) -> Mention:
    start, end, value = numeral.start, numeral.end, numeral.value
    for claim in claimed:
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
    currency = _CURRENCY_BEFORE.search(before, _last(before, 8))
    value, upper, end = _magnified(text, value, upper, end, money=currency is not None)
    hedge = _hedge(before[: currency.start()] if currency else before)
    if text.startswith("+", end):
        hedge, end = hedge or "+", end + 1
    kind, unit, start, end = _typed(text, numeral, value, start, end, span[1], before, currency, ordinal=ordinal)
    return Mention(kind, value, unit, text[start:end], hedge, index, start, end, *span, upper=upper)


def _last(before: str, characters: int) -> int:
    """Where the last few characters begin: patterns that end where a number begins need not look further back."""
    return max(len(before) - characters, 0)


def _hedge(before: str) -> str | None:
    found = _HEDGE.search(before, _last(before, _WORDS_AWAY))
    return found.group(1).lower() if found else None


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
    word = _WORD_BEFORE.search(before, _last(before, _WORDS_AWAY))
    if word is None:
        return False
    reference = word.group(1).lower().rstrip(":")
    return reference in words.REFERENCES and not (
        reference in ("no", "part", "case", "item") and word.group(1).islower()
    )


def _range(text: str, end: int, before: str, *, comma_decimal: bool) -> tuple[Number, int] | None:
    """The upper end of a range and where it ends; "grew from 82 to 85" is a step, not a range."""
    joint = _RANGE.match(text, end) or _BETWEEN.match(text, end)
    following = NUMERAL.match(text, joint.end()) if joint else None
    if following is None or _GROWTH.search(before):
        return None
    if joint is not None and joint.re is _BETWEEN and not _BETWIXT.search(before):
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
    scaled = Decimal(str(value)) * scale
    return int(scaled) if scaled == int(scaled) else float(scaled)


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
    found = _WORD_BEFORE.search(before, _last(before, _WORDS_AWAY))
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
    match = _NUMBER_OF.search(before, _last(before, 2 * _WORDS_AWAY))
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
