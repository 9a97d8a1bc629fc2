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
from monitor.facts import claims, labels, meaning, words
from monitor.facts.claims import Claim
from monitor.facts.numerals import NUMBER_WORDS, NUMERAL, Numeral, parse_numeral, parse_words
from monitor.model import Block, Mention, MentionType, Number, Version

_ORDINAL_MARK = re.compile(r"(?:st|nd|rd|th|e|er|ère|ème|º|ª|\.(?=\s+[a-zA-ZÄÖÜ]))\b|(?:º|ª)", re.IGNORECASE)
_MAGNITUDE = re.compile(
    rf"(?P<gap>[ \u00a0-]?)(?P<word>{'|'.join(sorted(words.MAGNITUDES, key=len, reverse=True))})\b\.?", re.IGNORECASE
)
_CURRENCY_BEFORE = re.compile(
    r"(?:US\$|NZ\$|AU?\$|C\$|HK\$|[$€£¥₹₽₺₩]|\b(?:USD|EUR|GBP|JPY|CHF|AUD|NZD|CAD|SEK|NOK|DKK|INR|CNY|RMB))\s?$",
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
COMMA_DECIMAL = frozenset("de fr es it pt nl da sv nb no fi pl cs ru tr el id ro hu uk".split())


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
    unit = meaning.unit_behind(label, 0, len(label)) if label else None
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
    currency = _CURRENCY_BEFORE.search(before, meaning.last(before, 8))
    value, upper, end = _magnified(text, value, upper, end, money=currency is not None)
    hedge = _hedge(before[: currency.start()] if currency else before)
    if text.startswith("+", end):
        hedge, end = hedge or "+", end + 1
    kind, unit, start, end = meaning.type_of(
        text, numeral, value, start, end, span[1], before, currency, ordinal=ordinal
    )
    return Mention(kind, value, unit, text[start:end], hedge, index, start, end, *span, upper=upper)


def _hedge(before: str) -> str | None:
    found = _HEDGE.search(before, meaning.last(before, meaning.WORDS_AWAY))
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
    word = meaning.WORD_BEFORE.search(before, meaning.last(before, meaning.WORDS_AWAY))
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
