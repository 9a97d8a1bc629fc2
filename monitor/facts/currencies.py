"""Recognises currencies before and after an amount: signs, ISO 4217 codes, and the names of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from monitor.lexicon import named

_COMMON = frozenset(
    "USD EUR GBP JPY CHF AUD NZD CAD HKD SGD SEK NOK DKK INR CNY RMB BRL PLN CZK MXN ZAR AED SAR EGP RUB KRW VND IDR".split()
)
"""Codes that are also written in lower case."""
CODES = _COMMON | frozenset(
    "AFN AMD ANG AOA ARS AWG AZN BBD BDT BGN BHD BIF BMD BND BOB BSD BTN BWP BYN BZD CDF CLP CRC CUC CVE DJF DOP DZD ERN ETB FJD FKP GEL GHS GIP GMD GNF GTQ "
    "GYD HNL HRK HTG HUF ILS IQD IRR ISK JMD JOD KES KGS KHR KMF KPW KWD KYD KZT LBP LKR LRD LSL LYD MDL MGA MKD MMK MNT MRU MUR MVR MWK MYR MZN NAD NGN NIO NPR "
    "OMR PAB PGK PKR PYG QAR RON RSD RWF SBD SCR SDG SHP SLE SRD SYP SZL THB TJS TRY TMT TND TTD TWD TZS UAH UGX UYU UZS VES VUV WST XAF XCD XOF XPF YER ZMW BTC".split()
)
"""Codes of ISO 4217 in capitals, except those that are English words ("ALL", "COP", "CUP", "MAD", "TOP")."""
_WORDLIKE = frozenset("ALL BAM COP CUP GEL LAK MAD MOP PEN PHP SOS TOP VES XPT".split())
"""Codes that are English words or abbreviations; recognised on pages of unknown language, at the end of a text."""
SIGNS = {
    "$": "USD", "€": "EUR", "£": "GBP", "₤": "GBP", "¥": "JPY", "￥": "JPY", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "₴": "UAH", "₫": "VND", "₱": "PHP",
    "₦": "NGN", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₮": "MNT", "₭": "LAK", "₼": "AZN", "₾": "GEL", "₿": "BTC", "฿": "THB", "৳": "BDT", "﷼": "IRR", "ƒ": "ANG", "₣": "CHF",
    "៛": "KHR", "֏": "AMD",
}  # fmt: skip
_PREFIXED = {
    "us$": "USD", "nz$": "NZD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "hk$": "HKD", "s$": "SGD", "r$": "BRL", "mx$": "MXN", "nt$": "TWD", "rd$": "DOP",
    "cuc$": "CUC", "tt$": "TTD", "j$": "JMD", "jm$": "JMD", "bz$": "BZD", "n$": "NAD", "z$": "ZWL", "fj$": "FJD", "b$": "BND", "e£": "EGP", "le£": "EGP", "ls£": "SYP", "r₣": "RWF",
    "t$": "TOP", "ws$": "WST", "ec$": "XCD", "ci$": "KYD", "l$": "LRD", "gy$": "GYD", "si$": "SBD", "mop$": "MOP", "bd$": "BBD", "bds$": "BBD", "mex$": "MXN", "u$": "USD", "col$": "COP",
    "clp$": "CLP", "cn¥": "CNY", "jp¥": "JPY", "gh₵": "GHS", "usd$": "USD", "cad$": "CAD", "aud$": "AUD", "sg$": "SGD", "s£": "SYP", "l£": "LBP", "i£": "ILS", "arg$": "ARS", "p$": "UYU",
    "ar$": "ARS", "cdn$": "CAD", "can$": "CAD", "u$s": "USD", "ngn₦": "NGN",
}  # fmt: skip
_LETTERS_BEFORE = {
    "Fr.": "CHF", "SFr.": "CHF", "Rs": "INR", "Rs.": "INR", "RS": "INR", "RM": "MYR", "Rp": "IDR", "Rp.": "IDR", "KSh": "KES", "KD": "KWD", "TL": "TRY", "kr": "", "kr.": "", "Kr": "",
    "Kr.": "",
}  # fmt: skip
"""Abbreviations before an amount; "" if the page's language decides. Their case matters: "Rm. 12" is a room."""
_LETTERS_BEHIND = {
    "Ft": "HUF", "Nu": "BTN", "CFA": "XOF", "kn": "HRK", "KD": "KWD", "LD": "LYD", "DT": "TND", "Ks": "MMK", "GFr": "GNF", "SFr": "CHF", "Br": "BYN", "RM": "MYR", "Rp": "IDR", "KSh": "KES",
    "som": "KGS", "so'm": "UZS", "so’m": "UZS", "B/.": "PAB", "S/": "PEN", "ر.س": "SAR", "ج.م": "EGP", "ع.د": "IQD", "د.ع": "IQD", "د.ك": "KWD", "د.ج": "DZD", "ل.س": "SYP", "ل.ل": "LBP",
    "د.إ": "AED", "د.م": "MAD", "د.ت": "TND", "ر.ق": "QAR", "ر.ع": "OMR", "රු": "LKR", "DA": "DZD", "DH": "MAD", "Dh": "AED", "Dhs": "AED", "DHS": "AED", "VNĐ": "VND", "F CFA": "XOF", "F.CFA": "XOF", 'ש"ח': "ILS", "ש״ח": "ILS", "B/": "PAB", "BD": "BHD", "JD": "JOD", "QR": "QAR", "SR": "SAR", "YR": "YER", "LE": "EGP", "LL": "LBP", "LS": "SYP", "FCFA": "XOF", "FC": "CDF",
    "FBu": "BIF", "FRw": "RWF", "FG": "GNF", "Fdj": "DJF", "Kz": "AOA", "MK": "MWK", "MT": "MZN", "MTn": "MZN", "NRs": "NPR", "Nrs": "NPR", "TSh": "TZS", "USh": "UGX", "VT": "VUV", "ZK": "ZMW",
    "Tk": "BDT", "UM": "MRU", "Nfk": "ERN", "Gs": "PYG", "Bs": "BOB", "Bs.": "BOB", "Lek": "ALL", "Le": "SLE", "Ar": "MGA", "Afl.": "AWG", "Esc": "CVE", "KM": "BAM", "din": "RSD", "din.": "RSD",
    "дин": "RSD", "ден": "MKD", "сом": "KGS", "сум": "UZS", "сўм": "UZS", "Lt": "LTL", "Ls": "LVL", "S/.": "PEN", "Rs": "INR", "Rs.": "INR", "Fr.": "CHF", "Kr": "SEK", "SRls": "SAR", "RO": "OMR",
    "ب.د": "BHD", "ل.د": "LYD", "د.ا": "JOD", "ج.س": "SDG", "ر.ي": "YER", "৲": "BDT", "රු.": "LKR", "ރ": "MVR",
}  # fmt: skip
"""Abbreviations after an amount; their case matters. Those of letters only are recognised on pages of unknown language, at the end of a text: "12 KM" can be a distance."""
_LETTERS_ALONE = {
    "U$S": "USD",
    "U$D": "USD",
    "$U": "UYU",
    "S/": "PEN",
    "NIS": "ILS",
    "Php": "PHP",
    "DHS": "AED",
    "₨": "INR",
    "රු": "LKR",
    "रु": "INR",
}
_SINGLE = {"R": "ZAR", "Q": "GTQ", "L": "HNL", "P": "BWP", "D": "GMD", "F": "XOF", "K": "PGK"}
"""Letters before an amount with hundredths that is a whole text."""
WHOLE = frozenset("BIF CLP DJF GNF HUF IDR IRR IRT ISK JPY KMF KRW LAK PYG RWF UGX VND VUV XAF XOF XPF".split())
"""Currencies whose prices have no decimals, by ISO 4217 or in practice: "300.000 VND" is 300,000."""
_THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
"""Currencies of 1,000 subunits."""
_POINT = frozenset("USD GBP CAD AUD NZD JPY CHF INR CNY HKD SGD".split())
"""Currencies whose countries mostly write a decimal point."""
_ENDS = frozenset({"", "/", "|", "."})
_SHORT = 3
"""Names of at most this length are recognised on pages of their language only."""

_SIGN_CLASS = re.escape("".join(SIGNS))
_BEFORE = re.compile(
    rf"(?:(?P<sign>\b[A-Z]{{1,4}}(?= ?[$£₣¥₵])) ?)?(?P<mark>[{_SIGN_CLASS}])[ \u00a0\u202f]?$|(?<!\w)(?P<word>[^\W\d_]{{2,4}}\.?)[ \u00a0\u202f]?$",
    re.IGNORECASE,
)
_LONGEST_BEFORE = 8
_WORD = re.compile(
    r"[ \u00a0\u202f-]?(?:(?:de|di|of)[ \u00a0]|d['’])?(?:US[- ])?((?:[^\W\d_][\u0900-\u0903\u093a-\u094f]*)+)"
)
_SECOND = re.compile(r"[ \u00a0]((?:[^\W\d_][\u0900-\u0903\u093a-\u094f]*)+)")
_SIGN = re.compile(rf"[ \u00a0\u202f]?(?P<sign>[A-Za-z]{{1,4}}(?=[$£₣¥₵]))?(?P<mark>[{_SIGN_CLASS}])(?!\s?\d)")
_LETTERS = re.compile(
    rf"[ \u00a0\u202f]?({'|'.join(sorted(map(re.escape, _LETTERS_BEHIND), key=len, reverse=True))})(?!\w)"
)
_NAMES = {name: code for name, code in named("money.currencies").items() if len(name) > _SHORT}
_ALL_NAMES = named("money.currencies")
_BEFORE_WORDS = frozenset([*map(str.lower, _LETTERS_BEFORE), *(code.lower() for code in CODES)])
_FIRST = frozenset(
    [
        *(name.split()[0] for name in _ALL_NAMES),
        *(code.lower() for code in (*CODES, *_WORDLIKE)),
        *(re.split(r"\W", text)[0].lower() for text in _LETTERS_BEHIND),
    ]
)


class Currency(NamedTuple):
    """A currency beside an amount.

    Attributes:
        code: Its ISO 4217 code; "IRT" for the Iranian toman, which has none.
        at: The offset at which it begins (before an amount) or ends (after it).
        is_name: Whether it is written as a name, "dollars".
    """

    code: str
    at: int
    is_name: bool = False


@lru_cache(maxsize=64)
def names_in(language: str) -> Mapping[str, str]:
    """Return the codes of the currency names on pages of a language; "" (unknown language) has those of all."""
    return (_NAMES if language else _ALL_NAMES) | named("money.currencies", language or "en")


def is_currency_first(word: str) -> bool:
    """Return whether a word, in lower case, can begin a currency after an amount."""
    return word in _FIRST


def is_whole(code: str, language: str) -> bool:
    """Return whether an amount such as "12.500" is a whole number of thousands rather than 12 and a half.

    This is so where the currency has no decimals. On pages of unknown language it is also so where its countries write a decimal comma and it has no
    thousandths, because prices have three decimals almost nowhere else.
    """
    # See tests/monitor/facts/test_money.py::test_an_amount_without_decimals_has_thousands.
    return code in WHOLE or (not language and code not in _THOUSANDTHS and code not in _POINT)


def alone(text: str, *, hundredths: bool) -> Currency | None:
    """Return the currency that a text before an amount consists of, where nothing follows the amount: "Bs. ", "FCFA ", "PHP "; None if it is none.

    Args:
        text: The text before the amount, from the beginning of the block.
        hundredths: Whether the amount has two decimals; single letters are currencies only then.
    """
    # See tests/monitor/facts/test_money.py::test_a_price_alone_has_its_currency_before_it.
    written = text.strip(" \u00a0\u202f")
    code = _LETTERS_BEHIND.get(written) or _LETTERS_ALONE.get(written)
    code = code or (written if written in _WORDLIKE else None) or (_SINGLE.get(written) if hundredths else None)
    code = code or _ALL_NAMES.get(written.lower()) if len(written) > 1 else code
    return Currency(code, len(text) - len(text.lstrip())) if code else None


def before(text: str, language: str) -> Currency | None:
    """Return the currency at the end of a text: "$", "US$ ", "EUR ", "Rp "; None if there is none."""
    # See tests/monitor/facts/test_money.py::test_a_currency_before_an_amount_makes_it_money.
    end = text[-_LONGEST_BEFORE:].rstrip(" \u00a0\u202f")
    if end[-1:] not in SIGNS and end.rpartition(" ")[2].lstrip("([\"'").lower() not in _BEFORE_WORDS:
        return None
    match = _BEFORE.search(text, max(len(text) - _LONGEST_BEFORE, 0))
    if match is None:
        return None
    if match["mark"]:
        prefixed = _PREFIXED.get(f"{match['sign'] or ''}{match['mark']}".lower())
        start = match.start() if prefixed else match.start("mark")
        return Currency(prefixed or SIGNS[match["mark"]], start)
    # "1 EUR = 1.2 USD 110 users": a currency code after an amount belongs to that amount.
    if text[: match.start()].rstrip()[-1:].isdigit():
        return None
    word = match["word"]
    code = _code(word.rstrip(".")) or _LETTERS_BEFORE.get(word)
    if code == "":
        code = names_in(language).get("kr")
    return Currency(code, match.start()) if code else None


def behind(text: str, end: int, language: str) -> Currency | None:
    """Return the currency after an amount: "€", "RD$", "euros", "d'euros", "francs suisses", "PLN"; None if there is none."""
    # See tests/monitor/facts/test_money.py::test_a_currency_after_an_amount_makes_it_money.
    if (sign := _SIGN.match(text, end)) is not None:
        prefixed = _PREFIXED.get(f"{sign['sign'] or ''}{sign['mark']}".lower())
        return Currency(prefixed or SIGNS[sign["mark"]], sign.end())
    letters = _LETTERS.match(text, end)
    if letters is not None and (not letters[1].isalpha() or _is_alone(text, letters.end(), language)):
        return Currency(_LETTERS_BEHIND[letters[1]], letters.end())
    word = _WORD.match(text, end)
    if word is None:
        return None
    names, first = names_in(language), word[1].lower()
    if (second := _SECOND.match(text, word.end())) is not None and (code := names.get(f"{first} {second[1].lower()}")):
        return Currency(code, second.end(), is_name=True)
    if (code := names.get(first)) is not None:
        return Currency(code, word.end(), is_name=True)
    code = _code(word[1]) or (word[1] if word[1] in _WORDLIKE and _is_alone(text, word.end(), language) else None)
    return Currency(code, word.end()) if code else None


def _is_alone(text: str, end: int, language: str) -> bool:
    """Return whether letters after an amount can only be its currency: at the end of a text, as in a table of prices, on a page of unknown language."""
    return not language and text[end : end + 2].strip() in _ENDS


def _code(word: str) -> str | None:
    """Return a word if it is a currency code; capitals are required of the less common ones."""
    if word in CODES or word.upper() in _COMMON:
        return "CNY" if word.upper() == "RMB" else word.upper()
    return None
