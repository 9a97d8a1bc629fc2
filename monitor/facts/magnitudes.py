"""Recognises what multiplies a number or makes it a percentage: magnitudes ("million", "Mrd.", "lakh"), a half after them, percent signs and words."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from decimal import Decimal

from monitor.facts.currencies import CODES, SIGNS, behind, is_currency_first
from monitor.lexicon import by_language, own_words, phrases, values, words
from monitor.model import Number

_ANYWHERE = {word: int(value) for word, value in values("money.magnitudes").items()}
_DOZENS = {word: int(value) for word, value in values("number_words.scales").items() if value == 12}
_TIGHT = frozenset({"k", "m", "bn", "mn", "tn", "md", "mds", "b"})
"""Magnitudes only directly after the digits, or with a currency ("$81m", "5k", "4,5 Md€")."""
_WITH_MONEY = frozenset({"mm", "cr", "mdd", "mi", "bi", "tri", "rb", "jt"})
"""Magnitudes only with a currency ("US$ 1MM"); elsewhere they are units of measurement or other words."""
_BESIDE_MONEY = _TIGHT | _WITH_MONEY
_BEFORE_DE = frozenset({"mi", "bi", "tri"})
"""Abbreviations that "de" shows to be magnitudes: "3 mi de pessoas"."""
_IN_MILLIONS = frozenset(
    "people persons inhabitants residents citizens voters votes households homes families children women men adults pupils students workers employees jobs users "
    "customers subscribers members followers viewers listeners readers visitors visits tourists passengers patients refugees migrants displaced doses tests cases tonnes "
    "barrels acres hectares trees cars vehicles copies books downloads tickets records businesses companies".split()
)
"""Nouns after "1.8m" that show that it is not a length."""
_AGES = words("durations.after_ages")
_DOTTED = words("money.dotted_magnitudes")
_PREFIXES = {
    "k": 1_000,
    "t": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "mio": 1_000_000,
    "b": 10**9,
    "bn": 10**9,
    "md": 10**9,
    "mrd": 10**9,
}
"""Letters before an ISO 4217 code or a sign: "30 MUSD", "500 TEUR", "12 mnSEK", "5 T€"."""
_CODE_CHARS = 3
_FUSED = {word: int(value) for word, value in values("money.fused_magnitudes").items()}
_WITH_KRONE = {word: value for word, value in _FUSED.items() if word.endswith("kr")}
"""Those that have no other meaning on pages of any language."""
_FUSED_CHARS = 2
"""Length of "kr" and "ft", with which those words end."""

_NONE: Mapping[str, int] = {}
_LEADING = {
    code: {word: int(value) for word, value in values("money.leading_magnitudes", code).items()}
    for code, text in by_language("money.leading_magnitudes").items()
    if text
}
_LEADING_PARTS = {
    code: re.compile(
        rf" (?:{'|'.join(sorted(own_words('money.leading_joiners', code)))}) (?P<word>{'|'.join(sorted(found))}) (?P<digits>\d{{1,3}})(?![\w.,%])",
        re.IGNORECASE,
    )
    for code, found in _LEADING.items()
}
"""A further part of a number whose magnitudes precede it, by language."""

_PERCENT_SIGN = re.compile(r"[ \u00a0\u202f]?[%٪％]")
_PERCENT_WORDS = re.compile(
    rf"[ \u00a0\u202f-]?(?:{'|'.join(sorted(map(re.escape, phrases('money.percent')), key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
_PERCENT_FIRST = frozenset(re.split(r"[ -]", phrase)[0] for phrase in phrases("money.percent"))
_PERCENT_BEFORE = words("money.percent_before")
_PERCENT_SIGN_BEFORE = re.compile(r"(?:^|[^\d\s%])?(?:^|[\s(])[%٪]( ?)$")
_HALVES = {
    f"{joiner} {article}{half}"
    for language, joiners in by_language("number_words.fraction_joiners").items()
    for joiner in joiners.split()
    for article in ["", *(f"{word} " for word in own_words("number_words.articles", language))]
    for half, value in values("number_words.denominators", language).items()
    if value == 2
}
_AND_A_HALF = re.compile(rf" (?:{'|'.join(sorted(_HALVES, key=len, reverse=True))})\b", re.IGNORECASE)
_NEXT = re.compile(
    r"(?P<gap>[ \u00a0\u202f]?-?)(?P<word>[^\W\d_¼½¾⅐-⅞](?:[^\W\d_¼½¾⅐-⅞]|[\u0900-\u0903\u093c\u093e-\u094d])*)"
)
_PART = re.compile(
    r"[ \u00a0\u202f](?:و ?|(?P<joiner>[^\W\d_]{1,3}) )?(?P<digits>\d{1,3})(?!\d|[.,:/-]\d|[ \u00a0\u202f]?[%٪％])"
)
_BARE_DIGITS = 3
"""Digits of a last part without magnitude: "3 mil 500"."""
_SIGN = re.compile(rf"[ \u00a0\u202f]?[{re.escape(''.join(SIGNS))}](?!\s?\d)")
_BEHIND = re.compile(
    rf"[ \u00a0\u202f]?(?:[%٪％{re.escape(''.join(SIGNS))}]|-?([^\W\d_¼½¾⅐-⅞](?:[^\W\d_¼½¾⅐-⅞]|[\u0900-\u0903\u093c\u093e-\u094d])*)([{re.escape(''.join(SIGNS))}]?))"
)
_FIRST = frozenset(
    [*_ANYWHERE, *_DOZENS, *_FUSED, *values("money.own_magnitudes"), *_PERCENT_FIRST, "de", "di", "of", "d", "us", "r"]
)
"""First words of the magnitudes and percent words after a number, and words before a currency."""


def of_language(code: str) -> dict[str, int]:
    """Return the magnitudes of a language by its primary subtag: "billion" is 10⁹ or 10¹², "mil" is 1,000 in some languages only."""
    own = {
        word: int(value)
        for topic in ("money.own_magnitudes", "money.fused_magnitudes")
        for word, value in values(topic, code).items()
    }
    table = _ANYWHERE | _WITH_KRONE | (own if code else {"mil": 1_000})
    return table | {
        word: value for word, value in _DOZENS.items() if word in values("number_words.scales", code or "en")
    }


def leading(code: str) -> Mapping[str, int]:
    """Return the magnitudes that a language writes before a number: Swahili "milioni 3"."""
    return _LEADING.get(code, _NONE)


def after_leading(text: str, end: int, last: int, scale: int, code: str) -> tuple[int, int]:
    """Return what the parts after a number with a leading magnitude add to it, and their end offset: "milioni 3 na elfu 200".

    Args:
        text: The block's text.
        end: The end of the number.
        last: The end of the sentence.
        scale: The factor of that magnitude; each part is less than the one before.
        code: The primary subtag of the page's language.
    """
    added, part = 0, _LEADING_PARTS[code]
    while (match := part.match(text, end, last)) is not None:
        step = _LEADING[code][match["word"].lower()]
        value = int(match["digits"]) * step
        if not 0 < value < scale:
            break
        added, scale, end = added + value, step, match.end()
    return added, end


def may_follow(text: str, end: int) -> bool:
    """Return whether a magnitude, a percent sign or a currency may follow a number. Most numbers have none, and testing for each is slower."""
    match = _BEHIND.match(text, end)
    if match is None or match[1] is None or match[2]:
        return match is not None
    word = match[1].lower()
    return word in _FIRST or is_currency_first(word) or (len(word) > _CODE_CHARS and match[1][-_CODE_CHARS:] in CODES)


def _prefix(text: str, match: re.Match[str], table: Mapping[str, int]) -> tuple[int, int] | None:
    """Return the factor and the end offset of a magnitude that is written before a currency, "MUSD", "mnkr", "T€"; None if there is none."""
    # See tests/monitor/facts/test_money.py::test_a_magnitude_is_fused_with_its_currency.
    word, start = match["word"], match.start("word")
    if len(word) > _CODE_CHARS and word[-_CODE_CHARS:] in CODES:
        factor, end = _PREFIXES.get(word[:-_CODE_CHARS].lower()), match.end() - _CODE_CHARS
    elif text.startswith("€", match.end()):
        factor, end = _PREFIXES.get(word.lower()), match.end()
    else:
        lowered = word.lower()
        factor, end = table.get(lowered) if lowered in _FUSED else None, match.end() - _FUSED_CHARS
    return None if factor is None or end <= start else (factor, end)


def magnitude(
    text: str, end: int, table: Mapping[str, int], *, money: bool, decimals: bool = False, language: str = ""
) -> tuple[int, int]:
    """Return the factor that follows the number ending at `end`, and its end offset; factor 1 if there is none.

    Args:
        text: The block's text.
        end: The end of the number.
        table: The magnitudes of the page's language.
        money: Whether a currency precedes the number.
        decimals: Whether the number has decimals, so that "1.2b" is no name.
        language: The primary subtag of the page's language; empty if unknown.
    """
    # See tests/monitor/facts/test_money.py::test_a_magnitude_multiplies.
    scale = 1
    while (match := _NEXT.match(text, end)) is not None:
        word = match["word"]
        lowered = word.lower()
        if scale == 1 and (prefix := _prefix(text, match, table)) is not None:
            return prefix
        step = table.get(lowered)
        if step is None or (scale > 1 and step < 100_000):
            break
        stop = match.end()
        if lowered in leading(language) and text[stop + 1 : stop + 2].isdecimal():
            # "Mwaka 2020 milioni 3": the magnitude belongs to the next number.
            break
        with_money = (
            money
            or _SIGN.match(text, stop) is not None
            or (lowered in _BESIDE_MONEY and word != "mm" and behind(text, stop, language) is not None)
        )
        if not with_money and not _is_magnitude(text, match, decimals=decimals):
            break
        if lowered in _DOTTED and text.startswith(".", stop):
            stop += 1
        scale, end = scale * step, stop
        if scale >= 1_000_000:
            break
    return scale, end


def _is_magnitude(text: str, match: re.Match[str], *, decimals: bool) -> bool:
    """Return whether a word after a number without currency is a magnitude: "5k", but not "5 m"."""
    word = match["word"].lower()
    if word in _WITH_MONEY:
        # "5 MM de pesos", but "5 mm de lluvia".
        return (word in _BEFORE_DE or match["word"] == "MM") and text.startswith(" de ", match.end())
    if word == "bn":
        return True
    if word not in _TIGHT or (decimals and (word == "k" or (word == "b" and not match["gap"]))):
        return True
    counted = _NEXT.match(text, match.end())
    noun = counted["word"].lower() if counted is not None else ""
    if not match["gap"] and match["word"] != "m" and word != "b":
        # "32M ago" are minutes.
        return noun not in _AGES
    return (not match["gap"] or match["word"] == "M") and noun in _IN_MILLIONS


def further_parts(
    text: str, end: int, last: int, scale: int, table: Mapping[str, int], joiners: Container[str]
) -> tuple[int, int]:
    """Return what the parts after a number with a magnitude add to it, and their end offset: "1 millón 200 mil", "3 crore 50 lakh", "1 milyon 234 bin 567".

    See tests/monitor/facts/test_money.py::test_a_number_has_several_magnitudes.

    Args:
        text: The block's text.
        end: The end of the magnitude.
        last: The end of the sentence.
        scale: The factor of that magnitude; each part is less than the one before.
        table: The magnitudes of the page's language.
        joiners: The words for "and" of the page's language.
    """
    added = 0
    while scale >= 1_000 and (part := _PART.match(text, end, last)) is not None:
        value, word = int(part["digits"]), _NEXT.match(text, part.end(), last)
        name = word["word"].lower() if word is not None else ""
        step = 1 if name in _TIGHT or name in _WITH_MONEY else table.get(name, 1)
        joined = part["joiner"] is None or part["joiner"].lower() in joiners
        if not joined or not 0 < value * step < scale:
            break
        if step == 1:
            # Not "5k 300 people".
            bare = len(part["digits"]) == _BARE_DIGITS and part.start("digits") == end + 1
            return (added + value, part.end()) if scale == 1_000 and bare and text[end - 2].isalpha() else (added, end)
        assert word is not None
        added, scale, end = added + value * step, step, word.end()
        if name in _DOTTED and text.startswith(".", end, last):
            end += 1
    return added, end


def and_a_half(text: str, end: int) -> int | None:
    """Return the end offset of "and a half" after a magnitude, "2 millions et demi"; None if it does not follow."""
    match = _AND_A_HALF.match(text, end)
    return match.end() if match else None


def times(value: Number, scale: int) -> Number:
    """Multiply without floating-point error; the result is an int if it is whole."""
    if scale == 1:
        return value
    scaled = Decimal(str(value)) * scale
    return int(scaled) if scaled == int(scaled) else float(scaled)


def percent(text: str, end: int) -> int | None:
    """Return the end offset of the percent sign or word after a number; None if there is none."""
    match = _PERCENT_SIGN.match(text, end)
    if match is None and (word := _NEXT.match(text, end)) is not None and word["word"].lower() in _PERCENT_FIRST:
        match = _PERCENT_WORDS.match(text, end)
    return match.end() if match else None


def percent_before(before: str, tail: list[str], *, apart: bool) -> int:
    """Return the length of the percent sign or word at the end of a text, "%30", "yüzde 30"; 0 if there is none.

    Args:
        before: The text.
        tail: Its words, in lower case.
        apart: Whether the language writes a space after such a sign.
    """
    # See tests/monitor/facts/test_money.py::test_a_percentage_may_begin_with_its_sign.
    if tail and tail[-1] in _PERCENT_BEFORE:
        return len(before) - before.lower().rindex(tail[-1])
    if before[-2:].rstrip()[-1:] not in ("%", "٪"):
        return 0
    match = _PERCENT_SIGN_BEFORE.search(before, max(len(before) - 4, 0))
    return len(match.group().lstrip(" (")) if match is not None and (apart or not match[1]) else 0
