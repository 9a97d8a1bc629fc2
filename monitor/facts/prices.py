"""Recognises amounts of money: the currency before or after a number, and the hundredths after it."""

from __future__ import annotations

import re

from monitor.facts import currencies
from monitor.facts.amounts import Amount
from monitor.facts.currencies import Currency
from monitor.facts.number_in_context import WORDS_AWAY, NumberInContext, as_mention, text_start
from monitor.facts.numerals import Numeral
from monitor.lexicon import words
from monitor.model import Mention, MentionType, Number

_CENT_DIGITS = 2
_MINUS = frozenset("-−–")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
_WORD = re.compile(r"[ \u00a0]([^\W\d_]+)")
_CENTS_APART = re.compile(r"(?: ?[.,] ?| )(\d\d)$")
_HUNDREDTHS = re.compile(r"[.,]\d\d$")
_CURRENCY_CHARS = 8
_NO_CENTS = tuple(f"{sign}{dash}" for sign in ",." for dash in "-–—")
"""Decimal sign and dash after an amount without hundredths."""
_SPLIT = re.compile(r"([€$£])(\d\d)(?!\d)| ([€$£]) (\d\d)$")
_SUBUNITS = words("money.subunits")


def with_currency(number: NumberInContext) -> NumberInContext:
    """Return the number with the currency before it, if there is one that does not belong to the preceding amount: "1.18 USD 231 users"."""
    # See tests/monitor/facts/test_labels.py::test_a_currency_belongs_to_one_amount.
    before, last = number.before, number.last
    currency = currencies.before(before, number.here.page.locale.code)
    if currency is None and _is_price_alone(number):
        currency = _alone(number)
    if currency is None and before[-1:] == "R" and not number.numeral.plain and not before[-2:-1].isalnum():
        # "R8,499", but not "R2".
        currency = Currency("ZAR", len(before) - 1)
    if currency is None:
        return number
    if last is not None and last.end > number.numeral.start - len(before) + currency.at:
        return number
    before = before[: currency.at]
    return number._replace(before=before, tail=before[-WORDS_AWAY:].lower().split(), currency=currency)


def _is_price_alone(number: NumberInContext) -> bool:
    """Return whether a block on a page of unknown language consists of an amount with a few letters before it, as in a table of prices."""
    start, text = number.numeral.start, number.here.text
    return 0 < start <= _CURRENCY_CHARS and len(text) - number.numeral.end <= 2 and not number.here.page.locale.code


def _alone(number: NumberInContext) -> Currency | None:
    """Return the currency that all text before a number consists of; None if it is none."""
    here, numeral = number.here, number.numeral
    hundredths = _HUNDREDTHS.search(here.text[numeral.start : numeral.end]) is not None
    currency = currencies.alone(here.text[: numeral.start], hundredths=hundredths)
    return None if currency is None else currency._replace(at=max(currency.at - here.start, 0))


def money(number: NumberInContext, amount: Amount, hedge: str | None) -> Mention | None:
    """Return the mention of an amount of money; None for any other number."""
    here, start, language = number.here, number.numeral.start, number.here.page.locale.code
    value = amount.value
    if number.currency is not None:
        currency, end = number.currency, amount.end
        start = text_start(number) + currency.at
        if here.text[start - 1 : start] in _MINUS and start and not here.text[max(start - 2, 0) : start - 1].strip():
            start, value = start - 1, -abs(value)
        currency, end = _named_dollar(number, currency, end)
    elif number.numeral.plain and (split := _SPLIT.match(here.text, amount.end)) is not None:
        # "12€50", "12 € 50" as the whole text
        sign, cents = split[1] or split[3], split[2] or split[4]
        currency, end = Currency(currencies.SIGNS[sign], split.end()), split.end()
        value = round(value + int(cents) / 100, 2)
    else:
        no_cents = here.text.startswith(_NO_CENTS, amount.end)
        bare = amount.bare and not no_cents
        behind = None if bare else currencies.behind(here.text, amount.end + 2 * no_cents, language)
        if behind is None:
            return None
        currency, end = behind, behind.at
    written = here.text[number.numeral.start : number.numeral.end]
    if number.currency is not None and number.numeral.plain and (apart := _CENTS_APART.match(here.text, end)):
        # "$119. 95", "€ 119 95" as the whole text
        value, end = round(value + int(apart[1]) / 100, 2), apart.end()
    elif amount.upper is None and amount.end == number.numeral.end:
        if currencies.is_whole(currency.code, language) and _GROUPED.fullmatch(written) and abs(value) < 1_000:
            # "300.000 VND", not 300
            value = int(re.sub(r"\D", "", written))
        value, end = _with_cents(number, currency, value, end)
    return as_mention(here, MentionType.MONEY, value, currency.code, start, end, hedge=hedge, upper=amount.upper)


def _named_dollar(number: NumberInContext, currency: Currency, end: int) -> tuple[Currency, int]:
    """Return the currency of an amount after a bare "$", and the end of the amount: "$1,299 MXN" is in pesos; "$12 EUR 11" is two amounts."""
    text = number.here.text
    if currency.code != "USD" or not text[end : end + 2].strip()[:1].isupper():
        return currency, end
    code = currencies.behind(text, end, number.here.page.locale.code)
    if (
        code is None
        or code.is_name
        or not text[code.at - len(code.code) : code.at].isupper()
        or text[code.at : code.at + 2].strip()[:1].isdigit()
    ):
        return currency, end
    return code, code.at


def _with_cents(number: NumberInContext, currency: Currency, value: Number, end: int) -> tuple[Number, int]:
    """Return an amount with the hundredths after it, and its end: "3 dollars 50 cents", "zwei Euro fünfzig", "12€50"."""
    # See tests/monitor/facts/test_money.py::test_hundredths_belong_to_their_amount.
    here, following = number.here, number.following
    if not isinstance(value, int) or not isinstance(following, Numeral) or following.negative or following.ordinal:
        return value, end
    cents = here.value(following)
    if not isinstance(cents, int) or not 0 < cents < 100 or following.start < end:
        return value, end
    between = here.text[end : following.start].strip().lower()
    size = following.end - following.start
    if between and not (currency.is_name and between in here.page.locale.number_words.fraction_joiners):
        return value, end
    subunit = _WORD.match(here.text, following.end)
    if subunit is not None and subunit[1].lower() in _SUBUNITS:
        return round(value + cents / 100, 2), subunit.end()
    is_last = following.end >= here.end or here.text[following.end] in ".,;:!?)"
    if currency.is_name and is_last and (following.worded or size == _CENT_DIGITS):
        return round(value + cents / 100, 2), following.end
    return value, end
