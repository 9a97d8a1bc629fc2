"""Builds the mention of one number in its sentence: its value or range, type, unit and hedge. Ordinals ("82nd partner") are recognised here."""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.facts import (
    change_phrases,
    currencies,
    hedges,
    lexer,
    magnitudes,
    mention_types,
    names,
    ranges,
    shares,
    units,
    unreadable,
    vocabulary,
)
from monitor.facts.context import Sentence
from monitor.facts.currencies import Currency
from monitor.facts.lexer import NumberToken
from monitor.facts.numerals import NUMERAL, Numeral, parse_numeral
from monitor.lexicon import words
from monitor.model import Mention, MentionType, Number

_ORDINAL_MARK = re.compile(
    r"(?:st|nd|rd|th|e|er|re|ère|ème|eme|ième|de|te|ste)\b(?!['’])|\.?[ºª]|°(?=\s[^\W\d_])", re.IGNORECASE
)
_ORDINAL_MARKS = frozenset("snrteèidSNRTEÈID.ºª°")
_DEGREE_ORDINALS = frozenset({"it", "es", "pt", "fr"})
_AND_ON = re.compile(r"\s?(?:,|and|&|et|und|y|e|en|of|de|von|van|di|من|/|-|–|to)\s?")
_PARTITIVE = re.compile(r"\s(?:of|de|di|du|des|del)\b|\sd['’]", re.IGNORECASE)
_ONWARD = frozenset({"-", "–", "/"})
_AND_ON_CHARS = 6
_TOTAL = 3
"""Minimum ratio of an end value to the difference that led to it."""
_LED_TO = frozenset({MentionType.DATE, MentionType.TIME})
_AND_DAYS = frozenset({", ", "., ", ".,"})
_UNTIL = frozenset("-–—") | words("times.until")
_DAY = re.compile(r"\d{1,2}(?!\d)")
_HOURS = 24
_HOUR, _CLOCK = 2, 5
"""Lengths of "17" and of "17.30", in characters."""
_LEAST_SCALE = 100
_DOTTED_DIGITS = 3
_YEAR_DIGITS = 4
_CENT_DIGITS = 2
_MINUS = frozenset("-−–")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
_WORD = re.compile(r"[ \u00a0]([^\W\d_]+)")
_NEXT_WORD = re.compile(r"(?P<gap>[ \u00a0-])(?P<word>[^\W\d_]+)")
_CENTS_APART = re.compile(r"(?: ?[.,] ?| )(\d\d)$")
_HUNDREDTHS = re.compile(r"[.,]\d\d$")
_CURRENCY_CHARS = 8
_NO_CENTS = tuple(f"{sign}{dash}" for sign in ",." for dash in "-–—")
"""Decimal sign and dash after an amount without hundredths."""
_SPLIT = re.compile(r"([€$£])(\d\d)(?!\d)| ([€$£]) (\d\d)$")
_MINUS_WORDS = words("numbers.minus")
_SUBUNITS = words("money.subunits")
_WORDS_AWAY = 64
"""Characters before a number from which the words before it are taken."""
_BEFORE = 192
"""Characters before a number that are examined."""


def mention(
    here: Sentence, numeral: Numeral, following: Numeral | NumberToken | None, last: Mention | None
) -> Mention | None:
    """Return the mention of a number, or None if the number states nothing.

    Args:
        here: The sentence that contains the number.
        numeral: The number as written.
        following: The next numeral or token of the block; None if there is none.
        last: The preceding mention of the block; None if there is none.
    """
    before = here.text[max(here.start, numeral.start - _BEFORE) : numeral.start]
    number = _Number(here, numeral, following, last, before, before[-_WORDS_AWAY:].lower().split())
    value = here.value(numeral)
    if value is not None and number.tail and number.tail[-1] in _MINUS_WORDS and not numeral.negative:
        number, value = _negated(number, value)
        numeral, before = number.numeral, number.before
    if value is not None and number.tail and (led := _led(number, value)) is not None:
        number, value = led
        numeral, before = number.numeral, number.before
    if value == 0 and numeral.worded and _is_no_quantity(number):
        return None
    if numeral.end < here.end and (end := _unreadable_end(number)) is not None:
        return _made(
            here, MentionType.COUNT, None, units.behind(here.text, end, here.end, here.page.locale), numeral.start, end
        )
    dated = _in_date(number, value)
    if dated is not None:
        return dated
    number = _with_currency(number)
    if value is None or (number.currency is None and _is_name(number)):
        return _made(here, MentionType.IDENTIFIER, value or 0, None, numeral.start, numeral.end)
    marked = 0 if numeral.worded else _ordinal_mark(here, numeral)
    if numeral.ordinal or marked:
        return _ordinal(number, value, marked)
    share = _share(number, value)
    if share is not None:
        return share
    amount = _amount(number, value)
    if amount is None:
        # "3-1": a score.
        end = following.end if following is not None else numeral.end
        return _made(here, MentionType.IDENTIFIER, value, None, numeral.start, end)
    return _typed(number, amount)


def _is_no_quantity(number: _Number) -> bool:
    """Return whether a zero in words is a part of a term: "net zero", "zero-waste", "netto null", "cero neto"."""
    # See tests/monitor/facts/test_number_words.py::test_net_zero_counts_nothing.
    here, end = number.here, number.numeral.end
    if number.tail and number.tail[-1].rstrip("-‑") in vocabulary.NET:
        return True
    following = _NEXT_WORD.match(here.text, end, here.end)
    return following is not None and (following["gap"] == "-" or following["word"].lower() in vocabulary.NET)


def _unreadable_end(number: _Number) -> int | None:
    """Return the end offset of a number that is not readable, or of a range whose upper end is not: "3 to 5 miljun"; None for any other."""
    here, following = number.here, number.following
    known = here.page.locale.magnitudes
    if (end := unreadable.end_of(here.text, number.numeral.end, known)) is not None:
        # "99 elfu 12" in Swahili: the magnitude belongs to the next number.
        led = bool(magnitudes.leading(here.page.locale.code)) and here.text[end + 1 : end + 2].isdecimal()
        return None if led else end
    if not isinstance(following, Numeral) or following.ordinal or following.end >= here.end:
        return None
    end = unreadable.end_of(here.text, following.end, known)
    between = here.text[number.numeral.end : following.start]
    return None if end is None or ranges.joint(between, number.before, number.tail, known) is None else end


def _negated(number: _Number, value: Number) -> tuple[_Number, Number]:
    """Return a number and its value with the word for the minus sign before it, "minus five"; unchanged after another number, "ten minus five"."""
    # See tests/monitor/facts/test_numeral_forms.py::test_a_word_negates.
    before, numeral, last = number.before, number.numeral, number.last
    at = before.lower().rfind(number.tail[-1])
    start = numeral.start - (len(before) - at)
    if at < 0 or (last is not None and start - last.end <= 1):
        return number, value
    front = before[:at]
    numeral = numeral._replace(start=start, value=-value, plain=False, negative=True, ordinal=False)
    return number._replace(numeral=numeral, before=front, tail=front[-_WORDS_AWAY:].lower().split()), -value


def _led(number: _Number, value: Number) -> tuple[_Number, Number] | None:
    """Return a number and its value with the magnitude before it, "milioni 3"; None if the language writes none there."""
    # See tests/monitor/facts/test_money.py::test_a_magnitude_may_precede_its_number.
    here, numeral, code = number.here, number.numeral, number.here.page.locale.code
    word = number.tail[-1].lstrip("(")
    scale = magnitudes.leading(code).get(word)
    if scale is None or numeral.worded or numeral.negative:
        return None
    added, end = magnitudes.after_leading(here.text, numeral.end, here.end, scale, code)
    start = numeral.start - len(number.before) + number.before.lower().rfind(word)
    if number.last is not None and start < number.last.end:
        return None
    value = magnitudes.times(value, scale) + added
    front = number.before[: len(number.before) - (numeral.start - start)]
    numeral = Numeral(start, end, value)
    tail = front[-_WORDS_AWAY:].lower().split()
    return number._replace(numeral=numeral, before=front, tail=tail, following=None), value


class _Number(NamedTuple):
    """A number in its context.

    Attributes:
        here: The sentence that contains it.
        numeral: The number as written.
        following: The next numeral or token of the block; None if there is none.
        last: The preceding mention of the block; None if there is none.
        before: The text before it in its sentence, without its currency.
        tail: The last words of that text, in lower case.
        currency: The currency before it; None if there is none.
    """

    here: Sentence
    numeral: Numeral
    following: Numeral | NumberToken | None
    last: Mention | None
    before: str
    tail: list[str]
    currency: Currency | None = None


def _in_date(number: _Number, value: Number | None) -> Mention | None:
    """Return the mention of a number that is a day or an hour: "24.12.", the first of "14, 15 and 16 June"; None for any other."""
    here, numeral, following = number.here, number.numeral, number.following
    if here.page.locale.noun_capitals and not numeral.plain and here.text.startswith(".", numeral.end):
        day = lexer.day_and_month(here.text, numeral.start)
        if day is not None:
            return _made(here, MentionType.DATE, day.value, None, numeral.start, day.end)
    if isinstance(following, NumberToken) and following.type in _LED_TO and not numeral.worded and value is not None:
        led = _first_of_several(here.text, numeral, value, following)
        if led is not None:
            return _made(here, following.type, led, None, numeral.start, numeral.end)
    return None


def _is_name(number: _Number) -> bool:
    """Return whether a number names something, or continues an identifier: "12-34"."""
    here, numeral, last = number.here, number.numeral, number.last
    if last is not None and last.type is MentionType.IDENTIFIER and here.text[last.end : numeral.start] in _ONWARD:
        return True
    return names.is_name(here.text, numeral, number.before, number.tail, here.page.locale)


def _ordinal(number: _Number, value: Number, marked: int) -> Mention:
    """Return the mention of an ordinal, whose mark has the given length; the quote does not contain a full stop."""
    here, start, end = number.here, number.numeral.start, number.numeral.end + marked
    unit = units.behind(here.text, end, here.end, here.page.locale)
    stop = end - (here.text[end - 1] == "." if marked else 0)
    hedge = hedges.before(number.tail, here.page.locale.code)
    return _made(here, MentionType.ORDINAL, value, unit, start, stop, hedge=hedge)


def _with_currency(number: _Number) -> _Number:
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
    return number._replace(before=before, tail=before[-_WORDS_AWAY:].lower().split(), currency=currency)


def _is_price_alone(number: _Number) -> bool:
    """Return whether a block on a page of unknown language consists of an amount with a few letters before it, as in a table of prices."""
    start, text = number.numeral.start, number.here.text
    return 0 < start <= _CURRENCY_CHARS and len(text) - number.numeral.end <= 2 and not number.here.page.locale.code


def _alone(number: _Number) -> Currency | None:
    """Return the currency that all text before a number consists of; None if it is none."""
    here, numeral = number.here, number.numeral
    hundredths = _HUNDREDTHS.search(here.text[numeral.start : numeral.end]) is not None
    currency = currencies.alone(here.text[: numeral.start], hundredths=hundredths)
    return None if currency is None else currency._replace(at=max(currency.at - here.start, 0))


def _first_of_several(text: str, numeral: Numeral, value: Number, following: NumberToken) -> Number | None:
    """Return the value of a bare number that a date or a time of day continues: "14, 15 and 16 June", "8–18 Uhr", "9.00 en 17.00 uur"; otherwise None."""
    # See tests/monitor/facts/test_change_phrases.py::test_days_roads_and_telephones_count_nothing.
    between, size = text[numeral.end : following.start], numeral.end - numeral.start
    if following.type is MentionType.TIME:
        clock = value <= _HOURS and size <= (_HOUR if numeral.plain else _CLOCK)
        return 0 if clock and between.strip().lower() in _UNTIL else None
    day = _DAY.match(text, following.start)
    if day is None or not numeral.plain or between not in _AND_DAYS or not 0 < value < int(day.group()):
        return None
    return following.value - int(day.group()) + value


def _share(number: _Number, value: Number) -> Mention | None:
    """Return the mention of a share, which counts nothing: "one in four", "3 out of 4", "uno de cada cuatro"; None if the number is none."""
    # See tests/monitor/facts/test_shares.py::test_a_share_is_no_count.
    here, numeral, following = number.here, number.numeral, number.following
    if number.currency is not None or not isinstance(value, int):
        return None
    if isinstance(following, Numeral) and not following.ordinal:
        between = " ".join(here.text[numeral.end : min(following.start, numeral.end + _WORDS_AWAY)].lower().split())
        whole = here.value(following) if between in shares.BETWEEN else None
        if whole is not None and shares.is_share(between, value, whole) and not _is_dated(here, following):
            hedge = hedges.before(number.tail, here.page.locale.code)
            return _made(here, MentionType.COUNT, _part(value, whole), None, numeral.start, following.end, hedge=hedge)
    if not number.tail or number.tail[-1] not in shares.LAST:
        return None
    start = shares.one_before(number.before, here.page.locale.number_words.articles)
    if start is None or value <= 1 or numeral.ordinal:
        return None
    return _made(here, MentionType.COUNT, _part(1, value), None, _text_start(number) + start, numeral.end)


def _is_dated(here: Sentence, numeral: Numeral) -> bool:
    """Return whether a number is a year or a span of time: "rose by 3 in 10 years"."""
    written = here.text[numeral.start : numeral.end]
    unit = units.behind(here.text, numeral.end, here.end, here.page.locale)
    if unit is not None and unit.partition(" ")[0] in vocabulary.DURATIONS:
        return True
    return numeral.plain and len(written) == _YEAR_DIGITS


def _part(value: Number, whole: Number) -> float:
    return float(f"{value / whole:.7g}")


class _Amount(NamedTuple):
    """A number with its magnitude, or a range of two.

    Attributes:
        value: The value, or the lower end of a range.
        upper: The upper end; None if it is not a range.
        end: The end offset in the text (exclusive).
        scaled: Whether a magnitude follows it.
        dash: Whether it is a range joined by a bare dash.
        bare: Whether neither a percent sign nor a currency can follow it.
        percent: Whether it is a percentage because of the percent sign after another number.
    """

    value: Number
    upper: Number | None
    end: int
    scaled: bool
    dash: bool = False
    bare: bool = False
    percent: bool = False


def _amount(number: _Number, value: Number) -> _Amount | None:
    """Return the number together with a following magnitude or range end; None if it and the next number are a score."""
    here, numeral, following = number.here, number.numeral, number.following
    if isinstance(following, Numeral) and not following.ordinal:
        between = here.text[numeral.end : following.start]
        joint = ranges.joint(between, number.before, number.tail, here.page.locale.magnitudes)
        upper = here.value(following) if joint is not None else None
        if joint is not None and upper is not None:
            amount = _range(number, joint, value, upper)
            if amount is not None or _is_score(number, joint):
                return amount
        elif change_phrases.is_from_to(number.before, between):
            amount = _like_following(number, value, here.value(following))
            if amount is not None:
                return amount
    return _single(number, value)


def _range(number: _Number, joint: ranges.Joint, low: Number, high: Number) -> _Amount | None:
    """Return the range of two joined numbers; None if they are separate."""
    scale, end = _following_magnitude(number)
    low, high = magnitudes.times(low, joint.scale if joint.scale > 1 else scale), magnitudes.times(high, scale)
    if joint.scale == scale == 1:
        low = magnitudes.times(low, _scale_within(number, low, high))
    if low >= high or (joint.percent and magnitudes.percent(number.here.text, end) is None):
        return None
    return None if _adds(number.before, low, high) else _Amount(low, high, end, scaled=scale > 1, dash=joint.dash)


def _scale_within(number: _Number, low: Number, high: Number) -> int:
    """Return the factor that the words of the following number contain and the first number lacks: 3 إلى 5 ملايين; 1 if there is none."""
    # See tests/monitor/facts/test_indic_and_thai.py::test_a_range_shares_the_magnitude_of_its_end.
    text, following = number.here.text, number.following
    if not isinstance(following, Numeral) or not following.worded or number.numeral.worded:
        return 1
    digits = NUMERAL.match(text, following.start, following.end)
    first = None if digits is None else parse_numeral(digits[0], comma_decimal=False)
    if not first:
        return 1
    ratio = high / first
    return int(ratio) if ratio == int(ratio) and ratio >= _LEAST_SCALE and low < first * _LEAST_SCALE else 1


def _is_score(number: _Number, joint: ranges.Joint) -> bool:
    """Return whether two numbers that form no range are a score: joined by a dash, without magnitude, currency or percent sign."""
    if not joint.dash or number.currency is not None or number.following is None:
        return False
    scale, _ = _following_magnitude(number)
    return scale == 1 and magnitudes.percent(number.here.text, number.following.end) is None


def _like_following(number: _Number, value: Number, second: Number | None) -> _Amount | None:
    """Return the first number of a change with the magnitude or percent sign of the second, if it has one.

    "from 1.2 to 1.4 million", "von 14,2 auf 13,8 Prozent".
    """
    # See tests/monitor/facts/test_change_phrases.py::test_the_first_number_of_a_change_takes_the_magnitude_of_the_second.
    scale, end = _following_magnitude(number)
    percent = magnitudes.percent(number.here.text, end) is not None
    if scale == 1 and second is not None:
        scale = _scale_within(number, value, second)
    if scale == 1 and not percent:
        return None
    whole = magnitudes.times(value, scale)
    return _Amount(whole, None, number.numeral.end, scaled=False, bare=True, percent=percent)


def _following_magnitude(number: _Number) -> tuple[int, int]:
    """Return the factor after the following number, and its end offset; see `money.magnitude`."""
    here, following = number.here, number.following
    assert following is not None
    money = number.currency is not None
    locale = here.page.locale
    return magnitudes.magnitude(here.text, following.end, locale.magnitudes, money=money, language=locale.code)


def _single(number: _Number, value: Number) -> _Amount:
    """Return a number that is no range, together with its magnitude."""
    here, end = number.here, number.numeral.end
    if not magnitudes.may_follow(here.text, end):
        return _Amount(value, None, end, scaled=False, bare=True)
    money, decimals = number.currency is not None, isinstance(value, float)
    locale = here.page.locale
    scale, end = magnitudes.magnitude(
        here.text, end, locale.magnitudes, money=money, decimals=decimals, language=locale.code
    )
    whole = magnitudes.times(value, scale)
    if scale > 1 and not decimals:
        joiners = locale.number_words.fraction_joiners
        added, end = magnitudes.further_parts(here.text, end, here.end, scale, locale.magnitudes, joiners)
        whole += added
    if scale > 1 and (half := magnitudes.and_a_half(here.text, end)) is not None:
        whole, end = whole + scale // 2, half
    return _Amount(whole, None, end, scaled=scale > 1)


def _adds(before: str, low: Number, high: Number) -> bool:
    """Return whether the first of two numbers is the difference that led to the second: "rose by 12 to 98"; "by 5 to 10" is a range."""
    # See tests/monitor/facts/test_change_phrases_languages.py::test_a_percentage_and_an_amount_are_no_range.
    return high >= _TOTAL * low and change_phrases.is_no_value(before)


def _typed(number: _Number, amount: _Amount) -> Mention | None:
    """Return the mention of a quantity, a year or a time; None if the number states nothing."""
    hedge = hedges.before(number.tail, number.here.page.locale.code)
    if number.here.text.startswith("+", amount.end):
        hedge, amount = hedge or "+", amount._replace(end=amount.end + 1, bare=False)
    return _percentage(number, amount, hedge) or _money(number, amount, hedge) or _counted(number, amount, hedge)


def _is_turkish(here: Sentence) -> bool:
    return here.page.locale.code == "tr"


def _percentage(number: _Number, amount: _Amount, hedge: str | None) -> Mention | None:
    """Return the mention of a percentage; None for any other number."""
    here, numeral, start = number.here, number.numeral, number.numeral.start
    if amount.percent:
        return _made(here, MentionType.PERCENT, amount.value, None, start, amount.end, hedge=hedge)
    end = None if amount.bare else magnitudes.percent(here.text, amount.end)
    if end is None:
        led = 0 if numeral.ordinal else magnitudes.percent_before(number.before, number.tail, apart=_is_turkish(here))
        # "%2F" is an encoded character.
        taken = number.last is not None and start - led < number.last.end
        if not led or taken or number.currency is not None or here.text[amount.end : amount.end + 1].isalpha():
            return None
        start, end = start - led, amount.end
    unit = units.behind(here.text, end, here.end, here.page.locale, particles=True)
    return _made(here, MentionType.PERCENT, amount.value, unit, start, end, hedge=hedge, upper=amount.upper)


def _money(number: _Number, amount: _Amount, hedge: str | None) -> Mention | None:
    """Return the mention of an amount of money; None for any other number."""
    here, start, language = number.here, number.numeral.start, number.here.page.locale.code
    value = amount.value
    if number.currency is not None:
        currency, end = number.currency, amount.end
        start = _text_start(number) + currency.at
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
    return _made(here, MentionType.MONEY, value, currency.code, start, end, hedge=hedge, upper=amount.upper)


def _named_dollar(number: _Number, currency: Currency, end: int) -> tuple[Currency, int]:
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


def _text_start(number: _Number) -> int:
    """Return the offset in the block at which the text before a number and its currency begins."""
    return max(number.here.start, number.numeral.start - _BEFORE)


def _with_cents(number: _Number, currency: Currency, value: Number, end: int) -> tuple[Number, int]:
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


def _counted(number: _Number, amount: _Amount, hedge: str | None) -> Mention | None:
    """Return the mention of a number that is no percentage and no money; None if it states nothing."""
    here, numeral, start, end = number.here, number.numeral, number.numeral.start, amount.end
    locale = here.page.locale
    unit = _unit(number, amount)
    if numeral.doubtful and (unit is None or _PARTITIVE.match(here.text, end)):
        return None
    if (unit is None or mention_types.is_singular(unit, locale)) and _goes_on(number, amount, unit):
        return _made(here, MentionType.IDENTIFIER, amount.value, None, start, end)
    if unit is None and amount.dash and numeral.plain and _are_years(numeral, amount):
        return _made(here, MentionType.YEAR, amount.value, None, start, end, upper=amount.upper)
    kind, end = mention_types.type_of(here.text, numeral, amount.value, end, unit, number.tail, locale)
    if kind in (MentionType.YEAR, MentionType.TIME):
        unit = None
    return _made(here, kind, amount.value, unit, start, end, hedge=hedge, upper=amount.upper)


def _unit(number: _Number, amount: _Amount) -> str | None:
    """Return what a number counts, by the text after it or else before it; None if unknown."""
    here, before, tail, end = number.here, number.before, number.tail, amount.end
    text, locale = here.text, here.page.locale
    if number.numeral.partial or shares.is_of_noun(number.tail, locale.code, locale.number_words.articles):
        return None
    label, unit = units.label(before, tail, locale), None
    # In a row of labels and values, "Members: 87 | Partners: 24", a value belongs to the label before it.
    # See tests/monitor/facts/test_labels.py::test_a_value_belongs_to_its_label_whatever_separates_them.
    if not label or not (text.startswith(" | ", end) or units.is_before_label(text, end)):
        next_cell = not before or (bool(tail) and tail[-1][-1] == "|")
        unit = units.behind(text, end, here.end, locale, particles=amount.scaled, next_cell=next_cell)
    start = number.numeral.start
    unit = unit or label or units.number_of(before, tail, locale) or units.heading(text, before, start, locale)
    return unit or _unit_of_last(number, end)


def _unit_of_last(number: _Number, end: int) -> str | None:
    """Return the unit of the preceding count for a current number without one: "It had 86 members until May; it has 87 today"."""
    # See tests/monitor/facts/test_fact_reader.py::test_a_current_number_takes_the_noun_of_the_past_one.
    here, last = number.here, number.last
    if last is None or last.type is not MentionType.COUNT or last.start < here.start or last.unit is None:
        return None
    behind = here.text[end : end + _WORDS_AWAY].lower().replace("’", "'").split()
    return last.unit if behind and behind[0].strip(".,;:!?") in vocabulary.OF_NOW else None


def _are_years(numeral: Numeral, amount: _Amount) -> bool:
    """Return whether a range without unit is a range of years: 1880-1914."""
    return numeral.end - numeral.start == 4 and amount.value >= 1_000 and (amount.upper or 0) <= 2_100


def _goes_on(number: _Number, amount: _Amount, unit: str | None) -> bool:
    """Return whether a number without unit continues an identifier, "Articles 5 and 7", "page 3 of 12", or is the score of a game."""
    # See tests/monitor/facts/test_numbers_languages.py::test_decoys_are_not_mistaken_for_counts.
    if amount.dash and unit is None and not vocabulary.SCORES.isdisjoint(number.tail):
        return True
    here, numeral, last = number.here, number.numeral, number.last
    if last is None or last.type is not MentionType.IDENTIFIER or not numeral.plain or last.start < here.start:
        return False
    near = numeral.start - last.end <= _AND_ON_CHARS
    return near and _AND_ON.fullmatch(here.text, last.end, numeral.start) is not None


def _ordinal_mark(here: Sentence, numeral: Numeral) -> int:
    """Return the length of the ordinal mark after a numeral: "82nd", "3ème", "5º", "82."; 0 if there is none."""
    text, end, locale = here.text, numeral.end, here.page.locale
    if not numeral.plain or text[end : end + 1] not in _ORDINAL_MARKS or end >= len(text):
        return 0
    if mention_types.is_decade(text, numeral):
        return 0
    if text[end] == "." and text[end + 1 : end + 2] not in "ºª":
        dotted = locale.noun_capitals and end + 1 < here.end and end - numeral.start <= _DOTTED_DIGITS
        return 1 if dotted and text[end + 1 : end + 2].isspace() else 0
    if text[end] == "°" and locale.code not in _DEGREE_ORDINALS:
        return 0
    match = _ORDINAL_MARK.match(text, end)
    return match.end() - end if match else 0


def _made(
    here: Sentence,
    kind: MentionType,
    value: Number | None,
    unit: str | None,
    start: int,
    end: int,
    *,
    hedge: str | None = None,
    upper: Number | None = None,
) -> Mention:
    return Mention(
        kind, value, unit, here.text[start:end], hedge, here.index, start, end, here.start, here.end, upper=upper
    )
