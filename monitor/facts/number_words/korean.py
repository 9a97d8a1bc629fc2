"""Reads numbers in Korean text: 3만 5천 명 · 삼만 오천 · 스물다섯 개 · 백스물다섯 번째 · 이십 퍼센트 · 삼분의 이 · 5~7명. Pure.

Syllables of numerals also begin words (이상, 일반, 구조, 만약). A numeral in Hangul therefore counts only at the beginning of a word and before a counter or a unit; a
longer one also before a particle or at the end of a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from monitor.facts.number_words import quantities
from monitor.facts.number_words.east_asian_dates import date_at
from monitor.facts.number_words.han import HanNumeral
from monitor.facts.number_words.quantities import Grammar, Place
from monitor.facts.number_words.script_number import ScriptNumber, currencies, integers, words
from monitor.facts.numerals import parse_numeral
from monitor.model import Number

_DIGITS = integers("hangul.digits")
_NATIVE = integers("hangul.native")
_SMALL = integers("hangul.tens")
_LARGE = integers("hangul.myriads")


def _either(names: dict[str, int]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


def _marks() -> str:
    topics = ("counters", "ordinal_marks", "names")
    units = [word for topic in topics for word in words(f"quantities.{topic}", ("ko",))]
    return "|".join(
        map(
            re.escape, [*units, *words("durations.units", ("ko",)), *currencies(("ko",)), "퍼센트", "프로", "%", "분의"]
        )
    )


_ARABIC = r"[0-9](?:[0-9,.]{0,38}[0-9])?"
_TOKEN = re.compile(
    rf"(?P<arabic>{_ARABIC})|(?P<native>{_either(_NATIVE)})|(?P<digit>{_either(_DIGITS)})|(?P<small>{_either(_SMALL)})|"
    # 3조 is also group 3.
    rf"(?P<large>{_either({name: value for name, value in _LARGE.items() if name != '조'})}|"
    rf"조(?= ?(?:[0-9]|원|달러|유로|엔|위안|여|[일이삼사오육칠팔구]?[천백십]|[일이삼사오육칠팔구]?[억만])|번째))|"
    rf"(?P<gap> (?=[0-9]|(?:{_either(_DIGITS)})?(?:{_either(_SMALL | _LARGE)})|(?:{_either(_DIGITS)})(?:{_either(_SMALL)})))"
)
_POINT = re.compile(rf" ?점 ?(?P<digits>(?:{_either(_DIGITS)}){{1,20}})(?! ?[가-힣])")
_DIGIT = re.compile(_either(_DIGITS))
_OPENING = re.compile(
    rf"[0-9]|(?<![가-힣])(?:{_either(_NATIVE | _DIGITS | _SMALL | {'만': 1, '억': 1})}|[수몇](?=[십백천만억]))"
)
_ALONE = frozenset({"만", "억"})
_LONGEST = 60
_MINUS = re.compile(r"(?:마이너스|영하)\s?$")
_TENTHS = re.compile(
    r"할(?: ?(?P<ones>[1-9일이삼사오육칠팔구])푼)?(?: ?(?P<tenths>[1-9일이삼사오육칠팔구])리)?(?![가-힣]{0,12}인)"
)
_FRACTION = re.compile(r"\s?분의\s?")
_MIXED = re.compile(r"\s?(?:과|와|하고)\s")
_HOUR = re.compile(r"시(?![가-힣]|\s?간)(?: ?(?:반|[0-9]{1,2}분))?|시(?=[에까부에])")
_DAY = re.compile(r"일(?=[^가-힣]|$|[은는이에과와의까부](?![가-힣]{0,12}간))")
_VAGUE = frozenset("수몇")
_PARTICLE = re.compile(
    r"(?:은|는|이|가|을|를|의|에|에서|도|과|와|로|으로|까지|부터|이다|입니다|이며|보다|이고|만큼|이라고|이상|이하|미만|이나|여|번째)?(?![가-힣])|이상|이하|이내|미만|초과|정도|가량"
)
_NOUN = re.compile(r"의? (?P<noun>[가-힣]{1,8})")
_TWO = ("digit", "이")
"""Two, but also a particle: 오백이 넘는 is over 500, 3만이다 is 30,000."""
_COUNTED = re.compile(
    rf" ?(?:{_marks()})(?=[^가-힣]|$|[가-힣](?![가-힣])|이다|이며|이고|이나|이상|이하|입니다|으로|에서|까지|부터|에게)|[0-9]"
)
"""A counter, currency or percent word after a number."""
_SHORT = 2
_ATTACHED = frozenset({"개", "명"})
"""Counters that also directly follow a native numeral of one syllable; 두부 is no number."""
_RANGED = {"만": 10**4, "억": 10**8, "조": 10**12, "천": 1_000, "백": 100}


def find(text: str) -> Iterator[ScriptNumber]:
    """Yield the numbers of a text that contain a numeral in Hangul or precede a counter, in order. A number in digits alone is not among them."""
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        start = opening.start() + (opening.group() in _VAGUE)
        found = date_at(text, start, chinese=False)
        at = opening.end()
        if found is None and (numeral := numeral_at(text, start)) is not None:
            found, at = _read(Place(text, numeral, _GRAMMAR)), max(at, numeral.end)
        if found is not None:
            yield found
            at = max(at, found.end)


def numeral_at(text: str, start: int) -> HanNumeral | None:
    """Return the numeral that begins at an offset; None if none does."""
    tokens: list[tuple[str, str]] = []
    at = start
    while at - start < _LONGEST and (match := _TOKEN.match(text, at)) is not None:
        kind = str(match.lastgroup)
        if kind == "gap" and not (tokens and tokens[-1][0] in ("small", "large", "arabic")):
            break
        if tokens and tokens[-1][0] == "arabic" and kind in ("arabic", "digit", "native"):
            break
        tokens.append((kind, match.group()))
        at = match.end()
    read = [token for token in tokens if token[0] != "gap"]
    if not read:
        return None
    if read[-1] == _TWO and len(read) > 1 and read[-2][0] in ("small", "large") and not _COUNTED.match(text, at):
        read, at = read[:-1], at - 1
    units = any(kind in ("small", "large") for kind, _ in read)
    value = _value(read)
    point = _POINT.match(text, at) if value is not None and read[-1][0] != "arabic" else None
    if point is not None and value is not None:
        digits = "".join(str(_DIGITS[digit]) for digit in _DIGIT.findall(point["digits"]))
        value, at = float(f"{value}.{digits}"), point.end()
    return HanNumeral(start, at, value, sum(kind != "arabic" for kind, _ in read), units)


def _value(tokens: list[tuple[str, str]]) -> Number | None:
    """Return the value of a sequence of tokens; None if they form no number."""
    if all(kind == "digit" for kind, _ in tokens):
        return int("".join(str(_DIGITS[text]) for _, text in tokens))
    total, section, digit = Decimal(0), Decimal(0), None
    small = large = 10**30
    for kind, text in tokens:
        if kind in ("arabic", "digit", "native"):
            value = _of_digits(kind, text)
            if value is None or (digit is not None and (kind != "native" or value >= digit or digit % 10)):
                return None
            digit = value + (digit or 0)
        elif kind == "small":
            unit = _SMALL[text]
            if unit >= small or (digit is not None and not 0 < digit < 1_000):
                return None
            section, digit, small = section + (1 if digit is None else digit) * unit, None, unit
        else:
            unit = _LARGE[text]
            if unit >= large or (not section and digit is None and (total or text not in _ALONE)):
                return None
            total += (section + (digit or 0) or 1) * unit
            section, digit, small, large = Decimal(0), None, 10**30, unit
    rest = section + (digit or 0)
    if rest >= large or (digit is not None and digit >= small):
        return None
    whole = total + rest
    return int(whole) if whole == whole.to_integral_value() else float(whole)


def _of_digits(kind: str, text: str) -> Decimal | None:
    if kind != "arabic":
        return Decimal(_NATIVE[text] if kind == "native" else _DIGITS[text])
    value = parse_numeral(text, comma_decimal=False)
    return None if value is None else Decimal(str(value))


def _read(place: Place) -> ScriptNumber | None:
    text, start, end = place.text, place.numeral.start, place.numeral.end
    if text.startswith("여", end) and not text[end + 1 : end + 2].isalpha() and place.numeral.value is not None:
        found = quantities.quantity(place, place.numeral.value, end + 1)
        return None if found is None else found._replace(end=max(end, found.end), hedge="여")
    if not place.numeral.units:
        return quantities.read(place)
    before = place.previous in _VAGUE and bool(place.previous)
    if before or place.numeral.value is None:
        # 수백 명, 3만억 명
        return quantities.unreadable(place, start - before, end)
    return quantities.read(place)


def _percentage(place: Place, value: Number, end: int) -> tuple[Number, int] | None:
    """Return the percentage of 3할 5푼; None for any other number."""
    match = _TENTHS.match(place.text, end)
    if match is None:
        return None
    ones, tenths = (
        0 if match[name] is None else _DIGITS.get(match[name]) or int(match[name]) for name in ("ones", "tenths")
    )
    return value * 10 + ones + tenths / 10, match.end()


def _unit(text: str, at: int, counter: str, languages: tuple[str, ...]) -> str:
    """Return the counter and the next word, which names what is counted; particles stay attached to it."""
    match = _NOUN.match(text, at + len(counter))
    if match is None or match["noun"].startswith(words("quantities.hedges_after", languages)):
        return counter
    return f"{counter} {match['noun']}"


def _is_number(place: Place, counter: str) -> bool:
    """Return whether a numeral before a counter is a number rather than a part of a word."""
    numeral, text = place.numeral, place.text
    if any(character.isdecimal() for character in text[numeral.start : numeral.end]):
        return True
    written = text[numeral.start : numeral.end]
    if len(written) > 1:
        return numeral.units or written in _NATIVE or numeral.han > 1
    if written == "한" or not counter:
        return False
    if written in _NATIVE:
        return text.startswith(" ", numeral.end) or counter in _ATTACHED
    if written in _ALONE or place.previous in _VAGUE:
        return True
    return counter in words("quantities.sole_counters", place.grammar.languages)


def _stands_alone(place: Place, end: int) -> bool:
    """Return whether a numeral without counter is no part of a word: 삼백이십, 이십은, but not 구조."""
    numeral, text = place.numeral, place.text
    if not numeral.han:
        signed = _MINUS.search(text[max(numeral.start - 6, 0) : numeral.start])
        return signed is not None
    written = text[numeral.start : end]
    if any(character.isdecimal() for character in written):
        return True
    if _PARTICLE.match(text, end) is None:
        return False
    if numeral.units:
        return len(written) > _SHORT or (len(written) == _SHORT and written[-1] in "십백" and written[0] in _DIGITS)
    return numeral.han > 1 and all(character not in _DIGITS for character in written)


_GRAMMAR = Grammar(
    languages=("ko",),
    parse=numeral_at,
    is_number=_is_number,
    stands_alone=_stands_alone,
    percentage=_percentage,
    minus=_MINUS,
    fraction=_FRACTION,
    mixed=_MIXED,
    hour=_HOUR,
    day=_DAY,
    ordinal="제",
    unit=_unit,
    large=_RANGED,
)
