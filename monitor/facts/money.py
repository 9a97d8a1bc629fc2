"""Recognises what multiplies a number or makes it a percentage or money: magnitudes, percent signs and words, currencies before and after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from monitor.model import Number

_MAGNITUDES = {
    1_000: "thousand k tausend mille mila duizend ألف آلاف الف آلافا ألفا tys tis tusen tusind тыс тысяч тысячи χιλιάδες هزار हज़ार हजार",
    1_000_000: "million millions millionen mio mln mn m millón millones milione milioni milhão milhões miljoen miljoenen مليون مليونا ملايين milion miliony milionów milionu milionů "
    "millioner miljon miljoner млн миллион миллиона миллионов εκατ εκατομμύρια میلیون",
    10
    ** 9: "billion billions bn milliard milliards milliarde milliarden mrd mld md mds miliardo miliardi miljard miljarden bilhão bilhões مليار مليارا مليارات "
    "miliard miliardy miliardów miliardů milliarder miljarder млрд миллиард миллиарда миллиардов δισ δισεκατομμύρια میلیارد",
    100_000: "लाख",
    10_000_000: "करोड़ करोड़",
    10**12: "trillion trillions tn billón billones billionen biljoen biliões trilhão trilhões تريليون",
    100: "hundred",
}
_SHORT = {word: scale for scale, words in _MAGNITUDES.items() for word in words.split()}
_LONG_SCALE = frozenset({"de", "fr", "nl", "da", "sv", "nb", "no", "fi", "pl", "cs", "hu"})
"""Languages in which a billion is a million millions."""
_MIL = frozenset({"es", "pt", "ca", "gl"})
_ABBREVIATED = {"da": {"mia": 10**9}, "cs": {"mil": 1_000_000}, "sk": {"mil": 1_000_000}}
"""Abbreviations that are a name or another number in other languages."""
_TIGHT = frozenset({"k", "m", "bn", "mn", "tn", "md", "mds"})
"""Magnitudes only directly after the digits, or with a currency ("$81m", "5k", "4,5 Md€")."""
_IN_MILLIONS = frozenset(
    "people persons inhabitants residents citizens voters votes households homes families children women men adults pupils students workers employees jobs users "
    "customers subscribers members followers viewers listeners readers visitors visits tourists passengers patients refugees migrants displaced doses tests cases tonnes "
    "barrels acres hectares trees cars vehicles copies books downloads tickets records businesses companies".split()
)
"""Nouns after "1.8m" that show that it is not a length."""
_DOTTED = frozenset({"mio", "mrd", "mln", "mld", "tys", "tis", "mia", "тыс", "εκατ", "δισ"})
"""Abbreviations with a full stop of their own."""

_CODES = "USD EUR GBP JPY CHF AUD NZD CAD HKD SGD SEK NOK DKK INR CNY RMB BRL PLN CZK MXN ZAR AED SAR EGP TRY RUB KRW"
_SYMBOLS = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "₴": "UAH",
}
_PREFIXES = {
    "us$": "USD", "nz$": "NZD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "hk$": "HKD", "s$": "SGD", "r$": "BRL", "mx$": "MXN",
    "fr.": "CHF", "sfr.": "CHF", "rs": "INR", "rs.": "INR",
}  # fmt: skip
_NAMES = {
    "dollar|dollars|dólar|dólares|dollaro|dollari|دولار|دولارا|دولارات": "USD",
    "euro|euros|يورو": "EUR",
    "pounds|pounds sterling|pfund|britische pfund|livres sterling|sterline|libras esterlinas|جنيه إسترليني": "GBP",
    "yen|yens|ين ياباني": "JPY",
    "rupees|rupien|roupies|rupias": "INR",
    "francs suisses|schweizer franken|franken|francos suizos|franchi svizzeri|francos suíços|zwitserse frank|فرنك سويسري": "CHF",
    "reais|real brasileiro": "BRL",
    "kr": "SEK",
    "zł|złotych|złote": "PLN",
    "kč|korun": "CZK",
    "ريال سعودي": "SAR",
    "جنيه مصري": "EGP",
    "درهم إماراتي": "AED",
}
CURRENCIES: Mapping[str, str] = (
    {code.lower(): "CNY" if code == "RMB" else code for code in _CODES.split()}
    | _SYMBOLS
    | _PREFIXES
    | {name: code for names, code in _NAMES.items() for name in names.split("|")}
)
"""Symbols, codes and names, in lower case, to ISO 4217 codes."""

_SIGNS = "".join(_SYMBOLS)
_PREFIX = rf"(?:(?:US|NZ|AU?|CA?|HK|S|R|MX)?\$|[{re.escape(_SIGNS)}]|\b(?:{'|'.join(_CODES.split())})\b|\b(?:S?Fr\.|Rs\.?(?=\s?$)))"
BEFORE = re.compile(rf"{_PREFIX}[ \u00a0\u202f]?$", re.IGNORECASE)
_LONGEST_BEFORE = 8
_CODES_BEFORE = frozenset([*_CODES.lower().split(), "fr.", "rs."])
"""The last three letters of the matches of `_PREFIX`, except symbols and "Rs"."""
_WORD = re.compile(r"[ \u00a0\u202f-]?(?:(?:de|di|of)[ \u00a0]|d['’])?(?:US[- ])?([^\W\d_]+)")
_SECOND = re.compile(r"[ \u00a0]([^\W\d_]+)")
_SIGN = re.compile(rf"[ \u00a0\u202f]?(R\$|[{re.escape(_SIGNS)}])(?!\s?\d)")
_PERCENT_SIGN = re.compile(r"[ \u00a0\u202f]?[%٪％]")
_PERCENT_WORDS = re.compile(
    r"[ \u00a0\u202f-]?(?:percent|per cent|pct|percentage points?|prozent|prozentpunkte?n?|pour cent|por ciento|por cento|per cento|procent|"
    r"procentpunten|procenta?|proc\.|процент\w*|τοις εκατό|százalék|درصد|प्रतिशत|パーセント|بالمئة|بالمائة|في المئة|في المائة)\b",
    re.IGNORECASE,
)
_PERCENT_FIRST = frozenset(
    "percent per pct percentage prozent prozentpunkte prozentpunkten pour por procent procentpunten procenta proc процент процента процентов τοις százalék درصد प्रतिशत パーセント "
    "بالمئة بالمائة في".split()
)
_AND_A_HALF = re.compile(r" (?:and a half|et demie?|y medi[oa]|e mezz[oa]|e mei[oa])\b", re.IGNORECASE)
_NEXT = re.compile(r"(?P<gap>[ \u00a0\u202f]?-?)(?P<word>[^\W\d_]+)")
_BEHIND = re.compile(rf"[ \u00a0\u202f]?(?:[%٪％{re.escape(_SIGNS)}]|-?([^\W\d_]+))")
_FIRST = frozenset(
    [
        *_SHORT,
        "mil",
        "mia",
        *_PERCENT_FIRST,
        *(name.split()[0] for name in CURRENCIES),
        "de",
        "di",
        "of",
        "d",
        "us",
        "r",
    ]
)
"""First words of the magnitudes, percent words and currencies after a number."""


def magnitudes(code: str) -> dict[str, int]:
    """Return the magnitudes of a language by its primary subtag: "billion" is 10⁹ or 10¹², "mil" is 1,000 in some languages only."""
    table = dict(_SHORT)
    if code in _LONG_SCALE:
        table |= {"billion": 10**12, "billions": 10**12, "trillion": 10**18, "trillions": 10**18}
    if code in _MIL or not code:
        table["mil"] = 1_000
    table |= _ABBREVIATED.get(code, {})
    return table


def may_follow(text: str, end: int) -> bool:
    """Return whether a magnitude, a percent sign or a currency may follow a number. Most numbers have none, and testing for each is slower."""
    match = _BEHIND.match(text, end)
    return match is not None and (match[1] is None or match[1].lower() in _FIRST)


def magnitude(text: str, end: int, table: Mapping[str, int], *, money: bool) -> tuple[int, int]:
    """Return the factor that follows the number ending at `end`, and its end offset; factor 1 if there is none."""
    scale = 1
    while (match := _NEXT.match(text, end)) is not None:
        word = match["word"]
        lowered = word.lower()
        step = table.get(lowered)
        if step is None or (scale > 1 and step < 1_000_000):
            break
        stop = match.end()
        if lowered in _TIGHT and not money and (match["gap"] or word == "m") and _SIGN.match(text, stop) is None:
            counted = _NEXT.match(text, stop)
            if match["gap"] or counted is None or counted["word"].lower() not in _IN_MILLIONS:
                break
        if lowered in _DOTTED and text.startswith(".", stop):
            stop += 1
        scale, end = scale * step, stop
        if scale >= 1_000_000:
            break
    return scale, end


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


def currency_before(before: str) -> re.Match[str] | None:
    """Return the match of the currency at the end of a text: "$", "US$ ", "EUR "; None if there is none."""
    end = before[-_LONGEST_BEFORE:].rstrip(" \u00a0\u202f")
    if end[-1:] not in _SYMBOLS and end[-3:].lower() not in _CODES_BEFORE and end[-2:].lower() != "rs":
        return None
    match = BEFORE.search(before, max(len(before) - _LONGEST_BEFORE, 0))
    # "1 EUR = 1.2 USD 110 users": a currency code after an amount belongs to that amount.
    if match is not None and match.group().strip().isalpha() and before[: match.start()].rstrip()[-1:].isdigit():
        return None
    return match


def currency_code(before: re.Match[str]) -> str:
    """Return the ISO 4217 code of a match of `currency_before`."""
    return CURRENCIES[before.group().strip().lower()]


def currency_behind(text: str, end: int) -> tuple[str, int] | None:
    """Return the ISO 4217 code and the end offset of the currency after an amount: "€", "euros", "d'euros", "francs suisses"; None if there is none."""
    if (sign := _SIGN.match(text, end)) is not None:
        return CURRENCIES[sign[1].lower()], sign.end()
    word = _WORD.match(text, end)
    if word is None:
        return None
    first = word[1].lower()
    if (second := _SECOND.match(text, word.end())) is not None:
        code = CURRENCIES.get(f"{first} {second[1].lower()}")
        if code is not None:
            return code, second.end()
    code = CURRENCIES.get(first)
    return (code, word.end()) if code is not None else None
