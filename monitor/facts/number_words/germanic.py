"""Number words of English, German and Dutch. German and Dutch write numbers below a thousand, and round thousands, as one word."""

from __future__ import annotations

from monitor.facts.number_words.table import AFTER_HUNDREDS, NumberWords, numbered

_ENDINGS = ("e", "en", "er", "es", "em")


def english() -> NumberWords:
    """Return the English number words: one, twenty-one, two hundred and forty; a dozen, half a million; first, twenty-first."""
    units = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    ordinals = (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
        "seventeenth eighteenth nineteenth"
    )
    return NumberWords(
        cardinals=numbered(units) | numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
        ordinals=numbered(ordinals, 1)
        | numbered("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth", 20, 10),
        scales={
            "dozen": 12,
            "hundred": 100,
            "thousand": 1_000,
            "million": 1_000_000,
            "billion": 1_000_000_000,
            "trillion": 1_000_000_000_000,
        },
        joiners=frozenset({"and"}),
        joins=AFTER_HUNDREDS,
        articles=frozenset({"a"}),
        halves=frozenset({"half"}),
        and_half=frozenset({("and", "a", "half")}),
        doubtful=frozenset({"one"}),
        parts=frozenset("third thirds quarter quarters fifths sixths eighths tenths".split()),
    )


def german() -> NumberWords:
    """Return the German number words: fünfundsechzig, zweihundertvierzig, zweitausend; ein Dutzend, eine halbe Million; dritten, einundzwanzigste."""
    below = _compounds(
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn".split(),
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split(),
        first="ein",
        hundred="hundert",
    )
    words = {word: value for value, forms in below.items() for word in forms}
    words |= {f"{word.replace('eins', 'ein')}tausend": 1_000 * value for word, value in words.items() if value < 100}
    words |= {word.replace("ß", "ss"): value for word, value in words.items() if "ß" in word}
    ordinals = {
        f"{_german_ordinal(value, word)}{ending}": value
        for value in range(1, 100)
        for word in below[value]
        for ending in _ENDINGS
    }
    return NumberWords(
        cardinals=words,
        ordinals=ordinals,
        scales={
            "dutzend": 12,
            "tausend": 1_000,
            "million": 1_000_000,
            "millionen": 1_000_000,
            "milliarde": 10**9,
            "milliarden": 10**9,
            "billion": 10**12,
            "billionen": 10**12,
        },
        alone=frozenset({"tausend"}),
        articles=frozenset("ein eine einer einem einen".split()),
        halves=frozenset("halbe halben halber".split()),
        fractions={
            "anderthalb": 1.5,
            "eineinhalb": 1.5,
            "zweieinhalb": 2.5,
            "dreieinhalb": 3.5,
            "viereinhalb": 4.5,
            "fünfeinhalb": 5.5,
        },
        parts=frozenset("drittel viertel fünftel sechstel achtel zehntel".split()),
    )


def dutch() -> NumberWords:
    """Return the Dutch number words: vijfenzestig, tweeëndertig, tweehonderdveertig; een dozijn, een half miljoen; derde, eenentwintigste."""
    units = (
        "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien"
    ).split()
    below = _compounds(
        units, "twintig dertig veertig vijftig zestig zeventig tachtig negentig".split(), first="een", hundred="honderd"
    )
    words = {word: value for value, forms in below.items() for word in forms}
    words |= {f"{word}duizend": 1_000 * value for word, value in words.items() if 1 < value < 100}
    ordinals = numbered(
        "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende vijftiende zestiende "
        "zeventiende achttiende negentiende",
        1,
    )
    ordinals |= {f"{word}ste": value for word, value in words.items() if 20 <= value <= 100}
    del words["een"]
    return NumberWords(
        cardinals=words
        | {"één": 1, "tiental": 10, "twintigtal": 20, "dertigtal": 30, "vijftigtal": 50, "honderdtal": 100},
        ordinals=ordinals,
        scales={"dozijn": 12, "duizend": 1_000, "miljoen": 1_000_000, "miljard": 10**9, "biljoen": 10**12},
        alone=frozenset({"duizend"}),
        articles=frozenset({"een"}),
        halves=frozenset({"half", "halve"}),
        fractions={
            "anderhalf": 1.5,
            "anderhalve": 1.5,
            "tweeënhalf": 2.5,
            "tweeëneenhalf": 2.5,
            "drieënhalf": 3.5,
            "vierenhalf": 4.5,
            "vijfenhalf": 5.5,
        },
        parts=frozenset("derde derden kwart vijfde".split()),
    )


def _compounds(units: list[str], tens: list[str], *, first: str, hundred: str) -> dict[int, tuple[str, ...]]:
    """Return the words for 1 to 999. The word for hundred decides whether the parts are joined by "und" or "en"."""
    joint = "und" if hundred == "hundert" else "en"
    words: dict[int, tuple[str, ...]] = {value: (word,) for value, word in enumerate(units, 1)}
    for place, ten in enumerate(tens, 2):
        words[10 * place] = (ten,)
        for digit in range(1, 10):
            unit = first if digit == 1 else units[digit - 1]
            # Dutch separates two vowels: "tweeëndertig".
            apart = "ën" if joint == "en" and unit.endswith("e") else joint
            words[10 * place + digit] = (f"{unit}{apart}{ten}",)
    for hundreds in range(1, 10):
        heads = (hundred, f"{first}{hundred}") if hundreds == 1 else (f"{units[hundreds - 1]}{hundred}",)
        words[100 * hundreds] = heads
        for rest in range(1, 100):
            words[100 * hundreds + rest] = tuple(f"{head}{word}" for head in heads for word in words[rest])
    return words


def _german_ordinal(value: int, word: str) -> str:
    if value < 20:
        return {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}.get(value, f"{word}t")
    return f"{word}st"
