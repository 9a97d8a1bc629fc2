"""Every entry of the lexicon for numbers in scripts with a reader of their own is recognised by that reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.lexicon import TOPICS, by_language, entries, values
from monitor.model import Mention, MentionType
from tests.support.heart import mentions

FIVE = {"ja": "五", "zh": "五", "ko": "오 ", "th": "ห้า"}
ORDINAL = {"ja": "第", "zh": "第", "ko": "제", "th": "ที่"}
COUNTED = {"ja": "人", "zh": "人", "ko": "명 ", "th": "คน"}


def first(text: str, language: str) -> Mention:
    return mentions(text, language)[0]


NOUN = {"hi": "लोग", "ar": "شخص"}
TENS = {"hi": "पचास", "ar": "خمسين"}


def value_of(text: str, language: str) -> float | None:
    found = mentions(text, language)
    return round(found[0].value, 6) if found else None


def has_values(line: str, language: str, form: str) -> bool:
    """Whether each word of a line, in a text of this form, has the value of the line."""
    value, *names = line.split()
    wanted = float(value)
    return all(value_of(form.format(name, noun=NOUN[language]), language) == round(wanted, 6) for name in names)


def is_cardinal(line: str, language: str) -> bool:
    value, *names = line.split()
    scaled = [value_of(f"{name} {'लाख' if language == 'hi' else 'مليون'} {NOUN[language]}", language) for name in names]
    return all(found == int(value) * (100_000 if language == "hi" else 1_000_000) for found in scaled) or value in (
        "0",
        "1",
        "2",
        "10",
    )


def adds(line: str, language: str) -> bool:
    value, *names = line.split()
    return all(value_of(f"{name} तीन लोग", language) == 3 + float(value) for name in names)


def divides(line: str, language: str) -> bool:
    value, *names = line.split()
    three = {"hi": "तीन", "ar": "ثلاثة"}[language]
    return all(value_of(f"{three} {name} {NOUN[language]}", language) == round(3 / int(value), 6) for name in names)


def is_month(line: str, language: str) -> bool:
    number, *names = line.split()
    return all(value_of(f"12 {name}", language) == 100 * int(number) + 12 for name in names)


def is_counted(word: str, language: str) -> bool:
    mention = first(f"12{word}", language)
    return mention.value == 12 and mention.type in (
        MentionType.COUNT,
        MentionType.ORDINAL,
        MentionType.MONEY,
        MentionType.IDENTIFIER,
    )


def is_money(line: str, language: str) -> bool:
    code, *names = line.split()
    return all(first(f"12{name}", language)[:3] == (MentionType.MONEY, 12, code) for name in names)


RECOGNISED: dict[str, Callable[[str, str], bool]] = {
    "han.digits": lambda word, _: (
        first(f"{word}百个", "zh").value == 100 * values("han.digits")[word]
        if values("han.digits")[word]
        else first(f"三百{word}五个", "zh").value == 305
    ),
    "hangul.digits": lambda word, _: first(f"백{word}개", "ko").value == 100 + values("hangul.digits")[word],
    "hangul.native": lambda word, _: first(f"백{word} 개", "ko").value == 100 + values("hangul.native")[word],
    "hangul.tens": lambda word, _: first(f"오{word} 개", "ko").value == 5 * values("hangul.tens")[word],
    "hangul.myriads": lambda word, _: first(f"3{word} 원", "ko").value == 3 * values("hangul.myriads")[word],
    "han.tens": lambda word, _: (
        first(f"{word}五个", "zh").value
        == values("han.tens")[word] + (5 if values("han.tens")[word] < 100 else values("han.tens")[word] // 2)
    ),
    "han.myriads": lambda word, _: first(f"3{word}个", "zh").value == 3 * values("han.myriads")[word],
    "quantities.counters": is_counted,
    "quantities.sole_counters": lambda word, language: first(f"{FIVE[language]}{word}", language).value == 5,
    "quantities.names": lambda word, language: first(f"12{word}", language).type is MentionType.IDENTIFIER,
    "quantities.ordinal_names": lambda word, language: (
        first(f"{ORDINAL[language]}12{word}", language).type is MentionType.IDENTIFIER
    ),
    "quantities.ordinal_marks": lambda word, language: first(f"12{word}", language).type is MentionType.ORDINAL,
    "quantities.currencies": is_money,
    "quantities.hedges_after": lambda word, language: (
        word in (first(f"12{COUNTED[language]}{word}", language).hedge or "")
    ),
    "quantities.unread_magnitudes": lambda word, language: not first(f"3 {word}", language).readable,
    "quantities.no_hedges": lambda word, language: first(f"{word} 12คน", language).hedge is None,
    "quantities.ordinal_openings": lambda word, language: first(f"{word} 12", language).type is MentionType.ORDINAL,
    "quantities.name_openings": lambda word, language: first(f"{word} 12", language).type is MentionType.IDENTIFIER,
    "thai.digits": lambda word, _: first(f"หนึ่งร้อย{word}คน", "th").value == 100 + values("thai.digits")[word],
    "thai.tens": lambda word, _: first(f"ห้า{word}คน", "th").value == 5 * values("thai.tens")[word],
    "thai.myriads": lambda word, _: first(f"3 {word}คน", "th").value == 3 * values("thai.myriads")[word],
    "spelled.cardinals": is_cardinal,
    "spelled.scales": lambda line, language: (
        has_values(line, language, "5 {} {noun}")
        or all(
            value_of(f"5 {name} {NOUN[language]}", language) == 5 * int(line.split()[0]) for name in line.split()[1:]
        )
    ),
    "spelled.duals": lambda line, language: all(
        value_of(f"{name} {NOUN[language]}", language) == 2 * int(line.split()[0]) for name in line.split()[1:]
    ),
    "spelled.ordinals": lambda line, language: has_values(line, language, "{} {noun}"),
    "spelled.prefixes": adds,
    "spelled.fractions": lambda line, language: has_values(line, language, "{} {noun}"),
    "spelled.parts": divides,
    "spelled.fifths": lambda word, language: 0 < (value_of(f"{word} السكان", language) or 1) < 1,
    "spelled.points": lambda word, language: (
        value_of(f"{TENS[language]} {word} 5 {NOUN[language]}", language) in (50.5, 50)
    ),
    "spelled.lines": lambda word, language: value_of(f"{TENS[language]} {word} 5 {NOUN[language]}", language) == 10,
    "spelled.doubtful": lambda word, language: mentions(f"{word}.", language) == (),
    "spelled.articles": lambda word, language: mentions(f"{word} {NOUN[language]}", language) == (),
    "spelled.bare": lambda word, language: mentions(f"ال{word} {NOUN[language]}", language) == (),
    "spelled.joiners": lambda word, language: (
        value_of(f"{'सौ' if language == 'hi' else 'مئة'} {word} {TENS[language]} {NOUN[language]}", language) == 150
    ),
    "spelled.minus": lambda word, language: value_of(f"{word} {TENS[language]} {NOUN[language]}", language) == -50,
    "spelled.of": lambda word, language: value_of(f"पचास {word} पांचवां हिस्सा", language) == 10,
    "spelled.shares": lambda word, language: value_of(f"पचास का पांचवां {word}", language) == 10,
    "spelled.ones": lambda word, language: value_of(f"{word} من مليون", language) == 1e-6,
    "spelled.out_of": lambda word, language: value_of(f"واحد {word} مليون", language) == 1e-6,
    "spelled.every": lambda word, language: value_of(f"واحد من {word} أربعة", language) == 0.25,
    "spelled.months": is_month,
    "quantities.no_numbers": lambda word, language: mentions(f"{word}。", language) == (),
}


@pytest.mark.parametrize("topic", RECOGNISED)
def test_every_entry_of_a_topic_is_recognised(topic: str):
    lines = {language: text.splitlines() for language, text in by_language(topic).items()}
    found = (
        [(line, language) for language, texts in lines.items() for line in texts]
        if TOPICS[topic] == "texts"
        else [(entry.text, entry.language) for entry in entries(topic)]
    )
    assert found
    assert [entry for entry in found if not RECOGNISED[topic](*entry)] == []


def test_every_topic_of_these_tables_is_tested():
    tables = {topic.split(".")[0] for topic in RECOGNISED}
    assert {topic for topic in TOPICS if topic.split(".")[0] in tables} == set(RECOGNISED)
