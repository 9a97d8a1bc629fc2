"""Recognises what belongs to digits besides their separators: a sign, a leading decimal sign, a vulgar fraction, an exponent: "−5", ".75", "12½", "1.3e6"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from monitor.facts.any_of import any_of
from monitor.facts.numerals import Numeral, parse_numeral
from monitor.lexicon import words
from monitor.model import Number

_VULGAR = re.compile("[¼½¾⅐-⅞]")
_RARE = "⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_BEFORE_SIGN = frozenset("([{|:=/≥≤<>~≈$€£¥ \u00a0\u2009\u202f")
"""Characters before a sign or a leading decimal sign."""
_MINUS = frozenset("-−–")
_ALONE = re.compile(
    rf"[-–][\d.,]+(?: ?(?:[%‰€$£¥°]|(?-i:[A-Z]{{1,3}})\b|{any_of(sorted(words('numbers.degrees')))}\b)|$)",
    re.IGNORECASE,
)
"""A block that is a negative number with its unit only; "-5 members" at its start is an item of a list."""
_MIXED = re.compile(r"[ \u00a0\u2009\u202f]?([¼½¾⅐-⅞])")
_WRITTEN = re.compile(r"[ \u00a0](\d{1,2})/(\d{1,2})(?![\d/])")
_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 8, 10, 16})
_WHOLE_DIGITS = 3
_MOST_CHARS = 40
"""Maximum length of digits to which a vulgar fraction or an exponent is added: a float has a finite value for them. Longer ones are no quantities."""
_EXPONENT = re.compile(r"[eE](?P<sign>[-+−]?)(?P<digits>\d{1,2})(?![\w.])")
_NO_CENTS = (",-", ",–", ",—")
"""Decimal sign and dash after an amount without hundredths."""
_MOST = 18
"""Largest exponent that is evaluated."""


def extended(text: str, start: int, end: int, *, plain: bool, comma_decimal: bool) -> Numeral:
    """Return the numeral of the digits from `start` to `end` with what belongs to it.

    Args:
        text: The block's text.
        start: The start of the digits.
        end: The end of the digits and their separators.
        plain: Whether they are a bare run of digits.
        comma_decimal: Whether the page's language writes a decimal comma.
    """
    # See tests/monitor/facts/test_numeral_forms.py::test_a_number_has_its_sign_and_fraction.
    if text[end : end + 1] in "eE" and end < len(text) and (scientific := _scientific(text, start, end, plain=plain)):
        signed = text[start - 1 : start] in _MINUS and start and _is_sign(text, start - 1, end=scientific.end)
        return _negated(scientific) if signed else scientific
    if text.startswith(_NO_CENTS, end) and not text[end + 2 : end + 3].isalnum():
        # See tests/monitor/facts/test_money.py::test_a_dash_after_the_decimal_sign_means_no_cents.
        return Numeral(
            start, end, parse_numeral(text[start:end], comma_decimal="," not in text[start:end]), plain=plain
        )
    value: Number | None = None
    may_be_mixed = plain and end - start <= _MOST_CHARS and not text[end : end + 2].isascii()
    if may_be_mixed and (fraction := _MIXED.match(text, end)) is not None:
        value, end = int(text[start:end]) + unicodedata.numeric(fraction[1]), fraction.end()
    elif plain and end - start <= _WHOLE_DIGITS and (written := _WRITTEN.match(text, end)) is not None:
        above, below = int(written[1]), int(written[2])
        if 0 < above < below and below in _DENOMINATORS:
            value, end = float(f"{int(text[start:end]) + above / below:.7g}"), written.end()
    before = text[start - 1 : start]
    if before == "." or (before == "," and comma_decimal):
        opens = start == 1 or text[start - 2] in _BEFORE_SIGN
        if plain and opens and value is None and not text[end : end + 1].isalpha():
            value = parse_numeral(f"0{text[start - 1 : end]}", comma_decimal=before == ",")
            return Numeral(start - 1, end, value)
    elif before in _MINUS and start and _is_sign(text, start - 1):
        return Numeral(start - 1, end, None if value is None else -value, negative=True)
    return Numeral(start, end, value, plain=plain and value is None)


def _negated(numeral: Numeral) -> Numeral:
    return numeral._replace(start=numeral.start - 1, value=-(numeral.value or 0), negative=True)


def has_fraction(text: str) -> bool:
    """Return whether a text contains a vulgar fraction; many times as fast as a pattern."""
    return "½" in text or "¼" in text or "¾" in text or any(map(text.__contains__, _RARE))


def alone(text: str) -> Iterator[Numeral]:
    """Yield the vulgar fractions of a text that no digits precede: "½"."""
    for match in _VULGAR.finditer(text):
        start = match.start()
        if not text[max(start - 2, 0) : start].rstrip()[-1:].isdigit():
            yield Numeral(start, match.end(), round(unicodedata.numeric(match.group()), 7))


def _is_sign(text: str, at: int, *, end: int = 0) -> bool:
    """Return whether a dash before digits is a minus sign rather than a hyphen, the dash of a range or the mark of a list item.

    Args:
        text: The block's text.
        at: The offset of the dash.
        end: The end of a number that is more than digits, which may be the whole text.
    """
    if at == 0:
        return text[0] == "−" or end == len(text) or _ALONE.match(text) is not None
    if text[at - 1] not in _BEFORE_SIGN:
        return False
    return not text[max(at - 3, 0) : at].rstrip()[-1:].isdigit()


def _is_short_power(text: str, start: int, match: re.Match[str]) -> bool:
    """Return whether a digit with an exponent is a number, "1e5", rather than a name: "1E5", "12e6", "3e08"."""
    one = match.start() - start == 1 and text[start] != "0" and text[match.start()] == "e"
    return one and match["digits"][0] != "0" and text[start - 1 : start] not in ("-", "_", "/", ".")


def _scientific(text: str, start: int, end: int, *, plain: bool) -> Numeral | None:
    """Return a number in scientific notation, "1.3e6"; None if there is none. "12e6" without sign or decimals can be a name."""
    # See tests/monitor/facts/test_numeral_forms.py::test_endless_digits_have_no_infinite_value.
    match = _EXPONENT.match(text, end) if end - start <= _MOST_CHARS else None
    if match is None or text[start - 1 : start].isalnum():
        return None
    if plain and not match["sign"] and not _is_short_power(text, start, match):
        return None
    mantissa, exponent = text[start:end].replace(",", ".").replace("٫", "."), int(match["digits"])
    if mantissa.count(".") > 1 or exponent > _MOST or not mantissa.replace(".", "").isdecimal():
        return None
    value = float(f"{mantissa}e{'-' if match['sign'] in ('-', '−') else ''}{exponent}")
    return Numeral(start, match.end(), int(value) if value.is_integer() else value)
